"""A city's own model: read upright and in place, refused with a clear word when it lies."""

from __future__ import annotations

import json
import logging
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import Polygon

from drill.site.site import Floor, Site
from drill.view.gltf import ModelError, fit, read_model
from drill.view.stage import Stage

SITE = Site(
    "box", "local", (Floor("g", 0, 0.0, 3.0, Polygon([(0, 0), (10, 0), (10, 8), (0, 8)])),), (), (), (), (), (), ()
)


def glb(change: Callable[[dict[str, Any]], None] | None = None, *, scale: float = 1.0, shift: float = 0.0) -> bytes:
    """Return a roof of two triangles, 10 m by 8 m, 3 m up, in glTF's axes (y up, the site's y to the back)."""
    corners = np.array([(0, 3, 0), (10, 3, 0), (10, 3, -8), (0, 3, -8)], float)
    points = (corners * scale + np.array([shift, 0, 0])).astype("<f4")
    order = np.array([0, 1, 2, 0, 2, 3], "<u2")
    data = points.tobytes() + order.tobytes()
    tree: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.2, 0.1, 1]}}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 4,
                "type": "VEC3",
                "min": points.min(0).tolist(),
                "max": points.max(0).tolist(),
            },
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 12},
        ],
        "buffers": [{"byteLength": len(data)}],
    }
    if change is not None:
        change(tree)
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(raw: bytes) -> Path:
        path = tmp_path / "model.glb"
        path.write_bytes(raw)
        return path

    return write


def test_a_sound_model_stands_upright_in_its_place(file: Callable[[bytes], Path]) -> None:
    path = file(glb())
    mesh = read_model(path)
    low, high = mesh.bounds()
    assert low.tolist() == [0, 0, 3]
    assert high.tolist() == [10, 8, 3]
    # Its front looks up, as it did in glTF's axes.
    assert np.allclose(mesh.vertices()["normal"], (0, 0, 1))
    fit(mesh, SITE, path)


def test_nodes_are_placed_by_their_parents(file: Callable[[bytes], Path]) -> None:
    def moved(tree: dict[str, Any]) -> None:
        tree["nodes"] = [{"children": [1], "translation": [0, 2, 0]}, {"mesh": 0, "scale": [0.5, 1, 1]}]

    low, high = read_model(file(glb(moved))).bounds()
    assert low.tolist() == [0, 0, 5]
    assert high.tolist() == [5, 8, 5]


def set_(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        *way, last = [int(k) if k.isdigit() else k for k in path.split(".")]
        at: Any = tree
        for key in way:
            at = at[key]
        at[last] = value

    return change


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "no glTF"),
        (b"glTF", "ends within its header"),
        (b"PK\x03\x04 a zip", "no glTF"),
        (glb()[:-8], "cut off or changed"),
        (glb(set_("asset.version", "1.0")), "not glTF 2.0"),
        (glb(set_("accessors.0.count", 4000)), "says that it has 4000 entries"),
        (glb(set_("accessors.0.max", [99, 3, 0])), "says that its max is"),
        (glb(set_("buffers.0.byteLength", 10_000)), "says that it has 10000 bytes"),
        (glb(set_("buffers.0.uri", "other.bin")), "lies in another file"),
        (glb(set_("bufferViews.1.byteOffset", 22)), "corner"),
        (glb(set_("nodes.0.children", [0])), "hangs below itself"),
        (glb(set_("nodes.0.mesh", 7)), "no number 7 among its 1 meshes"),
        (glb(set_("nodes.0.translation", ["a", 0, 0])), "no set of numbers"),
        (glb(set_("scenes.0.nodes", [])), "no triangles"),
        (glb(set_("extensionsRequired", ["KHR_draco_mesh_compression"])), "without compression"),
    ],
)
def test_a_model_that_lies_is_refused_with_what_is_wrong(
    file: Callable[[bytes], Path], raw: bytes, message: str
) -> None:
    with pytest.raises(ModelError, match=message) as told:
        read_model(file(raw))
    assert "built from the site file" in str(told.value)


@pytest.mark.parametrize(("scale", "shift", "message"), [(1000.0, 0.0, "in metres"), (1.0, 4000.0, "origin")])
def test_a_model_of_another_size_or_place_is_refused(
    file: Callable[[bytes], Path], scale: float, shift: float, message: str
) -> None:
    path = file(glb(scale=scale, shift=shift))
    with pytest.raises(ModelError, match=message):
        fit(read_model(path), SITE, path)


def test_the_stage_takes_a_sound_model_and_falls_back_from_a_broken_one(
    file: Callable[[bytes], Path], caplog: pytest.LogCaptureFixture
) -> None:
    taken = Stage(SITE, model=file(glb()))
    assert taken.model_node is not None
    assert taken.solid_node.is_hidden()
    with caplog.at_level(logging.WARNING):
        left = Stage(SITE, model=file(glb()[:-8]))
    assert left.model_node is None
    assert not left.solid_node.is_hidden()
    assert "cut off or changed" in caplog.text
