"""The digest of a run: SHA-256 over its tick states and events, the same whatever was looking on."""

from __future__ import annotations

import hashlib
import struct
from typing import Final

import msgspec
import numpy as np

from drill.record.inputs import Pose
from drill.record.recorder import picture_values, things_values
from drill.session.frame import CrowdState, Frame, ThingState

_RESIDENT: Final = struct.Struct("<I4ihBBBffff")
_POSE: Final = struct.Struct("<7f")
_NO_POSE: Final = bytes(_POSE.size)


class Digest:
    """Takes in frames in their order.

    Each frame gives: tick; feet in mm and yaw in 0.1 mrad; floor, posture, state, pause; depth, K, FED and speed factor
    as float32; head and hands as float32 (what the pose channel keeps); the crowd as its channel keeps it and the
    hazards as theirs, whenever either has stepped; things as their channel keeps them, and that the light is off;
    open fraction of the doors in percent; events as MessagePack.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._encode = msgspec.msgpack.Encoder().encode
        self._crowd: CrowdState | None = None
        self._hazards: object = None
        self._doors: object = None
        self._things: tuple[ThingState, ...] = ()
        self._ended = False

    def add(self, frame: Frame) -> None:
        """Take in a frame. After the end of a run only its answers count, not how long one thought about them."""
        if self._ended and not frame.events:
            return
        self._ended = bool(frame.ended)
        body = frame.resident
        x, y, z = body.feet
        update = self._hash.update
        update(
            _RESIDENT.pack(
                frame.tick,
                round(x * 1000),
                round(y * 1000),
                round(z * 1000),
                round(body.yaw_rad * 10_000),
                body.floor,
                int(body.posture),
                int(body.state),
                int(frame.paused),
                body.depth_m,
                body.extinction_per_m,
                body.fed,
                body.speed_factor,
            )
        )
        update(_pose(body.head) + _pose(body.left) + _pose(body.right))
        if frame.crowd is not self._crowd:
            self._crowd = frame.crowd
            update(_crowd(frame.crowd))
        if frame.hazards is not self._hazards:
            self._hazards = frame.hazards
            for picture in frame.hazards:
                update(picture_values(picture))
        if frame.doors is not self._doors:
            self._doors = frame.doors
            update(bytes(round(100 * door.open) for door in frame.doors))
        if frame.things is not self._things:
            self._things = frame.things
            update(things_values(frame.things))
        if not frame.power:
            update(b"dark")
        if frame.events:
            update(self._encode(list(frame.events)))
        if frame.ended:
            update(frame.ended.encode())

    def hex(self) -> str:
        """Return the digest so far, hexadecimal."""
        return self._hash.copy().hexdigest()


def _pose(pose: Pose | None) -> bytes:
    if pose is None:
        return _NO_POSE
    return _POSE.pack(pose.x, pose.y, pose.z, pose.qx, pose.qy, pose.qz, pose.qw)


def _crowd(crowd: CrowdState) -> bytes:
    return b"".join(
        (
            crowd.id.astype("<u2").tobytes(),
            np.rint(crowd.xy * 100.0).astype("<i4").tobytes(),
            crowd.floor.astype("<i1").tobytes(),
            crowd.state.astype("<u1").tobytes(),
        )
    )
