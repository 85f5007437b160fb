"""Day files of an older layout: refused with what to do, and written anew without a loss."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dap import NOON, WRITTEN, bring, deletion, jsonl, row
from oracle.recount import check_cache

from logsleuth.cli.main import cli
from logsleuth.model import times

TO_LAYOUT_3 = """
CREATE TABLE req3(
  k INTEGER PRIMARY KEY, us INTEGER,
  user_id INTEGER, real_user_id INTEGER, ip INTEGER, status INTEGER, op INTEGER NOT NULL,
  course_id INTEGER, dev INTEGER, ses INTEGER, ua INTEGER, micros INTEGER, ctx_id INTEGER,
  quiz_id INTEGER, discussion_id INTEGER, conversation_id INTEGER, assignment_id INTEGER,
  about INTEGER, flags INTEGER, deleted_us INTEGER, ver INTEGER NOT NULL, url TEXT,
  id ANY NOT NULL) STRICT;
INSERT INTO req3 SELECT k, us, user_id, real_user_id, ip, status, op, course_id, dev, ses, ua,
  micros, CASE ctx_id WHEN 0 THEN course_id WHEN 1 THEN user_id WHEN '0' THEN 0 WHEN '1' THEN 1
  ELSE ctx_id END, quiz_id, discussion_id, conversation_id, assignment_id, about, flags,
  deleted_us, ver, url, id
  FROM req;
DROP TABLE req;
DROP INDEX visit_ses;
DELETE FROM ids;
ALTER TABLE req3 RENAME TO req;
CREATE INDEX i_ses ON req(ses) WHERE ses IS NOT NULL;
PRAGMA user_version = 3;
"""
TO_LAYOUT_2 = """
CREATE TABLE req2(
  k INTEGER PRIMARY KEY, us INTEGER,
  user_id INTEGER, real_user_id INTEGER, ip INTEGER, status INTEGER, op INTEGER NOT NULL,
  course_id INTEGER, dev INTEGER, ses INTEGER, ua INTEGER, micros INTEGER, ctx_id INTEGER,
  quiz_id INTEGER, discussion_id INTEGER, conversation_id INTEGER, assignment_id INTEGER,
  about INTEGER, flags INTEGER, deleted_us INTEGER, meta INTEGER,
  source INTEGER NOT NULL, url TEXT, id ANY NOT NULL) STRICT;
INSERT INTO req2 SELECT k, us, user_id, real_user_id, ip, status, op, course_id, dev, ses, ua,
  micros, ctx_id, quiz_id, discussion_id, conversation_id, assignment_id, about, flags,
  deleted_us, (SELECT meta_us FROM ver v WHERE v.i = req.ver) - {start},
  (SELECT source FROM ver v WHERE v.i = req.ver), url, id
  FROM req;
DROP TABLE req;
DROP TABLE ver;
DROP TABLE ids;
DELETE FROM info;
CREATE TABLE prints(n INTEGER PRIMARY KEY, fp BLOB NOT NULL) STRICT;
ALTER TABLE req2 RENAME TO req;
PRAGMA user_version = 2;
"""
TO_LAYOUT_1 = """
CREATE TABLE ver(i INTEGER PRIMARY KEY, meta_us INTEGER, source INTEGER NOT NULL) STRICT;
INSERT INTO ver(meta_us, source) SELECT DISTINCT meta + {start}, source FROM req;
CREATE TABLE req1(
  k INTEGER PRIMARY KEY, us INTEGER,
  user_id INTEGER, real_user_id INTEGER, ip INTEGER, status INTEGER, op INTEGER NOT NULL,
  course_id INTEGER, dev INTEGER, ses INTEGER, ua INTEGER, micros INTEGER, ctx_id INTEGER,
  quiz_id INTEGER, discussion_id INTEGER, conversation_id INTEGER, assignment_id INTEGER,
  about INTEGER, flags INTEGER, deleted_us INTEGER, ver INTEGER NOT NULL,
  url TEXT, id ANY NOT NULL) STRICT;
INSERT INTO req1 SELECT k, us, user_id, real_user_id, ip, status, op, course_id, dev, ses, ua,
  micros, ctx_id, quiz_id, discussion_id, conversation_id, assignment_id, about,
  nullif(ifnull(flags, 0) & 15, 0), deleted_us,
  (SELECT i FROM ver WHERE meta_us IS meta + {start} AND ver.source = req.source), url, id
  FROM req;
DROP TABLE req;
ALTER TABLE req1 RENAME TO req;
PRAGMA user_version = 1;
"""
CONTEXTS = (
    (5, 5), (5, 1), (None, 2), (None, 0), (0, 0), (1, 0), (7, 1), (None, None), (9, -(2**63)),
    (2**63 - 1, 2**62),
)  # fmt: skip
"""Courses and contexts, which stand in a row in several ways."""

QUESTIONS = (
    *(("count", f"web_application_context_id:{one}") for one in (0, 1, 2, 5, 2**62)),
    ("top", "web_application_context_id", "--limit", "0"),
    ("search", "--limit", "0", "--format", "jsonl"),
    ("top", "user_id", "--limit", "0"),
    ("count", "write:true http_status >= 400"),
    ("timeline",),
    ("sessions",),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Three days: a newer version, an odd value, a deletion, a secret, and two rows of one key."""
    cache = tmp_path / "cache"
    rows = [
        row(
            f"r{n}",
            at=NOON + n * 7 * times.HOUR,
            meta=WRITTEN + n % 3,
            user_id=n % 5,
            url=f"/courses/{n}",
            http_method="PUT" if n % 2 else "GET",
            http_status=404 if n % 3 else "odd",
            session_id="s",
            user_agent="c",
            course_id=CONTEXTS[n][0],
            web_application_context_id=CONTEXTS[n][1],
        )
        for n in range(10)
    ]
    newer = row("r3", at=NOON, meta=WRITTEN + 9, user_id=9, http_status=200)
    same_key = [row(name, at=NOON, user_id=1) for name in ("c50", "c60200")]
    secret = row("secret", at=NOON, url="/files/1?access_token=1234567890abcdef")
    bring(cache, jsonl([*rows, *same_key, secret, newer, deletion("r4", WRITTEN + 20)]))
    return cache


def make_old(cache: Path, layout: int) -> None:
    """Undo what later layouts changed; ``extra`` may hold in all of them what it did."""
    for path in (cache / "days").glob("*.db"):
        with closing(sqlite3.connect(path)) as day:
            rollups = day.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                " AND (name LIKE '%\\_hour' ESCAPE '\\' OR name LIKE '%\\_day' ESCAPE '\\'"
                " OR name = 'visit')"
            ).fetchall()
            start = times.day_start(path.name[:10])
            day.executescript(TO_LAYOUT_3)
            if layout == 3:
                continue
            day.executescript(TO_LAYOUT_2.format(start=start))
            if layout == 1:
                for (name,) in rollups:
                    day.execute(f"DROP TABLE {name}")
                day.executescript(TO_LAYOUT_1.format(start=start))


def run(cache: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--cache", str(cache), *arguments])


def answers(cache: Path) -> list[str]:
    return [run(cache, *question).stdout for question in QUESTIONS]


@pytest.mark.parametrize("layout", [1, 2, 3])
def test_days_of_an_older_layout_are_written_anew(old: Path, layout: int) -> None:
    before: list[Any] = answers(old)
    make_old(old, layout)
    refused = run(old, "count")
    assert refused.exit_code == 1
    assert "`logsleuth migrate`" in refused.stderr
    assert refused.stderr.count("\n") == 1
    told = json.loads(run(old, "migrate", "--format", "json").stdout)
    assert (len(told["days"]), told["rows"]) == (len(list((old / "days").iterdir())), 13)
    assert answers(old) == before
    check_cache(old)
    assert json.loads(run(old, "migrate", "--format", "json").stdout)["days"] == []


def test_what_is_no_cache_is_not_made_one(tmp_path: Path) -> None:
    found = run(tmp_path / "none", "migrate")
    assert found.exit_code == 2
    assert not (tmp_path / "none").exists()
