"""The demo's flows and `make contract` against real servers: Stash and Plex in containers, or a Stash that is built here."""
