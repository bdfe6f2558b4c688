"""Who people look like: drawn from their number and height alone, the same in every run."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from drill.view.people import hair as cuts
from drill.view.people import hats, limbs, trunk

Kind = Literal["small", "pupil", "teacher", "adult", "elder", "cane", "wheelchair", "pregnant"]
KINDS: Final[tuple[Kind, ...]] = ("small", "pupil", "teacher", "adult", "elder", "cane", "wheelchair", "pregnant")

LOOK_ROWS: Final = 5
"""Texels a person: colours (skin, hair, top, bottom; shoes, hat, bag, scarf), what is worn, and the self."""
SMALL_UP_TO_M: Final = 1.22
PUPIL_UP_TO_M: Final = 1.50
SCHOOL_SHARE: Final = 0.5
"""In a crowd with more children than this, most grown people are their teachers."""

SKINS: Final = (0xEFC9A4, 0xE8BC94, 0xF3D4B6, 0xDFB088, 0xEBC39C, 0xD9A67C, 0xC08A5E, 0x8D5A3A, 0x6B4229)
HAIRS: Final = (0x1E1815, 0x2A201B, 0x191513, 0x33251D, 0x46301F)
GREYS: Final = (0x8E8A86, 0xB9B5B0, 0xD4D1CC, 0x6C6864)
TOPS: Final = (
    0x4F7CAC, 0xA9503F, 0x6B8F5A, 0xCDB27A, 0x7A6A9A, 0xDCD6CA, 0x3B5B78, 0xB9788A, 0x4E8A86, 0xC98445,
    0x55606E, 0x8A3F4A,
)  # fmt: skip
BOTTOMS: Final = (0x2E3A4D, 0x4B4640, 0x5B6673, 0x3A3430, 0x6E6353, 0x7A7F86, 0x39424F)
QUIET: Final = (0x7C6F64, 0x5F6B62, 0x6A6478, 0x8A7B66, 0x50606E, 0x8C6A70)
"""What older people like to wear here."""
SHOES: Final = (0x3C3F45, 0xC9C4BB, 0x6A4A30, 0x2F4C6B, 0x7A3A34, 0x222326)
SATCHELS: Final = (0xA8201E, 0x1F2226, 0x6A3A22, 0x2F6FA8, 0xD48AA4, 0x7A66A8, 0x4D7A46)
SCARVES: Final = (0x3C5A78, 0x8A4A5A, 0xB9A88A, 0x4A6B5A, 0x2C2C34)
GYM_WHITE: Final = 0xF1EFEA
GYM_NAVY: Final = 0x22315E
CAP_RED, CAP_WHITE, HAT_YELLOW, HOOD_SILVER = 0xCB2F2A, 0xEFEDE8, 0xF2C52B, 0xB9BEC4


@dataclass(frozen=True, slots=True)
class Look:
    """What N people always look like.

    Attributes:
        rows: texels for the shader, (N, LOOK_ROWS, 4).
        girth: width and depth as a share of the usual, (N,).
        kind: index in KINDS, (N,).
        aged: 0 a small child to 1 very old, (N,).
    """

    rows: npt.NDArray[np.float32]
    girth: npt.NDArray[np.float64]
    kind: npt.NDArray[np.intp]
    aged: npt.NDArray[np.float64]


def kind_of(number: int, height_m: float, *, school: bool, level: bool) -> Kind:
    """Return what kind of person a number is.

    Args:
        number: of the person.
        height_m: of the body.
        school: most of the crowd are children.
        level: the place has no stairs, so that people who cannot climb are there too.
    """
    if height_m < SMALL_UP_TO_M:
        return "small"
    if height_m < PUPIL_UP_TO_M and (school or _chance(number, "grown") < 0.35):
        return "pupil"
    drawn = _chance(number, "kind")
    if school:
        return "teacher" if drawn < 0.8 else "adult"
    if drawn < 0.12:
        return "elder"
    if drawn < 0.20:
        return "cane"
    if drawn < 0.23 and level:
        return "wheelchair"
    return "pregnant" if drawn > 0.975 and height_m < 1.72 else "adult"


def looks(numbers: Sequence[int], height_m: npt.ArrayLike, kinds: Sequence[Kind]) -> Look:
    """Return the looks of people by their numbers, heights in metres and kinds."""
    heights = np.asarray(height_m, np.float64)
    rows = np.zeros((len(numbers), LOOK_ROWS, 4), np.float32)
    girth, aged = np.ones(len(numbers)), np.zeros(len(numbers))
    for i, (number, kind) in enumerate(zip(numbers, kinds, strict=True)):
        rows[i], girth[i], aged[i] = _look(int(number), float(heights[i]), kind)
    return Look(rows, girth, np.array([KINDS.index(k) for k in kinds], np.intp), aged)


def _look(number: int, height_m: float, kind: Kind) -> tuple[npt.NDArray[np.float32], float, float]:
    woman = _chance(number, "sex") < (1.0 if kind == "pregnant" else 0.5)
    child, old = kind in {"small", "pupil"}, kind in {"elder", "cane"} or (kind == "wheelchair" and number % 2 == 0)
    aged = np.clip(0.42 * (height_m - 1.0) / 0.55, 0.0, 0.34) if child else 0.42 + 0.15 * _chance(number, "age")
    aged = 0.85 + 0.15 * _chance(number, "age") if old else aged
    skin = SKINS[int(_chance(number, "skin") ** 2.4 * len(SKINS))]
    hair = _pick(GREYS if old else HAIRS, number, "hair")
    cut = _cut(number, woman=woman, child=child, old=old)
    hat, bag, sleeve, below = hats.NO_HAT, trunk.NO_BAG, limbs.SHORT, limbs.TROUSERS
    top, bottom = _pick(QUIET if old else TOPS, number, "top"), _pick(BOTTOMS, number, "bottom")
    shoes, cap, satchel, scarf = (
        _pick(SHOES, number, "shoes"),
        CAP_RED,
        _pick(SATCHELS, number, "bag"),
        _pick(SCARVES, number, "scarf"),
    )
    weave = (0, 2, 3, 4, 4, 5)[int(_chance(number, "weave") * 6)]
    aid, belly, girth = trunk.NO_AID, 0.0, 0.94 + 0.20 * _chance(number, "girth")
    if kind == "small":
        hat, bag, cap, weave = hats.SCHOOL_HAT, trunk.SATCHEL, HAT_YELLOW, (0, 2, 5)[number % 3]
        below = limbs.SKIRT if woman else limbs.SHORTS
    elif kind == "pupil":
        top, bottom, below, weave = GYM_WHITE, GYM_NAVY, limbs.SHORTS, 1
        shoes, cap = 0xECE9E2, (CAP_RED, CAP_WHITE)[number % 2]
        hat = hats.GYM_CAP if _chance(number, "cap") < 0.6 else hats.NO_HAT
    elif kind == "teacher":
        bag, weave, scarf = trunk.WHISTLE, (0, 4)[number % 2], 0xC23A2E
        sleeve = limbs.LONG if number % 3 == 0 else limbs.SHORT
    else:
        sleeve = (limbs.SHORT, limbs.LONG, limbs.ROLLED)[int(_chance(number, "sleeve") * 3)]
        if woman:
            below = (limbs.TROUSERS, limbs.TROUSERS, limbs.SKIRT, limbs.LONG_SKIRT)[int(_chance(number, "below") * 4)]
        bag = trunk.RUCKSACK if _chance(number, "rucksack") < 0.2 and kind == "adult" else trunk.NO_BAG
        belly = 0.16 * _chance(number, "belly") * (1.4 if old else 1.0)
    if cut == cuts.COVERED:
        hat, sleeve = hats.NO_HAT, limbs.LONG
        below = limbs.TROUSERS if child else limbs.LONG_SKIRT
    if hat != hats.NO_HAT and cut == cuts.CURLS:
        cut = cuts.SHORT
    if old:
        sleeve, girth, weave = limbs.LONG, girth * 0.97, (0, 3, 4)[number % 3]
    if kind == "cane":
        aid = trunk.CANE
    elif kind == "wheelchair":
        aid, bag, below = trunk.WHEELCHAIR, trunk.NO_BAG, limbs.TROUSERS
    elif kind == "pregnant":
        belly, sleeve, below, weave = 0.75, limbs.LONG, limbs.LONG_SKIRT, 0
    spectacles = hats.GLASSES if _chance(number, "sight") < (0.45 if old else 0.2) else hats.NO_GLASSES
    worn = (cut, hat, below, sleeve)
    more = (bag, spectacles, aid, belly)
    # Brows and the shirt's weave share a number: below the point how bushy, above it which.
    itself = (
        aged,
        2.0 * weave + 0.4 * (0.0 if woman else 1.0),
        _chance(number, "seed"),
        0.92 + 0.2 * _chance(number, "eyes"),
    )
    texels = [(skin, hair, top, bottom), (shoes, cap, satchel, scarf), worn, more, itself]
    return np.array(texels, np.float32), girth, float(aged)


def _cut(number: int, *, woman: bool, child: bool, old: bool) -> int:
    drawn = _chance(number, "cut")
    if woman and _chance(number, "covered") < 0.05:
        return cuts.COVERED
    if not woman:
        return cuts.THIN if old and drawn < 0.5 else cuts.CURLS if drawn > 0.93 else cuts.SHORT
    if old:
        return (cuts.BOB, cuts.SHORT, cuts.BUN, cuts.CURLS)[int(drawn * 4)]
    if child:
        return (cuts.BOB, cuts.TAIL, cuts.TAIL, cuts.LONG, cuts.SHORT)[int(drawn * 5)]
    return (cuts.BOB, cuts.TAIL, cuts.LONG, cuts.BUN, cuts.SHORT)[int(drawn * 5)]


def _pick(colours: Sequence[int], number: int, what: str) -> int:
    return colours[int(_chance(number, what) * len(colours))]


def _chance(number: int, what: str) -> float:
    """Return a number from 0 to below 1 that is always the same for a person and a question."""
    return zlib.crc32(f"{what}:{number}".encode()) / 2**32
