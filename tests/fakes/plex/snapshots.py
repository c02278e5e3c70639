"""Turns an item into plain values for asserts."""

from tests.fakes.plex import pictures
from tests.fakes.plex.model import Item, ItemSnapshot


def snapshot(item: Item) -> ItemSnapshot:
    """The item as it is now."""
    values = dict(item.values)
    year, rating = values.get("year", ""), values.get("userRating", "")
    actors = item.tags.get("actor", ())
    return ItemSnapshot(
        rating_key=item.rating_key,
        section_key=item.section_key,
        type=item.type,
        files=tuple(file for version in item.media for file in version),
        title=values.get("title", ""),
        summary=values.get("summary", ""),
        studio=values.get("studio", ""),
        date=values.get("originallyAvailableAt", ""),
        year=int(year) if year else None,
        user_rating=float(rating) if rating else None,
        values=values,
        tags={
            kind: tuple(tagging.tag.name for tagging in taggings) for kind, taggings in item.tags.items() if taggings
        },
        roles={tagging.tag.name: tagging.text for tagging in actors if tagging.text},
        photos={tagging.tag.name: tagging.tag.thumb for tagging in actors if tagging.tag.thumb},
        locked=item.locked,
        poster_sha1=pictures.selected_sha1(item, "posters"),
        background_sha1=pictures.selected_sha1(item, "arts"),
        uploads=pictures.uploads(item, "posters"),
        added_at=item.added_at,
        updated_at=item.updated_at,
    )
