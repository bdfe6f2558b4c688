from __future__ import annotations

import pytest

from drill.fault import FaultyFileError
from drill.site.reading import read_site


def faults(raw):
    with pytest.raises(FaultyFileError) as caught:
        read_site(raw, file="site.geojson")
    return list(caught.value.faults)


def only(raw):
    found = faults(raw)
    assert len(found) == 1, found
    return found[0]


def by_id(parts, feature_id):
    return next(part for part in parts if part["properties"].get("id") == feature_id)


def test_all_parts_are_read(site):
    assert [floor.id for floor in site.floors] == ["ground", "loft"]
    assert (len(site.walls), len(site.doors), len(site.stairs)) == (2, 1, 1)
    assert (len(site.zones), len(site.refuges), len(site.props)) == (2, 2, 2)
    door = site.doors[0]
    assert (door.width_m, door.swing, door.outward, door.open_at_start) == (1.0, "out", (1.0, 0.0), False)
    assert site.walls[0].thickness_m == 0.2
    assert (site.stairs[0].lower, site.stairs[0].upper) == (0, 1)


def test_labels_and_crs_are_kept(two_rooms, written):
    by_id(two_rooms, "left")["properties"]["label"] = {"ja": "髙﨑さんの部屋", "en": "Left"}
    site, _ = read_site(written(two_rooms, crs="EPSG:6673", name="吉備"), file="s")
    assert site.zones[0].label["ja"] == "髙﨑さんの部屋"
    assert (site.crs, site.name) == ("EPSG:6673", "吉備")


@pytest.mark.parametrize("units", ["ft", "mm", "deg", None, 1])
def test_wrong_units(two_rooms, written, units):
    fault = only(written(two_rooms, units=units))
    assert (fault.path, fault.file) == ("units", "site.geojson")
    assert "metres" in fault.message


def test_missing_units(two_rooms, written):
    raw = written(two_rooms).replace(b' "units": "m",\n', b"")
    assert only(raw).path == "units"


@pytest.mark.parametrize("crs", ["EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:6668"])
def test_system_in_degrees(two_rooms, written, crs):
    assert "degrees" in only(written(two_rooms, crs=crs)).message


def test_coordinates_far_from_the_origin_are_not_metres(two_rooms, written):
    by_id(two_rooms, "box")["geometry"]["coordinates"] = [2500, 2_000_000]
    assert "beyond 20000 m" in only(written(two_rooms)).message


def test_duplicate_ids(two_rooms, written):
    by_id(two_rooms, "right")["properties"]["id"] = "door"
    fault = only(written(two_rooms))
    assert fault.path.endswith("properties.id")
    assert "stands twice" in fault.message


@pytest.mark.parametrize(
    ("feature_id", "change", "message"),
    [
        ("door", {"width_m": 2.0}, "line is 1.00 m long"),
        ("door", {"outward": [0, 1]}, "right angle"),
        ("door", {"outward": [0, 0]}, "right angle"),
        ("door", {"swing": "revolving"}, "one of"),
        ("door", {"floor": "attic"}, "no floor"),
        ("door", {"wdith_m": 1.0}, "did you mean 'width_m'"),
        ("stair", {"upper": "attic"}, "no floor"),
        ("left", {"kind": "room"}, "give one of"),
        ("left", {"ceiling_m": "3 m"}, "plain number"),
        ("left", {"id": "Left Room"}, "an id has lower-case"),
        ("box", {"solid": "yes"}, "boolean"),
        ("loft", {"index": 2}, "without a gap"),
        ("loft", {"z_m": -2.0}, "rise with the index"),
    ],
)
def test_properties_that_do_not_fit(two_rooms, written, feature_id, change, message):
    by_id(two_rooms, feature_id)["properties"].update(change)
    assert any(message in fault.message for fault in faults(written(two_rooms)))


@pytest.mark.parametrize(
    ("feature_id", "geometry"),
    [
        ("left", {"type": "Point", "coordinates": [0, 0]}),
        ("left", {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}),
        ("left", {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}),
        ("left", {"type": "Polygon", "coordinates": [[[0, 0], [1, "1"], [1, 0], [0, 0]]]}),
        ("left", {"type": "Polygon", "coordinates": []}),
        ("left", None),
        ("door", {"type": "LineString", "coordinates": [[5, 1.5], [5, 2], [5, 2.5]]}),
        ("door", {"type": "LineString", "coordinates": [[5, 1.5], [5, 1.5]]}),
        ("box", {"type": "Point", "coordinates": [1]}),
    ],
)
def test_geometry_that_does_not_fit(two_rooms, written, feature_id, geometry):
    by_id(two_rooms, feature_id)["geometry"] = geometry
    assert ".geometry" in only(written(two_rooms)).path


def test_missing_property_is_told_at_its_feature(two_rooms, written):
    del by_id(two_rooms, "left")["properties"]["ceiling_m"]
    raw = written(two_rooms)
    fault = only(raw)
    assert fault.path == "features[6].properties.ceiling_m"
    assert raw.decode().splitlines()[fault.line - 1].strip() == '"properties": {'


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"{}",
        b'{"type": "FeatureCollection", "units": "m", "features": []}',
        b'{"type": "FeatureCollection", "units": "m", "features": [1]}',
        b'{"type": "FeatureCollection", "units": "m", "features": NaN}',
        b'{"type": "FeatureCollection", "type": "FeatureCollection"}',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_site(raw):
    assert faults(raw)


def test_file_without_end_is_refused():
    assert "larger than the" in only(b" " * (16 * 1024 * 1024 + 1)).message
