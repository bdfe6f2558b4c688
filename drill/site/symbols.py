"""The signs of a plan: walls, doors with their swing, stairs, refuges and things, after Japanese plan drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from drill.site.ground import prop_outline
from drill.site.site import Door, Prop, Stair, Wall
from drill.site.svg import Point, element, path_of, plain, text

INK: Final = "#1a1a1c"
WALL: Final = "#3a3a3f"
WINDOW: Final = "#7aa7c7"
GROUND: Final = "#fbfaf6"
DOOR: Final = "#8a4b08"
REFUGE: Final = "#197a4b"
THINGS: Final[Mapping[str, tuple[str, str]]] = {
    "cone": ("#e8590c", "#8f3200"),
    "balloon": ("#f06595", "#a61e4d"),
    "stage": ("#e9dcc3", "#8d7b58"),
    "mat": ("#b2c6e8", "#4f6a99"),
    "sign": ("#2b9a66", "#197a4b"),
    "hoop": ("#ffffff", "#c92a2a"),
}
MAY_FALL: Final = ("#f8cfae", "#b3551a")
"""Things that strong shaking overturns or throws down."""
FALLING_KINDS: Final = ("bookcase", "whiteboard", "tv", "aquarium", "vase", "books")
OVERHEAD_M: Final = 1.6
OTHER_THING: Final = ("#e3e0d8", "#8a867c")

Place = Callable[[float, float], Point]


def wall(part: Wall, place: Place, scale: float) -> str:
    """Return a wall; low walls (rails, fences) are thin, windows a double line."""
    points = path_of(place(x, y) for x, y in part.line.coords)
    width = max(part.thickness_m * scale, 2.5)
    if part.height_m < 1.8:
        return element("path", d=points, fill="none", stroke=WALL, stroke_width=1.6, stroke_dasharray="5 2.5")
    line = element("path", d=points, fill="none", stroke=WALL, stroke_width=float(width), stroke_linecap="square")
    if part.window:
        line += element("path", d=points, fill="none", stroke=WINDOW, stroke_width=float(width * 0.55))
    return line


def door(part: Door, place: Place, scale: float, thickness_m: float) -> str:
    """Return a door: its opening in the wall, its leaves and the quarter circles they swing through."""
    (ax, ay), (bx, by) = part.line.coords
    opening = path_of([place(ax, ay), place(bx, by)])
    cut = element("path", d=opening, stroke=GROUND, stroke_width=float(thickness_m * scale + 2), fill="none")
    cut += element("path", d=opening, stroke=DOOR, stroke_width=1.0, stroke_dasharray="2 2", fill="none")
    name = plain(part.label.get("ja", part.id))
    body = element("title", name) + cut
    if part.swing == "slide":
        body += _sliding(part, place)
    else:
        side = 1 if part.swing == "out" else -1
        to = (part.outward[0] * side, part.outward[1] * side)
        for hinge, tip in _leaves((ax, ay), (bx, by), part.width_m):
            body += _leaf(hinge, tip, to, place, scale)
    return element("g", body, class_="door", data_door=part.id)


def _leaves(a: Point, b: Point, width_m: float) -> list[tuple[Point, Point]]:
    """Return hinge and closed tip of each leaf: two above 1.2 m, else one."""
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    return [(a, middle), (b, middle)] if width_m > 1.2 else [(a, b)]


def _leaf(hinge: Point, tip: Point, to: Point, place: Place, scale: float) -> str:
    length = math.dist(hinge, tip)
    open_tip = (hinge[0] + to[0] * length, hinge[1] + to[1] * length)
    h, o, c = place(*hinge), place(*open_tip), place(*tip)
    # Which way round the arc runs is a matter of the drawing's axes, where y points down.
    turn = (o[0] - h[0]) * (c[1] - h[1]) - (o[1] - h[1]) * (c[0] - h[0])
    arc = f"{path_of([o])}A{length * scale:.1f} {length * scale:.1f} 0 0 {int(turn > 0)} {c[0]:.1f} {c[1]:.1f}"
    return element("path", d=path_of([h, o]), stroke=DOOR, stroke_width=2.4, fill="none") + element(
        "path", d=arc, stroke=DOOR, stroke_width=0.9, fill="none"
    )


def _sliding(part: Door, place: Place) -> str:
    (ax, ay), (bx, by) = part.line.coords
    ox, oy = part.outward[0] * 0.16, part.outward[1] * 0.16
    dx, dy = (bx - ax) / 2, (by - ay) / 2
    first = path_of([place(ax + ox, ay + oy), place(ax + ox + dx, ay + oy + dy)])
    second = path_of([place(ax - ox + dx, ay - oy + dy), place(bx - ox, by - oy)])
    return "".join(element("path", d=d, stroke=DOOR, stroke_width=2.4, fill="none") for d in (first, second))


def stair(part: Stair, place: Place, scale: float) -> str:
    """Return a stair: its treads and an arrow that points up."""
    (fa, fb), (ha, hb) = list(part.foot.coords), list(part.head.coords)
    if math.dist(fa, ha) > math.dist(fa, hb):
        ha, hb = hb, ha
    run = part.foot.centroid.distance(part.head.centroid)
    treads = max(4, round(run / 0.3))
    outline = element(
        "path",
        d=path_of([place(*fa), place(*fb), place(*hb), place(*ha)], close=True),
        fill="#efe9dc",
        stroke="#8a867c",
        stroke_width=1.0,
    )
    lines = ""
    for n in range(1, treads):
        share = n / treads
        a = (fa[0] + share * (ha[0] - fa[0]), fa[1] + share * (ha[1] - fa[1]))
        b = (fb[0] + share * (hb[0] - fb[0]), fb[1] + share * (hb[1] - fb[1]))
        lines += path_of([place(*a), place(*b)])
    body = outline + element("path", d=lines, stroke="#b4ad9c", stroke_width=0.8, fill="none")
    start, end = place(part.foot.centroid.x, part.foot.centroid.y), place(part.head.centroid.x, part.head.centroid.y)
    body += arrow([start, end], colour=INK, width=1.4)
    body += element("title", plain(part.label.get("ja", part.id)))
    low_side = min((place(*fa), place(*fb)), key=lambda point: point[0])
    body += text(low_side[0] - 5, low_side[1] - 4, "上る UP", size=10, text_anchor="end", fill=INK)
    return element("g", body, class_="stair", data_scale=float(scale))


def arrow(points: list[Point], *, colour: str, width: float, dash: str | None = None, tip: float = 8.0) -> str:
    """Return a line through `points` with an arrow head at its end."""
    line = element(
        "path",
        d=path_of(points),
        fill="none",
        stroke=colour,
        stroke_width=float(width),
        stroke_dasharray=dash,
        stroke_linejoin="round",
        stroke_linecap="round",
    )
    (ax, ay), (bx, by) = points[-2], points[-1]
    angle = math.atan2(by - ay, bx - ax)
    wings = [
        (bx - tip * math.cos(angle + side), by - tip * math.sin(angle + side)) for side in (math.pi / 7, -math.pi / 7)
    ]
    return line + element("path", d=path_of([(bx, by), *wings], close=True), fill=colour)


def thing(part: Prop, place: Place, scale: float) -> str:
    """Return a thing on the floor by its kind; what is unknown is its outline."""
    fill, stroke = MAY_FALL if part.kind in FALLING_KINDS and not part.fixed else THINGS.get(part.kind, OTHER_THING)
    x, y = place(part.at.x, part.at.y)
    title = element("title", part.id)
    if part.kind == "cone":
        r = max(part.size_m[0] * scale * 0.6, 4.0)
        d = path_of([(x, y - r), (x + r, y + r * 0.8), (x - r, y + r * 0.8)], close=True)
        return element("path", title, d=d, fill=fill, stroke=stroke, stroke_width=0.8)
    if part.kind == "balloon":
        r = max(part.size_m[0] * scale * 0.5, 3.2)
        return element("circle", title, cx=x, cy=y, r=r, fill=fill, stroke=stroke, stroke_width=0.8)
    d = path_of((place(px, py) for px, py in prop_outline(part).exterior.coords[:-1]), close=True)
    if part.z_m > OVERHEAD_M:
        # What hangs overhead is not in the way: its outline alone.
        return element("path", title, d=d, fill="none", stroke=stroke, stroke_width=0.7, stroke_dasharray="2 2")
    return element("path", title, d=d, fill=fill, stroke=stroke, stroke_width=1.0)
