"""Stash's log format, the worker's rotating file, masking of secrets. A leaf: imports no other room."""
