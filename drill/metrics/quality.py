"""Data quality: what every score stands beside."""

from __future__ import annotations

from drill import TICK_S
from drill.metrics.figures import Figure, figure
from drill.metrics.thresholds import Thresholds
from drill.metrics.track import end_of, gaps, pauses
from drill.record.events import ComfortStop, TrackingLost
from drill.record.run import RecordedRun


def quality_figures(run: RecordedRun, thresholds: Thresholds) -> list[Figure]:
    """Return effective pose rate, gaps, tracking lost, pauses and comfort stop of a run."""
    t = run.pose.t_s
    holes = gaps(run, thresholds)
    gap_s = sum(end - begin for begin, end in holes)
    covered = float(t[-1] - t[0]) - gap_s if len(t) > 1 else 0.0
    stops = [e.tick for e in run.events if isinstance(e, ComfortStop)]
    if covered > 0:
        rate = figure("pose_hz", (len(t) - 1 - len(holes)) / covered, n=len(t))
    else:
        rate = figure("pose_hz", None, reason="no_pose")
    if len(t):
        gap_s += max(end_of(run) - float(t[-1]) - thresholds.gap_s, 0.0)
    else:
        gap_s = end_of(run)
    return [
        rate,
        figure("gap_s", gap_s, n=len(holes)),
        figure("tracking_lost_s", _lost_s(run)),
        figure("paused_s", sum(end - begin for begin, end in pauses(run)), n=len(pauses(run))),
        figure("comfort_stop", float(bool(stops)), tick=stops[0] if stops else None),
    ]


def _lost_s(run: RecordedRun) -> float:
    total, since = 0.0, None
    for event in run.events:
        if isinstance(event, TrackingLost) and event.device == "head":
            if event.lost and since is None:
                since = event.tick
            elif not event.lost and since is not None:
                total += (event.tick - since) * TICK_S
                since = None
    return total + (end_of(run) - since * TICK_S if since is not None else 0.0)
