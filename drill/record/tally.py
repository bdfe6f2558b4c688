"""The tally of a run: what its END says of its batches."""

from __future__ import annotations

import hashlib
from typing import Any

from drill.record.wire import End


class Tally:
    """Counts batches and rows and hashes the crc32s in the order of `seq`."""

    def __init__(self) -> None:
        self.batches = 0
        self.rows: dict[str, int] = {}
        self._hash: Any = hashlib.sha256()

    def add(self, channel: str, n: int, crc32: int) -> None:
        """Take the next batch in."""
        self.batches += 1
        self.rows[channel] = self.rows.get(channel, 0) + n
        self._hash.update(crc32.to_bytes(4, "little"))

    def end(self, *, complete: bool = True) -> End:
        """Return the END message for the batches so far."""
        return End(self.batches, dict(self.rows), self._hash.hexdigest(), complete)
