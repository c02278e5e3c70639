"""From Stash's event to rows of the queue."""
