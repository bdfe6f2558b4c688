"""Reads a site from a GeoJSON FeatureCollection in metres.

Top level: `"units": "m"` (required: GeoJSON's own default is degrees), `name`, `crs` (a code such as
`EPSG:6673` when it is a real place, else `local`). `properties.kind` of a feature says what it is:

| kind | geometry | properties |
|---|---|---|
| floor | Polygon | id, index, z_m, height_m |
| wall | LineString | floor, height_m, thickness_m, window |
| door | LineString of two points | id, floor, width_m, height_m, swing, outward, open_at_start, leads_out |
| stair | Polygon | id, lower, upper, foot, head (two points each) |
| refuge | Polygon | id, floor, exit |
| zone | Polygon | id, floor, ceiling_m |
| prop | Point | id, what, floor, yaw_deg, size_m, solid, z_m, mass_kg, protective, topples, fixed |

`floor`, `lower` and `upper` name a floor by its id. `label` (texts by language) may stand on all but walls and props.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError
from shapely.geometry import LineString, Point, Polygon

from drill.fault import Fault, FaultyFileError
from drill.located import Located, Path, read_json
from drill.site.features import (
    FEATURES,
    DoorFeature,
    FloorFeature,
    NamedFeature,
    PropFeature,
    RefugeFeature,
    StairFeature,
    WallFeature,
    ZoneFeature,
)
from drill.site.site import Door, Floor, Prop, Refuge, Site, Stair, Wall, Zone
from drill.site.things import nature_of
from drill.wording import faults_of

SPAN_M: Final = 20_000.0
"""No coordinate lies further from the origin: what does is in degrees, millimetres or without a local origin."""
MOST_PROPS: Final = 2000
"""As many things as a large school's rooms hold in all; more than these no laptop draws and moves in time."""
GEOMETRY: Final = {
    "floor": "Polygon",
    "wall": "LineString",
    "door": "LineString",
    "stair": "Polygon",
    "refuge": "Polygon",
    "zone": "Polygon",
    "prop": "Point",
}
TOP_LEVEL: Final = frozenset({"type", "name", "units", "crs", "features", "bbox"})


def read_site(raw: bytes, *, file: str) -> tuple[Site, Located]:
    """Return the site in `raw`, and the document so that later checks can name lines.

    Raises:
        FaultyFileError: with every fault that was found.
    """
    document = read_json(raw, file=file)
    return _Reader(document).read(), document


class _Reader:
    def __init__(self, document: Located) -> None:
        self._document = document
        self._faults: list[Fault] = []
        self._floors: dict[str, int] = {}

    def _fault(self, path: Path, message: str, value: object = None) -> None:
        self._faults.append(self._document.fault(path, message, value))

    def _give_up(self) -> None:
        if self._faults:
            raise FaultyFileError(self._faults)

    def read(self) -> Site:
        features = self._top()
        parts: dict[str, list[Any]] = {kind: [] for kind in GEOMETRY}
        read = [self._properties(n, feature) for n, feature in enumerate(features)]
        self._floors = {f.id: f.index for f in read if isinstance(f, FloorFeature)}
        self._floor_order([f for f in read if isinstance(f, FloorFeature)])
        self._unique(read)
        self._count_props(read)
        for n, (feature, properties) in enumerate(zip(features, read, strict=True)):
            if properties is None:
                continue
            geometry = self._geometry(n, feature["geometry"], properties.kind)
            part = None if geometry is None else self._part(n, properties, geometry)
            if part is not None:
                parts[properties.kind].append(part)
        self._give_up()
        data = self._document.data
        return Site(
            name=str(data.get("name", "")),
            crs=str(data.get("crs", "local")),
            floors=tuple(sorted(parts["floor"], key=lambda floor: floor.index)),
            walls=tuple(parts["wall"]),
            doors=tuple(parts["door"]),
            stairs=tuple(parts["stair"]),
            refuges=tuple(parts["refuge"]),
            zones=tuple(parts["zone"]),
            props=tuple(parts["prop"]),
        )

    def _top(self) -> list[dict[str, Any]]:
        data = self._document.data
        if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
            self._fault((), 'a site is a GeoJSON object with "type": "FeatureCollection"')
            self._give_up()
        if data.get("units") != "m":
            self._fault(("units",), 'a site is in metres: write "units": "m" and give every length in metres')
        for name in data.keys() - TOP_LEVEL:
            self._fault((name,), f"unknown field; known are {', '.join(sorted(TOP_LEVEL))}")
        for name in ("name", "crs"):
            if not isinstance(data.get(name, ""), str):
                self._fault((name,), "write a text, such as 'EPSG:6673' or 'local'")
        if str(data.get("crs")).upper().endswith(("4326", "CRS84", "6668", "4979")):
            self._fault(("crs",), "this system counts in degrees; use one in metres, such as EPSG:6673, or 'local'")
        features = data.get("features")
        if not isinstance(features, list) or not features:
            self._fault(("features",), "a site needs a list of features with at least one floor")
            self._give_up()
        return list(features)

    def _properties(self, n: int, feature: object) -> Any:
        path: Path = ("features", n)
        if not isinstance(feature, dict) or feature.get("type") != "Feature" or "geometry" not in feature:
            self._fault(path, 'every feature has "type": "Feature", "properties" and "geometry"')
            return None
        properties = feature.get("properties")
        kind = properties.get("kind") if isinstance(properties, dict) else None
        if kind not in FEATURES:
            self._fault((*path, "properties", "kind"), f"give one of {', '.join(FEATURES)}")
            return None
        try:
            return FEATURES[kind].model_validate(properties)
        except ValidationError as error:
            self._faults += faults_of(error, self._document, prefix=(*path, "properties"), model=FEATURES[kind])
            return None

    def _floor_order(self, floors: list[FloorFeature]) -> None:
        indices = sorted(floor.index for floor in floors)
        if indices != list(range(len(indices))) or not indices:
            self._fault(("features",), f"floors count from 0 upwards without a gap, got {indices}", indices)
        heights = [floor.z_m for floor in sorted(floors, key=lambda floor: floor.index)]
        if heights != sorted(heights):
            self._fault(("features",), f"z_m must rise with the index of the floor, got {heights}", heights)

    def _unique(self, read: list[Any]) -> None:
        first: dict[str, int] = {}
        for n, feature in enumerate(read):
            if not isinstance(feature, NamedFeature):
                continue
            if feature.id in first:
                line = self._document.line(("features", first[feature.id], "properties", "id"))
                self._fault(("features", n, "properties", "id"), f"this id stands twice; first in line {line}")
            first.setdefault(feature.id, n)

    def _count_props(self, read: list[Any]) -> None:
        """Refuse a site that no machine of a drill could draw and move, before its geometry is looked at."""
        props = [n for n, feature in enumerate(read) if isinstance(feature, PropFeature)]
        if len(props) > MOST_PROPS:
            message = (
                f"this is the first of {len(props) - MOST_PROPS} props too many: a site has at most {MOST_PROPS}. "
                "Leave out small things, or make one large prop of many that stand together"
            )
            self._fault(("features", props[MOST_PROPS], "properties", "kind"), message, len(props))
            self._give_up()

    def _geometry(self, n: int, geometry: object, kind: str) -> Polygon | LineString | Point | None:
        path: Path = ("features", n, "geometry")
        wanted = GEOMETRY[kind]
        if not isinstance(geometry, dict) or geometry.get("type") != wanted:
            self._fault((*path, "type"), f"a {kind} is a {wanted}")
            return None
        coordinates: Any = geometry.get("coordinates")
        path = (*path, "coordinates")
        rings: Any = {"Polygon": coordinates, "LineString": [coordinates], "Point": [[coordinates]]}[wanted]
        if not isinstance(rings, list) or not rings or not all(_is_line(ring) for ring in rings):
            self._fault(path, f"a {wanted} is written as GeoJSON says: [x, y] pairs of numbers in metres")
            return None
        if any(abs(value) > SPAN_M for ring in rings for point in ring for value in point[:2]):
            message = f"a coordinate lies beyond {SPAN_M:g} m; give metres from an origin near the place"
            self._fault(path, message)
            return None
        plane = [[(float(point[0]), float(point[1])) for point in ring] for ring in rings]
        if wanted == "Point":
            return Point(plane[0][0])
        if wanted == "LineString":
            line = LineString(plane[0]) if len(plane[0]) > 1 else None
            if line is None or line.length == 0 or (kind == "door" and len(plane[0]) != 2):
                self._fault(path, "a door is a line of two points" if kind == "door" else "a line needs a length")
                return None
            return line
        polygon = Polygon(plane[0], plane[1:]) if all(len(ring) >= 4 for ring in plane) else None
        if polygon is None or not polygon.is_valid or polygon.area == 0:
            self._fault(path, "this polygon crosses itself, or has fewer than three corners, or no area")
            return None
        return polygon

    def _floor(self, n: int, name: str, key: str = "floor") -> int:
        if name not in self._floors:
            known = ", ".join(self._floors) or "none"
            self._fault(("features", n, "properties", key), f"no floor has this id; there are {known}")
        return self._floors.get(name, 0)

    def _part(self, n: int, f: Any, geometry: Any) -> object:
        if isinstance(f, FloorFeature):
            return Floor(f.id, f.index, f.z_m, f.height_m, geometry, f.label)
        if isinstance(f, WallFeature):
            return Wall(self._floor(n, f.floor), geometry, f.height_m, f.thickness_m, f.window)
        if isinstance(f, DoorFeature):
            return self._door(n, f, geometry)
        if isinstance(f, StairFeature):
            lower, upper = self._floor(n, f.lower, "lower"), self._floor(n, f.upper, "upper")
            return Stair(f.id, lower, upper, geometry, LineString(f.foot), LineString(f.head), f.label)
        if isinstance(f, RefugeFeature):
            return Refuge(f.id, self._floor(n, f.floor), geometry, f.exit, f.label)
        if isinstance(f, ZoneFeature):
            return Zone(f.id, self._floor(n, f.floor), geometry, f.ceiling_m, f.label)
        if isinstance(f, PropFeature):
            return self._prop(n, f, geometry)
        raise TypeError(f)

    def _prop(self, n: int, f: PropFeature, at: Point) -> Prop:
        usual = nature_of(f.what)
        return Prop(
            f.id,
            f.what,
            self._floor(n, f.floor),
            at,
            f.yaw_deg,
            f.size_m,
            f.solid,
            z_m=f.z_m,
            mass_kg=usual.mass_kg(f.size_m) if f.mass_kg is None else f.mass_kg,
            protective=usual.protective if f.protective is None else f.protective,
            topples=(usual.topples if f.topples is None else f.topples) and not f.fixed,
            fixed=f.fixed,
        )

    def _door(self, n: int, f: DoorFeature, line: LineString) -> Door | None:
        path: Path = ("features", n, "properties")
        if abs(line.length - f.width_m) > 0.02:
            self._fault((*path, "width_m"), f"the door's line is {line.length:.2f} m long; give both alike, in metres")
            return None
        (ax, ay), (bx, by) = line.coords
        along = ((bx - ax) / line.length, (by - ay) / line.length)
        length = (f.outward[0] ** 2 + f.outward[1] ** 2) ** 0.5
        if length == 0 or abs(along[0] * f.outward[0] + along[1] * f.outward[1]) > 0.05 * length:
            self._fault((*path, "outward"), "outward stands at a right angle to the door's line, such as [0, -1]")
            return None
        outward = (f.outward[0] / length, f.outward[1] / length)
        floor = self._floor(n, f.floor)
        return Door(f.id, floor, line, f.width_m, f.height_m, f.swing, outward, f.open_at_start, f.leads_out, f.label)


def _is_line(points: object) -> bool:
    return isinstance(points, list) and all(
        isinstance(point, list)
        and 2 <= len(point) <= 3
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in point)
        for point in points
    )
