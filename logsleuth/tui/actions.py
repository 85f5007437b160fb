"""The one registry of actions: it feeds keys, footer, palette and help.

An action ``drill`` is done by the method ``do_drill`` of the widget in focus, of the page
it stands on, or of the frame, whichever has one first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from textual.binding import BindingType

Context = Literal[
    "any", "rows", "records", "traced", "requests", "changes", "changes pane", "drilled", "around",
    "sorted", "spans", "sessions", "about", "timeline", "case pane", "sync",
    "rejects",
]  # fmt: skip
Group = Literal[
    "Move", "Open and go back", "Narrow down", "Timeline", "Case", "Look", "Copy", "App"
]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key does.

    ``keys`` are Textual's names of keys, the first one shown in the footer as ``sign``.
    ``short`` is its word in the footer (empty: not there), ``title`` the line in palette
    and help.  ``where`` says on what kind of page it applies.
    """

    id: str
    keys: tuple[str, ...]
    sign: str
    title: str
    group: Group
    where: Context = "any"
    short: str = ""

    def shown(self, *, plain: bool) -> str:
        """The sign of its key, as a word where there are no signs."""
        return IN_WORDS.get(self.sign, self.sign) if plain else self.sign


PANE = "pane_"
"""Begins the name of each action that goes to a pane."""

IN_WORDS = {"↵": "Enter", "⌫": "Bksp"}
"""Keys in words, for terminals of ASCII alone."""


ACTIONS: tuple[Action, ...] = (
    Action("drill", ("enter",), "↵", "Open what the cursor stands on", "Open and go back",
           "rows", "open"),
    Action("back", ("backspace", "escape"), "⌫", "Undo one step: a page, a filter, an exclusion",
           "Open and go back", short="back"),
    Action("leave", ("q",), "q", "Leave the page; on a pane, quit (asks once)",
           "Open and go back"),
    Action("pane_requests", ("1",), "1", "Requests: everything that reached Canvas",
           "Open and go back"),
    Action("pane_changes", ("2",), "2", "Changes: what happened to courses, and who caused it",
           "Open and go back"),
    Action("pane_addresses", ("3",), "3", "Addresses: who uses them, and since when",
           "Open and go back"),
    Action("pane_users", ("4",), "4", "Users: what each account did, and others did as it",
           "Open and go back"),
    Action("pane_masquerades", ("5",), "5", "Masquerades: who acted as whom, and what they read",
           "Open and go back"),
    Action("pane_keys", ("6",), "6", "Keys: developer keys and the accounts that use them",
           "Open and go back"),
    Action("pane_sessions", ("7",), "7", "Sessions: from where, with what, as whom",
           "Open and go back"),
    Action("pane_case", ("8",), "8", "Case: evidence, notes and findings", "Open and go back"),
    Action("cause", ("c",), "c", "From a change to its cause; from a request to its changes",
           "Open and go back", "traced", "cause"),
    Action("session", ("s",), "s", "The whole session of the request", "Open and go back",
           "records", "session"),
    Action("account", ("u",), "u", "Everything of the account signed in", "Open and go back",
           "records", "account"),
    Action("acted_as", ("U",), "U", "Everything of the account acted as (or recorded)",
           "Open and go back", "records"),
    Action("address", ("i",), "i", "Everything from the address", "Open and go back",
           "records", "address"),
    Action("key", ("K",), "K", "Everything with the developer key", "Open and go back", "records"),
    Action("about", ("p",), "p", "Everything of the quiz, assignment, … or course it is about",
           "Open and go back", "about"),
    Action("filter", ("slash",), "/", "Type a filter", "Narrow down", short="filter"),
    Action("others", ("O",), "O", "Other sessions of the account within 30 minutes",
           "Open and go back", "about"),
    Action("readings", ("m",), "m", "What else the text typed as a filter may mean", "Narrow down"),
    Action("filter_cell", ("f",), "f", "Filter by the cell under the cursor", "Narrow down",
           "rows", "by cell"),
    Action("exclude_cell", ("x",), "x", "Exclude what the cell says", "Narrow down", "rows",
           "exclude"),
    Action("apply_filter", ("equals_sign",), "=", "Apply the filter to this page, or lift it",
           "Narrow down", "drilled", "apply filter"),
    Action("next_match", ("greater_than_sign",), ">", "To the next row that matches the filter",
           "Move", "drilled", "next match"),
    Action("previous_match", ("less_than_sign",), "<",
           "To the row before that matches the filter", "Move", "drilled"),
    Action("hide_automatic", ("B",), "B", "Hide what page or app sent by itself, or show it",
           "Narrow down", "requests", "automatic"),
    Action("hide_sis", ("S",), "S", "Hide changes made by SIS imports, or show them",
           "Narrow down", "changes pane", "SIS"),
    Action("hide_student_view", ("S",), "S", "Hide Student View, or show it", "Narrow down",
           "spans", "Student View"),
    Action("hide_single_calls", ("T",), "T", "Fold single calls with a token, or show them",
           "Narrow down", "sessions", "single calls"),
    Action("wider", ("plus",), "+", "What happened around the row; more of it", "Narrow down",
           "records", "around"),
    Action("narrower", ("minus",), "-", "What happened around the row; less of it",
           "Narrow down", "records"),
    Action("scope", ("tab",), "Tab", "Around: same account, session, address, or all",
           "Narrow down", "around", "scope"),
    Action("down", ("down", "j"), "j", "One row down", "Move"),
    Action("up", ("up", "k"), "k", "One row up", "Move"),
    Action("left", ("left", "h"), "h", "One column to the left", "Move"),
    Action("right", ("right", "l"), "l", "One column to the right", "Move"),
    Action("half_down", ("ctrl+d",), "^D", "Half a screen down", "Move"),
    Action("half_up", ("ctrl+u",), "^U", "Half a screen up", "Move"),
    Action("page_down", ("pagedown", "ctrl+f"), "PgDn", "One screen down", "Move"),
    Action("page_up", ("pageup",), "PgUp", "One screen up", "Move"),
    Action("first", ("g", "home"), "g", "To the first row", "Move"),
    Action("last", ("G", "end"), "G", "To the last row", "Move"),
    Action("other_focus", ("tab", "shift+tab"), "Tab", "From the table to the detail and back",
           "Move"),
    Action("detail", ("space",), "Space", "Show or hide every field of the row", "Look",
           short="detail"),
    Action("columns", ("w",), "w", "Which columns are shown", "Look", "rows"),
    Action("zone", ("z",), "z", "Campus time or UTC", "Look"),
    Action("order", ("o",), "o", "Newest first or oldest first", "Look", "requests"),
    Action("sort", ("o",), "o", "Sort by the column under the cursor; again: the other way",
           "Look", "sorted", "sort"),
    Action("reload", ("r",), "r", "Read again, on the same row", "Look", "rows"),
    Action("copy_cell", ("y",), "y", "Copy the cell", "Copy", "rows"),
    Action("copy_row", ("Y",), "Y", "Copy the row as one sentence for a ticket", "Copy", "rows"),
    Action("copy_as", ("a",), "a", "Copy rows or the place: text, JSON, filter, command line",
           "Copy"),
    Action("plain_text", ("A",), "A", "The rows on the plain terminal, to select from", "Copy"),
    Action("mark_row", ("v",), "v", "Mark the row for copying, or take its mark away", "Copy",
           "rows"),
    Action("unmark_rows", ("V",), "V", "Take all marks away", "Copy", "rows"),
    Action("to_case", ("b",), "b", "Put the row into the case", "Case", short="to case"),
    Action("filter_to_case", ("F",), "F", "Put the filter, or all of this page, into the case",
           "Case"),
    Action("note", ("n",), "n", "Write a note on the row; it goes into the case too", "Case"),
    Action("cases", ("C",), "C", "Open a case, or make one", "Case"),
    Action("stop_case", ("exclamation_mark",), "!", "Stop what a case is waiting for", "Case"),
    Action("case_open", ("enter",), "↵", "Go to the evidence; write a note or finding anew",
           "Case", "case pane", "go"),
    Action("rewrite", ("W",), "W", "Write a note anew", "Case", "case pane"),
    Action("finding", ("f",), "f", "State a finding that cites the evidence", "Case", "case pane",
           "finding"),
    Action("tags", ("T",), "T", "Tags on the evidence, or on the case", "Case", "case pane",
           "tags"),
    Action("about_case", ("E",), "E", "Say what the case is about", "Case", "case pane", "edit"),
    Action("check_case", ("V",), "V", "Check the case: log, cache, what a report would lack",
           "Case", "case pane", "check"),
    Action("report", ("P",), "P", "Write the report, and verify it", "Case", "case pane",
           "report"),
    Action("close_case", ("X",), "X", "Close the case with an outcome, or open it again",
           "Case", "case pane"),
    Action("timeline", ("t",), "t", "Into the timeline, and out of it", "Timeline", short="time"),
    Action("lanes", ("L",), "L", "Lanes by the column under the cursor, or none", "Timeline"),
    Action("mark", ("v",), "v", "Mark from here on; again: let go", "Timeline", "timeline", "mark"),
    Action("brush", ("enter",), "↵", "Filter by the time that is marked, or of the column",
           "Timeline", "timeline", "as filter"),
    Action("lift", ("0",), "0", "Take bounds of time out of the filter", "Timeline", "timeline",
           "any time"),
    Action("closer", ("plus",), "+", "Look closer, without a filter", "Timeline", "timeline",
           "closer"),
    Action("further", ("minus",), "-", "Look from further away", "Timeline", "timeline",
           "further"),
    Action("leave_timeline", ("escape",), "Esc", "Let go of what is marked; back to the table",
           "Timeline", "timeline", "leave"),
    Action("sync", ("D",), "D", "Fetch from DAP and Canvas; how far that is", "App"),
    Action("sync_requests", ("enter",), "↵", "Fetch requests, or go on where it stopped", "App",
           "sync", "requests"),
    Action("sync_changes", ("c",), "c", "Fetch course changes", "App", "sync", "changes"),
    Action("sync_check", ("V",), "V", "Try the secrets, and say what they open", "App", "sync",
           "try secrets"),
    Action("sync_stop", ("x",), "x", "Stop fetching; what came is kept", "App", "sync", "stop"),
    Action("rejects", ("J",), "J", "Rejected lines: where they stood, and why", "App"),
    Action("reload_rejects", ("r",), "r", "Read the rejected lines again", "App", "rejects"),
    Action("help", ("question_mark",), "?", "This help", "App", short="help"),
    Action("palette", ("ctrl+p",), "^P", "Find an action by its name", "App"),
    Action("redraw", ("ctrl+l",), "^L", "Draw the whole screen again", "App"),
    Action("mouse", ("M",), "M", "Take the mouse, or leave it to the terminal", "App"),
    Action("colours", ("d",), "d", "Dark, light, or the terminal's own colours", "App"),
    Action("suspend", ("ctrl+z",), "^Z", "To the shell; 'fg' comes back", "App"),
    Action("interrupt", ("ctrl+c",), "^C", "Stop what is being read; else quit (asks once)", "App"),
    Action("quit", ("Q",), "Q", "Quit at once", "App"),
)  # fmt: skip


ABOUT = {
    "timeline": ("mark", "brush", "leave_timeline"),
    "around": ("scope", "wider"),
    "changes pane": ("hide_sis",),
    "case pane": ("report", "finding", "case_open"),
    "drilled": ("apply_filter", "next_match"),
}
"""What one comes to a kind of page for; the most particular kind first."""

PLACES: dict[Context, str] = {
    "changes pane": "Changes",
    "case pane": "Case",
    "sync": "the sync screen",
    "rejects": "rejected lines",
    "around": "the time around a row",
    "sorted": "Addresses to Sessions",
    "spans": "Masquerades",
    "sessions": "Sessions",
    "requests": "requests",
    "timeline": "the timeline",
    "drilled": "all of a thing",
}
"""Kinds of pages in words, where the same key does something else on another."""


def bindings() -> "list[BindingType]":
    """Every key of every action, for the frame.  Where two actions share a key, one of a
    kind of page has it before one of all, then the one further up in the registry.

    They have priority, so that each key is done with before the next one is looked at:
    of keys that come in a burst, none is meant for what is no longer on the screen.
    """
    # Only here: the outline of the app is drawn before Textual is loaded.
    from textual.binding import Binding

    found: dict[str, list[Action]] = {}
    for action in ACTIONS:
        for key in action.keys:
            found.setdefault(key, []).append(action)
    return [
        Binding(
            key,
            f"perform('{' '.join(action.id for action in actions)}')",
            actions[0].title,
            priority=True,
        )
        for key, actions in (
            (key, sorted(actions, key=lambda action: action.where == "any"))
            for key, actions in found.items()
        )
    ]


def applying(contexts: Iterable[str]) -> list[Action]:
    """The actions of a page, in the order of the registry."""
    here = {"any", *contexts}
    return [action for action in ACTIONS if action.where in here]


def importance(action: Action, contexts: Iterable[str]) -> int:
    """Which words come first where a footer has no room for all: the lower numbers."""
    if action.where == "any":
        return 0
    here = set(contexts)
    kinds = enumerate(ABOUT.items(), 1)
    fitting = (at for at, (kind, ids) in kinds if kind in here and action.id in ids)
    return next(fitting, len(ABOUT) + 1)


def named(action_id: str) -> Action:
    """An action by its id."""
    return next(action for action in ACTIONS if action.id == action_id)
