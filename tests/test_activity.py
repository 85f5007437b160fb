"""The activity log: what was looked at, by whom, in a chain; and what it must never hold."""

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from casework import CONCLUDED, Bench, demo
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.case.case import Case
from logsleuth.model import chain
from logsleuth.store.activity import Activity

SECRET = "correcthorsebatterystaple"
TOKEN = "7~" + "aB3dEfGh1jKlMn0pQrStUvWxYz" * 2


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("campus"))


@pytest.fixture
def bench(campus: Path, tmp_path: Path) -> Bench:
    return Bench.at(tmp_path, campus)


def log(bench: Bench) -> list[chain.Entry]:
    return Activity(bench.cache).entries()


def test_commands_log_what_they_were_asked(bench: Bench) -> None:
    before = len(log(bench))
    bench.run("--timezone", "America/Denver", "count", 'timestamp:"2026-10-12" user_id:101')
    bench.run("search", "user_id:202", "--limit", "3", "--format", "csv")
    bench.run("events", "course_id:5001")
    bench.run("trace", CONCLUDED)
    bench.run("top", "remote_ip")
    bench.run("status")
    bench.run("fields")
    entries = log(bench)[before:]
    assert [entry.data["command"] for entry in entries] == [
        *("count", "search", "events", "trace", "top"),
    ]
    assert "2026-10-12T06:00:00" in entries[0].data["filter"], "resolved to UTC"
    assert entries[0].data["count"] >= 0
    assert entries[1].data["rows"] == 3
    assert entries[1].data["options"]["limit"] == 3
    assert {entry.what for entry in entries} == {"query"}
    assert all(entry.data["outcome"] == "done" for entry in entries)
    assert chain.check(log(bench)) == []


def test_who_it_was_is_told_as_the_machine_knows_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CLIENT", "192.0.2.7 4711 22")
    monkeypatch.setenv("SUDO_USER", "dana")
    bench.run("count")
    who = log(bench)[-1].who
    assert {"user", "uid", "login_uid", "tty", "host"} <= set(who)
    assert (who["ssh_client"], who["sudo_user"]) == ("192.0.2.7", "dana")


def test_a_question_that_failed_is_logged_too(bench: Bench) -> None:
    bench.run("count", "user_id:abc", code=2)
    assert log(bench)[-1].data["outcome"] == "failed"


def test_the_demos_clock_does_not_date_what_was_done(bench: Bench) -> None:
    bench.run("count")
    assert log(bench)[-1].at > 1_795_000_000_000_000, "November 2026, not the demo's October"


@pytest.mark.parametrize(
    "text",
    [
        f'url:"access_token={SECRET}"',
        f'url:"?a=1&password={SECRET}"',
        TOKEN,
        f'"Authorization: Bearer {SECRET}"',
        f'url:"{TOKEN}"',
    ],
)
def test_no_secret_that_was_pasted_is_kept(bench: Bench, text: str) -> None:
    bench.run("case", "new", "one", "--title", "x")
    bench.run("--case", "one", "search", text)
    bench.run("--case", "one", "count", f"{text} and", code=2)
    assert "fingerprint" in bench.run("case", "add", "one", "--filter", text, code=1).stderr
    for path in (bench.cache / "activity.db", bench.cases / "one.case"):
        held = path.read_bytes()
        assert SECRET.encode() not in held, path
        assert TOKEN.encode() not in held, path
        assert "masked" in held.decode(errors="replace")


def test_asking_changes_neither_catalogue_nor_days(bench: Bench) -> None:
    def bytes_of() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in bench.cache.rglob("*")
            if path.is_file() and not path.name.startswith("activity.db")
        }

    bench.run("trace", "--all")  # Traces are kept the first time.
    before = bytes_of()
    bench.run("count", "user_id:101")
    bench.run("search", "--limit", "1")
    bench.run("sessions", "user_id:101")
    assert bytes_of() == before


def test_a_log_that_cannot_be_written_is_said_once_and_stops_nobody(bench: Bench) -> None:
    (bench.cache / "activity.db").unlink()
    (bench.cache / "activity.db").mkdir()
    result = bench.run("count", "user_id:101")
    assert result.stdout.strip().isdecimal()
    assert result.stderr.count("not logged") == 1
    bench.run("case", "new", "one", "--title", "x")
    bench.run("--case", "one", "count", "user_id:202")
    entries = Case.open(bench.cases / "one.case").entries()
    assert entries[-1].data["filter"] == "user_id:202", "the case's log still has it"
    (bench.cache / "activity.db").rmdir()
    (bench.cache / "activity.db").write_text("something of somebody else's" * 200)
    assert bench.run("count").stderr.count("not logged") == 1
    assert (bench.cache / "activity.db").read_text().startswith("something")


def test_processes_log_at_the_same_time(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from logsleuth.store.activity import Activity\n"
        "for number in range(30):\n"
        "    Activity(Path(sys.argv[1])).add('query', {'n': number})\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    entries = Activity(tmp_path).entries()
    assert len(entries) == 90
    assert chain.check(entries) == []
    assert (tmp_path / "activity.db").stat().st_mode & 0o777 == 0o600


def test_while_a_case_is_open_its_log_has_it_too(bench: Bench) -> None:
    bench.run("case", "new", "one", "--title", "x")
    bench.run("--case", "one", "count", "user_id:101")
    bench.run("case", "add", "one", "--event", CONCLUDED)
    entries = Case.open(bench.cases / "one.case").entries()
    assert [entry.what for entry in entries] == ["created", "earlier", "query", "added"]
    assert entries[2].data["filter"] == "user_id:101"
    assert [entry.data.get("command") for entry in log(bench)[-2:]] == ["count", "case add"]
    assert "no case at" in bench.run("--case", "none", "count", code=1).stderr


def test_a_new_case_takes_in_and_counts_what_came_before(bench: Bench) -> None:
    bench.run("count", "user_id:101")
    bench.run("count", "user_id:202")
    mine = len(log(bench))
    said = bench.run("case", "new", "none", "--title", "x").stdout
    assert f"{mine:,} earlier entries" in said
    assert f"{mine:,} left out" in said
    for take, taken in (("1", 1), ("all", mine), ("9999", mine), ("none", 0)):
        bench.run("case", "new", f"take-{take}", "--title", "x", "--earlier", take)
        entry = Case.open(bench.cases / f"take-{take}.case").entries()[1]
        assert (entry.data["yours"], entry.data["left_out"]) == (mine, mine - taken)
        assert len(entry.data["taken"]) == taken
        if taken == 1:
            assert entry.data["taken"][0]["data"]["filter"] == "user_id:202", "the newest"
    assert entry.data["log"]["hash"] == log(bench)[-1].hash
    bench.run("case", "new", "bad", "--title", "x", "--earlier", "some", code=2)


def test_the_log_of_the_first_release_is_brought_over(bench: Bench) -> None:
    (bench.cache / "activity.db").unlink()
    with sqlite3.connect(bench.cache / "catalogue.db") as old:
        old.execute(
            "CREATE TABLE activity(n INTEGER PRIMARY KEY, at_us, who, what, data, previous, hash)"
        )
        old.execute("INSERT INTO activity VALUES (1, 5, 'dana', 'import', '{}', '', 'abc')")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = 'activity_of_its_own'")
    old.close()
    assert log(bench) == []
    file = bench.home / "audit.json"
    file.write_text(json.dumps({"links": {}, "events": [], "linked": {}}))
    bench.run("import", str(file), "--kind", "course_audit")
    first, second = log(bench)
    assert first.data["entries"][0]["hash"] == "abc"
    assert second.what == "import"
    with sqlite3.connect(bench.cache / "catalogue.db") as new:
        assert not new.execute("SELECT 1 FROM sqlite_schema WHERE name = 'activity'").fetchall()
    new.close()


PAYLOADS = st.dictionaries(
    st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(max_size=20)), max_size=3
)


@given(st.lists(PAYLOADS, min_size=1, max_size=6), st.data())
def test_any_change_to_a_chain_is_named(
    payloads: list[dict[str, object]], data: st.DataObject
) -> None:
    entries: list[chain.Entry] = []
    head = chain.START
    for number, payload in enumerate(payloads):
        entry = chain.following(head, number, {"uid": 1}, "query", payload, chain.new_salt())
        entries.append(entry)
        head = chain.head(entries)
    assert chain.check(entries, head) == []
    place = data.draw(st.integers(0, len(entries) - 1))
    one = entries[place]
    changed = {
        "data": replace(one, data={**one.data, "x": "y"}),
        "what": replace(one, what="copy"),
        "who": replace(one, who={"uid": 2}),
        "at": replace(one, at=one.at + 1),
        "n": replace(one, n=one.n + 1),
        "previous": replace(one, previous="f" * 64),
        "commitment": replace(one, commitment="f" * 64),
        "hash": replace(one, hash="f" * 64),
    }
    for name, other in changed.items():
        flaws = chain.check([*entries[:place], other, *entries[place + 1 :]], head)
        assert flaws, name
        assert flaws[0].n in {one.n, one.n + 1}, name
    assert chain.check([*entries[:place], *entries[place + 1 :]], head)
    assert chain.check(entries[:place], head), "the end was cut off"
    kept_back = replace(one, salt=None, data={"user": "person 1"})
    assert chain.check([*entries[:place], kept_back, *entries[place + 1 :]], head) == []
