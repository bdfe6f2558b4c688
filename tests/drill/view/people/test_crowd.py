"""The crowd as it is drawn: budgets, levels of detail, the resident's own body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.record.inputs import Pose
from drill.scenario.scenario import Scenario
from drill.session.frame import CrowdState, Frame
from drill.view.desktop import DesktopView
from drill.view.people import People
from drill.view.people.crowd import CALLS_BUDGET, TRIANGLES_BUDGET
from drill.view.people.figure import FAR, MIDDLE, NEAR, figure
from drill.view.people.skeleton import BONES


def show(people: People, crowd: CrowdState, t_s: float = 1.0, **given: Any) -> None:
    people.show(crowd, xy=crowd.xy, z=crowd.z, t_s=t_s, media=[], eye=(0.0, 0.0, 1.5), **given)


def test_three_hundred_stay_within_the_budget_of_triangles_and_calls(crowd_of: Callable[..., CrowdState]) -> None:
    people = People()
    show(people, crowd_of(*[(x, y) for x in np.linspace(-9, 9, 20) for y in np.linspace(-7, 7, 15)]))
    assert people.shown == 300
    assert sum(people.figures) == 300
    assert people.calls <= CALLS_BUDGET
    assert people.triangles <= TRIANGLES_BUDGET


@pytest.mark.parametrize("detail", [FAR, MIDDLE, NEAR])
def test_figures_stand_on_the_ground_and_are_one_high(detail: int) -> None:
    corners, triangles = figure(detail).corners(), figure(detail).triangles()
    bare = corners[corners["texcoord"][:, 0] == 0]["vertex"]
    assert bare[:, 2].min() == pytest.approx(0.0, abs=0.006)
    assert bare[:, 2].max() == pytest.approx(1.0, abs=0.012 if detail else 0.03)
    assert corners["colour"][:, :2].max() < BONES
    assert corners["colour"][:, 2].min() >= 0.0
    assert corners["colour"][:, 2].max() <= 1.0
    assert triangles.max() < len(corners)
    lengths = np.linalg.norm(corners["normal"][np.unique(triangles)], axis=1)
    assert lengths == pytest.approx(1.0, abs=0.01)


def test_figures_get_coarser_with_distance() -> None:
    near, middle, far = (len(figure(d).triangles()) for d in (NEAR, MIDDLE, FAR))
    assert near > 2.5 * middle > 8 * far


def test_nobody_at_all_is_no_trouble(crowd_of: Callable[..., CrowdState]) -> None:
    people = People()
    show(people, crowd_of())
    assert people.shown == 0
    assert people.calls == 0


def test_who_leaves_and_who_comes(crowd_of: Callable[..., CrowdState]) -> None:
    people = People()
    for i, n in enumerate((3, 70, 2, 200)):
        show(people, crowd_of(*[(1.0 + k * 0.5, 0.0) for k in range(n)]), t_s=1.0 + i * 0.05)
        assert people.shown == n


def test_one_sees_the_own_body_when_looking_down_and_no_head(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    seen = {}
    for pitch in (-1.15, 0.0):
        pictures = []
        for hidden in (True, False):
            frame = frame_of(gym, pitch=pitch)
            view.draw(frame)
            view.picture()
            own = view.scene.people._own
            if hidden:
                own.stash()
            view.screen.render()
            pictures.append(view.screen.picture().astype(int))
            if hidden:
                own.unstash()
        seen[pitch] = np.count_nonzero(np.abs(pictures[0] - pictures[1]).sum(axis=2) > 40)
    assert seen[-1.15] > 1500
    assert seen[0.0] < 60


def test_tracked_hands_are_seen(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    frame = frame_of(gym, pitch=-0.25)
    hand = Pose(15.42, 10.12, 1.32)
    with_hand = type(frame.resident)(
        **{f: getattr(frame.resident, f) for f in frame.resident.__slots__} | {"left": hand}
    )
    view.draw(frame)
    without = view.picture().astype(int)
    for _ in range(2):
        view.draw(type(frame)(**{f: getattr(frame, f) for f in frame.__slots__} | {"resident": with_hand, "t_s": 20.0}))
        raised = view.picture().astype(int)
    assert np.count_nonzero(np.abs(raised - without).sum(axis=2) > 60) > 150
