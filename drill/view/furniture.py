"""All props of a site: what may move as a node each, what stands in a few meshes, far things simpler."""

from __future__ import annotations

import logging
import zlib
from typing import Final

from panda3d.core import GeomNode, LODNode, NodePath
from shapely.geometry import Point

from drill.site.site import Prop, Site
from drill.site.things import is_movable, nature_of
from drill.view.building import Building
from drill.view.mesh import Mesh
from drill.view.props import front_turn, plain, prop_mesh

log = logging.getLogger(__name__)

MANY: Final = 1200
"""More props than this are drawn as plain boxes, and only as many of them get a node of their own."""
LOOKS: Final = 5
"""Things of one kind and size come in so many looks, whose triangles they share."""
SIMPLE_FROM_M: Final = 26.0
DETAILED_FROM: Final = 200
"""Triangles from which a thing has a simpler form far off."""


class Furniture:
    """Draws the props of a site.

    Attributes:
        movable: a node for every prop that may move, by its id; placed as `ThingState` has it.
        simplified: whether there are too many of them for their full form.
    """

    def __init__(self, site: Site, building: Building, root: NodePath) -> None:
        self.site, self.building, self.root = site, building, root
        self.movable: dict[str, NodePath] = {}
        self.simplified = len(site.props) > MANY
        self._bodies: dict[tuple[object, ...], tuple[GeomNode, GeomNode | None]] = {}
        self._boxes: dict[tuple[object, ...], Mesh] = {}
        if self.simplified:
            log.warning(
                "the site has %d props, more than %d: they are drawn as plain boxes, and only the first %d that may "
                "move are seen moving; split the site or leave out what nobody comes near",
                len(site.props),
                MANY,
                MANY,
            )

    def stand(self, solid: Mesh) -> None:
        """Draw everything: what stands still goes into `solid`."""
        for prop in self.site.props:
            middle = self._middle(prop)
            if is_movable(prop) and len(self.movable) < MANY:
                self._node(prop, middle)
                continue
            mesh = self._plain(prop) if self.simplified else prop_mesh(_alike(prop), middle=middle)
            mesh = mesh.turned_deg(prop.yaw_deg)
            solid.add(mesh, at=(prop.at.x, prop.at.y, self._z(prop)))

    def _plain(self, prop: Prop) -> Mesh:
        key = (prop.kind, prop.size_m)
        if key not in self._boxes:
            self._boxes[key] = Mesh([plain(prop).vertices()])
        return self._boxes[key]

    def _z(self, prop: Prop) -> float:
        return self.site.floors[prop.floor].z_m + prop.z_m

    def _middle(self, prop: Prop) -> tuple[float, float]:
        """Return the middle of the room that a prop stands in, else of its floor."""
        if self.simplified:
            return 0.0, 0.0
        here = Point(prop.at.x, prop.at.y)
        for zone in self.building.rooms(prop.floor):
            if zone.polygon.covers(here):
                return zone.polygon.centroid.x, zone.polygon.centroid.y
        centre = self.site.floors[prop.floor].outline.centroid
        return centre.x, centre.y

    def _node(self, prop: Prop, middle: tuple[float, float]) -> None:
        hangs = nature_of(prop.kind).mount == "hangs"
        near, far = self._body(prop, middle, hangs=hangs)
        node = self.root.attach_new_node(f"prop-{prop.id}")
        if far is None:
            node.attach_new_node(near.make_copy())
        else:
            choice = LODNode("near or far")
            choice.add_switch(SIMPLE_FROM_M, 0)
            choice.add_switch(100_000, SIMPLE_FROM_M)
            holder = node.attach_new_node(choice)
            holder.attach_new_node(near.make_copy())
            holder.attach_new_node(far.make_copy())
        z = self._z(prop) + (prop.size_m[2] if hangs else 0.0)
        node.set_pos_hpr(prop.at.x, prop.at.y, z, prop.yaw_deg, 0, 0)
        self.movable[prop.id] = node

    def _body(self, prop: Prop, middle: tuple[float, float], *, hangs: bool) -> tuple[GeomNode, GeomNode | None]:
        """Return what a prop looks like near and far; those that look alike share their triangles."""
        alike = _alike(prop)
        key = (prop.kind, prop.size_m, alike.id, round(front_turn(prop, middle), 3))
        if key not in self._bodies:
            mesh = plain(prop) if self.simplified else prop_mesh(alike, middle=middle)
            far = None if self.simplified or len(mesh) < DETAILED_FROM else plain(prop)
            if hangs:
                mesh = mesh.moved((0.0, 0.0, -prop.size_m[2]))
                far = None if far is None else far.moved((0.0, 0.0, -prop.size_m[2]))
            self._bodies[key] = (mesh.node("near"), None if far is None else far.node("far"))
        return self._bodies[key]


def _alike(prop: Prop) -> Prop:
    """Return the prop with one of a few ids, from which its look is drawn."""
    look = zlib.crc32(prop.id.encode()) % LOOKS
    return Prop(f"look-{look}", prop.kind, prop.floor, prop.at, prop.yaw_deg, prop.size_m, prop.solid, z_m=prop.z_m)
