"""Who makes no progress is nudged, and nobody who may wait is."""

from __future__ import annotations

import numpy as np
import pytest

from drill.people.stuck import NUDGE_S, NUDGE_SHARE, QUEUE_M, STUCK_AFTER_S, STUCK_M, Stuck

PEOPLE = np.arange(2)
APART = np.array([[0.0, 0.0], [10 * QUEUE_M, 0.0]])
FLOOR = np.zeros(2, int)
ABLE = np.ones(2, bool)
AHEAD = np.array([[1.0, 0.0], [1.0, 0.0]])


def watched(metres_at, *, able=ABLE, xy=APART, until_s: int = 15) -> Stuck:
    """Return what was noticed when person k has `metres_at(t)[k]` still to go at each second."""
    stuck = Stuck(2)
    for t in range(until_s + 1):
        stuck.notice(PEOPLE, metres=np.array(metres_at(t)), able=able, xy=xy, floor=FLOOR, t=float(t))
    return stuck


def test_one_who_stands_still_is_nudged_aside_for_a_while() -> None:
    stuck = watched(lambda t: (5.0, 9.0 - 0.5 * t))
    assert stuck.nudges == [(STUCK_AFTER_S, 0)]
    way = stuck.aside(AHEAD, PEOPLE, STUCK_AFTER_S + NUDGE_S / 2)
    assert way[0, 1] == pytest.approx(NUDGE_SHARE / np.hypot(1, NUDGE_SHARE))
    assert np.linalg.norm(way[0]) == pytest.approx(1.0)
    np.testing.assert_array_equal(way[1], AHEAD[1])
    np.testing.assert_array_equal(stuck.aside(AHEAD, PEOPLE, STUCK_AFTER_S + NUDGE_S + 0.1), AHEAD)


def test_creeping_less_than_the_least_progress_is_standing_still() -> None:
    creep = 0.5 * STUCK_M / STUCK_AFTER_S
    assert watched(lambda t: (5.0 - creep * t, 9.0 - 0.5 * t)).nudges


def test_one_who_comes_on_is_left_alone() -> None:
    assert not watched(lambda t: (5.0 - 0.1 * t, 9.0 - 0.5 * t), until_s=40).nudges


def test_one_who_cannot_walk_is_left_alone() -> None:
    assert not watched(lambda _: (5.0, 5.0), able=~ABLE, until_s=40).nudges


def test_one_who_queues_behind_somebody_that_moves_is_left_alone() -> None:
    near = np.array([[0.0, 0.0], [0.5 * QUEUE_M, 0.0]])
    moves = watched(lambda t: (9.0, 8.0 - 0.2 * t), xy=near)
    assert not [person for _, person in moves.nudges if person == 0]
    stands = watched(lambda _: (9.0, 8.0), xy=near)
    assert [person for _, person in stands.nudges if person == 0]
