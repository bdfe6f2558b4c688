"""Who sits on which chair before anything begins. A matter of the picture alone: the drill's own crowd stands there.

A figure on a chair is drawn where the chair is; once it has to go, it gets up and walks to where the crowd has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from drill.hazards.picture import QuakePicture
from drill.people.state import BodyState
from drill.session.frame import CrowdState, Frame
from drill.site.site import Prop, Site
from drill.view.people.looks import PUPIL_UP_TO_M, SCHOOL_SHARE

Floats = npt.NDArray[np.float64]

CHAIRS: Final = frozenset({"chair", "stool"})
DESKS: Final = frozenset({"desk", "table"})
DESK_WITHIN_M: Final = 0.7
SEAT_SHARE: Final = 0.58
SEAT_MOST_M: Final = 0.45
"""How high the seat of a chair is drawn, see `drill.view.props_room.chair`."""
REACH_M: Final = 1.7
"""A chair further from where the crowd has somebody is not theirs."""
TAKEN_M: Final = 0.75
"""The resident's own chair stays free, and so does any so near to them."""
RISE_MPS: Final = 0.9
RISE_S: Final = 0.7
"""How quickly one goes from the chair to where the crowd has one, and how long it takes at least."""
FAR: Final = 1e6


@dataclass(frozen=True, slots=True)
class Chair:
    """Where one sits: place, floor, where one faces, radians; heights of the seat and of the desk before it (or 0)."""

    xy: tuple[float, float]
    floor: int
    yaw_rad: float
    seat_m: float
    desk_m: float


@dataclass(frozen=True, slots=True)
class Seated:
    """Where N people of a crowd are drawn.

    Attributes:
        xy: places, (N, 2).
        facing: where they face, radians; nan for as the crowd has it.
        seat_m, desk_m: heights of the seat that they sit on and of the desk before it, 0 for none.
    """

    xy: Floats
    facing: Floats
    seat_m: Floats
    desk_m: Floats


class Seats:
    """Chairs of a site and who sits on them.

    Attributes:
        chairs: all of them.
    """

    def __init__(self, site: Site | None) -> None:
        props = () if site is None else site.props
        desks = [p for p in props if p.kind in DESKS]
        self.chairs = tuple(_chair(p, desks) for p in props if p.kind in CHAIRS)
        self.forget()

    def forget(self) -> None:
        """Begin anew: nobody sits."""
        self._t_s = -np.inf
        self._given = False
        self._begun = False
        self._of: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        """By number of the person: their chair, or -1."""
        self._rose: Floats = np.zeros(0)
        """By number of the person: when they got up; infinite while they sit."""

    def see(self, frame: Frame) -> None:
        """Take a frame in its order, also one that is not shown: who has got up stays up."""
        if not self.chairs:
            return
        if frame.t_s < self._t_s:
            self.forget()
        self._t_s = frame.t_s
        crowd = frame.crowd
        self._begun = self._begun or _begun(frame)
        if not self._given:
            self._given = True
            self._give(frame, sits=not self._begun and not _over(frame))
        if not len(crowd.id) or not len(self._of):
            return
        gets_up = (crowd.state != BodyState.WAITING) | self._begun
        rising = crowd.id[gets_up]
        self._rose[rising] = np.minimum(self._rose[rising], frame.t_s)

    def places(self, crowd: CrowdState, xy: Floats, t_s: float) -> Seated | None:
        """Return where people of a crowd at `xy` (N, 2) are drawn; None where nobody has a chair."""
        if not len(self._of):
            return None
        has = np.flatnonzero(self._of[crowd.id] >= 0)
        if not len(has):
            return None
        ids, n = crowd.id[has], len(crowd.id)
        chairs = [self.chairs[c] for c in self._of[ids]]
        at = np.array([chair.xy for chair in chairs])
        away = np.hypot(*(at - xy[has]).T)
        risen = (t_s - self._rose[ids]) / np.maximum(away / RISE_MPS, RISE_S)
        share = np.clip(risen, 0.0, 1.0)
        share = share * share * (3.0 - 2.0 * share)
        drawn = xy.copy()
        drawn[has] = at + (xy[has] - at) * share[:, None]
        made = Seated(drawn, np.full(n, np.nan), np.zeros(n), np.zeros(n))
        for row, chair in zip(has, chairs, strict=True):
            if self._rose[crowd.id[row]] > t_s:
                made.facing[row], made.seat_m[row], made.desk_m[row] = chair.yaw_rad, chair.seat_m, chair.desk_m
        return made

    def _give(self, frame: Frame, *, sits: bool) -> None:
        """Give chairs to those who wait near them, as few steps away as can be in all."""
        crowd = frame.crowd
        room = int(crowd.id.max()) + 1 if len(crowd.id) else 0
        self._of, self._rose = np.full(room, -1, np.intp), np.full(room, np.inf)
        if not sits or not room:
            return
        at = np.array([chair.xy for chair in self.chairs])
        floor = np.array([chair.floor for chair in self.chairs])
        here = np.hypot(at[:, 0] - frame.resident.feet[0], at[:, 1] - frame.resident.feet[1])
        taken = (here < TAKEN_M) & (floor == frame.resident.floor)
        away = np.hypot(crowd.xy[:, None, 0] - at[:, 0], crowd.xy[:, None, 1] - at[:, 1])
        small = crowd.height_m < PUPIL_UP_TO_M
        # In a school those who are grown are teachers: they stand before the class.
        stands = ~small if small.mean() > SCHOOL_SHARE else np.zeros(len(small), np.bool_)
        stands = stands | (crowd.state != BodyState.WAITING)
        away[stands[:, None] | (crowd.floor[:, None] != floor) | taken | (away > REACH_M)] = FAR
        people, chairs = linear_sum_assignment(away)
        near = away[people, chairs] < FAR
        self._of[crowd.id[people[near]]] = chairs[near]


def _chair(prop: Prop, desks: Sequence[Prop]) -> Chair:
    yaw = float(np.radians(prop.yaw_deg))
    seat = min(SEAT_SHARE * prop.size_m[2], SEAT_MOST_M)
    ahead = (prop.at.x + 0.4 * np.cos(yaw), prop.at.y + 0.4 * np.sin(yaw))
    before = [
        d.size_m[2]
        for d in desks
        if d.floor == prop.floor and np.hypot(d.at.x - ahead[0], d.at.y - ahead[1]) < DESK_WITHIN_M / 2
    ]
    return Chair((prop.at.x, prop.at.y), prop.floor, yaw, seat, max(before, default=0.0))


def _begun(frame: Frame) -> bool:
    """Tell whether everybody has reason to get up: a bell, a warning, others who leave. Who feels shaking covers."""
    leaves = np.isin(frame.crowd.state, (int(BodyState.MOVING), int(BodyState.SAFE), int(BodyState.GONE)))
    return frame.alarm or frame.warning_level > 0 or bool(leaves.any())


def _over(frame: Frame) -> bool:
    """Tell whether something has happened before the first frame that is seen: a moment is entered again."""
    shakes = any(isinstance(p, QuakePicture) and p.shaking for p in frame.hazards)
    fallen = any(thing.state in {"fallen", "broken"} for thing in frame.things)
    return shakes or fallen or not frame.power
