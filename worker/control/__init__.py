"""Control jobs and what has its own time: the index, pins, comparison, undo, news."""
