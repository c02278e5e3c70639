"""What Stash's Tasks menu and our page ask for. A task works with no connection wherever it needs none."""
