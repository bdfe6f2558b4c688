"""Site to geometry, without a picture."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box

from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.frame import DoorState
from drill.site.site import Floor, Prop, Site
from drill.view.building import Building
from drill.view.mesh import Mesh
from drill.view.props import DRAWN, draw_prop
from drill.view.shapes import plan_triangles, prism
from drill.view.stage import Stage

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def area(triangles: np.ndarray) -> float:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    return float(0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum())


def test_plan_triangles_fill_a_shape_with_a_hole_and_face_up() -> None:
    shape = box(0, 0, 6, 4).difference(box(1, 1, 3, 3))
    assert area(plan_triangles(shape)) == pytest.approx(shape.area)


def test_a_prism_is_closed() -> None:
    mesh = Mesh()
    prism(mesh, box(0, 0, 2, 1), 0, 3, colour=(1, 1, 1), bottom=True)
    points = mesh.vertices()["vertex"].reshape(-1, 3, 3).astype(float)
    # The divergence theorem: signed volumes of a closed surface that faces outwards sum to its volume.
    volume = np.einsum("ij,ij->i", points[:, 0], np.cross(points[:, 1], points[:, 2])).sum() / 6
    assert volume == pytest.approx(6.0, rel=1e-5)


@pytest.mark.parametrize("name", ["gym-flood", "school-smoke"])
def test_every_site_that_ships_becomes_a_stage(name: str) -> None:
    site = load_scenario(SCENARIOS / name).site
    stage = Stage(site)
    assert len(stage.solid) > 500
    low, high = stage.solid.bounds()
    assert low[2] > -1
    assert high[2] <= max(f.z_m + f.height_m for f in site.floors) + 1
    assert set(stage.leaves) == {d.id for d in site.doors}


def test_a_site_of_one_bare_floor_is_enough() -> None:
    outline = Polygon([(0, 0), (5, 0), (5, 5), (0, 5)])
    site = Site("bare", "local", (Floor("g", 0, 0.0, 3.0, outline),), (), (), (), (), (), ())
    assert len(Stage(site).solid) > 0


def test_leaves_swing_outwards_and_slide_along(gym: Scenario) -> None:
    stage = Stage(gym.site)
    for door in gym.site.doors:
        for share in (0.0, 1.0):
            stage.swing([DoorState(door.id, share)])
            for leaf in stage.leaves[door.id]:
                turn = math.radians(leaf.node.get_h())
                out = math.cos(turn) * door.outward[0] + math.sin(turn) * door.outward[1]
                swung = door.swing == "out" and share == 1.0
                assert out == pytest.approx(1.0 if swung else 0.0, abs=0.1), door.id
                if door.swing == "slide":
                    moved = math.dist((leaf.node.get_x(), leaf.node.get_y()), leaf.origin[:2])
                    assert moved == pytest.approx(0.0 if share == 0 else 0.94 * door.width_m / 2, abs=0.05)


def test_parts_of_a_room_are_no_rooms_of_their_own(gym: Scenario) -> None:
    building = Building(gym.site)
    rooms = {z.id for z in building.rooms(0)}
    assert "hall" in rooms
    assert not rooms & {"hall-centre", "hall-stage", "hall-south"}
    zones = {z.id: z for z in gym.site.zones}
    assert building.has_court(zones["hall"])
    assert building.indoors(zones["lobby"])
    assert not building.indoors(zones["yard"])


@pytest.mark.parametrize("kind", [*DRAWN, "something-unknown"])
def test_every_prop_has_about_its_size(kind: str) -> None:
    mesh = Mesh()
    draw_prop(mesh, Prop("p", kind, 0, Point(10, 20), 30.0, (0.6, 0.5, 0.9), solid=True), 2.0)
    low, high = mesh.bounds()
    assert np.all(np.isfinite(mesh.vertices()["vertex"]))
    assert low[2] >= 2.0 - 1e-3
    assert np.all(np.abs((low + high)[:2] / 2 - (10, 20)) < 1.6)
