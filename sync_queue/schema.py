"""What stands in `data.db`: names, statements, version. On the hook's path: it imports nothing and does nothing.

The first table is persist-queue's, made by the very statement persist-queue uses; everything else is ours and lies
beside it.
"""

FOLDER = "queue"
FILE = "data.db"
VERSION = 2
"""`PRAGMA user_version`; 0 is a file that persist-queue made alone, 1 one without `planned_at`."""

BUSY_TIMEOUT_S = 10.0

FRESH = 0
WAITING = 1
CLAIMED = 2
DONE = 5
FAILED = 9

TABLE = "ack_queue_default"
TABLES_GLOB = "ack_queue*"

CREATE_TABLE = (
    "CREATE TABLE IF NOT EXISTS `ack_queue_default` "
    "(_id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB, timestamp FLOAT, status INTEGER)"
)
"""Source: persist-queue 1.1.0, SQLiteAckQueue._SQL_CREATE; a test compares it with the installed one."""

INSERT = "INSERT INTO `ack_queue_default` (data, timestamp, status) VALUES (?, ?, 0)"
"""Source: persist-queue 1.1.0, SQLiteAckQueue._SQL_INSERT."""

_CREATE_SCHEDULE = (
    "CREATE TABLE IF NOT EXISTS job_schedule ("
    "pqid INTEGER PRIMARY KEY, job_key TEXT, attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL, "
    "error_type TEXT, reason TEXT, "
    "first_failed_at REAL, interrupted INTEGER NOT NULL DEFAULT 0, bulk INTEGER NOT NULL DEFAULT 0, planned_at REAL)"
)
"""job_key: for versions up to 1.2, which fill it in where they need it; see KEY.
bulk: 0 for what somebody has just saved and what is tried again of it, 1 for the many rows of enqueue_many, which must
    not delay the former. interrupted: how often a worker died while it held the row. planned_at: when the next attempt
    was to be, where something asked for the row before; NULL where that is `due_at`."""

ADD_PLANNED_AT = "ALTER TABLE job_schedule ADD COLUMN planned_at REAL"

MAKE_DUE = "UPDATE job_schedule SET planned_at = COALESCE(planned_at, due_at), due_at = :now"
"""A try that somebody asks for comes before its time: it uses no attempt, and the time of the next one stays."""

KEY = (
    "substr(CAST(data AS BLOB), instr(CAST(data AS BLOB), x'226a6f625f6b6579223a2022') + 12, "
    "instr(substr(CAST(data AS BLOB), instr(CAST(data AS BLOB), x'226a6f625f6b6579223a2022') + 12), x'22') - 1)"
)
"""The job_key in a row's JSON as bytes: what stands behind `"job_key": "` up to the next quote; else anything at all.

Not json_extract: each program that adds a row evaluates this, and it must neither fail on what is no JSON, nor differ
between versions of SQLite, nor need a SQLite that knows JSON. It costs an INSERT 6 µs, json_extract 14."""

INDEX_BY_KEY = f"CREATE INDEX IF NOT EXISTS job_by_key ON ack_queue_default ({KEY})"
"""Made by the worker and by tasks when they open the queue, never by a hook: a million rows take seconds.
"""

# Triggers, because the rows are also touched by persist-queue itself (nack, ack, resume): a waiting row has a schedule
# row, a settled or deleted one has none, whoever wrote the status. Due at 0 is due at once.
_ON_WAITING = (
    "CREATE TRIGGER IF NOT EXISTS job_waits AFTER UPDATE OF status ON ack_queue_default WHEN NEW.status = 1 "
    "BEGIN INSERT OR IGNORE INTO job_schedule (pqid, due_at) VALUES (NEW._id, 0); END"
)
_ON_SETTLED = (
    "CREATE TRIGGER IF NOT EXISTS job_settled AFTER UPDATE OF status ON ack_queue_default WHEN NEW.status >= 5 "
    "BEGIN DELETE FROM job_schedule WHERE pqid = NEW._id; END"
)
_ON_DELETED = (
    "CREATE TRIGGER IF NOT EXISTS job_deleted AFTER DELETE ON ack_queue_default "
    "BEGIN DELETE FROM job_schedule WHERE pqid = OLD._id; END"
)

CREATE_OURS = (
    # One index for the three questions: fresh rows in order (an index on status is sorted by _id within one status),
    # counts per status, and the end of the acked rows. persist-queue's own get() keeps walking the primary key.
    "CREATE INDEX IF NOT EXISTS job_by_status ON ack_queue_default (status)",
    _CREATE_SCHEDULE,
    "CREATE INDEX IF NOT EXISTS schedule_by_due ON job_schedule (bulk, due_at)",
    "CREATE INDEX IF NOT EXISTS schedule_by_key ON job_schedule (job_key)",
    # Only rows that failed before stand in it: people page and count them by reason, while a million others wait.
    "CREATE INDEX IF NOT EXISTS schedule_by_error ON job_schedule (error_type, due_at) WHERE error_type IS NOT NULL",
    _ON_WAITING,
    _ON_SETTLED,
    _ON_DELETED,
    # Rows that plain persist-queue put back before the triggers stood here.
    "INSERT OR IGNORE INTO job_schedule (pqid, due_at) SELECT _id, 0 FROM ack_queue_default WHERE status = 1",
)
