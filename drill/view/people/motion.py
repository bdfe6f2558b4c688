"""Everybody's body from moment to moment: manners become weights that ease, faces live, feet walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from drill.people.state import BodyState
from drill.view.people.body import Acts, Bones, pose
from drill.view.people.gait import Gait
from drill.view.people.looks import KINDS
from drill.view.people.manners import LINES, WHEELED, Manners, Seen, Voice, lot, manners
from drill.view.people.poses import HANDS, STANCE_COLUMNS, STANCE_TABLE, STANCES, Hands, Stance, ease
from drill.view.people.skeleton import HIP_Z, Bone, Build

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

THINK_S: Final = 0.2
"""How often people look about; between, they carry on."""
EASE_BODY_S: Final = 0.15
EASE_HANDS_S: Final = 0.12
"""Each twice over, so that a body neither starts nor stops at once."""
EASE_LOOK_S: Final = 0.20
LEAP_S: Final = 1.0
"""After a leap of the clock by more than this nothing eases: everybody is as they are by then."""
TURN_HEAD: Final = 1.15
VOICES_MOST: Final = 8
"""So many of those who speak are told of: the nearest, as people come in the order of their distance."""
BLINK_S: Final = 0.15
KIND: Final = 0.30
"""How much of a smile a face at rest has."""
ON_DESK_M: Final = (0.30, 0.10, 0.035)
"""Where hands lie on a desk: ahead of the chair's middle, to each side, over the top."""
THIGH_UNDER: Final = 0.058
"""From the hip down to the seat, body heights."""


@dataclass(slots=True)
class Walkers:
    """N people to be moved. Every array has N rows.

    Attributes:
        slot: a number each that stays theirs.
        seen: what manners go by.
        build: their bodies.
        aged: 0 a small child to 1 very old.
    """

    slot: Rows
    seen: Seen
    build: Build
    aged: Floats


@dataclass(frozen=True, slots=True)
class Own:
    """What the last of the N bodies does when it is the resident's own: hands where they are tracked, or None."""

    left: tuple[float, float, float] | None
    right: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Moved:
    """N bodies at a moment: their bones, faces (N, 4), moods (N, 4) and who speaks."""

    bones: Bones
    face: Floats
    mood: Floats
    voices: tuple[Voice, ...]


class Motion:
    """Remembers by slot how everybody moves."""

    def __init__(self) -> None:
        self.gait = Gait()
        self._t: float | None = None
        self._thought_at = -np.inf
        self._room = 0
        self._stance: Floats = np.zeros((0, 2 * STANCES))
        self._hands: Floats = np.zeros((2, 0, 2 * HANDS))
        self._mind: Floats = np.zeros((0, 6))
        self._known: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._wanted: Manners | None = None
        self._speaking: list[int] = []
        self._lots: dict[int, Floats] = {}
        self._minds: Floats | None = None
        self._wanted_ids: npt.NDArray[np.integer] = np.zeros(0, np.int64)

    def _grow(self, room: int) -> None:
        def longer(kept: npt.NDArray[np.generic], axis: int) -> npt.NDArray[np.generic]:
            shape = list(kept.shape)
            shape[axis] = room
            made = np.zeros(shape, kept.dtype)
            if axis:
                made[:, : self._room] = kept
            else:
                made[: self._room] = kept
            return made

        self._stance, self._mind = longer(self._stance, 0), longer(self._mind, 0)  # type: ignore[assignment]
        self._hands, self._known = longer(self._hands, 1), longer(self._known, 0)  # type: ignore[assignment]
        self._room = room

    def step(self, people: Walkers, *, own: Own | None = None) -> Moved:
        """Move everybody on to their places and time; `own` says that the last row is the resident's own body."""
        seen, slots, n = people.seen, people.slot, len(people.slot)
        if n and int(slots.max()) >= self._room:
            self._grow(int(slots.max()) * 2 + 64)
        dt = 0.0 if self._t is None else seen.t_s - self._t
        if dt < 0.0 or dt > LEAP_S:
            self._known[:] = False
            self._thought_at = -np.inf
            self.gait.forget()
            dt = 0.0
        self._t = seen.t_s
        wanted = self._think(seen)
        if own is not None and n:
            _be_oneself(wanted, own)
        new = ~self._known[slots]
        stance, hands, mind = self._stance[slots], self._hands[:, slots], self._mind[slots]
        if new.any():
            stance[new], hands[:, new] = np.tile(wanted.stance[new], 2), np.tile(wanted.hands[:, new], 2)
        stance[:, STANCES:] = ease(stance[:, STANCES:], wanted.stance, dt, EASE_BODY_S)
        stance[:, :STANCES] = ease(stance[:, :STANCES], stance[:, STANCES:], dt, EASE_BODY_S)
        hands[..., HANDS:] = ease(hands[..., HANDS:], wanted.hands, dt, EASE_HANDS_S)
        hands[..., :HANDS] = ease(hands[..., :HANDS], hands[..., HANDS:], dt, EASE_HANDS_S)
        heading = self._heading(seen, wanted)
        if self._minds is None:
            self._minds = self._look(seen, wanted, heading)
        look = self._minds
        mind = ease(mind, look, dt, EASE_LOOK_S)
        mind[new] = look[new]
        self._known[slots] = True
        self._stance[slots], self._hands[:, slots], self._mind[slots] = stance, hands, mind
        stance, hands = stance[:, :STANCES], hands[..., :HANDS]

        deep = np.clip(seen.depth_m / np.maximum(seen.height_m, 0.5), 0.0, 0.5)
        feet = self.gait.step(
            slots,
            xy=seen.xy,
            z=seen.z,
            heading=heading,
            build=people.build,
            dt=dt,
            lift=0.25 * deep,
        )
        lots = self._lots
        phase = 6.283 * lots[1]
        effort = np.clip(feet.speed / 1.5 + 2.0 * np.clip(seen.extinction_per_m, 0.0, 1.0), 0.0, 2.0)
        acts = Acts(
            stance=stance,
            hands=hands,
            elsewhere=_elsewhere(seen, wanted, own, feet.facing),
            look_yaw=mind[:, 0],
            look_pitch=mind[:, 1],
            beat=6.5 * seen.t_s + phase,
            breath=(1.5 + 0.4 * lots[2]) * seen.t_s + phase,
            deep=1.0 + effort,
            shift=np.sin(seen.t_s * (0.35 + 0.25 * lots[4]) + phase),
            wheels=WHEELED[seen.kind],
            lift=_lift(people, stance),
        )
        root = np.column_stack([seen.xy, seen.z])
        bones = pose(people.build, root, feet, acts)
        face, mood = self._faces(seen, mind, look, stance, hands)
        return Moved(bones, face, mood, _voices(self._speaking, seen, wanted, bones))

    def _think(self, seen: Seen) -> Manners:
        due = seen.t_s - self._thought_at >= THINK_S or seen.t_s < self._thought_at
        if due or self._wanted is None or not np.array_equal(self._wanted_ids, seen.id):
            self._wanted, self._wanted_ids, self._thought_at = manners(seen), seen.id.copy(), seen.t_s
            speaks, calls = self._wanted.talking > 0, self._wanted.calls
            # Who calls is told of before who talks; each in the order of their distance.
            order = np.concatenate([np.flatnonzero(speaks & calls), np.flatnonzero(speaks & ~calls)])
            self._speaking = order[:VOICES_MOST].tolist()
            self._lots = {what: lot(seen.id, what) for what in (1, 2, 4, 8, 9, 10, 12, 13)}
            self._minds = None
        return self._wanted

    @staticmethod
    def _heading(seen: Seen, wanted: Manners) -> Floats:
        """Return where bodies face: the way they go, or when they stand, whom they listen to."""
        way = np.arctan2(wanted.gaze[:, 1] - seen.xy[:, 1], wanted.gaze[:, 0] - seen.xy[:, 0])
        off = (np.where(np.isnan(way), seen.facing, way) - seen.facing + np.pi) % (2 * np.pi) - np.pi
        extra = np.sign(off) * np.maximum(np.abs(off) - 0.35, 0.0) * (seen.speed < 0.15)
        heading: Floats = seen.facing + 0.9 * extra * wanted.turned
        return heading

    def _look(self, seen: Seen, wanted: Manners, facing: Floats) -> Floats:
        """Return what minds want: head's yaw and pitch, mouth, brows, smile, lids; (N, 6)."""
        n, ids, t = len(seen.id), seen.id, seen.t_s
        to = wanted.gaze - np.column_stack([seen.xy, seen.z + 0.92 * seen.height_m])
        with np.errstate(invalid="ignore"):
            yaw = (np.arctan2(to[:, 1], to[:, 0]) - facing + np.pi) % (2 * np.pi) - np.pi
            pitch = -np.arctan2(to[:, 2], np.hypot(to[:, 0], to[:, 1]) + 0.05)
        nothing = np.isnan(yaw) | (np.abs(yaw) > 1.9)
        turn = np.floor(t / 2.2 + lot(ids, 6)).astype(np.int64)
        idle = (lot(ids, turn + 70) - 0.5) * np.where(seen.state == BodyState.WAITING, 1.5, 0.5)
        look = np.zeros((n, 6))
        look[:, 0] = np.clip(np.where(nothing, idle, yaw), -TURN_HEAD, TURN_HEAD)
        down = 0.10 * (seen.speed > 0.3) + 0.25 * np.clip(seen.depth_m / 0.4, 0.0, 1.0) * (seen.speed > 0.3)
        look[:, 1] = np.clip(np.where(nothing, down, pitch), -0.5, 0.6)
        look[:, 2] = wanted.talking
        look[:, 3] = wanted.worried
        look[:, 4] = wanted.glad
        look[:, 5] = np.clip(0.55 * np.clip(seen.extinction_per_m, 0.0, 1.0), 0.0, 0.5)
        return look

    def _faces(self, seen: Seen, mind: Floats, look: Floats, stance: Floats, hands: Floats) -> tuple[Floats, Floats]:
        ids, t, n = seen.id, seen.t_s, len(seen.id)
        lots = self._lots
        period = 3.0 + 2.6 * lots[8]
        into = (t + 9.0 * lots[9]) % period
        blink = np.clip(1.0 - np.abs(into / BLINK_S * 2.0 - 1.0), 0.0, 1.0) ** 0.6
        asleep = stance[:, Stance.SLUMP]
        dart = np.floor(t / 0.9 + lots[10]).astype(np.int64)
        face, mood = np.zeros((n, 4)), np.zeros((n, 4))
        face[:, 0] = np.clip(np.maximum(blink, mind[:, 5]) + asleep, 0.0, 1.0)
        face[:, 1] = np.clip(1.6 * (look[:, 0] - mind[:, 0]) + 0.35 * (lot(ids, dart + 40) - 0.5), -1.0, 1.0)
        face[:, 2] = np.clip(1.2 * (mind[:, 1] - look[:, 1]) + 0.20 * (lot(ids, dart + 41) - 0.5), -1.0, 1.0)
        said = 0.5 + 0.5 * np.sin(27.0 * t + 40.0 * lots[12]) * np.sin(7.3 * t + 9.0 * lots[13])
        face[:, 3] = mind[:, 2] * (0.15 + 0.85 * said)
        mood[:, 0] = 0.9 * mind[:, 3] + 0.3 * mind[:, 2]
        # At rest a face is kind: a face without a trace of a smile looks stern to a child.
        mood[:, 1] = np.maximum(mind[:, 4], KIND * (1.0 - mind[:, 3])) - 0.25 * mind[:, 3]
        mood[:, 3] = hands[1, :, Hands.CLOTH] > 0.5
        return face, mood


def _be_oneself(wanted: Manners, own: Own) -> None:
    """Let the last body do only what the resident does: no manners of its own."""
    wanted.gaze[-1] = np.nan
    wanted.talking[-1] = 0.0
    wanted.calls[-1] = False
    wanted.partner[-1] = -1
    # Hands over the nape would be before the eyes: one's own cover is shown by crouching.
    wanted.stance[-1, Stance.CROUCH] += wanted.stance[-1, Stance.COVER]
    wanted.stance[-1, Stance.COVER] = 0.0
    for hand, place in enumerate((own.left, own.right)):
        wading = wanted.hands[hand, -1, Hands.WADE]
        wanted.hands[hand, -1] = 0.0
        if place is None:
            wanted.hands[hand, -1, Hands.WADE] = wading
        else:
            wanted.hands[hand, -1, Hands.HOLD] = 1.0


def _elsewhere(seen: Seen, wanted: Manners, own: Own | None, facing: Floats) -> Floats:
    """Return where hands go that hold another: round their back, or to the hand between the two."""
    n = len(seen.id)
    made = np.zeros((2, n, 3))
    has = wanted.partner >= 0
    if has.any():
        who, other = np.flatnonzero(has), wanted.partner[has]
        ahead = np.column_stack([np.cos(facing[other]), np.sin(facing[other])])
        back = seen.xy[other] - ahead * (0.10 * seen.height_m[other])[:, None]
        middle = 0.5 * (seen.xy[who] + seen.xy[other])
        holds = wanted.hands[:, who, Hands.HOLD].sum(0) > 0
        made[:, who, :2] = np.where(holds[:, None], middle, back)
        lower = np.minimum(seen.height_m[who], seen.height_m[other])
        made[:, who, 2] = seen.z[other] + np.where(holds, 0.56 * lower, 0.72 * seen.height_m[other])
    if seen.desk_m is not None and seen.desk_m.any():
        at = np.flatnonzero(seen.desk_m > 0)
        cos, sin = np.cos(facing[at]), np.sin(facing[at])
        for hand, side in enumerate((ON_DESK_M[1], -ON_DESK_M[1])):
            made[hand, at, 0] = seen.xy[at, 0] + cos * ON_DESK_M[0] - sin * side
            made[hand, at, 1] = seen.xy[at, 1] + sin * ON_DESK_M[0] + cos * side
            made[hand, at, 2] = seen.z[at] + seen.desk_m[at] + ON_DESK_M[2]
    if own is not None:
        for hand, place in enumerate((own.left, own.right)):
            if place is not None:
                made[hand, -1] = place
    return made


def _lift(people: Walkers, stance: Floats) -> Floats:
    """Return how much higher than on the lowest chair each sits, metres, as far as they sit."""
    seat = people.seen.seat_m
    if seat is None:
        return np.zeros(len(people.slot))
    build = people.build
    lowest = STANCE_TABLE[Stance.SIT, STANCE_COLUMNS.index("hip")] * HIP_Z * build.height_m * build.leg
    lifted: Floats = np.where(seat > 0, seat + THIGH_UNDER * build.height_m - lowest, 0.0) * stance[:, Stance.SIT]
    return np.maximum(lifted, 0.0)


def _voices(speaking: list[int], seen: Seen, wanted: Manners, bones: Bones) -> tuple[Voice, ...]:
    found = []
    for i in speaking:
        if wanted.talking[i] <= 0.0:
            continue
        x, y, z = bones.joint[Bone.HEAD, i]
        child, line = KINDS[seen.kind[i]] in {"small", "pupil"}, int(wanted.says[i])
        says, turn = "" if line < 0 else LINES[line], int(wanted.turn[i])
        manner: Literal["talk", "call"] = "call" if wanted.calls[i] else "talk"
        found.append(Voice(int(seen.id[i]), (float(x), float(y), float(z)), manner, child, says, turn))
    return tuple(found)
