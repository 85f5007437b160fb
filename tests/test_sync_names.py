"""``logsleuth sync names`` and ``sync --check`` against a stand-in for Canvas."""

import json
from pathlib import Path

import pytest
from canvas_syncing import NOW, Run, ago, holds, runner, serving
from dap import jsonl, request_id, row
from standins.canvas import ROOT, TOKEN, Change, StandIn, refused
from standins.serving import Answer, Asked, Serving

from logsleuth.cli import syncing
from logsleuth.store.cache import Cache
from logsleuth.store.catalogue import Name, NameKind


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(_seconds: float) -> None:
        return None

    monkeypatch.setattr(syncing, "SLEEP", sleep)


def university() -> StandIn:
    return StandIn(
        accounts={ROOT: (None, "University")},
        users={
            101: {"id": 101, "name": "Ana Ortiz", "login_id": "aortiz", "sis_user_id": "S101"},
            303: {"id": "303", "name": "Sam \x1b[31mStudent"},
        },
        courses={5001: {"id": 5001, "name": "Biology 101", "course_code": "BIO101"}},
        keys=[
            {"id": 170, "name": "Attendance"},
            {"id": 10000000000003, "name": "Mobile app"},
            {"id": 171, "name": "Never used"},
        ],
    )


def import_requests(folder: Path, run: Run) -> None:
    rows = [
        row(request_id(1), user_id=101, course_id=5001, developer_key_id=170),
        row(request_id(2), user_id=303, real_user_id=101, course_id=5002),
        row(request_id(3), user_id=999, developer_key_id=10000000000003),
        row(request_id(4), user_id=70000000001234, developer_key_id=172),
    ]
    file = folder / "web_logs.jsonl"
    file.write_bytes(jsonl(rows))
    assert run("import", str(file), "--kind", "web_logs").exit_code == 0


def name(folder: Path, kind: NameKind, number: int) -> Name | None:
    cache = Cache.open(folder / "cache")
    try:
        return cache.catalogue.name(kind, number)
    finally:
        cache.close()


def paths(server: Serving) -> list[str]:
    return [asked.path.removeprefix("/api/v1/") for asked in server.asked]


def test_bare_ids_get_names_and_what_canvas_does_not_know_is_not_asked_again(
    tmp_path: Path,
) -> None:
    with serving(university(), tmp_path) as (server, run):
        import_requests(tmp_path, run)
        result = run("sync", "names", "--format", "json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout) == {
            "asked": 9, "named": 5, "unknown": 4, "hidden": 0, "left": 0, "errors": [],
        }  # fmt: skip
        ana = name(tmp_path, "user", 101)
        assert ana is not None
        assert (ana.name, ana.detail, ana.sis_id) == ("Ana Ortiz", "aortiz", "S101")
        assert ana.seen_at is not None
        assert ana.seen_at >= NOW
        for kind, number, called in (
            ("user", 303, "Sam \x1b[31mStudent"),
            ("course", 5001, "Biology 101"),
            ("key", 170, "Attendance"),
            ("key", 10000000000003, "Mobile app"),
        ):
            found = name(tmp_path, kind, number)  # type: ignore[arg-type]
            assert found is not None
            assert found.name == called
        server.asked.clear()
        assert "Asked Canvas for 0 names" in run("sync", "names").stdout
        assert paths(server) == []
        again = json.loads(run("sync", "names", "--again", "--format", "json").stdout)
        assert again["asked"] == 4
        assert "users/999" in paths(server)
        assert "users/101" not in paths(server)
    assert holds(tmp_path, TOKEN) == []


def test_a_limit_asks_for_the_busiest_and_says_what_is_left(tmp_path: Path) -> None:
    with serving(university(), tmp_path) as (server, run):
        import_requests(tmp_path, run)
        said = json.loads(run("sync", "names", "--limit", "2", "--format", "json").stdout)
        assert said["left"] == 4
        assert "users/101" in paths(server)
        assert "courses/5001" in paths(server)
        assert "users/303" not in paths(server)


def test_what_the_token_may_not_see_is_said_and_asked_again_later(tmp_path: Path) -> None:
    standin = university()
    real = standin.answer

    def guarded(asked: Asked) -> Answer:
        secret = asked.path.endswith(("/users/303", "/developer_keys"))
        return refused("no_permission_old") if secret else real(asked)

    with Serving(guarded) as server:
        run = runner(tmp_path, server.url)
        import_requests(tmp_path, run)
        result = run("sync", "names", "--format", "json")
        said = json.loads(result.stdout)
        assert result.exit_code == 1
        assert said["hidden"] == 4
        assert "the developer keys of account 1" in result.stderr
        server.answer = real
        assert json.loads(run("sync", "names", "--format", "json").stdout)["named"] == 3


def test_a_server_that_fails_leaves_the_names_that_came(tmp_path: Path) -> None:
    standin = university()
    real, asked_for = standin.answer, []

    def failing(asked: Asked) -> Answer:
        asked_for.append(asked.path)
        return real(asked) if len(asked_for) < 8 else Answer(502, b"<html></html>")

    with Serving(failing) as server:
        run = runner(tmp_path, server.url)
        import_requests(tmp_path, run)
        result = run("sync", "names")
        assert result.exit_code == 1
        assert "answered 502" in result.stderr
        server.answer = real
        assert run("sync", "names").exit_code == 0
    assert name(tmp_path, "course", 5001) is not None
    assert name(tmp_path, "user", 101) is not None


def test_check_tries_canvas_without_fetching(tmp_path: Path) -> None:
    standin = university()
    standin.changes = [Change(1, ago(60))]
    with serving(standin, tmp_path) as (server, run):
        result = run("sync", "--check")
        assert result.exit_code == 0, result.output
        assert (
            "works as user 101 Ana Ortiz: course changes of account 1 University" in result.stdout
        )
        assert "DAP     Not set up" in result.stdout
        audits = [asked for asked in server.asked if "/audit/" in asked.path]
        assert [asked.query["per_page"] for asked in audits] == [["1"]]
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ("no_permission_new", "permission"),
        ("no_permission_old", "permission"),
        ("bad_token", "does not accept the access token"),
        ("unauthenticated", "saw no access token"),
        ("not_found", "knows nothing of"),
    ],
)
def test_check_tells_refusals_apart(tmp_path: Path, refusal: str, said: str) -> None:
    with Serving(lambda _: refused(refusal)) as server:
        result = runner(tmp_path, server.url)("sync", "--check")
    assert result.exit_code == 1
    assert said in result.stdout
    assert TOKEN not in result.output
