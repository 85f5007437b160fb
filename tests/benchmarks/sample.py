"""Random requests of a data set, which questions are made from."""

import json
import random
from pathlib import Path
from typing import Any

import generate
import peers
from workload import World

from logsleuth.model import times

HOW_MANY = 2_000
"""Of rare columns, as ``real_user_id``, some dozens of these have a value."""


def make(data: Path, target: Path) -> None:
    """Pick requests from all over one file, the same every time."""
    plan = generate.Plan(**json.loads((data / generate.MADE).read_text()))
    files = sorted((data / generate.WEB_LOGS).glob("*.gz"))
    lines = list(peers.lines([files[len(files) // 2]]))
    picked = random.Random(7).sample(lines, min(HOW_MANY, len(lines)))
    records = [json.loads(line) for line in picked]
    rows = [{"id": record["key"]["id"], **record["value"]} for record in records]
    target.write_text(json.dumps({"span": generate.span(plan), "rows": rows}))


def load(path: Path) -> tuple[list[dict[str, Any]], World]:
    """The requests, and the span of the data."""
    made = json.loads(path.read_text())
    since, until = made["span"].split("..")
    return made["rows"], World(times.parse(since), times.parse(until))
