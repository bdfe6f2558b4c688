"""Who speaks, to whom, and what they say: by turns, drawn from numbers and the clock alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from drill.people.state import BodyState
from drill.view.people.poses import Stance
from drill.view.people.seen import CHILDREN, STOOP_FROM_PER_M, Flags, Floats, Ints, Manners, Seen, lot

TALK_M: Final = 1.8
TURN_S: Final = 4.0
"""A turn of a talk; who speaks is drawn anew for each."""
LINE_S: Final = 1.6
"""How long the mouth moves for a line that is called; the arm goes on waving until the turn is over."""
LINES: Final = ("call_here", "call_safe", "call_together", "call_come", "call_calm", "call_head", "ask_what")
"""What people say so that it is understood: ids of the sound catalogue and of its words in every language."""
HERE, SAFE_HERE, TOGETHER, COME, CALM, HEAD_DOWN, WHAT = range(len(LINES))


def speakers(
    seen: Seen, made: Manners, near: Ints, distance: Floats, upright: Flags, guides: Flags
) -> tuple[Flags, Flags]:
    """Return who talks to the one beside them and who calls to all, by turns of `TURN_S`."""
    breathes = (seen.extinction_per_m < STOOP_FROM_PER_M) & (seen.state != BodyState.INCAPACITATED)
    sits = made.stance[:, Stance.SIT] > 0
    able = upright & breathes
    begun = seen.t_s / TURN_S + lot(seen.id, 7)
    turn = np.floor(begun).astype(np.int64)
    made.turn = turn.astype(np.intp)
    into_s = (begun - turn) * TURN_S
    drawn = lot(seen.id, turn)
    waiting = (seen.state == BodyState.WAITING) | (seen.state == BodyState.SAFE) | (seen.state == BodyState.HELD)
    other = np.where(near >= 0, near, 0)
    first = drawn >= drawn[other]
    talks = (able | (sits & breathes)) & (distance < TALK_M) & first & (drawn > np.where(waiting, 0.45, 0.80))
    # Who leads calls in most turns, also from the floor while it shakes; others now and then, or once they are safe.
    safe, child = seen.state == BodyState.SAFE, CHILDREN[seen.kind]
    calling = np.where(guides, 0.25, np.where(child, np.where(safe, 0.90, 0.955), np.where(safe, 0.80, 0.90)))
    covering = guides & breathes & (made.stance[:, Stance.COVER] > 0)
    urgent = (able & ((seen.state == BodyState.MOVING) | safe | guides)) | covering
    calls = urgent & (lot(seen.id, turn + 9000) > calling)
    talks &= ~calls
    made.talking = np.where(calls & (into_s < LINE_S), 1.0, np.where(talks, 0.55, 0.0))
    return talks, calls


def lines(seen: Seen, made: Manners, talks: Flags, calls: Flags, hesitates: Flags) -> None:
    """Set what is said: what helps the others now. Nothing that is said contradicts what a drill teaches."""
    child, safe = CHILDREN[seen.kind], seen.state == BodyState.SAFE
    even = lot(seen.id, made.turn + 400) < 0.5
    by_child = np.where(safe, np.where(even, HERE, SAFE_HERE), np.where(even, HERE, TOGETHER))
    low = made.stance[:, Stance.COVER] > 0
    by_grown = np.where(low, HEAD_DOWN, np.where(seen.state == BodyState.WAITING, CALM, COME))
    made.says = np.where(calls, np.where(child, by_child, by_grown), -1)
    made.says[talks & hesitates & child & even] = WHAT
