"""Props by kind; a kind that is not known is drawn as a box of its size."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Final

import numpy as np

from drill.site.site import Prop
from drill.view import materials as m
from drill.view.mesh import Colour, Mesh, Pattern
from drill.view.shapes import ball, beam, box, lathe

Size = tuple[float, float, float]

SIGN_UP_TO_M: Final = 1.2
HANGING_SIGN_M: Final = 2.4
FACING: Final = frozenset({"hoop", "sign", "exit_sign", "exit-sign", "board", "blackboard"})


def prop_mesh(prop: Prop, *, middle: tuple[float, float] = (0.0, 0.0)) -> Mesh:
    """Return a prop in its own axes: x and y as `size_m` has them, the middle of its underside at the origin.

    Args:
        prop: what is drawn.
        middle: of its floor in plan; what has a front turns it there when its yaw is 0.
    """
    size, quarter = prop.size_m, 0.0
    if prop.kind in FACING:
        # Such things are thin from front to back. Their x axis is the front.
        yaw = math.radians(prop.yaw_deg)
        if size[1] < size[0]:
            size, quarter = (size[1], size[0], size[2]), math.pi / 2
        front = yaw + quarter
        ahead = math.cos(front) * (middle[0] - prop.at.x) + math.sin(front) * (middle[1] - prop.at.y)
        quarter += math.pi if ahead < 0 else 0.0
    local = Mesh()
    DRAWN.get(prop.kind, _thing)(local, size, zlib.crc32(prop.id.encode()))
    return local.turned(quarter) if quarter else local


def draw_prop(mesh: Mesh, prop: Prop, floor_z: float, *, middle: tuple[float, float] = (0.0, 0.0)) -> None:
    """Draw a prop standing at its place on its floor, turned by its yaw; see `prop_mesh`."""
    local = prop_mesh(prop, middle=middle).turned(math.radians(prop.yaw_deg))
    mesh.add(local, at=(prop.at.x, prop.at.y, floor_z + prop.z_m))


def draw_sign(mesh: Mesh, centre: tuple[float, float, float], size: tuple[float, float], yaw: float) -> None:
    """Draw a lit exit sign that faces `yaw`: green, a doorway and a person leaving through it, drawn by us."""
    width, height = size
    facing, across = np.array([math.cos(yaw), math.sin(yaw), 0]), np.array([-math.sin(yaw), math.cos(yaw), 0])
    up = np.array([0.0, 0.0, 1.0])
    box(mesh, centre, (0.05, width, height), colour=m.SIGN_GREEN, pattern=Pattern.GLOW, yaw=yaw)

    def patch(corners: list[tuple[float, float]], colour: Colour, lift: float) -> None:
        front = np.asarray(centre) + facing * (0.027 + lift)
        points = [front + across * u * height + up * v * height for u, v in corners]
        mesh.triangles([points[0], *points[1:3]], colour=colour, pattern=Pattern.GLOW)
        if len(points) == 4:
            mesh.triangles([points[0], *points[2:4]], colour=colour, pattern=Pattern.GLOW)

    def stroke(a: tuple[float, float], b: tuple[float, float], thick: float) -> None:
        dx, dy = b[0] - a[0], b[1] - a[1]
        length = math.hypot(dx, dy)
        nx, ny = -dy / length * thick / 2, dx / length * thick / 2
        corners = [(a[0] - nx, a[1] - ny), (b[0] - nx, b[1] - ny), (b[0] + nx, b[1] + ny), (a[0] + nx, a[1] + ny)]
        patch(corners, m.SIGN_GREEN, 0.004)

    patch([(-0.28, -0.42), (0.28, -0.42), (0.28, 0.42), (-0.28, 0.42)], m.WHITE, 0.0)
    patch([(-0.03, 0.2), (0.08, 0.2), (0.08, 0.32), (-0.03, 0.32)], m.SIGN_GREEN, 0.004)
    stroke((0.03, 0.18), (-0.04, -0.08), 0.1)
    stroke((-0.04, -0.08), (-0.17, -0.14), 0.07)
    stroke((-0.17, -0.14), (-0.2, -0.32), 0.07)
    stroke((-0.04, -0.08), (0.1, -0.2), 0.07)
    stroke((0.1, -0.2), (0.05, -0.38), 0.07)
    stroke((0.02, 0.14), (0.16, 0.04), 0.055)
    stroke((0.02, 0.14), (-0.14, 0.08), 0.055)
    if width > 2.2 * height:
        for side in (-1, 1):
            tip, base = side * 1.15, side * 0.8
            arrow = [(tip, 0.0), (base, 0.22 * side), (base, -0.22 * side)]
            patch(arrow, m.WHITE, 0.0)


def _cone(mesh: Mesh, size: Size, _: int) -> None:
    width, depth, height = size
    radius = min(width, depth) / 2
    box(mesh, (0, 0, 0.015), (width, depth, 0.03), colour=m.CONE)
    points, normals, texture = lathe([(radius * 0.8, 0.03), (radius * 0.12, height), (0.0, height)], segments=16)
    texture[:, 1] = np.clip((points[:, 2] - 0.03) / max(height - 0.03, 0.01), 0, 1)
    mesh.triangles(points, colour=m.CONE, pattern=Pattern.STRIPES, normals=normals, texcoords=texture)


def _balloon(mesh: Mesh, size: Size, key: int) -> None:
    colour = m.BALLOONS[key % len(m.BALLOONS)]
    radius = np.asarray(size) / 2
    points, normals = ball(rings=10, segments=16)
    mesh.triangles(points * radius + (0, 0, radius[2]), colour=colour, normals=normals)
    box(mesh, (0, 0, 0.015), (0.03, 0.03, 0.03), colour=colour)


def _desk(mesh: Mesh, size: Size, _: int) -> None:
    width, depth, height = size
    box(mesh, (0, 0, height - 0.015), (width, depth, 0.03), colour=m.DESK_TOP)
    box(mesh, (0, 0, height - 0.11), (width * 0.86, depth * 0.8, 0.12), colour=m.STEEL)
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * (width / 2 - 0.04), y * (depth / 2 - 0.04))
            beam(mesh, (*at, 0), (*at, height - 0.03), 0.03, colour=m.STEEL)


def _chair(mesh: Mesh, size: Size, _: int) -> None:
    width, depth, height = size
    seat = min(0.55 * height, 0.45)
    box(mesh, (0, 0, seat), (width, depth, 0.03), colour=m.DESK_TOP)
    box(
        mesh,
        (-depth / 2 + 0.02, 0, (seat + height) / 2 + 0.05),
        (0.025, width, (height - seat) * 0.7),
        colour=m.DESK_TOP,
    )
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * (width / 2 - 0.03), y * (depth / 2 - 0.03))
            top = height if x < 0 else seat
            beam(mesh, (*at, 0), (*at, top), 0.028, colour=m.STEEL)


def _hoop(mesh: Mesh, size: Size, _: int) -> None:
    """A basketball hoop on its posts; the board faces the x axis."""
    width, height = size[1:]
    board_w, board_h = min(max(width, 1.2), 1.8), 1.05
    rim = min(3.05, height - 0.25)
    reach = 0.45
    for y in (-0.35, 0.35):
        beam(mesh, (-0.25, y, 0), (-0.25, y, rim + 0.5), 0.1, colour=m.LINE_BLUE)
        beam(mesh, (-0.25, y, rim + 0.4), (reach - 0.03, y * 0.8, rim + 0.4), 0.07, colour=m.LINE_BLUE)
    box(mesh, (reach, 0, rim + 0.35), (0.04, board_w, board_h), colour=m.WHITE)
    for y in (-0.3, 0.3):
        box(mesh, (reach + 0.022, y, rim + 0.3), (0.006, 0.04, 0.45), colour=m.LINE_RED)
    for z in (0.08, 0.52):
        box(mesh, (reach + 0.022, 0, rim + z), (0.006, 0.6, 0.04), colour=m.LINE_RED)
    ring = [(reach + 0.28 + 0.23 * math.cos(a), 0.23 * math.sin(a), rim) for a in np.linspace(0, 2 * math.pi, 17)]
    net = [(reach + 0.28 + (x - reach - 0.28) * 0.55, y * 0.55, rim - 0.4) for x, y, _ in ring]
    for i in range(16):
        beam(mesh, ring[i], ring[i + 1], 0.025, colour=m.CONE)
        beam(mesh, ring[i], net[(i + 1) % 16], 0.012, colour=m.WHITE)


def _platform(mesh: Mesh, size: Size, _: int) -> None:
    """A school stage: wooden deck and skirting."""
    width, depth, height = size
    box(mesh, (0, 0, height / 2), size, colour=m.STAGE_WOOD, pattern=Pattern.GYM_WALL)
    box(mesh, (0, 0, height - 0.02), (width + 0.06, depth + 0.06, 0.05), colour=m.WOOD_FLOOR, pattern=Pattern.WOOD)


def _curtain(mesh: Mesh, size: Size, _: int) -> None:
    box(mesh, (0, 0, size[2] / 2), size, colour=m.CURTAIN, pattern=Pattern.CURTAIN)


def _sign(mesh: Mesh, size: Size, _: int) -> None:
    """An exit sign, lit on both sides: on a post when it is tall, else hanging at the height of a door's head."""
    wide, height = max(size[1], 0.3), size[2]
    tall = height > SIGN_UP_TO_M
    middle = height - 0.15 if tall else HANGING_SIGN_M
    if tall:
        beam(mesh, (0, 0, 0), (0, 0, height - 0.1), 0.06, colour=m.STEEL)
    for yaw in (0.0, math.pi):
        draw_sign(mesh, (0, 0, middle), (wide, min(0.3, wide / 2)), yaw)


def _board(mesh: Mesh, size: Size, _: int) -> None:
    depth, width, height = size
    centre = height / 2 if height > 1.6 else 0.85 + height / 2
    tall = min(height, 1.2)
    box(mesh, (0, 0, centre), (depth, width, tall + 0.1), colour=m.STAGE_WOOD)
    box(mesh, (0, 0, centre), (depth + 0.02, width - 0.1, tall), colour=m.BOARD)


def _shelf(mesh: Mesh, size: Size, key: int) -> None:
    width, depth, height = size
    box(mesh, (0, 0, height / 2), size, colour=m.STAGE_WOOD)
    along = width >= depth
    levels = max(1, round(height / 0.4))
    for level in range(levels):
        z = height * (level + 0.5) / levels
        for side in range(4):
            tone = m.BALLOONS[(key + level + side) % len(m.BALLOONS)]
            dull = (0.4 * tone[0] + 0.1, 0.4 * tone[1] + 0.1, 0.4 * tone[2] + 0.1)
            shift, tall = (side - 1.5) / 4.4, height / levels * 0.6
            if along:
                box(mesh, (width * shift, 0, z), (width / 5, depth + 0.02, tall), colour=dull)
            else:
                box(mesh, (0, depth * shift, z), (width + 0.02, depth / 5, tall), colour=dull)


def _mat(mesh: Mesh, size: Size, _: int) -> None:
    width, depth, height = size
    layers = max(1, round(height / 0.12))
    for i in range(layers):
        z = height * (i + 0.5) / layers
        box(mesh, (0, 0, z), (width, depth, height / layers - 0.015), colour=m.LINE_BLUE if i % 2 else m.srgb("4f86c6"))


def _piano(mesh: Mesh, size: Size, _: int) -> None:
    width, depth, height = size
    black = m.srgb("26221f")
    box(mesh, (0, 0, height * 0.68), (width, depth, height * 0.26), colour=black)
    box(mesh, (0, -depth * 0.5, height * 0.62), (width * 0.9, 0.18, 0.06), colour=black)
    box(mesh, (0, -depth * 0.52, height * 0.66), (width * 0.84, 0.12, 0.02), colour=m.WHITE)
    box(mesh, (0, depth * 0.1, height * 0.9), (width, depth * 0.75, 0.03), colour=black)
    for x, y in ((-0.42, -0.4), (0.42, -0.4), (0.0, 0.4)):
        beam(mesh, (x * width, y * depth, 0), (x * width, y * depth, height * 0.56), 0.09, colour=black)
    box(mesh, (0, -depth * 0.5 - 0.55, 0.46), (0.6, 0.34, 0.07), colour=black)
    for x in (-0.26, 0.26):
        beam(mesh, (x, -depth * 0.5 - 0.55, 0), (x, -depth * 0.5 - 0.55, 0.44), 0.04, colour=black)


def _ball_cart(mesh: Mesh, size: Size, _: int) -> None:
    width, depth, height = size
    for x in (-0.5, 0.5):
        for y in (-0.5, 0.5):
            beam(mesh, (x * width, y * depth, 0), (x * width, y * depth, height), 0.035, colour=m.STEEL)
    for z in (0.18, height * 0.6, height):
        for a, b in (((-1, -1), (1, -1)), ((1, -1), (1, 1)), ((1, 1), (-1, 1)), ((-1, 1), (-1, -1))):
            start, end = (a[0] * width / 2, a[1] * depth / 2, z), (b[0] * width / 2, b[1] * depth / 2, z)
            beam(mesh, start, end, 0.03, colour=m.STEEL)
    points, normals = ball(rings=8, segments=12)
    orange = m.srgb("c8642a")
    for layer in range(2):
        for x in np.arange(-width / 2 + 0.14, width / 2 - 0.1, 0.26):
            for y in np.arange(-depth / 2 + 0.14, depth / 2 - 0.1, 0.26):
                mesh.triangles(points * 0.12 + (x, y, 0.32 + 0.25 * layer), colour=orange, normals=normals)


def _thing(mesh: Mesh, size: Size, key: int) -> None:
    tint = 0.85 + 0.3 * (key % 97) / 97
    colour = (m.THING[0] * tint, m.THING[1] * tint, m.THING[2] * tint)
    box(mesh, (0, 0, size[2] / 2), size, colour=colour)


DRAWN: Final[dict[str, Callable[[Mesh, Size, int], None]]] = {
    "cone": _cone,
    "balloon": _balloon,
    "ball": _balloon,
    "desk": _desk,
    "table": _desk,
    "teacherdesk": _desk,
    "chair": _chair,
    "hoop": _hoop,
    "stage": _platform,
    "platform": _platform,
    "curtain": _curtain,
    "sign": _sign,
    "exit_sign": _sign,
    "exit-sign": _sign,
    "blackboard": _board,
    "board": _board,
    "shelf": _shelf,
    "locker": _shelf,
    "mat": _mat,
    "piano": _piano,
    "ballcart": _ball_cart,
}
