"""The thresholds behind the metrics. They are stored with every result, so that a figure can be read later."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of the metric definitions. Units are in the names.

    Attributes:
        step_s: spacing of the samples that the pose track is brought to.
        gap_s: a longer interval between two poses is a gap; nothing is counted inside it.
        move_net_m: net approach to an exit that counts as the first move.
        move_window_s: within this time.
        hesitation_speed_mps: slower than this is standing.
        hesitation_min_s: for at least this long.
        backtrack_m: going back this far along the way to the nearest refuge counts as one backtrack.
        smoke_extinction_per_m: K from which a place counts as smoky (visibility of reflecting signs 30 m by Jin).
        smoke_least_s: posture under smoke is judged when standing eyes would have been in smoke for this long.
        low_posture_ratio: head below this share of the standing eye height is a low posture.
        knee_ratio: height of the knee over body height (Drillis and Contini 1966: 0.285).
        eye_ratio: height of the eyes over body height (Drillis and Contini 1966: 0.936).
        arrival_depth_m: water has reached a place when it is this deep.
        drop_ratio: head below this share of the standing eye height has dropped.
        drop_allowed_s: cover is counted from this long after a shock began.
        hold_dwell_s: one holds on for this long after the shaking ended.
        hold_slack_s: in all this long the head may come up in that time.
        touch_m: two people whose middles are nearer than this touch: the radii of the resident (0.20 m) and of the
            others (0.15 m), and 5 cm.
        push_closing_mps: one presses when one wants to go towards somebody so much faster than they go away.
        push_join_s: presses no further apart than this are one.
        push_least_s: a press shorter than this is a brush in passing and does not count.
        stair_run_mps: faster than this in plan is running on a stair (free descent: mean 0.69 m/s, Weidmann 1993).
    """

    step_s: float = 0.1
    gap_s: float = 0.5
    move_net_m: float = 1.5
    move_window_s: float = 3.0
    hesitation_speed_mps: float = 0.2
    hesitation_min_s: float = 1.5
    backtrack_m: float = 1.5
    smoke_extinction_per_m: float = 0.1
    smoke_least_s: float = 2.0
    low_posture_ratio: float = 0.8
    knee_ratio: float = 0.285
    eye_ratio: float = 0.936
    arrival_depth_m: float = 0.05
    drop_ratio: float = 0.6
    drop_allowed_s: float = 3.0
    hold_dwell_s: float = 1.0
    hold_slack_s: float = 0.5
    touch_m: float = 0.4
    push_closing_mps: float = 0.2
    push_join_s: float = 0.4
    push_least_s: float = 0.6
    stair_run_mps: float = 1.2

    def as_dict(self) -> dict[str, float]:
        """Return the thresholds by name."""
        return asdict(self)


DEFAULT = Thresholds()
