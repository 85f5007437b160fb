"""A trace as the JSON of ``logsleuth trace``, and as the text the catalogue keeps."""

from typing import Any

import msgspec

from logsleuth.model import times
from logsleuth.trace.result import Cause, Trace

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Trace)


def as_json(trace: Trace) -> dict[str, Any]:
    """One object of ``trace --format jsonl``; causes best first, times in UTC."""
    return {
        "event_id": trace.event_id,
        "verdict": trace.verdict,
        "reason": trace.reason,
        "reason_text": trace.reason_text,
        "recorded_user_id": trace.recorded_user_id,
        "signed_in_user_id": trace.signed_in_user_id,
        "coverage": trace.coverage,
        "rules_version": trace.rules_version,
        "causes": [cause_as_json(cause) for cause in trace.causes],
    }


def cause_as_json(cause: Cause) -> dict[str, Any]:
    """One cause; ``against`` is what the request does not show."""
    request = cause.request
    return {
        "request_id": request.id,
        "source": cause.source,
        "score": cause.score,
        "user_id": request.user_id,
        "real_user_id": request.real_user_id,
        "student_view": request.student_view,
        "remote_ip": request.remote_ip,
        "session_id": request.session_id,
        "developer_key_id": request.developer_key_id,
        "user_agent": request.user_agent,
        "timestamp": times.iso(request.timestamp),
        "http_method": request.http_method,
        "http_status": request.http_status,
        "url": request.url,
        "evidence": list(cause.evidence),
        "against": list(cause.against),
    }


def to_text(trace: Trace) -> str:
    """The whole trace, requests included, for keeping."""
    return _encoder.encode(trace).decode()


def from_text(text: str) -> Trace:
    """A kept trace; ``ValueError`` if the text is none (an older program wrote it)."""
    return _decoder.decode(text)
