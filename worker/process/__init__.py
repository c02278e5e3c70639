"""The life of the worker process: its lock and pipe, how it takes over, repairs its files and leaves."""
