"""Random requests of a data set, which questions are made from."""

import json
import random
from pathlib import Path

import generate
import peers
from filters import Row

HOW_MANY = 2_000
"""Of rare columns, as ``real_user_id``, some dozens of these have a value."""


def make(data: Path, target: Path) -> None:
    """Pick requests from all over one file, the same every time."""
    files = sorted((data / generate.WEB_LOGS).glob("*.gz"))
    lines = list(peers.lines([files[len(files) // 2]]))
    picked = random.Random(7).sample(lines, min(HOW_MANY, len(lines)))
    records = [json.loads(line) for line in picked]
    target.write_text(json.dumps([{"id": one["key"]["id"], **one["value"]} for one in records]))


def load(path: Path) -> list[Row]:
    """The requests that were picked."""
    rows: list[Row] = json.loads(path.read_text())
    return rows
