"""What a trace says: a verdict, its causes, and why."""

from dataclasses import dataclass
from typing import Literal

from logsleuth.model.weblog import WebLog

Verdict = Literal["exact", "strong", "possible", "ambiguous", "none"]
Reason = Literal["outside_span", "gap", "starter_missing", "no_user", "nothing_fits"]
CauseSource = Literal["web_logs", "canvas_page_view"]

RULES_VERSION = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """A request that may have caused the event, with what speaks for and against it.

    ``score`` orders causes and is never shown to people: it reads as a percentage.
    """

    request: WebLog
    source: CauseSource
    score: int
    evidence: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer for one event, best cause first."""

    event_id: str
    verdict: Verdict
    reason: Reason | None
    reason_text: str
    recorded_user_id: int | None
    signed_in_user_id: int | None
    coverage: str
    causes: tuple[Cause, ...] = ()
    rules_version: int = RULES_VERSION
