"""How the resident moved: first move, hesitation, backtracks, length of the way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drill.metrics.thresholds import DEFAULT, Thresholds
from drill.metrics.track import Track

Floats = npt.NDArray[np.float64]


class FirstMove:
    """Finds the first move towards an exit, sample by sample; the drill and the metrics use the same one.

    A first move is a net approach of at least `move_net_m` to any one exit within `move_window_s`. It began at the
    last sample in that window at which the way to that exit was longest (BS 9999 / PD 7974-6: the interval between
    the warning and the first move towards an exit; the two thresholds are ours).
    """

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        self._net_m = thresholds.move_net_m
        self._window_s = thresholds.move_window_s
        self._samples: deque[tuple[float, Floats]] = deque()

    def see(self, t_s: float, distances_m: Floats) -> float | None:
        """Return when the first move began, if it is known at this sample.

        Args:
            t_s: time of the sample, never decreasing.
            distances_m: way to each exit, shape (exits,); infinite where there is none.
        """
        self._samples.append((t_s, distances_m))
        while self._samples[0][0] < t_s - self._window_s - 1e-9:
            self._samples.popleft()
        past = np.array([d for _, d in self._samples])
        past[~np.isfinite(past)] = -np.inf
        approach = past.max(axis=0, initial=-np.inf) - distances_m
        approach[~np.isfinite(approach)] = -np.inf
        if not len(approach) or approach.max() < self._net_m:
            return None
        column = past[:, int(approach.argmax())]
        last_longest = len(column) - 1 - int(column[::-1].argmax())
        return self._samples[last_longest][0]


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of the run, s."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Its length, s."""
        return self.end_s - self.begin_s


def first_move(track: Track, distances_m: Floats, *, from_s: float, thresholds: Thresholds = DEFAULT) -> float | None:
    """Return when the first move towards an exit began at or after `from_s`, s; None when there was none.

    Args:
        track: the resident's track.
        distances_m: way from every sample to every exit, shape (N, exits), metres.
        from_s: run time of the first cue.
        thresholds: the thresholds.
    """
    finder = FirstMove(thresholds)
    for i in range(track.at(from_s), len(track)):
        began = finder.see(float(track.t_s[i]), distances_m[i]) if track.live[i] else None
        if began is not None:
            return max(began, from_s)
    return None


def hesitations(track: Track, *, from_s: float, to_s: float, thresholds: Thresholds = DEFAULT) -> list[Interval]:
    """Return the stretches between two times in which the resident stood: speed below the threshold, long enough."""
    inside = (track.t_s >= from_s) & (track.t_s <= to_s)
    slow = inside & track.live & (track.speed_mps < thresholds.hesitation_speed_mps)
    edges = np.diff(np.concatenate(([0], slow.astype(np.int8), [0])))
    found = []
    for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        stretch = Interval(float(track.t_s[begin]), float(track.t_s[end - 1]) + thresholds.step_s)
        if stretch.length_s >= thresholds.hesitation_min_s - 1e-9:
            found.append(stretch)
    return found


def backtracks(track: Track, *, from_s: float, to_s: float, thresholds: Thresholds = DEFAULT) -> int:
    """Return how often the resident went back: the way left grew by `backtrack_m` over its least value so far."""
    inside = (track.t_s >= from_s) & (track.t_s <= to_s) & np.isfinite(track.way_m)
    count, low, high, going_back = 0, np.inf, -np.inf, False
    for way in track.way_m[inside]:
        if not going_back:
            low = min(low, way)
            if way >= low + thresholds.backtrack_m:
                count, going_back, high = count + 1, True, way
        else:
            high = max(high, way)
            if way <= high - thresholds.backtrack_m:
                going_back, low = False, way
    return count


def walked_m(track: Track, *, from_s: float, to_s: float) -> float:
    """Return the length walked between two times, metres: chords of 0.2 s, so that head sway adds little."""
    chosen = track.xy[(track.t_s >= from_s - 1e-9) & (track.t_s <= to_s + 1e-9)]
    if len(chosen) < 2:
        return 0.0
    corners = np.vstack([chosen[::2], chosen[-1:]])
    return float(np.hypot(*np.diff(corners, axis=0).T).sum())
