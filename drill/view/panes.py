"""The panes of windows: whole, or broken out with jagged glass left in their frames. One mesh whatever breaks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import GeomNode, NodePath
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from drill.view import materials as m
from drill.view.mesh import Mesh
from drill.view.shapes import polygons, prism
from drill.view.sprites import chance

TOOTH_M: Final = 0.14
LONGEST_TOOTH_M: Final = 0.38
"""Width of a jagged rest of glass at the frame, and how far the longest reach into the opening."""

EDGED: Final = (0.0, 0.0, 0.0)
"""Vertices of this colour tell the shader of glass that they are jagged rests."""


@dataclass(frozen=True, slots=True)
class Pane:
    """The glass of one wall: its outline in plan, the wall's line, and the heights between which it stands."""

    outline: BaseGeometry
    line: LineString
    low_m: float
    high_m: float


class Panes:
    """Every pane of a site by the number of its wall. `node` draws them; `show` says which are broken."""

    def __init__(self) -> None:
        self._panes: dict[int, Pane] = {}
        self._whole: dict[int, npt.NDArray[np.void]] = {}
        self._broken: frozenset[int] = frozenset()
        self._geoms = GeomNode("glass")
        self.node = NodePath(self._geoms)

    def __len__(self) -> int:
        return len(self._panes)

    def add(self, wall: int, pane: Pane) -> None:
        """Add the pane of a wall."""
        mesh = Mesh()
        prism(mesh, pane.outline, pane.low_m, pane.high_m, colour=m.WHITE, top=False)
        self._panes[wall], self._whole[wall] = pane, mesh.vertices()

    def build(self) -> None:
        """Draw all of them whole."""
        self._broken = frozenset()
        self._draw()

    def show(self, broken: Collection[int]) -> None:
        """Draw these panes broken and all others whole; nothing is done where nothing changed."""
        wanted = frozenset(broken) & self._panes.keys()
        if wanted != self._broken:
            self._broken = wanted
            self._draw()

    def _draw(self) -> None:
        parts = [_rest(wall, pane) if wall in self._broken else self._whole[wall] for wall, pane in self._panes.items()]
        self._geoms.remove_all_geoms()
        self._geoms.add_geoms_from(Mesh(parts).node("glass"))


def _rest(wall: int, pane: Pane) -> npt.NDArray[np.void]:
    """Return the jagged glass that stays in the frame: teeth along its foot, head and both sides."""
    mesh = Mesh()
    for polygon in polygons(pane.outline):
        # Where its wall is cut by a door the pane has several pieces, each with a frame of its own.
        piece = pane.line.intersection(polygon.buffer(0.02))
        if not isinstance(piece, LineString) or piece.length < TOOTH_M:
            continue
        start, end = (np.asarray(piece.coords[k][:2], np.float64) for k in (0, -1))
        along = (end - start) / piece.length
        tall = pane.high_m - pane.low_m
        sides = (
            (piece.length, (0.0, pane.low_m), (1.0, 0.0), (0.0, 1.0), 1.0),
            (piece.length, (0.0, pane.high_m), (1.0, 0.0), (0.0, -1.0), 0.7),
            (tall, (0.0, pane.low_m), (0.0, 1.0), (1.0, 0.0), 0.6),
            (tall, (piece.length, pane.low_m), (0.0, 1.0), (-1.0, 0.0), 0.6),
        )
        for salt, (length, origin, way, inward, reach) in enumerate(sides):
            teeth = _teeth(wall, salt, length, origin, way, inward, reach)
            points = np.empty((len(teeth), 3))
            points[:, :2], points[:, 2] = start + teeth[:, :1] * along, teeth[:, 1]
            mesh.triangles(points, colour=EDGED)
    return mesh.vertices()


def _teeth(
    wall: int,
    salt: int,
    length: float,
    origin: tuple[float, float],
    way: tuple[float, float],
    inward: tuple[float, float],
    reach: float,
) -> npt.NDArray[np.float64]:
    """Return triangles (3 n, 2) along one side of a frame, in metres along the wall and up."""
    count = max(2, round(length / TOOTH_M))
    number = np.arange(count)
    edges = np.linspace(0.0, length, count + 1)
    deep = reach * LONGEST_TOOTH_M * chance(wall + 1, number, 20 + salt) ** 2
    tip = edges[:-1] + (edges[1:] - edges[:-1]) * chance(wall + 1, number, 30 + salt)
    o, w, i = np.array(origin), np.array(way), np.array(inward)
    corners = np.stack(
        [o + edges[:-1, None] * w, o + edges[1:, None] * w, o + tip[:, None] * w + deep[:, None] * i], axis=1
    )
    return corners.reshape(-1, 2)
