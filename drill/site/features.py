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
    id: Id


class LabelledFeature(NamedFeature):
    label: dict[str, str] = {}


class FloorFeature(LabelledFeature):
    kind: Literal["floor"]
    index: Annotated[int, Field(strict=True, ge=0, le=100)]
    z_m: Number
    height_m: Length


class WallFeature(Feature):
    kind: Literal["wall"]
    floor: Id
    height_m: Length
    thickness_m: Annotated[float, Field(strict=True, gt=0, le=2)] = 0.2
    window: Annotated[bool, Field(strict=True)] = False


class DoorFeature(LabelledFeature):
    kind: Literal["door"]
    floor: Id
    width_m: Annotated[float, Field(strict=True, ge=0.5, le=20)]
    height_m: Annotated[float, Field(strict=True, ge=0.5, le=20)] = 2.0
    swing: Swing
    outward: PointPair
    open_at_start: Annotated[bool, Field(strict=True)]
    leads_out: Annotated[bool, Field(strict=True)] = False


class StairFeature(LabelledFeature):
    kind: Literal["stair"]
    lower: Id
    upper: Id
    foot: tuple[PointPair, PointPair]
    head: tuple[PointPair, PointPair]


class RefugeFeature(LabelledFeature):
    kind: Literal["refuge"]
    floor: Id
    exit: Annotated[bool, Field(strict=True)] = False


class ZoneFeature(LabelledFeature):
    kind: Literal["zone"]
    floor: Id
    ceiling_m: Length


class PropFeature(NamedFeature):
    kind: Literal["prop"]
    what: Id
    floor: Id
    yaw_deg: Number = 0.0
    size_m: tuple[Length, Length, Length]
    solid: Annotated[bool, Field(strict=True)] = False


FEATURES: Final[dict[str, type[Feature]]] = {
    "floor": FloorFeature,
    "wall": WallFeature,
    "door": DoorFeature,
    "stair": StairFeature,
    "refuge": RefugeFeature,
    "zone": ZoneFeature,
    "prop": PropFeature,
}
