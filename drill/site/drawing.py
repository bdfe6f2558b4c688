"""The plan of a site as SVG: what tracks, people and water are drawn over. Pure; nothing is read or written."""

from __future__ import annotations

from typing import Final

from shapely.geometry import Polygon

from drill.site import symbols
from drill.site.ground import BARRIER_M
from drill.site.site import Refuge, Site, Zone
from drill.site.svg import FONTS, Point, element, path_of_rings, plain, rings_of, text, width_of

MARGIN: Final = 24.0
TITLE_HEIGHT: Final = 30.0
GAP: Final = 18.0


class PlanDrawing:
    """A site drawn to scale, the highest floor on top, all floors in line above each other.

    Attributes:
        site: what is drawn.
        scale: pixels a metre.
        size: width and height of the whole in pixels.
    """

    def __init__(self, site: Site, *, width: float = 1000.0) -> None:
        self.site = site
        low_x = min(floor.outline.bounds[0] for floor in site.floors)
        high_x = max(floor.outline.bounds[2] for floor in site.floors)
        self.scale = (width - 2 * MARGIN) / (high_x - low_x)
        self._low_x = low_x
        self._top: dict[int, float] = {}
        y = MARGIN
        for floor in sorted(site.floors, key=lambda one: -one.index):
            _, low_y, _, high_y = floor.outline.bounds
            self._top[floor.index] = y + TITLE_HEIGHT
            y += TITLE_HEIGHT + (high_y - low_y) * self.scale + GAP
        self._high_y = {floor.index: floor.outline.bounds[3] for floor in site.floors}
        self.size: tuple[float, float] = (width, y - GAP + MARGIN)

    def to_svg(self, floor: int, x: float, y: float) -> Point:
        """Return the pixel of a point in site axes on a floor."""
        return (MARGIN + (x - self._low_x) * self.scale, self._top[floor] + (self._high_y[floor] - y) * self.scale)

    def shape(self, floor: int, polygon: Polygon, **attributes: object) -> str:
        """Return a polygon of a floor as a path."""
        rings = [[self.to_svg(floor, x, y) for x, y in ring] for ring in rings_of(polygon)]
        return element("path", d=path_of_rings(rings), fill_rule="evenodd", **attributes)

    def base(self, floor: int | None = None, *, labels: bool = True) -> str:
        """Return the plan of one floor, or of all: ground, zones, refuges, things, stairs, walls, doors, names."""
        floors = [one for one in self.site.floors if floor is None or one.index == floor]
        return "".join(
            element(
                "g",
                self.ground(one.index) + self.details(one.index) + (self.names(one.index) if labels else ""),
                class_="floor",
                data_floor=one.id,
            )
            for one in floors
        )

    def ground(self, floor: int) -> str:
        """Return the ground of a floor with its rooms and refuges: what water and smoke are drawn upon."""
        outline = next(one.outline for one in self.site.floors if one.index == floor)
        body = self.shape(floor, outline, fill=symbols.GROUND, stroke="#cfcabd", stroke_width=1.0)
        for zone in self.zones(floor):
            body += self.shape(floor, zone.polygon, fill="none", stroke="#d9d4c7", stroke_width=0.8)
        return body + "".join(self._refuge(refuge) for refuge in self.site.refuges if refuge.floor == floor)

    def details(self, floor: int) -> str:
        """Return the things, stairs, walls and doors of a floor."""
        site = self.site

        def place(x: float, y: float) -> Point:
            return self.to_svg(floor, x, y)

        body = "".join(symbols.thing(prop, place, self.scale) for prop in site.props if prop.floor == floor)
        body += "".join(symbols.stair(stair, place, self.scale) for stair in site.stairs if stair.lower == floor)
        walls = [wall for wall in site.walls if wall.floor == floor]
        body += "".join(symbols.wall(wall, place, self.scale) for wall in walls)
        for door in site.doors:
            if door.floor == floor:
                near = [wall.thickness_m for wall in walls if wall.line.distance(door.line.centroid) < 0.3]
                body += symbols.door(door, place, self.scale, max(near, default=BARRIER_M))
        return body

    def _refuge(self, refuge: Refuge) -> str:
        return self.shape(
            refuge.floor,
            refuge.polygon,
            fill="#c9ead6",
            stroke=symbols.REFUGE,
            stroke_width=2.0,
            stroke_dasharray="7 3",
            class_="refuge",
        )

    def zones(self, floor: int) -> list[Zone]:
        """Return the zones of a floor that are rooms of their own: those that lie in no zone before them."""
        rooms: list[Zone] = []
        for zone in self.site.zones:
            if zone.floor == floor and not any(room.polygon.buffer(1e-6).covers(zone.polygon) for room in rooms):
                rooms.append(zone)
        return rooms

    def names(self, floor: int) -> str:
        """Return the names of a floor, its rooms, refuges and stairs, Japanese with English beside or below."""
        this = next(one for one in self.site.floors if one.index == floor)
        x, y = self.to_svg(floor, self._low_x, this.outline.bounds[3])
        height = f"　床の高さ Floor level {this.z_m:g} m"
        body = text(x, y - 10, f"{_both(this.label, this.id)}{height}", size=14, font_weight="bold", fill=symbols.INK)
        for zone in self.zones(floor):
            refuges = [refuge.polygon for refuge in self.site.refuges if refuge.floor == floor]
            if not any(refuge.intersection(zone.polygon).area > 0.5 * zone.polygon.area for refuge in refuges):
                body += self._name(floor, zone.polygon, zone.label, zone.id, colour="#4a4a50")
        for refuge in self.site.refuges:
            if refuge.floor == floor:
                body += self._name(floor, refuge.polygon, refuge.label, refuge.id, colour="#0f5132", bold=True)
        return body

    def _name(
        self, floor: int, polygon: Polygon, label: object, fallback: str, *, colour: str, bold: bool = False
    ) -> str:
        names = dict(label) if isinstance(label, dict) else {}
        low_x, low_y, high_x, high_y = polygon.bounds
        at = polygon.centroid if polygon.covers(polygon.centroid) else polygon.representative_point()
        x, y = self.to_svg(floor, at.x, at.y)
        if not bold and (high_y - low_y) * self.scale > 80:
            # Near the top of a large room, so that the middle stays free for people and tracks.
            y = self.to_svg(floor, at.x, high_y)[1] + 0.16 * (high_y - low_y) * self.scale
        room = (high_x - low_x) * self.scale - 8
        rows = [plain(names.get("ja", fallback)), names.get("en", "")]
        body = ""
        for n, row in enumerate(row for row in rows if row):
            size = min(13.0 if n == 0 else 11.0, 13.0 * room / max(width_of(row, 13.0), 1.0))
            body += text(
                x, y - 2 + n * 14, row, size=max(size, 7.0), text_anchor="middle", fill=colour,
                font_weight="bold" if bold and n == 0 else None,
                paint_order="stroke", stroke=symbols.GROUND, stroke_width=2.5, stroke_linejoin="round",
            )  # fmt: skip
        return body

    def scale_bar(self, x: float, y: float, *, metres: float = 5.0) -> str:
        """Return a bar of `metres` with its left end at (x, y)."""
        length = metres * self.scale
        bar = f"M{x:.1f} {y - 4:.1f}v8M{x:.1f} {y:.1f}h{length:.1f}M{x + length:.1f} {y - 4:.1f}v8"
        return element("path", d=bar, stroke=symbols.INK, stroke_width=1.5, fill="none") + text(
            x + length / 2, y - 6, f"{metres:g} m", size=11, text_anchor="middle", fill=symbols.INK
        )

    def document(self, body: str, *, title: str, desc: str, size: tuple[float, float] | None = None) -> str:
        """Return a whole SVG document about `body`, with a title and a description for those who do not see it."""
        width, height = size or self.size
        head = element("title", _escaped(title), id="plan-title") + element("desc", _escaped(desc), id="plan-desc")
        return element(
            "svg",
            head + body,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width:.0f} {height:.0f}",
            width=f"{width:.0f}",
            height=f"{height:.0f}",
            role="img",
            aria_labelledby="plan-title plan-desc",
            font_family=FONTS,
        )


def _both(label: object, fallback: str) -> str:
    names = dict(label) if isinstance(label, dict) else {}
    japanese, english = plain(names.get("ja", fallback)), names.get("en", "")
    return f"{japanese}　{english}" if english else japanese


def _escaped(content: str) -> str:
    return content.replace("&", "&amp;").replace("<", "&lt;")
