"""Kinds of things in rooms: what each is like when it is shaken. A site may say otherwise for any single prop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from drill.site.site import Prop, Site

Mount = Literal["stands", "hangs", "on_wall", "part"]
"""How a thing is held up: it stands, hangs from above, is screwed to a wall, or is part of the building or ground."""


@dataclass(frozen=True, slots=True)
class Nature:
    """What things of a kind are like.

    Attributes:
        density_kgpm3: mass over the volume of the box around it, furniture with what is in it.
        friction: coefficient between it and what it stands on.
        mount: how it is held up.
        topples: whether shaking may overturn or throw it down.
        protective: whether one may take cover under it.
        breaks: whether a fall breaks it.
        hazard: whether one keeps away from it while it shakes: it may fall, slide or shed glass.
    """

    density_kgpm3: float
    friction: float
    mount: Mount = "stands"
    topples: bool = True
    protective: bool = False
    breaks: bool = False
    hazard: bool = False

    def mass_kg(self, size_m: tuple[float, float, float]) -> float:
        """Return the usual mass of one of this size (x, y, z in metres)."""
        return round(self.density_kgpm3 * size_m[0] * size_m[1] * size_m[2], 2)


_LOOSE: Final = Nature(150.0, 0.4, topples=False)
_PART: Final = Nature(300.0, 0.6, mount="part", topples=False)

NATURES: Final[dict[str, Nature]] = {
    # A school desk of 0.65 x 0.45 x 0.70 m with its books has about 14 kg, a chair about 4 kg.
    "desk": Nature(70.0, 0.25, topples=False, protective=True),
    "teacherdesk": Nature(80.0, 0.3, topples=False, protective=True),
    "table": Nature(60.0, 0.25, topples=False, protective=True),
    "chair": Nature(30.0, 0.25, topples=False),
    "shelf": Nature(220.0, 0.4, hazard=True),
    "bookcase": Nature(280.0, 0.4, hazard=True),
    "books": Nature(400.0, 0.2, hazard=True),
    "locker": Nature(130.0, 0.4, hazard=True),
    "shoe-locker": Nature(140.0, 0.4, hazard=True),
    "tv": Nature(120.0, 0.2, breaks=True, hazard=True),
    "aquarium": Nature(900.0, 0.25, breaks=True, hazard=True),
    "vase": Nature(300.0, 0.25, breaks=True, hazard=True),
    "piano": Nature(280.0, 0.15, topples=False, hazard=True),
    "whiteboard": Nature(40.0, 0.3, hazard=True),
    "lamp": Nature(60.0, 0.5, mount="hangs", topples=False, breaks=True, hazard=True),
    "curtain": Nature(10.0, 0.5, mount="hangs", topples=False),
    "blackboard": Nature(60.0, 0.5, mount="on_wall", topples=False),
    "clock": Nature(60.0, 0.5, mount="on_wall", topples=False),
    "speaker": Nature(120.0, 0.5, mount="on_wall", topples=False),
    "ballcart": Nature(60.0, 0.05, topples=False),
    "cone": _LOOSE,
    "balloon": _LOOSE,
    "mat": _LOOSE,
    "sign": _PART,
    "hoop": _PART,
    "stage": _PART,
    "tree": _PART,
}
"""Kinds that sites may name and what they are like. A kind that is not here stands still. Densities are estimates of
ours from usual furniture; friction of furniture
on floors is taken between 0.15 (castors) and 0.5, ours too."""


def nature_of(kind: str) -> Nature:
    """Return what things of a kind are like; a kind that is not known is taken for a part of the building."""
    return NATURES.get(kind, _PART)


def is_movable(prop: Prop) -> bool:
    """Return whether shaking may move this thing: it stands or hangs, and nothing fastens it."""
    return nature_of(prop.kind).mount in ("stands", "hangs") and not prop.fixed


def movable_props(site: Site) -> tuple[Prop, ...]:
    """Return the things that shaking may move, in the order of the site: the order of `Frame.things`."""
    return tuple(prop for prop in site.props if is_movable(prop))
