"""Tiles of surfaces: made alike every time, joined at their edges, kept and found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drill.view import textures
from drill.view.mesh import PATTERNS, Pattern
from drill.view.surfaces import SURFACES, make_tile
from drill.view.textures import keep, kept

SIZE = 128


@pytest.mark.parametrize("pattern", list(SURFACES))
def test_a_tile_is_sound(pattern: Pattern) -> None:
    tile = make_tile(pattern, SIZE)
    assert tile.tint.shape == (SIZE, SIZE, 3)
    for part in (tile.tint, tile.rough, tile.height):
        assert part.dtype == np.float32
        assert np.isfinite(part).all()
    # A tint leaves the colour of what it lies on about as it is.
    assert 0.45 < float(tile.tint.mean()) < 1.25
    assert 0 <= tile.rough.min() <= tile.rough.max() <= 1
    assert np.array_equal(make_tile(pattern, SIZE).tint, tile.tint)


@pytest.mark.parametrize("pattern", [Pattern.PLASTER, Pattern.GRASS, Pattern.ASPHALT, Pattern.CONCRETE, Pattern.LEAVES])
def test_a_tile_joins_at_its_edges(pattern: Pattern) -> None:
    tone = make_tile(pattern, SIZE).tint.mean(axis=2)
    for axis in (0, 1):
        steps = np.abs(tone - np.roll(tone, 1, axis))
        across = np.take(steps, 0, axis).mean()
        assert across < 1.6 * steps.mean()
        # The control: a tile that does not join has a step there.
        broken = tone + np.linspace(0, 1, SIZE, dtype=np.float32).reshape((-1, 1) if axis == 0 else (1, -1))
        assert np.take(np.abs(broken - np.roll(broken, 1, axis)), 0, axis).mean() > 3 * across


def test_every_pattern_fits_the_shader_table() -> None:
    assert max(int(p) for p in Pattern) < PATTERNS
    shader = Path(textures.__file__).parent / "shaders" / "scene.frag"
    assert f"surface_of[{PATTERNS}]" in shader.read_text(encoding="utf-8")


def test_what_is_kept_is_found_and_what_is_broken_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SONAE_CACHE", str(tmp_path / "cache"))
    assert kept("light", "makers", "a") is None
    keep("light", "makers", "a", {"x": np.arange(5)})
    found = kept("light", "makers", "a")
    assert found is not None
    assert np.array_equal(found["x"], np.arange(5))
    assert kept("light", "makers", "b") is None
    assert kept("light", "other makers", "a") is None
    (folder,) = (tmp_path / "cache").iterdir()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:40])
    assert kept("light", "makers", "a") is None
    assert "made anew" in caplog.text


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SONAE_CACHE", str(tmp_path / "file"))
    keep("light", "makers", "a", {"x": np.arange(5)})
    assert kept("light", "makers", "a") is None


def test_tiles_are_made_once_and_read_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONAE_CACHE", str(tmp_path))
    told: list[float] = []
    monkeypatch.setattr(textures, "_tiles", {})
    first = textures.tiles(32, lambda _, share: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1], len(told)) == (0.0, 1.0, len(SURFACES) + 1)
    monkeypatch.setattr(textures, "_tiles", {})
    again = textures.tiles(32, lambda _, share: told.append(share))
    assert len(told) == len(SURFACES) + 1, "at the second start nothing is made"
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
