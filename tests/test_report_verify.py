"""Whatever is done to a report, ``verify`` says in which file, and on which line."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casework import Bench, demo
from reportwork import FULL, copy, export, files, investigate, sealed_again


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    cache = demo(tmp_path_factory.mktemp("demo") / "cache")
    bench = Bench.at(tmp_path_factory.mktemp("bench"), cache)
    investigate(bench)
    return bench


@pytest.fixture(scope="module")
def full(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(bench, tmp_path_factory.mktemp("full") / "report", *FULL)


@pytest.fixture(scope="module")
def redacted(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(bench, tmp_path_factory.mktemp("redacted") / "report", "--zip")


@pytest.fixture
def mine(full: Path, tmp_path: Path) -> Path:
    return copy(full, tmp_path / "mine")


def problems(bench: Bench, folder: Path, *options: str) -> list[dict[str, Any]]:
    """What verify finds; the exit code and the words must say the same."""
    code = 1
    result = bench.run("verify", str(folder), *options, "--format", "json", code=code)
    found = json.loads(result.stdout)
    assert found["holds"] is False
    said = bench.run("verify", str(folder), *options, code=code).stdout
    for one in found["problems"]:
        assert one["text"] in said
    assert found["problems"]
    return found["problems"]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_was_exported_holds(bench: Bench, full: Path, redacted: Path) -> None:
    for path in (full, redacted, redacted.with_name("report.zip")):
        found = json.loads(bench.run("verify", str(path), "--format", "json").stdout)
        assert found["holds"] is True
        states = {one["check"]: one["state"] for one in found["checks"]}
        signature = states.pop("signature")
        assert signature == "not_checked"
        assert set(states.values()) == {"holds"}


def test_one_byte_changed_in_any_file_is_named(bench: Bench, full: Path, tmp_path: Path) -> None:
    for at, (name, data) in enumerate(files(full).items()):
        folder = copy(full, tmp_path / f"{at}")
        middle = len(data) // 2
        (folder / name).write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        found = problems(bench, folder)
        if name == "MANIFEST.sha256":
            # Nobody can tell which of two files was changed, but they do not go together.
            assert any(name in one["text"] for one in found)
        else:
            assert name in {one["file"] for one in found}, name
        shutil.rmtree(folder)


def test_files_added_removed_and_renamed_are_named(bench: Bench, mine: Path) -> None:
    (mine / "evidence/more.jsonl").write_text("{}\n")
    (mine / "report.md").unlink()
    (mine / "provenance/sources.json").unlink()
    (mine / "provenance/coverage.json").rename(mine / "provenance/cover.json")
    (mine / "link").symlink_to("/etc/passwd")
    found: dict[str, str] = {}
    told = problems(bench, mine)
    for one in told:
        found.setdefault(one["file"], one["text"])
    gone = "provenance/sources.json"
    assert [one["text"] for one in told if one["file"] == gone] == ["it is missing"]
    assert "added" in found["evidence/more.jsonl"]
    assert "missing" in found["report.md"]
    assert found["provenance/coverage.json"].startswith("it was renamed to provenance/cover.json")
    assert "link" in found["link"]


def edit_entry(folder: Path, at: int, edit: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "activity.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    row = json.loads(lines[at])
    edit(row)
    lines[at] = json.dumps(row) + "\n"
    path.write_text("".join(lines))


def test_an_edited_entry_is_named_by_its_line(bench: Bench, mine: Path) -> None:
    edit_entry(mine, 2, lambda row: row["data"].update(count=7))
    sealed_again(mine)
    found = [one for one in problems(bench, mine) if one["file"] == "activity.jsonl"]
    assert [(one["line"], "entry 3: its content" in one["text"]) for one in found] == [(3, True)]


def test_a_pseudonymised_chain_still_tells_a_changed_time(
    bench: Bench, redacted: Path, tmp_path: Path
) -> None:
    mine = copy(redacted, tmp_path / "mine")
    edit_entry(mine, 2, lambda row: row.update(at="2026-01-01T00:00:00.000Z"))
    sealed_again(mine)
    found = [one for one in problems(bench, mine) if one["file"] == "activity.jsonl"]
    assert found[0]["line"] == 3
    assert "number, time or commitment" in found[0]["text"]


def test_a_dropped_entry_and_a_cut_end_are_named(bench: Bench, full: Path, tmp_path: Path) -> None:
    lines = (full / "activity.jsonl").read_text().splitlines(keepends=True)
    for name, kept in (("dropped", lines[:3] + lines[4:]), ("cut", lines[:-2])):
        mine = copy(full, tmp_path / name)
        (mine / "activity.jsonl").write_text("".join(kept))
        sealed_again(mine)
        texts = [one["text"] for one in problems(bench, mine) if one["file"] == "activity.jsonl"]
        words = "missing or moved" if name == "dropped" else "end was cut off"
        assert any(words in text for text in texts), (name, texts)


def test_a_cut_end_is_told_by_the_head_of_a_ticket(
    bench: Bench, full: Path, tmp_path: Path
) -> None:
    manifest = json.loads((full / "manifest.json").read_text())
    head = f"{manifest['chain']['length']}:{manifest['chain']['head']}"
    bench.run("verify", str(full), "--head", head)
    mine = copy(full, tmp_path / "mine")
    lines = (mine / "activity.jsonl").read_text().splitlines(keepends=True)[:-2]
    (mine / "activity.jsonl").write_text("".join(lines))
    last = json.loads(lines[-1])
    manifest["chain"].update(length=last["n"], head=last["hash"])
    (mine / "manifest.json").write_text(json.dumps(manifest))
    sealed_again(mine)
    assert any("cut off" in one["text"] for one in problems(bench, mine, "--head", head))
    assert "head is a number" in bench.run("verify", str(full), "--head", "x", code=2).output


def test_a_number_that_no_query_gives_is_named_in_every_file(
    bench: Bench, full: Path, tmp_path: Path
) -> None:
    text = (full / "report.md").read_text()
    line = next(
        number for number, line in enumerate(text.splitlines(), 1) if line.startswith("Requests: ")
    )
    number = re.search(r"Requests: (\d+) \[Q1\]", text)
    assert number is not None
    wrong = str(int(number[1]) + 1)
    mine = copy(full, tmp_path / "markdown")
    change(mine / "report.md", number[0], f"Requests: {wrong} [Q1]")
    sealed_again(mine)
    found = [one for one in problems(bench, mine) if one["file"] == "report.md"]
    assert {one["line"] for one in found} == {line}
    assert f"it says {wrong} for Q1, which gives {number[1]}" in {one["text"] for one in found}

    mine = copy(full, tmp_path / "html")
    old = f'<data value="{number[1]}">{number[1]}</data>'
    change(mine / "report.html", old, f'<data value="{wrong}">{wrong}</data>')
    sealed_again(mine)
    assert any(
        f"it says {wrong} for Q1" in one["text"] and one["file"] == "report.html" and one["line"]
        for one in problems(bench, mine)
    )

    mine = copy(full, tmp_path / "row")
    path = mine / "evidence/requests.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    sealed_again(mine)
    texts = [one["text"] for one in problems(bench, mine)]
    assert any(text.startswith("Q1 (requests in the evidence) is said to give") for text in texts)


def test_words_that_carry_no_number_are_compared_too(bench: Bench, mine: Path) -> None:
    change(mine / "report.html", "not for auditing individuals", "for auditing individuals")
    sealed_again(mine)
    (found,) = problems(bench, mine)
    assert found["file"] == "report.html"
    assert found["line"]


def test_words_that_are_not_those_of_the_log_are_named(
    bench: Bench, full: Path, redacted: Path, tmp_path: Path
) -> None:
    """Somebody changes a finding and whatever is made from it, and leaves the log alone."""
    for at, folder in enumerate((full, redacted)):
        manifest = json.loads((folder / "manifest.json").read_text())
        head = f"{manifest['chain']['length']}:{manifest['chain']['head']}"
        mine = copy(folder, tmp_path / f"{at}")
        for name in ("report.json", "report.html", "report.md"):
            path = mine / name
            path.write_text(path.read_text().replace("concluded the course", "looked at it"))
        sealed_again(mine)
        found = problems(bench, mine, "--head", head)
        assert [one["text"] for one in found] == ["F1: its statement is not that of activity.jsonl"]


def test_a_table_that_is_not_the_evidence_is_named_by_its_line(
    bench: Bench, full: Path, tmp_path: Path
) -> None:
    for name, old, new in (
        ("requests.csv", b",GET,", b",PUT,"),
        ("timesketch.jsonl", b"Course changed", b"Course copied"),
    ):
        mine = copy(full, tmp_path / name)
        data = (mine / "evidence" / name).read_bytes()
        (mine / "evidence" / name).write_bytes(data.replace(old, new, 1))
        sealed_again(mine)
        (found,) = problems(bench, mine)
        assert found["file"] == f"evidence/{name}"
        assert found["line"]


def test_evidence_that_was_taken_away_is_told_by_the_log(bench: Bench, mine: Path) -> None:
    path = mine / "evidence/requests.jsonl"
    first, *others = path.read_text().splitlines(keepends=True)
    path.write_text("".join(others))
    sealed_again(mine)
    label = json.loads(first)["evidence"][0]
    assert any(
        f"requests of {label}, but activity.jsonl says" in one["text"]
        for one in problems(bench, mine)
    )


def test_what_is_no_json_is_named_by_its_line(bench: Bench, mine: Path) -> None:
    path = mine / "evidence/requests.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    lines[4] = "{" * 50_000 + "\n"
    path.write_text("".join(lines))
    sealed_again(mine)
    found = [one for one in problems(bench, mine) if one["file"] == "evidence/requests.jsonl"]
    assert found[0]["line"] == 5


def _uncover(report: Any) -> None:
    report["evidence"][1]["coverage"][0]["state"] = "not fetched"


def _uncover_all(report: Any) -> None:
    report["coverage"][0]["reason"] = "pruned"


def _untag(report: Any) -> None:
    report["evidence"][1]["tags"] = []


def _untag_case(report: Any) -> None:
    (fact,) = [fact for fact in report["facts"] if fact["label"] == "Tags"]
    fact["text"][0]["text"] = "chemistry"


def _fetch(coverage: Any) -> None:
    coverage[1]["stretches"][0]["state"] = "none"


def _rename(sources: Any) -> None:
    sources[0]["name"] = "another.jsonl"


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        ("report.json", _uncover, "the coverage of E2 is not what"),
        ("report.json", _uncover_all, "its coverage as a whole is not what"),
        ("report.json", _untag, "E2: its tags are not those"),
        ("report.json", _untag_case, "the tags of the case are not those"),
        ("provenance/coverage.json", _fetch, "the coverage of E2 is not what"),
        ("provenance/sources.json", _rename, "its sources are not what"),
    ],
)
def test_sources_coverage_and_tags_are_compared(
    bench: Bench, mine: Path, name: str, edit: Callable[[Any], None], said: str
) -> None:
    found = json.loads((mine / name).read_text())
    edit(found)
    (mine / name).write_text(json.dumps(found))
    sealed_again(mine)
    assert any(said in one["text"] for one in problems(bench, mine))


def test_a_row_of_a_source_that_is_not_told_is_named_by_its_line(bench: Bench, mine: Path) -> None:
    change(mine / "evidence/requests.jsonl", '"source":', '"source":9')
    sealed_again(mine)
    found = [one for one in problems(bench, mine) if "does not have" in one["text"]]
    assert [(one["file"], one["line"]) for one in found] == [("evidence/requests.jsonl", 1)]


def test_the_hash_that_a_reader_noted_tells_a_report_made_anew(bench: Bench, mine: Path) -> None:
    noted = hashlib.sha256((mine / "MANIFEST.sha256").read_bytes()).hexdigest()
    told = bench.run("verify", str(mine), "--manifest-sha256", noted.upper()).stdout
    assert "noted: holds: MANIFEST.sha256 has the SHA-256 you gave." in told
    (mine / "README").write_text("One more.")
    with (mine / "MANIFEST.sha256").open("a") as sums:
        sums.write(f"{hashlib.sha256(b'One more.').hexdigest()}  README\n")
    found = problems(bench, mine, "--manifest-sha256", noted)
    assert f"not the {noted} that you gave" in found[0]["text"]
    refused = bench.run("verify", str(mine), "--manifest-sha256", noted[1:], code=2)
    assert "it has 64 hexadecimal digits" in refused.output


def keys(folder: Path) -> tuple[Path, Path]:
    """A new key, and the file of allowed signers that has it."""
    key = folder / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True
    )
    allowed = folder / "allowed"
    allowed.write_text(f"dean@campus.example {key.with_suffix('.pub').read_text()}")
    return key, allowed


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed here")
def test_a_signature_is_checked_as_ssh_keygen_checks_it(
    bench: Bench, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key, allowed = keys(tmp_path)
    folder = export(bench, tmp_path / "report", "--sign", str(key), "--zip")
    signers = ("--allowed-signers", str(allowed))
    for path in (folder, folder.with_name("report.zip")):
        assert "signed by dean@campus.example" in bench.run("verify", str(path), *signers).stdout
    assert "--allowed-signers FILE tells by whom" in bench.run("verify", str(folder)).stdout
    ssh = [
        *("ssh-keygen", "-Y", "verify", "-n", "logsleuth", "-I", "dean@campus.example"),
        *("-f", str(allowed), "-s", str(folder / "MANIFEST.sha256.sig")),
    ]
    sums = (folder / "MANIFEST.sha256").read_bytes()
    assert subprocess.run(ssh, input=sums, capture_output=True, check=False).returncode == 0

    _, others = keys(tmp_path_factory.mktemp("other"))
    stranger = ("--allowed-signers", str(others))
    assert any("signer is none" in one["text"] for one in problems(bench, folder, *stranger))
    change(folder / "report.md", "Incident report", "Accident report")
    sealed_again(folder)
    found = [one for one in problems(bench, folder, *signers) if "signature" in one["text"]]
    assert found[0]["file"] == "MANIFEST.sha256.sig"
    sums = (folder / "MANIFEST.sha256").read_bytes()
    assert subprocess.run(ssh, input=sums, capture_output=True, check=False).returncode != 0


def test_an_unsigned_report_does_not_pass_for_a_signed_one(
    bench: Bench, full: Path, tmp_path: Path
) -> None:
    allowed = tmp_path / "allowed"
    allowed.touch()
    (found,) = problems(bench, full, "--allowed-signers", str(allowed))
    assert found["file"] == "MANIFEST.sha256.sig"


def packed(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("../../evil", b"x")], "leave the folder"),
        ([("/etc/evil", b"x")], "leave the folder"),
        ([("a\\..\\evil", b"x")], "leave the folder"),
        ([("MANIFEST.sha256", b"\0" * 50_000_000)], "unpacks to far more"),
        ([(f"{number}", b"") for number in range(1_100)], "more files"),
        ([("report.md", b"x")], "is no report"),
    ],
)
def test_an_archive_that_wants_to_do_harm_is_refused(
    bench: Bench, tmp_path: Path, entries: list[tuple[str, bytes]], words: str
) -> None:
    path = packed(tmp_path / "hostile.zip", *entries)
    before = sorted(os.listdir(tmp_path))
    assert words in bench.run("verify", str(path), code=1).output
    assert sorted(os.listdir(tmp_path)) == before


def test_what_is_no_report_is_refused(bench: Bench, tmp_path: Path) -> None:
    assert "no report" in bench.run("verify", str(tmp_path), code=1).output
    plain = tmp_path / "file"
    plain.write_text("hello")
    assert "no archive" in bench.run("verify", str(plain), code=1).output
    bench.run("verify", str(tmp_path / "nowhere"), code=2)
