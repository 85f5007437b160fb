"""Where cases are, and who may open them."""

import grp
import os
import stat
from pathlib import Path

import platformdirs

from logsleuth.case.errors import CaseError
from logsleuth.store import paths

SUFFIX = ".case"
LONGEST = 200
"""Bytes of a name, so that file systems take it with its suffix."""


def cases_folder() -> Path:
    """The folder of cases that are named without a path."""
    return platformdirs.user_data_path("logsleuth") / "cases"


def find(name: str) -> Path:
    """The file that a name or path means, whether it is there or not.

    A name is a file in :func:`cases_folder`; what holds a slash is a path.  The suffix may be
    left out.  Raises ``CaseError`` for what can be no name.
    """
    if not name.isprintable() or not 0 < len(os.fsencode(Path(name).name)) <= LONGEST:
        raise CaseError(f"'{name}' is no name for a case; take letters and digits, as incident-42.")
    stem = Path(name).expanduser() if os.sep in name else cases_folder() / name
    if stem.name.startswith("."):
        raise CaseError(f"'{name}' is no name for a case: it begins with a dot.")
    return stem if stem.suffix == SUFFIX else stem.with_name(stem.name + SUFFIX)


def out_of_reach(name: str) -> str:
    """Why a group cannot open the case that a name means, in a sentence; empty if it can."""
    if os.sep in name:
        return ""
    return (
        "A group cannot reach your own folder of cases; name a path that it can reach, as"
        f" /srv/cases/{name}."
    )


def listed() -> list[Path]:
    """The files of cases in :func:`cases_folder`, by name."""
    return sorted(cases_folder().glob(f"*{SUFFIX}"))


def group_id(name: str) -> int:
    """The number of a group of this machine."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise CaseError(f"This machine has no group '{name}'; 'groups' lists yours.") from error


def make_folder(folder: Path, group: str | None) -> None:
    """Make the folder of a case: for its owner alone, or for a group.

    A group's folder that exists must already be one: 2770, and of that group.
    """
    if group is None:
        paths.private_folder(folder)
        return
    number = group_id(group)
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        _give(folder, number, group, 0o2770)
    found = folder.stat()
    if found.st_gid != number or stat.S_IMODE(found.st_mode) != 0o2770:
        raise CaseError(
            f"{folder} is not a folder for the group '{group}' alone; name another,"
            f" or do: chgrp {group} '{folder}' && chmod 2770 '{folder}'"
        )


def make_file(path: Path, group: str | None) -> None:
    """Make an empty file that its owner alone, or a group, can read and write."""
    paths.private_file(path)
    if group is not None:
        _give(path, group_id(group), group, 0o660)


def _give(path: Path, number: int, group: str, mode: int) -> None:
    try:
        os.chown(path, -1, number)
        path.chmod(mode)
    except OSError as error:
        raise CaseError(
            f"{path} cannot be given to the group '{group}' ({error.strerror});"
            " you must be one of its members."
        ) from error
