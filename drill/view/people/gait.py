"""Where feet go: each stands fast on its place while the body passes over it, and steps on by travelled distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.view.people.skeleton import ANKLE_Z, BALL_X, HEEL_X, HIP_Y, Build, carry, turn

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

STRIDE_HEIGHTS: Final = 0.82
"""Two steps in body heights at an easy walk."""
JUMP_M: Final = 1.0
"""One who moved further between two pictures was set down elsewhere: the feet start anew."""
STEP_S: Final = 0.42
"""How long a step takes that no travel drives, such as the one that brings the feet together."""
STILL_MPS: Final = 0.07
SHUFFLE: Final = 0.065
"""A standing foot steps when it is this far from its place, in body heights."""
TURN_SHUFFLE: Final = 0.55
LONGEST: Final = 0.62
"""Feet left further behind than this, in body heights, are set anew."""
STANCE_WALK: Final = 0.62
STANCE_RUN: Final = 0.40
TURN_RATE: Final = 4.0


def stride_m(speed: Floats, height_m: Floats) -> Floats:
    """Return the length of two steps, metres: it grows with speed (m/s) and body height (m)."""
    stride: Floats = STRIDE_HEIGHTS * height_m * (0.55 + 0.45 * np.clip(speed / 1.3, 0.0, 1.4))
    return stride


@dataclass(frozen=True, slots=True)
class Feet:
    """Feet of N bodies at a moment.

    Attributes:
        ankle: (2, N, 3), metres; left first.
        yaw, pitch: of the feet, (2, N), radians; a positive pitch lifts the heel.
        planted: whether a foot bears, (2, N).
        cycle: share of two steps that is done, (N,).
        going: 0 standing to 1 walking, (N,).
        speed: smoothed, m/s, (N,).
        slope: rise over run of the way, (N,).
        facing: smoothed heading, radians, (N,).
    """

    ankle: Floats
    yaw: Floats
    pitch: Floats
    planted: npt.NDArray[np.bool_]
    cycle: Floats
    going: Floats
    speed: Floats
    slope: Floats
    facing: Floats


class Gait:
    """The feet of everybody seen so far, one row a slot; it remembers where each foot stands."""

    def __init__(self, *, locked: bool = True) -> None:
        """Begin with nobody. `locked` false lets feet drift with the body: the fault that tests plant."""
        self._locked = locked
        self._room = 0
        self._grow(64)

    def _grow(self, room: int) -> None:
        shapes = {
            "_seen": (),
            "_xy": (2,),
            "_z": (),
            "_velocity": (2,),
            "_slope": (),
            "_facing": (),
            "_phase": (),
            "_ball": (2, 3),
            "_from": (2, 3),
            "_yaw": (2,),
            "_swinging": (2,),
        }
        for name, shape in shapes.items():
            kept = getattr(self, name, None)
            made: npt.NDArray[np.generic] = np.zeros(
                (room, *shape), np.bool_ if name in {"_seen", "_swinging"} else np.float64
            )
            if kept is not None:
                made[: len(kept)] = kept
            setattr(self, name, made)
        self._room = room

    _seen: npt.NDArray[np.bool_]
    _xy: Floats
    _z: Floats
    _velocity: Floats
    _slope: Floats
    _facing: Floats
    _phase: Floats
    _ball: Floats
    _from: Floats
    _yaw: Floats
    _swinging: npt.NDArray[np.bool_]

    def forget(self) -> None:
        """Start anew with everybody, as after a leap in time."""
        self._seen[:] = False

    def slope(self, slots: Rows) -> Floats:
        """Return the rise over run on which each went last; 0 for those not seen before."""
        known = np.minimum(slots, self._room - 1)
        found: Floats = np.where((slots < self._room) & self._seen[known], self._slope[known], 0.0)
        return found

    def step(
        self, slots: Rows, *, xy: Floats, z: Floats, heading: Floats, build: Build, dt: float, lift: Floats
    ) -> Feet:
        """Walk on to the places `xy` (N, 2) and heights `z` (N,), metres.

        Args:
            slots: a number a person that stays theirs.
            xy: where they are.
            z: heights of the soles.
            heading: facing, radians.
            build: bodies.
            dt: seconds since the last step, 0 for none.
            lift: how high feet are lifted on top of the usual, body heights; wading lifts them out of the mud.
        """
        if len(slots) and int(slots.max()) >= self._room:
            self._grow(int(slots.max()) * 2 + 64)
        size = build.height_m * build.leg
        moved = xy - self._xy[slots]
        new = ~self._seen[slots] | ((moved * moved).sum(1) > JUMP_M * JUMP_M)
        moved[new] = 0.0
        way = np.sqrt((moved * moved).sum(1))
        velocity, slope, facing = self._smooth(slots, moved, way, z, heading, new, dt)
        speed = np.sqrt((velocity * velocity).sum(1))
        going = np.clip(speed / 0.30, 0.0, 1.0)
        stride = stride_m(speed, build.height_m)
        bearing = STANCE_WALK + (STANCE_RUN - STANCE_WALK) * np.clip((speed - 1.7) / 0.9, 0.0, 1.0)
        forward = np.stack([np.cos(facing), np.sin(facing)], axis=1)
        ahead = np.where(speed[:, None] > 0.12, velocity / np.maximum(speed, 1e-6)[:, None], forward)

        side = np.array([1.0, -1.0])[:, None]
        apart = side * HIP_Y * (1.0 - 0.35 * going) * size
        home = np.empty((2, len(slots), 2))
        home[..., 0] = xy[:, 0] + forward[:, 0] * (BALL_X * size) - forward[:, 1] * apart
        home[..., 1] = xy[:, 1] + forward[:, 1] * (BALL_X * size) + forward[:, 0] * apart

        ball = self._ball[slots].transpose(1, 0, 2)
        start = self._from[slots].transpose(1, 0, 2)
        yaw = self._yaw[slots].T.copy()
        swinging = self._swinging[slots].T.copy()
        phase = self._phase[slots]
        if new.any():
            ball[:, new, :2], ball[:, new, 2] = home[:, new], z[new]
            yaw[:, new] = facing[new] + side * 0.10
            swinging[:, new] = False
            phase[new] = 0.05
        phase = self._advance(phase, way, stride, bearing, swinging, speed, ball, home, yaw, facing, build, dt)
        share = (phase + np.array([0.0, 0.5])[:, None]) % 1.0
        swings = share >= bearing
        up = np.where(swings, (share - bearing) / (1.0 - bearing), 1.0)
        begun = swings & ~swinging
        start[begun] = ball[begun]

        # Since a foot landed, the body has gone on by a part of a step.
        gone = np.where(swings, (1.0 - up) * (1.0 - bearing), -np.minimum(share, 0.1))
        lead = (gone + 0.5 * bearing) * stride * going
        target = np.empty_like(ball)
        target[..., :2] = home + ahead * lead[..., None]
        target[..., 2] = z + slope * lead
        landed = ~swings & swinging
        # Lifted first, moved then, set down last: a sole never scuffs.
        eased = _smoothstep((up - 0.05) / 0.87)
        flying = start + (target - start) * eased[..., None]
        flying[..., 2] += (0.030 + 0.030 * np.minimum(speed, 2.5) + lift) * build.height_m * np.sin(np.pi * up)
        far = ((ball[..., :2] - xy) ** 2).sum(-1) > (LONGEST * build.height_m) ** 2
        lost = far & ~swings & ~landed
        ball = np.where(swings[..., None], flying, np.where((landed | lost)[..., None], target, ball))
        if not self._locked:
            ball[..., :2] += np.where(swings[..., None], 0.0, 0.5 * moved)
        toward = facing + side * 0.10
        yaw = np.where(swings, yaw + _turned(toward - yaw) * eased, np.where(landed | lost, toward, yaw))

        self._seen[slots] = True
        self._xy[slots], self._z[slots] = xy, z
        self._velocity[slots], self._slope[slots], self._facing[slots] = velocity, slope, facing
        self._phase[slots] = phase
        self._ball[slots], self._from[slots] = ball.transpose(1, 0, 2), start.transpose(1, 0, 2)
        self._yaw[slots], self._swinging[slots] = yaw.T, swings.T

        pitch = _pitch(share, bearing, up, swings, going, speed)
        return Feet(_ankles(ball, yaw, pitch, size), yaw, pitch, ~swings, phase, going, speed, slope, facing)

    def _smooth(
        self, slots: Rows, moved: Floats, way: Floats, z: Floats, heading: Floats, new: npt.NDArray[np.bool_], dt: float
    ) -> tuple[Floats, Floats, Floats]:
        velocity, slope, facing = self._velocity[slots], self._slope[slots], self._facing[slots]
        if dt > 0.0:
            velocity += (moved / dt - velocity) * (1.0 - np.exp(-dt / 0.15))
            rising = way > 0.1 * dt
            rise = np.clip((z - self._z[slots]) / np.maximum(way, 1e-6), -1.0, 1.0)
            slope += np.where(rising, rise - slope, 0.0) * (1.0 - np.exp(-dt / 0.2))
            turning = _turned(heading - facing) * (1.0 - np.exp(-dt / 0.18))
            facing = _turned(facing + np.clip(turning, -TURN_RATE * dt, TURN_RATE * dt))
        velocity[new], slope[new], facing[new] = 0.0, 0.0, heading[new]
        return velocity, slope, facing

    @staticmethod
    def _advance(
        phase: Floats,
        way: Floats,
        stride: Floats,
        bearing: Floats,
        swinging: npt.NDArray[np.bool_],
        speed: Floats,
        ball: Floats,
        home: Floats,
        yaw: Floats,
        facing: Floats,
        build: Build,
        dt: float,
    ) -> Floats:
        """Return the phase after travelling `way`; a foot in the air comes down even when the body stops."""
        flying = swinging.any(0)
        by_time = np.where(flying, (1.0 - bearing) * dt / STEP_S, 0.0)
        phase = (phase + np.clip(np.maximum(way / stride, by_time), 0.0, 0.2)) % 1.0
        if dt <= 0.0:
            return phase
        # Both feet bear and the body rests: the foot that is worst off its place steps there.
        off = np.sqrt(((ball[..., :2] - home) ** 2).sum(-1)) / build.height_m
        off = np.maximum(off / SHUFFLE, np.abs(_turned(yaw - facing)) / TURN_SHUFFLE)
        worst = off[1] > off[0]
        due = ~flying & (speed < STILL_MPS) & (np.maximum(off[0], off[1]) > 1.0)
        resting = ~flying & (speed < STILL_MPS) & ~due
        # A body at rest keeps a phase in which both feet bear.
        phase = np.where(resting & ((phase % 0.5) > bearing - 0.5), 0.05, phase)
        return np.where(due, np.where(worst, bearing - 0.5, bearing) + 1e-6, phase)


def _pitch(
    share: Floats, bearing: Floats, up: Floats, swings: npt.NDArray[np.bool_], going: Floats, speed: Floats
) -> Floats:
    """Return the pitch of feet: heel first, flat, rolling off over the ball, and back in the air."""
    strike, push = 0.26 * np.minimum(speed, 1.3), 0.60 + 0.12 * np.minimum(speed, 2.5)
    stood = share / bearing
    down = -strike * np.clip(1.0 - stood / 0.14, 0.0, 1.0) + push * _smoothstep((stood - 0.55) / 0.45)
    flown = push + (-strike - push) * _smoothstep(up / 0.85)
    return np.where(swings, flown, down) * going


def _ankles(ball: Floats, yaw: Floats, pitch: Floats, size: Floats) -> Floats:
    """Return the ankles of feet that turn about the ball (pitch above 0) or the heel (below)."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    heel = pitch < 0.0
    pivot = ball.copy()
    back = np.where(heel, (HEEL_X - BALL_X) * size, 0.0)
    pivot[..., 0] += cos * back
    pivot[..., 1] += sin * back
    arm = np.zeros_like(ball)
    arm[..., 0] = np.where(heel, -HEEL_X, -BALL_X) * size
    arm[..., 2] = ANKLE_Z * size
    return pivot + carry(turn(pitch, yaw, 0.0), arm)


def _smoothstep(x: Floats) -> Floats:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def _turned(angle: Floats) -> Floats:
    """Return angles within a half turn of 0."""
    return (angle + np.pi) % (2.0 * np.pi) - np.pi
