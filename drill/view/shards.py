"""Glass that broke: flat pieces that fly out of a thing, fall and lie on the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath

from drill.view.materials import srgb
from drill.view.mesh import VERTEX, geom_node, vertex_format
from drill.view.sprites import chance

PIECES: Final = 60
MOST_PIECES: Final = 400
GRAVITY: Final = 9.80665
FLIGHT_S: Final = 1.5
"""After this long every piece lies still."""
GLASS: Final = srgb("d5e6ea")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Broken:
    """A thing that broke.

    Attributes:
        id: of the thing.
        key: a number of its own; the pieces' sizes and ways follow from it.
        at: lowest of the glass, in its middle, site axes, metres.
        floor_z: what the pieces fall on.
        along: half the way from one end of the glass to the other in plan, metres.
        tall_m: how far the glass reaches up.
        inward: unit vector in plan towards which all of it flies; (0, 0) lets it fly all round.
        count: pieces.
    """

    id: str
    key: int
    at: tuple[float, float, float]
    floor_z: float
    along: tuple[float, float] = (0.0, 0.0)
    tall_m: float = 0.0
    inward: tuple[float, float] = (0.0, 0.0)
    count: int = PIECES


class Shards:
    """The pieces of every broken thing under `root`. Where they lie depends on the thing alone."""

    def __init__(self) -> None:
        self.root = NodePath("shards")
        self.root.set_two_sided(True)
        self._heaps: dict[str, NodePath] = {}
        self._lying: set[str] = set()

    def show(self, broken: Broken, since_s: float) -> None:
        """Draw the pieces of a thing `since_s` seconds after it broke."""
        id_ = broken.id
        if id_ in self._lying and since_s >= FLIGHT_S:
            return
        old = self._heaps.pop(id_, None)
        if old is not None:
            old.remove_node()
        points, normals = pieces(broken, since_s)
        part = np.zeros(len(points), VERTEX)
        part["vertex"], part["normal"] = points, normals
        part["colour"][:, :3] = GLASS
        self._heaps[id_] = self.root.attach_new_node(geom_node(f"shards-{id_}", part, vertex_format()))
        if since_s >= FLIGHT_S:
            self._lying.add(id_)
        else:
            self._lying.discard(id_)

    def keep(self, ids: set[str]) -> None:
        """Take away the pieces of all things but these: time went back to before they broke."""
        for id_ in [i for i in self._heaps if i not in ids]:
            self._heaps.pop(id_).remove_node()
            self._lying.discard(id_)

    def __len__(self) -> int:
        return len(self._heaps)


def pieces(broken: Broken, since_s: float) -> tuple[Floats, Floats]:
    """Return the corners (3 count, 3) and normals of triangular pieces `since_s` after the break."""
    key, count = broken.key, broken.count
    number = np.arange(count)
    way, pace, lift, along = (chance(key, number, salt) for salt in (1, 2, 3, 9))
    size = 0.015 + 0.05 * chance(key, number, 4) ** 2
    start_z = broken.at[2] + broken.tall_m * chance(key, number, 10)
    out = 0.3 + 1.1 * pace
    rise = 0.4 + 1.0 * lift if broken.tall_m == 0 else -0.2 + 0.5 * lift
    drop = np.maximum(start_z - broken.floor_z, 0.0)
    lands = (rise + np.sqrt(rise**2 + 2 * GRAVITY * drop)) / GRAVITY
    t = np.minimum(since_s, lands)
    angle = way * 2 * np.pi
    if broken.inward != (0.0, 0.0):
        angle = np.arctan2(broken.inward[1], broken.inward[0]) + (way - 0.5) * 0.9 * np.pi
    middle = np.stack(
        [
            broken.at[0] + broken.along[0] * (2 * along - 1) + np.cos(angle) * out * t,
            broken.at[1] + broken.along[1] * (2 * along - 1) + np.sin(angle) * out * t,
            np.maximum(start_z + rise * t - GRAVITY * t * t / 2, broken.floor_z)
            + 0.004
            + 0.01 * chance(key, number, 5),
        ],
        axis=1,
    )
    lies = since_s >= lands
    tilt = np.where(lies, 0.12, t * (6 + 10 * chance(key, number, 6)))
    turn = chance(key, number, 7) * 2 * np.pi
    ahead = np.stack([np.cos(turn), np.sin(turn), np.zeros(count)], axis=1)
    aside = np.stack([-np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)], axis=1)
    u, v = ahead * size[:, None], aside * size[:, None]
    skew = chance(key, number, 8)[:, None] - 0.5
    corners = np.stack([middle - u - v, middle + u - v * 0.6, middle + u * skew + v], axis=1)
    normal = np.cross(ahead, aside)
    normal *= np.where(normal[:, 2:] < 0, -1, 1)
    return corners.reshape(-1, 3), np.repeat(normal, 3, axis=0)
