"""The channels of a run and the columns of each: little-endian, columnar, one batch a second.

A batch of a columnar channel is its columns one after another, each `n` values long. `inputs` and `events`
are MessagePack: an array of `n` records.
"""

from __future__ import annotations

from typing import Final, NamedTuple

POSE: Final = "pose"
CROWD: Final = "crowd"
HAZARD: Final = "hazard"
INPUTS: Final = "inputs"
EVENTS: Final = "events"

CHANNELS: Final = (POSE, CROWD, HAZARD, INPUTS, EVENTS)
"""Channels in the order of their number on the wire (0, 1, ...)."""

TRACKED_HEAD: Final = 1
TRACKED_LEFT: Final = 2
TRACKED_RIGHT: Final = 4
TRACKED_GAZE: Final = 8


class Column(NamedTuple):
    """A column: its name, NumPy type and values a row."""

    name: str
    dtype: str
    width: int = 1


POSE_COLUMNS: Final = (
    Column("t_us", "<u4"),
    Column("head", "<f4", 7),
    Column("left", "<f4", 7),
    Column("right", "<f4", 7),
    Column("tracked", "<u1"),
)
"""World poses (site axes): position 3, quaternion x y z w. Each column is row-major, n × width."""

POSE_GAZE_COLUMNS: Final = (*POSE_COLUMNS, Column("gaze", "<f4", 3))
"""As POSE_COLUMNS with a gaze direction, for devices that have one and residents who agreed."""

CROWD_COLUMNS: Final = (
    Column("tick", "<u4"),
    Column("id", "<u2"),
    Column("x_cm", "<i4"),
    Column("y_cm", "<i4"),
    Column("floor", "<i1"),
    Column("state", "<u1"),
)
"""One row a person, 5 Hz. `state` is `drill.people.state.BodyState`."""

HAZARD_HEAD_COLUMNS: Final = (
    Column("tick", "<u4"),
    Column("hazard", "<u1"),
    Column("kind", "<u1"),
    Column("count", "<u4"),
)
"""Then `sum(count)` float32 values follow. `hazard` is the index in the scenario's list.

kind 1 (level): level_m, flow x, flow y.
kind 2 (layer), four a zone in the scenario's zone order: interface_m, K upper, K lower, temperature_c.
kind 3 (grid difference): pairs of cell index and value.
kind 4 (quake): displacement x, y, z (m), acceleration x, y, z (m/s²), running intensity, shaking (0 or 1), dust (1/m).
kind 5 (things), nine a thing that moved or changed since the row before: its place in `Frame.things`, state
(0 standing, 1 sliding, 2 falling, 3 fallen, 4 broken), x, y, z (m), quaternion x, y, z, w.
"""
