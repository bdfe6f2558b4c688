"""The mesh of a person at three levels of detail: everything anybody wears, of which each shows their own."""

from __future__ import annotations

from functools import cache

import numpy as np

from drill.view.people.hair import add_hair
from drill.view.people.hats import add_hats
from drill.view.people.head import add_head
from drill.view.people.limbs import add_limbs
from drill.view.people.shape import Group, Shape, Slot
from drill.view.people.skeleton import WRIST_Y, Bone
from drill.view.people.trunk import add_trunk

NEAR, MIDDLE, FAR = 2, 1, 0


@cache
def figure(detail: int) -> Shape:
    """Return the figure of a level of detail: NEAR, MIDDLE or FAR."""
    shape = Shape(detail)
    add_trunk(shape)
    add_limbs(shape)
    add_head(shape)
    add_hair(shape)
    add_hats(shape)
    if detail:
        _handkerchief(shape)
    return shape


def _handkerchief(shape: Shape) -> None:
    """Add the cloth in the right palm that goes over nose and mouth."""
    n = shape.fine(7, 5, 3)
    across, along = np.linspace(-0.046, 0.050, n), np.linspace(-0.104, 0.010, n)
    x, z = np.meshgrid(across, along)
    wave = 0.003 * np.sin(x * 160.0) * np.cos(z * 90.0)
    y = -WRIST_Y + 0.0135 + wave
    front = np.stack([x, y, 0.492 + z], axis=-1)
    back = front[:, ::-1] - (0.0, 0.006, 0.0)
    sheet = np.concatenate([front, back, front[:, :1]], axis=1)
    shape.grid(
        sheet,
        bones=(int(Bone.HAND_RIGHT), int(Bone.FINGERS_RIGHT), 0.3),
        slot=Slot.WHITE,
        group=Group.CLOTH,
        variants=(1,),
    )
