"""What a Canvas URL names: the course, the quiz, the person, by the words of its path.

``/courses/5/quizzes/12/take`` names a course and a quiz; ``/api/v1/`` in front changes
nothing.  A request may name a thing that its own columns leave empty.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from urllib.parse import parse_qsl, unquote

from logsleuth.model.ids import parse_id

ThingKind = Literal[
    "course",
    "quiz",
    "assignment",
    "discussion",
    "conversation",
    "file",
    "account",
    "key",
    "SIS import",
    "user",
]

SEGMENTS: dict[ThingKind, tuple[str, ...]] = {
    "course": ("courses",),
    "quiz": ("quizzes",),
    "assignment": ("assignments",),
    "discussion": ("discussion_topics", "announcements"),
    "conversation": ("conversations",),
    "file": ("files",),
    "account": ("accounts",),
    "key": ("developer_keys",),
    "SIS import": ("sis_imports",),
    "user": ("users", "students", "graders", "about"),
}
"""The segments of a path that an id of such a thing follows."""

QUERIES: dict[ThingKind, tuple[str, ...]] = {
    "quiz": ("quiz_id",),
    "assignment": ("assignment_id", "assignment_ids[]"),
    "file": ("preview",),
    "user": ("become_user_id", "as_user_id", "student_id", "user_id"),
}
"""The names in a query that an id of such a thing follows."""

NEW_QUIZZES = "/api/quiz/"
"""Under this, what is called a quiz is an assignment by its id."""

_KIND_OF = {segment: kind for kind, segments in SEGMENTS.items() for segment in segments}
_ASKED = {name: kind for kind, names in QUERIES.items() for name in names}
_PERSON_BELOW = {"assignment": "submissions", "course": "grades"}
"""Where a person's id stands without the word for it: ``/assignments/3/submissions/7``."""

_ID = re.compile(r"\d{1,19}(?:~\d{1,13})?\Z", re.ASCII)
_SIS_ID = re.compile(r"(sis_[a-z_]+_id):(.+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a URL names: by its Canvas id, or by one of the institution's own
    (``sis_name`` says which: ``sis_course_id``)."""

    kind: ThingKind
    text: str
    sis_name: str = ""

    @property
    def number(self) -> int | None:
        """The Canvas id; ``7~123`` is 7 x 10^13 + 123."""
        return None if self.sis_name else parse_id(self.text)


def named_in(url: str) -> tuple[Named, ...]:
    """The things that path and query of a URL name, in order, each once.

    ``url`` begins with its path: without scheme and host, as Canvas logs it.
    """
    path, _, query = url.partition("#")[0].partition("?")
    found = list(_in_path(path))
    for name, value in parse_qsl(query):
        kind = _ASKED.get(name)
        if kind is not None and (kind != "file" or path.rstrip("/").endswith("/files")):
            found += _named(kind, value)
    return tuple(dict.fromkeys(found))


def _in_path(path: str) -> list[Named]:
    words = [unquote(word) for word in path.split("/")]
    found: list[Named] = []
    for word, after in pairwise(words):
        kind = _KIND_OF.get(word)
        if kind is None and found and _PERSON_BELOW.get(found[-1].kind) == word:
            kind = "user"
        if kind == "quiz" and path.startswith(NEW_QUIZZES):
            kind = "assignment"
        if kind is not None:
            found += _named(kind, after)
    return found


def _named(kind: ThingKind, text: str) -> list[Named]:
    plain = text.partition(".")[0]  # 12.json is 12
    if _ID.match(plain):
        named = Named(kind, plain)
        return [named] if named.number is not None else []
    sis = _SIS_ID.match(text.removesuffix(".json"))
    return [Named(kind, sis[2], sis[1])] if sis else []
