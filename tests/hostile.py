"""What attackers write, and a cache in which every text of others' is an attack.

Each attack stands for something that a terminal, a screen library or a reader of text obeys
or overlooks.  A cache can also be made with harmless text of the same length and order, so
that two screens differ in nothing but what was written.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dap import NOON, jsonl, row
from rich.cells import cell_len

from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.model.text import visible

SEQUENCES = (
    "\x1b[2J\x1b[H",  # wipes the screen
    "\x1b[8mhidden\x1b[28m",  # conceals
    "\x1b[31;5mred\x9b32mgreen",  # colours, also by the C1 form
    "\x1b[6n\x1b[c\x1b[>c\x1b[5n",  # asks for reports, which are typed for the victim
    "\x1b[21t\x1b[20t\x9b18t",  # asks for the title
    "\x1b]0;owned\x07\x1b]2;owned\x1b\\",  # changes the title
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",  # a link that lies
    "\x1b]52;c;cm0gLXJmIH4=\x07",  # fills the clipboard
    "\x1b]4;1;rgb:00/00/00\x07\x1b]10;#000000\x07",  # changes the palette
    "\x1b]1337;File=name=YQ==;inline=1:AAAA\x07\x1b]777;notify;a;b\x07",  # files and notes
    "\x1bP+q544e\x1b\\\x1bP$q q\x1b\\\x90q#0\x9c",  # device control, sixel
    "\x1b_Gf=24;AAAA\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",  # graphics, privacy, start of string
    "\x1b[?1049l\x1b[?25h\x1b[?1000h\x1b[?2004l",  # leaves the other screen, takes the mouse
    "\x1bc\x1b#8\x1b7\x1b8\x1b(0lqk\x1b(B\x0e\x0f",  # resets; another set of characters
    "\x1b[1;5r\x1b[5S\x1b[3L\x1b[2M\x1b[9A\x1b[9C",  # regions, scrolling, moving
    "\x1b[200~pasted\x1b[201~",  # passes for a paste
    "a\rb\nc\td\ve\ff\bg\a",  # lines over lines
    "\x1b",  # a sequence that does not end
    "x\x1b[",
    "x\x1b]0;never ends",
    "x\x9d0;never ends",
)

HIDING = (
    "\u202egnp.exe\u202c",
    "\u2066\u2067\u2068a\u2069\u061c\u200e\u200f",
    "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "\u2028line\u2029paragraph\x85next",
    "\u115f\u1160\u3164\uffa0\u2800\u00a0\u3000\u2003",
    "\U000e0041\U000e0042\U000e007f\U000e01ef\ufe0f\ufe00",
    "\ue000\U000f0000\U0010ffff\ufffe\ufdd0\u0378",
    "\ud800x\udfff\udc9b31m\udc1b",  # lone surrogates, two of which stand for raw bytes
    "Z" + "\u0301\u0489\u0338" * 40,
    "a" + "\u1161" * 40 + "\U0001f44d" + "\U0001f3fd" * 9,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3f3\ufe0f\u200d\U0001f308\U0001f1fa\U0001f1f8",
    "日本語テキスト한국어ﬀ𝕬𝖙𝖙𝖆𝖈𝖐",
    "раураl аdmin",
)

MARKUP = (
    "[@click=app.exit(9)]x[/]",
    "[@click='app.bell']x[/][@click=screen.quit]y[/]",
    "[link=https://evil.example/]x[/link][/nope][/]",
    "[bold red on white]x[/bold red on white][blink]y",
    "[@click=app.perform('quit')]\\[x[/]",
    ":smile: $primary [$error]x[/] [not closed",
)

NAUGHTY = (
    "",
    "null",
    "-1",
    "1e999",
    "NaN",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "'; DROP TABLE requests; --",
    '" or ""="',
    "%s%n%x {0} {self.__class__} ${jndi:ldap://x}",
    "$(reboot) `reboot` | reboot; reboot && reboot",
    "../../../../etc/passwd",
    "C:\\con\\nul",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</code></pre>```\n# Heading\n[x](javascript:alert(1))",
    "{{ 7*7 }} {% raw %} <%= 7 %>",
    "﷽﷽﷽﷽",
    "--help",
    "(((((((((((",
)

CONTROLS = tuple(f"c{chr(code)}d" for code in (*range(0x20), *range(0x7F, 0xA0)))

MEGABYTE = ("\x1b]52;c;aGk=\x07\u202e[@click=app.exit(9)]日\u0301" * 40_000)[: 1 << 20]

ALL = "".join((*SEQUENCES[:-4], *HIDING, *MARKUP))
"""Everything in one text, for places of which there is one only."""

ATTACKS: tuple[str, ...] = (ALL, *SEQUENCES, *HIDING, *MARKUP, *NAUGHTY, *CONTROLS)

SUBJECT = "10000000-0000-4000-8000-000000000001"
"""A request that caused :data:`EVENT`, by an account that acts as another."""

EVENT = "20000000-0000-4000-8000-000000000001"

Dress = Callable[[str], str]
"""What is written in place of an attack."""


@dataclass
class Harmless:
    """Words in place of attacks: as wide as those are shown, and as different from each other."""

    _words: dict[str, str] = field(default_factory=dict)

    def __call__(self, attack: str) -> str:
        if attack not in self._words:
            number = len(self._words)
            word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
            self._words[attack] = word.ljust(cell_len(visible(attack)), "x")
        return self._words[attack]


def as_it_is(attack: str) -> str:
    """The attack itself."""
    return attack


def make(folder: Path, dress: Dress) -> Path:
    """Files below ``folder`` and the cache made of them, which is returned."""
    cache = folder / "cache"
    files = folder / "files"
    files.mkdir(parents=True)
    import_paths(cache, [_logs(files, dress)], kind="web_logs", input_format="jsonl")
    import_paths(cache, [_audit(files, dress)])
    for kind, path in _names(files, dress).items():
        import_paths(cache, [path], kind=kind)
    return cache


def file_name(attack: str) -> str:
    """The attack as far as a file can be called so."""
    safe = attack.replace("/", "").replace("\0", "")
    kept = safe.encode("utf-8", "ignore")[:150]
    return kept.decode("utf-8", "ignore") + "\udc9b31m.jsonl"


def _logs(files: Path, dress: Dress) -> Path:
    rows = [_request(number, attack, dress) for number, attack in enumerate(ATTACKS)]
    rows += [
        row(dress("mega url"), at=NOON - 2, url="/" + dress(MEGABYTE), user_id=101),
        row(dress("mega agent"), at=NOON - 1, user_agent=dress(MEGABYTE), user_id=101),
        row(
            *(SUBJECT, NOON + 500_000),
            url="/courses/1000",
            user_id=100,
            real_user_id=99,
            course_id=1000,
            http_method="POST",
            http_status=302,
            session_id=dress(ALL),
            remote_ip=dress(ALL),
            user_agent=dress(ALL),
            web_application_controller="courses",
            web_application_action="update",
        ),
    ]
    bad = [json.dumps({"meta": dress(attack), "no": "row"}).encode() for attack in ATTACKS[:30]]
    bad += [f"no JSON: {dress(ALL)}".encode(errors="surrogatepass").replace(b"\n", b"")]
    path = files / file_name(dress(ALL))
    path.write_bytes(jsonl(rows) + b"\n".join(bad) + b"\n")
    return path


def _request(number: int, attack: str, dress: Dress) -> dict[str, Any]:
    text = dress(attack)
    return row(
        f"{number}{text}",
        at=NOON + (number + 1) * times.SECOND,
        url=f"/courses/{1000 + number}?{text}",
        user_agent=text,
        http_method=text,
        http_version=text,
        remote_ip=text,
        session_id=text,
        web_application_controller=text,
        web_application_action=text,
        web_application_context_type=text,
        user_id=100 + number,
        real_user_id=99 if number % 3 == 0 else None,
        course_id=1000 + number,
        developer_key_id=5000 + number if number % 2 else None,
        http_status=200 + number % 300,
        **{f"odd {text}": text},
    )


def _audit(files: Path, dress: Dress) -> Path:
    def event(number: int, kind: str, source: str, text: str) -> dict[str, Any]:
        course, user = 1000 + number, 100 + number
        return {
            "id": EVENT if number == 0 else f"{number}{text}",
            "created_at": times.iso_seconds(NOON + number * times.SECOND),
            "event_type": kind,
            "event_source": source,
            "event_data": {text: [text, text], "name": [text, {text: [text]}]},
            "links": {"course": course, "user": user, "page_view": None, "sis_batch": None},
        }

    texts = [dress(attack) for attack in ATTACKS]
    mega = event(0, "updated", "manual", texts[0])
    mega |= {"id": "mega", "event_data": {"syllabus_body": ["", dress(MEGABYTE)]}}
    document = {
        "links": {"events.course": "", "events.user": None, "events.sis_batch": None},
        "events": [
            event(0, "updated", "manual", texts[0]),
            mega,
            *(event(number, text, text, text) for number, text in enumerate(texts) if number),
        ],
        "linked": {
            "page_views": [],
            "courses": [{"id": 1000, "name": texts[0], "course_code": texts[0]}],
            "users": [{"id": 100, "name": texts[0]}, {"id": 99, "name": texts[0]}],
        },
    }
    path = files / "audit.json"
    path.write_text(json.dumps(document))
    return path


def _names(files: Path, dress: Dress) -> dict[str, Path]:
    """DAP files of names; the first account and course are called everything at once."""
    meta = {"ts": "2026-10-05T00:00:00.000Z", "action": "U"}

    def record(key: int, **value: Any) -> dict[str, Any]:
        return {"meta": meta, "key": {"id": key}, "value": value}

    texts = list(enumerate(map(dress, ATTACKS)))
    whole = {
        "users": [record(100 + n, name=t) for n, t in texts] + [record(99, name=dress(ALL))],
        "pseudonyms": [
            record(7000 + n, user_id=100 + n, unique_id=t, sis_user_id=t, workflow_state="active")
            for n, t in texts
        ],
        "courses": [
            record(1000 + n, name=t, course_code=t, sis_source_id=t, workflow_state="available")
            for n, t in texts
        ],
        "developer_keys": [record(5000 + n, name=t, workflow_state="active") for n, t in texts],
    }
    made = {}
    for kind, records in whole.items():
        made[kind] = files / f"{kind}.jsonl"
        made[kind].write_bytes(jsonl(records))
    return made
