"""The settings: a table, a dataclass, a parse that reports every problem at once. Knows two files, not Stash."""
