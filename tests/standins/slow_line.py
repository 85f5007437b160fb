"""A real SSH server behind a line that is long: what goes through it arrives later.

Each byte is held for half of the round trip and then passed on, in order; the line is not
narrow, only long.  The server is started for one connection, as by inetd, and ends with it.
"""

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin:/usr/bin")
SSH = shutil.which("ssh")
KEYGEN = shutil.which("ssh-keygen")

_SERVER = """
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PrintMotd no
PrintLastLog no
LogLevel ERROR
"""

_CLIENT = """
Host far
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/user
  IdentitiesOnly yes
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  LogLevel ERROR
"""


_ROOM = (
    ["unshare", "--mount", "sh", "-c",
     'mount -t tmpfs none /run && mkdir /run/sshd && exec "$@"', "sh"]
    if os.geteuid() == 0 and not Path("/run/sshd").is_dir() else []
)  # fmt: skip
"""In front of the server where the folder is missing that it insists on, as root: it gets one
of its own, which nothing else sees."""


def missing() -> str:
    """What this machine lacks for it; empty if nothing."""
    tools = {"sshd": SSHD, "ssh": SSH, "ssh-keygen": KEYGEN}
    lacking = [name for name, path in tools.items() if path is None]
    if not lacking and _ROOM and shutil.which("unshare") is None:
        lacking = ["/run/sshd"]
    return ", ".join(lacking)


class SlowLine:
    """``ssh -F config far …`` reaches the server over a round trip of so many seconds."""

    def __init__(self, folder: Path, round_trip: float) -> None:
        self._folder = folder
        self._delay = round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slow line")
        self._servers: list[subprocess.Popen[bytes]] = []

    @property
    def client(self) -> tuple[str, ...]:
        """The program that one reaches it with, on a terminal."""
        return (str(SSH), "-tt", "-F", str(self._folder / "config"), "far")

    def __enter__(self) -> "SlowLine":
        for name in ("host", "user"):
            path = str(self._folder / name)
            command = [str(KEYGEN), "-q", "-t", "ed25519", "-N", "", "-f", path]
            subprocess.run(command, check=True)
        (self._folder / "sshd_config").write_text(_SERVER.format(folder=self._folder))
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0), self._loop
        ).result()
        config = _CLIENT.format(
            port=listening.sockets[0].getsockname()[1], user=getpass.getuser(), folder=self._folder
        )
        (self._folder / "config").write_text(config)
        self._listening = listening
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._listening.close()
        for server in self._servers:
            server.terminate()
            server.wait()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # Connections that were given up are closed in the next turn.

    async def _connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Start a server for the connection, on a connection of its own."""
        with socket.create_server(("127.0.0.1", 0)) as door:
            ours = socket.create_connection(door.getsockname())
            theirs = door.accept()[0]
        command = [*_ROOM, str(SSHD), "-i", "-f", str(self._folder / "sshd_config")]
        with theirs:
            self._servers.append(subprocess.Popen(command, stdin=theirs, stdout=theirs))
        far, there = await asyncio.open_connection(sock=ours)
        try:
            await asyncio.gather(self._carry(near, there), self._carry(far, back))
        except asyncio.CancelledError:
            return  # Python 3.11 would complain of it.
        finally:
            for writer in (there, back):
                writer.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on what comes, each part when its time has come."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due, part = await under_way.get()
                await asyncio.sleep(due - self._loop.time())
                if not part:
                    target.close()
                    return
                target.write(part)

        arriving = asyncio.create_task(arrive())
        with suppress(ConnectionError):
            part = b"begin"
            while part:
                part = await source.read(1 << 16)
                under_way.put_nowait((self._loop.time() + self._delay, part))
        with suppress(ConnectionError):
            await arriving
