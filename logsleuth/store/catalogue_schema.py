"""The tables of ``catalogue.db`` and their migrations."""

from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from logsleuth.store.activity import Activity
from logsleuth.store.catalogue import APPLICATION_ID, SCHEMA_VERSION

migrations = Migrations("logsleuth")

_FIRST = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE days(
  day TEXT PRIMARY KEY, generation INTEGER NOT NULL, rows INTEGER NOT NULL,
  first_us INTEGER, last_us INTEGER, hours TEXT NOT NULL, bytes INTEGER NOT NULL,
  revision INTEGER NOT NULL, dirty INTEGER NOT NULL DEFAULT 0);
CREATE TABLE sources(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  kind TEXT NOT NULL, format TEXT NOT NULL, read INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0, seen_us INTEGER NOT NULL,
  finished INTEGER NOT NULL DEFAULT 0, days TEXT NOT NULL DEFAULT '[]', error TEXT);
CREATE INDEX sources_sha256 ON sources(sha256);
CREATE TABLE course_events(
  id TEXT PRIMARY KEY, created_us INTEGER NOT NULL, event_type TEXT, event_source TEXT,
  account_id INTEGER, course_id INTEGER, user_id INTEGER, page_view_id TEXT,
  copied_from INTEGER, copied_to INTEGER, reset_from INTEGER, reset_to INTEGER,
  sis_batch_id INTEGER, event_data TEXT, source_id INTEGER NOT NULL, raw TEXT NOT NULL);
CREATE INDEX course_events_created ON course_events(created_us DESC, id);
CREATE INDEX course_events_course ON course_events(course_id, created_us);
CREATE TABLE page_views(
  id TEXT PRIMARY KEY, data TEXT NOT NULL, source_id INTEGER NOT NULL, seen_us INTEGER NOT NULL);
CREATE TABLE names(
  kind TEXT NOT NULL, id INTEGER NOT NULL, name TEXT, detail TEXT, sis_id TEXT,
  seen_us INTEGER NOT NULL, source_id INTEGER NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;
CREATE TABLE logins(
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, login TEXT, sis_id TEXT,
  seen_us INTEGER NOT NULL, source_id INTEGER NOT NULL);
CREATE INDEX logins_user ON logins(user_id);
CREATE TABLE coverage(
  id INTEGER PRIMARY KEY, since_us INTEGER NOT NULL, until_us INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT, said_us INTEGER NOT NULL, said_by TEXT NOT NULL);
CREATE TABLE rejects(
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, line INTEGER NOT NULL,
  offset INTEGER NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL, seen_us INTEGER NOT NULL,
  UNIQUE(source_id, offset));
CREATE TABLE tombstones(
  id TEXT PRIMARY KEY, meta_us INTEGER NOT NULL, source_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE student_views(
  user_id INTEGER PRIMARY KEY, request_id TEXT NOT NULL, contradicted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE traces(event_id TEXT PRIMARY KEY, revision TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE activity(
  n INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  data TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);
"""


@migrations()
def first(db: Database) -> None:
    """Everything that the first release keeps."""
    _make(db, _FIRST)
    db.execute(f"PRAGMA application_id={APPLICATION_ID}")


_EVENT_SPANS = """
CREATE TABLE event_spans(
  scope TEXT NOT NULL, scope_id INTEGER NOT NULL, since_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL, said_us INTEGER NOT NULL,
  PRIMARY KEY(scope, scope_id, since_us)) WITHOUT ROWID;
CREATE TABLE names_unknown(
  kind TEXT NOT NULL, id INTEGER NOT NULL, asked_us INTEGER NOT NULL,
  PRIMARY KEY(kind, id)) WITHOUT ROWID;
"""


@migrations()
def event_spans(db: Database) -> None:
    """Which course changes were fetched from Canvas, and which names it does not know."""
    for statement in _EVENT_SPANS.split(";"):
        if statement.strip():
            db.execute(statement)


_SYNC = """
CREATE TABLE chains(feed TEXT PRIMARY KEY, position TEXT NOT NULL, moved_us INTEGER NOT NULL);
CREATE TABLE sync_jobs(
  id INTEGER PRIMARY KEY, feed TEXT NOT NULL, job_id TEXT NOT NULL, kind TEXT NOT NULL,
  since TEXT, until TEXT, since_us INTEGER, until_us INTEGER, state TEXT NOT NULL,
  answered TEXT, asked_us INTEGER NOT NULL, expires_us INTEGER, finished_us INTEGER,
  schema_version INTEGER,
  read INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0, error TEXT);
CREATE TABLE sync_objects(
  job INTEGER NOT NULL REFERENCES sync_jobs(id), n INTEGER NOT NULL, object_id TEXT NOT NULL,
  source_id INTEGER, PRIMARY KEY(job, n)) WITHOUT ROWID;
"""


@migrations()
def sync(db: Database) -> None:
    """Jobs that were asked of DAP, their objects, and where the next one begins."""
    _make(db, _SYNC)


@migrations()
def activity_of_its_own(db: Database) -> None:
    """Bring the first release's log over to a file of its own, as one entry of that."""
    columns = ("n", "at_us", "who", "what", "data", "previous", "hash")
    rows = db.execute(f"SELECT {', '.join(columns)} FROM activity ORDER BY n").fetchall()
    log = Activity(Path(db.execute("PRAGMA database_list").fetchone()[2]).parent)
    # The catalogue commits later: the entry may be there from a run that was stopped.
    if rows and not any(entry.what == "earlier log" for entry in log.entries()):
        log.add("earlier log", {"entries": [dict(zip(columns, row, strict=True)) for row in rows]})
    db.execute("DROP TABLE activity")


_REJECTS = """
CREATE TABLE reject_lines(
  source_id INTEGER NOT NULL, offset INTEGER NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY(source_id, offset)) WITHOUT ROWID;
CREATE TABLE reject_headers(source_id INTEGER PRIMARY KEY, header BLOB NOT NULL);
"""


@migrations()
def rejects_as_they_stood(db: Database) -> None:
    """What a rejected line was before it was masked, and what its cells are called."""
    _make(db, _REJECTS)


def _make(db: Database, statements: str) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
