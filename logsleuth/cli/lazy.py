"""A group of commands, each imported only when it is asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

import click
from click.exceptions import NoSuchCommand


class LazyGroup(click.Group):
    """``modules``: command name -> module of :mod:`logsleuth.cli.commands` whose ``command``
    it is, in the order of the help."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            # Click looks for what was meant only among the commands that are loaded.
            raise NoSuchCommand(error.command_name, possibilities=self._modules, ctx=ctx) from None

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = self._modules.get(cmd_name)
        if name is None:
            return None
        command: click.Command = importlib.import_module(f"logsleuth.cli.commands.{name}").command
        return command
