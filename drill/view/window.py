"""The window of a view, or the buffer that stands for it where there is no display."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    FrameBufferProperties,
    GraphicsEngine,
    GraphicsOutput,
    GraphicsPipe,
    GraphicsPipeSelection,
    GraphicsWindow,
    PNMImage,
    StringStream,
    Texture,
    WindowProperties,
    load_prc_file_data,
)

from drill.view.errors import ViewError

SETTINGS: Final = """
gl-version 3 2
audio-library-name null
window-title Sonae
sync-video true
textures-power-2 none
text-minfilter linear_mipmap_linear
notify-level-egldisplay error
notify-level-device fatal
notify-level-display error
notify-level-x11display error
notify-level-glgsg error
"""
"""OpenGL 3.2 core for our own GLSL 330 shaders; no sound device is asked for; a missing one is no error."""

WAY_ON: Final = (
    "Without a graphics driver the drill still runs: use --view none. "
    "For a picture without a display use --offscreen (Debian: libegl1, libgl1, libgl1-mesa-dri)."
)

SOFTWARE_DRIVERS: Final = ("llvmpipe", "softpipe", "swrast", "swiftshader", "gdi generic", "basic render")

Picture = npt.NDArray[np.uint8]

_configured = False
_pipes: dict[str, GraphicsPipe] = {}
"""A pipe that goes takes the driver's display with it, and no other opens after it: one is kept for the process."""


def configure() -> None:
    """Tell Panda3D, once and before its first pipe, how this house draws."""
    global _configured  # noqa: PLW0603 - Panda3D's configuration is one for the process
    if not _configured:
        load_prc_file_data("sonae", SETTINGS)
        _configured = True


def frame_buffer(*, samples: int) -> FrameBufferProperties:
    """Return what a picture needs: 8 bits a colour, depth of 24 bits, `samples` a pixel."""
    properties = FrameBufferProperties()
    properties.set_rgb_color(True)
    properties.set_rgba_bits(8, 8, 8, 0)
    properties.set_depth_bits(24)
    properties.set_multisamples(samples)
    return properties


class Screen:
    """A window on a display, or a buffer of the same size drawn by EGL.

    Raises:
        ViewError: no graphics driver, no display, or it cannot do OpenGL 3.2.
    """

    def __init__(
        self, *, offscreen: bool, size: tuple[int, int], title: str, samples: int = 4, fullscreen: bool = False
    ) -> None:
        configure()
        self.offscreen = offscreen
        self.engine = GraphicsEngine()
        self.pipe = self._pipe(offscreen)
        self.output = self._open(size, title, samples, fullscreen)
        if self.hurried and samples:
            self.engine.remove_window(self.output)
            self.output = self._open(size, title, 0, fullscreen)
        self._readback: Texture | None = None
        if offscreen:
            self._readback = Texture("readback")
            self.output.add_render_texture(self._readback, GraphicsOutput.RTM_copy_ram)

    @staticmethod
    def _pipe(offscreen: bool) -> GraphicsPipe:
        name = "p3headlessgl" if offscreen else "pandagl"
        if name in _pipes:
            return _pipes[name]
        pipe = GraphicsPipeSelection.get_global_ptr().make_module_pipe(name)
        if pipe is None or not pipe.is_valid():
            where = "no EGL driver answered" if offscreen else "no display answered (is DISPLAY set?)"
            msg = f"cannot draw: {where}, Panda3D's {name} did not start. {WAY_ON}"
            raise ViewError(msg)
        _pipes[name] = pipe
        return pipe

    def _open(self, size: tuple[int, int], title: str, samples: int, fullscreen: bool) -> GraphicsOutput:
        window = _sized(size)
        window.set_title(title)
        window.set_fullscreen(fullscreen)
        if not self.offscreen:
            return self._make(window, size, samples, GraphicsPipe.BF_require_window)
        # EGL's own buffer has one sample a pixel; a frame buffer object beside it has as many as asked for.
        self._host = self._make(_sized((1, 1)), (1, 1), 0, GraphicsPipe.BF_refuse_window)
        return self._make(window, size, samples, GraphicsPipe.BF_refuse_window, self._host)

    def _make(
        self,
        window: WindowProperties,
        size: tuple[int, int],
        samples: int,
        kind: int,
        host: GraphicsOutput | None = None,
    ) -> GraphicsOutput:
        beside = () if host is None else (host.get_gsg(), host)
        for count in dict.fromkeys((samples, 0)):
            flags = kind | GraphicsPipe.BF_fb_props_optional
            output: GraphicsOutput | None = self.engine.make_output(
                self.pipe, "sonae", 0, frame_buffer(samples=count), window, flags, *beside
            )
            if output is None:
                continue
            self.engine.open_windows()
            gsg = output.get_gsg()
            if output.is_valid() and gsg is not None and gsg.get_driver_version_major() >= 3:
                return output
            self.engine.remove_window(output)
        msg = f"cannot draw: the graphics driver opens no OpenGL 3.2 picture of {size[0]} x {size[1]}. {WAY_ON}"
        raise ViewError(msg)

    @property
    def driver(self) -> str:
        """Name of the device that draws."""
        return str(self.output.get_gsg().get_driver_renderer())

    @property
    def hurried(self) -> bool:
        """True for a window that a driver without a graphics card draws: it should look plainer and move."""
        return not self.offscreen and self.software

    @property
    def software(self) -> bool:
        """True where no graphics card draws."""
        return any(name in self.driver.lower() for name in SOFTWARE_DRIVERS)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.output.get_x_size(), self.output.get_y_size()

    @property
    def closed(self) -> bool:
        """True once the window was closed by its person or lost by the system."""
        if not self.output.is_valid():
            return True
        if isinstance(self.output, GraphicsWindow):
            return bool(self.output.is_closed())
        return False

    def render(self) -> None:
        """Draw one picture."""
        self.engine.render_frame()

    def picture(self) -> Picture:
        """Return the picture last drawn, shape (height, width, 3), top row first."""
        if self._readback is not None and self._readback.has_ram_image():
            raw = np.frombuffer(self._readback.get_ram_image_as("RGB").get_data(), np.uint8)
            width, height = self._readback.get_x_size(), self._readback.get_y_size()
            return raw.reshape(height, width, 3)[::-1].copy()
        image = PNMImage()
        if not self.output.get_screenshot(image):
            msg = "no picture has been drawn yet; draw a frame first"
            raise ViewError(msg)
        texture = Texture()
        texture.load(image)
        raw = np.frombuffer(texture.get_ram_image_as("RGB").get_data(), np.uint8)
        return raw.reshape(image.get_y_size(), image.get_x_size(), 3)[::-1].copy()

    def close(self) -> None:
        """Close the window and give back what the driver holds."""
        self.engine.remove_all_windows()


def _sized(size: tuple[int, int]) -> WindowProperties:
    window = WindowProperties()
    window.set_size(*size)
    return window


def to_png(picture: Picture) -> bytes:
    """Return `picture` (height, width, 3) as the bytes of a PNG file."""
    height, width = picture.shape[:2]
    texture = Texture()
    texture.setup_2d_texture(width, height, Texture.T_unsigned_byte, Texture.F_rgb)
    texture.set_ram_image_as(np.ascontiguousarray(picture[::-1]).tobytes(), "RGB")
    image = PNMImage()
    texture.store(image)
    stream = StringStream()
    image.write(stream, "png")
    return bytes(stream.get_data())
