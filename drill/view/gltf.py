"""A city's own model of a building: glTF 2.0 (`.glb`, or `.gltf` with its data inside), read with care.

Only what a building needs is read: triangles, normals, base colours, the tree of nodes. glTF is y-up and in metres; the
site is z-up. A file that is broken, lies about itself or does not fit its site is refused with what is wrong.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drill.site.site import Site
from drill.view.errors import ViewError
from drill.view.mesh import Mesh, Pattern

Array = npt.NDArray[np.float64]

MODEL_FILE: Final = "model.glb"
MAGIC: Final = b"glTF"
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
LARGEST_BYTES: Final = 200 << 20
MOST_TRIANGLES: Final = 1_000_000
DEEPEST: Final = 64
TYPES: Final[dict[int, np.dtype[Any]]] = {
    5121: np.dtype("u1"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
BESIDE_M: Final = 50.0
LEAST_SHARE, GREATEST_SHARE = 0.2, 10.0
"""A model's plan is at least and at most this many times as long as its site's; beyond that its unit is wrong."""
Z_UP: Final = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])


class ModelError(ViewError):
    """A model that cannot be used; the message says why and what to do."""


@dataclass(slots=True)
class _File:
    path: Path
    tree: dict[str, Any]
    data: list[bytes]

    def fail(self, message: str) -> ModelError:
        return ModelError(f"{self.path}: {message}. The stage built from the site file is shown instead")

    def at(self, kind: str, index: object) -> dict[str, Any]:
        """Return an entry of one of the file's lists."""
        entries = self.tree.get(kind, [])
        if not isinstance(index, int) or isinstance(index, bool) or not isinstance(entries, list):
            msg = f"'{index}' names none of its {kind}"
            raise self.fail(msg)
        if not 0 <= index < len(entries) or not isinstance(entries[index], dict):
            msg = f"there is no number {index} among its {len(entries)} {kind}"
            raise self.fail(msg)
        entry: dict[str, Any] = entries[index]
        return entry


def own_model(folder: Path) -> Path | None:
    """Return the model that a city has laid beside its scenario, if there is one."""
    path = folder / MODEL_FILE
    return path if path.is_file() else None


def read_model(path: Path) -> Mesh:
    """Return the triangles of a model, z-up, metres.

    Raises:
        ModelError: the file is missing, no glTF 2.0, broken, or its numbers are not what it says they are.
    """
    file = _open(path)
    mesh = Mesh()
    scene = file.at("scenes", file.tree.get("scene", 0))
    seen: set[int] = set()
    for root in scene.get("nodes", []):
        _node(file, mesh, root, Z_UP, seen, 0)
    if not len(mesh):
        msg = "it holds no triangles"
        raise file.fail(msg)
    return mesh


def fit(mesh: Mesh, site: Site, path: Path) -> None:
    """Check that a model is of its site's size and place.

    Raises:
        ModelError: it is too large or small, as with millimetres or inches, or lies elsewhere.
    """
    low, high = mesh.bounds()
    bounds = [f.outline.bounds for f in site.floors]
    x0, y0 = min(b[0] for b in bounds), min(b[1] for b in bounds)
    x1, y1 = max(b[2] for b in bounds), max(b[3] for b in bounds)
    long_, own = max(high[0] - low[0], high[1] - low[1]), max(x1 - x0, y1 - y0)
    ending = "The stage built from the site file is shown instead"
    if not LEAST_SHARE * own <= long_ <= GREATEST_SHARE * own:
        msg = f"{path}: it is {long_:g} m long in plan, its site {own:g} m; export it in metres. {ending}"
        raise ModelError(msg)
    if low[0] > x1 + BESIDE_M or high[0] < x0 - BESIDE_M or low[1] > y1 + BESIDE_M or high[1] < y0 - BESIDE_M:
        msg = (
            f"{path}: it lies between ({low[0]:.0f}, {low[1]:.0f}) and ({high[0]:.0f}, {high[1]:.0f}), its site "
            f"between ({x0:.0f}, {y0:.0f}) and ({x1:.0f}, {y1:.0f}); move its origin to the site's. {ending}"
        )
        raise ModelError(msg)


def _open(path: Path) -> _File:
    file = _File(path, {}, [])
    try:
        if path.stat().st_size > LARGEST_BYTES:
            msg = f"it has {path.stat().st_size} bytes, more than {LARGEST_BYTES}; leave out its detail"
            raise file.fail(msg)
        raw = path.read_bytes()
    except OSError as error:
        msg = f"it cannot be read ({error.strerror})"
        raise file.fail(msg) from error
    text, inside = (raw, b"") if not raw.startswith(MAGIC) else _chunks(file, raw)
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"it is no glTF: {error}"
        raise file.fail(msg) from error
    if not isinstance(tree, dict) or str(tree.get("asset", {}).get("version", "")).split(".")[0] != "2":
        msg = "it is not glTF 2.0; export it as that"
        raise file.fail(msg)
    if tree.get("extensionsRequired"):
        msg = f"it requires {tree['extensionsRequired']}; export it without compression and extensions"
        raise file.fail(msg)
    file.tree = tree
    for i, buffer in enumerate(tree.get("buffers", [])):
        file.data.append(_buffer(file, i, buffer, inside))
    return file


def _chunks(file: _File, raw: bytes) -> tuple[bytes, bytes]:
    if len(raw) < 20:
        msg = "it ends within its header"
        raise file.fail(msg)
    version, length = struct.unpack_from("<II", raw, 4)
    if version != 2:
        msg = f"it is of version {version}, not 2"
        raise file.fail(msg)
    if length != len(raw):
        msg = f"it says that it has {length} bytes and has {len(raw)}: it was cut off or changed"
        raise file.fail(msg)
    found: dict[int, bytes] = {}
    at = 12
    while at + 8 <= len(raw):
        size, kind = struct.unpack_from("<II", raw, at)
        if at + 8 + size > len(raw):
            msg = f"a chunk of {size} bytes reaches beyond its end"
            raise file.fail(msg)
        found.setdefault(kind, raw[at + 8 : at + 8 + size])
        at += 8 + size
    if JSON_CHUNK not in found:
        msg = "it has no description (JSON chunk)"
        raise file.fail(msg)
    return found[JSON_CHUNK], found.get(BINARY_CHUNK, b"")


def _buffer(file: _File, index: int, buffer: dict[str, Any], inside: bytes) -> bytes:
    uri = buffer.get("uri")
    if uri is None:
        data = inside
    elif isinstance(uri, str) and uri.startswith("data:") and ";base64," in uri:
        try:
            data = base64.b64decode(uri.split(",", 1)[1], validate=True)
        except (ValueError, binascii.Error) as error:
            msg = f"the data of its buffer {index} are no base64"
            raise file.fail(msg) from error
    else:
        msg = f"its buffer {index} lies in another file ({uri}); export it as .glb, in one file"
        raise file.fail(msg)
    length = buffer.get("byteLength")
    if not isinstance(length, int) or length > len(data):
        msg = f"its buffer {index} says that it has {length} bytes and has {len(data)}"
        raise file.fail(msg)
    return data


def _node(file: _File, mesh: Mesh, index: object, parent: Array, seen: set[int], depth: int) -> None:
    node = file.at("nodes", index)
    if not isinstance(index, int) or index in seen or depth > DEEPEST:
        msg = f"its node {index} hangs below itself or stands in two places"
        raise file.fail(msg)
    seen.add(index)
    place = parent @ _matrix(file, node)
    if "mesh" in node:
        for primitive in file.at("meshes", node["mesh"]).get("primitives", []):
            if primitive.get("mode", 4) == 4:
                _primitive(file, mesh, primitive, place)
    for child in node.get("children", []):
        _node(file, mesh, child, place, seen, depth + 1)


def _matrix(file: _File, node: dict[str, Any]) -> Array:
    try:
        if "matrix" in node:
            matrix = np.array(node["matrix"], float).reshape(4, 4).T
        else:
            x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
            turn = np.array(
                [
                    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
                ]
            )
            matrix = np.eye(4)
            matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), float)
            matrix[:3, 3] = np.array(node.get("translation", (0, 0, 0)), float)
    except (TypeError, ValueError) as error:
        msg = f"a node's place is no set of numbers ({error})"
        raise file.fail(msg) from error
    if not np.isfinite(matrix).all():
        msg = "a node's place is not finite"
        raise file.fail(msg)
    return matrix


def _primitive(file: _File, mesh: Mesh, primitive: dict[str, Any], place: Array) -> None:
    named = primitive.get("attributes", {})
    points = _accessor(file, named.get("POSITION"), "VEC3").astype(float)
    order = np.arange(len(points))
    if "indices" in primitive:
        order = _accessor(file, primitive["indices"], "SCALAR")[:, 0].astype(np.int64)
    if len(order) and order.max() >= len(points):
        msg = f"a triangle names corner {order.max()} of {len(points)}"
        raise file.fail(msg)
    order = order[: len(order) // 3 * 3]
    if len(mesh) + len(order) // 3 > MOST_TRIANGLES:
        msg = f"it has more than {MOST_TRIANGLES} triangles; simplify it"
        raise file.fail(msg)
    world = points @ place[:3, :3].T + place[:3, 3]
    if np.linalg.det(place[:3, :3]) < 0:
        order = order.reshape(-1, 3)[:, ::-1].reshape(-1)
    tone = [0.8, 0.8, 0.8]
    if "material" in primitive:
        look = file.at("materials", primitive["material"]).get("pbrMetallicRoughness", {})
        tone = [float(np.clip(v, 0, 1)) for v in look.get("baseColorFactor", (0.8, 0.8, 0.8, 1))[:3]]
    colour = (tone[0], tone[1], tone[2])
    mesh.triangles(world[order], colour=colour, pattern=Pattern.PLAIN)


def _accessor(file: _File, index: object, kind: str) -> npt.NDArray[Any]:
    accessor = file.at("accessors", index)
    dtype = TYPES.get(accessor.get("componentType", 0))
    if accessor.get("type") != kind or dtype is None or "sparse" in accessor:
        msg = f"its accessor {index} is of a form that is not read here; export plain triangles"
        raise file.fail(msg)
    view = file.at("bufferViews", accessor.get("bufferView"))
    buffer, count = view.get("buffer"), accessor.get("count")
    if not isinstance(buffer, int) or not 0 <= buffer < len(file.data) or not isinstance(count, int) or count < 1:
        msg = f"its accessor {index} has no data"
        raise file.fail(msg)
    wide = dtype.itemsize * WIDTHS[kind]
    stride = view.get("byteStride", wide)
    start, within = view.get("byteOffset", 0), accessor.get("byteOffset", 0)
    if not all(isinstance(v, int) and v >= 0 for v in (stride, start, within)) or stride < wide:
        msg = f"its accessor {index} lies at no place ({start}, {within}, {stride})"
        raise file.fail(msg)
    end = within + stride * (count - 1) + wide
    if end > view.get("byteLength", 0) or start + end > len(file.data[buffer]):
        msg = f"its accessor {index} says that it has {count} entries, but its data end before"
        raise file.fail(msg)
    raw = np.frombuffer(file.data[buffer], np.uint8, offset=start + within, count=stride * (count - 1) + wide)
    rows = np.lib.stride_tricks.as_strided(raw, (count, wide), (stride, 1))
    values: npt.NDArray[Any] = np.ascontiguousarray(rows).view(dtype)
    if dtype.kind == "f" and not np.isfinite(values).all():
        msg = f"its accessor {index} holds numbers that are not finite"
        raise file.fail(msg)
    for name, found in (("min", values.min(axis=0)), ("max", values.max(axis=0))):
        told = accessor.get(name)
        if told is not None and not np.allclose(np.asarray(told, float), found, rtol=1e-3, atol=1e-3):
            msg = f"its accessor {index} says that its {name} is {told} and it is {found.tolist()}"
            raise file.fail(msg)
    return values
