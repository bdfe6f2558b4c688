"""The scene of a site: stage, water, smoke, people and the eye that sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    AntialiasAttrib,
    BitMask32,
    Camera,
    CullBinEnums,
    CullBinManager,
    CullFaceAttrib,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    LQuaternion,
    NodePath,
    OrthographicLens,
    PerspectiveLens,
    PTA_LVecBase4f,
    RenderState,
    SamplerState,
    Texture,
    TransparencyAttrib,
    UnalignedLVecBase4f,
    WindowProperties,
)

from drill.hazards.picture import QuakePicture
from drill.record.inputs import Pose
from drill.scenario.model import Flood
from drill.session.frame import Frame
from drill.site.site import Site
from drill.view.fire import Fire
from drill.view.lighting import SUN_SEES, Lighting
from drill.view.making import Told, untold
from drill.view.media import MEDIA, Media, Medium, as_uniforms
from drill.view.mesh import Mesh, Pattern
from drill.view.people import People
from drill.view.quake import Quake
from drill.view.shading import shader
from drill.view.shapes import ball
from drill.view.smoke import Smoke
from drill.view.stage import Stage
from drill.view.textures import tiles
from drill.view.wading import waders_of
from drill.view.water import Water
from drill.view.window import Screen

FIELD_OF_VIEW_DEG: Final = 62.0
"""Vertical."""
NEAR_M: Final = 0.06
FAR_M: Final = 400.0
SKY_M: Final = 390.0
FAR_BIN: Final = "far"
HEIGHT_MAP: Final = 512
OVERHEAD: Final = BitMask32.bit(1)
SEEN: Final = BitMask32.bit(0)
NOTHING_M: Final = -1000.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What is drawn: a frame's state at a time between two ticks.

    Attributes:
        frame: the later frame.
        t_s: run time.
        head: world pose of the eyes.
        crowd_xy, crowd_z: places of the frame's crowd at that time.
    """

    frame: Frame
    t_s: float
    head: Pose
    crowd_xy: npt.NDArray[np.float64]
    crowd_z: npt.NDArray[np.float64]


class Scene:
    """Nodes of a site and the camera that looks at them. `floods` are those of the scenario, if it has any.

    `told` hears what is being made, and may raise to leave it: until all is made nothing of the scene is drawn.
    """

    def __init__(
        self,
        site: Site,
        screen: Screen,
        floods: Sequence[Flood] = (),
        *,
        model: Path | None = None,
        told: Told = untold,
    ) -> None:
        self.site = site
        self.root = NodePath("scene")
        self.stage = Stage(site, model=model, told=told)
        tiles(told=told)
        self.stage.light_map(told)
        self.water = Water(site, floods)
        self.people = People(site, level=len(site.floors) == 1)
        self.fire = Fire()
        self.quake = Quake(self.stage)
        self.smoke = Smoke(self.root, self.stage.lamps)
        self._media = Media(site)
        self.media: list[Medium] = []
        self._look(screen)
        self._arrays = {name: PTA_LVecBase4f.empty_array(MEDIA) for name in as_uniforms([])}
        for name, array in self._arrays.items():
            self.root.set_shader_input(name, array)
        self.root.set_shader_input("shade_taps", 4 if screen.hurried else 8)
        self._overhead(screen)
        self.lighting = Lighting(self.root, self.stage, screen)
        for unlit in (self.sky, self.stage.glass_node, self.water.root, self.fire.root, self.people.root):
            unlit.hide(SUN_SEES)
        self.quake.root.hide(SUN_SEES)
        for lamp in self.stage.lamps:
            lamp.hide(OVERHEAD)

    def _look(self, screen: Screen) -> None:
        scene = shader("scene.vert", "scene.frag")
        self.root.set_shader(scene)
        self.root.set_antialias(AntialiasAttrib.M_multisample)
        for part in (self.stage.root, self.water.root, self.people.root, self.fire.root, self.quake.root):
            part.reparent_to(self.root)
        self.people.root.set_shader(shader("people.vert", "people.frag"), 5)
        self.people.root.set_tag("kind", "people")
        glass = self.stage.glass_node
        glass.set_shader(shader("scene.vert", "glass.frag"), 5)
        glass.set_transparency(TransparencyAttrib.M_alpha)
        glass.set_two_sided(True)
        glass.set_depth_write(False)
        glass.set_bin("transparent", 10)
        sky = Mesh()
        points, normals = ball(rings=8, segments=16)
        sky.triangles(points[::-1] * SKY_M, colour=(0, 0, 0), pattern=Pattern.SKY, normals=-normals[::-1])
        self.sky = self.root.attach_new_node(sky.node("sky"))
        self.sky.set_depth_write(False)
        # After all that may hide them: most of what is far is behind a wall, and a cloud costs more than a wall.
        bins = CullBinManager.get_global_ptr()
        if bins.find_bin(FAR_BIN) < 0:
            bins.add_bin(FAR_BIN, CullBinEnums.BT_fixed, 25)
        self.stage.around_node.set_bin(FAR_BIN, 0)
        self.sky.set_bin(FAR_BIN, 10)
        for unseen in (
            self.sky,
            self.stage.overhead_node,
            self.stage.around_node,
            glass,
            self.water.root,
            self.fire.root,
        ):
            unseen.hide(OVERHEAD)
        self.lens = PerspectiveLens()
        self.lens.set_near_far(NEAR_M, FAR_M)
        self.fit(screen.size)
        camera = Camera("eye", self.lens)
        camera.set_camera_mask(SEEN)
        self.camera = self.root.attach_new_node(camera)
        region = screen.output.make_display_region()
        region.set_camera(self.camera)
        screen.output.set_clear_color((0.4, 0.45, 0.5, 1))

    def fit(self, size: tuple[int, int]) -> None:
        """Fit the view to a picture of `size` pixels."""
        aspect = max(size[0], 1) / max(size[1], 1)
        vertical = math.radians(FIELD_OF_VIEW_DEG)
        self.lens.set_fov(math.degrees(2 * math.atan(math.tan(vertical / 2) * aspect)), FIELD_OF_VIEW_DEG)

    def _overhead(self, screen: Screen) -> None:
        """Make the map of what stands highest, which gives shade from above."""
        points = [f.outline.bounds for f in self.site.floors]
        x0, y0 = min(b[0] for b in points) - 2, min(b[1] for b in points) - 2
        x1, y1 = max(b[2] for b in points) + 2, max(b[3] for b in points) + 2
        self.height_map = Texture("height")
        for set_filter in (self.height_map.set_minfilter, self.height_map.set_magfilter):
            set_filter(SamplerState.FT_linear)
        for wrap in (self.height_map.set_wrap_u, self.height_map.set_wrap_v):
            wrap(SamplerState.WM_clamp)
        properties = FrameBufferProperties()
        properties.set_rgba_bits(32, 0, 0, 0)
        properties.set_float_color(True)
        properties.set_depth_bits(24)
        size = WindowProperties()
        size.set_size(HEIGHT_MAP, HEIGHT_MAP)
        buffer = screen.engine.make_output(
            screen.pipe,
            "overhead",
            -10,
            properties,
            size,
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_fb_props_optional,
            screen.output.get_gsg(),
            screen.output,
        )
        self.root.set_shader_input("height_area", (x0, y0, x1 - x0, y1 - y0))
        if buffer is None:
            flat = Texture("height")
            flat.setup_2d_texture(1, 1, Texture.T_float, Texture.F_r32)
            flat.set_ram_image(np.array([NOTHING_M], np.float32).tobytes())
            self.root.set_shader_input("height_map", flat)
            return
        buffer.add_render_texture(self.height_map, GraphicsOutput.RTM_bind_or_copy)
        buffer.set_clear_color((NOTHING_M, 0, 0, 1))
        lens = OrthographicLens()
        lens.set_film_size(x1 - x0, y1 - y0)
        lens.set_near_far(0.5, 120)
        camera = Camera("overhead", lens)
        camera.set_camera_mask(OVERHEAD)
        plain = NodePath("state")
        plain.set_shader(shader("scene.vert", "height.frag"), 100)
        plain.set_attrib(CullFaceAttrib.make(CullFaceAttrib.M_cull_none), 100)
        camera.set_initial_state(RenderState.make_empty())
        camera.set_tag_state_key("kind")
        crowd = NodePath("state")
        crowd.set_shader(shader("people.vert", "height.frag"), 100)
        camera.set_tag_state("people", crowd.get_state())
        camera.set_tag_state("stage", plain.get_state())
        self.stage.root.set_tag("kind", "stage")
        node = self.root.attach_new_node(camera)
        node.set_pos((x0 + x1) / 2, (y0 + y1) / 2, 60 + self.site.floors[-1].z_m)
        node.set_hpr(0, -90, 0)
        buffer.make_display_region().set_camera(node)
        self.root.set_shader_input("height_map", self.height_map)

    def see(self, frame: Frame) -> None:
        """Take every frame of a run in its order, also those that are not shown: what swings has its past in them."""
        self.quake.see(frame)
        self.people.see(frame)

    def show(self, moment: Moment) -> None:
        """Set every node to a moment."""
        frame = moment.frame
        self.stage.swing(frame.doors)
        self.stage.light(frame.power, frame.daylight)
        self.lighting.show(frame, (moment.head.x, moment.head.y, moment.head.z))
        self.media = self._media.of(frame.hazards, self.water.marks(frame.hazards, moment.t_s))
        for name, values in as_uniforms(self.media).items():
            array = self._arrays[name]
            for i in range(len(self.media)):
                row = values[i]
                array.set_element(i, UnalignedLVecBase4f(float(row[0]), float(row[1]), float(row[2]), float(row[3])))
        self.root.set_shader_input("media_count", len(self.media))
        self.root.set_shader_input("time", moment.t_s)
        self.fire.show(frame.hazards, moment.t_s)
        eye = (moment.head.x, moment.head.y, moment.head.z)
        waders = waders_of(frame.crowd, moment.crowd_xy, moment.crowd_z, frame.resident, self.media, eye)
        self.water.show(frame, moment.t_s, waders, self.media, eye)
        self.quake.show(frame, moment.t_s, eye)
        self.smoke.show(frame, moment.t_s, eye)
        self._place_eye(moment.head, self.quake.eye_offset(moment.t_s))
        self.people.show(
            frame.crowd,
            xy=moment.crowd_xy,
            z=moment.crowd_z,
            t_s=moment.t_s,
            media=self.media,
            eye=eye,
            resident=frame.resident,
            shaking=any(isinstance(p, QuakePicture) and p.shaking for p in frame.hazards),
            alarmed=frame.alarm or frame.warning_level > 0,
        )

    def rest(self, *, resting: bool) -> None:
        """Draw nothing while a page covers the picture, such as before the first moment is there to show."""
        for path in self.root.find_all_matches("**/+Camera"):
            camera = path.node()
            if isinstance(camera, Camera):
                camera.set_active(not resting)

    def _place_eye(self, head: Pose, moved: tuple[float, float, float]) -> None:
        x, y, z = head.x + moved[0], head.y + moved[1], head.z + moved[2]
        self.camera.set_pos(x, y, z)
        # A pose looks along its x axis, Panda3D's camera along y.
        ahead = LQuaternion(math.cos(-math.pi / 4), 0, 0, math.sin(-math.pi / 4))
        self.camera.set_quat(ahead * LQuaternion(head.qw, head.qx, head.qy, head.qz))
        self.sky.set_pos(x, y, z)
        self.root.set_shader_input("eye", (x, y, z))
