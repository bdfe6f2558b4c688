"""What a shining floor mirrors: the windows and lamps of the room that the eye is in."""

from __future__ import annotations

from typing import Final

import shapely
from panda3d.core import NodePath, PTA_LVecBase4f, UnalignedLVecBase4f

from drill.site.site import Wall, Zone
from drill.view.building import Building, window_heights
from drill.view.lamps import LampRow

PANES: Final = 6
"""As in shaders/mirror.glsl."""
MULLION_M: Final = 1.6
BESIDE_M: Final = 0.5
"""A window this near to a room lights it."""


class Mirror:
    """Sets the windows and lamps that floors mirror."""

    def __init__(self, root: NodePath, building: Building, rows: list[LampRow]) -> None:
        self.root = root
        self.site = building.site
        self._rows = {row.zone: row for row in rows}
        self._line, self._height = (PTA_LVecBase4f.empty_array(PANES) for _ in range(2))
        root.set_shader_input("pane_line", self._line)
        root.set_shader_input("pane_height", self._height)
        self._rooms = [z for f in self.site.floors for z in building.rooms(f.index) if building.indoors(z)]
        self._panes = {
            z.id: sorted((w for w in self.site.walls if _lights(w, z)), key=lambda w: -w.line.length)[:PANES]
            for z in self._rooms
        }
        self._room = ""
        self._set(None)

    def show(self, eye: tuple[float, float, float]) -> None:
        """Take the room that the eye is in; outdoors nothing is mirrored."""
        room = next((z for z in self._rooms if self._holds(z, eye)), None)
        if (room.id if room else "") != self._room:
            self._set(room)

    def _holds(self, zone: Zone, eye: tuple[float, float, float]) -> bool:
        z = self.site.floors[zone.floor].z_m
        return z <= eye[2] <= z + zone.ceiling_m and bool(shapely.intersects_xy(zone.polygon, eye[0], eye[1]))

    def _set(self, room: Zone | None) -> None:
        self._room = room.id if room else ""
        panes = self._panes[room.id] if room else []
        for i, wall in enumerate(panes):
            (ax, ay), (bx, by) = wall.line.coords[0][:2], wall.line.coords[-1][:2]
            z = self.site.floors[wall.floor].z_m
            low, high = window_heights(wall)
            self._line.set_element(i, UnalignedLVecBase4f(ax, ay, bx - ax, by - ay))
            count = max(1, round(wall.line.length / MULLION_M))
            self._height.set_element(i, UnalignedLVecBase4f(z + low, z + high, wall.line.length / count, 0))
        self.root.set_shader_input("pane_count", len(panes))
        row = self._rows.get(self._room)
        if row is None or not row.places or room is None:
            self.root.set_shader_input("lamp_grid", (0, 0, 1, 1))
            self.root.set_shader_input("lamp_shape", (0, 0, 0, 0))
            self.root.set_shader_input("lamp_room", (0, 0, 0, 0))
            return
        self.root.set_shader_input("lamp_grid", (*row.places[0], *row.gap_m))
        self.root.set_shader_input("lamp_shape", (*row.half_m, row.ceiling_z - row.drop_m, 1))
        self.root.set_shader_input("lamp_room", room.polygon.bounds)


def _lights(wall: Wall, zone: Zone) -> bool:
    """Tell whether a wall has a straight window that lies at a room of its floor."""
    if not wall.window or wall.floor != zone.floor or len(wall.line.coords) != 2:
        return False
    return bool(wall.line.intersection(zone.polygon.buffer(BESIDE_M)).length > 0.5)
