"""What surfaces are made of: a tile of tint, roughness and height each, made from a seed, the same on every machine.

A tint is relative: 1 leaves the colour of the triangle as it is. Heights are metres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from drill.view.grain import Field, coordinates, seam, spectral, stones
from drill.view.mesh import Pattern

SIZE: Final = 512


@dataclass(frozen=True, slots=True)
class Tile:
    """A square piece of a surface that joins at its edges.

    Attributes:
        tint: relative linear RGB, shape (size, size, 3), 0 to 2.
        rough: roughness from 0, a mirror, to 1, shape (size, size).
        height: metres, shape (size, size).
    """

    tint: Field
    rough: Field
    height: Field


@dataclass(frozen=True, slots=True)
class Surface:
    """A recipe: `make` gets a generator of chance and the tile's size in texels.

    Attributes:
        make: the recipe.
        tile_m: how wide a tile is, metres.
        shine: share of light that it mirrors when looked at straight on; varnish has 0.05 and more.
    """

    make: Callable[[np.random.Generator, int], Tile]
    tile_m: float
    shine: float = 0.02


def _grey(tone: Field) -> Field:
    return np.repeat(np.clip(tone, 0.0, 2.0)[..., None], 3, axis=2).astype(np.float32)


def _tinted(tone: Field, warm: Field) -> Field:
    """Return `tone` with red and blue pulled apart by `warm`."""
    tint = _grey(tone)
    tint[..., 0] *= 1 + warm
    tint[..., 2] *= 1 - warm
    return np.clip(tint, 0, 2)


def _flat(size: int, value: float) -> Field:
    return np.full((size, size), value, np.float32)


def _boards(
    rng: np.random.Generator, size: int, *, rows: int, pieces: int, spread: float, gap: float, upright: bool = False
) -> Tile:
    y, x = coordinates(size)
    row = np.floor(y * rows).astype(int)
    shift = rng.random(rows)[row]
    along = (x * pieces + shift) % pieces
    piece = np.floor(along).astype(int)
    tone = rng.standard_normal((rows, pieces)).astype(np.float32)[row, piece]
    warm = rng.standard_normal((rows, pieces)).astype(np.float32)[row, piece]
    fine = spectral(rng, size, slope=0.7, stretch=(1.0, 26.0))
    wide = spectral(rng, size, slope=1.3, stretch=(1.0, 9.0), band=(3, 1e9))
    # Every board was cut from another tree: the grain jumps from row to row.
    jump = rng.integers(0, size, rows)[row]
    columns = (np.arange(size)[None, :] + jump) % size
    fine, wide = fine[np.arange(size)[:, None], columns], wide[np.arange(size)[:, None], columns]
    groove = np.maximum(seam(y, rows, gap), seam(along / pieces, pieces, gap * pieces / rows))
    shade = (1 + spread * tone + 0.045 * fine + 0.05 * wide) * (1 - 0.55 * groove)
    tint = _tinted(np.asarray(shade, np.float32), np.asarray(0.03 * warm + 0.012 * wide, np.float32))
    rough = np.asarray(np.clip(0.3 + 0.04 * fine + 0.5 * groove, 0.1, 1), np.float32)
    height = np.asarray(-0.0012 * groove + 0.00006 * fine, np.float32)
    if upright:
        return Tile(tint.transpose(1, 0, 2).copy(), rough.T.copy(), height.T.copy())
    return Tile(tint, rough, height)


def wood_floor(rng: np.random.Generator, size: int) -> Tile:
    """Strips of maple 8 cm wide, sanded flat and varnished, as gyms have."""
    return _boards(rng, size, rows=32, pieces=2, spread=0.09, gap=0.06)


def dado(rng: np.random.Generator, size: int) -> Tile:
    """Upright boards of 12 cm."""
    return _boards(rng, size, rows=16, pieces=1, spread=0.10, gap=0.08, upright=True)


def plank(rng: np.random.Generator, size: int) -> Tile:
    """The top of a school desk: one wide board under clear lacquer."""
    ring = spectral(rng, size, slope=1.6, stretch=(1.0, 7.0))
    fine = spectral(rng, size, slope=0.6, stretch=(1.0, 30.0))
    line = np.sin(ring * 9.0)
    shade = np.asarray(1 + 0.07 * line + 0.05 * fine, np.float32)
    return Tile(
        _tinted(shade, np.asarray(0.025 * line, np.float32)),
        np.asarray(np.clip(0.42 + 0.05 * fine, 0, 1), np.float32),
        np.asarray(0.00004 * fine, np.float32),
    )


def plaster(rng: np.random.Generator, size: int) -> Tile:
    """Painted plaster, rolled on: a fine orange skin."""
    skin = spectral(rng, size, slope=0.4, band=(20, 110))
    patch = spectral(rng, size, slope=1.8)
    return Tile(_grey(1 + 0.012 * skin + 0.02 * patch), _flat(size, 0.92), 0.00022 * skin)


def ceiling_board(rng: np.random.Generator, size: int) -> Tile:
    """Boards of mineral wool with worm holes, 0.91 × 0.455 m, as schools have them."""
    y, x = coordinates(size)
    vein = spectral(rng, size, slope=0.6, stretch=(1.0, 1.6), band=(22, 60))
    mask = spectral(rng, size, slope=0.6, band=(8, 40))
    hole = np.clip((0.34 - np.abs(vein)) * 5, 0, 1) * np.clip((mask - 0.1) * 3, 0, 1)
    joint = np.maximum(
        seam(y, 4, 0.012), seam(np.asarray((x + 0.25 * (np.floor(y * 4) % 2)) % 1.0, np.float32), 2, 0.006)
    )
    shade = np.asarray((1.02 - 0.30 * hole) * (1 - 0.22 * joint), np.float32)
    return Tile(_grey(shade), _flat(size, 0.97), np.asarray(-0.002 * hole - 0.002 * joint, np.float32))


def steel_deck(rng: np.random.Generator, size: int) -> Tile:
    """Folded steel under a gym's roof."""
    _, x = coordinates(size)
    fold = x * 6 - np.floor(x * 6)
    profile = np.clip(np.abs(fold - 0.5) * 8 - 1.4, 0, 1)
    dust = spectral(rng, size, slope=1.2)
    shade = 0.92 + 0.12 * profile + 0.02 * dust
    return Tile(_grey(np.asarray(shade, np.float32)), _flat(size, 0.6), np.asarray(0.03 * profile, np.float32))


def perforated(rng: np.random.Generator, size: int) -> Tile:
    """A board with a grid of small holes that swallow echo, 0.91 m wide."""
    y, x = coordinates(size)
    count = 36
    way = np.hypot((y * count) % 1 - 0.5, (x * count) % 1 - 0.5)
    hole = np.clip((0.24 - way) * 9, 0, 1)
    joint = np.maximum(seam(y, 1, 0.008), seam(x, 1, 0.008))
    patch = spectral(rng, size, slope=1.6)
    shade = (1.02 + 0.015 * patch) * (1 - 0.6 * hole) * (1 - 0.35 * joint)
    return Tile(_grey(np.asarray(shade, np.float32)), _flat(size, 0.85), np.asarray(-0.002 * hole, np.float32))


def floor_tiles(rng: np.random.Generator, size: int) -> Tile:
    """Vinyl tiles of 45 cm, marbled, laid crosswise."""
    y, x = coordinates(size)
    row, column = np.floor(y * 4).astype(int), np.floor(x * 4).astype(int)
    along = spectral(rng, size, slope=1.1, stretch=(1.0, 5.0), band=(6, 200))
    across = spectral(rng, size, slope=1.1, stretch=(5.0, 1.0), band=(6, 200))
    vein = np.where((row + column) % 2 == 0, along, across)
    tone = rng.standard_normal((4, 4)).astype(np.float32)[row, column]
    joint = np.maximum(seam(y, 4, 0.012), seam(x, 4, 0.012))
    wear = spectral(rng, size, slope=1.5)
    shade = np.asarray((1 + 0.045 * vein + 0.025 * tone) * (1 - 0.30 * joint), np.float32)
    rough = np.asarray(np.clip(0.34 + 0.07 * wear + 0.3 * joint, 0.1, 1), np.float32)
    return Tile(_tinted(shade, np.asarray(0.01 * vein, np.float32)), rough, np.asarray(-0.0005 * joint, np.float32))


def linoleum(rng: np.random.Generator, size: int) -> Tile:
    """One sheet, flecked."""
    fleck = np.clip(spectral(rng, size, slope=0.3, band=(30, 150)) - 0.8, 0, 2)
    pale = np.clip(spectral(rng, size, slope=0.3, band=(30, 150)) - 1.0, 0, 2)
    wear = spectral(rng, size, slope=1.6)
    shade = np.asarray(1 - 0.16 * fleck + 0.14 * pale + 0.02 * wear, np.float32)
    return Tile(_grey(shade), np.asarray(np.clip(0.32 + 0.08 * wear, 0.1, 1), np.float32), _flat(size, 0.0))


def tatami(rng: np.random.Generator, size: int) -> Tile:
    """Two mats of 1.82 × 0.91 m with dark green edging."""
    y, x = coordinates(size)
    edge = np.clip(1 - np.minimum(y * 2 % 1, 1 - y * 2 % 1) * 0.91 / 0.03, 0, 1) > 0
    weft = 0.5 + 0.5 * np.cos(x * 2 * np.pi * 128)
    straw = spectral(rng, size, slope=0.5, stretch=(1.0, 12.0))
    tint = _tinted(np.asarray(0.93 + 0.10 * weft + 0.05 * straw, np.float32), 0.02 * straw)
    tint[edge] = (0.16, 0.30, 0.20)
    joint = seam(y, 2, 0.01)
    tint = np.asarray(tint * (1 - 0.4 * joint[..., None]), np.float32)
    return Tile(tint, _flat(size, 0.75), np.asarray(0.0006 * weft, np.float32))


def soil(rng: np.random.Generator, size: int) -> Tile:
    """A school yard: raked earth with grit."""
    patch, grit = spectral(rng, size, slope=1.6), spectral(rng, size, slope=0.2, band=(40, 256))
    pebble = np.clip(grit - 1.7, 0, 2)
    shade = np.asarray(1 + 0.07 * patch + 0.05 * grit + 0.12 * pebble, np.float32)
    height = np.asarray(0.0012 * grit + 0.004 * pebble + 0.004 * patch, np.float32)
    return Tile(_tinted(shade, np.asarray(0.02 * patch, np.float32)), _flat(size, 1.0), height)


def asphalt(rng: np.random.Generator, size: int) -> Tile:
    """Grey stones in tar."""
    way, tone = stones(rng, size, 90)
    patch = spectral(rng, size, slope=1.6)
    shade = np.asarray((0.7 + 0.6 * tone) * np.clip(0.55 + way * 1.6, 0, 1.1) + 0.05 * patch, np.float32)
    return Tile(_grey(shade), _flat(size, 0.95), np.asarray(0.003 * np.clip(way, 0, 0.4), np.float32))


def gravel(rng: np.random.Generator, size: int) -> Tile:
    """Stones of a river bank, from a fist down to sand."""
    large, tone = stones(rng, size, 22)
    small, grit = stones(rng, size, 70)
    body = np.clip(large * 3.0, 0, 1)
    shade = np.where(body > 0.25, 0.55 + 0.8 * tone, 0.45 + 0.5 * grit) * np.clip(0.45 + body, 0, 1.1)
    warm = np.where(body > 0.25, (tone - 0.5) * 0.14, 0.05)
    height = np.where(body > 0.25, 0.02 * np.sqrt(body), 0.004 * np.clip(small * 3, 0, 1))
    return Tile(_tinted(np.asarray(shade, np.float32), np.asarray(warm, np.float32)), _flat(size, 0.9), height)


def grass(rng: np.random.Generator, size: int) -> Tile:
    """Short grass seen from above."""
    blade = spectral(rng, size, slope=0.3, stretch=(1.0, 2.4), band=(30, 256))
    tuft, patch = spectral(rng, size, slope=0.9, band=(6, 80)), spectral(rng, size, slope=1.7)
    shade = np.asarray(0.95 + 0.22 * blade + 0.14 * tuft + 0.08 * patch, np.float32)
    return Tile(
        _tinted(shade, np.asarray(0.035 * patch + 0.02 * tuft, np.float32)),
        _flat(size, 1.0),
        np.asarray(0.006 * blade + 0.01 * tuft, np.float32),
    )


def concrete(rng: np.random.Generator, size: int) -> Tile:
    """Outer wall, sprayed and washed by years of rain."""
    streak = spectral(rng, size, slope=1.0, stretch=(14.0, 1.0))
    skin, patch = spectral(rng, size, slope=0.3, band=(30, 200)), spectral(rng, size, slope=1.7)
    shade = np.asarray(1 + 0.03 * streak + 0.035 * skin + 0.04 * patch, np.float32)
    return Tile(_grey(shade), _flat(size, 0.95), np.asarray(0.0008 * skin, np.float32))


def brick(rng: np.random.Generator, size: int) -> Tile:
    """Small glazed tiles of a facade, 20 × 6 cm, half a tile shifted each row."""
    y, x = coordinates(size)
    row = np.floor(y * 20).astype(int)
    across = (x * 6 + 0.5 * (row % 2)) % 6
    tone = rng.standard_normal((20, 6)).astype(np.float32)[row, np.floor(across).astype(int)]
    joint = np.maximum(seam(y, 20, 0.14), seam(np.asarray(across / 6, np.float32), 6, 0.045))
    shade = np.asarray((1 + 0.09 * tone) * (1 - 0.35 * joint), np.float32)
    rough = np.asarray(0.5 + 0.4 * joint, np.float32)
    return Tile(_tinted(shade, 0.02 * tone), rough, np.asarray(-0.003 * joint, np.float32))


def metal(rng: np.random.Generator, size: int) -> Tile:
    """Painted sheet steel with a faint orange skin and scuffs."""
    skin = spectral(rng, size, slope=0.6, band=(30, 140))
    scuff = np.clip(spectral(rng, size, slope=0.9, stretch=(1.0, 5.0), band=(10, 200)) - 1.9, 0, 1)
    shade = np.asarray(1 + 0.012 * skin - 0.16 * scuff, np.float32)
    return Tile(_grey(shade), np.asarray(0.42 + 0.3 * scuff, np.float32), np.asarray(0.00006 * skin, np.float32))


def cloth(rng: np.random.Generator, size: int) -> Tile:
    """Woven cloth."""
    y, x = coordinates(size)
    weave = np.sin(x * 2 * np.pi * 64) * np.sin(y * 2 * np.pi * 64)
    slub = spectral(rng, size, slope=0.6, stretch=(1.0, 8.0))
    shade = np.asarray(1 + 0.06 * weave + 0.05 * slub, np.float32)
    return Tile(_grey(shade), _flat(size, 0.95), np.asarray(0.0004 * weave, np.float32))


def cork(rng: np.random.Generator, size: int) -> Tile:
    """The board that notices are pinned to."""
    way, tone = stones(rng, size, 60)
    shade = np.asarray((0.72 + 0.5 * tone) * np.clip(0.7 + way, 0, 1.1), np.float32)
    return Tile(_tinted(shade, (tone - 0.5) * 0.12), _flat(size, 0.98), np.asarray(0.0008 * tone, np.float32))


def chalk_board(rng: np.random.Generator, size: int) -> Tile:
    """Slate green enamel, wiped: clouds of chalk in the strokes of an eraser."""
    stroke = spectral(rng, size, slope=1.1, stretch=(1.0, 4.0), band=(2, 60))
    cloud = spectral(rng, size, slope=1.8)
    dust = np.clip(0.5 + 0.4 * stroke + 0.5 * cloud, 0, 2)
    return Tile(_grey(np.asarray(0.92 + 0.22 * dust, np.float32)), _flat(size, 0.62), _flat(size, 0.0))


def roof_tiles(rng: np.random.Generator, size: int) -> Tile:
    """Rows of grey kawara."""
    y, x = coordinates(size)
    row = np.floor(y * 8).astype(int)
    wave = np.cos((x * 8) * 2 * np.pi)
    step = y * 8 - np.floor(y * 8)
    tone = rng.standard_normal((8, 8)).astype(np.float32)[row, np.floor(x * 8).astype(int)]
    shade = np.asarray((0.85 + 0.22 * wave + 0.06 * tone) * (0.7 + 0.4 * step), np.float32)
    height = np.asarray(0.03 * wave + 0.03 * step, np.float32)
    return Tile(_grey(shade), _flat(size, 0.5), height)


def leaves(rng: np.random.Generator, size: int) -> Tile:
    """A crown of leaves from some way off."""
    way, tone = stones(rng, size, 40)
    clump = spectral(rng, size, slope=1.3)
    shade = np.asarray((0.55 + 0.75 * tone) * np.clip(0.6 + way, 0, 1.15) * (1 + 0.2 * clump), np.float32)
    height = np.asarray(0.03 * tone + 0.03 * np.clip(way, 0, 0.6), np.float32)
    return Tile(_tinted(shade, np.asarray((tone - 0.5) * 0.2, np.float32)), _flat(size, 0.8), height)


def bark(rng: np.random.Generator, size: int) -> Tile:
    """The bark of a tree."""
    ridge = spectral(rng, size, slope=0.9, stretch=(5.0, 1.0), band=(4, 120))
    shade = np.asarray(1 + 0.22 * ridge, np.float32)
    return Tile(_grey(shade), _flat(size, 1.0), np.asarray(0.01 * ridge, np.float32))


SURFACES: Final[dict[Pattern, Surface]] = {
    Pattern.WOOD: Surface(wood_floor, 2.56, 0.06),
    Pattern.PLASTER: Surface(plaster, 1.5),
    Pattern.PANEL: Surface(ceiling_board, 1.82),
    Pattern.GROUND: Surface(soil, 3.0, 0.0),
    Pattern.GYM_WALL: Surface(dado, 1.92, 0.04),
    Pattern.TILES: Surface(floor_tiles, 1.8, 0.05),
    Pattern.CURTAIN: Surface(cloth, 0.35, 0.0),
    Pattern.CLOTH: Surface(cloth, 0.35, 0.0),
    Pattern.LINOLEUM: Surface(linoleum, 2.4, 0.05),
    Pattern.TATAMI: Surface(tatami, 1.82, 0.01),
    Pattern.ASPHALT: Surface(asphalt, 2.0, 0.01),
    Pattern.GRASS: Surface(grass, 2.5, 0.0),
    Pattern.GRAVEL: Surface(gravel, 3.0, 0.01),
    Pattern.CONCRETE: Surface(concrete, 3.0, 0.01),
    Pattern.METAL: Surface(metal, 1.0, 0.04),
    Pattern.CORK: Surface(cork, 1.0, 0.0),
    Pattern.ROOF: Surface(roof_tiles, 2.2, 0.03),
    Pattern.LEAVES: Surface(leaves, 2.0, 0.0),
    Pattern.PLANK: Surface(plank, 1.3, 0.04),
    Pattern.CHALK: Surface(chalk_board, 3.0, 0.02),
    Pattern.PERFORATED: Surface(perforated, 0.91),
    Pattern.DECK: Surface(steel_deck, 1.8, 0.03),
    Pattern.BRICK: Surface(brick, 1.2, 0.04),
    Pattern.BARK: Surface(bark, 1.5, 0.0),
}
"""In the order of their layers."""


def make_tile(pattern: Pattern, size: int = SIZE) -> Tile:
    """Return the tile of a pattern; equal on every call.

    Raises:
        KeyError: this pattern has no surface; `SURFACES` lists those that have.
    """
    return SURFACES[pattern].make(np.random.default_rng(int(pattern)), size)
