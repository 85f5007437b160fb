"""What only a process of its own can show: pipes, terminals, imports, exit codes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Spawn, World, command, environment, request_id

Terminal = Callable[..., str]


@pytest.mark.parametrize(
    "args", [["--version"], ["count"], ["search"], ["top", "user"], ["fields"], ["events"]]
)
def test_no_command_loads_the_screen_or_the_network(world: World, args: list[str]) -> None:
    script = (
        "import sys\n"
        "from logsleuth.__main__ import main\n"
        f"sys.argv = ['logsleuth', '--cache', {str(world.cache)!r}, *{args!r}]\n"
        "try:\n    main()\n"
        "finally:\n"
        "    heavy = {'textual', 'httpx', 'logsleuth.demo', 'logsleuth.tui'} & set(sys.modules)\n"
        "    print(sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(world),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "[]\n"


def test_the_version_needs_no_database_and_no_grammar(world: World) -> None:
    script = (
        "import sys\n"
        "from logsleuth.__main__ import main\n"
        "sys.argv = ['logsleuth', '--version']\n"
        "try:\n    main()\n"
        "finally:\n"
        "    heavy = {'apsw', 'sqlite3', 'sqlite_utils', 'lark', 'rich'} & set(sys.modules)\n"
        "    print(sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(world), capture_output=True, text=True
    )
    assert done.stderr == "[]\n"
    assert done.stdout.startswith("logsleuth 0.")


def test_a_pipe_gets_json_lines_and_a_terminal_a_table(spawn: Spawn, terminal: Terminal) -> None:
    piped = spawn("search", "--limit", "1").stdout.decode()
    assert json.loads(piped)["id"] == request_id(9)
    shown = terminal("search", "--limit", "1", columns=80)
    assert shown.splitlines()[0].split()[0] == "time"


@pytest.mark.parametrize("columns", [80, 132])
def test_no_line_of_a_table_is_wider_than_the_terminal(terminal: Terminal, columns: int) -> None:
    for args in (["search"], ["timeline", "--by", "day"], ["top", "agent"]):
        assert max(map(len, terminal(*args, columns=columns).splitlines())) <= columns


@pytest.mark.parametrize("style", ["table", "jsonl", "csv"])
def test_nothing_from_data_reaches_a_terminal_raw(terminal: Terminal, style: str) -> None:
    shown = terminal("search", "--columns", "user_agent", "--format", style, columns=200)
    assert all(line.isprintable() for line in shown.splitlines())
    assert "app.quit" in shown


def test_traces_are_words_on_a_terminal(terminal: Terminal) -> None:
    assert "recorded as 202" in terminal("trace", "--all")


def test_a_closed_pipe_ends_quietly(world: World) -> None:
    child = subprocess.Popen(
        command(world, ("search", "--limit", "0")),
        env=environment(world),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout
    assert child.stderr
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait() == 0
    child.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_one_sentence(spawn: Spawn) -> None:
    with open("/dev/full", "wb") as full:
        done = spawn("search", stdout=full)
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"No space left" in done.stderr


def test_the_exit_code_of_a_mistake_reaches_the_shell(spawn: Spawn) -> None:
    done = spawn("count", "user_id:")
    assert done.returncode == 2
    assert done.stdout == b""


def test_output_is_utf_8_in_any_locale(world: World) -> None:
    done = subprocess.run(
        command(world, ("search", "--format", "table", "--columns", "user_agent")),
        env={
            **environment(world),
            "LC_ALL": "POSIX",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
        },
        capture_output=True,
        check=True,
    )
    assert "⟨U+202E⟩" in done.stdout.decode("utf-8")


def test_the_app_is_not_opened_without_a_terminal(spawn: Spawn) -> None:
    done = spawn(stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
