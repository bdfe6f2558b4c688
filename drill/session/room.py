"""A room: the stations of a gym hear each other without a server, and 訓練中止 reaches all of them at once.

Stations send a beacon a second by IPv4 multicast on every network that the machine has, the loopback too. The address
is 224.0.0.254 (RFC 4727: for experiments, in the block that stays on its link): time to live 1, no router passes it on,
and no switch that prunes multicast holds it back. What is said is sealed with the room's key (see
`drill.session.roomcall`); a station without one opens no socket and hears nothing.

A stop is repeated ten times in its first second and then every second until it is lifted, so that a station which
starts meanwhile hears it too. Stations say in their beacons which stop they heard: that is its acknowledgement.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drill.session.roomcall import (
    MOST_CALLS,
    NAME_CHARACTERS,
    Gate,
    Here,
    RoomRefusedError,
    Said,
    StationState,
    Stop,
    Voice,
)

GROUP: Final = "224.0.0.254"
PORT: Final = 18350
BEACON_S: Final = 1.0
HURRY_S: Final = 0.1
HURRIED: Final = 10
"""So many repetitions of a stop, `HURRY_S` apart, before it is repeated with every beacon."""
GONE_S: Final = 6.0
JOIN_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Station:
    """Another station of the room.

    Attributes:
        name: what staff call it.
        state: what it does.
        heard: whether it heard the stop that is in force.
        silent_s: how long nothing came from it, s.
    """

    name: str
    state: StationState
    heard: bool
    silent_s: float


@dataclass(slots=True)
class _Known:
    here: Here
    at: float


class Room:
    """A station's or an operator's place in a room; works in a thread of its own, and a drill never waits for it.

    Args:
        key: the room's key.
        name: of this station.
        operator: an operator is no station: it sends no beacon and is not counted.
        on_stop: called in the room's thread with True when a stop is heard, with False when it is lifted.
        port: UDP port.
        interfaces: names of the networks to use; None uses all.

    Attributes:
        fault: why nothing can be sent or heard, "" while all is well.
        stopped: whether a stop was heard and not lifted since.
    """

    def __init__(
        self,
        key: bytes,
        *,
        name: str,
        operator: bool = False,
        on_stop: Callable[[bool], None] | None = None,
        port: int = PORT,
        interfaces: tuple[str, ...] | None = None,
    ) -> None:
        self.fault = ""
        self.stopped = False
        self._name = name[:NAME_CHARACTERS]
        self._operator = operator
        self._on_stop = on_stop
        self._port = port
        self._interfaces = interfaces
        self._gate, self._voice = Gate(key), Voice(key)
        self._lock = threading.Lock()
        self._state: StationState = "waiting"
        self._heard = b""
        self._known: dict[bytes, _Known] = {}
        self._stop: Stop | None = None
        self._hurry = 0
        self._due = 0.0
        self._join_due = 0.0
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._wake, self._woken = socket.socketpair()

    def start(self) -> None:
        """Open the socket and begin; a machine without any network says so in `fault` and goes on trying."""
        self._thread = threading.Thread(target=self._run, name="room", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the room. More than once does no harm."""
        self._ended.set()
        if self._thread is not None:
            self._nudge()
            self._thread.join()
            self._thread = None
        self._wake.close()
        self._woken.close()

    def tell(self, state: StationState) -> None:
        """Say what this station does; from any thread, never waits."""
        if state != self._state:
            self._state = state
            self._nudge()

    def call_stop(self) -> None:
        """訓練中止: let every station of the room stop now, and every one that starts until it is lifted."""
        with self._lock:
            self._stop = Stop(secrets.token_bytes(8), on=True, by=self._name)
            self._hurry = HURRIED
        self._nudge()

    def lift(self) -> None:
        """Let stations begin again."""
        with self._lock:
            if self._stop is not None:
                self._stop = Stop(self._stop.stop, on=False, by=self._name)
                self._hurry = HURRIED
        self._nudge()

    @property
    def calling(self) -> bool:
        """Whether a stop of this operator is in force."""
        with self._lock:
            return self._stop is not None and self._stop.on

    @property
    def refused(self) -> dict[str, int]:
        """How many datagrams were refused, by reason."""
        return {str(reason): count for reason, count in self._gate.refused.items()}

    def stations(self) -> tuple[Station, ...]:
        """Return the stations that were heard lately, by name."""
        now = time.monotonic()
        with self._lock:
            stop = self._stop.stop if self._stop is not None else None
            found = [
                Station(one.here.name, one.here.state, stop is not None and one.here.heard == stop, now - one.at)
                for one in self._known.values()
                if now - one.at <= GONE_S or stop is not None
            ]
        return tuple(sorted(found, key=lambda one: one.name))

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"!")

    def _run(self) -> None:
        sock: socket.socket | None = None
        while not self._ended.is_set():
            try:
                if sock is None:
                    sock = _opened(self._port)
                    self._join_due = 0.0
                self._turn(sock)
            except OSError as error:
                self.fault = f"the room cannot be reached: {error.strerror or error}"
                if sock is not None:
                    sock.close()
                    sock = None
                self._ended.wait(BEACON_S)
        if sock is not None:
            sock.close()

    def _turn(self, sock: socket.socket) -> None:
        now = time.monotonic()
        if now >= self._join_due:
            self._join_due = now + JOIN_EVERY_S
            _join(sock, self._interfaces)
        if now >= self._due:
            self._say(sock)
            with self._lock:
                self._due = now + (HURRY_S if self._hurry else BEACON_S)
                self._hurry = max(0, self._hurry - 1)
        readable, _, _ = select.select([sock, self._woken], [], [], max(0.0, self._due - time.monotonic()))
        if self._woken in readable:
            self._woken.recv(64)
            self._due = 0.0
        if sock in readable:
            self._hear(sock.recv(65_536))

    def _say(self, sock: socket.socket) -> None:
        with self._lock:
            if self._stop is not None:
                now = time.monotonic()
                calls = [one.here.call for one in self._known.values() if now - one.at <= GONE_S]
                said: Said | None = Stop(self._stop.stop, self._stop.on, tuple(calls[:MOST_CALLS]), self._stop.by)
            elif self._operator:
                said = None
            else:
                said = Here(self._name, self._state, self._gate.call, self._heard)
        if said is not None:
            datagram = self._voice.datagram(said)
            faults = [_sent(sock, datagram, index, self._port) for index in _indexes(self._interfaces)]
            self.fault = "" if not all(faults) or not faults else f"the room cannot be reached: {faults[0]}"

    def _hear(self, datagram: bytes) -> None:
        try:
            sender, said = self._gate.judge(datagram)
        except RoomRefusedError:
            return
        if sender == self._voice.sender:
            return
        if isinstance(said, Here):
            with self._lock:
                self._known[sender] = _Known(said, time.monotonic())
        elif not self._operator:
            self._obey(said)

    def _obey(self, said: Stop) -> None:
        known = said.stop == self._heard
        if said.on and not known:
            self._heard, self.stopped, self._due = said.stop, True, 0.0
            if self._on_stop is not None:
                self._on_stop(said.on)
        elif not said.on and known and self.stopped:
            self.stopped = False
            if self._on_stop is not None:
                self._on_stop(said.on)


def _opened(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "darwin":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind(("", port))
    except OSError:
        sock.close()
        raise
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    return sock


def _indexes(interfaces: tuple[str, ...] | None) -> list[int]:
    return [index for index, name in socket.if_nameindex() if interfaces is None or name in interfaces]


def _join(sock: socket.socket, interfaces: tuple[str, ...] | None) -> None:
    """Join the group on every network; one that has no IPv4, or was joined before, is passed over."""
    group = socket.inet_aton(GROUP)
    for index in _indexes(interfaces):
        if sys.platform == "win32":
            member = group + struct.pack(">I", index)
        else:
            member = struct.pack("@4s4si", group, bytes(4), index)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)


def _sent(sock: socket.socket, datagram: bytes, index: int, port: int) -> str:
    """Send on one network; return "" or why not."""
    if sys.platform == "win32":
        outgoing = struct.pack(">I", index)
    else:
        outgoing = struct.pack("@4s4si", bytes(4), bytes(4), index)
    try:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, outgoing)
        sock.sendto(datagram, (GROUP, port))
    except OSError as error:
        return error.strerror or str(error)
    return ""
