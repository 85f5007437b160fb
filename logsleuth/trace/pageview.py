"""A page view that Canvas delivered with an event, as a request."""

from typing import Any

from logsleuth.model import ids, times
from logsleuth.model.text import well_formed
from logsleuth.model.weblog import WebLog


def as_request(page_view: dict[str, Any]) -> WebLog | None:
    """The page view object as a request; ``None`` without a readable id and time.

    Page views hold the full URL, and neither status nor developer key.
    """
    request_id = ids.parse_uuid(str(page_view.get("id") or page_view.get("request_id") or ""))
    try:
        stamp = times.parse(str(page_view.get("created_at")))
    except ValueError:
        return None
    if request_id is None:
        return None
    links = page_view.get("links")
    links = links if isinstance(links, dict) else {}
    context_type = _text(page_view.get("context_type"))
    context_id = _number(links.get("context"))
    took = page_view.get("render_time")
    return WebLog(
        id=request_id,
        timestamp=stamp,
        user_id=_number(links.get("user")),
        real_user_id=_number(links.get("real_user")),
        course_id=context_id if context_type == "Course" else None,
        url=_path(_text(page_view.get("url"))),
        http_method=_text(page_view.get("http_method")),
        remote_ip=_text(page_view.get("remote_ip")),
        interaction_micros=(
            int(took * times.SECOND)
            if isinstance(took, int | float) and 0 <= took < times.DAY // times.SECOND
            else None
        ),
        web_application_controller=_text(page_view.get("controller")),
        web_application_action=_text(page_view.get("action")),
        web_application_context_type=context_type,
        web_application_context_id=context_id,
        session_id=ids.parse_uuid(_text(page_view.get("session_id")) or ""),
        user_agent=_text(page_view.get("user_agent")),
    )


def _path(url: str | None) -> str | None:
    """Path and query of a full URL, as the request log has them."""
    if url is None or "://" not in url:
        return url
    _, slash, rest = url.partition("://")[2].partition("/")
    return slash + rest or "/"


def _text(value: object) -> str | None:
    return well_formed(value) if isinstance(value, str) else None


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return ids.parse_id(value) if isinstance(value, str) else None
