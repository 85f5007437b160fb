"""URLs without people: what is not known to be harmless is left out.

A segment of a path is kept where the table of routes has it, and a number where it stands for
a thing that is no person (a course, a quiz, a file).  Accounts get their pseudonyms.  Of a
query, the names that Canvas uses are kept, and few values.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from logsleuth.model import ids, routes

WITHHELD = "[…]"


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables that are easier to read as one."""
    return frozenset(text.split())


_THINGS = word_set(
    "account assignment association column conversation course entry file folder group import"
    " item migration module override progress question quiz revision role section tab template"
    " term tool topic version"
)
_PEOPLE = frozenset({"user"})

_NUMBER = re.compile(r"\d{1,19}(?:(?:~|%7E)\d{1,13})?\Z", re.ASCII | re.IGNORECASE)
_MASKED = re.compile(r"⟨masked [0-9a-f]{12}⟩\Z")
_COUNT = re.compile(r"\d{1,4}\Z", re.ASCII)

_PERSON_NAMES = word_set(
    "user_id as_user_id become_user_id student_id student_ids[] user_ids[] recipients[]"
)
_THING_NAMES = word_set(
    "course_id assignment_id quiz_id module_item_id module_id account_id section_id"
    " context_codes[] assignment_ids[] course_ids[] enrollment_term_id"
)
_COUNT_NAMES = frozenset({"page", "per_page", "attempt", "version", "preview"})
_WORD_NAMES = {
    name: word_set(values)
    for name, values in {
        "include[]": (
            "avatar_url bio concluded course course_image current_grading_period_scores"
            " custom_links email enrollments group_ids locked observed_users permissions"
            " sections submission submission_comments submission_history syllabus_body teachers"
            " term test_student total_scores total_students user uuid"
        ),
        "event": "offer conclude claim delete undelete",
        "enrollment_type[]": "student teacher ta observer designer student_view",
        "enrollment_state[]": "active invited rejected completed inactive",
        "type[]": "StudentEnrollment TeacherEnrollment TaEnrollment ObserverEnrollment",
        "state[]": "unpublished available completed deleted",
        "order": "asc desc",
        "sort": "username email sis_id last_login",
        "stop_acting_as_user": "true 1",
    }.items()
}
_OTHER_NAMES = word_set(
    "access_token api_key client_id code format jwt key password redirect_uri refresh_token"
    " scope search_term session_token sf_verifier sig state token verifier"
)

Person = Callable[[int], str | None]
"""The pseudonym of an account (or its id, if it is named), ``None`` where it has none."""


@lru_cache(maxsize=1)
def _segments() -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """The words of Canvas's paths, and by word what a value that follows it may stand for."""
    words: set[str] = set()
    after: dict[str, set[str]] = {}
    for rule in routes.rules():
        before = ""
        for part in rule.path.strip("/").split("/"):
            if part.startswith(":"):
                after.setdefault(before, set()).add(part[1:])
            else:
                words.add(part)
            before = part
    return frozenset(words), {word: frozenset(kinds) for word, kinds in after.items()}


def disguised(url: str, person: Person) -> str:
    """The URL with pseudonyms for accounts, and without what may tell of a person."""
    path, mark, query = url.partition("?")
    if not path.startswith("/"):
        path = WITHHELD
    else:
        parts = path.split("/")
        path = "/".join(
            _part(part, parts[at - 1] if at else "", person) for at, part in enumerate(parts)
        )
    if mark:
        query = "&".join(_parameter(part, person) for part in query.split("&"))
    return f"{path}{mark}{query}"


def _part(part: str, before: str, person: Person) -> str:
    words, after = _segments()
    if not part or part in words or part == "self" or part.removesuffix(".json") in words:
        return part
    if not _NUMBER.match(part):
        return WITHHELD
    kinds = after.get(before, frozenset())
    if kinds and kinds <= _THINGS:
        return part
    return _person(part, person) if kinds & _PEOPLE or not kinds else WITHHELD


def _parameter(part: str, person: Person) -> str:
    name, equals, value = part.partition("=")
    plain = unquote(name)
    if not equals:
        return name if plain in _WORD_NAMES or plain in _COUNT_NAMES or not name else WITHHELD
    if plain in _PERSON_NAMES:
        kept = value if value in {"me", "self"} else _person(value, person)
    else:
        harmless = (
            (plain in _THING_NAMES and _NUMBER.match(value))
            or (plain in _COUNT_NAMES and _COUNT.match(value))
            or value in _WORD_NAMES.get(plain, ())
            or _MASKED.match(value)
        )
        kept = value if harmless else WITHHELD
    named = plain in _THING_NAMES or plain in _COUNT_NAMES or plain in _OTHER_NAMES
    known = named or plain in _PERSON_NAMES or plain in _WORD_NAMES
    return f"{name if known else WITHHELD}={kept}"


def _person(text: str, person: Person) -> str:
    number = ids.parse_id(unquote(text)) if _NUMBER.match(text) else None
    known = None if number is None else person(number)
    return WITHHELD if known is None else known
