"""Light that reaches every place of a site, worked out once: what comes from the sky, what from the lamps.

The discrete-ordinates method (Chandrasekhar, *Radiative Transfer*, 1950): space is cut into cells, light runs along a
set of directions from cell to cell, walls throw back a share of what they get, and again. So a room without a window
is dark by day, a corner darker than the middle of a wall, and a corridor is lit by the rooms whose doors stand open.

The result at a place is the flux from all sides, Φ/4, and half its vector, F/2: a surface with the unit normal n gets
about Φ/4 + n·F/2 there (exact to first order), here divided by π so that 1 is a white sheet under the open sky.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]

ACROSS: Final = (-0.75, -0.25, 0.25, 0.75)
"""Directions through a cell's face, as slopes: 4 × 4 a face, 96 in all."""
ROUNDS: Final = 3
"""The light's own way and its first reflections; what comes later is lost in the rest."""
SMOOTHED: Final = 2
SKY, LAMP = 0, 1
GROUND_GLOW: Final = 0.18
"""What the ground far outside sends up, where the sky above sends 1."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A site cut into cubes.

    Attributes:
        low: least corner, metres, site axes.
        cell_m: side of a cube.
        solid: what light does not pass, shape (x, y, z).
        passing: share of light that passes a cell, 1 in air and less in a window's pane.
        reflects: share of light that a solid cell throws back.
        lamp: light that a solid cell sends out downwards.
    """

    low: tuple[float, float, float]
    cell_m: float
    solid: npt.NDArray[np.bool_]
    passing: Field
    reflects: Field
    lamp: Field


def spread_light(cells: Cells, *, rounds: int = ROUNDS, told: Callable[[float], None] | None = None) -> Field:
    """Return the light of sky and lamps, shape (2, 4, x, y, z): Φ/4π and the three parts of F/2π.

    `told` hears how far it is, 0 to 1, after each of its sweeps.

    Solid cells take over the darkest air beside them, so that what is read between two cells lets no light through.
    """
    shape = cells.solid.shape
    out = np.zeros((2, 6, *shape), np.float32)
    _shine(out, cells.lamp)
    light = np.zeros((2, 4, *shape), np.float32)
    bare = _bare_faces(cells.solid)
    for turn in range(rounds):
        light[:] = 0.0
        got = np.zeros_like(out)
        for axis in range(3):
            for sign in (1, -1):
                _sweep(cells, axis, sign, out, bare, light, got)
                if told is not None:
                    told((turn + (2 * axis + (sign < 0) + 1) / 6) / rounds)
        if turn < rounds - 1:
            out = got * cells.reflects
            _shine(out, cells.lamp)
    light /= np.pi
    light[:, 0] /= 4
    light[:, 1:] /= 2
    for _ in range(SMOOTHED):
        light = _smoothed(light, ~cells.solid)
    _fill(light, cells.solid)
    return light


def _smoothed(light: Field, air: npt.NDArray[np.bool_]) -> Field:
    """Mix each cell of air with those beside it: it takes off the streaks that so few directions leave."""
    known = air.astype(np.float32)
    light = light * known
    weight = known
    for axis in range(3):
        light = 0.5 * light + 0.25 * (np.roll(light, 1, axis + 2) + np.roll(light, -1, axis + 2))
        weight = 0.5 * weight + 0.25 * (np.roll(weight, 1, axis) + np.roll(weight, -1, axis))
    return np.asarray(np.where(air, light / np.maximum(weight, 1e-6), 0.0), np.float32)


def _shine(out: Field, lamp: Field) -> None:
    """Add what lamps send out: most downwards, some to the sides."""
    out[LAMP, 4] += lamp
    out[LAMP, :4] += 0.3 * lamp


def _face(axis: int, sign: int) -> int:
    """Return the number of a cell's face: +x, -x, +y, -y, bottom, top."""
    return 2 * axis + (0 if sign > 0 else 1) if axis < 2 else (5 if sign > 0 else 4)


def _bare_faces(solid: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which faces of solid cells look into air, shape (6, x, y, z)."""
    bare = np.zeros((6, *solid.shape), bool)
    for axis in range(3):
        for sign in (1, -1):
            beside = np.roll(solid, -sign, axis)
            edge: list[slice | int] = [slice(None)] * 3
            edge[axis] = -1 if sign > 0 else 0
            beside[tuple(edge)] = False
            bare[_face(axis, sign)] = solid & ~beside
    return bare


def _sources(out: Field, bare: npt.NDArray[np.bool_], axis: int, sign: int, across: tuple[int, int]) -> Field:
    """Return what solid cells send along an axis and aslant. A cell within a wall shows but its side's face.

    Without this the light that falls on the outer side of a wall would come out of its inner side.
    """
    first, second = (a for a in range(3) if a != axis)
    sent = np.zeros_like(out[:, 0])
    for face in (_face(second, across[1]), _face(first, across[0]), _face(axis, sign)):
        sent = np.where(bare[face], out[:, face], sent)
    return sent


def _sweep(
    cells: Cells, axis: int, sign: int, out: Field, bare: npt.NDArray[np.bool_], light: Field, got: Field
) -> None:
    """Let light run along one axis: all directions whose greatest part lies along it."""
    others = [a for a in range(3) if a != axis]
    slopes = np.array([(u, v) for u in ACROSS for v in ACROSS], np.float32)
    length = np.sqrt(1 + (slopes**2).sum(axis=1))
    solid_angle = (4 / len(slopes)) / length**3
    cosine = 1 / length
    way = np.zeros((len(slopes), 3), np.float32)
    way[:, axis] = sign
    way[:, others] = slopes
    way /= length[:, None]
    sky = np.where(way[:, 2] < 0, (1 - 2 * way[:, 2]) * 9 / 21 * 1.0, GROUND_GLOW).astype(np.float32)
    entering = np.zeros((len(slopes), 2, 1, 1), np.float32)
    entering[:, SKY, 0, 0] = sky
    face_in = _face(axis, -sign)
    share = (solid_angle * cosine / (solid_angle * cosine).sum()).astype(np.float32)

    order = [axis, *others]
    solid = np.moveaxis(cells.solid, order, (0, 1, 2))
    passing = np.moveaxis(cells.passing, order, (0, 1, 2))
    half = len(ACROSS) // 2
    quarters = [
        (slice(half * (u > 0), half * (u > 0) + half), slice(half * (v > 0), half * (v > 0) + half), u, v)
        for u in (-1, 1)
        for v in (-1, 1)
    ]
    sources = [
        (rows, columns, np.moveaxis(_sources(out, bare, axis, sign, (u, v)), [1 + a for a in order], (1, 2, 3)))
        for rows, columns, u, v in quarters
    ]
    flux = np.moveaxis(light, [2 + a for a in order], (2, 3, 4))
    face = np.moveaxis(got[:, face_in], [1 + a for a in order], (1, 2, 3))
    layers = range(solid.shape[0]) if sign > 0 else range(solid.shape[0] - 1, -1, -1)
    moment = np.concatenate([np.ones((len(slopes), 1), np.float32), -way], axis=1) * solid_angle[:, None]
    moment = moment.astype(np.float32)

    ray = np.broadcast_to(entering, (len(slopes), 2, *solid.shape[1:])).copy()
    size = ray.shape[2:]
    for k in layers:
        flat = ray.reshape(len(slopes), -1)
        face[:, k] += (share @ flat).reshape(2, *size)
        flux[:, :, k] += (moment.T @ flat).reshape(4, 2, *size).transpose(1, 0, 2, 3)
        ray *= passing[k]
        wall = solid[k]
        square = ray.reshape(len(ACROSS), len(ACROSS), 2, *size)
        for rows, columns, source in sources:
            square[rows, columns][..., wall] = source[:, k][:, wall]
        ray = _shifted(_shifted(ray, slopes[:, 0], 2, entering), slopes[:, 1], 3, entering)


def _shifted(ray: Field, slope: Field, axis: int, entering: Field) -> Field:
    """Move each direction's light sideways by its slope; from beyond the edge comes `entering`."""
    back = np.empty_like(ray)
    ahead: list[slice] = [slice(None)] * 4
    behind: list[slice] = [slice(None)] * 4
    edge: list[slice] = [slice(None)] * 4
    for rising in (True, False):
        rows = slope > 0 if rising else slope < 0
        ahead[axis] = slice(1, None) if rising else slice(None, -1)
        behind[axis] = slice(None, -1) if rising else slice(1, None)
        edge[axis] = slice(0, 1) if rising else slice(-1, None)
        part = ray[rows]
        moved = np.empty_like(part)
        moved[tuple(ahead)] = part[tuple(behind)]
        moved[tuple(edge)] = entering[rows]
        back[rows] = moved
    share = np.abs(slope)[:, None, None, None]
    return np.asarray(ray + share * (back - ray), np.float32)


def _fill(light: Field, solid: npt.NDArray[np.bool_]) -> None:
    known = ~solid
    light[:, :, solid] = 0.0
    for _ in range(2):
        best = np.full(solid.shape, np.inf, np.float32)
        taken = light.copy()
        for axis in range(3):
            for step in (1, -1):
                there, beside = np.roll(known, step, axis), np.roll(light, step, axis + 2)
                dark = beside[SKY, 0] + 0.3 * beside[LAMP, 0]
                better = there & ~known & (dark < best)
                best = np.where(better, dark, best)
                taken = np.where(better, beside, taken)
        light[:] = taken
        known = known | np.isfinite(best)
