"""Nothing in a log can move the cursor, hide, or pass for something else."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from logsleuth.model.text import Shown, visible

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
EVERY_CHARACTER = tuple(map(chr, [*range(0x20000), *range(0xE0000, 0xE0200), 0x10FFFF]))
"""All of Unicode that is not ideographs or private."""

COMPLETING = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff]")
"""Hangul vowels and skin tones: no marks, yet without a cell of their own."""

HIDDEN = "".join(
    char for char in EVERY_CHARACTER if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
)

# Text as hypothesis writes it seldom holds what an attacker would, so both are drawn from.
anything = st.one_of(
    st.text(st.characters(exclude_categories=[])),
    st.text(st.sampled_from(HIDDEN + "a é\u0301\u0489\u1161\ufe0f[/]⟨⟩␛日")),
)


def test_no_character_comes_through_that_moves_or_hides() -> None:
    for char in EVERY_CHARACTER:
        shown = visible(f"a{char}b")
        assert not FORBIDDEN & {unicodedata.category(part) for part in shown}, hex(ord(char))


def test_every_character_is_seen() -> None:
    for char in EVERY_CHARACTER:
        if not unicodedata.category(char).startswith("M") and not COMPLETING.match(char):
            assert cell_len(visible(char)) > 0, hex(ord(char))


@given(anything)
@example("\x1b]0;title\x07")
@example("\x9b31m")
@example("\u202egnp.exe")
@example("\ud800")
def test_the_result_is_safe_and_printable(text: str) -> None:
    shown = visible(text)
    assert isinstance(shown, Shown)
    assert shown.isprintable()
    assert not FORBIDDEN & {unicodedata.category(char) for char in shown}
    shown.encode()


@given(anything)
def test_nothing_without_a_cell_of_its_own_piles_up(text: str) -> None:
    run = 0
    for char in visible(text):
        run = run + 1 if cell_len(char) == 0 or unicodedata.combining(char) else 0
        assert run <= 3


@pytest.mark.parametrize(
    "char", ["\u0301", "\u0489", "\u1161", "\u11ff", "\ud7b0", "\U0001f3fb", "\u0e31", "\u064b"]
)
def test_a_flood_of_marks_is_spelt_out(char: str) -> None:
    assert visible("a" + char * 50).count(f"⟨U+{ord(char):04X}⟩") == 47


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("text", ["Łódź", "naïve", "e\u0301", "日本語", "Ελληνικά", "한국어", "😀"])
def test_names_of_all_the_world_are_left_alone(text: str) -> None:
    assert visible(text) == text


@given(anything)
def test_showing_twice_shows_the_same(text: str) -> None:
    once = visible(text)
    assert visible(str.__str__(once)) == once
    assert visible(once) is once


@given(anything)
def test_every_hidden_character_leaves_a_trace(text: str) -> None:
    hidden = sum(char in HIDDEN for char in text)
    traces = len(re.findall(r"⟨U\+[0-9A-F]{4,6}⟩|[␀-␡]", visible(text)))
    assert traces >= hidden


@given(st.text(st.sampled_from(HIDDEN)), st.text(st.sampled_from(HIDDEN)))
def test_different_hidden_text_looks_different(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)


@given(anything)
def test_a_character_shows_the_same_wherever_it_stands(text: str) -> None:
    assert visible(text + "\x1b" + text) == visible(text) + "␛" + visible(text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\x00b", "a␀b"),
        ("\x7f", "␡"),
        ("\t\r\n", "␉␍␊"),
        ("\x9b", "⟨U+009B⟩"),
        ("\u202e", "⟨U+202E⟩"),
        ("\u200b", "⟨U+200B⟩"),
        ("\ufeff", "⟨U+FEFF⟩"),
        ("\u00a0", "⟨U+00A0⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\udc80", "⟨U+DC80⟩"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
    ],
)
def test_how_it_looks(raw: str, shown: str) -> None:
    assert visible(raw) == shown
