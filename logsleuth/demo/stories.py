"""What there is to find in the demo: titles, ids and the way to each story.

python -m logsleuth.demo.stories
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from logsleuth.demo import incidents, suspicions
from logsleuth.demo.campus import Campus, build_campus
from logsleuth.demo.incidents import Ids
from logsleuth.demo.log import Log


@dataclass(frozen=True, slots=True)
class Story:
    """One incident: ``ids`` are what one needs to find it, ``walk`` says how."""

    name: str
    title: str
    ids: Ids
    walk: str


_TOLD: tuple[tuple[str, str, Callable[[Campus, Log], Ids], str], ...] = (
    (
        "concluded",
        "A course is concluded by somebody who was acting as its teacher",
        incidents.concluded_by_administrator,
        "Canvas says that teacher {recorded_as} concluded Biology 101 (course {course}) at "
        "{time} campus time. Filter the changes by event_type:concluded and "
        "course_id:{course}, and open the change: its cause is POST /courses/{course}, sent by "
        "administrator {signed_in_as} acting as {recorded_as}. Open the session: the act-as "
        "dialog stands before it, the administrator's own pages before and after.",
    ),
    (
        "session",
        "One session is used from two places at once",
        incidents.shared_session,
        "Account {user} reads course pages at home ({address}). From {time} campus time on, "
        "the same session also comes from {other_address} with another browser, looks at grades, "
        "inbox and profile, and sends a message. Open session {session} and compare addresses.",
    ),
    (
        "rosters",
        "A developer key reads every roster",
        incidents.every_roster,
        "Key {key} (Roster Mirror) reads three rosters a night from 203.0.113.20. On 2026-10-22 "
        "at 09:02 UTC it comes from {address} as python-requests and reads {rosters} rosters "
        "with e-mail addresses; {refused} are refused. Filter by key:{key}, then by address.",
    ),
    (
        "renamed",
        "A nightly import renames two dozen courses",
        incidents.renamed_by_import,
        "In the night to 2026-10-14 courses get names such as PHYS110-2026FA. All these changes "
        "are of SIS import {batch}; requests for /sis_imports/{batch} show who uploaded it: "
        "account {user} with its own key, as every night.",
    ),
    (
        "wiped",
        "A course loses its content",
        incidents.wiped_course,
        "On 2026-10-08 course {course} is reset: Canvas leaves the old one empty-handed and makes "
        "course {new_course}. Both changes have one cause, POST /courses/{course}/reset, by "
        "teaching assistant {user} from home.",
    ),
    (
        "grades",
        "Forty grades are changed in the night from a new address",
        incidents.grades_at_night,
        "Filter by kind:grade and look at the night to 2026-10-25: account {user} changes "
        "{grades} grades of course {course} within minutes at 03:10 on campus time, from "
        "{address}, an address that this account never used before.",
    ),
    (
        "unpublished",
        "My course was unpublished last night and I did not do it",
        incidents.unpublished_last_night,
        "Course {course} was unpublished at {time} campus time, recorded as its teacher "
        "{recorded_as}. The cause is an API call with a token and as_user_id={recorded_as}; the "
        "account signed in is administrator {signed_in_as}, whose own browser was at the same "
        "address ({address}) minutes before.",
    ),
    (
        "quiz",
        "Two students take one quiz from one address",
        incidents.one_quiz_two_students,
        "Filter by quiz_id:{quiz} and look at addresses: students {user} and {other_user} share "
        "{address} on 2026-10-19, starting 47 seconds apart. Nearly all of their requests were "
        "sent by the page itself; sharing an address can be sharing a flat.",
    ),
    (
        "hostile",
        "Requests that attack the reader",
        incidents.hostile_text,
        "Address {address} sends {requests} requests whose URL and user agent hold terminal "
        "escapes, reversed text, markup and spreadsheet formulas. Everything is shown, nothing "
        "is obeyed.",
    ),
    (
        "secret",
        "A token in a URL",
        incidents.secret_in_a_url,
        "A script of account {user} puts its token into the URL. Three days later the same token "
        "comes from {other_address}. The cache holds a fingerprint in its place: the same for "
        "both requests.",
    ),
    (
        "student-view",
        "Student View, which is harmless",
        incidents.harmless_student_view,
        "Teacher {user} looks at course {course} as its Test Student {test_student}. It looks "
        "like acting as another user, and is marked as what it is.",
    ),
    (
        "curious",
        "An administrator is accused of reading students' accounts by acting as them",
        suspicions.curious_administrator,
        "Administrator {user} acts as {students} students in {nights} nights, two a night, from "
        "home ({address}), and changes nothing: grades, inbox, files and settings are read. Open "
        "the masquerades, filter by real_user:{user}, and compare with the other administrators, "
        "who act as a student now and then, by day, for minutes.",
    ),
    (
        "elsewhere",
        "One student takes a quiz and is elsewhere too",
        suspicions.one_student_two_addresses,
        "While student {user} takes quiz {quiz} at {address} on 2026-10-19, the same account "
        "signs in at {other_address} and reads five pages of the course. Student {innocent} takes "
        "it too, and has a phone at {phone_address}: everything from there is automatic.",
    ),
    (
        "passwords",
        "An address on a bad list",
        suspicions.guessed_passwords,
        "From {address} come {tries} refused logins on 2026-10-11; accounts {user} and "
        "{other_user} open on 10-13 and 10-15, each makes a token at once, and on 10-26 a token of "
        "{other_user} reads the inbox from there. Filter by ip:{address} and look at the users.",
    ),
)


def tell(campus: Campus, log: Log) -> tuple[Story, ...]:
    """Write all stories into the log."""
    found = []
    for name, title, happen, walk in _TOLD:
        ids = happen(campus, log)
        found.append(Story(name, title, ids, walk.format(**ids)))
    return tuple(found)


def stories(seed: int = 1) -> dict[str, Story]:
    """The stories of a demo by name; they do not depend on its number of rows."""
    return {story.name: story for story in tell(build_campus(), Log(seed))}


if __name__ == "__main__":
    for story in stories().values():
        sys.stdout.write(f"{story.title}\n  {story.walk}\n  {story.ids}\n\n")
