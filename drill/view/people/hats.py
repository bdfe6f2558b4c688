"""Hats, hoods, helmets and glasses of figures."""

from __future__ import annotations

import numpy as np

from drill.view.people.head import EYE_Y, EYE_Z, HEAD, add_shell
from drill.view.people.shape import Group, Shape, Slot
from drill.view.people.skeleton import Bone

NO_HAT, GYM_CAP, SCHOOL_HAT, HOOD, HELMET = range(5)
"""Variants of what is on the head; HOOD is the padded one of Japanese schools."""
NO_GLASSES, GLASSES = range(2)


def add_hats(shape: Shape) -> None:
    """Add whatever is worn on the head, and glasses."""
    if shape.detail:
        _glasses(shape)
    sides = shape.fine(26, 10, 6)

    def shell(line: tuple[float, float, float, float], thick: float, *variants: int) -> None:
        add_shell(shape, line, thick, slot=Slot.HAT, group=Group.HAT, variants=variants, brim=1.0)

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
    add_shell(
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
