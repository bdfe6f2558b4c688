"""Doors: frame and lintel stand, leaves swing or slide."""

from __future__ import annotations

import math
from dataclasses import dataclass

from panda3d.core import NodePath
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from drill.site.site import Door
from drill.view import materials as m
from drill.view.mesh import Mesh, Pattern
from drill.view.shapes import box, prism

DOUBLE_FROM_M = 1.4
LEAF_M = 0.045
WIDE_OPEN_DEG = 95.0


@dataclass(slots=True)
class Leaf:
    """A leaf of a door.

    Attributes:
        node: its node; its origin is the hinge, its x axis runs along the shut leaf.
        shut_deg: heading when shut.
        turn_deg: how far it turns until wide open, counter-clockwise.
        slide: how far it slides in site axes until wide open.
        origin: the hinge.
    """

    node: NodePath
    shut_deg: float
    turn_deg: float
    slide: tuple[float, float]
    origin: tuple[float, float, float]

    def set(self, share: float) -> None:
        """Open the leaf by `share`, 0 shut to 1 wide open."""
        self.node.set_h(self.shut_deg + self.turn_deg * share)
        x, y, z = self.origin
        self.node.set_pos(x + self.slide[0] * share, y + self.slide[1] * share, z)


def door_leaves(root: NodePath, door: Door, z: float) -> list[Leaf]:
    """Make the leaves of a door under `root`."""
    (ax, ay), (bx, by) = ((p[0], p[1]) for p in door.line.coords)
    double = door.width_m >= DOUBLE_FROM_M
    width = door.line.length / (2 if double else 1)
    leaves = []
    for hinge, other in (((ax, ay), (bx, by)), ((bx, by), (ax, ay)))[: 2 if double else 1]:
        along = ((other[0] - hinge[0]) / door.line.length, (other[1] - hinge[1]) / door.line.length)
        sign = 1.0 if along[0] * door.outward[1] - along[1] * door.outward[0] > 0 else -1.0
        turn, slide = WIDE_OPEN_DEG * sign, (0.0, 0.0)
        if door.swing == "in":
            turn = -turn
        if door.swing == "slide":
            turn, slide = 0.0, (-along[0] * width * 0.94, -along[1] * width * 0.94)
        node = root.attach_new_node(_leaf_mesh(door, width).node(f"door-{door.id}"))
        leaf = Leaf(node, math.degrees(math.atan2(along[1], along[0])), turn, slide, (*hinge, z))
        leaf.set(1.0 if door.open_at_start else 0.0)
        leaves.append(leaf)
    return leaves


def _leaf_mesh(door: Door, width: float) -> Mesh:
    mesh = Mesh()
    colour = m.OUTER_DOOR if door.leads_out else m.DOOR
    height = door.height_m - 0.02
    low = 0.01
    solid_up_to = min(1.05, height * 0.5)
    rail = 0.11
    middle = width / 2
    box(mesh, (middle, 0, (low + solid_up_to) / 2), (width - 0.01, LEAF_M, solid_up_to - low), colour=colour)
    for x in (rail / 2 + 0.005, width - rail / 2 - 0.005):
        box(mesh, (x, 0, (solid_up_to + height) / 2), (rail, LEAF_M, height - solid_up_to), colour=colour)
    box(mesh, (middle, 0, height - rail / 2), (width - 0.01, LEAF_M, rail), colour=colour)
    box(
        mesh,
        (middle, 0, (solid_up_to + height) / 2),
        (width - 2 * rail, 0.01, height - solid_up_to - rail),
        colour=m.srgb("b9ccd2"),
    )
    for side in (-1, 1):
        handle = (width - 0.09, side * 0.05, 1.0)
        box(mesh, handle, (0.03, 0.03, 0.28), colour=m.HANDLE)
        box(mesh, (width - 0.09, side * 0.03, 1.0), (0.05, 0.02, 0.06), colour=m.HANDLE)
    return mesh


def door_frame(
    mesh: Mesh, door: Door, z: float, thickness: float, wall_height: float, *, indoors: BaseGeometry | None = None
) -> None:
    """Draw jambs, head and the piece of wall above a door."""
    line = door.line
    depth = thickness + 0.06
    for end in (line.coords[0], line.coords[-1]):
        yaw = math.atan2(door.outward[1], door.outward[0])
        box(mesh, (end[0], end[1], z + door.height_m / 2), (depth, 0.09, door.height_m), colour=m.FRAME, yaw=yaw)
    head = LineString(line.coords).buffer(depth / 2, cap_style="square")
    prism(mesh, head, z + door.height_m, z + door.height_m + 0.09, colour=m.FRAME, bottom=True)
    above = line.buffer(thickness / 2, cap_style="flat")
    pattern = Pattern.HALL_WALL if wall_height >= 4.5 else Pattern.PLASTER
    prism(
        mesh,
        above,
        z + door.height_m + 0.09,
        z + wall_height,
        colour=m.PLASTER,
        pattern=pattern,
        floor_z=z,
        indoors=indoors,
    )
    sill = line.buffer(depth / 2, cap_style="flat")
    prism(mesh, sill, z - 0.01, z + 0.012, colour=m.FRAME)
