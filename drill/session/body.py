"""The resident's body in a drill: moved by inputs every tick, under the same rules as everybody else."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from drill import TICK_S
from drill.people.bodies import Bodies
from drill.people.posture import EYE_SHARE, posture_of
from drill.people.stairs import stair_factor
from drill.people.state import BodyState, Posture
from drill.people.stride import move
from drill.record.inputs import BUTTON_CRAWL, BUTTON_CROUCH, Inputs, Pose
from drill.scenario.model import ResidentStart
from drill.site.ground import Ground

RADIUS_M: Final = 0.2
HEAD_REACH_M: Final = 0.6
"""A head further from its rig than this in plan is taken to be at this distance: nobody looks through a wall."""
BUTTON_RATIO: Final = {Posture.CROUCHING: 0.64, Posture.CRAWLING: 0.38}
"""Head height over standing head height when a key stands for a posture."""
POSTURE_SLACK: Final = 0.02
LARGEST_STEP_M: Final = 0.25
"""Longest physical step in one tick (15 m/s) that is believed; a longer one is a tracking jump."""

Floats = npt.NDArray[np.float64]


class InputsError(ValueError):
    """Inputs that no person can make. The text quotes them."""


def eye_height_m(height_m: float) -> float:
    """Return the height of the eyes of a standing person, metres."""
    return EYE_SHARE[Posture.STANDING] * height_m


class ResidentBody:
    """The one body that inputs move.

    Attributes:
        xy, floor, z: where the soles are.
        yaw_rad: facing of the rig.
        bodies: the same struct of arrays as the crowd's, with one row.
        head, left, right: world poses.
        speed_mps: horizontal speed in the last tick.
    """

    def __init__(self, start: ResidentStart, ground: Ground, *, smoke_model: str) -> None:
        self._ground = ground
        self._standing_eye_m = eye_height_m(start.height_m)
        self.xy = (start.at.x, start.at.y)
        self.floor = ground.floor_index(start.at.floor)
        self.yaw_rad = math.radians(start.facing_deg)
        self.bodies = Bodies.of(
            height_m=start.height_m,
            mass_kg=start.mass_kg,
            walking_speed_mps=start.speed_mps,
            state=BodyState.WAITING,
            smoke_model=smoke_model,
        )
        self._low_ground: Ground | None = None
        self.speed_mps = 0.0
        self.z = self._height()
        self._pose(Inputs(0))

    def crawl_under(self, props: Collection[str]) -> None:
        """Let the body go under these solid props while it crouches or crawls."""
        if props:
            site = self._ground.site
            self._low_ground = Ground(replace(site, props=tuple(p for p in site.props if p.id not in set(props))))

    @property
    def state(self) -> BodyState:
        """What the resident is doing, or that they can no more."""
        return BodyState(int(self.bodies.state[0]))

    @state.setter
    def state(self, state: BodyState) -> None:
        self.bodies.state[0] = state

    @property
    def posture(self) -> Posture:
        """Posture as the body took it in the last tick."""
        return Posture(int(self.bodies.posture[0]))

    @property
    def standing_eye_m(self) -> float:
        """Height of the eyes above the soles when standing."""
        return self._standing_eye_m

    def step(
        self,
        inputs: Inputs,
        *,
        others_xy: Floats,
        closed_doors: Collection[str],
        blocked: BaseGeometry | None = None,
    ) -> None:
        """Move by the inputs of one tick.

        Args:
            inputs: what the person did.
            others_xy: people on the same floor, (N, 2).
            closed_doors: doors that stop the body.
            blocked: fallen things on its floor that stop it too.

        Raises:
            InputsError: a number that is not finite.
        """
        check_inputs(inputs)
        self.yaw_rad = math.remainder(self.yaw_rad + inputs.turn_rad, 2 * math.pi)
        before = self.xy
        if self.state != BodyState.INCAPACITATED:
            step = self._step_of(inputs)
            if step != (0.0, 0.0):
                low = self.posture in (Posture.CROUCHING, Posture.CRAWLING)
                self.floor, self.xy = move(
                    self._low_ground if low and self._low_ground is not None else self._ground,
                    self.floor,
                    self.xy,
                    step,
                    radius_m=RADIUS_M,
                    others_xy=others_xy,
                    closed_doors=closed_doors,
                    blocked=blocked,
                )
                self.z = self._height()
        self.speed_mps = math.hypot(self.xy[0] - before[0], self.xy[1] - before[1]) / TICK_S
        self._pose(inputs)

    def _step_of(self, inputs: Inputs) -> tuple[float, float]:
        forward, right = inputs.forward, inputs.right
        size = math.hypot(forward, right)
        if size > 1.0:
            forward, right = forward / size, right / size
        cos, sin = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        along = forward * cos + right * sin, forward * sin - right * cos
        reach = 0.0
        if along != (0.0, 0.0):
            reach = float(self.bodies.speed()[0]) * self._stairs(along) * TICK_S
        x, y = inputs.step_m
        walked = math.hypot(x, y)
        if walked > LARGEST_STEP_M:
            x, y = x * LARGEST_STEP_M / walked, y * LARGEST_STEP_M / walked
        return along[0] * reach + x, along[1] * reach + y

    def _stairs(self, along: tuple[float, float]) -> float:
        """Return the share of speed that a stair leaves, as for everybody in the crowd."""
        floor = np.array([self.floor], np.int16)
        return float(stair_factor(self._ground, floor=floor, xy=np.array([self.xy]), heading=np.array([along]))[0])

    def _height(self) -> float:
        floor, xy = np.array([self.floor], np.int16), np.array([self.xy])
        return float(self._ground.z(floor, xy)[0])

    def _pose(self, inputs: Inputs) -> None:
        head = inputs.head
        if head is None:
            pressed = Posture.STANDING
            if inputs.buttons & BUTTON_CRAWL:
                pressed = Posture.CRAWLING
            elif inputs.buttons & BUTTON_CROUCH:
                pressed = Posture.CROUCHING
            head = Pose(0.0, 0.0, self._standing_eye_m * BUTTON_RATIO.get(pressed, 1.0))
        out = math.hypot(head.x, head.y)
        if out > HEAD_REACH_M:
            share = HEAD_REACH_M / out
            head = Pose(head.x * share, head.y * share, head.z, head.qx, head.qy, head.qz, head.qw)
        self.head = self._world(head)
        self.left = None if inputs.left is None else self._world(inputs.left)
        self.right = None if inputs.right_hand is None else self._world(inputs.right_hand)
        self.bodies.posture[0] = self._posture(head.z)

    def _posture(self, head_m: float) -> Posture:
        """Return the posture; a head near a limit keeps the one it had, so that breathing changes nothing."""
        up, down = (posture_of(head_m=head_m + s, standing_head_m=self._standing_eye_m) for s in _SLACK)
        return self.posture if self.posture in (up, down) else up

    def _world(self, pose: Pose) -> Pose:
        half = self.yaw_rad / 2
        sin_half, cos_half = math.sin(half), math.cos(half)
        cos, sin = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return Pose(
            self.xy[0] + cos * pose.x - sin * pose.y,
            self.xy[1] + sin * pose.x + cos * pose.y,
            self.z + pose.z,
            cos_half * pose.qx - sin_half * pose.qy,
            cos_half * pose.qy + sin_half * pose.qx,
            cos_half * pose.qz + sin_half * pose.qw,
            cos_half * pose.qw - sin_half * pose.qz,
        )


_SLACK: Final = (POSTURE_SLACK, -POSTURE_SLACK)


def check_inputs(inputs: Inputs) -> None:
    """Raise InputsError when a number of the inputs is not finite, or a head is where no head can be."""
    numbers = inputs.forward + inputs.right + inputs.turn_rad + inputs.step_m[0] + inputs.step_m[1]
    for pose in (inputs.head, inputs.left, inputs.right_hand):
        if pose is not None:
            numbers += pose.x + pose.y + pose.z + pose.qx + pose.qy + pose.qz + pose.qw
    if not math.isfinite(numbers):
        msg = f"inputs of tick {inputs.tick} hold a number that is not finite: {inputs}"
        raise InputsError(msg)
    if inputs.head is not None and not 0.0 < inputs.head.z < 3.0:
        msg = f"inputs of tick {inputs.tick}: head {inputs.head.z} m above the rig; it is between 0 and 3 m"
        raise InputsError(msg)
