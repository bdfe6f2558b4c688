"""Light of a site by day and night, with the mains on or off: what the shaders of all surfaces read."""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    BitMask32,
    Camera,
    CullFaceAttrib,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    LMatrix4f,
    NodePath,
    OrthographicLens,
    RenderState,
    SamplerState,
    Texture,
    WindowProperties,
)

from drill.hazards.picture import WaterPicture
from drill.session.frame import Frame
from drill.site.site import Site
from drill.view import lightfield
from drill.view.building import Building
from drill.view.cells import Cutter
from drill.view.lightfield import LAMP, SKY, Field, spread_light
from drill.view.making import Told, untold
from drill.view.mirror import Mirror
from drill.view.rain import Rain
from drill.view.shading import shader
from drill.view.textures import keep, kept, surfaces
from drill.view.window import Screen

if TYPE_CHECKING:
    from drill.view.stage import Stage

Weather = Literal["fair", "cloudy", "rain"]
Vector = tuple[float, float, float]

SUN_SEES: Final = BitMask32.bit(2)
OVERHEAD: Final = BitMask32.bit(1)
NO_ROOF_M: Final = -1000.0
SUN_MAP: Final = 2048
SUN_MAP_HURRIED: Final = 1024
SUN_HEIGHT_DEG: Final = 36.0
LAMPS_GIVE: Final = 0.40
"""Mean light of the lamps in a lit room, where 1 is a white sheet under the open sky: far less in truth, but an eye
that has been in a room for a minute sees it so."""
LEAST_SKY: Final = 0.012
"""A clouded night over a town."""
EYE_OPENS: Final = 0.62
"""The eye makes up for this share (in powers) of what light lacks."""
EYE_WANTS: Final = 0.50
ANISOTROPY: Final = 8
"""Of a graphics card. Without one it would cost more than all else."""
SHARPER: Final = 0.6
"""Where nothing looks along a slanting surface, one finer step of the tiles keeps floors crisp."""
CLOUDINESS: Final[dict[Weather, float]] = {"fair": 0.12, "cloudy": 0.75, "rain": 1.0}


@dataclass(frozen=True, slots=True)
class LightMap:
    """The light of a site, worked out: fields of shape (4, x, y, z) for sky and lamps, and where they lie."""

    low: Vector
    cell_m: float
    sky: Field
    lamp: Field
    roof: Field
    """Height of what stands highest, shape (x, y); far below where that is the ground."""

    @property
    def size_m(self) -> Vector:
        """Extent of the fields in metres."""
        x, y, z = (n * self.cell_m for n in self.sky.shape[1:])
        return x, y, z

    def around(self, at: Vector) -> tuple[float, float]:
        """Return the light of sky and lamps from all sides at a place; beyond the fields that of the open."""
        cell = np.floor((np.asarray(at) - self.low) / self.cell_m).astype(int)
        if np.any(cell < 0) or np.any(cell >= self.sky.shape[1:]):
            return 0.55, 0.0
        low = np.maximum(cell - 1, 0)
        piece = tuple(slice(a, c + 2) for a, c in zip(low, cell, strict=True))
        return float(self.sky[0][piece].mean()), float(self.lamp[0][piece].mean())


def light_map(
    site: Site, building: Building, lamps: Sequence[tuple[float, float, float, float]], told: Told = untold
) -> LightMap:
    """Work out the light of a site, or take it from an earlier start on this machine; `told` hears how far it is."""
    cutter = Cutter(site, building, lamps)
    cells = cutter.cut()
    state = hashlib.sha256()
    for part in (cells.solid, cells.passing, cells.reflects, cells.lamp):
        state.update(np.ascontiguousarray(part).tobytes())
    made_by, key = inspect.getsource(lightfield), f"{cells.cell_m} {state.hexdigest()}"
    found = kept("light", made_by, key)
    if found is not None and "light" in found and found["light"].shape == (2, 4, *cells.solid.shape):
        light = found["light"].astype(np.float32)
    else:
        light = spread_light(cells, told=partial(told, "light"))
        keep("light", made_by, key, {"light": light.astype(np.float16)})
        light = light.astype(np.float16).astype(np.float32)
    rooms = light[LAMP, 0][light[LAMP, 0] > 0.02 * max(float(light[LAMP, 0].max()), 1e-9)]
    if rooms.size:
        light[LAMP] *= LAMPS_GIVE / float(rooms.mean())
    level = cells.solid.shape[2] - 1 - np.argmax(cells.solid[:, :, ::-1], axis=2)
    roof = np.where(level > 0, cells.low[2] + (level + 1) * cells.cell_m, NO_ROOF_M).astype(np.float32)
    return LightMap(cells.low, cells.cell_m, light[SKY], light[LAMP], roof)


def sun_azimuth(site: Site) -> float:
    """Return from where the sun shines, radians from the x axis: in through the longest band of windows, aslant."""
    best, way = 0.0, math.radians(-60)
    for wall in site.walls:
        if wall.window and wall.line.length > best:
            (ax, ay), (bx, by) = wall.line.coords[0][:2], wall.line.coords[-1][:2]
            normal = math.atan2(bx - ax, ay - by)
            middle = wall.line.interpolate(0.5, normalized=True)
            centre = site.floors[wall.floor].outline.centroid
            outward = math.cos(normal) * (middle.x - centre.x) + math.sin(normal) * (middle.y - centre.y)
            best, way = wall.line.length, (normal if outward > 0 else normal + math.pi) + math.radians(34)
    return way


class Lighting:
    """Sets the light of a scene. `root` is the scene's node; what stands on `stage` throws shadows."""

    def __init__(self, root: NodePath, stage: Stage, screen: Screen) -> None:
        self.root, self.site = root, stage.site
        site = stage.site
        self.map = light = stage.light_map()
        self.weather: Weather = "fair"
        made = surfaces(anisotropy=1 if screen.software else ANISOTROPY)
        root.set_shader_input("surface_tint", made.tint)
        root.set_shader_input("surface_form", made.form)
        root.set_shader_input("surface_of", made.of)
        root.set_shader_input("sharper", SHARPER if screen.software else 1.0)
        fields = [_volume("sky-field", light.sky), _volume("lamp-field", light.lamp)]
        self.textures = [made.tint, made.form, *fields]
        """What is on the card besides the nodes' own textures."""
        root.set_shader_input("sky_field", fields[0])
        root.set_shader_input("lamp_field", fields[1])
        root.set_shader_input("field_low", (*light.low, light.cell_m))
        root.set_shader_input("field_size", light.size_m)
        azimuth, height = sun_azimuth(site), math.radians(SUN_HEIGHT_DEG)
        self.sun_way: Vector = (
            math.cos(azimuth) * math.cos(height),
            math.sin(azimuth) * math.cos(height),
            math.sin(height),
        )
        root.set_shader_input("sun_way", self.sun_way)
        self._sun_buffer: GraphicsOutput | None = None
        self._things: object = ()
        self._hurried = screen.hurried or screen.offscreen
        self.rain = Rain(light.roof, light.low[:2], light.cell_m)
        self.rain.root.reparent_to(root)
        self.rain.root.hide(SUN_SEES | OVERHEAD)
        self._mirror = Mirror(root, stage.building, stage.rows)
        self._sun(screen, stage.root)
        self.set(power=True, daylight=1.0, eye=(0.0, 0.0, 1.5))

    def show(self, frame: Frame, eye: Vector) -> None:
        """Set the light of a frame; the eye opens where it is dark. Where there may be a flood, it rains."""
        self.weather = "rain" if any(isinstance(p, WaterPicture) for p in frame.hazards) else "fair"
        self.rain.show(falls=self.weather == "rain")
        self.set(power=frame.power, daylight=frame.daylight, eye=eye)
        if self._sun_buffer is not None and (not self._hurried or frame.things != self._things):
            self._things = frame.things
            self._sun_buffer.set_one_shot(self._hurried)
            self._sun_buffer.set_active(True)

    def set(self, *, power: bool, daylight: float, eye: Vector) -> None:
        """Set the light.

        Args:
            power: whether the mains are on.
            daylight: 0 at night to 1 by day.
            eye: place of the eyes, metres.
        """
        clouds = CLOUDINESS[self.weather]
        level = LEAST_SKY + (1 - LEAST_SKY) * daylight**1.6
        dusk = 1 - abs(2 * min(max(daylight, 0.0), 1.0) - 0.8) if daylight < 0.9 else 0.0
        dusk = max(dusk, 0.0)
        tint = np.array([0.95, 0.99, 1.08]) * (1 - 0.5 * (1 - daylight) * np.array([0.55, 0.4, 0.0]))
        sky = tint * level * (1.0 - 0.38 * clouds)
        lamp = np.array([1.06, 1.0, 0.90]) * (1.0 if power else 0.0)
        sun = np.array([1.0, 0.93 - 0.25 * dusk, 0.80 - 0.42 * dusk]) * 1.9 * max(daylight - 0.1, 0) ** 1.3
        sun *= max(0.0, 1 - 1.35 * clouds) ** 1.2 if clouds < 0.74 else 0.0
        fair = np.array([0.20, 0.42, 0.80])
        grey = np.array([0.46, 0.50, 0.55])
        zenith = (fair * (1 - clouds) + grey * clouds) * level
        horizon = (np.array([0.74, 0.86, 0.98]) * (1 - clouds) + np.array([0.66, 0.69, 0.72]) * clouds) * level
        horizon = horizon * (1 + dusk * (1 - clouds) * np.array([0.55, 0.12, -0.25]))
        around_sky, around_lamp = self.map.around(eye)
        seen = float(around_sky * sky.mean() + around_lamp * lamp.mean() + 0.004)
        exposure = float(np.clip((EYE_WANTS / seen) ** EYE_OPENS, 0.5, 4.5))
        for name, value in (
            ("sky_light", sky),
            ("lamp_light", lamp),
            ("sun_light", sun),
            ("sky_zenith", zenith),
            ("sky_horizon", horizon),
            ("glimmer", np.array([0.004, 0.0045, 0.006])),
        ):
            self.root.set_shader_input(name, (float(value[0]), float(value[1]), float(value[2])))
        self.root.set_shader_input("exposure", exposure)
        self.root.set_shader_input("cloudiness", clouds)
        self.root.set_shader_input("wet", 1.0 if self.weather == "rain" else 0.0)
        self.root.set_shader_input("daylight", daylight)
        self.root.set_shader_input("power", 1.0 if power else 0.0)
        self._mirror.show(eye)

    def _sun(self, screen: Screen, sunlit: NodePath) -> None:
        """Make the map of what the sun sees."""
        side = SUN_MAP_HURRIED if screen.hurried else SUN_MAP
        texture = Texture("sun")
        texture.set_format(Texture.F_depth_component)
        texture.set_minfilter(SamplerState.FT_shadow)
        texture.set_magfilter(SamplerState.FT_shadow)
        texture.set_wrap_u(SamplerState.WM_clamp)
        texture.set_wrap_v(SamplerState.WM_clamp)
        lens = OrthographicLens()
        bounds = [f.outline.bounds for f in self.site.floors]
        low = np.array([min(b[0] for b in bounds), min(b[1] for b in bounds), min(f.z_m for f in self.site.floors)])
        top = max(f.z_m + f.height_m for f in self.site.floors) + 3
        high = np.array([max(b[2] for b in bounds), max(b[3] for b in bounds), top])
        centre, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2 + 4
        lens.set_film_size(2 * radius, 2 * radius)
        lens.set_near_far(1.0, 4 * radius)
        camera = Camera("sun", lens)
        camera.set_camera_mask(SUN_SEES)
        plain = NodePath("state")
        plain.set_shader(shader("scene.vert", "height.frag"), 200)
        plain.set_attrib(CullFaceAttrib.make(CullFaceAttrib.M_cull_none), 200)
        camera.set_initial_state(RenderState.make_empty())
        camera.set_tag_state_key("kind")
        camera.set_tag_state("stage", plain.get_state())
        node = self.root.attach_new_node(camera)
        node.set_pos(*(centre + np.array(self.sun_way) * 2 * radius))
        node.look_at(*centre)
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(24)
        size = WindowProperties()
        size.set_size(side, side)
        buffer = screen.engine.make_output(
            screen.pipe,
            "sun",
            -20,
            properties,
            size,
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_fb_props_optional,
            screen.output.get_gsg(),
            screen.output,
        )
        self.root.set_shader_input("sun_matrix", _to_map(self.root.get_mat(node), lens))
        if buffer is None:
            texture.setup_2d_texture(1, 1, Texture.T_float, Texture.F_depth_component)
            texture.set_ram_image(np.array([1.0], np.float32).tobytes())
        else:
            buffer.add_render_texture(texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth)
            buffer.make_display_region().set_camera(node)
            self._sun_buffer = buffer
            buffer.set_one_shot(self._hurried)
        sunlit.set_tag("kind", "stage")
        self.textures.append(texture)
        self.root.set_shader_input("sun_map", texture)


def _to_map(view: LMatrix4f, lens: OrthographicLens) -> LMatrix4f:
    half = LMatrix4f(0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5, 0, 0.5, 0.5, 0.5, 1)
    return view * lens.get_projection_mat() * half


def _volume(name: str, field: npt.NDArray[np.float32]) -> Texture:
    """Return a field of shape (4, x, y, z) as a texture of four channels."""
    texture = Texture(name)
    _, x, y, z = field.shape
    texture.setup_3d_texture(x, y, z, Texture.T_half_float, Texture.F_rgba16)
    # Panda3D keeps channels as blue, green, red, alpha, and x runs fastest.
    blocks = field[[2, 1, 0, 3]].transpose(3, 2, 1, 0).astype(np.float16)
    texture.set_ram_image(np.ascontiguousarray(blocks).tobytes())
    for set_filter in (texture.set_minfilter, texture.set_magfilter):
        set_filter(SamplerState.FT_linear)
    for wrap in (texture.set_wrap_u, texture.set_wrap_v, texture.set_wrap_w):
        wrap(SamplerState.WM_clamp)
    return texture
