"""The gallery shows what the program draws now."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from panda3d.core import PNMImage, StringStream, Texture

from drill.view.errors import ViewError
from drill.view.window import Screen

ROOT = Path(__file__).resolve().parents[2]


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sonae_gallery", ROOT / "tools" / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


gallery = _load()


def shown(name: str) -> np.ndarray:
    """Return a picture of the gallery as it lies in the repository."""
    image = PNMImage()
    assert image.read(str(ROOT / "docs" / "pictures" / "gallery" / f"{name}.png"))
    texture = Texture()
    texture.load(image)
    raw = np.frombuffer(texture.get_ram_image_as("RGB").get_data(), np.uint8)
    return raw.reshape(image.get_y_size(), image.get_x_size(), 3)[::-1].copy()


@pytest.fixture(scope="module")
def drawing() -> None:
    try:
        screen = Screen(offscreen=True, size=(16, 16), title="probe", samples=0)
    except ViewError as error:
        pytest.skip(f"no offscreen picture on this machine: {error}")
    screen.close()


def of(folder: str) -> list[object]:
    return [s for s in gallery.SHOTS if s.scenario == folder]


def _again(shots: list[object]) -> None:
    for name, picture in gallery.render(shots).items():
        mean, worst = gallery.differences(shown(name), picture)
        assert mean <= gallery.MEAN_TOLERANCE, f"{name}: mean difference {mean:.1f}"
        assert worst <= gallery.WORST_TOLERANCE, f"{name}: 95th percentile {worst:.1f}"


def test_one_moment_is_drawn_as_the_gallery_shows_it(drawing: None) -> None:
    shot = next(s for s in gallery.SHOTS if s.name == "smoke-1")
    picture = gallery.render([shot])[shot.name]
    assert gallery.alike(shown(shot.name), picture)
    # Planted control: the eyes turned by five degrees, or the picture a tenth darker, are noticed.
    assert not gallery.alike(shown(shot.name), np.roll(picture, 60, axis=1))
    assert not gallery.alike(shown(shot.name), (picture * 0.9).astype(np.uint8))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("folder", list(gallery.TITLES))
def test_every_moment_is_drawn_as_the_gallery_shows_it(drawing: None, folder: str) -> None:
    _again(of(folder))


def test_every_shipped_scenario_has_four_moments_and_every_picture_is_small() -> None:
    folders = {p.parent.name for p in (ROOT / "scenarios").glob("*/scenario.yaml")}
    assert folders == set(gallery.TITLES)
    for folder in folders:
        shots = of(folder)
        assert len(shots) == 4
        for shot in shots:
            picture = shown(shot.name)
            assert picture.shape == (540, 960, 3)
            # A picture of one tone says nothing.
            assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100
            assert (ROOT / "docs" / "pictures" / "gallery" / f"{shot.name}.png").stat().st_size < 320 * 1024


def test_the_page_is_what_the_program_writes() -> None:
    assert (ROOT / "docs" / "gallery.md").read_text("utf-8") == gallery.page()


def test_a_picture_survives_being_made_small() -> None:
    across = np.linspace(0, 255, 240)[None, :, None] * np.ones((120, 1, 1))
    down = np.linspace(0, 255, 120)[:, None, None] * np.ones((1, 240, 1))
    picture = np.concatenate([across, down, (across + down) / 2], axis=2).astype(np.uint8)
    data = gallery.small_png(picture)
    image = PNMImage()
    assert image.read(StringStream(data))
    texture = Texture()
    texture.load(image)
    back = np.frombuffer(texture.get_ram_image_as("RGB").get_data(), np.uint8).reshape(120, 240, 3)[::-1]
    assert gallery.differences(picture, back)[0] < 1.5
    assert data == gallery.small_png(picture)


def test_a_moment_after_the_end_of_a_run_is_refused(drawing: None) -> None:
    late = dataclasses.replace(gallery.SHOTS[7], t_s=170.0)
    with pytest.raises(gallery.GalleryError, match="ended at"):
        gallery.render([late], size=(64, 36), samples=0)
