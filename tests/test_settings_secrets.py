"""Where addresses and secrets come from, and that secrets go nowhere else."""

import os
import pickle
import stat
import sys
from functools import partial
from pathlib import Path

import pytest
from canvas_syncing import holds
from click.testing import CliRunner, Result
from standins.canvas import TOKEN, StandIn, refused
from standins.serving import Serving

from logsleuth.cli import credentials
from logsleuth.cli.main import cli
from logsleuth.model.secret import Secret


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DAP_API_URL", "DAP_CLIENT_ID", "DAP_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name in ("CANVAS_API_URL", "CANVAS_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOGSLEUTH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LOGSLEUTH_ALLOW_LOOPBACK_HTTP", "1")


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    """The configuration file with this text and mode."""
    path = folder / "config" / "logsleuth" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def check(*args: str) -> Result:
    return CliRunner().invoke(cli, ["sync", "--check", *args])


def canvas_works(folder: Path, text: str) -> Result:
    """A check of Canvas with a file that holds ``text`` after the address."""
    standin = StandIn(users={101: {"id": 101, "name": "Ana Ortiz"}})
    with standin.serve() as server:
        write(folder, f'canvas_api_url = "{server.url}"\n{text}')
        return check()


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert canvas_works(tmp_path, f'canvas_api_token = "{TOKEN}"').exit_code == 0
    monkeypatch.setenv("CANVAS_API_TOKEN", "another")
    refused_now = canvas_works(tmp_path, f'canvas_api_token = "{TOKEN}"')
    assert refused_now.exit_code == 1
    assert "does not accept the access token" in refused_now.stdout
    monkeypatch.setenv("CANVAS_API_TOKEN", "  ")
    assert canvas_works(tmp_path, f'canvas_api_token = "{TOKEN}"').exit_code == 0


def test_a_command_prints_the_secret_in_its_first_line(tmp_path: Path) -> None:
    script = tmp_path / "vault"
    script.write_text(f"#!/bin/sh\necho '{TOKEN}'\necho login: ana\necho loud >&2\n")
    script.chmod(0o700)
    result = canvas_works(tmp_path, f"canvas_token_command = \"{script} show 'my canvas'\"")
    assert result.exit_code == 0, result.output
    assert "loud" not in result.output


def test_a_command_is_no_shell(tmp_path: Path) -> None:
    result = canvas_works(tmp_path, f'canvas_token_command = "echo {TOKEN} > {tmp_path}/leak"')
    assert not (tmp_path / "leak").exists()
    assert result.exit_code == 1
    assert TOKEN not in result.output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/no/such/program-CANARY show", "cannot be run"),
        ("false CANARY", "exit code 1"),
        ("true CANARY", "printed no secret"),
        ("'CANARY", "quotes are not closed"),
        ("", "empty command"),
        (f"{sys.executable} -c 'print(chr(233) + \"CANARY\")'", "no such secret has"),
    ],
)
def test_a_command_that_gives_no_secret_is_one_sentence(
    tmp_path: Path, command: str, said: str
) -> None:
    if not command:
        command = " "
    result = canvas_works(tmp_path, f'canvas_token_command = """{command}"""')
    assert result.exit_code == 1
    assert said in result.stdout
    assert "CANARY" not in result.output
    assert "Traceback" not in result.output


def test_a_command_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.2)
    result = canvas_works(tmp_path, 'canvas_token_command = "sleep 60"')
    assert result.exit_code == 1
    assert "printed no secret in 0.2 seconds" in result.stdout


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644])
def test_a_file_with_secrets_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path, f'canvas_api_url = "https://c.example"\ncanvas_api_token = "{TOKEN}"\n')
    path.chmod(mode)
    result = check()
    assert result.exit_code == 1
    assert f"chmod 600 {path}" in result.stdout
    assert TOKEN not in result.output


@pytest.mark.parametrize("line", ['canvas_token_command = "true"', 'dap_api_url = "https://d.x"'])
def test_a_file_that_others_can_write_is_refused_where_secrets_could_be_led_away(
    tmp_path: Path, line: str
) -> None:
    write(tmp_path, f'canvas_api_url = "https://c.example"\n{line}\n', 0o662)
    result = check()
    assert result.exit_code in {1, 2}
    with pytest.raises(Exception, match="others may write it"):
        credentials.canvas()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_account_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, f'canvas_api_token = "{TOKEN}"\n')
    os.chown(path, 65534, -1)
    result = check()
    assert "belongs to another account" in result.stdout


def test_a_file_without_secrets_may_be_open(tmp_path: Path) -> None:
    path = write(tmp_path, 'timezone = "America/Denver"\n', 0o644)
    assert CliRunner().invoke(cli, ["fields"]).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_two_ways_to_one_secret_are_refused(tmp_path: Path) -> None:
    result = canvas_works(
        tmp_path, f'canvas_api_token = "{TOKEN}"\ncanvas_token_command = "true"\n'
    )
    assert "keep one" in result.stdout


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://canvas.example.edu", "only https"),
        ("ftp://canvas.example.edu", "only https"),
        ("canvas.example.edu", "CANVAS_API_URL"),
        ("https://ana:CANARY@canvas.example.edu", "not the address of a server"),
        ("https://canvas.example.edu/api/v1", "scheme and host alone"),
        ("https://canvas.example.edu/?access_token=CANARY", "scheme and host alone"),
        ("https://canvas.example.edu/#CANARY", "scheme and host alone"),
    ],
)
def test_an_address_that_is_none_is_misuse(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("CANVAS_API_URL", url)
    monkeypatch.setenv("CANVAS_API_TOKEN", TOKEN)
    result = CliRunner().invoke(cli, ["sync", "course-events"])
    assert result.exit_code == 2
    assert said in result.stderr
    assert "CANARY" not in result.output
    assert TOKEN not in result.output


def test_what_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = check()
    assert nothing.exit_code == 2
    assert nothing.stdout.count("Not set up") == 2
    monkeypatch.setenv("CANVAS_API_URL", "https://canvas.example.edu")
    result = CliRunner().invoke(cli, ["sync", "course-events"])
    assert result.exit_code == 2
    assert "CANVAS_API_TOKEN is not set" in result.stderr
    assert "canvas_token_command" in result.stderr
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("value", ["a b", "tok\nen", "tök", "tok\ten"])
def test_a_secret_no_header_can_carry_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CANVAS_API_URL", "https://canvas.example.edu")
    monkeypatch.setenv("CANVAS_API_TOKEN", value)
    result = CliRunner().invoke(cli, ["sync", "course-events"])
    assert result.exit_code == 2
    assert value not in result.output


def test_a_wrong_value_in_the_file_is_not_repeated(tmp_path: Path) -> None:
    write(tmp_path, "canvas_api_token = CANARY\n")
    result = check()
    assert result.exit_code == 2
    assert "is no TOML" in result.stderr
    assert "CANARY" not in result.output


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(TOKEN)
    texts = [str(secret), repr(secret), f"{secret}", f"{secret!r:>40}", "%s" % secret]  # noqa: UP031
    assert not any(TOKEN in text for text in texts)
    assert TOKEN not in repr(credentials.CanvasCredentials("https://c.example", secret))
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.reveal() == TOKEN


def test_no_secret_stands_in_any_file_or_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANVAS_API_TOKEN", TOKEN)
    log = tmp_path / "log.txt"
    outputs = []
    for refusal in ("", "bad_token", "no_permission_new", "unauthenticated"):
        answer = StandIn(users={101: {"id": 101, "name": "Ana"}}).answer
        if refusal:
            answer = partial(lambda kind, _asked: refused(kind), refusal)
        with Serving(answer) as server:
            monkeypatch.setenv("CANVAS_API_URL", server.url)
            for args in (["sync", "--check"], ["sync", "course-events"], ["sync", "names"]):
                result = CliRunner().invoke(cli, ["--log-file", str(log), *args])
                outputs.append(result.output + repr(result.exception))
    assert TOKEN not in "".join(outputs)
    assert holds(tmp_path, TOKEN) == []
