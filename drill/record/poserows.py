"""Pose rows: the pose channel's running second, packed as the poses come."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from drill.record.batches import Batch, columnar_batches
from drill.record.channels import (
    POSE,
    POSE_COLUMNS,
    POSE_GAZE_COLUMNS,
    TRACKED_GAZE,
    TRACKED_HEAD,
    TRACKED_LEFT,
    TRACKED_RIGHT,
)
from drill.record.inputs import Pose

Gaze = tuple[float, float, float]
"""Direction of gaze, a unit vector in site axes."""
_POSE_ROWS: Final = 512
_SEVEN: Final = struct.Struct("<7f")
_THREE: Final = struct.Struct("<3f")
_U32: Final = struct.Struct("<I")
_NO_HAND: Final = bytes(28)
_NO_GAZE: Final = bytes(12)


class PoseRows:
    """The pose rows of the running second, packed as they come into buffers that are made once."""

    def __init__(self) -> None:
        self._room = _POSE_ROWS
        self._n = 0
        self._with_gaze = False
        self._buffers = [bytearray(self._room * size) for size in (4, 28, 28, 28, 1, 12)]

    def add(self, t_us: int, head: Pose, left: Pose | None, right: Pose | None, gaze: Gaze | None) -> None:
        """Keep one row; hands are None when they are not tracked."""
        n = self._n
        if n == self._room:
            self._grow()
        times, heads, lefts, rights, tracked, gazes = self._buffers
        bits = TRACKED_HEAD
        _U32.pack_into(times, 4 * n, t_us)
        _SEVEN.pack_into(heads, 28 * n, head.x, head.y, head.z, head.qx, head.qy, head.qz, head.qw)
        for hand, rows, bit in ((left, lefts, TRACKED_LEFT), (right, rights, TRACKED_RIGHT)):
            if hand is None:
                rows[28 * n : 28 * n + 28] = _NO_HAND
            else:
                bits |= bit
                _SEVEN.pack_into(rows, 28 * n, hand.x, hand.y, hand.z, hand.qx, hand.qy, hand.qz, hand.qw)
        if gaze is None:
            gazes[12 * n : 12 * n + 12] = _NO_GAZE
        else:
            bits |= TRACKED_GAZE
            self._with_gaze = True
            _THREE.pack_into(gazes, 12 * n, *gaze)
        tracked[n] = bits
        self._n = n + 1

    def batches(self) -> list[Batch]:
        """Return the rows so far as batches."""
        n = self._n
        if n == 0:
            return []
        columns = POSE_GAZE_COLUMNS if self._with_gaze else POSE_COLUMNS
        values = [
            np.frombuffer(buffer, c.dtype, n * c.width).reshape(n, c.width)
            for c, buffer in zip(columns, self._buffers, strict=False)
        ]
        t_us = values[0][:, 0]
        return list(columnar_batches(POSE, columns, values, t_us=t_us, gaze=self._with_gaze))

    def clear(self) -> None:
        """Begin the next second."""
        self._n = 0
        self._with_gaze = False

    def _grow(self) -> None:
        self._buffers = [buffer + bytearray(len(buffer)) for buffer in self._buffers]
        self._room *= 2
