"""What the scenes cost a graphics card, and that a site of ten thousand things still opens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from panda3d.core import NodePath
from shapely.geometry import Point, Polygon

from drill.scenario.loading import load_scenario
from drill.site.site import Floor, Prop, Site
from drill.site.things import movable_props
from drill.view.budget import BUDGET, cost_of, over
from drill.view.desktop import DesktopView
from drill.view.furniture import MANY
from drill.view.mesh import Mesh
from drill.view.shapes import box
from drill.view.stage import Stage
from tests.drill.view.conftest import SCENARIOS


def crowded(count: int) -> Site:
    outline = Polygon([(0, 0), (120, 0), (120, 120), (0, 120)])
    things = [
        Prop(f"desk-{i}", "desk", 0, Point(0.5 + i % 100, 0.5 + i // 100), 0.0, (0.65, 0.45, 0.7), solid=False)
        for i in range(count)
    ]
    return Site("store", "local", (Floor("g", 0, 0.0, 3.0, outline),), (), (), (), (), (), tuple(things))


@pytest.mark.parametrize("name", sorted(p.name for p in SCENARIOS.iterdir() if (p / "scenario.yaml").exists()))
def test_every_scene_that_ships_keeps_to_the_budget(name: str, view_of: Callable[..., DesktopView]) -> None:
    view = view_of(load_scenario(SCENARIOS / name), size=(64, 36))
    cost = cost_of(view.scene.root, view.scene.lighting.textures)
    assert over(cost) == []
    assert cost.triangles > 20_000
    assert cost.texture_bytes > 30 << 20


def test_a_scene_over_its_budget_is_told() -> None:
    """The control: what spends too much is seen."""
    mesh = Mesh()
    box(mesh, (0, 0, 0), (1, 1, 1), colour=(1, 1, 1))
    root = NodePath("root")
    for i in range(3):
        root.attach_new_node(mesh.node(str(i)))
    cost = cost_of(root)
    assert (cost.triangles, cost.draws) == (36, 3)
    assert over(cost, replace(BUDGET, triangles=35, draws=2)) == ["triangles: 36 of 35", "draws: 3 of 2"]


def test_things_that_look_alike_share_their_corners() -> None:
    few, many = Stage(crowded(10)), Stage(crowded(1000))
    assert cost_of(many.root).vertex_bytes < 1.2 * cost_of(few.root).vertex_bytes


def test_ten_thousand_pieces_of_furniture_open_simplified(caplog: pytest.LogCaptureFixture) -> None:
    site = crowded(10_000)
    with caplog.at_level(logging.WARNING):
        stage = Stage(site)
    assert "10000 props" in caplog.text
    assert "plain boxes" in caplog.text
    assert len(stage.movable) == MANY
    cost = cost_of(stage.root)
    assert cost.triangles < 1_000_000
    assert cost.draws < MANY + 50


def test_every_thing_that_may_move_has_its_node_at_its_place() -> None:
    site = load_scenario(SCENARIOS / "gym-flood").site
    stage = Stage(site)
    assert list(stage.movable) == [p.id for p in movable_props(site)]
    for prop in movable_props(site):
        node = stage.movable[prop.id]
        assert node.get_pos() == (prop.at.x, prop.at.y, site.floors[prop.floor].z_m + prop.z_m)


def test_a_kind_that_is_not_known_is_a_crate_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    plain = crowded(0)
    odd = Prop("odd", "trampoline-x", 0, Point(3, 3), 0.0, (1.0, 1.0, 0.5), solid=True)
    with caplog.at_level(logging.WARNING):
        stage = Stage(replace(plain, props=(odd,)))
    assert "'trampoline-x' are drawn as crates" in caplog.text
    assert len(stage.solid) > len(Stage(plain).solid)
