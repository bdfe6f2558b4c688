"""The station's side of one upload socket as a state machine, with no input or output of its own.

One socket carries one run: HELLO, WELCOME, then SEGMENT and DATA as far as the window allows, ACK by ACK, at last
END and DONE. Whoever moves the bytes (`drill.record.uplink`) sends what `next_frame` gives and hands in what comes.
"""

from __future__ import annotations

import base64
from collections import deque
from typing import Final

from drill.record import wire
from drill.record.spooled import SpooledRun
from drill.record.wire import Ack, Done, Hello, Nack, Refusal, Segment, Welcome

COMMIT_WINDOW_S: Final = 0.05
ACK_DEADLINE_S: Final = 3 * COMMIT_WINDOW_S + 3.0
"""No progress for so long with something under way: the socket is dead, whatever it says."""
DONE_DEADLINE_S: Final = 30.0
REFUSAL_CODES: Final = 4000
"""Close codes from here on are this protocol's own and final for the socket's run; lower ones say: try again."""


class ProtocolError(RuntimeError):
    """The server said something that this protocol does not allow at this point: connect anew."""


class UploadRefusedError(RuntimeError):
    """The server ended the upload with a code of this protocol."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Upload:
    """What one socket knows of its run.

    Attributes:
        run: the run.
        w: lowest `seq` that is not durable on the server.
        next_seq: the next to be sent.
        done: whether the server has verified and kept the whole run.
        notes: what the server remarked without ending the upload.
    """

    def __init__(self, run: SpooledRun) -> None:
        self.run = run
        self.w = 0
        self.next_seq = 0
        self.done = False
        self.notes: list[str] = []
        self._window = 0
        self._welcomed = False
        self._in_flight: deque[tuple[int, int]] = deque()
        self._in_flight_bytes = 0
        self._announced: set[int] = set()
        self._end_sent = False
        self._nacked = -1
        self._progress_at = 0.0

    def hello(self, now: float) -> bytes:
        """Return the message that opens the run. `now` is a monotonic time in seconds, here and below."""
        self._progress_at = now
        header = base64.b64encode(self.run.sealed_header).decode("ascii")
        return wire.encode(Hello(wire.PROTO, self.run.run_id, 0, self.run.durable, header))

    def next_frame(self, now: float) -> bytes | str | None:
        """Return the frame to send now (bytes: binary, str: text), or None when there is nothing to send yet."""
        run = self.run
        if not self._welcomed or self._end_sent:
            return None
        if self.next_seq >= run.durable:
            if run.end is None or self.next_seq < len(run.entries):
                return None
            self._end_sent = True
            self._progress_at = now
            return wire.encode(run.end).decode("ascii")
        entry = run.entries[self.next_seq]
        if self._in_flight and self._in_flight_bytes + entry.length > self._window:
            return None
        if not self._in_flight:
            self._progress_at = now
        if entry.segment not in self._announced:
            self._announced.add(entry.segment)
            key = base64.b64encode(run.keys[entry.segment]).decode("ascii")
            return wire.encode(Segment(entry.segment, key)).decode("ascii")
        frame = run.frame(self.next_seq)
        self._in_flight.append((self.next_seq, entry.length))
        self._in_flight_bytes += entry.length
        self.next_seq += 1
        return frame

    def receive(self, message: object, now: float) -> None:
        """Take what the server said.

        Raises:
            UploadRefusedError: the server ends the upload.
            ProtocolError: it must not say that here.
        """
        if isinstance(message, Refusal):
            if message.code >= REFUSAL_CODES:
                raise UploadRefusedError(message.code, message.message)
            if message.code:
                msg = f"the server says {message.code}: {message.message}"
                raise ProtocolError(msg)
            self.notes.append(message.message)
            if self._end_sent and message.seq is not None:
                self._rewind(message.seq, now)
        elif isinstance(message, Welcome):
            self._welcome(message, now)
        elif not self._welcomed:
            msg = f"the server said {type(message).__name__} before WELCOME"
            raise ProtocolError(msg)
        elif isinstance(message, Ack):
            self._acknowledge(message.w, now)
        elif isinstance(message, Nack):
            self._rewind(message.expected, now)
        elif isinstance(message, Done):
            self._finish(message)

    def overdue(self, now: float) -> bool:
        """Whether the server owes an answer for too long."""
        if not self._welcomed:
            return now - self._progress_at > ACK_DEADLINE_S
        if self._in_flight:
            return now - self._progress_at > ACK_DEADLINE_S
        return self._end_sent and now - self._progress_at > DONE_DEADLINE_S

    def _welcome(self, message: Welcome, now: float) -> None:
        if self._welcomed:
            msg = "the server said WELCOME twice"
            raise ProtocolError(msg)
        self._check_known(message.w)
        self._welcomed = True
        self._window = message.max_inflight_bytes
        self.w = self.next_seq = message.w
        self._progress_at = now

    def _acknowledge(self, w: int, now: float) -> None:
        self._check_known(w)
        if w <= self.w:
            return
        self.w = w
        self.next_seq = max(self.next_seq, w)
        self._progress_at = now
        self._nacked = -1
        while self._in_flight and self._in_flight[0][0] < w:
            self._in_flight_bytes -= self._in_flight.popleft()[1]

    def _rewind(self, expected: int, now: float) -> None:
        """Go back to what the server misses; NACKs for frames that were still in the pipe say the same and wait."""
        if expected > self.next_seq:
            msg = f"the server expects seq {expected}, of which nothing was sent yet"
            raise ProtocolError(msg)
        if expected == self._nacked:
            return
        self._nacked = expected
        self._in_flight.clear()
        self._in_flight_bytes = 0
        self._end_sent = False
        self.w = min(self.w, expected)
        self.next_seq = expected
        self._progress_at = now

    def _finish(self, message: Done) -> None:
        end = self.run.end
        if not self._end_sent or end is None or message.run_id != self.run.run_id or message.w < end.batches:
            msg = f"the server said DONE for run {message.run_id[:40]} up to {message.w}, which is not what was ended"
            raise ProtocolError(msg)
        self.done = True

    def _check_known(self, w: int) -> None:
        """A server may know more of a run than a spool that lost its last second, never of one that is whole."""
        cut_off = self.run.end is not None and not self.run.end.complete
        if w > len(self.run.entries) and not cut_off:
            msg = f"server has batches up to {w}, this spool only {len(self.run.entries)}: another station's run?"
            raise UploadRefusedError(wire.CLOSE_CONFLICT, msg)
