"""Signatures by OpenSSH, which every investigator's machine has: ``ssh-keygen -Y``."""

import os
import shutil
import subprocess
from pathlib import Path

from logsleuth.report.errors import ReportError
from logsleuth.store import paths

NAMESPACE = "logsleuth"
_TOO_LONG = 600
"""Seconds: a key may ask for its passphrase, or for a touch."""


def sign(path: Path, key: Path) -> None:
    """Sign a file with a key, beside it with ``.sig`` added; ``ReportError`` if that fails."""
    done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(path)])
    signature = path.with_name(f"{path.name}.sig")
    if done.returncode or not signature.is_file():
        raise ReportError(f"The report was not signed with {key}: {_words(done)}")
    signature.chmod(0o600)
    paths.sync_file(signature)


def verified_by(signature: Path, data: bytes, allowed: Path) -> str:
    """Whose signature it is, by a file of allowed signers; ``ReportError`` if it does not hold."""
    asked = _run(["-Y", "find-principals", "-s", str(signature), "-f", str(allowed)])
    principal = asked.stdout.decode(errors="replace").partition("\n")[0].strip()
    if asked.returncode or not principal:
        raise ReportError(f"the signer is none of those in {allowed}")
    done = _run(
        [
            "-Y",
            "verify",
            "-n",
            NAMESPACE,
            "-s",
            str(signature),
            "-f",
            str(allowed),
            "-I",
            principal,
        ],
        data,
    )
    if done.returncode:
        raise ReportError(f"the signature does not hold: {_words(done)}")
    return principal


def holds(signature: Path, data: bytes) -> bool:
    """Whether the signature is one of these bytes, whoever made it."""
    done = _run(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(signature)], data)
    return done.returncode == 0


def _run(arguments: list[str], data: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ReportError("signatures need ssh-keygen (OpenSSH), which is not installed here.")
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            [program, *arguments],
            input=data,
            # Without data, the terminal: it is where the passphrase of a key is asked for.
            capture_output=True,
            timeout=_TOO_LONG,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReportError("ssh-keygen did not answer within ten minutes.") from error


def _words(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "ssh-keygen said nothing."
