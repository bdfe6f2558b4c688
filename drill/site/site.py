"""A site: what stands where, in metres, z up. Made from GeoJSON by `drill.site.reading`.

`label` is the name that people read, by language (`ja` first); where it is empty, the id serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shapely.geometry import LineString, Point, Polygon

Swing = Literal["in", "out", "slide"]


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor: `index` counts from 0 upwards; `z_m` is its walking surface, `height_m` floor to ceiling."""

    id: str
    index: int
    z_m: float
    height_m: float
    outline: Polygon
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall along its middle line; `height_m` stands above its floor, a window lets one see through."""

    floor: int
    line: LineString
    height_m: float
    thickness_m: float
    window: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """A door in a wall. `line` is the opening; `swing` tells to which side it opens.

    `outward` is the unit normal pointing to the outside (or to the side the door opens to); an `out` door
    is pressed shut by water standing outside it.
    """

    id: str
    floor: int
    line: LineString
    width_m: float
    height_m: float
    swing: Swing
    outward: tuple[float, float]
    open_at_start: bool
    leads_out: bool
    """Going through it leaves the building."""
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Stair:
    """A stair from `lower` to `upper`. Its polygon is walkable ground of the lower floor that slopes up.

    `foot` and `head` are its lower and upper edges in plan; crossing `head` upwards changes the floor.
    """

    id: str
    lower: int
    upper: int
    polygon: Polygon
    foot: LineString
    head: LineString
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Refuge:
    """A place where one is safe; `exit` means that people leave the site there."""

    id: str
    floor: int
    polygon: Polygon
    exit: bool
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Zone:
    """A named part of a floor: a room, a corridor; smoke layers and crowd groups stand in zones."""

    id: str
    floor: int
    polygon: Polygon
    ceiling_m: float
    """Height of its ceiling above the floor."""
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing that stands or floats there: `kind` such as cone, balloon, desk, chair, hoop, stage, sign."""

    id: str
    kind: str
    floor: int
    at: Point
    yaw_deg: float
    size_m: tuple[float, float, float]
    solid: bool
    """Solid things are cut out of the walkable ground."""
    z_m: float = 0.0
    """Height of its underside above the floor; of a hanging thing (lamp, curtain) too."""
    mass_kg: float = 0.0
    """0 means: the usual mass of its kind and size, see `drill.site.things`."""
    protective: bool = False
    """One may take cover under it."""
    topples: bool = False
    """Shaking may overturn it."""
    fixed: bool = False
    """Fastened to wall, floor or ceiling: it neither slides nor falls."""


@dataclass(frozen=True, slots=True)
class Site:
    """A whole site. Every tuple is in file order; ids are unique over the site."""

    name: str
    crs: str
    floors: tuple[Floor, ...]
    walls: tuple[Wall, ...]
    doors: tuple[Door, ...]
    stairs: tuple[Stair, ...]
    refuges: tuple[Refuge, ...]
    zones: tuple[Zone, ...]
    props: tuple[Prop, ...]
