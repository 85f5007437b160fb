"""Where DAP and Canvas are, and the secrets that open them.

Each value comes from the environment (``DAP_CLIENT_ID`` …), else from the configuration
file (``dap_client_id`` …); a secret may also be the first line that a command prints
(``dap_secret_command = "pass show dap"``).  They are read when a command needs them, and
secrets stay in a :class:`Secret` until the request that carries them.
"""

import os
import shlex
import subprocess
from dataclasses import dataclass
from typing import Literal

from logsleuth.cli import config
from logsleuth.cli.config import Config
from logsleuth.cli.errors import Failed, Misused
from logsleuth.model.secret import Secret
from logsleuth.sources import http
from logsleuth.sources.http import HttpError

DAP_ADDRESS = "https://api-gateway.instructure.com"
"""The one public address of DAP, unless ``DAP_API_URL`` says another."""

COMMAND_SECONDS = 60
"""How long a command may take to print a secret: a person may have to type a passphrase."""

_OTHERS_READ = 0o077
_OTHERS_WRITE = 0o022
_COMMANDS = {
    "dap_client_secret": "dap_secret_command",
    "canvas_api_token": "canvas_token_command",
}
_KEYS = ("dap_client_id", "dap_client_secret", "canvas_api_url", "canvas_api_token")


@dataclass(frozen=True, slots=True)
class DapCredentials:
    """Address, client id and secret of DAP."""

    address: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class CanvasCredentials:
    """Address of Canvas (scheme and host) and an access token of an administrator."""

    address: str
    token: Secret


def dap() -> DapCredentials:
    """What opens DAP; ``Misused`` if a part is missing or its file is not safe."""
    said = _trusted(config.read())
    address = _address("dap_api_url", _value("dap_api_url", said) or DAP_ADDRESS)
    client_id = _needed("dap_client_id", said)
    return DapCredentials(address, client_id, _secret("dap_client_secret", said))


def canvas() -> CanvasCredentials:
    """What opens Canvas; ``Misused`` if a part is missing or its file is not safe."""
    said = _trusted(config.read())
    address = _address("canvas_api_url", _needed("canvas_api_url", said))
    return CanvasCredentials(address, _secret("canvas_api_token", said))


def is_set_up(service: Literal["dap", "canvas"]) -> bool:
    """Whether anything of what opens a service was set, be it enough or not."""
    said = config.read()
    keys = [key for key in _KEYS if key.startswith(service)]
    return any(_value(key, said) or said.text(_COMMANDS.get(key, key)) for key in keys)


def _trusted(said: Config) -> Config:
    """Refuse a file whose secrets others may read, or through which they could steal them."""
    secrets = _COMMANDS.keys() & said.values.keys()
    guarded = secrets | said.values.keys() & {*_COMMANDS.values(), "dap_api_url", "canvas_api_url"}
    if not guarded:
        return said
    if said.owner != os.getuid():
        raise Misused(
            f"The configuration file {said.path} says where secrets are, and belongs to another"
            " account; make a file of your own."
        )
    if secrets and said.mode & _OTHERS_READ:
        raise Misused(
            f"The configuration file {said.path} holds a secret and is open to others (mode"
            f" {said.mode:04o}); close it with: chmod 600 {shlex.quote(str(said.path))}"
        )
    if said.mode & _OTHERS_WRITE:
        raise Misused(
            f"The configuration file {said.path} says where secrets go, and others may write it"
            f" (mode {said.mode:04o}); close it with: chmod 600 {shlex.quote(str(said.path))}"
        )
    return said


def _value(key: str, said: Config) -> str | None:
    return os.environ.get(key.upper(), "").strip() or (said.text(key) or "").strip() or None


def _needed(key: str, said: Config) -> str:
    value = _value(key, said)
    if value is None:
        raise Misused(f"{key.upper()} is not set: {_how_to_set(key, said)}.")
    if any(not char.isprintable() for char in value):
        raise Misused(f"{key.upper()} holds characters that belong into no such value.")
    return value


def _how_to_set(key: str, said: Config) -> str:
    command = f", or '{_COMMANDS[key]}' there" if key in _COMMANDS else ""
    return f"set it in the environment, or '{key}' in {said.path}{command}"


def _address(key: str, text: str) -> str:
    """Scheme, host and port, without a slash at the end."""
    try:
        url = http.address(text, key.upper())
    except HttpError as error:
        raise Misused(str(error)) from error
    if url.raw_path.strip(b"/") or url.fragment:
        # The value is not repeated: a secret may have been pasted into it.
        raise Misused(
            f"{key.upper()} should hold scheme and host alone, as https://canvas.example.edu."
        )
    return str(url).rstrip("/")


def _secret(key: str, said: Config) -> Secret:
    command = said.text(_COMMANDS[key])
    if command and said.text(key):
        raise Misused(
            f"The configuration file {said.path} has both '{key}' and '{_COMMANDS[key]}'; keep one."
        )
    if command and not os.environ.get(key.upper(), "").strip():
        found = _printed(_COMMANDS[key], command)
    else:
        found = _needed(key, said)
    if not found.isascii() or " " in found or not found.isprintable():
        raise Misused(f"The secret for {key.upper()} holds characters that no such secret has.")
    return Secret(found)


def _printed(key: str, command: str) -> str:
    """The first line that a command prints.

    Neither what it prints nor the command itself is ever shown: somebody may have put the
    secret in the command's place.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        raise Misused(
            f"'{key}' in the configuration file is no command: its quotes are not closed."
        ) from None
    if not words:
        raise Misused(f"'{key}' in the configuration file is an empty command.")
    try:
        done = subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(
            f"The command of '{key}' printed no secret in {COMMAND_SECONDS} seconds;"
            " try it in a terminal."
        ) from None
    except OSError as error:
        raise Failed(f"The command of '{key}' cannot be run: {error.strerror}.") from None
    line = done.stdout.split(b"\n", 1)[0].strip().decode("utf-8", "replace")
    if done.returncode or not line:
        raise Failed(
            f"The command of '{key}' printed no secret (exit code {done.returncode});"
            " try it in a terminal."
        )
    return line
