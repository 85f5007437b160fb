"""The help: every key from the registry, the signs on screen, and what one can filter by."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from logsleuth.filter.fields import FIELDS
from logsleuth.tui.actions import ACTIONS, PLACES, Action
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.scrolled import Scrolled

KEYS_WIDTH = 16
NAME_WIDTH = 30

SIGNS = (
    ("┃", "one account acted as another: the bar spans all of it"),
    ("S", "a teacher in Student View"),
    ("•", "matches the filter, on pages that show everything"),
    ("▸", "the request one came from"),
    ("↑", "beside a heading: time runs upwards (newest first); or the largest first"),
    ("↓", "beside a heading: time runs downwards (oldest first); or the smallest first"),
    ("▁ to █", "timeline: requests per column; █ is the number that stands beside it"),
    ("⣀ to ⣿", "the same, where the log is incomplete, or nobody has stated that it is not"),
    ("╱", "timeline: the log of these hours was not fetched; · no request; ╌ none, unsure"),
    ("▼", "timeline: course changes in this column"),
    ("D", "marked as deleted upstream, and kept"),
    ("≋", "an address that 100 accounts or more use: a network of many"),
    ("≠", "a session with more than one address or agent"),
    ("≤", "a first time on the cache's first day: it may have begun before"),
)

FORMS = (
    ("user_id:101", "equal"),
    ("method:(POST or PUT)", "any of these"),
    ("status >= 400", "a range; also >  <  <="),
    ('timestamp >= "2026-10-01"', "from that day on; also now-24h"),
    ('ip:"10.0.0.0/8"', "a network"),
    ("real_user_id:*", "is there; 'not real_user_id:*' is not"),
    ("url:courses", "contains, on url and agent; * is a wildcard"),
    ("a and (b or not c)", "together"),
    ("curl", "a bare word: url or agent contains it"),
    ("a URL, id, address", "pasted as a whole: the filter that it means; m lists others"),
)


def help_lines(contexts: Iterable[str], width: int, *, plain: bool = False) -> list[Line]:
    """The whole help, what applies to the page in ``contexts`` marked as such; ``plain``: keys
    in words where there are no signs."""
    here = {"any", *contexts}
    lines: list[Line] = []
    for group in dict.fromkeys(action.group for action in ACTIONS):
        lines.append(line(Cell(f" {group}", Role.HEADING)))
        for action in ACTIONS:
            if action.group == group:
                role = Role.PLAIN if action.where in here else Role.MUTED
                lines += _pair(_keys(action, plain), _title(action), role, KEYS_WIDTH, width)
        lines.append(())
    lines.append(line(Cell(" Signs", Role.HEADING)))
    for sign, meaning in SIGNS:
        lines += _pair(sign, meaning, Role.PLAIN, KEYS_WIDTH, width)
    lines += [(), line(Cell(" Filters", Role.HEADING))]
    for form, meaning in FORMS:
        lines += _pair(form, meaning, Role.PLAIN, NAME_WIDTH, width)
    lines += [(), line(Cell(" Fields of a filter", Role.HEADING))]
    for field in FIELDS:
        names = " ".join((field.name, *field.aliases))
        lines += _pair(names, field.meaning, Role.PLAIN, NAME_WIDTH, width)
    return lines


def _title(action: Action) -> str:
    """What it does, and where, if that is not everywhere."""
    place = PLACES.get(action.where)
    return action.title if place is None else f"{action.title} (on: {place})"


def _keys(action: Action, plain: bool) -> str:
    sign = action.shown(plain=plain)
    others = [key for key in action.keys[1:] if key != sign and (len(key) > 1 or key.isalpha())]
    return " ".join([sign, *(key.capitalize() if len(key) > 1 else key for key in others)])


def _pair(name: str, meaning: str, role: Role, name_width: int, width: int) -> list[Line]:
    found: list[Line] = []
    left = Cell(f"  {name}", Role.KEY)
    start = left.fitted(name_width)
    if left.width >= name_width:
        found.append((left,))
        start = Cell(" " * name_width)
    for part in wrapped(meaning, max(10, width - name_width - 2), role):
        found.append(line(start, " ", part))
        start = Cell(" " * name_width)
    return found


class HelpScreen(Scrolled[None]):
    """The help, over whatever is below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,backspace,ctrl+c", "dismiss", "Close", show=False),
    ]

    def __init__(self, contexts: Iterable[str], *, plain: bool = False) -> None:
        super().__init__("help")
        self._plain = plain
        self._contexts = frozenset(contexts)
        self.lines.border_title = "Help · Esc closes · j k scroll"

    def told(self, width: int) -> Sequence[Line]:
        return help_lines(self._contexts, width, plain=self._plain)
