"""A report full of hostile evidence, in a real browser: nothing runs, loads, or breaks out."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from casework import Bench
from markdown_it import MarkdownIt
from marking import mostly_slow
from reportwork import FULL, export

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LIBREOFFICE = shutil.which("soffice")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed here (apt-get install chromium)"
)

HOSTILE = [
    "<script>document.title='ran'</script>",
    "<img src=http://evil.example/x.png onerror=\"document.title='ran'\">",
    "<svg onload=\"document.title='ran'\"><style>body{display:none}</style></svg>",
    '"><iframe src="javascript:document.title=\'ran\'"></iframe>',
    "' onmouseover='document.title=1' x='",
    "</style></script><base href=//evil.example/><link rel=stylesheet href=//evil.example/a.css>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "javascript:document.title='ran'",
    "[click](javascript:alert(1)) ![picture](http://evil.example/track.png)",
    "``` `x` ~~~ # heading | table | {{ 7*7 }} {% raw %}",
    "\x1b[31mred\x1b]0;owned\x07 \x9b31m \x00 \x08",
    "\u202egnp.exe \u2066\u200b\ufeff\u0301\u0301\u0301\u0301\u0301\u0301",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "+1+1;=1+1",
    "/" + "A" * 20_000,
    "&lt;script&gt;&#x3c;script&#x3e;",
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in full on requests, a change, names and notes that attack the reader."""
    folder = tmp_path_factory.mktemp("hostile")
    lines = []
    for at, text in enumerate(HOSTILE):
        value = {
            "timestamp": f"2026-10-01T08:{at:02}:00.000Z",
            "user_id": 202,
            "http_method": "DELETE",
            "http_status": 200,
            "url": text if text.startswith("/") else f"/courses/1?x={text}",
            "user_agent": text[:255],
            "remote_ip": "203.0.113.99",
            "web_application_controller": text[:60],
        }
        lines.append(
            {
                "meta": {"ts": "2026-10-01T10:00:00.000Z", "action": "U"},
                "key": {"id": f"00000000-0000-4000-8000-{at:012}"},
                "value": value,
            }
        )
    logs = folder / "files" / "web_logs.jsonl"
    logs.parent.mkdir()
    logs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    event = {
        "id": "aaaaaaaa-0000-4000-8000-000000000001",
        "created_at": "2026-10-01T08:11:00Z",
        "event_type": "updated",
        "event_source": "manual",
        "event_data": {f"<b>{at}": [text, HOSTILE[0]] for at, text in enumerate(HOSTILE)},
        "links": {"course": 5001, "user": 202, "page_view": None, "sis_batch": None},
    }
    audit = {"events": [event], "linked": {}, "links": {}}
    (logs.parent / "audit.json").write_text(json.dumps(audit))
    bench = Bench(folder / "cache", folder)
    bench.run("import", str(logs.parent))
    bench.run("case", "new", "hostile", "--title", f"{HOSTILE[0]} {HOSTILE[8]}")
    bench.run("case", "add", "hostile", "--event", str(event["id"]), "--filter", "")
    bench.run("case", "note", "hostile", "\n".join(HOSTILE).replace("\0", ""), "--on", "E1")
    bench.run(
        *("case", "finding", "hostile", "--statement", HOSTILE[1], "--confidence", "low"),
        *("--alternative", f"```\n{HOSTILE[2]}", "--cites", "E1"),
    )
    return export(bench, folder / "report", *FULL, name="hostile")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@needs_chromium
@pytest.mark.parametrize("width", mostly_slow([1280, 400]))
def test_nothing_runs_nothing_loads_and_the_layout_holds(
    report: Path, browser: Any, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    url = (report / "report.html").as_uri()
    page.goto(url)
    for element in page.query_selector_all("td, dd, h1, .words")[:100:20]:
        element.hover()
    assert asked == [url]
    assert said == []
    assert page.title().startswith("<script>document.title='ran'</script>")
    assert page.evaluate("document.scripts.length") == 0
    assert (
        page.evaluate("document.querySelectorAll('img,iframe,link,base,object,form').length") == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    hidden = "[...document.querySelectorAll('td,dd,p')].filter(e => e.scrollWidth > innerWidth)"
    assert page.evaluate(f"{hidden}.length") == 0
    # Links lead to queries on the same page, and nowhere else.
    links = page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    assert links
    assert all(re.fullmatch(r"#Q\d+", link) for link in links)
    page.close()


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("paper", mostly_slow(["A4", "Letter"]))
def test_it_prints_without_losing_anything(
    report: Path, browser: Any, paper: str, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto((report / "report.html").as_uri())
    printed = tmp_path / "report.pdf"
    page.pdf(path=str(printed), format=paper)
    page.close()
    assert printed.read_bytes().startswith(b"%PDF")
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("the text of a PDF needs pdftotext (apt-get install poppler-utils)")
    text = subprocess.run([reader, str(printed), "-"], capture_output=True, text=True, check=True)
    for words in ("Appendix F", "best effort", "8 Method and limits", "203.0.113.99"):
        assert words in text.stdout


def test_markdown_shows_data_and_makes_nothing_of_it(report: Path) -> None:
    """No link, picture or HTML in what a Markdown reader sees; bare addresses only in code."""
    text = (report / "report.md").read_text()
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inline)}
    assert kinds.isdisjoint({"link_open", "image", "html_inline", "html_block"})
    assert {"code_inline", "fence", "heading_open"} <= kinds
    assert not [token for token in inline if token.type == "text" and "://" in token.content]
    headings = sum(token.type == "heading_open" for token in tokens)
    assert headings == len(re.findall(r"(?m)^#", text))
    assert text.count("- Filter: no filter, which is every request\n") == 1
    for char in text:
        assert char == "\n" or char.isprintable()


def test_html_holds_no_character_that_hides(report: Path) -> None:
    for name in ("report.html", "report.json", "evidence/requests.jsonl", "activity.jsonl"):
        for char in set((report / name).read_text()):
            assert char == "\n" or char.isprintable(), (name, hex(ord(char)))


def test_a_hostile_report_verifies(report: Path, tmp_path: Path) -> None:
    Bench(tmp_path / "none", tmp_path).run("verify", str(report))


@pytest.mark.slow
@pytest.mark.skipif(
    LIBREOFFICE is None,
    reason="no LibreOffice is installed here (apt-get install libreoffice-calc)",
)
def test_libreoffice_calculates_no_cell(report: Path, tmp_path: Path) -> None:
    """Opened as a spreadsheet and saved as one: no cell holds a formula, none is lost."""
    assert LIBREOFFICE is not None
    for separator in ("44", "59"):
        subprocess.run(
            [
                *(LIBREOFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"),
                *("--headless", f"--infilter=CSV:{separator},34,76,1"),
                *("--convert-to", "fods", "--outdir", str(tmp_path)),
                str(report / "evidence/requests.csv"),
            ],
            check=True,
            capture_output=True,
            timeout=240,
        )
        sheet = (tmp_path / "requests.fods").read_text()
        assert "table:formula" not in sheet
        assert sheet.count("<table:table-row") > len(HOSTILE)
