"""Names that settings may hold."""

from typing import Final

SYNCABLE: Final = ("title", "summary", "studio", "date", "rating", "director", "genre", "actor", "collection", "label", "poster", "background")
"""What `skip_fields` may name: the fields of plex.fields, and the two pictures."""

COLLECTION_SOURCES: Final = ("studio", "groups")
