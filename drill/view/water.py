"""Water surfaces: a sheet a hazard, risen to its level, with waves, foam and what floats. Its body is in `media`."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from panda3d.core import ColorBlendAttrib, NodePath, PTA_LVecBase4f, TransparencyAttrib, UnalignedLVecBase4f
from shapely.geometry import Polygon
from shapely.ops import unary_union

from drill.hazards.picture import Picture, WaterPicture
from drill.scenario.model import Flood
from drill.session.frame import Frame
from drill.site.site import Site
from drill.view.drops import Drops
from drill.view.floating import Floating
from drill.view.floods import LIVELY_MPS, Levels
from drill.view.media import Medium
from drill.view.mesh import Mesh
from drill.view.shading import shader
from drill.view.shapes import lay
from drill.view.shore import Shore
from drill.view.wading import MOST, Waders

EVERYWHERE_M = 90.0
DRY_M = 0.004
"""A sheet thinner than this is not drawn."""
DEFAULT_CEILING_M = 3.0
OPEN_SKY_FROM_M: Final = 15.0
STILL: Final = 0.30
"""Stir of water that neither rises nor flows."""


class Water:
    """The surfaces of a site under `root`; a node a flood is made when it first shows.

    Args:
        site: where.
        floods: of the scenario; their levels tell how far things drifted and where the water left its line.
    """

    def __init__(self, site: Site, floods: Sequence[Flood] = ()) -> None:
        self.site = site
        self.levels = Levels(floods)
        self.root = NodePath("water")
        self.surfaces = self.root.attach_new_node("surfaces")
        self.surfaces.set_shader(shader("water.vert", "water.frag"))
        self.surfaces.set_two_sided(True)
        self.surfaces.set_transparency(TransparencyAttrib.M_alpha)
        self.surfaces.set_attrib(
            ColorBlendAttrib.make(
                ColorBlendAttrib.M_add, ColorBlendAttrib.O_incoming_alpha, ColorBlendAttrib.O_one_minus_incoming_alpha
            )
        )
        self.surfaces.set_depth_write(False)
        self.surfaces.set_bin("transparent", 20)
        self.floating = Floating(site, self.levels, seed=zlib.crc32(site.name.encode()))
        self.floating.root.reparent_to(self.root)
        self.drops = Drops()
        self.drops.root.reparent_to(self.root)
        self._waders = PTA_LVecBase4f.empty_array(MOST)
        self.surfaces.set_shader_input("waders", self._waders)
        self.surfaces.set_shader_input("wader_count", 0)
        self._sheets: dict[str, NodePath] = {}
        self._shores: dict[int, Shore] = {}

    def marks(self, pictures: Sequence[Picture], t_s: float) -> Mapping[str, float]:
        """Return the highest that each flood has stood until `t_s`, metres, by hazard."""
        return {
            p.hazard: self.levels.highest(p.hazard, t_s, p.level_m) for p in pictures if isinstance(p, WaterPicture)
        }

    def show(
        self, frame: Frame, t_s: float, waders: Waders, media: list[Medium], eye: tuple[float, float, float]
    ) -> None:
        """Set every surface, what floats on it and the drops above it to a frame."""
        shown = set()
        for picture in frame.hazards:
            if isinstance(picture, WaterPicture):
                sheet = self._sheets.get(picture.hazard) or self._sheet(picture)
                ground = self._ground(picture)
                self.floating.show(picture, ground_m=ground, shore=self._shore(picture), waders=waders, t_s=t_s)
                if picture.level_m < ground + DRY_M:
                    continue
                shown.add(picture.hazard)
                self._set(sheet, picture, ground, t_s)
        for hazard, sheet in self._sheets.items():
            sheet.show() if hazard in shown else sheet.hide()
        for i in range(len(waders)):
            row = (*waders.xy[i], waders.speed_mps[i], waders.heading_rad[i])
            self._waders.set_element(i, UnalignedLVecBase4f(*(float(v) for v in row)))
        self.surfaces.set_shader_input("wader_count", len(waders))
        self.drops.show(waders, media, t_s, eye)

    def _set(self, sheet: NodePath, picture: WaterPicture, ground: float, t_s: float) -> None:
        rise = self.levels.rise_mps(picture.hazard, t_s) / LIVELY_MPS
        sheet.set_z(picture.level_m)
        sheet.set_shader_input("flow", picture.flow_mps)
        sheet.set_shader_input("mud", picture.colour)
        sheet.set_shader_input("turbidity", picture.turbidity)
        sheet.set_shader_input("depth", picture.level_m - ground)
        sheet.set_shader_input("stir", min(1.0, STILL + math.hypot(*picture.flow_mps) + 0.7 * rise))

    def _zones_floor(self, picture: WaterPicture) -> int:
        return min((z.floor for z in self.site.zones if z.id in picture.zones), default=0)

    def _shore(self, picture: WaterPicture) -> Shore:
        floor = self._zones_floor(picture)
        if floor not in self._shores:
            self._shores[floor] = Shore(self.site, floor)
        return self._shores[floor]

    def _ground(self, picture: WaterPicture) -> float:
        return self.site.floors[self._zones_floor(picture)].z_m

    def _sheet(self, picture: WaterPicture) -> NodePath:
        zones = [z for z in self.site.zones if z.id in picture.zones]
        if picture.zones:
            # Zones meet at doors: the sheet goes on through them.
            area = unary_union([z.polygon for z in zones]).buffer(0.2, join_style="mitre")
        else:
            area = self.site.floors[0].outline.centroid.buffer(EVERYWHERE_M)
        mesh = Mesh()
        lay(mesh, area if not area.is_empty else Polygon(), 0.0, colour=picture.colour)
        sheet = self.surfaces.attach_new_node(mesh.node(f"water-{picture.hazard}"))
        tops = [self.site.floors[z.floor].z_m + z.ceiling_m for z in zones]
        sheet.set_shader_input("ceiling_z", max(tops, default=self.site.floors[0].z_m + DEFAULT_CEILING_M))
        sky = not zones or max(z.ceiling_m for z in zones) >= OPEN_SKY_FROM_M
        sheet.set_shader_input("open_sky", 1.0 if sky else 0.0)
        shore = self._shore(picture)
        sheet.set_shader_input("shore", shore.texture())
        sheet.set_shader_input("shore_area", shore.area)
        self._sheets[picture.hazard] = sheet
        return sheet
