"""The live picture of a run: a frame as the LIVE message of the control socket."""

from __future__ import annotations

from typing import Final

import numpy as np

from drill import TICK_HZ
from drill.record.recorder import picture_values
from drill.record.wire import MAX_FRAME, Live
from drill.session.frame import Frame

LIVE_TICKS: Final = TICK_HZ // 10
"""A picture every so many ticks: 10 Hz."""
CROWD_TICKS: Final = TICK_HZ // 2
HAZARD_TICKS: Final = TICK_HZ
MOST_PEOPLE: Final = MAX_FRAME // 32
"""People whose places surely fit into one frame as JSON; of a larger crowd every second, third, ... is shown."""


def live_message(run_id: str, frame: Frame) -> Live | None:
    """Return the picture of a frame, or None when none is due at its tick.

    The crowd comes twice a second, hazards once; both come with the first and the last frame.
    """
    tick, body, ended = frame.tick, frame.resident, frame.ended
    if tick % LIVE_TICKS and not ended:
        return None
    x, y, z = body.feet
    with_crowd = tick % CROWD_TICKS == 0 or bool(ended)
    with_hazards = tick % HAZARD_TICKS == 0 or bool(ended)
    return Live(
        run_id=run_id,
        t_s=round(frame.t_s, 3),
        x=round(x, 3),
        y=round(y, 3),
        z=round(z, 3),
        yaw=round(body.yaw_rad, 3),
        floor=body.floor,
        posture=int(body.posture),
        state=int(body.state),
        depth_m=round(body.depth_m, 3),
        extinction_per_m=round(body.extinction_per_m, 3),
        fed=round(body.fed, 4),
        warning_level=frame.warning_level,
        crowd=_crowd(frame) if with_crowd else None,
        hazards=_hazards(frame) if with_hazards else None,
        ended=ended,
    )


def _crowd(frame: Frame) -> list[int]:
    crowd = frame.crowd
    step = -(-len(crowd.id) // MOST_PEOPLE) or 1
    rows = np.empty((len(crowd.id[::step]), 4), np.int64)
    rows[:, :2] = np.rint(crowd.xy[::step] * 100.0)
    rows[:, 2] = crowd.floor[::step]
    rows[:, 3] = crowd.state[::step]
    flat: list[int] = rows.ravel().tolist()
    return flat


def _hazards(frame: Frame) -> dict[str, list[float]]:
    return {p.hazard: [round(float(v), 3) for v in np.frombuffer(picture_values(p), "<f4")] for p in frame.hazards}
