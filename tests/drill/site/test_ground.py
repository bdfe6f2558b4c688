from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Point

from drill.site.ground import Ground, doors_without_wall
from drill.site.raster import Grid, rasterise
from drill.site.reading import read_site


def at(*points):
    return np.array(points, float)


def test_door_joins_the_rooms_and_a_closed_door_parts_them(ground):
    assert ground.walkable(0).geom_type in ("Polygon", "MultiPolygon")
    room = next(p for p in getattr(ground.walkable(0), "geoms", [ground.walkable(0)]) if p.covers(Point(1, 3)))
    assert room.covers(Point(9, 1))
    shut = ground.walkable(0, closed_doors=["door"])
    room = next(p for p in shut.geoms if p.covers(Point(1, 3)))
    assert not room.covers(Point(9, 1))


def test_walls_and_solid_things_are_cut_out(ground):
    free = ground.walkable(0)
    assert not free.covers(Point(5, 3.5))
    assert not free.covers(Point(2.5, 2.0))
    assert free.covers(Point(1.0, 1.0)), "a cone is no obstacle"
    assert free.covers(Point(5, 2.0)), "the door's opening"


def test_height_rises_along_the_stair(ground):
    floors = np.array([0, 0, 0, 0, 1, 0])
    points = at((1, 1), (7, 3), (8.5, 3), (10, 3), (12, 2), (9, 1))
    np.testing.assert_allclose(ground.z(floors, points), [0, 0, 1, 2, 2, 0], atol=1e-9)


def test_floor_changes_at_the_head_of_the_stair(ground):
    points = at((9.9, 3), (10.1, 3), (10.1, 3), (9.9, 3), (9.9, 1))
    assert ground.settle(np.array([0, 0, 1, 1, 0]), points).tolist() == [0, 1, 1, 0, 0]


def test_height_is_the_same_on_both_floors_about_the_head(ground):
    points = at((9.5, 3), (9.9, 3), (10.1, 3), (10.5, 3))
    lower, upper = ground.z(np.zeros(4, int), points), ground.z(np.ones(4, int), points)
    np.testing.assert_allclose(lower, upper)


def test_stair_is_entered_by_its_foot_alone(ground):
    free = ground.walkable(0)
    assert free.covers(Point(7.0, 3.0))
    assert not free.covers(Point(8.5, 2.5)), "its side"
    assert ground.walkable(1).covers(Point(9.5, 3.0)), "the upper ground reaches down a little"
    assert not ground.walkable(1).covers(Point(8.0, 3.0))


def test_zones_and_refuges(ground):
    floors = np.array([0, 0, 1, 0, 1])
    points = at((1, 1), (9, 1), (12, 2), (-5, 0), (9, 1))
    assert ground.zone_of(floors, points).tolist() == [0, 1, -1, -1, -1]
    assert ground.refuge_of(floors, points).tolist() == [-1, 1, 0, -1, -1]


def test_first_zone_counts(gym):
    ids = [zone.id for zone in gym.site.zones]
    assert ids[int(gym.zone_of(np.array([0]), at((15, 9)))[0])] == "hall"


def test_door_between(ground):
    assert ground.door_between(0, (4.8, 2.0), (5.2, 2.1)) == 0
    assert ground.door_between(0, (5.2, 2.1), (4.8, 2.0)) == 0
    assert ground.door_between(0, (4.8, 3.0), (5.2, 3.0)) == -1
    assert ground.door_between(0, (4.0, 2.0), (4.8, 2.0)) == -1
    assert ground.door_between(1, (4.8, 2.0), (5.2, 2.1)) == -1


def test_unknown_floor(ground):
    assert ground.floor_index("loft") == 1
    with pytest.raises(KeyError, match="attic"):
        ground.floor_index("attic")


def test_door_in_no_wall(two_rooms, written):
    door = next(part for part in two_rooms if part["properties"].get("id") == "door")
    door["geometry"]["coordinates"] = [[3, 1.5], [3, 2.5]]
    site, _ = read_site(written(two_rooms), file="s")
    assert [one.id for one in doors_without_wall(site)] == ["door"]
    Ground(site)  # and it is no reason to fall over


def test_cells_agree_with_the_polygon(gym):
    """The raster and shapely say the same of every cell centre, on both floors."""
    for floor, mask in enumerate(gym.masks):
        rows, columns = np.mgrid[0 : gym.grid.rows, 0 : gym.grid.columns]
        centres = gym.grid.centres(rows.ravel(), columns.ravel())
        inside = [gym.walkable(floor).covers(Point(*centres[n])) for n in range(0, len(centres), 97)]
        assert (mask.ravel()[::97] == np.array(inside)).all()


def test_raster_of_a_polygon_with_a_hole():
    outer, hole = Point(0, 0).buffer(3), Point(0.5, 0).buffer(1)
    grid = Grid.over(outer.bounds, cell_m=0.05)
    area = rasterise(outer.difference(hole), grid).sum() * 0.05**2
    assert area == pytest.approx(outer.area - hole.area, rel=0.005)
    assert not rasterise(Point(0, 0).buffer(3).difference(outer), grid).any()
