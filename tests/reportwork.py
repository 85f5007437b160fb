"""A case to report on, made by commands alone, and what the tests of reports share."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casework import CONCLUDED, SESSION, Bench

NAME = "incident-42"
FULL = ("--full", "--purpose", "hearing of 3 December", "--recipient", "General Counsel")


def investigate(bench: Bench) -> None:
    """The first walk of the demo as a case, with everything that a case can hold."""
    bench.run(
        *("case", "new", NAME, "--title", "Who concluded Biology 101?", "--ticket", "SEC-42"),
        *("--requester", "Dean of Biology", "--prepared-for", "General Counsel"),
        *("--authority", "Policy 7.2", "--zone", "America/Denver"),
        *("--question", "Did Dana Foobarez conclude her course?"),
        *("--since", "2026-10-12", "--until", "2026-10-12"),
    )
    bench.run("case", "add", NAME, "--event", CONCLUDED, "--session", SESSION)
    bench.run("case", "add", NAME, "--filter", "remote_ip:203.0.113.99")
    bench.run("case", "add", NAME, "--filter", "actor:101 or actor:202")
    bench.run("case", "add", NAME, "--filter", "url:access_token")
    bench.run("case", "add", NAME, "--filter", "developer_key_id:* and write:true")
    note = "Dana Foobarez (account 202) was at home.\nHer address is 192.0.2.1, not 192.0.2.133."
    bench.run("case", "note", NAME, note, "--on", "E1")
    bench.run("case", "note", NAME, f"Session {SESSION} of dfoobarez@campus.example")
    bench.run(
        *(
            "case",
            "finding",
            NAME,
            "--statement",
            "Account 101 concluded the course, acting as 202.",
        ),
        *("--confidence", "high", "--alternative", "Somebody else used the session."),
        *("--cites", "E1,E2"),
    )
    bench.run("case", "tag", NAME, "masquerade", "--on", "E2")
    bench.run("case", "tag", NAME, "biology")
    bench.run("--case", NAME, "search", "actor:101 and course_id:5001", "--limit", "5")
    bench.run(
        "case", "close", NAME, "--as", "substantiated", "--reason", "Account 101 admitted it."
    )


def export(bench: Bench, folder: Path, *options: str, name: str = NAME) -> Path:
    """Export the case to a folder, having read the scan."""
    bench.run("report", name, "--output", str(folder), "--confirm-scan", *options)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a report with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The objects of a file with one on each line."""
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def values(data: Any) -> Iterator[Any]:
    """Every value within JSON, the names of members too."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from values(value)
    elif isinstance(data, list):
        for value in data:
            yield from values(value)
    else:
        yield data


def sealed_again(folder: Path) -> None:
    """Give changed files new hashes, as somebody would who wants nobody to notice."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    for one in manifest["files"]:
        data = (folder / one["path"]).read_bytes()
        one["size"], one["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    names = sorted([one["path"] for one in manifest["files"]] + ["manifest.json"])
    sums = (f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    (folder / "MANIFEST.sha256").write_text("".join(sums))


def copy(folder: Path, target: Path) -> Path:
    """A report to tamper with."""
    shutil.copytree(folder, target)
    return target
