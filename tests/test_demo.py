"""The made-up campus: the same for everybody, as Canvas delivers it, and true to itself."""

import gzip
import hashlib
import ipaddress
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from logsleuth.demo.build import build, make_up
from logsleuth.demo.campus import CAMPUS_NAT, KEY_ROSTERS, Campus
from logsleuth.demo.log import END, GAP, START, Log, Row
from logsleuth.demo.stories import Story, stories
from logsleuth.demo.write import AFTER_GAP, BEFORE_GAP, COURSE_AUDIT, NAMES, TRUTH, write_raw
from logsleuth.filter.tree import All, Span
from logsleuth.model import times
from logsleuth.model.routes import classify
from logsleuth.model.weblog import UNSPECIFIED
from logsleuth.store.base import last
from logsleuth.store.cache import Cache

ROWS = 20_000

DOCUMENTATION = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.fixture(scope="module")
def made() -> tuple[Campus, Log, dict[str, Story]]:
    campus, log, told = make_up(rows=ROWS)
    return campus, log, {story.name: story for story in told}


@pytest.fixture(scope="module")
def log(made: tuple[Campus, Log, dict[str, Story]]) -> Log:
    return made[1]


@pytest.fixture(scope="module")
def told(made: tuple[Campus, Log, dict[str, Story]]) -> dict[str, Story]:
    return made[2]


@pytest.fixture(scope="module")
def requests(log: Log) -> dict[str, tuple[int, Row]]:
    return {request_id: (us, row) for us, request_id, row in log.rows}


@pytest.fixture(scope="module")
def raw(
    made: tuple[Campus, Log, dict[str, Story]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_raw(made[0], made[1], folder)
    return folder


def fingerprint(folder: Path) -> str:
    """One hash of all names and bytes below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of the DAP files below a folder."""
    for path in sorted(folder.rglob("part-*.json.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            yield json.loads(line)


def pages(raw: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted((raw / COURSE_AUDIT).iterdir())]


def kind_of(row: Row) -> str:
    path = (row.url or "").partition("?")[0]
    return classify(
        row.http_method, row.web_application_controller, row.web_application_action, path
    ).kind


# The same for everybody


def test_a_seed_gives_the_same_bytes_in_another_process(raw: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from logsleuth.demo.build import build, make_up;"
        "from logsleuth.demo.write import write_raw;"
        f"campus, log, _ = make_up(rows={ROWS}); write_raw(campus, log, Path(sys.argv[1]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert fingerprint(tmp_path) == fingerprint(raw)


def test_another_seed_is_another_month(raw: Path, tmp_path: Path) -> None:
    campus, log, _ = make_up(rows=ROWS, seed=2)
    write_raw(campus, log, tmp_path)
    assert fingerprint(tmp_path) != fingerprint(raw)


def test_stories_do_not_depend_on_the_number_of_rows(told: dict[str, Story]) -> None:
    assert stories() == told


# What is in it


@pytest.mark.parametrize("rows", [0, ROWS, ROWS + 1])
def test_rows_are_as_many_as_asked_for_and_distinct(rows: int) -> None:
    _, log, _ = make_up(rows=rows)
    assert len({request_id for _, request_id, _ in log.rows}) == len(log.rows)
    assert len(log.rows) == rows or (rows == 0 and 2_000 < len(log.rows) < ROWS)


def test_nothing_is_outside_the_thirty_days_or_in_the_gap(log: Log) -> None:
    for us, _, row in log.rows:
        assert START <= us < GAP[0] or GAP[1] <= us < END
        assert times.parse(row.timestamp) == us - us % 1000


def test_no_address_belongs_to_anybody(log: Log) -> None:
    for text in {row.remote_ip for _, _, row in log.rows}:
        address = ipaddress.ip_address(str(text))
        mapped = getattr(address, "ipv4_mapped", None)
        assert any((mapped or address) in network for network in DOCUMENTATION), text


def test_every_route_of_the_campus_is_known(log: Log) -> None:
    for _, _, row in log.rows:
        if row.web_application_controller not in (None, UNSPECIFIED):
            path = str(row.url).partition("?")[0]
            found = classify(
                row.http_method, row.web_application_controller, row.web_application_action, path
            )
            assert found.label, row


def test_the_oddities_of_real_logs_are_there(log: Log) -> None:
    rows = [row for _, _, row in log.rows]
    addresses = {str(row.remote_ip) for row in rows}
    assert any(address.startswith("::ffff:") for address in addresses)
    assert any(address.startswith("2001:db8:") for address in addresses)
    assert any((row.user_id or 0) > 10**13 for row in rows)
    assert any(row.user_agent == "__dap_oversized_truncated__" for row in rows)
    assert any(row.user_agent is None for row in rows)
    assert any(row.http_method == "PROPFIND" for row in rows)
    assert any(row.http_status == 403 for row in rows)
    assert len({row.user_id for row in rows if row.remote_ip == CAMPUS_NAT}) > 200


# The truth about the changes


def test_every_change_has_its_cause_or_says_why_not(
    log: Log, requests: dict[str, tuple[int, Row]]
) -> None:
    assert len(log.events) > 850
    for event in log.events:
        assert event.us < END
        truth = log.truths[event.id]
        assert (truth.cause is None) != (truth.absent is None), event
        if truth.cause is None:
            continue
        us, row = requests[truth.cause]
        assert row.http_method in {"POST", "PUT", "DELETE"}
        assert row.http_status in {200, 201, 302}
        assert us - us % times.SECOND <= event.us <= us + 6 * times.HOUR
        assert (row.real_user_id or row.user_id) == truth.signed_in_user_id
        assert row.user_id == event.user


def test_all_ways_to_have_no_cause_are_there(log: Log) -> None:
    found = Counter(truth.absent for truth in log.truths.values())
    assert found["older_than_log"] > 40
    assert found["gap"] == 3
    assert found["not_logged"] == 4
    assert found["no_request"] == 1


def test_two_equal_requests_stand_in_one_second(log: Log) -> None:
    writes = Counter(
        (us // times.SECOND, row.user_id, row.url, row.http_status)
        for us, _, row in log.rows
        if row.web_application_action == "update" and row.http_method == "PUT"
    )
    assert 2 in writes.values()


# The stories


def test_an_administrator_concludes_a_course_as_its_teacher(
    log: Log, told: dict[str, Story], requests: dict[str, tuple[int, Row]]
) -> None:
    ids = told["concluded"].ids
    event = next(event for event in log.events if event.id == ids["event"])
    assert (event.type, event.user, event.course) == ("concluded", ids["recorded_as"], 5001)
    session = [
        row
        for _, row in sorted(requests.values(), key=lambda logged: logged[0])
        if row.session_id == ids["session"]
    ]
    real = [row.real_user_id for row in session]
    assert real[0] is None
    assert real[-1] is None
    assert ids["signed_in_as"] in real
    cause = requests[str(ids["request"])][1]
    assert (cause.user_id, cause.real_user_id) == (ids["recorded_as"], ids["signed_in_as"])
    assert "confirm_action" in {row.web_application_action for row in session}


def test_one_session_comes_from_two_networks_in_turns(log: Log, told: dict[str, Story]) -> None:
    ids = told["session"].ids
    rows = sorted(
        (us, row.remote_ip) for us, _, row in log.rows if row.session_id == ids["session"]
    )
    addresses = [address for _, address in rows]
    turns = sum(one != other for one, other in pairwise(addresses))
    assert set(addresses) == {ids["address"], ids["other_address"]}
    assert turns > 10


def test_a_key_reads_every_roster(log: Log, told: dict[str, Story]) -> None:
    ids = told["rosters"].ids
    rows = [row for _, _, row in log.rows if row.remote_ip == ids["address"]]
    read = {row.course_id for row in rows if row.http_status == 200}
    assert {row.developer_key_id for row in rows} == {ids["key"]}
    assert len(read) == ids["rosters"]
    assert len([row for row in rows if row.http_status == 403]) == int(ids["refused"]) + 1


def test_an_import_renames_courses(log: Log, told: dict[str, Story]) -> None:
    ids = told["renamed"].ids
    events = [event for event in log.events if event.sis_batch == ids["batch"]]
    assert len(events) == 24
    assert all(event.data["name"][1].endswith("-2026FA") for event in events)
    assert any(str(row.url).endswith(f"/sis_imports/{ids['batch']}") for _, _, row in log.rows)


def test_a_course_is_wiped(log: Log, told: dict[str, Story]) -> None:
    ids = told["wiped"].ids
    events = {event.id: event for event in log.events}
    old, new = events[str(ids["event"])], events[str(ids["event_of_new_course"])]
    assert (old.type, old.link) == ("reset_to", ("reset_to", ids["new_course"]))
    assert (new.type, new.link) == ("reset_from", ("reset_from", ids["course"]))


def test_grades_change_at_night_from_an_address_never_used_before(
    log: Log, told: dict[str, Story]
) -> None:
    ids = told["grades"].ids
    there = [row for _, _, row in log.rows if row.remote_ip == ids["address"]]
    assert {row.session_id for row in there if row.user_id} == {ids["session"]}
    assert sum(kind_of(row) == "grade" for row in there) == ids["grades"] == 40
    assert any(
        row.user_id == ids["user"] and row.remote_ip != ids["address"] for _, _, row in log.rows
    )


def test_last_night_was_a_token_acting_as_the_teacher(
    told: dict[str, Story], log: Log, requests: dict[str, tuple[int, Row]]
) -> None:
    ids = told["unpublished"].ids
    cause = requests[str(ids["request"])][1]
    assert cause.developer_key_id == ids["key"]
    assert (cause.user_id, cause.real_user_id) == (ids["recorded_as"], ids["signed_in_as"])
    assert f"as_user_id={ids['recorded_as']}" in str(cause.url)
    assert log.truths[str(ids["event"])].signed_in_user_id == ids["signed_in_as"]


def test_two_students_share_an_address_in_a_quiz(log: Log, told: dict[str, Story]) -> None:
    ids = told["quiz"].ids
    rows = [row for _, _, row in log.rows if row.remote_ip == ids["address"]]
    assert {row.user_id for row in rows} == {ids["user"], ids["other_user"]}


def test_a_secret_stands_in_two_urls(log: Log, told: dict[str, Story]) -> None:
    urls = [str(row.url) for _, _, row in log.rows if "access_token=" in str(row.url)]
    assert len(urls) == 2
    assert len(set(urls)) == 1
    assert told["secret"].ids["user"] == 1077


def test_an_administrator_reads_as_students_and_changes_nothing(
    log: Log, told: dict[str, Story]
) -> None:
    ids = told["curious"].ids
    read = [
        row
        for _, _, row in log.rows
        if row.real_user_id == ids["user"] and row.remote_ip == ids["address"]
    ]
    assert len({row.user_id for row in read}) >= int(ids["students"])
    looked = [row for row in read if row.web_application_action != "masquerade"]
    assert {row.http_method for row in looked} <= {"GET", "POST"}
    assert not {kind_of(row) for row in looked} & {"change", "grade", "credential"}
    assert sum(row.url == "/grades" for row in looked) >= int(ids["students"])


def test_a_student_in_a_quiz_is_elsewhere_too_and_another_only_has_a_phone(
    log: Log, told: dict[str, Story]
) -> None:
    ids = told["elsewhere"].ids
    quiz = [
        us for us, _, row in log.rows if (row.user_id, row.quiz_id) == (ids["user"], ids["quiz"])
    ]
    aside = [
        us
        for us, _, row in log.rows
        if (row.user_id, row.remote_ip) == (ids["user"], ids["other_address"])
    ]
    assert min(quiz) < min(aside) < max(aside) < max(quiz)
    phone = [row for _, _, row in log.rows if row.remote_ip == ids["phone_address"]]
    assert {row.user_id for row in phone} == {ids["innocent"]}
    assert {str(row.url) for row in phone} == {"/api/v1/conversations/unread_count"}


def test_two_accounts_open_to_an_address_that_guesses(log: Log, told: dict[str, Story]) -> None:
    ids = told["passwords"].ids
    rows = [row for _, _, row in log.rows if row.remote_ip == ids["address"]]
    assert sum(row.http_status == 400 for row in rows) == ids["tries"]
    assert {row.user_id for row in rows} == {None, ids["user"], ids["other_user"]}
    assert any(row.developer_key_id == ids["key"] for row in rows)


def test_every_story_says_where_to_look(told: dict[str, Story]) -> None:
    for story in told.values():
        assert "{" not in story.walk
        assert story.walk.endswith(".")


# As Canvas delivers it


def test_web_logs_come_late_sometimes_twice_and_some_are_deleted(raw: Path, log: Log) -> None:
    actions: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for folder in (BEFORE_GAP, AFTER_GAP):
        for record in records(raw / folder):
            actions[record["meta"]["action"]] += 1
            if record["meta"]["action"] == "D":
                assert set(record) == {"meta", "key"}
                continue
            seen[record["key"]["id"]] += 1
            lag = times.parse(record["meta"]["ts"]) - times.parse(record["value"]["timestamp"])
            assert 2 * times.HOUR <= lag <= 28 * times.HOUR
            assert None not in record["value"].values()
    assert set(seen) == {request_id for _, request_id, _ in log.rows}
    assert 1 <= actions["D"] < 50
    assert 2 in seen.values()


def test_the_two_folders_meet_at_the_gap(raw: Path) -> None:
    for folder, since, until in ((BEFORE_GAP, START, GAP[0]), (AFTER_GAP, GAP[1], END)):
        moments = [
            times.parse(record["value"]["timestamp"])
            for record in records(raw / folder)
            if "value" in record
        ]
        assert since <= min(moments) <= max(moments) < until


def test_the_audit_pages_hold_every_event_once_newest_first(raw: Path, log: Log) -> None:
    found: list[str] = []
    for page in pages(raw):
        stamps = [times.parse(event["created_at"]) for event in page["events"]]
        assert stamps == sorted(stamps, reverse=True)
        assert {event["links"]["course"] for event in page["events"]} <= {
            course["id"] for course in page["linked"]["courses"]
        }
        assert all(event["links"]["page_view"] is None for event in page["events"])
        found += [event["id"] for event in page["events"]]
    assert sorted(found) == sorted(event.id for event in log.events)


def test_names_come_as_snapshots_of_four_tables(raw: Path, made: tuple[Campus, Log, Any]) -> None:
    users = {record["key"]["id"]: record["value"] for record in records(raw / NAMES / "job_users")}
    assert set(users) == set(made[0].people)
    assert users[101]["sortable_name"].endswith(users[101]["name"].partition(" ")[0])
    courses = {
        record["key"]["id"]: record["value"]["name"]
        for record in records(raw / NAMES / "job_courses")
    }
    assert courses[5001] == "Biology 101"
    assert courses[5021].endswith("-2026FA")
    logins = [record["value"]["unique_id"] for record in records(raw / NAMES / "job_pseudonyms")]
    assert len(logins) == len(set(logins))
    assert len(list(records(raw / NAMES / "job_developer_keys"))) == 6


def test_the_truth_lies_beside_what_is_imported(raw: Path, log: Log) -> None:
    truth = json.loads((raw / TRUTH).read_bytes())
    assert set(truth) == {event.id for event in log.events}
    assert (raw / TRUTH).stat().st_mode & 0o777 == 0o600


# Imported


def test_the_demo_is_a_cache_with_all_of_it(tmp_path: Path) -> None:
    build(tmp_path, rows=0)
    _, log, _ = make_up(rows=0)
    cache = Cache.open(tmp_path)
    try:
        assert last(cache.requests.count(All())) == len(log.rows)
        assert len(cache.catalogue.events()) == len(log.events)
        assert cache.catalogue.meta("pinned_clock") == str(END)
        hours = cache.catalogue.hours(Span(START, END - 1))
        missing = [hour.start for hour in hours if hour.state != "covered"]
        assert missing == list(range(*GAP, times.HOUR))
        name = cache.catalogue.name("course", 5001)
        assert name is not None
        assert name.name == "Biology 101"
        key = cache.catalogue.name("key", KEY_ROSTERS)
        assert key is not None
        assert key.name == "Roster Mirror (made up)"
    finally:
        cache.close()
