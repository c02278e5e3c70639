"""From scenes to edits: match, read, merge, write, record."""
