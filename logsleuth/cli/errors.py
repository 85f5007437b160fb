"""Exit codes, and the one sentence a person gets instead of a traceback."""

import logging
import os
import sys
from pathlib import Path

import click
import platformdirs

from logsleuth.cli.folding import folded
from logsleuth.model.text import visible
from logsleuth.store.base import StoreError

FAILED = 1
MISUSED = 2
ROWS_REJECTED = 3
INTERRUPTED = 130

_logger = logging.getLogger("logsleuth")


class _Redacted(logging.Formatter):
    """Log lines without the secrets and control characters of what an error quotes."""

    def format(self, record: logging.LogRecord) -> str:
        masked = _without_secrets(super().format(record))
        return "\n".join(visible(line) for line in masked.split("\n"))


def _without_secrets(text: str) -> str:
    # Only now: most commands have nothing to complain of.
    from logsleuth.sources.secrets import Masker

    # A key of its own: nobody needs to recognise a secret by a log or an error.
    return Masker(os.urandom(32)).mask(text)


class Failed(click.ClickException):
    """Something asked for could not be done, or does not exist."""

    exit_code = FAILED


class Misused(click.ClickException):
    """Wrong usage, a wrong filter, a missing file."""

    exit_code = MISUSED


def say(text: str) -> None:
    """Write to standard error; whatever came from data or arguments becomes visible, and
    secrets in it, which a person may have pasted, are masked."""
    for line in _without_secrets(text).splitlines() or [""]:
        for part in folded(visible(line), sys.stderr):
            click.echo(part, err=True)


def say_error(error: click.ClickException) -> None:
    """Name the command, and say in one sentence what is wrong."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "logsleuth"
    hint = f" ({command} --help shows the usage.)" if isinstance(error, click.UsageError) else ""
    # Click lists choices one below the other.
    said = error.format_message().replace("\n\t", " ")
    say(f"{command}: {said}{hint}")


def log_to(path: Path) -> None:
    """Append the program's own log to a file that only its owner can read.

    It says what stopped a command, with the lines of code that led there: no arguments, no
    filters, no values of variables.  Secrets in what an error quotes are masked.
    """
    if path.is_symlink():
        raise Misused(f"The log file {path} is a symbolic link; name the file itself.")
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    os.fchmod(handle, 0o600)
    os.close(handle)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(_Redacted("%(asctime)s %(levelname)s %(message)s"))
    _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False


def close_log() -> None:
    """Leave the log, at the end of a command."""
    for handler in list(_logger.handlers):
        _logger.removeHandler(handler)
        handler.close()


def as_sentence(error: Exception) -> click.ClickException:
    """Any error as one sentence with an exit code; the unexpected ones are logged.

    The log has the traceback without local variables: those may hold anything.
    """
    match error:
        case click.ClickException():
            return error
        case StoreError():
            # What SQLite quotes of a damaged file may hold line ends.
            return Failed(" ".join(str(error).splitlines()))
        case OSError():
            _log(error)
            subject = f"{error.filename} cannot be used" if error.filename else "It did not work"
            return Failed(f"{subject}: {error.strerror or error}.")
    return _defect(error)


def _defect(error: Exception) -> Failed:
    """An error that nobody foresaw, logged in the state folder if no log was asked for."""
    if not _logger.handlers:
        folder = platformdirs.user_state_path("logsleuth")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            log_to(folder / "defects.log")
        except OSError:
            return Failed(f"A defect in logsleuth itself stopped it: {type(error).__name__}.")
    _log(error)
    where = next(h.baseFilename for h in _logger.handlers if isinstance(h, logging.FileHandler))
    return Failed(
        f"A defect in logsleuth itself stopped it ({type(error).__name__}); "
        f"please report it with what {where} says."
    )


def _log(error: Exception) -> None:
    if _logger.handlers:
        _logger.error("stopped", exc_info=error)
