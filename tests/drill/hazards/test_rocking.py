"""Rigid blocks against the closed forms of Housner, West and Newmark, and against walls."""

import math

import numpy as np
import pytest

from drill.hazards.rocking import GRAVITY_MPS2, STEP_S, Blocks
from drill.seismic.synthetic import synthetic

FREE = (math.pi / 2, math.pi / 2)


def block(depth, height, *, friction=0.9, rests=FREE, rock=True, slide=True, axis=(1.0, 0.0), gain=None):
    return Blocks(
        depth_m=np.array([depth]),
        height_m=np.array([height]),
        axis=np.array([axis]),
        friction=np.array([friction]),
        may_rock=np.array([rock]),
        may_slide=np.array([slide]),
        rests_at=np.array([rests]),
        gain=None if gain is None else np.array([gain]),
    )


def shaken(one, motion):
    for a in motion.acceleration_mps2:
        one.step(a)
        one.step(a)
    return one


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8])
def test_free_rocking_takes_the_quarter_period_of_housner(share):
    one = block(0.4, 1.8)
    one.theta[:] = share * one.alpha
    p = math.sqrt(3 * GRAVITY_MPS2 / (4 * math.hypot(0.2, 0.9)))
    t = 0.0
    while one.theta[0] > 0:
        one.step(np.zeros(3), dt_s=0.001)
        t += 0.001
    # Housner linearises sin for slender blocks, which 0.4 over 1.8 m is.
    assert t == pytest.approx(math.acosh(1 / (1 - share)) / p, rel=0.01)


def test_every_return_to_the_base_loses_the_share_of_housner():
    one = block(0.4, 1.8)
    one.theta[:] = 0.5 * one.alpha
    before = 0.0
    while one.theta[0] > 0:
        before = float(one.omega[0])
        one.step(np.zeros(3), dt_s=0.001)
    alpha = math.atan2(0.4, 1.8)
    assert one.omega[0] / before == pytest.approx(1 - 1.5 * math.sin(alpha) ** 2, rel=0.01)


@pytest.mark.parametrize(("depth", "height"), [(0.3, 1.8), (0.4, 1.2), (0.6, 0.9)])
def test_rocking_begins_at_the_acceleration_of_west(depth, height):
    limit = GRAVITY_MPS2 * depth / height
    below, above = block(depth, height), block(depth, height)
    below.step(np.array([0.99 * limit, 0, 0]))
    above.step(np.array([1.01 * limit, 0, 0]))
    assert below.quiet
    assert above.theta[0] < 0  # against the push


def test_vertical_shaking_makes_it_lighter():
    one = block(0.3, 1.8)
    one.step(np.array([0.9 * GRAVITY_MPS2 * 0.3 / 1.8, 0, -2.0]))
    assert not one.quiet


def test_a_block_slides_as_newmark_says_and_does_not_rock_where_friction_is_low():
    one = block(0.6, 0.6, friction=0.3)
    for _ in range(200):
        one.step(np.array([4.0, 0, 0]))
    against = 4.0 - 0.3 * GRAVITY_MPS2
    assert one.velocity[0, 0] == pytest.approx(-against, rel=0.01)
    assert one.slid[0, 0] == pytest.approx(-0.5 * against, rel=0.02)
    assert one.theta[0] == 0
    for _ in range(200):
        one.step(np.zeros(3))
    assert one.quiet
    # It came to rest by friction alone: v²/(2 μ g) further.
    assert one.slid[0, 0] == pytest.approx(-0.5 * against - against**2 / (2 * 0.3 * GRAVITY_MPS2), rel=0.02)


def test_friction_holds_what_is_pushed_less():
    one = block(0.6, 0.6, friction=0.5)
    for _ in range(100):
        one.step(np.array([0.49 * GRAVITY_MPS2, 0, 0]))
    assert one.slid[0, 0] == 0


def test_strong_shaking_overturns_the_slender_block_and_not_the_stout_one():
    strong = synthetic(intensity=5.8, duration_s=36, rise_s=6, seed="quake/main")
    weak = synthetic(intensity=4.4, duration_s=36, rise_s=6, seed="quake/main")
    assert shaken(block(0.3, 1.8), strong).overturning[0]
    assert abs(float(shaken(block(0.3, 1.8), strong).theta[0])) == pytest.approx(math.pi / 2)
    assert not shaken(block(0.8, 1.8), strong).overturning[0]
    assert shaken(block(0.3, 1.8), weak).quiet


def test_a_wall_behind_keeps_it_from_falling_that_way_and_a_desk_stops_it():
    strong = synthetic(intensity=6.6, duration_s=12, rise_s=3, seed="wall")
    blocked = shaken(block(0.3, 1.8, rests=(0.0, 0.0)), strong)
    assert blocked.theta[0] == 0
    leaning = block(0.3, 1.8, rests=(0.5, 0.5))
    shaken(leaning, strong)
    assert abs(float(leaning.theta[0])) == pytest.approx(0.5)
    assert leaning.quiet


def test_what_may_not_move_does_not():
    strong = synthetic(intensity=6.6, duration_s=8, rise_s=3, seed="wall")
    assert shaken(block(0.3, 1.8, rock=False, slide=False), strong).quiet


def test_the_support_may_shake_harder_than_the_floor():
    push = np.array([0.7 * GRAVITY_MPS2 * 0.3 / 1.8, 0, 0])
    plain, raised = block(0.3, 1.8), block(0.3, 1.8, gain=2.0)
    plain.step(push)
    raised.step(push)
    assert plain.quiet
    assert not raised.quiet


def test_the_step_is_small_enough():
    motion = synthetic(intensity=5.4, duration_s=20, rise_s=5, seed="small")
    coarse, fine = block(0.3, 1.8), block(0.3, 1.8)
    for a in motion.acceleration_mps2[300:700]:
        for _ in range(2):
            coarse.step(a)
        for _ in range(20):
            fine.step(a, dt_s=STEP_S / 10)
    assert float(coarse.theta[0]) == pytest.approx(float(fine.theta[0]), abs=0.02)
