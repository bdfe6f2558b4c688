from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drill.site.ground import Ground
from drill.site.reading import read_site
from drill.site.site import Site

SCENARIOS = Path(__file__).parents[3] / "scenarios"
Parts = list[dict[str, Any]]


def _feature(kind: str, geometry: str, coordinates: object, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def _rect(x0: float, y0: float, x1: float, y1: float) -> list[list[list[float]]]:
    return [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]


def _two_rooms() -> Parts:
    """Two rooms of 5 x 4 m with a door of 1 m between them, a refuge in the right, a stair to a loft above it."""
    return [
        _feature("floor", "Polygon", _rect(0, 0, 10, 4), id="ground", index=0, z_m=0.0, height_m=3.0),
        _feature("floor", "Polygon", _rect(10, 0, 13, 4), id="loft", index=1, z_m=2.0, height_m=3.0),
        _feature("wall", "LineString", [[0, 0], [10, 0], [10, 4], [0, 4], [0, 0]], floor="ground", height_m=3.0),
        _feature("wall", "LineString", [[5, 0], [5, 4]], floor="ground", height_m=3.0),
        _feature(
            "door", "LineString", [[5, 1.5], [5, 2.5]],
            id="door", floor="ground", width_m=1.0, swing="out", outward=[1, 0], open_at_start=False,
        ),
        _feature(
            "stair", "Polygon", _rect(7, 2.5, 10, 3.7),
            id="stair", lower="ground", upper="loft", foot=[[7, 2.5], [7, 3.7]], head=[[10, 2.5], [10, 3.7]],
        ),
        _feature("zone", "Polygon", _rect(0, 0, 5, 4), id="left", floor="ground", ceiling_m=3.0),
        _feature("zone", "Polygon", _rect(5, 0, 10, 4), id="right", floor="ground", ceiling_m=3.0),
        _feature("refuge", "Polygon", _rect(11, 0, 13, 4), id="loft-refuge", floor="loft"),
        _feature("refuge", "Polygon", _rect(8.5, 0.2, 9.8, 1.5), id="corner", floor="ground"),
        _feature("prop", "Point", [2.5, 2.0], id="box", what="box", floor="ground", size_m=[1.0, 1.0, 1.0], solid=True),
        _feature("prop", "Point", [1.0, 1.0], id="cone", what="cone", floor="ground", size_m=[0.3, 0.3, 0.7]),
    ]  # fmt: skip


@pytest.fixture
def two_rooms() -> Parts:
    return _two_rooms()


@pytest.fixture
def written() -> Callable[..., bytes]:
    def write(parts: Parts, **top: object) -> bytes:
        data = {"type": "FeatureCollection", "name": "two rooms", "units": "m", "crs": "local", "features": parts}
        return json.dumps(data | top, indent=1).encode()

    return write


@pytest.fixture
def site(two_rooms: Parts, written: Callable[..., bytes]) -> Site:
    return read_site(written(two_rooms), file="site.geojson")[0]


@pytest.fixture
def ground(site: Site) -> Ground:
    return Ground(site)


@pytest.fixture(scope="session")
def gym() -> Ground:
    raw = (SCENARIOS / "gym-flood" / "site.geojson").read_bytes()
    return Ground(read_site(raw, file="site.geojson")[0])
