"""What a scene costs a graphics card, and what it may cost on a laptop with a card of its processor's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from panda3d.core import GeomNode, GeomVertexArrayData, LODNode, NodePath, PandaNode, Texture


@dataclass(frozen=True, slots=True)
class Cost:
    """What a scene costs.

    Attributes:
        triangles: triangles of everything that is shown, near forms where there are several.
        draws: draw calls if all of it were in sight.
        texture_bytes: memory of textures on the card, mipmaps included.
        vertex_bytes: memory of corners on the card; what several things share counts once.
    """

    triangles: int
    draws: int
    texture_bytes: int
    vertex_bytes: int


BUDGET: Final = Cost(triangles=250_000, draws=500, texture_bytes=128 << 20, vertex_bytes=48 << 20)
"""For a laptop at 60 pictures a second and a headset by PC link: what cards in processors of 2018 and later draw."""


def cost_of(root: NodePath, textures: Iterable[Texture] = ()) -> Cost:
    """Return what the nodes under `root` cost; `textures` are those that shaders get besides the nodes' own."""
    triangles = draws = 0
    corners: dict[GeomVertexArrayData, int] = {}
    for node in _shown(root.node()):
        for i in range(node.get_num_geoms()):
            geom = node.get_geom(i)
            draws += 1
            triangles += sum(p.get_num_primitives() for p in geom.get_primitives())
            data = geom.get_vertex_data()
            for n in range(data.get_num_arrays()):
                array = data.get_array(n)
                corners[array] = array.get_data_size_bytes()
    own = {*root.find_all_textures(), *textures}
    memory = sum(t.estimate_texture_memory() for t in own)
    return Cost(triangles, draws, memory, sum(corners.values()))


def over(cost: Cost, budget: Cost = BUDGET) -> list[str]:
    """Return what a scene spends over its budget, a line each; empty when it keeps to it."""
    found = []
    for name in ("triangles", "draws", "texture_bytes", "vertex_bytes"):
        spent, allowed = getattr(cost, name), getattr(budget, name)
        if spent > allowed:
            found.append(f"{name}: {spent} of {allowed}")
    return found


def _shown(node: PandaNode) -> Iterable[GeomNode]:
    if node.is_overall_hidden():
        return
    if isinstance(node, GeomNode):
        yield node
    children = node.get_children()
    count = min(1, len(children)) if isinstance(node, LODNode) else len(children)
    for i in range(count):
        yield from _shown(children[i])
