"""Progress of a run on standard error: one line that updates on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Final, TextIO

from drill.session.frame import Frame

EVERY_S: Final = 0.2
PLAIN_EVERY_S: Final = 30.0
"""Run time between two plain lines."""


class Progress:
    """Shows how far a run is."""

    def __init__(self, *, duration_s: float, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._duration_s = duration_s
        self._terminal = self._stream.isatty()
        self._began = time.monotonic()
        self._shown_at = -EVERY_S
        self._next_plain_s = PLAIN_EVERY_S

    def __call__(self, frame: Frame) -> None:
        """Show a frame, if it is time for it."""
        if self._terminal:
            now = time.monotonic()
            if now - self._shown_at >= EVERY_S:
                self._shown_at = now
                self._write(f"\r\x1b[K{self._line(frame)}")
        elif frame.t_s >= self._next_plain_s:
            self._next_plain_s += PLAIN_EVERY_S
            self._write(self._line(frame) + "\n")

    def done(self, text: str) -> None:
        """Show the last line."""
        self._write(f"\r\x1b[K{text}\n" if self._terminal else text + "\n")

    def _line(self, frame: Frame) -> str:
        speed = frame.t_s / max(time.monotonic() - self._began, 1e-3)
        body = frame.resident
        parts = [f"{frame.t_s:5.0f} / {self._duration_s:.0f} s", f"x{speed:.0f}", f"level {frame.warning_level}"]
        if body.depth_m > 0:
            parts.append(f"water {body.depth_m:.2f} m")
        if body.extinction_per_m > 0.05:
            parts.append(f"sight {body.visibility_m:.0f} m")
        parts.append(body.state.name.lower())
        return "  ".join(parts)

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
