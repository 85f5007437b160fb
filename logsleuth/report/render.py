"""From a report as data to HTML and Markdown.

Templates hold our words; everything else reaches the page through a filter of its format, or
is made visible and escaped where no filter is asked for.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from logsleuth.model import times, zones
from logsleuth.model.text import visible
from logsleuth.report import plots
from logsleuth.report.model import Data, Instant, Part, Report, Sentence
from logsleuth.report.queries import Figure

if TYPE_CHECKING:
    from jinja2 import Environment

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~&!]")
_TICKS = re.compile(r"`+")


def html(report: Report) -> str:
    """The report as one HTML page that loads nothing and runs nothing."""
    style = files("logsleuth.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return (
        _environment("html")
        .get_template("report.html.j2")
        .render(
            report=report,
            style=Markup(style),
            style_hash=digest,
            zone=_zone(report),
        )
    )


def markdown(report: Report) -> str:
    """The report as Markdown, with everything from data in code spans."""
    return _environment("md").get_template("report.md.j2").render(report=report, zone=_zone(report))


def _zone(report: Report) -> tzinfo:
    return UTC if report.zone is None else zones.zone(report.zone)


@lru_cache(maxsize=2)
def _environment(form: str) -> "Environment":
    # Only here: the app offers reports, and starts faster without the library for templates.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("logsleuth.report"),
        # For Markdown too: then what macros and filters give back is known to be done with.
        autoescape=True,
        finalize=_finalize(_shown_html if form == "html" else _shown_markdown),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        {
            "say": _say_html if form == "html" else _say_markdown,
            "both": _both_html if form == "html" else _both_markdown,
            "figure": _figure_html if form == "html" else _figure_markdown,
            "words": _lines if form == "html" else _fenced,
            "code": _code_html if form == "html" else _code_span,
            "length_words": _length_words,
            "end": plots.end,
            "stacked": plots.stacked,
            "lane": plots.lane,
            "tallest": plots.tallest,
            "bars": lambda counts: Markup(_code_span(Data(plots.text_bars(counts)))),
        }
    )
    return environment


def _finalize(shown: Callable[[str], Markup]) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, Markup) else shown(str(value))


def _shown_html(text: str) -> Markup:
    return escape(str(visible(text)))


def _shown_markdown(text: str) -> Markup:
    return Markup(_MARKDOWN.sub(r"\\\g<0>", visible(text)))


def _say_html(sentence: Sentence, zone: tzinfo) -> Markup:
    return Markup("").join(_part_html(part, zone) for part in sentence)


def _part_html(part: Part, zone: tzinfo) -> Markup:
    match part:
        case str():
            return _shown_html(part)
        case Data():
            return _code_html(part)
        case Instant(at):
            return _both_html(at, zone)
    return _figure_html(part)


def _say_markdown(sentence: Sentence, zone: tzinfo) -> Markup:
    return Markup("").join(_part_markdown(part, zone) for part in sentence)


def _part_markdown(part: Part, zone: tzinfo) -> Markup:
    match part:
        case str():
            return _shown_markdown(part)
        case Data():
            return _code_span(part)
        case Instant(at):
            return _both_markdown(at, zone)
    return _figure_markdown(part)


def _figure_html(figure: Figure) -> Markup:
    return Markup(
        f'<data value="{figure.value}">{figure.value:,}</data>'
        f'<a class="q" href="#{figure.query}">{figure.query}</a>'
    )


def _figure_markdown(figure: Figure) -> Markup:
    return Markup(f"{figure.value:,} [{figure.query}]")


def _code_html(data: Data | str) -> Markup:
    return Markup('<span class="data">{}</span>').format(str(visible(_text(data))))


def _code_span(data: Data | str) -> Markup:
    """A code span, its fence longer than any within; blanks keep backticks off the fence."""
    text = visible(_text(data)) or " "
    fence = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return Markup(f"{fence}{pad}{text}{pad}{fence}")


def _text(data: Data | str) -> str:
    return data.text if isinstance(data, Data) else data


def _lines(text: str) -> Markup:
    """What the investigator wrote, line by line, as it is."""
    shown = "\n".join(visible(line) for line in text.splitlines())
    return Markup('<div class="words">{}</div>').format(shown)


def _fenced(text: str) -> Markup:
    """What the investigator wrote, in a block that is shown as it is."""
    lines = [visible(line) for line in text.splitlines()]
    longest = max((len(run) for line in lines for run in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup("\n".join((f"{fence}text", *lines, fence)))


def _both_html(at: str, zone: tzinfo) -> Markup:
    local, utc = _zones(at, zone)
    second = Markup(' <span class="utc">{}</span>').format(utc) if utc else ""
    return Markup('<time datetime="{}">{}{}</time>').format(at, local, second)


def _both_markdown(at: str, zone: tzinfo) -> Markup:
    local, utc = _zones(at, zone)
    return Markup(f"{local} ({utc})" if utc else local)


def _zones(at: str, zone: tzinfo) -> tuple[str, str]:
    """The time in the zone with its offset, and in UTC; the second is empty in UTC."""
    us = times.parse(at)
    write = times.iso if "." in at else times.iso_seconds
    utc = write(us).removesuffix("Z").replace("T", " ")
    if zone is UTC:
        return f"{utc} UTC", ""
    moment = times.from_us(us, zone)
    offset = times.offset(moment)
    local = write(us, zone).removesuffix(offset).replace("T", " ")
    same_day = local[:10] == utc[:10]
    return f"{local} {offset}", f"{utc[11:] if same_day else utc} UTC"


def _length_words(seconds: int) -> str:
    """``3 hours``: how long a step of a plot is."""
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {word}s" if count > 1 else f"1 {word}"
    return f"{seconds} seconds"
