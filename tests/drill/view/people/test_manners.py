"""What people do besides going: always the same for the same crowd and time, and fit for what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from drill.people.state import BodyState, Posture
from drill.view.people.looks import KINDS, Kind, kind_of, looks
from drill.view.people.manners import LINES, Manners, lot, manners
from drill.view.people.motion import Motion, Walkers
from drill.view.people.poses import Hands, Stance


def hall(walkers_of: Callable[..., Walkers], n: int = 60, kind: str = "pupil", **given: Any) -> Walkers:
    rng = np.random.default_rng(5)
    return walkers_of(n, kind=kind, height_m=1.35, **({"xy": rng.uniform(0.0, 12.0, (n, 2))} | given))


def test_the_same_crowd_at_the_same_time_behaves_the_same(walkers_of: Callable[..., Walkers]) -> None:
    first, second = (manners(hall(walkers_of, t_s=17.3).seen) for _ in range(2))
    for part in fields(Manners):
        assert np.array_equal(getattr(first, part.name), getattr(second, part.name), equal_nan=True)
    later = manners(hall(walkers_of, t_s=29.9).seen)
    assert not np.array_equal(first.talking, later.talking)


def test_manners_change_nothing_of_what_they_look_at(walkers_of: Callable[..., Walkers]) -> None:
    seen = hall(walkers_of, t_s=3.0).seen
    kept = {
        f.name: np.copy(getattr(seen, f.name)) for f in fields(seen) if isinstance(getattr(seen, f.name), np.ndarray)
    }
    manners(seen)
    for name, value in kept.items():
        assert np.array_equal(getattr(seen, name), value), name


def test_waiting_pupils_talk_by_turns_and_look_at_who_speaks(walkers_of: Callable[..., Walkers]) -> None:
    spoke, shares, listened = set(), [], []
    for t in np.arange(0.0, 60.0, 2.0):
        seen = hall(walkers_of, t_s=float(t)).seen
        made = manners(seen)
        speaking = np.flatnonzero(made.talking > 0)
        spoke.update(speaking.tolist())
        shares.append(len(speaking) / 60)
        listened += [np.count_nonzero(np.abs(made.gaze[:, :2] - seen.xy[i]).sum(1) < 1e-9) for i in speaking]
    assert 0.03 < np.mean(shares) < 0.5
    assert len(spoke) > 20
    assert np.mean(listened) > 0.5


def test_those_who_are_safe_wave_and_those_who_lead_beckon(walkers_of: Callable[..., Walkers]) -> None:
    def seen_doing(what: Hands, **given: Any) -> float:
        found = [
            manners(hall(walkers_of, t_s=float(t), **given).seen).hands[..., what].sum() for t in np.arange(0, 40, 2.5)
        ]
        return float(np.mean(found))

    safe = np.full(60, BodyState.SAFE)
    assert seen_doing(Hands.WAVE, state=safe) > 3
    assert seen_doing(Hands.WAVE) == 0
    assert seen_doing(Hands.BECKON, kind="teacher", alarmed=True) > 3
    assert seen_doing(Hands.BECKON, kind="teacher") == 0, "nothing has begun"
    assert seen_doing(Hands.CALL, state=np.full(60, BodyState.MOVING)) > 0.5


def test_water_smoke_and_shaking_are_answered(walkers_of: Callable[..., Walkers]) -> None:
    moving = np.full(60, BodyState.MOVING)
    wet = manners(hall(walkers_of, depth_m=np.full(60, 0.5), state=moving).seen)
    assert (wet.hands[..., Hands.WADE].sum(0) > 1.0).mean() > 0.7
    smoky = manners(hall(walkers_of, extinction_per_m=np.full(60, 1.2), state=moving).seen)
    assert smoky.stance[:, Stance.STOOP].all()
    assert smoky.hands[1, :, Hands.CLOTH].all()
    assert smoky.talking.max() == 0.0
    low = np.full(60, Posture.CROUCHING)
    assert manners(hall(walkers_of, posture=low, shaking=True).seen).stance[:, Stance.COVER].all()
    assert manners(hall(walkers_of, posture=low).seen).stance[:, Stance.CROUCH].all()
    covering = manners(hall(walkers_of, state=np.full(60, BodyState.COVERING), posture=low + 1).seen)
    assert covering.stance[:, Stance.COVER].all()


def test_on_a_stair_the_rail_is_held(walkers_of: Callable[..., Walkers]) -> None:
    up = manners(hall(walkers_of, slope=np.full(60, 0.5), state=np.full(60, BodyState.MOVING)).seen)
    assert up.hands[0, :, Hands.RAIL].all()
    assert not manners(hall(walkers_of).seen).hands[0, :, Hands.RAIL].any()


def pair(walkers_of: Callable[..., Walkers], kinds: tuple[Kind, Kind], apart: float) -> Walkers:
    made = walkers_of(
        2, xy=np.array([[0.0, 0.0], [0.0, apart]]), speed=np.full(2, 0.7), state=np.full(2, BodyState.MOVING)
    )
    seen = replace(made.seen, kind=np.array([KINDS.index(k) for k in kinds]), height_m=np.array([1.68, 1.20]))
    return Walkers(made.slot, seen, made.build, made.aged)


def test_the_strong_lead_a_child_by_the_hand_and_bear_up_the_old(walkers_of: Callable[..., Walkers]) -> None:
    child = manners(pair(walkers_of, ("adult", "small"), 0.55).seen)
    assert child.hands[0, 0, Hands.HOLD] == 1.0
    assert child.hands[1, 1, Hands.HOLD] == 1.0
    old = manners(pair(walkers_of, ("adult", "elder"), 0.55).seen)
    assert old.hands[0, 0, Hands.ROUND] == 1.0
    assert manners(pair(walkers_of, ("adult", "small"), 2.0).seen).hands[..., Hands.HOLD].sum() == 0.0
    motion = Motion()
    for i in range(60):
        people = pair(walkers_of, ("adult", "small"), 0.55)
        people.seen.t_s = i / 30.0
        moved = motion.step(people)
    assert np.linalg.norm(moved.bones.joint[9, 0] - moved.bones.joint[10, 1]) < 0.12


def test_speakers_are_told_with_their_mouths(walkers_of: Callable[..., Walkers]) -> None:
    motion, heard = Motion(), []
    for i in range(40):
        people = hall(walkers_of, t_s=i * 0.5)
        moved = motion.step(people)
        for voice in moved.voices:
            row = int(np.flatnonzero(people.seen.id == voice.id)[0])
            assert np.hypot(voice.at[0] - people.seen.xy[row, 0], voice.at[1] - people.seen.xy[row, 1]) < 0.4
            assert 0.9 < voice.at[2] < 1.3
            assert voice.child
            heard.append(voice)
    assert {voice.manner for voice in heard} >= {"talk"}


def test_who_calls_has_a_hand_at_the_mouth_and_an_arm_in_the_air(walkers_of: Callable[..., Walkers]) -> None:
    calls = 0
    for t in np.arange(0.0, 40.0, 2.0):
        made = manners(hall(walkers_of, kind="teacher", t_s=float(t), alarmed=True).seen)
        calling = np.flatnonzero(made.calls)
        calls += len(calling)
        assert (made.hands[..., Hands.CALL].sum(0)[calling] == 1.0).all()
        assert (made.hands[..., Hands.WAVE].sum(0)[calling] == 1.0).all()
        still = ~made.calls & (made.hands[..., Hands.BECKON].sum(0) == 0)
        assert still.mean() < 0.5, "who leads seldom stands with arms hanging"
    assert calls > 300


def test_among_children_everybody_who_is_grown_leads(walkers_of: Callable[..., Walkers]) -> None:
    def beckons(children: int) -> float:
        kind = np.full(60, KINDS.index("adult"))
        kind[:children] = KINDS.index("pupil")
        found = [
            manners(replace(hall(walkers_of, t_s=float(t), alarmed=True).seen, kind=kind)).hands[..., Hands.BECKON]
            for t in np.arange(0.0, 20.0, 2.5)
        ]
        return float(np.mean([hands[:, 50:].sum() for hands in found]))

    assert beckons(50) > 1
    assert beckons(0) == 0


def test_who_hesitates_looks_about_and_asks_and_nobody_does_before_it_begins(
    walkers_of: Callable[..., Walkers],
) -> None:
    apart = {"xy": np.column_stack([np.arange(60) * 9.0, np.zeros(60)])}
    ways, said = [], set()
    for t in np.arange(0.0, 20.0, 0.65):
        for given in (dict[str, Any](apart), dict[str, Any]()):
            made = manners(hall(walkers_of, t_s=float(t), alarmed=True, **given).seen)
            said |= {LINES[i] for i in made.says[made.says >= 0]}
            if given:
                ways.append(np.sign(made.gaze[:, 1] - apart["xy"][:, 1]))
        assert manners(hall(walkers_of, t_s=float(t)).seen).says.max() == -1
    sides = np.array(ways)
    assert (sides.max(0) == 1).all()
    assert (sides.min(0) == -1).all(), "everybody looks to both sides"
    assert said == {"ask_what"}


def test_what_is_called_helps_the_others(walkers_of: Callable[..., Walkers]) -> None:
    def said(kind: str, **given: Any) -> set[str]:
        found = set()
        for t in np.arange(0.0, 80.0, 2.0):
            made = manners(hall(walkers_of, kind=kind, t_s=float(t), alarmed=True, **given).seen)
            found |= {LINES[i] for i in made.says[made.calls]}
        return found

    moving, safe = np.full(60, BodyState.MOVING), np.full(60, BodyState.SAFE)
    assert said("pupil", state=moving) == {"call_here", "call_together"}
    assert said("pupil", state=safe) == {"call_here", "call_safe"}
    assert said("teacher", state=moving) == {"call_come"}
    assert said("teacher") == {"call_calm"}
    assert said("teacher", state=np.full(60, BodyState.COVERING), shaking=True) == {"call_head"}
    assert said("teacher", state=moving, extinction_per_m=np.full(60, 1.0)) == set(), "nobody calls in smoke"


def test_who_sits_sits(walkers_of: Callable[..., Walkers]) -> None:
    seat = np.where(np.arange(60) % 2 == 0, 0.42, 0.0)
    desk = np.where(np.arange(60) % 4 == 0, 0.70, 0.0)
    made = manners(hall(walkers_of, seat_m=seat, desk_m=desk).seen)
    assert (made.stance[:, Stance.SIT] == (seat > 0)).all()
    assert (made.hands[..., Hands.DESK] == (desk > 0)).all()
    assert not made.turned[seat > 0].any(), "a chair does not turn"


def test_lots_are_even() -> None:
    drawn = lot(np.arange(4000), np.arange(4000) % 7)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    assert np.histogram(drawn, 4, (0, 1))[0] == pytest.approx(1000, rel=0.15)


def test_looks_are_steady_and_differ() -> None:
    numbers = list(range(60))
    kinds = [kind_of(i, 1.66, school=False, level=True) for i in numbers]
    first = looks(numbers, np.full(60, 1.66), kinds)
    second = looks(numbers, np.full(60, 1.66), kinds)
    assert np.array_equal(first.rows, second.rows)
    assert len({row.tobytes() for row in first.rows}) == 60
    # Colours travel as 24 bit whole numbers in float32: exact.
    assert np.array_equal(first.rows[:, :2], np.round(first.rows[:, :2]))
    assert first.rows[:, :2].max() < 2**24


def test_a_school_has_pupils_and_teachers_and_a_town_has_all_kinds() -> None:
    assert {kind_of(i, 1.32, school=True, level=False) for i in range(200)} == {"pupil"}
    assert {kind_of(i, 1.15, school=True, level=False) for i in range(9)} == {"small"}
    assert {kind_of(i, 1.66, school=True, level=False) for i in range(200)} == {"teacher", "adult"}
    town = {kind_of(i, 1.6, school=False, level=True) for i in range(2000)}
    assert town == {"elder", "cane", "wheelchair", "adult", "pregnant"}
    # Nobody rides a wheelchair where there are only stairs.
    assert "wheelchair" not in {kind_of(i, 1.6, school=False, level=False) for i in range(2000)}
