"""Stairs with steps, yellow edges and handrails."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from drill.site.site import Site, Stair
from drill.view import materials as m
from drill.view.mesh import Mesh
from drill.view.shapes import beam

RISER_M = 0.17
RAIL_M = 0.9


def draw_stair(mesh: Mesh, stair: Stair, site: Site) -> None:
    """Draw a straight stair from its foot to its head."""
    low, high = site.floors[stair.lower].z_m, site.floors[stair.upper].z_m
    foot = np.asarray(stair.foot.coords)[[0, -1], :2]
    head = np.asarray(stair.head.coords)[[0, -1], :2]
    if np.linalg.norm(foot[0] - head[0]) + np.linalg.norm(foot[1] - head[1]) > (
        np.linalg.norm(foot[0] - head[1]) + np.linalg.norm(foot[1] - head[0])
    ):
        head = head[::-1]
    if _turn(foot[0], foot[1], head[1]) < 0:
        foot, head = foot[::-1], head[::-1]
    count = max(1, math.ceil((high - low) / RISER_M))
    for i in range(count):
        near, far = foot + (head - foot) * (i / count), foot + (head - foot) * ((i + 1) / count)
        top = low + (high - low) * (i + 1) / count
        below = low + (high - low) * i / count
        _step(mesh, near, far, below, top, low)
    for side in (0, 1):
        _rail(mesh, foot[side], head[side], low, high, count)


def _turn(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], c: npt.NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _step(
    mesh: Mesh,
    near: npt.NDArray[np.float64],
    far: npt.NDArray[np.float64],
    below: float,
    top: float,
    ground: float,
) -> None:
    left, right = 0, 1
    edge = near + (far - near) * 0.16
    mesh.quad([(*edge[left], top), (*edge[right], top), (*far[right], top), (*far[left], top)], colour=m.STEP)
    mesh.quad([(*near[left], top), (*near[right], top), (*edge[right], top), (*edge[left], top)], colour=m.STEP_EDGE)
    shade = tuple(0.8 * c for c in m.STEP)
    riser = [(*near[left], below), (*near[right], below), (*near[right], top), (*near[left], top)]
    mesh.quad(riser, colour=(shade[0], shade[1], shade[2]))
    mesh.quad(
        [(*far[right], ground), (*far[right], top), (*near[right], top), (*near[right], ground)][::-1], colour=m.TRIM
    )
    mesh.quad([(*near[left], ground), (*near[left], top), (*far[left], top), (*far[left], ground)][::-1], colour=m.TRIM)
    mesh.quad([(*far[left], ground), (*far[left], top), (*far[right], top), (*far[right], ground)], colour=m.TRIM)


def _rail(
    mesh: Mesh, foot: npt.NDArray[np.float64], head: npt.NDArray[np.float64], low: float, high: float, count: int
) -> None:
    beam(mesh, (*foot, low + RAIL_M), (*head, high + RAIL_M), 0.06, colour=m.RAIL)
    for i in range(0, count + 1, 2):
        share = i / count
        point = foot + (head - foot) * share
        z = low + (high - low) * share
        beam(mesh, (*point, z), (*point, z + RAIL_M), 0.03, colour=m.RAIL)
