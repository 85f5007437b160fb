"""What DAP is asked and what it answers: shapes, and its errors in words.

Facts from the API reference of DAP and from ``dap_types.py`` and ``dap_error.py`` of its
official client, version 2.3.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import httpx
import msgspec

from logsleuth.model import times
from logsleuth.model.secret import Secret
from logsleuth.sources.http import HttpError

T = TypeVar("T")
E = TypeVar("E", bound="DapError")

_LONGEST_MESSAGE = 300

_NO_SHAPE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading an answer raises that is not DAP's, however it is nested."""

REFUSED = "DAP refused the client id and secret; check both, and the date on which they expire"

_WORDS = {
    "AuthenticationError": REFUSED,
    "AccountNotOnboarded": "DAP is not switched on for this institution; ask Instructure for it",
    "AccountDisabled": "Instructure withdrew this institution's access to DAP; ask them why",
    "AccountUnderMaintenance": "DAP is under maintenance for this institution; try again later",
    "RequestTypeForbidden": "DAP does not allow this kind of request for the table",
    "OutOfRange": "DAP does not hold the log of this span",
    "SnapshotRequired": "DAP wants a snapshot of the table first",
    "NotFound": "DAP does not know what was asked for",
    "ProcessingError": "DAP could not do the job; try again later",
    "ValidationError": "DAP did not understand the request",
}


class DapError(HttpError):
    """An error that DAP answered; the sentence has its ``uuid``, which support asks for.

    ``type`` as DAP words it (``OutOfRange``, …; empty where it said none); ``since`` and
    ``until``: the span that is allowed, if DAP gave one.
    """

    def __init__(
        self,
        sentence: str,
        type_: str = "",
        uuid: str = "",
        since: str | None = None,
        until: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.type = type_
        self.uuid = uuid
        self.since = since
        self.until = until


class JobError(DapError):
    """Why DAP could not do a job."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a job is asked for: a snapshot, or the commit times from ``since`` to ``until``.

    Times are ISO 8601 text, as DAP gave them or takes them.
    """

    kind: Literal["snapshot", "incremental"]
    since: str | None = None
    until: str | None = None

    def body(self) -> dict[str, str]:
        """The JSON that starts the job."""
        found = {"format": "jsonl", "since": self.since, "until": self.until}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Job:
    """A job as DAP last described it; ``objects`` are ids of files, once it is complete.

    ``until`` is where the next incremental query begins: ``until`` of an incremental job,
    ``at`` of a snapshot.  ``expires_at`` is in microseconds.
    """

    id: str
    status: str
    objects: Sequence[str] = ()
    since: str | None = None
    until: str | None = None
    schema_version: int | None = None
    expires_at: int | None = None
    error: JobError | None = None

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in {"complete", "failed"}


class _Object(msgspec.Struct):
    id: str


class _Error(msgspec.Struct):
    type: str = ""
    uuid: str | None = None
    message: str | None = None
    since: str | None = None
    until: str | None = None


class JobAnswer(msgspec.Struct):
    """A job."""

    id: str
    status: str
    expires_at: str | None = None
    objects: list[_Object] | None = None
    since: str | None = None
    until: str | None = None
    at: str | None = None
    schema_version: int | None = None
    error: _Error | None = None

    def job(self, hidden: Sequence[Secret]) -> Job:
        """The job, its error in words that repeat no secret."""
        failed = self.status == "failed"
        return Job(
            self.id,
            self.status,
            tuple(one.id for one in self.objects or ()),
            self.since,
            self.until if self.at is None else self.at,
            self.schema_version,
            _moment(self.expires_at),
            _said(self.error or _Error(), hidden, JobError) if failed else None,
        )


class TokenAnswer(msgspec.Struct):
    """An access token; ``expires_in`` is in seconds."""

    access_token: str
    expires_in: float = 3600.0


class TablesAnswer(msgspec.Struct):
    """The tables of a namespace."""

    tables: list[str]


class SchemaAnswer(msgspec.Struct):
    """A table's schema."""

    version: int


class _Url(msgspec.Struct):
    url: str


class UrlsAnswer(msgspec.Struct):
    """Addresses of files, by object id."""

    urls: dict[str, _Url]


class _Envelope(msgspec.Struct):
    error: _Error


def read(answer: httpx.Response, shape: type[T], host: str) -> T:
    """An answer in one of the shapes above; ``DapError`` if it has another."""
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except _NO_SHAPE:
        raise DapError(
            f"{host} answered {answer.status_code} in a form that is not DAP's; is DAP_API_URL"
            " right?"
        ) from None


def problem(answer: httpx.Response, host: str, hidden: Sequence[Secret]) -> DapError:
    """What an answer that is no success says, without the secrets it may repeat."""
    if answer.is_redirect:
        return DapError(f"{host} sent us elsewhere, which is not followed.")
    try:
        error = msgspec.json.decode(answer.content, type=_Envelope).error
    except _NO_SHAPE:
        return DapError(
            f"{host} answered {answer.status_code} without saying why; try again later."
        )
    return _said(error, hidden, DapError)


def _said(error: _Error, hidden: Sequence[Secret], kind: type[E]) -> E:
    type_, message, uuid = (
        _without(hidden, text or "") for text in (error.type, error.message, error.uuid)
    )
    words = _WORDS.get(type_, f"DAP answered with the error {type_ or 'unknown'}")
    details = [message] if message else []
    details += [f"DAP's error {uuid}"] if uuid else []
    ending = f" ({'; '.join(details)})" if details else ""
    return kind(f"{words}{ending}.", type_, uuid, error.since, error.until)


def _without(hidden: Sequence[Secret], text: str) -> str:
    """A server's words without the secrets that they may repeat, and not without end."""
    for secret in hidden:
        text = text.replace(secret.reveal(), str(secret))
    return text[:_LONGEST_MESSAGE]


def _moment(text: str | None) -> int | None:
    try:
        return None if text is None else times.parse(text)
    except ValueError:
        return None
