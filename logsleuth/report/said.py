"""How rows of evidence are put into words, the same in every section."""

from logsleuth.case.model import Evidence
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.report.disguise import Disguise
from logsleuth.report.model import CoverageLine, Data, Part
from logsleuth.store.coverage import REASON_WORDS, STATE_WORDS
from logsleuth.store.stretches import Stretch

LONGEST = 300
"""Characters of one value in the text of a report; the evidence files have it whole."""

CAVEAT = (
    "Instructure provides this log as best effort and not for auditing individuals; absence of a"
    " request is not proof that none was made."
)

CLOSINGS = {
    "substantiated": "substantiated",
    "unsubstantiated": "unsubstantiated",
    "inconclusive": "inconclusive",
    "no_incident": "no incident",
}

EVIDENCE_KINDS = {
    "request": "a request",
    "session": "a session",
    "span": "a span of acting as another",
    "event": "a course change",
    "filter": "requests found by a filter",
}


def data(text: str) -> Data:
    """Text from data, cut where it is too long to be read."""
    if len(text) <= LONGEST:
        return Data(text)
    return Data(f"{text[:LONGEST]}… (cut; whole in the evidence files)")


def who(row: WebLog, disguise: Disguise) -> Data:
    """``101 Ortiz, acting as 202 Miller``: the account signed in, and as whom."""
    if row.real_user_id is not None and row.student_view:
        return data(f"teacher {disguise.account(row.real_user_id)} in Student View")
    if row.masqueraded:
        signed_in, acted_as = disguise.account(row.real_user_id), disguise.account(row.user_id)
        return data(f"{signed_in}, acting as {acted_as}")
    return data(disguise.account(row.actor))


def where(row: WebLog, disguise: Disguise) -> list[Part]:
    """From which address, in which session or with which key."""
    address = disguise.address(row.remote_ip)
    parts: list[Part] = ["from ", Data(address) if address else "no address"]
    session = disguise.session(row.session_id)
    if session:
        parts += [", session ", Data(session)]
    if row.developer_key_id is not None:
        parts += [", key ", data(disguise.key_label(row.developer_key_id))]
    return parts


def request(row: WebLog, disguise: Disguise) -> Data:
    """``PUT /courses/5001 (302)``."""
    url = disguise.url(row.url)
    method, status = row.http_method or "no method", row.http_status
    return data(f"{method} ({'no status' if status is None else status}) {url or 'no URL'}")


def coverage_line(stretch: Stretch, evidence: Evidence | None, disguise: Disguise) -> CoverageLine:
    """A stretch of coverage; a reason that somebody wrote is searched for people."""
    place = f"coverage of {evidence.label}" if evidence else "coverage"
    reason = stretch.reason or ""
    return CoverageLine(
        times.iso_seconds(stretch.since),
        times.iso_seconds(stretch.until),
        STATE_WORDS[stretch.state],
        REASON_WORDS.get(reason) or disguise.author(reason, place) or "",
    )
