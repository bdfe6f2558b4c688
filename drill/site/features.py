"""The properties of a site's GeoJSON features, as strict models."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from drill.site.site import Swing

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Length = Annotated[float, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)]
PointPair = tuple[Number, Number]


class Feature(BaseModel):
    """Base: unknown properties are errors. Numbers and truth values are taken as written, never converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedFeature(Feature):
    """A feature with an id, unique over the whole site."""

    id: Id


class LabelledFeature(NamedFeature):
    """A feature with a name that people read, by language; where it is empty, the id serves."""

    label: dict[str, str] = {}


class FloorFeature(LabelledFeature):
    """A floor: `index` counts from 0 without a gap, `z_m` is the walking surface, `height_m` floor to ceiling."""

    kind: Literal["floor"]
    index: Annotated[int, Field(strict=True, ge=0, le=100)]
    z_m: Number
    height_m: Length


class WallFeature(Feature):
    """A wall, a fence or a rail along its middle line; `height_m` stands above its floor."""

    kind: Literal["wall"]
    floor: Id
    height_m: Length
    thickness_m: Annotated[float, Field(strict=True, gt=0, le=2)] = 0.2
    window: Annotated[bool, Field(strict=True)] = False


class DoorFeature(LabelledFeature):
    """A door: `width_m` is as long as its line, `outward` any vector at a right angle to it."""

    kind: Literal["door"]
    floor: Id
    width_m: Annotated[float, Field(strict=True, ge=0.5, le=20)]
    height_m: Annotated[float, Field(strict=True, ge=0.5, le=20)] = 2.0
    swing: Swing
    outward: PointPair
    open_at_start: Annotated[bool, Field(strict=True)]
    leads_out: Annotated[bool, Field(strict=True)] = False


class StairFeature(LabelledFeature):
    """A stair between two floors; `foot` and `head` are its lower and upper edges, two points each."""

    kind: Literal["stair"]
    lower: Id
    upper: Id
    foot: tuple[PointPair, PointPair]
    head: tuple[PointPair, PointPair]


class RefugeFeature(LabelledFeature):
    """A place where one is safe; `exit` means that people leave the site there."""

    kind: Literal["refuge"]
    floor: Id
    exit: Annotated[bool, Field(strict=True)] = False


class ZoneFeature(LabelledFeature):
    """A named part of a floor; `ceiling_m` is above that floor."""

    kind: Literal["zone"]
    floor: Id
    ceiling_m: Length


class PropFeature(NamedFeature):
    """A thing about its point: `size_m` along x, y and z before it is turned anticlockwise by `yaw_deg`.

    `z_m` is the height of its underside above the floor. What is left out of `mass_kg`, `protective` and `topples`
    is as usual for its kind, see `drill.site.things`; a `fixed` thing neither slides nor falls.
    """

    kind: Literal["prop"]
    what: Id
    floor: Id
    yaw_deg: Number = 0.0
    size_m: tuple[Length, Length, Length]
    solid: Annotated[bool, Field(strict=True)] = False
    z_m: Annotated[float, Field(ge=0, le=50)] = 0.0
    mass_kg: Annotated[float, Field(gt=0, le=5000)] | None = None
    protective: Annotated[bool, Field(strict=True)] | None = None
    topples: Annotated[bool, Field(strict=True)] | None = None
    fixed: Annotated[bool, Field(strict=True)] = False


FEATURES: Final[dict[str, type[Feature]]] = {
    "floor": FloorFeature,
    "wall": WallFeature,
    "door": DoorFeature,
    "stair": StairFeature,
    "refuge": RefugeFeature,
    "zone": ZoneFeature,
    "prop": PropFeature,
}
