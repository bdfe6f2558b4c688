"""How much memory the process of the tests holds."""

from __future__ import annotations

import gc
import resource
from pathlib import Path
from typing import Final

MEGABYTE: Final = 2**20


def resident_bytes() -> int:
    """Return the resident memory once all that can be collected is."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
