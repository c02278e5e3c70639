"""Stash's log format, the worker's rotating file, masking of secrets. Imports no other room."""
