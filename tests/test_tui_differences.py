"""Only what differs is sent, and the terminal shows the whole of it all the same."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from screen_reader import Screen
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from logsleuth.tui.differences import Differences

WIDTH, HEIGHT = 12, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = [
    Style(color="#e0e0e0", bgcolor="#121212"),
    Style(color="#a0a0a0", bgcolor="#121212"),
    Style(color="#e0e0e0", bgcolor="#0c304b", bold=True),
    Style(reverse=True),
    Style(underline=True),
    Style(color="red"),
    Style(),
]
SURE = "ab  │·▁"
WIDE = SURE + "日☺"
IN_DOUBT = WIDE + "é\u0301"

FEW = settings(max_examples=40, deadline=None)

Line = list[tuple[str, Style]]


def lines(alphabet: str) -> st.SearchStrategy[Line]:
    texts = st.text(alphabet, min_size=1, max_size=WIDTH)
    return st.lists(st.tuples(texts, st.sampled_from(STYLES)), min_size=1, max_size=4)


def strip(parts: Line, width: int = WIDTH) -> Strip:
    segments = [Segment(text, style) for text, style in parts]
    return Strip(segments).adjust_cell_length(width, STYLES[0]).simplify()


def whole(picture: Sequence[Line]) -> LayoutUpdate:
    return LayoutUpdate([[strip(parts)] for parts in picture], Region(0, 0, WIDTH, HEIGHT))


def shown(told: Sequence[str], screen: Screen) -> Screen:
    for one in told:
        screen.send(one)
    return screen


def pictures(alphabet: str) -> st.SearchStrategy[list[list[Line]]]:
    one = st.lists(lines(alphabet) | lines(SURE), min_size=HEIGHT, max_size=HEIGHT)
    return st.lists(one, min_size=2, max_size=3)


@FEW
@given(pictures(IN_DOUBT))
def test_the_terminal_shows_what_is_drawn_whatever_was_there_before(
    drawn: list[list[Line]],
) -> None:
    differences, screen = Differences(), Screen()
    for picture in drawn:
        screen.send(differences.told(whole(picture), CONSOLE))
        afresh = Screen()
        afresh.send(Differences().told(whole(picture), CONSOLE))
        assert screen.lines == afresh.lines
        as_textual = Screen()
        as_textual.send(whole(picture).render_segments(CONSOLE))
        assert screen.lines == as_textual.lines
        assert differences.told(whole(picture), CONSOLE) == ""


@FEW
@given(pictures(WIDE), st.data())
def test_parts_of_lines_are_drawn_as_whole_ones_are(
    drawn: list[list[Line]], data: st.DataObject
) -> None:
    differences, screen = Differences(), Screen()
    kept = [strip(parts) for parts in drawn[0]]
    screen.send(differences.told(whole(drawn[0]), CONSOLE))
    cut = data.draw(st.integers(1, WIDTH - 1))
    for picture in drawn[1:]:
        # As Textual: one part of some lines, between two of the places where widgets meet.
        left = data.draw(st.booleans())
        start, end = (0, cut) if left else (cut, WIDTH)
        touched = sorted(data.draw(st.sets(st.integers(0, HEIGHT - 1), min_size=1)))
        chops = [{start: strip(picture[y], end - start)} for y in range(HEIGHT)]
        spans = [(y, start, end) for y in touched]
        update = ChopsUpdate(chops, spans, [[end]] * HEIGHT)
        screen.send(differences.told(update, CONSOLE))
        for y in touched:
            new = chops[y][start]
            rest = kept[y].crop(end, WIDTH) if left else kept[y].crop(0, start)
            kept[y] = Strip.join([new, rest] if left else [rest, new])
    expected = Screen()
    region = Region(0, 0, WIDTH, HEIGHT)
    expected.send(LayoutUpdate([[one] for one in kept], region).render_segments(CONSOLE))
    assert screen.lines == expected.lines


@FEW
@given(pictures(IN_DOUBT))
def test_lines_that_hold_nothing_doubtful_are_right_on_a_terminal_that_draws_signs_wider(
    drawn: list[list[Line]],
) -> None:
    def wider(char: str) -> int:
        return 2 if char in "日☺\u0301" else cell_len(char)

    differences, screen = Differences(), Screen(wider)
    for picture in drawn:
        screen.send(differences.told(whole(picture), CONSOLE))
        afresh = Screen(wider)
        afresh.send(whole(picture).render_segments(CONSOLE))
        for y in range(HEIGHT):
            seen = {x: column for x, column in screen.lines[y].items() if x < WIDTH}
            assert seen == {x: column for x, column in afresh.lines[y].items() if x < WIDTH}


def test_one_sign_costs_its_place_its_colours_and_itself() -> None:
    differences = Differences()
    before, after = [[("x" * WIDTH, STYLES[0])]] * HEIGHT, [[("x" * WIDTH, STYLES[0])]] * HEIGHT
    after = [[("xxxxyxxx" + "x" * (WIDTH - 8), STYLES[0])], *after[1:]]
    differences.told(whole(before), CONSOLE)
    told = differences.told(whole(after), CONSOLE)
    assert told == "\x1b[0;38;2;224;224;224;48;2;18;18;18m\x1b[1;5Hy\x1b[0m"


def test_what_was_forgotten_is_sent_again() -> None:
    differences = Differences()
    picture = whole([[("x", STYLES[0])]] * HEIGHT)
    first = differences.told(picture, CONSOLE)
    differences.forget()
    assert differences.told(picture, CONSOLE) == first
