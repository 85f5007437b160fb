"""Small files for their owner alone, written whole or not at all."""

import os
from pathlib import Path
from tempfile import mkstemp

from logsleuth.store.paths import private_folder


def write(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in place of the one that is there, or of a link; its folder is
    made where there is none.  Raises ``OSError``, and has changed nothing then."""
    private_folder(path.parent)
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
