"""The tiles of all surfaces as two texture arrays: one for tint and roughness, one for form.

They are made once on a machine and kept in its cache (`drill.view.cache`).
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import os
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import PTA_LVecBase4f, SamplerState, Texture, UnalignedLVecBase4f

from drill.view import grain
from drill.view import surfaces as recipes
from drill.view.cache import cache_folder, tidy, used
from drill.view.grain import slopes
from drill.view.making import Told, untold
from drill.view.mesh import PATTERNS
from drill.view.surfaces import SIZE, SURFACES, make_tile

Bytes = npt.NDArray[np.uint8]

log = logging.getLogger(__name__)

TINT_SCALE: Final = 0.5
"""A relative tint of 1 is stored as this linear value, so that what is brighter fits too."""


def kept(family: str, made_by: str, key: str) -> dict[str, npt.NDArray[np.generic]] | None:
    """Return the arrays kept for `key` if this version of their makers made them, else None. It never raises.

    Args:
        family: what they are, one of `cache.FAMILIES`.
        made_by: source of all that makes them: other sources make other things.
        key: what they were made from.
    """
    path = _file(family, made_by, key)
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            found = {n: file[n] for n in file.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        log.warning("%s cannot be read (%s); it is made anew", path, error)
        return None
    used(path)
    return found


def keep(family: str, made_by: str, key: str, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """Keep arrays for the next start, and let go of what is old or too much. A locked folder is no error."""
    path = _file(family, made_by, key)
    draft = path.with_name(f"{path.stem}.{os.getpid()}.draft.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(draft, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes the names for its own keywords
        draft.replace(path)
    except OSError as error:
        log.info("%s is not kept (%s)", path, error)
    tidy()


def _file(family: str, made_by: str, key: str) -> Path:
    return cache_folder() / f"{family}-{_digest(made_by)}" / f"{_digest(key)}.npz"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_tiles: dict[int, tuple[Bytes, Bytes]] = {}
"""Made or read once a process, by their size."""


def tiles(size: int = SIZE, told: Told = untold) -> tuple[Bytes, Bytes]:
    """Return tint and form of every surface, each of shape (surfaces, size, size, 4), bytes.

    Tint holds sRGB of half the relative tint, and roughness. Form holds the normal's x and y (128 is 0), how deep the
    texel lies below its surroundings (255 is flat) and 255. `told` hears of each tile that has to be made.
    """
    if size not in _tiles:
        made_by = inspect.getsource(grain) + inspect.getsource(recipes) + inspect.getsource(_made)
        found = kept("surfaces", made_by, str(size))
        if found is not None and {"tint", "form"} <= set(found):
            _tiles[size] = found["tint"].astype(np.uint8), found["form"].astype(np.uint8)
        else:
            tint, form = _made(size, told)
            keep("surfaces", made_by, str(size), {"tint": tint, "form": form})
            _tiles[size] = tint, form
    return _tiles[size]


def _made(size: int, told: Told) -> tuple[Bytes, Bytes]:
    tint, form = (np.zeros((len(SURFACES), size, size, 4), np.uint8) for _ in range(2))
    for i, (pattern, surface) in enumerate(SURFACES.items()):
        told("surfaces", i / len(SURFACES))
        tile = make_tile(pattern, size)
        tint[i, ..., :3] = np.round(255 * _to_srgb(np.clip(tile.tint, 0, 2) * TINT_SCALE))
        tint[i, ..., 3] = np.round(255 * np.clip(tile.rough, 0, 1))
        normal = slopes(tile.height, surface.tile_m / size)
        form[i, ..., :2] = np.round(128 + 127 * np.clip(normal[..., :2], -1, 1))
        around = sum(np.roll(tile.height, (dy, dx), (0, 1)) for dy in (-3, 0, 3) for dx in (-3, 0, 3)) / 9
        form[i, ..., 2] = np.round(255 * np.clip(1 + (tile.height - around) * 120, 0.45, 1))
        form[i, ..., 3] = 255
    told("surfaces", 1.0)
    return tint, form


def _to_srgb(linear: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What the scene's shader needs to draw surfaces.

    Attributes:
        tint, form: the texture arrays.
        of: one vector a pattern: its layer (-1 for none), tiles a metre, shine, unused.
    """

    tint: Texture
    form: Texture
    of: PTA_LVecBase4f


@cache
def surfaces(size: int = SIZE, anisotropy: int = 8) -> Surfaces:
    """Return the surfaces as textures, made once a process."""
    tint, form = tiles(size)
    table = PTA_LVecBase4f.empty_array(PATTERNS)
    for pattern in range(PATTERNS):
        table.set_element(pattern, UnalignedLVecBase4f(-1.0, 1.0, 0.02, 0.0))
    for i, (known, surface) in enumerate(SURFACES.items()):
        table.set_element(int(known), UnalignedLVecBase4f(float(i), 1 / surface.tile_m, surface.shine, 0.0))
    return Surfaces(
        _array("surface-tint", tint, Texture.F_srgb_alpha, anisotropy),
        _array("surface-form", form, Texture.F_rgba, anisotropy),
        table,
    )


def _array(name: str, layers: Bytes, layout: int, anisotropy: int) -> Texture:
    texture = Texture(name)
    count, height, width, _ = layers.shape
    texture.setup_2d_texture_array(width, height, count, Texture.T_unsigned_byte, layout)
    texture.set_ram_image_as(np.ascontiguousarray(layers).tobytes(), "RGBA")
    texture.set_minfilter(SamplerState.FT_linear_mipmap_linear)
    texture.set_magfilter(SamplerState.FT_linear)
    texture.set_wrap_u(SamplerState.WM_repeat)
    texture.set_wrap_v(SamplerState.WM_repeat)
    texture.set_anisotropic_degree(anisotropy)
    return texture
