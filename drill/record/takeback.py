"""What somebody took back at the station: noted on its disk at once, told to the server as soon as it is reached.

`takeback/<run id>` in the spool holds the version of the consent that was taken back. The note goes only after the
server has answered, so that neither a power cut nor a day without network loses it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from drill.record.disk import sync_folder

FOLDER: Final = "takeback"
_RUN_ID: Final = re.compile(r"[0-9a-f]{32}")


def note_takeback(spool: Path, run_id: str, version: str) -> None:
    """Note that a run is to be deleted, here and on the server. Raise OSError when the disk does not take it."""
    folder = spool / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f"{run_id}.part"
    with partial.open("w", encoding="utf-8") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, folder / run_id)
    sync_folder(folder)


def takebacks(spool: Path) -> dict[str, str]:
    """Return what is still to be told: the consent's version by run id."""
    folder = spool / FOLDER
    if not folder.is_dir():
        return {}
    return {p.name: p.read_text("utf-8") for p in sorted(folder.iterdir()) if _RUN_ID.fullmatch(p.name)}


def forget_takeback(spool: Path, run_id: str) -> None:
    """Drop a note: the server knows."""
    (spool / FOLDER / run_id).unlink(missing_ok=True)
