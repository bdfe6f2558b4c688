"""The people of a frame, drawn in two calls whatever their number: near ones in detail, far ones coarse."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import GeomNode, NodePath, OmniBoundingVolume, SamplerState, Texture

from drill.people.state import BodyState
from drill.session.frame import CrowdState, ResidentState
from drill.view.media import SMOKE, Medium, water_depth
from drill.view.people.figure import figure_node
from drill.view.people.poses import ROWS, looks, phase_step, poses

NEAR_M: Final = 9.0
ROOM_FOR: Final = 64
"""The texture grows in steps of so many people."""
MAX_PEOPLE: Final = 4096


class People:
    """Nodes under `root`; `show` sets them to a crowd seen from a place."""

    def __init__(self) -> None:
        self.root = NodePath("people")
        self._levels = [self._level(figure_node(detail=detail)) for detail in (1, 0)]
        self._phase: dict[int, float] = {}
        self._looks: dict[int, npt.NDArray[np.float32]] = {}
        self._last_t: float | None = None
        self._texture: Texture | None = None
        self._columns = 0
        self.shown = 0

    def _level(self, node: GeomNode) -> NodePath:
        node.set_bounds(OmniBoundingVolume())
        node.set_final(True)
        return self.root.attach_new_node(node)

    def show(
        self,
        crowd: CrowdState,
        *,
        xy: npt.NDArray[np.float64],
        z: npt.NDArray[np.float64],
        t_s: float,
        media: list[Medium],
        eye: tuple[float, float, float],
        resident: ResidentState | None = None,
    ) -> None:
        """Pose everybody at the places `xy` and `z` (between two steps of the crowd) and at time `t_s`."""
        stays = (crowd.state != int(BodyState.GONE)).nonzero()[0][:MAX_PEOPLE]
        order = stays[np.argsort(np.hypot(xy[stays, 0] - eye[0], xy[stays, 1] - eye[1]), kind="stable")]
        self.shown = len(order)
        dt = 0.0 if self._last_t is None else min(max(t_s - self._last_t, 0.0), 0.2)
        self._last_t = t_s
        ids, tall = crowd.id[order], crowd.height_m[order].astype(float)
        places, heights = xy[order], z[order]
        speed = crowd.speed[order].astype(float)
        step = phase_step(speed, tall, dt)
        phase = np.array([self._phase.get(int(i), int(i) * 2.399) for i in ids]) + step
        self._phase.update(zip(ids.tolist(), phase.tolist(), strict=True))
        depth = np.maximum(water_depth(media, places, heights), 0)
        rows = poses(
            xy=places,
            z=heights,
            heading=crowd.heading[order].astype(float),
            speed=speed,
            state=crowd.state[order],
            posture=crowd.posture[order],
            height_m=tall,
            phase=phase,
            depth_m=depth,
            extinction_per_m=_smoke_at(media, places, heights + 0.93 * tall),
            look=self._looks_of(ids, tall),
            t_s=t_s,
        )
        near = int(np.count_nonzero(np.hypot(places[:, 0] - eye[0], places[:, 1] - eye[1]) < NEAR_M))
        self._upload(rows)
        for node, first, count in ((self._levels[0], 0, near), (self._levels[1], near, len(order) - near)):
            if count:
                node.show()
                node.set_instance_count(count)
                node.set_shader_input("first_person", first)
            else:
                node.hide()

    def _looks_of(self, ids: npt.NDArray[np.uint16], tall: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        new = [k for k, i in enumerate(ids.tolist()) if i not in self._looks]
        if new:
            for k, row in zip(new, looks(ids[new], tall[new]), strict=True):
                self._looks[int(ids[k])] = row
        return np.array([self._looks[i] for i in ids.tolist()], np.float32).reshape(-1, 9)

    def _upload(self, rows: npt.NDArray[np.float32]) -> None:
        count = rows.shape[1]
        if self._texture is None or count > self._columns:
            self._columns = max(ROOM_FOR, -(-count // ROOM_FOR) * ROOM_FOR)
            texture = Texture("people")
            texture.setup_2d_texture(self._columns, ROWS, Texture.T_float, Texture.F_rgba32)
            texture.set_minfilter(SamplerState.FT_nearest)
            texture.set_magfilter(SamplerState.FT_nearest)
            self._texture = texture
            self.root.set_shader_input("people", texture)
        padded = np.zeros((ROWS, self._columns, 4), np.float32)
        padded[:, :count] = rows
        self._texture.set_ram_image_as(padded.tobytes(), "RGBA")


def _smoke_at(media: list[Medium], xy: npt.NDArray[np.float64], z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    k = np.zeros(len(xy))
    for box in media:
        if box.kind == SMOKE:
            inside = np.all((xy >= box.low[:2]) & (xy <= box.high[:2]), axis=1)
            here = np.where(z > box.edge_m, box.above_per_m, box.below_per_m)
            k = np.where(inside, np.maximum(k, here), k)
    return k
