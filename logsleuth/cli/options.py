"""Options that several commands share, each worded once."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from logsleuth.model.ids import parse_id

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


def _one_filter(context: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """Several words are a filter whose quotes the shell took away: never guess them back."""
    if len(words) > 1:
        raise click.UsageError(
            "The filter must be one argument: put all of it in single quotes, as in "
            "'user_id:101 and write:true'.",
            context,
        )
    return words[0] if words else ""


class CanvasOrSisId(click.ParamType[int | str]):
    """A Canvas id (101, or 7~123 of another shard), or a SIS id after the word that Canvas puts
    before it (``sis_course_id:ABC``)."""

    name = "id"

    def __init__(self, word: str) -> None:
        self._word = word

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        text = str(value)
        if text.startswith(f"{self._word}:") and text.isprintable() and text != f"{self._word}:":
            return text
        number = parse_id(text)
        if number is None or number <= 0:
            self.fail(f"'{text}' is no Canvas id such as 101, nor {self._word}:ABC.", param, ctx)
        return number


filter_argument: Decorator[Any] = click.argument(
    "filter_text", metavar="[FILTER]", nargs=-1, callback=_one_filter
)

relative_option: Decorator[Any] = click.option(
    "--relative-to",
    type=click.Choice(["clock", "cache"]),
    default="clock",
    show_default=True,
    help="What 'now' is in a filter: the clock, or the newest request of the cache.",
)

limit_option: Decorator[Any] = click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="N",
    help="List so many at most; 0 for all.",
)

listing_format: Decorator[Any] = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "jsonl", "csv"]),
    help="Default: table on a terminal, jsonl in a pipe.",
)

answer_format: Decorator[Any] = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the answer.",
)


def limit_was_chosen() -> bool:
    """Whether the person gave ``--limit``, and so knows that it cuts the list."""
    source = click.get_current_context().get_parameter_source("limit")
    return source is not click.core.ParameterSource.DEFAULT
