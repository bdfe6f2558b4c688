"""Water surfaces: a flat sheet a hazard, risen to its level. The water's body is in `media`."""

from __future__ import annotations

from collections.abc import Sequence

from panda3d.core import ColorBlendAttrib, NodePath, TransparencyAttrib
from shapely.geometry import Polygon
from shapely.ops import unary_union

from drill.hazards.picture import Picture, WaterPicture
from drill.site.site import Site
from drill.view.mesh import Mesh
from drill.view.shading import shader
from drill.view.shapes import lay

EVERYWHERE_M = 90.0
DRY_M = 0.004
"""A sheet thinner than this is not drawn."""
DEFAULT_CEILING_M = 3.0


class Water:
    """The surfaces of a site under `root`; a node a flood is made when it first shows."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.root = NodePath("water")
        self.root.set_shader(shader("water.vert", "water.frag"))
        self.root.set_two_sided(True)
        self.root.set_transparency(TransparencyAttrib.M_alpha)
        self.root.set_attrib(
            ColorBlendAttrib.make(
                ColorBlendAttrib.M_add, ColorBlendAttrib.O_incoming_alpha, ColorBlendAttrib.O_one_minus_incoming_alpha
            )
        )
        self.root.set_depth_write(False)
        self.root.set_bin("transparent", 20)
        self._sheets: dict[str, NodePath] = {}

    def show(self, pictures: Sequence[Picture]) -> None:
        """Set every surface to a frame's hazards."""
        shown = set()
        for picture in pictures:
            if isinstance(picture, WaterPicture):
                sheet = self._sheets.get(picture.hazard) or self._sheet(picture)
                if picture.level_m < self._ground(picture) + DRY_M:
                    continue
                shown.add(picture.hazard)
                sheet.set_z(picture.level_m)
                sheet.set_shader_input("flow", picture.flow_mps)
                sheet.set_shader_input("mud", picture.colour)
                sheet.set_shader_input("turbidity", picture.turbidity)
                sheet.set_shader_input("depth", picture.level_m - self._ground(picture))
        for hazard, sheet in self._sheets.items():
            sheet.show() if hazard in shown else sheet.hide()

    def _ground(self, picture: WaterPicture) -> float:
        floors = [self.site.floors[z.floor].z_m for z in self.site.zones if z.id in picture.zones]
        return min(floors, default=self.site.floors[0].z_m)

    def _sheet(self, picture: WaterPicture) -> NodePath:
        zones = [z for z in self.site.zones if z.id in picture.zones]
        if picture.zones:
            # Zones meet at doors: the sheet goes on through them.
            area = unary_union([z.polygon for z in zones]).buffer(0.2, join_style="mitre")
        else:
            area = self.site.floors[0].outline.centroid.buffer(EVERYWHERE_M)
        mesh = Mesh()
        lay(mesh, area if not area.is_empty else Polygon(), 0.0, colour=picture.colour)
        sheet = self.root.attach_new_node(mesh.node(f"water-{picture.hazard}"))
        tops = [self.site.floors[z.floor].z_m + z.ceiling_m for z in zones]
        sheet.set_shader_input("ceiling_z", max(tops, default=self.site.floors[0].z_m + DEFAULT_CEILING_M))
        self._sheets[picture.hazard] = sheet
        return sheet
