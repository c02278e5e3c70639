"""The life of the worker process: its lock and pipe, how it is started, takes over, repairs its files and leaves."""
