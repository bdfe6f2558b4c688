"""Props by kind; a kind that is not known is drawn as a plain crate of its size, and the log says so once."""

from __future__ import annotations

import logging
import math
import zlib
from collections.abc import Callable
from functools import cache
from typing import Final

from drill.site.site import Prop
from drill.view import materials as m
from drill.view import props_gym as gym
from drill.view import props_room as room
from drill.view.mesh import Mesh, Pattern
from drill.view.props_room import Size, shaded
from drill.view.shapes import box
from drill.view.signs import exit_sign

log = logging.getLogger(__name__)

FACING: Final = frozenset(
    {
        "hoop",
        "sign",
        "exit_sign",
        "exit-sign",
        "board",
        "blackboard",
        "whiteboard",
        "noticeboard",
        "notice-board",
        "clock",
        "speaker",
        "scoreboard",
        "wall-bars",
        "tv",
        "aquarium",
        "shelf",
        "bookcase",
        "locker",
        "shoe-locker",
    }
)
"""Kinds with a front: they are thin from front to back and turn it to the middle of their room."""


def front_turn(prop: Prop, middle: tuple[float, float]) -> float:
    """Return by how much the drawing of a prop is turned within its own axes, radians, so that its front is right.

    Things with a front are thin from front to back; they turn it to `middle`, the middle of their room in plan.
    """
    if prop.kind not in FACING:
        return 0.0
    quarter = math.pi / 2 if prop.size_m[1] < prop.size_m[0] else 0.0
    front = math.radians(prop.yaw_deg) + quarter
    ahead = math.cos(front) * (middle[0] - prop.at.x) + math.sin(front) * (middle[1] - prop.at.y)
    return quarter + (math.pi if ahead < -1e-9 else 0.0)


def prop_mesh(prop: Prop, *, middle: tuple[float, float] = (0.0, 0.0)) -> Mesh:
    """Return a prop in its own axes: x and y as `size_m` has them, the middle of its underside at the origin.

    Args:
        prop: what is drawn.
        middle: of its room in plan; what has a front turns it there.
    """
    size = prop.size_m
    if prop.kind in FACING and size[1] < size[0]:
        size = (size[1], size[0], size[2])
    draw = DRAWN.get(prop.kind)
    if draw is None:
        _tell_unknown(prop.kind)
        draw = crate
    local = Mesh()
    draw(local, size, zlib.crc32(prop.id.encode()))
    turn = front_turn(prop, middle)
    return local.turned(turn) if turn else local


def draw_prop(mesh: Mesh, prop: Prop, floor_z: float, *, middle: tuple[float, float] = (0.0, 0.0)) -> None:
    """Draw a prop standing at its place on its floor, turned by its yaw; see `prop_mesh`."""
    local = prop_mesh(prop, middle=middle).turned(math.radians(prop.yaw_deg))
    mesh.add(local, at=(prop.at.x, prop.at.y, floor_z + prop.z_m))


@cache
def _tell_unknown(kind: str) -> None:
    log.warning("props of the kind '%s' are drawn as crates: no drawing is known for it", kind)


def crate(mesh: Mesh, size: Size, key: int) -> None:
    """A wooden crate."""
    width, depth, height = size
    tone = shaded(m.CARTON, 0.85 + 0.3 * (key % 97) / 97)
    box(mesh, (0, 0, height / 2), (width * 0.98, depth * 0.98, height * 0.98), colour=tone, pattern=Pattern.PLANK)
    edge = min(0.06, 0.2 * min(size))
    for z in (edge / 2, height - edge / 2):
        box(mesh, (0, 0, z), (width, depth, edge), colour=shaded(tone, 0.8), pattern=Pattern.PLANK)
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * (width - edge) / 2, y * (depth - edge) / 2, height / 2)
            box(mesh, at, (edge, edge, height), colour=shaded(tone, 0.8), pattern=Pattern.PLANK)


def plain(prop: Prop) -> Mesh:
    """Return a prop as a single box of its colour: what is left of it far off, or where there are too many."""
    local = Mesh()
    tone = PLAIN.get(prop.kind, m.CARTON)
    width, depth, height = prop.size_m
    if prop.kind in ON_LEGS:
        top = height * (0.6 if prop.kind == "chair" else 0.96)
        box(local, (0, 0, top), (width, depth, 0.05), colour=tone)
        for x in (-1, 1):
            box(local, (x * width * 0.45, 0, top / 2), (0.03, depth * 0.9, top), colour=m.DESK_LEG)
        if prop.kind == "chair":
            box(local, (-width * 0.46, 0, height * 0.85), (0.03, depth, height * 0.28), colour=tone)
        return local
    box(local, (0, 0, height / 2), prop.size_m, colour=tone)
    return local


DRAWN: Final[dict[str, Callable[[Mesh, Size, int], None]]] = {
    "cone": gym.cone,
    "balloon": gym.balloon,
    "ball": gym.balloon,
    "desk": room.desk,
    "table": room.table,
    "teacherdesk": room.teacher_desk,
    "chair": room.chair,
    "bench": room.bench,
    "hoop": gym.hoop,
    "stage": gym.platform,
    "platform": gym.platform,
    "stage-curtain": gym.stage_curtain,
    "curtain": room.curtain,
    "sign": exit_sign,
    "exit_sign": exit_sign,
    "exit-sign": exit_sign,
    "blackboard": room.board,
    "board": room.board,
    "whiteboard": room.whiteboard,
    "noticeboard": room.notice_board,
    "notice-board": room.notice_board,
    "shelf": room.shelf,
    "bookcase": room.bookcase,
    "books": room.books,
    "locker": room.locker,
    "shoe-locker": room.shoe_locker,
    "tv": room.tv,
    "aquarium": room.aquarium,
    "vase": room.vase,
    "clock": room.clock,
    "speaker": room.speaker,
    "lamp": room.tube_lamp,
    "mat": gym.mat,
    "vaulting-box": gym.vaulting_box,
    "wall-bars": gym.wall_bars,
    "scoreboard": gym.scoreboard,
    "piano": gym.piano,
    "ballcart": gym.ball_cart,
    "goal": gym.goal,
    "tree": gym.tree,
}
ON_LEGS: Final = frozenset({"desk", "table", "chair"})
PLAIN: Final = {
    "desk": m.DESK_TOP,
    "table": m.DESK_TOP,
    "chair": m.DESK_TOP,
    "teacherdesk": m.TEACHER_DESK,
    "cone": m.CONE,
    "mat": m.MAT,
    "tree": m.FOLIAGE,
    "piano": m.PIANO,
    "bookcase": m.SHELF_WOOD,
    "locker": m.SHELF_WOOD,
}
