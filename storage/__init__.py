"""How a SQLite file of ours is opened, shared, changed and set aside, and what can go wrong with it. Knows no table."""
