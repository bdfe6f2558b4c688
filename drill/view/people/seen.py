"""People at a moment: what their manners go by, what they want to do, and who is heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from drill.view.people.looks import KINDS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

STOOP_FROM_PER_M: Final = 0.4
"""Extinction at the head from which people bend and cover their mouths, 1/m."""
CHILDREN: Final = np.array([k in {"small", "pupil"} for k in KINDS])
FRAIL: Final = np.array([k in {"elder", "cane", "small"} for k in KINDS])
STRONG: Final = np.array([k in {"teacher", "adult"} for k in KINDS])
AGED: Final = np.array([k in {"elder", "cane"} for k in KINDS])
WHEELED: Final = np.array([k == "wheelchair" for k in KINDS])
CANED: Final = np.array([k == "cane" for k in KINDS])
GUIDES: Final = np.array([k in {"teacher"} for k in KINDS])


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who speaks.

    Attributes:
        id: number of the person.
        at: their mouth, site axes, metres.
        manner: `talk` to one beside them, `call` to many.
        child: whether a child speaks.
        says: which line of `LINES` it is, or "" for talk that nobody beside them makes out.
        turn: number of the turn of the talk; another turn is said anew.
    """

    id: int
    at: tuple[float, float, float]
    manner: Literal["talk", "call"]
    child: bool
    says: str = ""
    turn: int = 0


@dataclass(slots=True)
class Seen:
    """What manners go by: N people at a moment.

    Attributes:
        id, kind: number, index in KINDS.
        xy, z, facing, height_m, speed: where and how they go.
        state, posture: `BodyState` and `Posture`.
        depth_m: water above the soles.
        extinction_per_m: smoke at the head.
        slope: of the way.
        shaking: the ground shakes, or shook a moment ago, so that one covers.
        t_s: run time.
        listener: the resident's eyes, or None.
        alarmed: something has begun (a bell, a warning, others are on their way): who does not go yet hesitates.
        seat_m, desk_m: heights of the chair that each sits on and of the desk before it, 0 for none; None for nobody.
    """

    id: npt.NDArray[np.integer]
    kind: Ints
    xy: Floats
    z: Floats
    facing: Floats
    height_m: Floats
    speed: Floats
    state: npt.NDArray[np.integer]
    posture: npt.NDArray[np.integer]
    depth_m: Floats
    extinction_per_m: Floats
    slope: Floats
    shaking: bool
    t_s: float
    listener: tuple[float, float, float] | None
    alarmed: bool = False
    seat_m: Floats | None = None
    desk_m: Floats | None = None


@dataclass(slots=True)
class Manners:
    """What N people want to do.

    Attributes:
        stance: weights of stances, (N, STANCES).
        hands: weights of hands, (2, N, HANDS).
        gaze: what they look at, site axes, (N, 3); nan where nothing.
        partner: index of who is helped or held by the hand, -1 for nobody, (N,).
        talking: 0 silent to 1 calling, (N,).
        calls: who calls to all, flags (N,).
        worried, glad: faces, 0 to 1, (N,).
        turned: 1 where the whole body turns to what is looked at, (N,).
        says: index in LINES of what is said, -1 for nothing to be made out, (N,).
        turn: number of the turn of the talk, (N,).
    """

    stance: Floats
    hands: Floats
    gaze: Floats
    partner: Ints
    talking: Floats
    calls: Flags
    worried: Floats
    glad: Floats
    turned: Floats = field(default_factory=lambda: np.zeros(0))
    says: Ints = field(default_factory=lambda: np.zeros(0, np.intp))
    turn: Ints = field(default_factory=lambda: np.zeros(0, np.intp))


def lot(ids: npt.NDArray[np.integer], number: npt.ArrayLike) -> Floats:
    """Return a number from 0 to below 1 for each person and each number (N,): a draw that never changes."""
    mixed = (np.asarray(ids, np.uint64) * np.uint64(0x9E3779B1)) ^ (
        np.asarray(np.asarray(number, np.int64) & 0xFFFF, np.uint64) * np.uint64(0x85EBCA77)
    )
    mixed = (mixed ^ (mixed >> np.uint64(15))) * np.uint64(0x2C1B3C6D) & np.uint64(0xFFFFFFFF)
    mixed = (mixed ^ (mixed >> np.uint64(12))) * np.uint64(0x297A2D39) & np.uint64(0xFFFFFFFF)
    drawn: Floats = ((mixed ^ (mixed >> np.uint64(15))) & np.uint64(0xFFFFFF)).astype(np.float64) / 2**24
    return drawn
