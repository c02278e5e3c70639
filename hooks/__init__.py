"""From Stash's event to rows of the queue.

Standard library only, no settings, no network: this runs inside the user's save.
"""
