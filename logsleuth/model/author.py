"""Who is at the keyboard, as far as this machine tells.

An account is no person: ``login_uid`` is what Linux remembers of the account that signed
in, through ``su`` and ``sudo``; the rest of it is the environment's word, which whoever is
at the keyboard can change.
"""

import getpass
import os
import platform
from pathlib import Path
from typing import Any

_LOGIN_UID = Path("/proc/self/loginuid")
_NOBODY_SIGNED_IN = 2**32 - 1


def author() -> dict[str, Any]:
    """``user``, ``uid``, ``login_uid``, ``sudo_user``, ``tty``, ``ssh_client``, ``host``;
    null where nothing is known."""
    return {
        "user": _user(),
        "uid": os.getuid(),
        "login_uid": _login_uid(),
        "sudo_user": os.environ.get("SUDO_USER") or None,
        "tty": _tty(),
        "ssh_client": os.environ.get("SSH_CLIENT", "").partition(" ")[0] or None,
        "host": platform.node() or None,
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two authors are the same account, and signed in as the same one."""
    return all(one.get(key) == other.get(key) for key in ("uid", "login_uid", "sudo_user"))


def describe(who: dict[str, Any]) -> str:
    """``dana (uid 1000, signed in as uid 1001) from 192.0.2.7``."""
    uid, login = who.get("uid"), who.get("login_uid")
    signed_in = f", signed in as uid {login}" if login is not None and login != uid else ""
    sudo = f", sudo from {who['sudo_user']}" if who.get("sudo_user") else ""
    client = f" from {who['ssh_client']}" if who.get("ssh_client") else ""
    return f"{who.get('user') or '?'} (uid {uid}{signed_in}{sudo}){client}"


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _login_uid() -> int | None:
    try:
        number = int(_LOGIN_UID.read_text())
    except (OSError, ValueError):
        return None
    return None if number == _NOBODY_SIGNED_IN else number


def _tty() -> str | None:
    for handle in (0, 1, 2):
        try:
            return os.ttyname(handle)
        except OSError:
            continue
    return None
