"""From a job to an outcome: the detached worker process and the SyncWorker thread in it.

`launch` is on the hook's path and imports the standard library only; everything else is imported by the worker itself.
"""
