"""Heads of figures at rest: a face to paint on, ears, hair of many kinds, hats, hoods and glasses."""

from __future__ import annotations

from typing import Final

import numpy as np

from drill.view.people.shape import Floats, Group, Shape, Slot, Weights
from drill.view.people.skeleton import Bone

SHORT, BOB, LONG, TAIL, BUN, CURLS, THIN, COVERED = range(8)
"""Variants of the hair; COVERED is a hijab."""
NO_HAT, GYM_CAP, SCHOOL_HAT, HOOD, HELMET = range(5)
"""Variants of what is on the head; HOOD is the padded one of Japanese schools."""
NO_GLASSES, GLASSES = range(2)

CENTRE: Final = np.array([0.006, 0.0, 0.932])
EYE_Y: Final = 0.0190
EYE_Z: Final = 0.9305
HEAD: Final[Weights] = (int(Bone.HEAD), int(Bone.HEAD), 0.0)


def add_head(shape: Shape) -> None:
    """Add head, hair, hats and glasses."""
    way = _ways(shape)
    skull = _skull(way, features=shape.detail == 2)
    low = np.clip((0.885 - skull[..., 2]) / 0.03, 0.0, 1.0) * np.clip(-way[..., 0] + 0.2, 0.0, 1.0)
    shape.grid(skull, bones=(int(Bone.HEAD), int(Bone.NECK), 0.4 * low), slot=Slot.FACE)
    if shape.detail:
        _ears(shape)
    _hair(shape)
    _hats(shape)
    if shape.detail:
        _glasses(shape)


def _ways(shape: Shape) -> Floats:
    """Return directions from the middle of the head, closer together over the face."""
    rings, segments = shape.fine(32, 11, 5), shape.fine(44, 16, 7)
    even = np.linspace(-np.pi, np.pi, segments + 1)
    angle = even - (0.42 if shape.detail == 2 else 0.0) * np.sin(even)
    rise = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    rise = rise - (0.25 if shape.detail == 2 else 0.0) * np.sin(2 * rise) / 2
    grid = np.empty((rings + 1, segments + 1, 3))
    grid[..., 0] = np.cos(rise)[:, None] * np.cos(angle)
    grid[..., 1] = np.cos(rise)[:, None] * np.sin(angle)
    grid[..., 2] = np.sin(rise)[:, None]
    return grid


def _skull(way: Floats, *, features: bool) -> Floats:
    """Return the head's surface in directions `way`: 0.135 high, 0.095 wide, 0.118 deep (shares of body height)."""
    dx, dy, dz = way[..., 0], way[..., 1], way[..., 2]
    below = np.maximum(-dz, 0.0)
    front = np.clip(dx, 0.0, 1.0)
    x = np.where(dx > 0, 0.0555, 0.0620) * np.sign(dx) * np.abs(dx) ** np.where(dx > 0, 0.88, 1.0)
    y = 0.0475 * dy * (1.0 - 0.30 * below**1.6)
    z = np.where(dz > 0, 0.0670, 0.0665) * dz
    # Jaw and chin come forward below, the nape goes in.
    x = x + 0.014 * below**1.3 * front**0.5 - np.where(dx < 0, 0.020 * below * dx, 0.0)
    x = np.where((dx < 0.3) & (dz < -0.3), x * (1.0 - 0.18 * np.clip((below - 0.3) / 0.7, 0, 1)), x)
    made = np.stack([x, y, z], axis=-1) + CENTRE
    if features:
        made[..., 0] += _features(made[..., 1], made[..., 2]) * np.clip((dx - 0.25) / 0.35, 0.0, 1.0)
    skull: Floats = made
    return skull


def _features(y: Floats, z: Floats) -> Floats:
    """Return how far the face stands out: brow, sockets, nose, cheeks, lips, chin."""

    def bump(y0: float, z0: float, wide: float, high: float) -> Floats:
        hill: Floats = np.exp(-(((np.abs(y) - y0) / wide) ** 2) - ((z - z0) / high) ** 2)
        return hill

    ridge = np.clip((0.936 - z) / 0.026, 0.0, 1.0) ** 1.4 * (z > 0.9085)
    under = np.clip((z - 0.9015) / 0.007, 0.0, 1.0)
    nose = 0.0105 * np.where(z > 0.9085, ridge, under * 1.0) * np.exp(-((y / 0.0062) ** 2))
    wings = 0.0040 * bump(0.0072, 0.9085, 0.0042, 0.0048)
    socket = -0.0042 * bump(EYE_Y, EYE_Z, 0.0115, 0.0080)
    lid = 0.0026 * bump(EYE_Y, EYE_Z - 0.0005, 0.0080, 0.0050)
    brow = 0.0022 * bump(0.018, 0.9450, 0.0150, 0.0050)
    cheek = 0.0022 * bump(0.0240, 0.9110, 0.0120, 0.0110)
    lips = 0.0034 * bump(0.0, 0.8900, 0.0130, 0.0068) - 0.0016 * bump(0.0, 0.8905, 0.0150, 0.0016)
    groove = -0.0022 * bump(0.0, 0.8805, 0.0120, 0.0036)
    chin = 0.0030 * bump(0.0, 0.8720, 0.0120, 0.0070)
    total: Floats = nose + wings + socket + lid + brow + cheek + lips + groove + chin
    return total


def _ears(shape: Shape) -> None:
    for side in (-1.0, 1.0):
        shape.ball(
            (-0.002, side * 0.0480, 0.9230),
            (0.0095, 0.0050, 0.0155),
            bones=HEAD,
            slot=Slot.SKIN,
            rings=shape.fine(7, 4, 3),
            segments=shape.fine(10, 6, 4),
        )


def _shell(
    shape: Shape,
    line: tuple[float, float, float, float],
    thick: float,
    *,
    slot: Slot,
    group: Group,
    variants: tuple[int, ...],
    rough: float = 0.0,
    drop: float = 0.0,
    brim: float = 0.0,
) -> None:
    """Add a shell over the skull, down to a line at the forehead, temple, ear and nape; below it tucks under.

    Args:
        shape: what it is added to.
        line: heights of the lower edge ahead, at 50°, at the side and behind.
        thick: over the skull.
        slot: what it is.
        group: as for a grid.
        variants: who wears it.
        rough: how much it is tousled.
        drop: how far hair hangs below the skull's own curve, straight down.
        brim: share of the thickness that the edge has already.
    """
    rings, segments = shape.fine(13, 6, 3), shape.fine(28, 12, 6)
    angle = np.linspace(-np.pi, np.pi, segments + 1)
    turn = np.abs(angle)
    edge = np.interp(turn, [0.0, 0.9, 1.5, 1.9, np.pi], [line[0], line[1], line[2], line[2] - 0.012, line[3]])
    share = np.linspace(0.0, 1.0, rings + 1)[:, None]
    # Each meridian runs from its own edge to the crown: heights first, then directions that reach them.
    top = CENTRE[2] + 0.067
    height = edge + (top - edge) * np.sin(share * np.pi / 2)
    inside = np.clip((height - CENTRE[2]) / np.where(height > CENTRE[2], 0.0670, 0.0665), -0.86, 1.0)
    level = np.sqrt(np.maximum(1.0 - inside**2, 0.0))
    way = np.stack([level * np.cos(angle), level * np.sin(angle), inside], axis=-1)
    skull = _skull(way, features=False)
    out = way * np.array([1.0, 1.0, 1.0])
    puff = thick * (brim + (1.0 - brim) * np.clip(share / 0.16, 0.0, 1.0) ** 0.6)
    strand = np.sin(angle * 23.0) + np.sin(angle * 11.0 + share * 5.0)
    made = skull + out * (puff + rough * strand * np.clip(share * (1.0 - share) * 5.0, 0.15, 1.0))[..., None]
    if drop > 0.0:
        fall = np.minimum(height - made[..., 2], 0.0)
        made[..., 2] += np.where(height < CENTRE[2] - 0.03, fall, 0.0)
        made[..., :2] += out[..., :2] * (drop * (1.0 - share) ** 2)[..., None]
    rim = made[:1] - out[:1] * (thick * 0.9 + 0.004)
    shape.grid(np.concatenate([rim, made]), bones=HEAD, slot=slot, group=group, variants=variants)


def _hair(shape: Shape) -> None:
    def cap(
        line: tuple[float, float, float, float], thick: float, *variants: int, rough: float = 0.0006, drop: float = 0.0
    ) -> None:
        _shell(shape, line, thick, slot=Slot.HAIR, group=Group.HAIR, variants=variants, rough=rough, drop=drop)

    if not shape.detail:
        # From afar one head of hair is like another.
        cap((0.9580, 0.9450, 0.9150, 0.8850), 0.0090, SHORT, BOB, LONG, TAIL, BUN, CURLS, THIN)
        _hijab(shape)
        return
    cap((0.9620, 0.9520, 0.9230, 0.8930), 0.0075, SHORT, rough=0.0009)
    cap((0.9520, 0.9360, 0.8860, 0.8700), 0.0085, BOB, drop=0.006)
    cap((0.9560, 0.9440, 0.9150, 0.8800), 0.0080, LONG, TAIL)
    cap((0.9660, 0.9520, 0.9250, 0.8950), 0.0060, BUN)
    cap((0.9600, 0.9500, 0.9150, 0.8880), 0.0170, CURLS, rough=0.0026)
    cap((0.9850, 0.9700, 0.9280, 0.8950), 0.0035, THIN)
    if shape.detail:
        # Fringe locks break the hairline.
        for k, y in enumerate(np.linspace(-0.030, 0.030, shape.fine(7, 3, 0))):
            tip = 0.9475 if k % 2 else 0.9520
            path = [
                (0.048 - y * y * 12.0, 0.94 * y, 0.9740),
                (0.0590 - y * y * 14.0, y, 0.9660),
                (0.0625 - y * y * 16.0, y * 1.06, 0.9580),
                (0.0615 - y * y * 16.0, y * 1.10 + 0.003, tip),
            ]
            for variants, lift in (((SHORT,), 0.0035), ((BOB,), 0.0)):
                lock = np.array(path) + np.array([0.0015, 0.0, lift])
                _lock(shape, lock, (0.0075, 0.0082, 0.0062, 0.0008), variants)
    sides = shape.fine(12, 6, 4)

    def hang(low: float) -> Weights:
        return (int(Bone.HEAD), int(Bone.CHEST), 0.45 if low < 0.82 else 0.15)

    shape.tube(
        [
            (0.790, -0.062, 0.0, 0.004, 0.030),
            (0.800, -0.060, 0.0, 0.016, 0.052),
            (0.850, -0.052, 0.0, 0.024, 0.056),
            (0.900, -0.040, 0.0, 0.030, 0.054),
            (0.940, -0.030, 0.0, 0.030, 0.045),
        ],
        bones=hang(0.79),
        slot=Slot.HAIR,
        segments=sides,
        group=Group.HAIR,
        variants=(LONG,),
    )
    tail = np.array(
        [(-0.058, 0, 0.957), (-0.086, 0, 0.950), (-0.098, 0, 0.915), (-0.092, 0, 0.870), (-0.090, 0, 0.850)]
    )
    _lock(shape, tail, (0.008, 0.0165, 0.0180, 0.0130, 0.001), (TAIL,))
    shape.ball(
        (-0.066, 0.0, 0.962),
        (0.022, 0.024, 0.022),
        bones=HEAD,
        slot=Slot.HAIR,
        rings=shape.fine(8, 5, 3),
        segments=shape.fine(12, 7, 4),
        group=Group.HAIR,
        variants=(BUN,),
    )
    _hijab(shape)


def _lock(shape: Shape, path: Floats, radii: tuple[float, ...], variants: tuple[int, ...]) -> None:
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, np.array([0.0, 0.0, 1.0]) + 0.01)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(along, side)
    turn = np.linspace(0.0, 2.0 * np.pi, shape.fine(6, 4, 3) + 1)
    ring = np.cos(turn)[None, :, None] * side[:, None] + 0.7 * np.sin(turn)[None, :, None] * other[:, None]
    shape.grid(
        path[:, None] + ring * np.asarray(radii)[:, None, None],
        bones=HEAD,
        slot=Slot.HAIR,
        group=Group.HAIR,
        variants=variants,
    )


def _hijab(shape: Shape) -> None:
    """Add a scarf round the face and over the shoulders."""
    _shell(
        shape,
        (0.9660, 0.9480, 0.8900, 0.8720),
        0.0100,
        slot=Slot.SCARF,
        group=Group.HAIR,
        variants=(COVERED,),
        rough=0.0004,
    )
    segments = shape.fine(26, 10, 6)
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    front = np.clip(np.cos(angle), 0.0, 1.0) ** 2
    rows = []
    for z, depth, width, dip in (
        (0.800, 0.066, 0.098, 0.045),
        (0.825, 0.060, 0.086, 0.025),
        (0.850, 0.050, 0.064, 0.004),
        (0.872, 0.052, 0.052, 0.000),
        (0.900, 0.056, 0.0535, 0.0),
        (0.930, 0.060, 0.0545, 0.0),
    ):
        wide = width * np.sin(angle)
        deep = np.where(np.cos(angle) > 0, np.where(z > 0.875, 0.030, depth), depth) * np.cos(angle)
        rows.append(np.stack([deep - 0.004, wide, np.full_like(angle, z) - dip * front], axis=-1))
    share = np.array([0.85, 0.6, 0.3, 0.1, 0.0, 0.0])[:, None] + 0.0 * angle
    shape.grid(
        np.array(rows),
        bones=(int(Bone.HEAD), int(Bone.CHEST), share),
        slot=Slot.SCARF,
        group=Group.HAIR,
        variants=(COVERED,),
    )


def _hats(shape: Shape) -> None:
    sides = shape.fine(26, 10, 6)

    def shell(line: tuple[float, float, float, float], thick: float, *variants: int) -> None:
        _shell(shape, line, thick, slot=Slot.HAT, group=Group.HAT, variants=variants, brim=1.0)

    if shape.detail:
        shell((0.9640, 0.9560, 0.9430, 0.9330), 0.0165, GYM_CAP)
        shell((0.9640, 0.9600, 0.9500, 0.9450), 0.0185, SCHOOL_HAT)
        shell((0.9620, 0.9580, 0.9420, 0.9200), 0.0240, HELMET)
    else:
        shell((0.9640, 0.9580, 0.9450, 0.9350), 0.0190, GYM_CAP, SCHOOL_HAT, HELMET)
    if shape.detail:
        visor = np.linspace(-1.1, 1.1, shape.fine(13, 7, 3))
        inner = np.stack([0.010 + 0.060 * np.cos(visor), 0.056 * np.sin(visor), np.full_like(visor, 0.9655)], axis=-1)
        reach_ = 0.034 * np.cos(visor * 1.15) ** 0.7
        outer = inner + np.stack([reach_, 0.1 * reach_ * np.sin(visor), -0.008 - 0.0 * visor], axis=-1)
        up = np.array([0.0, 0.0, 0.002])
        shape.grid(
            np.stack([inner - up, outer - up, outer + up, inner + up])[:, :],
            bones=HEAD,
            slot=Slot.HAT,
            group=Group.HAT,
            variants=(GYM_CAP, HELMET),
        )
    shape.tube(
        [
            (0.9480, 0.003, 0.0, 0.066, 0.060),
            (0.9440, 0.003, 0.0, 0.098, 0.090),
            (0.9465, 0.003, 0.0, 0.0985, 0.0905),
            (0.9560, 0.003, 0.0, 0.072, 0.064),
            (0.9620, 0.003, 0.0, 0.066, 0.060),
        ],
        bones=HEAD,
        slot=Slot.HAT,
        segments=sides,
        group=Group.HAT,
        variants=(SCHOOL_HAT,),
    )
    _shell(
        shape,
        (0.9680, 0.9400, 0.8850, 0.8720),
        0.0270,
        slot=Slot.HAT,
        group=Group.HAT,
        variants=(HOOD,),
        drop=0.012,
    )
    angle = np.linspace(0.62, 2.0 * np.pi - 0.62, sides + 1)
    rows = []
    for z, deep, wide in ((0.802, 0.070, 0.102), (0.830, 0.078, 0.100), (0.865, 0.080, 0.088), (0.900, 0.080, 0.078)):
        rows.append(np.stack([deep * np.cos(angle) - 0.004, wide * np.sin(angle), np.full_like(angle, z)], axis=-1))
    cloth = np.array(rows)
    inner = cloth[::-1] * np.array([0.86, 0.86, 1.0])
    shape.grid(
        np.concatenate([cloth, inner]),
        bones=(
            int(Bone.HEAD),
            int(Bone.CHEST),
            np.repeat(np.array([0.6, 0.4, 0.15, 0.0, 0, 0.15, 0.4, 0.6])[:, None], sides + 1, 1),
        ),
        slot=Slot.HAT,
        group=Group.HAT,
        variants=(HOOD,),
    )


def _glasses(shape: Shape) -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, shape.fine(17, 9, 5))
    worn = {"bones": HEAD, "slot": Slot.DARK, "group": Group.GLASSES, "variants": (GLASSES,), "sides": 4}
    for side in (-1.0, 1.0):
        rim = np.stack(
            [
                0.0660 - 0.006 * np.abs(np.sin(turn)) * 0.2 - 0.0 * turn,
                side * (EYE_Y + 0.0005) + 0.0135 * np.cos(turn),
                EYE_Z - 0.001 + 0.0108 * np.sin(turn),
            ],
            axis=1,
        )
        shape.rod(rim, 0.0011, **worn)  # type: ignore[arg-type]  # keywords of one type each
        temple = [
            (0.0645, side * 0.0330, EYE_Z + 0.002),
            (0.050, side * 0.0475, EYE_Z + 0.002),
            (-0.002, side * 0.0515, EYE_Z),
        ]
        shape.rod(temple, 0.0010, **worn)  # type: ignore[arg-type]
    bridge = [(0.0655, -0.0058, EYE_Z + 0.001), (0.0670, 0.0, EYE_Z + 0.003), (0.0655, 0.0058, EYE_Z + 0.001)]
    shape.rod(bridge, 0.0011, **worn)  # type: ignore[arg-type]
