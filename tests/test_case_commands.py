"""Cases on the command line: what goes in, what is said, and what is refused."""

import json
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from casework import CONCLUDED, SESSION, Bench, demo

from logsleuth.case import gather
from logsleuth.case.case import Case
from logsleuth.model.chain import parse_head


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("campus"))


@pytest.fixture
def bench(campus: Path, tmp_path: Path) -> Bench:
    return Bench.at(tmp_path, campus)


@pytest.fixture
def case(bench: Bench) -> Bench:
    bench.run("case", "new", "one", "--title", "Who concluded Biology 101?", "--ticket", "T-7")
    return bench


def test_a_case_holds_what_was_put_in(case: Bench) -> None:
    added = case.json(
        *("case", "add", "one", "--event", CONCLUDED.upper().replace("-", "")),
        *("--session", SESSION, "--filter", "masqueraded:true and write:true"),
    )
    assert [(one["evidence"], one["kind"], one["new"]) for one in added] == [
        ("E1", "event", True),
        ("E2", "session", True),
        ("E3", "filter", True),
    ]
    count = case.run("count", "masqueraded:true and write:true").stdout.strip()
    assert str(added[2]["count"]) == str(added[2]["copied"]) == count
    case.run("case", "note", "one", "It **is** this one", "--on", "e1")
    case.run("case", "tag", "one", "act-as", "--on", "E2")
    case.run(
        *("case", "finding", "one", "--statement", "101 concluded it as 202"),
        *("--confidence", "high", "--alternative", "a stolen session", "--cites", "E1,E2"),
    )
    shown = case.json("case", "show", "one")
    assert shown["ticket"] == "T-7"
    assert shown["flaws"] == []
    assert [one["label"] for one in shown["evidence"]] == ["E3", "E2", "E1"], "in time order"
    assert shown["notes"][0]["on"] == "E1"
    assert shown["findings"][0]["cites"] == ["E1", "E2"]
    assert shown["tags"][0]["tag"] == "act-as"
    assert all(one["difference"] is None for one in shown["evidence"])
    listed = case.run("case", "list", "--format", "csv").stdout.splitlines()
    assert listed[1].startswith("one,open,Who concluded Biology 101?,T-7,3,1,")


def test_rows_are_the_caches_own(case: Bench) -> None:
    case.run("case", "add", "one", "--session", SESSION)
    opened = Case.open(case.cases / "one.case")
    kept = [one.row.as_json() for one in opened.rows("E1")]
    printed = case.run(
        "search", f"session_id:{SESSION}", "--oldest-first", "--format", "jsonl", "--limit", "0"
    ).stdout
    assert kept == [json.loads(line) for line in printed.splitlines()]
    snapshot = opened.snapshot()
    assert {source.sha256 for source in snapshot.sources} == {
        next(s.sha256 for s in snapshot.sources if s.number == one.source)
        for one in snapshot.requests
    }
    people = {one.value for one in snapshot.pseudonyms if one.kind == "person"}
    assert {"101", "202"} <= people


def test_an_event_brings_its_trace_and_the_requests_it_lists(case: Bench) -> None:
    case.run("case", "add", "one", "--event", CONCLUDED)
    snapshot = Case.open(case.cases / "one.case").snapshot()
    (event,) = snapshot.events
    assert (event.trace.verdict, event.trace.signed_in_user_id) == ("strong", 101)
    assert [one.row.id for one in snapshot.requests] == [
        cause.request.id for cause in event.trace.causes
    ]
    assert event.traced_at == snapshot.evidence[0].added_at
    named = {(one.name.kind, one.name.id): one.name.name for one in snapshot.names}
    assert named["user", 202] == "Dana Foobarez"


def test_the_same_evidence_twice_is_said_and_not_doubled(case: Bench) -> None:
    case.run("case", "add", "one", "--event", CONCLUDED, "--filter", "user_id:101")
    again = case.run("case", "add", "one", "--filter", "user_id:101", "--event", CONCLUDED)
    assert again.stdout.count("it was there already") == 2
    assert len(case.json("case", "show", "one")["evidence"]) == 2


def test_a_span_is_that_of_a_request(case: Bench) -> None:
    row = case.run("search", f"masqueraded:true session_id:{SESSION}", "--columns", "id").stdout
    request = row.split('"')[3]
    (added,) = case.json("case", "add", "one", "--span", request)
    assert added["count"] == int(case.run("count", f"masqueraded:true session_id:{SESSION}").stdout)


def test_a_cut_is_said(case: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MOST_ROWS", 100)
    added = case.run("case", "add", "one", "--filter", "")
    total = int(case.run("count").stdout)
    assert f"{total:,} requests, the newest 100 copied" in added.stdout
    assert "newest 100" in added.stderr
    shown = case.json("case", "show", "one")["evidence"][0]
    assert (shown["count"], shown["copied"], shown["cut"]) == (total, 100, True)


def test_times_of_a_filter_are_kept_in_utc(case: Bench) -> None:
    case.run("--timezone", "America/Denver", "case", "add", "one", "--filter",
             'timestamp:"2026-10-12" user_id:101')  # fmt: skip
    shown = case.json("case", "show", "one")["evidence"][0]
    assert "2026-10-12T06:00:00" in shown["filter"]
    assert shown["coverage"], "the coverage at that time is kept"
    assert {stretch["state"] for stretch in shown["coverage"]} == {"covered"}


def test_all_is_added_or_nothing(case: Bench) -> None:
    result = case.run("case", "add", "one", "--event", CONCLUDED, "--request", "nope", code=1)
    assert "no request nope" in result.stderr
    assert case.json("case", "show", "one")["evidence"] == []


def test_a_note_and_a_finding_can_be_written_anew(case: Bench) -> None:
    case.run("case", "add", "one", "--event", CONCLUDED)
    case.run("case", "note", "one", "first", "--on", "E1")
    case.run("case", "note", "one", "-", "--replace", "n1", input="second\nline")
    (note,) = case.json("case", "show", "one")["notes"]
    assert (note["label"], note["text"], note["on"]) == ("N1", "second\nline", "E1")
    log = [entry.data.get("text") for entry in Case.open(case.cases / "one.case").entries()]
    assert "first" in log, "the log keeps what it said before"


def test_a_closed_case_takes_nothing_until_it_is_opened_again(case: Bench) -> None:
    closed = case.run("case", "close", "one", "--as", "inconclusive", "--reason", "No log")
    assert "inconclusive" in closed.stdout
    for args in (("note", "one", "x"), ("add", "one", "--event", CONCLUDED)):
        assert "closed" in case.run("case", *args, code=1).stderr
    assert "closed" in case.run("--case", "one", "count", code=1).stderr
    case.run("case", "reopen", "one", "--reason", "New log")
    case.run("case", "note", "one", "x")
    shown = case.json("case", "show", "one")
    assert (shown["status"], shown["closed_as"], shown["closed_at"]) == ("open", None, None)


def test_what_a_case_is_about_can_be_changed(case: Bench) -> None:
    case.run("case", "edit", "one", "--authority", "Order 5", "--question", "Who?", "--zone",
             "America/Denver", "--since", "2026-10-12", "--until", "2026-10-12")  # fmt: skip
    shown = case.json("case", "show", "one")
    assert (shown["authority"], shown["questions"]) == ("Order 5", ["Who?"])
    assert shown["span"] == {
        "since": "2026-10-12T06:00:00.000Z",
        "until": "2026-10-13T06:00:00.000Z",
    }
    assert shown["title"] == "Who concluded Biology 101?"
    assert "already" in case.run("case", "edit", "one", "--authority", "Order 5").stdout


@pytest.mark.parametrize(
    ("args", "said", "code"),
    [
        (("show", "none"), "no case at", 1),
        (("new", "one", "--title", "x"), "already", 1),
        (("new", "a\nb", "--title", "x"), "no name", 1),
        (("new", ".x", "--title", "x"), "dot", 1),
        (("new", "two", "--title", "  "), "title is empty", 1),
        (("new", "two", "--title", "x", "--zone", "Mars/Olympus"), "Mars/Olympus", 2),
        (("new", "two", "--title", "x", "--group", "adm"), "path", 2),
        (("note", "one", "x", "--on", "E9"), "no evidence E9", 1),
        (("note", "one", "   "), "note is empty", 1),
        (("note", "one", "x", "--replace", "N9"), "no note N9", 1),
        (("add", "one"), "--request", 2),
        (("add", "one", "--event", "nope"), "no course event nope", 1),
        (("add", "one", "--session", "nope"), "no session nope", 1),
        (("add", "one", "--span", "nope"), "acted as another", 1),
        (("add", "one", "--filter", "usr_id:1"), "user_id", 2),
        (("finding", "one", "--statement", "x", "--confidence", "sure", "--alternative", "y",
          "--cites", "E1"), "sure", 2),
        (("finding", "one", "--statement", "x", "--confidence", "low", "--alternative", "y",
          "--cites", "E1"), "no evidence E1", 1),
        (("reopen", "one", "--reason", "x"), "is open", 1),
        (("close", "one", "--as", "guilty", "--reason", "x"), "guilty", 2),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(
    case: Bench, args: tuple[str, ...], said: str, code: int
) -> None:
    before = Case.open(case.cases / "one.case").head()
    result = case.run("case", *args, code=code)
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert Case.open(case.cases / "one.case").head() == before
    assert [path.name for path in case.cases.iterdir()] == ["one.case"]


def test_a_foreign_newer_or_damaged_file_is_one_sentence(case: Bench) -> None:
    (case.cases / "text.case").write_text("not a database, but long enough to look like one" * 30)
    assert "damaged, or no case" in case.run("case", "show", "text", code=1).stderr
    sqlite3.connect(case.cases / "other.case").execute("CREATE TABLE x(y)").connection.close()
    assert "no case of logsleuth" in case.run("case", "show", "other", code=1).stderr
    newer = sqlite3.connect(case.cases / "one.case")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    assert "newer logsleuth" in case.run("case", "show", "one", code=1).stderr
    listed = case.run("case", "list", code=1)
    assert listed.stderr.count("\n") == 3 + listed.stderr.count("Nothing"), listed.stderr


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_a_case_is_for_its_owner_alone(bench: Bench, mask: int) -> None:
    old = os.umask(mask)
    try:
        bench.run("case", "new", "one", "--title", "x")
        bench.run("case", "note", "one", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((bench.cases / "one.case").stat().st_mode) == 0o600
    assert stat.S_IMODE(bench.cases.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to a group")
def test_a_case_for_a_group(bench: Bench, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    bench.run("case", "new", f"{shared}/one", "--title", "x", "--group", "daemon")
    bench.run("case", "note", f"{shared}/one", "hello")
    assert stat.S_IMODE(shared.stat().st_mode) == 0o2770
    assert stat.S_IMODE((shared / "one.case").stat().st_mode) == 0o660
    (tmp_path / "open").mkdir()
    refused = bench.run(
        "case", "new", f"{tmp_path}/open/one", "--title", "x", "--group", "daemon", code=1
    )
    assert "chmod 2770" in refused.stderr
    assert list((tmp_path / "open").iterdir()) == []


def test_what_was_changed_by_hand_is_named(case: Bench) -> None:
    case.run("case", "add", "one", "--session", SESSION)
    case.run("case", "note", "one", "first")
    path = case.cases / "one.case"
    whole = path.read_bytes()
    head = case.run("case", "head", "one").stdout.strip()
    changes = {
        "UPDATE entries SET data = replace(data, 'first', 'worst')": "Entry 3",
        "UPDATE entries SET at_us = at_us - 1 WHERE n = 2": "Entry 2",
        "DELETE FROM entries WHERE n = 2": "Entry 3",
        "UPDATE requests SET data = replace(data, '\"user_id\":101', '\"user_id\":102')": "request",
        "DELETE FROM requests WHERE n = 1": "E1",
        "DELETE FROM members WHERE place = 2": "E1",
        "UPDATE names SET data = replace(data, 'Foobarez', 'Quxley')": "names",
        "UPDATE sources SET data = replace(data, 'web_logs', 'web_dogs')": "Source",
    }
    for change, said in changes.items():
        path.write_bytes(whole)
        with sqlite3.connect(path) as connection:
            assert connection.execute(change).rowcount, change
        connection.close()
        result = case.run("case", "show", "one", code=1)
        assert said in result.stderr, (change, result.stderr)
    path.write_bytes(whole)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM entries WHERE n = (SELECT max(n) FROM entries)")
    connection.close()
    opened = Case.open(path)
    assert opened.check() == [], "nobody can tell without the head"
    assert "cut off" in opened.check(parse_head(head))[0]


def test_what_the_cache_would_answer_otherwise_is_flagged_and_kept(case: Bench) -> None:
    case.run("case", "add", "one", "--event", CONCLUDED, "--session", SESSION)
    before = Case.open(case.cases / "one.case")
    rows, trace = before.rows("E2"), before.event("E1")
    case.run("prune", "--before", "2026-10-13", "--yes")
    shown = case.run("case", "show", "one")
    assert shown.stdout.count("flagged") == 2
    after = Case.open(case.cases / "one.case")
    assert (after.rows("E2"), after.event("E1")) == (rows, trace)
    revision = after.revision
    case.run("case", "show", "one")
    assert Case.open(case.cases / "one.case").revision == revision, "said once"


def test_a_case_outlives_its_cache(case: Bench) -> None:
    case.run("case", "add", "one", "--event", CONCLUDED, "--session", SESSION)
    before = Case.open(case.cases / "one.case").snapshot()
    shutil.rmtree(case.cache)
    shown = case.json("case", "show", "one")
    assert len(shown["evidence"]) == 2
    assert Case.open(case.cases / "one.case").snapshot() == before


def test_disclosures_make_no_revision(case: Bench) -> None:
    case.run("case", "add", "one", "--event", CONCLUDED)
    opened = Case.open(case.cases / "one.case")
    before = opened.snapshot()
    opened.disclose({"kind": "redacted", "recipient": "legal"})
    assert opened.pseudonyms([("person", "999999"), ("person", "101")])["person", "999999"] > 0
    assert opened.snapshot() == before
    assert opened.head() != before.head
    opened.note("one more")
    assert len(opened.snapshot().disclosures) == 1
