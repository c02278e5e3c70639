"""The tables of `state.db`, as the steps that lead from one version to the next. Knows no values."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Final

_VERSION_1: Final = (
    """CREATE TABLE written (
        scene_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        section_key INTEGER NOT NULL,
        field_values TEXT NOT NULL,
        poster_sha1 TEXT NOT NULL,
        poster_etag TEXT NOT NULL,
        poster_source TEXT NOT NULL,
        background_sha1 TEXT NOT NULL,
        synced_at REAL NOT NULL,
        scene_updated_at REAL NOT NULL,
        gone_at REAL NOT NULL,
        PRIMARY KEY (scene_id, rating_key)
    )""",
    "CREATE INDEX written_by_item ON written (rating_key)",
    # A handful of rows, which every batch is compared with.
    "CREATE INDEX written_gone ON written (rating_key) WHERE gone_at > 0",
    """CREATE TABLE intents (
        scene_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        section_key INTEGER NOT NULL,
        field_values TEXT NOT NULL,
        PRIMARY KEY (scene_id, rating_key)
    )""",
    "CREATE INDEX intents_by_item ON intents (rating_key)",
    # Without a rowid the table is its own index by entity, and the index by scene holds the rest of the key: no table
    # to visit.
    """CREATE TABLE relations (
        kind INTEGER NOT NULL,
        entity_id INTEGER NOT NULL,
        scene_id INTEGER NOT NULL,
        PRIMARY KEY (kind, entity_id, scene_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX relations_by_scene ON relations (scene_id)",
    """CREATE TABLE originals (
        rating_key INTEGER PRIMARY KEY,
        section_key INTEGER NOT NULL,
        item_type TEXT NOT NULL,
        field_values TEXT NOT NULL,
        locked TEXT NOT NULL,
        poster_key TEXT NOT NULL,
        kept_at REAL NOT NULL
    )""",
    """CREATE TABLE history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scene_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        at REAL NOT NULL,
        run TEXT NOT NULL,
        changes TEXT NOT NULL
    )""",
    """CREATE TABLE runs (
        run TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        total INTEGER NOT NULL,
        started_at REAL NOT NULL,
        ended_at REAL
    )""",
    """CREATE TABLE counters (
        run TEXT NOT NULL,
        name TEXT NOT NULL,
        value INTEGER NOT NULL,
        PRIMARY KEY (run, name)
    ) WITHOUT ROWID""",
    """CREATE TABLE pauses (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        reason TEXT NOT NULL,
        started_at REAL NOT NULL,
        ended_at REAL
    )""",
    "CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE skips (
        scene_id INTEGER PRIMARY KEY,
        reason TEXT NOT NULL,
        text TEXT NOT NULL,
        at REAL NOT NULL
    )""",
    "CREATE INDEX skips_by_reason ON skips (reason)",
    """CREATE TABLE keeps (
        scene_id INTEGER NOT NULL,
        field TEXT NOT NULL,
        kept_at REAL NOT NULL,
        PRIMARY KEY (scene_id, field)
    ) WITHOUT ROWID""",
)

_VERSION_2: Final = (
    # A rating key alone says little: after Plex's database was restored from a backup it may be another item's.
    "ALTER TABLE originals ADD COLUMN files TEXT NOT NULL DEFAULT '[]'",
    "DROP INDEX written_gone",
)

_VERSION_3: Final = (
    # Who the scene with this id was when it was seen last. A negative id is of a scene that is lost: its own id names
    # another one now.
    """CREATE TABLE scenes (
        scene_id INTEGER PRIMARY KEY,
        created_at REAL NOT NULL,
        files TEXT NOT NULL,
        first_seen_at REAL NOT NULL,
        seen_at REAL NOT NULL,
        updated_at REAL NOT NULL
    )""",
    "CREATE INDEX scenes_by_time ON scenes (updated_at)",
    # By what a scene is found again under another id: a number made of its second and of a checksum or the name of a
    # file.
    (
        "CREATE TABLE scene_marks (mark INTEGER NOT NULL, scene_id INTEGER NOT NULL, PRIMARY KEY (mark, scene_id)) "
        "WITHOUT ROWID"
    ),
    "CREATE INDEX marks_by_scene ON scene_marks (scene_id)",
    # Which item had this rating key when it was seen last; negative keys as above.
    """CREATE TABLE items (
        rating_key INTEGER PRIMARY KEY,
        added_at REAL NOT NULL,
        files TEXT NOT NULL,
        seen_at REAL NOT NULL
    )""",
    "CREATE INDEX lost_items ON items (added_at) WHERE rating_key < 0",
    # Rows of before, and those of a worker of before that still runs, are of nobody known.
    "ALTER TABLE written ADD COLUMN is_known INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE written ADD COLUMN wrote_at REAL NOT NULL DEFAULT 0",
    "ALTER TABLE intents ADD COLUMN is_known INTEGER NOT NULL DEFAULT 0",
)

_VERSION_4: Final = (
    """CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scene_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        section_key INTEGER NOT NULL,
        item_type TEXT NOT NULL,
        at REAL NOT NULL,
        run TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        has_arrived INTEGER NOT NULL DEFAULT 0,
        undone_at REAL NOT NULL DEFAULT 0,
        before_values TEXT NOT NULL,
        after_values TEXT NOT NULL,
        base_values TEXT NOT NULL,
        locked TEXT NOT NULL,
        files TEXT NOT NULL
    )""",
    "CREATE INDEX changes_by_item ON changes (rating_key)",
    "CREATE INDEX changes_by_scene ON changes (scene_id)",
    # These two hold all that is asked by them: the rows themselves are long.
    "CREATE INDEX changes_by_run ON changes (run, rating_key, at, undone_at)",
    "CREATE INDEX changes_by_time ON changes (at, rating_key, undone_at)",
    "CREATE INDEX changes_by_size ON changes (id, bytes)",
    # NULL: kept by hand, until it is let go. Else until the scene's `updated_at` is another one.
    "ALTER TABLE keeps ADD COLUMN scene_updated_at REAL",
)

_VERSION_5: Final = (
    """CREATE TABLE emptyings (
        scene_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        field TEXT NOT NULL,
        state TEXT NOT NULL,
        at REAL NOT NULL,
        is_named INTEGER NOT NULL,
        title TEXT NOT NULL,
        PRIMARY KEY (scene_id, rating_key, field)
    )""",
    # What the page asks every few seconds, without a look into the table.
    "CREATE INDEX emptyings_by_state ON emptyings (state, rating_key, field, at, scene_id)",
    "CREATE INDEX emptyings_by_item ON emptyings (rating_key)",
)

_VERSION_6: Final = (
    """CREATE TABLE refused (
        scene_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        server TEXT NOT NULL,
        why TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (scene_id, rating_key, field)
    )""",
    "CREATE INDEX refused_by_item ON refused (rating_key)",
    # When the scene was read, by Stash's clock. Rows of before tell only when they were recorded, by ours: what was
    # recorded within a minute of its save may have been read in the second of its save, so it counts as that.
    "ALTER TABLE written ADD COLUMN read_at REAL NOT NULL DEFAULT 0",
    "ALTER TABLE written ADD COLUMN scene_mark TEXT NOT NULL DEFAULT ''",
    # Which state of the scene the reason is of; rows of before tell only when they were put down.
    "ALTER TABLE skips ADD COLUMN scene_updated_at REAL NOT NULL DEFAULT 0",
    (
        "UPDATE written SET read_at = CASE WHEN synced_at - scene_updated_at < 60 THEN scene_updated_at "
        "ELSE synced_at END WHERE synced_at > 0"
    ),
)

_VERSION_7: Final = (
    """CREATE TABLE sent_names (
        scene_id INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        stash_path TEXT NOT NULL,
        field_values TEXT NOT NULL
    )""",
)

_VERSION_8: Final = (
    "ALTER TABLE written ADD COLUMN poster_made TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE written ADD COLUMN background_made TEXT NOT NULL DEFAULT ''",
)

_VERSION_9: Final = (
    # Those that our edits made in Plex; every other one is somebody's own.
    """CREATE TABLE collections (
        section_key INTEGER NOT NULL,
        name TEXT NOT NULL,
        rating_key INTEGER NOT NULL,
        expected_at REAL NOT NULL,
        added_at INTEGER NOT NULL,
        sources TEXT NOT NULL,
        born_at REAL NOT NULL,
        field_values TEXT NOT NULL,
        is_due INTEGER NOT NULL,
        new_name TEXT NOT NULL,
        PRIMARY KEY (section_key, name)
    ) WITHOUT ROWID""",
)

_VERSION_10: Final = (
    # Which items belong to which collections, where these must have a smallest size.
    """CREATE TABLE members (
        section_key INTEGER NOT NULL,
        kind TEXT NOT NULL,
        source_id INTEGER NOT NULL,
        rating_key INTEGER NOT NULL,
        scene_id INTEGER NOT NULL,
        is_in INTEGER NOT NULL,
        PRIMARY KEY (section_key, kind, source_id, rating_key)
    ) WITHOUT ROWID""",
    "CREATE INDEX members_by_item ON members (rating_key)",
    "CREATE INDEX members_by_scene ON members (scene_id)",
)

_VERSION_11: Final = (
    # Why the item's library does not take the scene, which another item of it has: a code as in `skips`.
    "ALTER TABLE written ADD COLUMN left_out TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX written_left_out ON written (left_out) WHERE left_out != ''",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    *(_VERSION_1, _VERSION_2, _VERSION_3),
    *(_VERSION_4, _VERSION_5, _VERSION_6),
    *(_VERSION_7, _VERSION_8, _VERSION_9),
    *(_VERSION_10, _VERSION_11),
)
"""Step n (from 1) leads from version n - 1 to version n. A step that was released is never edited: add another.

It takes away nothing that is read or written by name: the worker of the version before may still run.
"""

VERSION: Final = len(MIGRATIONS)


def upgrade(connection: Connection, found: int, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Lead the file from version `found` to that behind the last of `migrations`."""
    for step in migrations[found:]:
        for statement in step:
            connection.execute(statement)
