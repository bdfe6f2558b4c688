"""Measured trajectories as they are kept, and as a recorded run. A running server needs this and no PedPy."""

from __future__ import annotations

import io

import numpy as np

from drill import TICK_HZ
from drill.people.state import BodyState
from drill.record.run import CrowdTrack, PoseTrack, RecordedRun, RunHeader
from server.analysis.models import MeasuredTrajectories
from server.analysis.trajectories import Trajectories, Unit


def pack(read: Trajectories) -> bytes:
    """Return the samples as a compressed NumPy archive."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, id=read.id, frame=read.frame, xy_m=read.xy_m)
    return buffer.getvalue()


def unpack(kept: MeasuredTrajectories) -> Trajectories:
    """Return the trajectories that were kept."""
    with np.load(io.BytesIO(kept.samples), allow_pickle=False) as archive:
        unit: Unit = "cm" if kept.unit == "cm" else "m"
        return Trajectories(
            kept.file_name, kept.file_hash, kept.frame_rate, unit, archive["id"], archive["frame"], archive["xy_m"]
        )


def recorded_run(read: Trajectories, header: RunHeader) -> RecordedRun:
    """Return the trajectories as a recorded run: everybody is crowd, nobody is the resident.

    Frames become ticks by their time since the first frame, rounded to the nearest tick.
    """
    order = np.lexsort((read.id, read.frame))
    tick = np.round((read.frame[order] - read.frame.min()) / read.frame_rate * TICK_HZ).astype(np.uint32)
    person = np.unique(read.id, return_inverse=True)[1][order].astype(np.uint16)
    n = len(order)
    return RecordedRun(
        header=header,
        pose=PoseTrack(
            t_s=np.empty(0),
            head=np.empty((0, 7), np.float32),
            left=np.empty((0, 7), np.float32),
            right=np.empty((0, 7), np.float32),
            tracked=np.empty(0, np.uint8),
        ),
        crowd=CrowdTrack(
            tick=tick,
            id=person,
            x_m=read.xy_m[order, 0],
            y_m=read.xy_m[order, 1],
            floor=np.zeros(n, np.int8),
            state=np.full(n, BodyState.MOVING, np.uint8),
        ),
        hazards=(),
        inputs=(),
        events=(),
    )
