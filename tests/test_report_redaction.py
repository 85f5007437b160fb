"""A redacted report tells nobody who it was, says the same of the same person, and verifies."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from casework import CONCLUDED, SESSION, Bench, demo
from hypothesis import given
from hypothesis import strategies as st
from reportwork import FULL, NAME, export, files, investigate, rows, values

from logsleuth.model import addresses
from logsleuth.report.scan import Known, Scanner
from logsleuth.report.urls import WITHHELD, disguised

TELLING = (
    "user_id",
    "real_user_id",
    "actor",
    "about_user",
    "recorded_user_id",
    "signed_in_user_id",
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    cache = demo(tmp_path_factory.mktemp("demo") / "cache")
    bench = Bench.at(tmp_path_factory.mktemp("bench"), cache)
    investigate(bench)
    return bench


@pytest.fixture(scope="module")
def full(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(bench, tmp_path_factory.mktemp("full") / "report", *FULL)


@pytest.fixture(scope="module")
def redacted(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(bench, tmp_path_factory.mktemp("redacted") / "report")


def people(folder: Path) -> set[int]:
    """Every account that a report in full has in a column."""
    found = set()
    for name in ("evidence/requests.jsonl", "evidence/course_events.jsonl"):
        for row in rows(folder, name):
            for one in (row, *row.get("causes", ()), *row.get("older", ())):
                found |= {one.get(column) for column in TELLING}
    return found - {None}


def texts(folder: Path, column: str) -> set[str]:
    found = {row[column] for row in rows(folder, "evidence/requests.jsonl")}
    return found - {None}


def test_no_column_holds_a_real_person_address_session_or_key(full: Path, redacted: Path) -> None:
    real = people(full)
    assert len(real) > 5
    for name in ("evidence/requests.jsonl", "evidence/course_events.jsonl"):
        for row in rows(redacted, name):
            for one in (row, *row.get("causes", ()), *row.get("older", ())):
                for column in TELLING:
                    assert one.get(column) is None or str(one[column]).startswith("person-")
                assert one.get("remote_ip") is None or one["remote_ip"].startswith("address-")
                assert one.get("session_id") is None or one["session_id"].startswith("session-")
                assert one.get("developer_key_id") is None or str(
                    one["developer_key_id"]
                ).startswith("key-")


def test_nothing_of_anybody_is_anywhere_in_the_folder(full: Path, redacted: Path) -> None:
    """Addresses, sessions, keys, logins and e-mail: found in full, and in no file redacted."""
    telling = texts(full, "remote_ip") | texts(full, "session_id")
    telling |= {"dfoobarez", "Foobarez", "Dana", "Fakenham", "Nadia", "campus.example"}
    telling |= {f"as_user_id={number}" for number in people(full)}
    everything = b"\n".join(files(redacted).values()).decode()
    in_full = b"\n".join(files(full).values()).decode()
    for text in telling:
        if "as_user_id" not in text:
            assert text in in_full, text
        # An address such as ::1 must not be found within another word.
        assert not re.search(rf"(?<![\w.:]){re.escape(text)}(?![\w.:])", everything), text


def test_no_id_of_a_person_is_anywhere_but_in_what_is_no_id(full: Path, redacted: Path) -> None:
    """In data, an account's id may stand only where a count, a course or a time stands."""
    real = {str(number) for number in people(full)}
    kept = re.compile(
        r"\d{4}-\d\d-\d\d[T ][\d:.]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|[0-9a-f]{12}|\d+\.\d+"
        r"|(?:person|address|session|key)-\d+|Q\d+|[EFN]\d+|/(?:courses|quizzes|accounts|assignments"
        r"|submissions|discussion_topics|files|modules|conversations|sis_imports)/\d+"
        r"|Mozilla\S*|Firefox\S*|Chrome\S*|status \d+|\(\d{3}\)|done with \d+"
    )
    skipped = {"course_id", "http_status", "interaction_micros", "web_application_context_id"}
    for name in ("evidence/requests.jsonl", "evidence/course_events.jsonl", "activity.jsonl"):
        for row in rows(redacted, name):
            data = row["data"] if name == "activity.jsonl" else row
            told = {key: value for key, value in data.items() if key not in skipped}
            for value in values(told):
                if isinstance(value, str):
                    rest = kept.sub(" ", value)
                    assert not real & set(re.findall(r"\d+", rest)), (name, value)


def test_every_login_of_a_person_is_found(bench: Bench, tmp_path: Path) -> None:
    """A person may have several, and one of them is no part of the name."""
    logins = [
        {"key": {"id": 9000 + at}, "value": {"user_id": 202, "unique_id": login}}
        for at, login in enumerate(("zz-first", "zz-second"))
    ]
    path = tmp_path / "logins.jsonl"
    meta = {"action": "U", "ts": "2026-10-01T00:00:00.000Z"}
    path.write_text("".join(f"{json.dumps({**one, 'meta': meta})}\n" for one in logins))
    bench.run("import", str(path))
    bench.run("case", "new", "logins", "--title", "Was it zz-first or zz-second, or 1300?")
    bench.run("case", "add", "logins", "--event", CONCLUDED, "--filter", "actor:1300 and actor:1")
    folder = export(bench, tmp_path / "report", name="logins")
    title = json.loads((folder / "report.json").read_text())["title"]["text"]
    assert title == f"Was it person-1 or person-1, or {WITHHELD}?"


def test_what_the_investigator_wrote_has_pseudonyms(full: Path, redacted: Path) -> None:
    note = "Dana Foobarez (account 202) was at home."
    assert note in (full / "report.md").read_text()
    pseudonym = rows(redacted, "evidence/course_events.jsonl")[0]["user_id"]
    text = (redacted / "report.md").read_text()
    assert f"{pseudonym} (account {pseudonym}) was at home." in text
    (noted, session) = [
        row["data"]["text"] for row in rows(redacted, "activity.jsonl") if row["what"] == "noted"
    ]
    assert noted.startswith(f"{pseudonym} (account {pseudonym})")
    assert SESSION not in session


def test_the_same_person_has_the_same_pseudonym_throughout(full: Path, redacted: Path) -> None:
    meant: dict[Any, Any] = {}
    for name in ("evidence/requests.jsonl", "evidence/course_events.jsonl"):
        for real, shown in zip(rows(full, name), rows(redacted, name), strict=True):
            for column in (*TELLING, "remote_ip", "session_id", "developer_key_id"):
                if real.get(column) is not None:
                    kind = "person" if column in TELLING else column
                    value = real[column]
                    if column == "remote_ip":
                        value = addresses.pack(value) or value
                    assert meant.setdefault((kind, value), shown[column]) == shown[column]
    assert len(set(meant.values())) == len(meant)


def test_what_is_shown_in_place_of_ids_is_numbered_not_derived(redacted: Path) -> None:
    names = {
        row["actor"]
        for row in rows(redacted, "evidence/requests.jsonl")
        if row["actor"] is not None
    }
    assert all(re.fullmatch(r"person-\d{1,3}", name) for name in names)


def test_a_hash_from_which_a_row_could_be_guessed_is_left_out(redacted: Path) -> None:
    added = [row["data"] for row in rows(redacted, "activity.jsonl") if row["what"] == "added"]
    assert added
    assert {one["content_sha256"] for one in added} == {WITHHELD}
    assert all(row["salt"] is None for row in rows(redacted, "activity.jsonl"))


def test_folders_of_the_machine_that_imported_are_told_in_full_only(
    bench: Bench, full: Path, redacted: Path
) -> None:
    folder = str(Path(json.loads((full / "provenance/sources.json").read_text())[0]["name"]).parent)
    assert folder.startswith("/")
    for report, told in ((full, True), (redacted, False)):
        assert (folder in b"".join(files(report).values()).decode()) is told
    kept = json.loads((redacted / "provenance/sources.json").read_text())[0]["name"]
    assert re.fullmatch(r"\[…\]/[\w.-]+", kept)


def test_subjects_are_named_and_nobody_else(bench: Bench, full: Path, tmp_path: Path) -> None:
    folder = export(bench, tmp_path / "report", "--name", "Nadia Fakenham")
    text = (folder / "report.md").read_text()
    assert "101 Nadia Fakenham, acting as person-" in text
    assert "Foobarez" not in b"\n".join(files(folder).values()).decode()
    shown = {
        one
        for row in rows(folder, "evidence/requests.jsonl")
        for one in (row["actor"], row["user_id"])
        if not str(one).startswith("person-")
    }
    assert shown - {None} == {101}
    bench.run("verify", str(folder))


def test_the_export_stops_until_somebody_has_read_the_scan(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "report"
    said = bench.run("report", NAME, "--output", str(target), code=1).output
    assert "note N1, line 1: 'Dana Foobarez' becomes 'person-" in said
    assert "note N1, line 2: '192.0.2.133' becomes 'address-" in said
    assert "finding F1, line 1: '101' becomes 'person-" in said
    assert "--confirm-scan" in said
    assert not list(tmp_path.iterdir())


def test_a_redacted_report_verifies_and_says_what_it_could_not(
    bench: Bench, redacted: Path
) -> None:
    found = json.loads(bench.run("verify", str(redacted), "--format", "json").stdout)
    assert found["holds"]
    (chain,) = [one for one in found["checks"] if one["check"] == "chain"]
    assert "not covered" in chain["text"]


def person(number: int) -> str | None:
    return {202: "person-1"}.get(number)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/courses/5001/users/202", "/courses/5001/users/person-1"),
        ("/courses/5001/users/203", "/courses/5001/users/[…]"),
        ("/api/v1/users/sis_user_id:dfoo/profile", "/api/v1/users/[…]/profile"),
        ("/courses/5001/pages/letter-to-dana", "/courses/5001/pages/[…]"),
        ("/courses/5001?as_user_id=202", "/courses/5001?as_user_id=person-1"),
        ("/search?q=Foobarez&page=2", "/search?[…]=[…]&page=2"),
        ("/courses/5001/users?include[]=email", "/courses/5001/users?include[]=email"),
        ("/courses/5001/users?include[]=dana", "/courses/5001/users?include[]=[…]"),
        ("/login?token=⟨masked 3f2a91c07b5e⟩", "/login?token=⟨masked 3f2a91c07b5e⟩"),
        ("https://canvas.example/users/202", "[…]"),
        ("/users/202#dana", "/users/[…]"),
    ],
)
def test_a_url_keeps_what_names_nobody(url: str, shown: str) -> None:
    assert disguised(url, person) == shown


@given(
    st.text(alphabet="/?&=;#.%-_~:@abcdeu[]0123456789 é\u202e", max_size=60), st.text(min_size=3)
)
def test_a_url_never_passes_what_is_not_known(noise: str, secret: str) -> None:
    for url in (f"/{noise}", f"/courses/1?{noise}", f"/users/{secret}", f"/x?{secret}={secret}"):
        shown = disguised(url, person)
        for digits in re.findall(r"\d{5,}", shown):
            # A number stays only after a thing that is no person.
            assert re.search(rf"/(?:[a-z_]+)/{digits}|=(?:{digits})", shown)
    assert secret not in disguised(f"/users/{secret}z9", person).removeprefix("/users/")


def scanner() -> Scanner:
    packed = addresses.pack("192.0.2.1")
    assert packed is not None
    known = Known(
        names={"dfoobarez@campus.example": "person-1", "Roster Mirror": "key-1"},
        numbers={202: "person-1", 101: "person-2"},
        addresses={packed: "address-1"},
        uuids={SESSION: "session-1"},
    )
    people = {"Dana Foobarez": "person-1", "May Ortiz": "person-2", "Dana Müller": "person-3"}
    return Scanner(known, people)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dana Foobarez did it", "person-1 did it"),
        ("FOOBAREZ, Dana", "person-1"),
        ("foobarez's page", "person-1's page"),
        ("dana", WITHHELD),
        ("Muller and Mu\u0308ller", "person-3 and person-3"),
        ("it may be May", "it may be person-2"),
        (
            "202, user_202 and 2026-10-12 20:20:02",
            "person-1, user_person-1 and 2026-10-12 20:20:02",
        ),
        ("::ffff:192.0.2.1 and 192.0.2.77", f"address-1 and {WITHHELD}"),
        ("192.0.2.0/24", WITHHELD),
        (SESSION.upper(), "session-1"),
        ("dfoobarez@campus.example, x@y.example", f"person-1, {WITHHELD}"),
        ("the Roster Mirror key", "the key-1 key"),
        ("on the first of May, 16:35", "on the first of person-2, 16:35"),
        ("nothing to see", "nothing to see"),
        ("Foobarezs browser, DanaMüller's", "person-1 browser, person-3's"),
        ("Foo-\nbarez and foo\u00adbarez", "person-1 and person-1"),
        ("%46oobarez, Foobarez%20May, a%20b", f"person-1, {WITHHELD}, a%20b"),
        ("user202, about202", "userperson-1, about202"),
        ("x@y, Dana@x", f"{WITHHELD}, {WITHHELD}"),
        ("192.0.2.1:443 and http://192.0.2.1/x.", "address-1:443 and http://address-1/x."),
        ("192[.]0[.]2[.]1, 192.0.2.001.", "address-1, address-1."),
        ("192.0.2.*, 192.0.2, 1.2.3", f"{WITHHELD}, {WITHHELD}, 1.2.3"),
        ("[::ffff:c000:201]:443, 2001:db8::7.", f"[address-1]:443, {WITHHELD}."),
        (f"{SESSION[:8]}… and {SESSION[:13]}", "session-1… and session-1"),
        ("7~202 and 202", f"{WITHHELD} and person-1"),
        ("20261012 and 12:30:45", "20261012 and 12:30:45"),
    ],
)
def test_people_are_found_in_text(text: str, shown: str) -> None:
    assert scanner().replaced(text) == shown


@given(st.text(max_size=80))
def test_scanning_finds_the_same_twice_and_loses_no_text(text: str) -> None:
    found = scanner().scan(text)
    for item in found:
        assert text[item.start : item.start + len(item.text)] == item.text
    assert [one.start for one in found] == sorted(one.start for one in found)


@pytest.mark.parametrize("piece", ["y", "aB", "a-", "a.", "1.", "%", "fa-", "f:", "a b "])
def test_no_text_takes_the_square_of_its_length_to_scan(piece: str) -> None:
    """A syllabus may have a megabyte: it would be at it for hours."""
    assert scanner().replaced(piece * (40_000 // len(piece)) + " Dana@x").endswith(WITHHELD)
