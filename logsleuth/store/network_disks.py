"""Whether a folder is on a disk that other machines have too, where SQLite's locks may not hold.

Linux lists what is mounted where in ``/proc/self/mountinfo`` (proc(5)); elsewhere nothing is
known, and nothing is said.
"""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

_KINDS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "lustre", "gpfs"),
        *("glusterfs", "ocfs2", "gfs2", "beegfs", "davfs", "vboxsf", "vmhgfs", "virtiofs"),
        *("fuse.sshfs", "fuse.rclone", "fuse.glusterfs", "fuse.davfs2", "fuse.s3fs"),
    }
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_disk(folder: Path) -> str | None:
    """The kind of network file system (``nfs4``, …) that a folder is on; ``None`` for a disk of
    this machine, and where nobody says."""
    try:
        mounts = [found for line in MOUNTS.read_text().splitlines() if (found := _mount(line))]
        place = folder.resolve()
    except (OSError, UnicodeDecodeError):
        return None
    over = [(len(point.parts), kind) for point, kind in mounts if place.is_relative_to(point)]
    # Of mounts on one point, the last one listed is the one on top.
    longest = max((depth for depth, _ in over), default=0)
    kind = next((kind for depth, kind in reversed(over) if depth == longest), None)
    return kind if kind in _KINDS else None


def _mount(line: str) -> tuple[Path, str] | None:
    before, dash, after = line.partition(" - ")
    fields = before.split(" ")
    if not dash or len(fields) < 5:
        return None
    return Path(_OCTAL.sub(lambda digits: chr(int(digits[1], 8)), fields[4])), after.split(" ")[0]
