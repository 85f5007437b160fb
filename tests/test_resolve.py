"""What pasted texts mean to commands: one reading is taken and said, two are a choice."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_tui_resolve import SESSION, people_cache

from logsleuth.cli.main import cli
from logsleuth.filter.parse import parse
from logsleuth.model import clock
from logsleuth.store.resolve import Resolver, is_pasted

Run = Callable[..., Result]
URL = "https://canvas.example"


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    cache = people_cache()
    return Resolver(cache.requests, cache.catalogue)


@pytest.fixture
def run() -> Iterator[Run]:
    def go(*args: str) -> Result:
        folder = people_cache().folder
        return CliRunner().invoke(cli, ["--cache", str(folder), *args])

    yield go
    clock.pin(None)


def readings(run: Run, text: str) -> list[tuple[str, str | None]]:
    """Kind and id of every reading of a text."""
    done = run("resolve", text, "--format", "jsonl")
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for one in found:
        parse(one["filter"], of="event")
    return [(one["kind"], one["id"]) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dfoobarez", [("user", "202")]),
        ("DFOOBAREZ", [("user", "202")]),
        ("dana foobarez", [("user", "202"), ("user", "303")]),
        ("Foobarez, Dana", [("user", "202"), ("user", "303")]),
        ("foobar", [("user", "202"), ("user", "303")]),
        ("wolf LONE", [("user", "606")]),
        ("P-505", [("user", "505")]),
        ("write:true", [("user", "505")]),
        ("bio", [("course", "202")]),
        ("C/1", [("course", "202")]),
        ("202", [("user", "202"), ("course", "202")]),
        ("sis_user_id:P-505", [("user", "505")]),
        ("sis_course_id:nothing", []),
        ("and", []),
        ("", []),
        ("2001:0DB8:0::7", [("address", "2001:db8::7")]),
        ("192.0.2.0/24", [("network", "192.0.2.0/24")]),
        ("::ffff:192.0.2.1", [("address", "192.0.2.1")]),
        ("192.0.2.999", []),
        (SESSION, [("session", SESSION)]),
        (f"{URL}/api/v1/courses/sis_course_id:C%2F1", [("course", "202")]),
        (f"{URL}/courses/202", [("course", "202")]),
        ("canvas.example/courses/202", [("course", "202")]),
        (f"{URL}/courses/202/grades/303", [("user", "303"), ("person there", None)]),
        (f"{URL}/users/303/masquerade", [("user", "303")]),
        (f"{URL}/?become_user_id=303", [("user", "303")]),
        (f"{URL}/courses/1~202", [("course", "202")]),
        (f"{URL}/courses/9~999", [("course", "90000000000999")]),
        (f"{URL}/courses/202/quizzes/12/take", [("quiz", "12")]),
        (f"{URL}/conversations/9#filter", [("conversation", "9")]),
        (f"{URL}/courses/202/files?preview=3", [("file", "3")]),
        (f"{URL}/login", []),
        (f"{URL}/courses/202/users/606", [("user", "606"), ("person there", None), ("path", None)]),
    ],
)
def test_every_reading_that_the_cache_knows(
    run: Run, text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert readings(run, text) == expected


def test_a_filter_stays_a_filter_in_commands(run: Run) -> None:
    for text, count in (("curl", "5"), ("202", "5"), ("dfoobarez", "0"), ("/courses/202", "5")):
        done = run("count", text)
        assert (done.stdout, done.exit_code) == (f"{count}\n", 0)
        assert "became" not in done.stderr


def test_one_reading_is_taken_and_said(run: Run) -> None:
    for text, became in (
        (f"{URL}/courses/202", "course_id:202"),
        (SESSION.replace("-", "").upper(), f"session_id:{SESSION}"),
        ("2001:DB8::7", "remote_ip:2001:db8::7"),
        ("sis_login_id:eve", "(user_id:404 or real_user_id:404)"),
    ):
        done = run("count", text)
        assert done.exit_code == 0, done.output
        assert f"'{text}' became {became}: the " in done.stderr
        assert done.stdout == run("count", became).stdout


def test_two_readings_are_listed_and_none_is_taken(run: Run) -> None:
    done = run("search", f"{URL}/courses/202/users/303")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "  (user_id:303 or real_user_id:303)\n    the user 303, Dana Foobarez" in done.stderr
    assert "  (url:*/courses/202/users/303 and not url:/*/courses/202/users/303" in done.stderr
    done = run("events", "--user", "Foobarez, Dana")
    assert done.exit_code == 2
    assert "  202\n    the user 202" in done.stderr
    assert "  303\n    the user 303" in done.stderr
    assert run("events", "--user", "LWOLF").exit_code == 0
    assert run("events", "--course", f"{URL}/courses/202/users/303").exit_code == 0
    assert run("events", "--course", "7~123").exit_code == 0
    assert run("events", "--course", "nothing like it").exit_code == 2


def test_what_is_nothing_is_the_mistake_that_it_was(run: Run) -> None:
    done = run("count", "nothing:here")
    assert done.exit_code == 2
    assert "no field is called 'nothing'" in done.stderr
    done = run("count", "00000000-0000-4000-8000-00000000dead")
    assert (done.exit_code, done.stdout) == (0, "0\n")
    assert "it is searched for as text" in done.stderr
    done = run("trace", SESSION)
    assert done.exit_code == 1
    assert f"is no course change but the session {SESSION}" in done.stderr


def test_a_hostile_name_is_made_visible(run: Run) -> None:
    done = run("resolve", "eve", "--format", "table")
    assert "⟨U+202E⟩" in done.stdout
    assert "\u202e" not in done.stdout + run("events", "--user", "eve").stderr


odd = st.sampled_from(["https://", "/", "courses", "~", ":", "sis_course_id:", "1", "::", "[", "*"])
texts = st.one_of(st.text(max_size=60), st.lists(odd, max_size=8).map("".join), st.uuids().map(str))


@settings(max_examples=150, deadline=None)
@given(texts)
@example("https://[::1/courses/5")
@example("\ud800")
@example("9" * 400)
def test_any_text_is_read_or_refused(resolver: Resolver, text: str) -> None:
    assert is_pasted(text) in (True, False)
    for meaning in resolver.meanings(text):
        assert meaning.words
        parse(meaning.filter, of="event")
