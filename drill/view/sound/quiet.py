"""Keeps what drivers and engines write past Python out of a station's terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO


@contextmanager
def quiet() -> Iterator[None]:
    """Swallow standard error of the whole process, and Python's standard output, for a short while at start-up."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as sink:
        kept = os.dup(2)
        try:
            os.dup2(sink.fileno(), 2)
            with redirect_stdout(StringIO()):
                yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
