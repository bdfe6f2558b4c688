"""Rigid blocks on a shaking floor: when furniture rocks, overturns or slides.

A block begins to rock when the horizontal acceleration passes g·b/h (West, in Milne 1885), b and h being half its depth
and half its height, and then turns about its lower edge by Housner's equation (The behavior of inverted pendulum
structures during earthquakes, Bulletin of the Seismological Society of America 53, 1963):

    θ'' = -p² [ ±sin(α ∓ θ) (1 + a_z/g) + (a/g) cos(α ∓ θ) ],   p² = 3 g / (4 R),  tan α = b/h,  R² = b² + h²

At every return to its base the turning loses speed by the factor 1 - 1.5 sin² α (Housner, for a base that does not
slip). When friction is less than b/h the block slides instead (Newmark 1965) and never rocks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GRAVITY_MPS2: Final = 9.80665
STEP_S: Final = 0.005
REST_MPS: Final = 0.002
"""A sliding block slower than this stands still, if friction can hold it."""
REBOUND: Final = 0.3
"""Speed that is left when a rocking block strikes a wall behind it or comes down on something; an estimate of ours."""


class Blocks:
    """N blocks that start at rest. Arrays have N rows.

    Attributes:
        theta: how far each is turned towards its axis, rad; negative: the other way.
        omega: rate of that, rad/s.
        slid: displacement over the floor, shape (N, 2), m.
        velocity: rate of that, m/s.
        alpha: angle of each block's critical slenderness, rad: past it, it overturns under its own weight.
    """

    def __init__(
        self,
        *,
        depth_m: Floats,
        height_m: Floats,
        axis: Floats,
        friction: Floats,
        may_rock: Flags,
        may_slide: Flags,
        rests_at: Floats,
        gain: Floats | None = None,
    ) -> None:
        """Set the blocks up.

        Args:
            depth_m: size along the axis about which they may overturn, (N,).
            height_m: their heights, (N,).
            axis: unit vectors in plan along the depth, (N, 2).
            friction: coefficient with the floor, (N,).
            may_rock: whether each can rock at all, (N,).
            may_slide: whether each can slide at all, (N,).
            rests_at: angle at which something stops its fall, backwards and forwards, (N, 2), rad: 0 is a wall right
                behind, pi/2 the floor.
            gain: by how much each one's support shakes harder than the floor, (N,); None means not at all.
        """
        self.alpha = np.arctan2(depth_m, height_m)
        radius = np.hypot(depth_m, height_m) / 2.0
        self._p2 = 3.0 * GRAVITY_MPS2 / (4.0 * radius)
        self._lost = np.clip(1.0 - 1.5 * np.sin(self.alpha) ** 2, 0.0, 1.0)
        self._axis = axis
        self._friction = friction
        self._rocks = may_rock & (friction >= np.tan(self.alpha))
        self._slides = may_slide & ~self._rocks
        self._rests_at = rests_at
        self._gain = np.ones(len(depth_m)) if gain is None else gain
        self._least_push = np.where(self._rocks, np.tan(self.alpha), np.inf)
        self.theta = np.zeros(len(depth_m))
        self.omega = np.zeros(len(depth_m))
        self.slid = np.zeros((len(depth_m), 2))
        self.velocity = np.zeros((len(depth_m), 2))

    def __len__(self) -> int:
        return len(self.alpha)

    @property
    def overturning(self) -> Flags:
        """Which are past the angle at which their own weight brings them down, (N,)."""
        return np.abs(self.theta) > self.alpha

    @property
    def quiet(self) -> bool:
        """Whether nothing moves."""
        return not (self.omega.any() or self.velocity.any())

    def step(self, acceleration_mps2: Floats, *, dt_s: float = STEP_S) -> None:
        """Advance by `dt_s` under the acceleration (x, y, z) of the floor."""
        a = np.asarray(acceleration_mps2, np.float64)
        weight = max(0.0, 1.0 + float(a[2]) / GRAVITY_MPS2)
        self._rock(a[:2], weight, dt_s)
        self._slide(a[:2], weight, dt_s)

    def _rock(self, a: Floats, weight: float, dt_s: float) -> None:
        push = -self._gain * (self._axis @ a) / GRAVITY_MPS2
        if not self.omega.any() and not self.theta.any() and not (np.abs(push) > self._least_push * weight).any():
            return
        resting = (self.theta == 0.0) & (self.omega == 0.0)
        side = np.where(resting, np.sign(push), np.where(self.theta != 0.0, np.sign(self.theta), np.sign(self.omega)))
        left = self.alpha - np.abs(self.theta)
        turning = self._p2 * (-side * np.sin(left) * weight + push * np.cos(left))
        blocked = np.where(side < 0, self._rests_at[:, 0], self._rests_at[:, 1]) <= 0.0
        moves = self._rocks & (~resting | ((turning * side > 0.0) & ~blocked))
        omega = np.where(moves, self.omega + turning * dt_s, self.omega)
        theta = np.where(moves, self.theta + omega * dt_s, self.theta)
        landed = moves & ~resting & (theta * side <= 0.0)
        omega = np.where(landed, omega * self._lost, omega)
        # It goes on over the other edge, unless a wall stands there or too little is left to lift it.
        other = np.where(omega < 0, self._rests_at[:, 0], self._rests_at[:, 1]) <= 0.0
        stays = landed & (other | (np.abs(omega) < self._p2 * np.sin(self.alpha) * weight * dt_s))
        theta = np.where(landed, 0.0, theta)
        omega = np.where(stays, 0.0, omega)
        stop = np.where(theta < 0, self._rests_at[:, 0], self._rests_at[:, 1])
        struck = np.abs(theta) >= stop
        theta = np.where(struck, np.sign(theta) * stop, theta)
        down = struck & (stop > self.alpha)
        self.theta = theta
        self.omega = np.where(down, 0.0, np.where(struck, -REBOUND * omega, omega))

    def _slide(self, a: Floats, weight: float, dt_s: float) -> None:
        grip = (self._friction * GRAVITY_MPS2 * weight)[:, None]
        strongest = float(np.hypot(a[0], a[1]))
        if not self.velocity.any() and not (self._slides & (self._gain * strongest > grip[:, 0])).any():
            return
        speed = np.hypot(self.velocity[:, 0], self.velocity[:, 1])[:, None]
        still = speed <= REST_MPS
        pulled = self._gain[:, None] * a[None, :]
        pull = np.hypot(pulled[:, 0], pulled[:, 1])[:, None]
        against = np.where(still, -pulled / np.maximum(pull, 1e-12), self.velocity / np.maximum(speed, 1e-12))
        # Friction takes no more speed in a step than there is.
        free = self.velocity - pulled * dt_s
        slowed = free - against * grip * dt_s
        turned = (slowed * against).sum(axis=1, keepdims=True) < 0.0
        held = (still & (pull <= grip)) | (~still & turned & (pull <= grip))
        velocity = np.where(held, 0.0, np.where(turned & ~still, 0.0, slowed))
        self.velocity = np.where(self._slides[:, None], velocity, 0.0)
        self.slid = self.slid + self.velocity * dt_s

    def stop(self, which: Flags, *, axis: int | None = None) -> None:
        """Stop the sliding of some: they met something. `axis` 0 or 1 stops x or y alone."""
        if axis is None:
            self.velocity[which] = 0.0
        else:
            self.velocity[which, axis] = 0.0
