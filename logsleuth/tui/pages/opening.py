"""Which page shows what."""

from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import ActSpan
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.caused import CausedPage
from logsleuth.tui.pages.courses_read import CoursesReadPage
from logsleuth.tui.pages.event import EventPage
from logsleuth.tui.pages.kept import KeptPage
from logsleuth.tui.pages.page import CausedBy, CoursesRead, Destination, Kept, Page
from logsleuth.tui.pages.span import SpanPage
from logsleuth.tui.pages.thing import AroundPage, ThingPage
from logsleuth.tui.things import Centre, Thing


def page_of(desk: Desk, destination: Destination, origin: WebLog | None) -> Page:
    """A page of what one opens, coming from ``origin`` if that is a request."""
    match destination:
        case Thing():
            return ThingPage(desk, destination, origin)
        case Centre():
            return AroundPage(desk, destination, origin)
        case CausedBy():
            return CausedPage(desk, destination)
        case CoursesRead():
            return CoursesReadPage(desk, destination)
        case Kept():
            return KeptPage(desk, destination)
        case CourseEvent():
            return EventPage(desk, destination)
        case ActSpan():
            return SpanPage(desk, destination)
