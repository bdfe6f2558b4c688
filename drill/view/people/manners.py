"""What people do besides going: look, talk, call, wave, help, cover. Drawn from the crowd's state and the clock alone.

Nothing here reaches the drill: the same crowd at the same time always behaves the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.state import BodyState, Posture
from drill.view.people.looks import KINDS, SCHOOL_SHARE
from drill.view.people.poses import HANDS, STANCES, Hands, Stance
from drill.view.people.seen import (
    AGED,
    CANED,
    CHILDREN,
    FRAIL,
    GUIDES,
    STOOP_FROM_PER_M,
    STRONG,
    WHEELED,
    Flags,
    Floats,
    Ints,
    Manners,
    Seen,
    Voice,
    lot,
)
from drill.view.people.talk import LINES, TURN_S, lines, speakers

__all__ = ["LINES", "WHEELED", "Manners", "Seen", "Voice", "lot", "manners"]

WADE_FROM_M: Final = 0.12
ARMS_UP_FROM: Final = 0.28
"""Depth over body height from which arms are held clear of the water."""
HEAR_M: Final = 7.0
HEARD_MOST: Final = 24
"""So many speakers are listened to: the nearest to the eye, as people come in the order of their distance."""
NOTICE_M: Final = 3.0
BESIDE_M: Final = 0.85
GLANCE_S: Final = 1.3
"""How long one who hesitates looks to one side."""


def manners(seen: Seen) -> Manners:
    """Return what everybody wants to do now."""
    n = len(seen.id)
    made = Manners(
        np.zeros((n, STANCES)),
        np.zeros((2, n, HANDS)),
        np.full((n, 3), np.nan),
        np.full(n, -1, np.intp),
        np.zeros(n),
        np.zeros(n, np.bool_),
        np.zeros(n),
        np.zeros(n),
    )
    if not n:
        return made
    made.says, made.turn = np.full(n, -1, np.intp), np.zeros(n, np.intp)
    made.stance[np.arange(n), _stances(seen)] = 1.0
    near, distance = _nearest(seen)
    upright = (made.stance[:, Stance.STAND] + made.stance[:, Stance.AGED]) > 0
    alarmed = seen.alarmed or seen.shaking
    leads = _leaders(seen)
    guides = leads & alarmed
    hesitates = (upright | (made.stance[:, Stance.SIT] > 0)) & (seen.state == BodyState.WAITING) & ~leads & alarmed
    talks, calls = speakers(seen, made, near, distance, upright, guides)
    lines(seen, made, talks, calls, hesitates)
    made.calls = calls
    _gaze(seen, made, near, distance, talks | calls, hesitates)
    _faces(seen, made, hesitates)
    _hands(seen, made, near, distance, talks, calls, guides)
    return made


def _leaders(seen: Seen) -> Flags:
    """Return who leads the others: teachers, and among children everybody who is grown."""
    among_children = len(seen.kind) > 0 and float(CHILDREN[seen.kind].mean()) > SCHOOL_SHARE
    leaders: Flags = (STRONG if among_children else GUIDES)[seen.kind]
    return leaders


def _stances(seen: Seen) -> Ints:
    smoky = seen.extinction_per_m > STOOP_FROM_PER_M
    stance = np.where(AGED[seen.kind], Stance.AGED, Stance.STAND)
    stance = np.where(smoky & (seen.posture == Posture.STANDING), Stance.STOOP, stance)
    low = seen.posture == Posture.CROUCHING
    stance = np.where(low, Stance.COVER if seen.shaking else Stance.CROUCH, stance)
    stance = np.where(seen.posture == Posture.CRAWLING, Stance.COVER if seen.shaking else Stance.CRAWL, stance)
    stance = np.where(seen.state == BodyState.COVERING, Stance.COVER, stance)
    sits = seen.posture == Posture.SITTING
    if seen.seat_m is not None:
        sits = sits | (seen.seat_m > 0)
    stance = np.where(sits, Stance.SIT, stance)
    stance = np.where(seen.state == BodyState.INCAPACITATED, Stance.SLUMP, stance)
    return np.where(WHEELED[seen.kind], Stance.WHEEL, stance).astype(np.intp)


def _nearest(seen: Seen) -> tuple[Ints, Floats]:
    """Return who is nearest to each, on the same floor, and how far; -1 and infinity for one alone."""
    n = len(seen.id)
    if n < 2:
        return np.full(n, -1, np.intp), np.full(n, np.inf)
    x, y, z = (v.astype(np.float32) for v in (seen.xy[:, 0], seen.xy[:, 1], 1.5 * seen.z))
    apart = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2 + (z[:, None] - z) ** 2
    np.fill_diagonal(apart, np.inf)
    near = apart.argmin(axis=1)
    return near, np.sqrt(apart[np.arange(n), near]).astype(np.float64)


def _gaze(seen: Seen, made: Manners, near: Ints, distance: Floats, speaks: Flags, hesitates: Flags) -> None:
    """Set what each looks at: who speaks close by, else the resident, else now and then one's neighbour.

    Who hesitates looks about, to one side and the other.
    """
    ids, turn = seen.id, np.floor(seen.t_s / 2.6 + lot(seen.id, 3)).astype(np.int64)
    eyes = np.column_stack([seen.xy, seen.z + 0.92 * seen.height_m])
    other = np.where(near >= 0, near, 0)
    glance = (near >= 0) & (distance < 2.5) & (lot(ids, turn) > 0.72)
    made.gaze[glance] = eyes[other[glance]]
    if seen.listener is not None:
        away = np.hypot(seen.xy[:, 0] - seen.listener[0], seen.xy[:, 1] - seen.listener[1])
        close = (away < NOTICE_M) & (away > 0.2) & (lot(ids, turn + 500) > 0.35)
        made.gaze[close] = seen.listener
    if hesitates.any():
        glances = np.floor(seen.t_s / GLANCE_S + lot(ids, 4)).astype(np.int64)
        aside = seen.facing + np.where(glances % 2 == 0, 1.0, -1.0) * (0.6 + 0.7 * lot(ids, glances + 60))
        about = eyes + 3.0 * np.column_stack([np.cos(aside), np.sin(aside), np.zeros(len(ids))])
        made.gaze[hesitates] = about[hesitates]
    voices = np.flatnonzero(speaks)[:HEARD_MOST]
    if len(voices):
        x, y, z = eyes.T.astype(np.float32)
        apart = (x[:, None] - x[voices]) ** 2 + (y[:, None] - y[voices]) ** 2 + (z[:, None] - z[voices]) ** 2
        apart = np.sqrt(apart) - 3.0 * made.calls[voices].astype(np.float32)
        apart[voices, np.arange(len(voices))] = np.inf
        loudest = apart.argmin(axis=1)
        listens = (apart[np.arange(len(ids)), loudest] < HEAR_M - 3.0) & (lot(ids, turn + 900) > 0.25)
        made.gaze[listens] = eyes[voices[loudest[listens]]]
        answering = speaks & ~made.calls & (near >= 0)
        made.gaze[answering] = eyes[other[answering]]
        # Who calls looks at those they call to, by turns.
        called = made.calls & (near >= 0)
        made.gaze[called] = eyes[other[called]]
    low = (made.stance[:, Stance.COVER] + made.stance[:, Stance.SLUMP] + made.stance[:, Stance.CRAWL]) > 0
    made.gaze[low] = np.nan
    still = seen.speed < 0.25
    # One who stands turns the whole body to whom they listen to.
    turns = still & ~np.isnan(made.gaze[:, 0]) & (made.stance[:, Stance.SIT] == 0)
    made.turned = np.where(turns, 1.0, 0.0)


def _faces(seen: Seen, made: Manners, hesitates: Flags) -> None:
    deep = np.clip(seen.depth_m / np.maximum(0.5 * seen.height_m, 0.1), 0.0, 1.0)
    smoke = np.clip(seen.extinction_per_m, 0.0, 1.0)
    made.worried = np.clip(0.15 + 0.7 * deep + 0.6 * smoke + (0.6 if seen.shaking else 0.0), 0.0, 1.0)
    safe = seen.state == BodyState.SAFE
    made.worried = np.where(safe, 0.4 * made.worried, np.minimum(made.worried + 0.25 * hesitates, 1.0))
    made.glad = np.where(safe, 0.55, np.where(made.talking > 0, 0.15, 0.0)) * (1.0 - made.worried)


def _hands(seen: Seen, made: Manners, near: Ints, distance: Floats, talks: Flags, calls: Flags, guides: Flags) -> None:
    left, right = made.hands
    upright = (made.stance[:, Stance.STAND] + made.stance[:, Stance.AGED]) > 0
    side = (lot(seen.id, 11) < 0.5).astype(np.intp)
    rows = np.arange(len(seen.id))

    def give(hand: npt.NDArray[np.intp] | int, who: Flags, what: Hands, weight: npt.ArrayLike = 1.0) -> None:
        chosen = np.broadcast_to(np.asarray(hand), len(rows))[who], rows[who]
        made.hands[chosen] = 0.0
        made.hands[(*chosen, np.full(int(who.sum()), what))] = np.broadcast_to(np.asarray(weight), len(rows))[who]

    walking = upright & (seen.speed > 1.9)
    for hand in (0, 1):
        give(hand, walking, Hands.RUN, np.clip((seen.speed - 1.9) / 0.6, 0.0, 1.0))
    deep = upright & (seen.depth_m > WADE_FROM_M)
    lifted = np.clip((seen.depth_m / seen.height_m - 0.10) / (ARMS_UP_FROM - 0.10), 0.0, 1.0)
    for hand in (0, 1):
        give(hand, deep, Hands.WADE, lifted)
    bearing = made.stance[:, [Stance.STAND, Stance.AGED]].sum(1) > 0
    belly = bearing & (np.array([k == "pregnant" for k in KINDS])[seen.kind])
    give(0, belly, Hands.BELLY)
    strap = bearing & (np.array([k == "small" for k in KINDS])[seen.kind]) & (lot(seen.id, 21) < 0.5)
    give(side, strap & (seen.speed > 0.2), Hands.STRAP)
    give(1, CANED[seen.kind] & bearing, Hands.CANE)
    stairs = bearing & (np.abs(seen.slope) > 0.22)
    give(0, stairs, Hands.RAIL)
    give(side, talks & bearing & ~stairs & (lot(seen.id, np.floor(seen.t_s / TURN_S)) > 0.3), Hands.TALK)
    waves = bearing & (lot(seen.id, np.floor(seen.t_s / 5.0 + lot(seen.id, 5)) + 333) > 0.78)
    safe = seen.state == BodyState.SAFE
    give(side, waves & safe & ~deep, Hands.WAVE)
    beckons = guides & bearing & ~stairs & (lot(seen.id, made.turn + 333) > 0.2)
    give(side, beckons & ~calls, Hands.BECKON)
    # One hand at the mouth, and the other arm high where it is to be seen from afar.
    stands = calls & bearing & ~stairs & (seen.speed < 0.9)
    give(1 - side, stands, Hands.CALL)
    give(side, stands, Hands.WAVE)
    give(side, calls & bearing & ~stands & ~stairs, Hands.BECKON)
    if seen.desk_m is not None:
        for hand in (0, 1):
            give(hand, (seen.desk_m > 0) & (made.stance[:, Stance.SIT] > 0), Hands.DESK)
    cloth = (seen.extinction_per_m > STOOP_FROM_PER_M) & (
        made.stance[:, [Stance.STAND, Stance.AGED, Stance.STOOP, Stance.CROUCH, Stance.WHEEL]].sum(1) > 0
    )
    give(1, cloth, Hands.CLOTH)
    _company(seen, made, near, distance, bearing & ~stairs, give)
    left[:], right[:] = made.hands


def _company(seen: Seen, made: Manners, near: Ints, distance: Floats, able: Flags, give: Callable[..., None]) -> None:
    """Let the strong take the frail beside them by the hand or round the back, while both go the same way."""
    other = np.where(near >= 0, near, 0)
    mutual = (near >= 0) & (near[other] == np.arange(len(near))) & (distance < BESIDE_M) & (distance > 0.3)
    alike = np.cos(seen.facing - seen.facing[other]) > 0.6
    gap = seen.xy[other] - seen.xy
    across = -np.sin(seen.facing) * gap[:, 0] + np.cos(seen.facing) * gap[:, 1]
    beside = np.abs(across) > 0.75 * distance
    strong, frail = STRONG[seen.kind], FRAIL[seen.kind]
    helps = mutual & alike & beside & able & able[other] & strong & frail[other]
    if not helps.any():
        return
    hand = np.where(across > 0, 0, 1)
    child = CHILDREN[seen.kind[other]]
    for who, what in ((helps & child, Hands.HOLD), (helps & ~child, Hands.ROUND)):
        give(hand, who, what)
        made.partner[who] = other[who]
    held = np.zeros(len(near), np.bool_)
    led = other[helps & child]
    held[led] = True
    made.partner[led] = near[led]
    give(np.where(across > 0, 0, 1), held, Hands.HOLD)
