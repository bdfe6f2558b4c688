"""What is written over the picture: warning, clock, depth, announcements, questions. Nothing in it blinks."""

from __future__ import annotations

from collections.abc import Callable

from panda3d.core import AntialiasAttrib, Camera, NodePath, OrthographicLens, TransparencyAttrib

from drill.view.asking import (
    UNMARKED,
    Area,
    Marked,
    draw_asked,
    draw_card,
    draw_keys,
    draw_note,
    draw_quiz,
    draw_spoken,
    draw_stopping,
)
from drill.view.captions import draw_captions
from drill.view.gauges import draw_depth, draw_haze
from drill.view.hudtop import CLOCK, draw_clock, draw_top
from drill.view.palette import (
    ALARM_RED,
    BLACK,
    DRILL_GREEN,
    EDGE,
    HEIGHT,
    LEVEL_COLOURS,
    PALE,
    SHADE,
    SOLID_SHADE,
    WHITE,
)
from drill.view.pen import Pen
from drill.view.reading import Reading
from drill.view.window import Screen

__all__ = [
    "ALARM_RED",
    "BLACK",
    "DRILL_GREEN",
    "EDGE",
    "HEIGHT",
    "LEVEL_COLOURS",
    "PALE",
    "SHADE",
    "SOLID_SHADE",
    "WHITE",
    "Hud",
]


class Layer:
    """A flat layer over the picture, `HEIGHT` units high; what is drawn below `root` is seen.

    Raises:
        ViewError: no font with Japanese on this machine.
    """

    def __init__(self, screen: Screen, *, language: str) -> None:
        self.pen = Pen(language)
        self.text, self.bold, self.words = self.pen.text, self.pen.bold, self.pen.words
        self.root = NodePath("hud")
        self.root.set_transparency(TransparencyAttrib.M_alpha)
        self.root.set_depth_test(False)
        self.root.set_depth_write(False)
        self.root.set_two_sided(True)
        self.root.set_bin("fixed", 0)
        self.root.set_antialias(AntialiasAttrib.M_multisample)
        self.lens = OrthographicLens()
        self.lens.set_near_far(-10, 10)
        camera = Camera("hud", self.lens)
        region = screen.output.make_display_region()
        region.set_sort(10)
        region.set_clear_depth_active(True)
        region.set_camera(self.root.attach_new_node(camera))
        self._parts: dict[str, tuple[object, NodePath]] = {}
        self.width = 0.0
        self.fit(screen.size)

    def fit(self, size: tuple[int, int]) -> None:
        """Fit the layer to a picture of `size` pixels."""
        width = HEIGHT * max(size[0], 1) / max(size[1], 1)
        if width != self.width:
            self.width = width
            self.lens.set_film_size(width, HEIGHT)
            self.lens.set_film_offset(width / 2, HEIGHT / 2)
            for _, node in self._parts.values():
                node.remove_node()
            self._parts.clear()

    def part(self, name: str, content: object, draw: Callable[[NodePath], None]) -> None:
        """Draw a part anew when its content is another than before; parts cover each other in their first order."""
        known = self._parts.get(name)
        if known is not None and known[0] == content:
            return
        sort = len(self._parts) if known is None else known[1].get_sort()
        if known is not None:
            known[1].remove_node()
        node = self.root.attach_new_node(name, sort)
        draw(node)
        self._parts[name] = (content, node)


class Hud(Layer):
    """The HUD of a drill; each part is made anew only when what it says changes.

    Attributes:
        keys: which keys are explained: `keys`, `pad` or `one_button`.
        areas: where the options of the question stand, for the mouse.
    """

    def __init__(self, screen: Screen, *, language: str, body_height_m: float) -> None:
        super().__init__(screen, language=language)
        self.height_m = body_height_m
        self.keys = "keys"
        self.areas: list[Area] = []

    def show(self, reading: Reading, marked: Marked = UNMARKED) -> None:
        """Show what a frame says, and which option is marked."""
        pen, width, badge = self.pen, self.width, reading.badge
        room = width - CLOCK - 2 * EDGE
        threat = reading.threat if not reading.ended else None
        self.part("top", (badge, threat), lambda n: draw_top(pen, n, badge, threat, room=room))
        self.part("clock", (reading.clock, reading.left), lambda n: draw_clock(pen, n, reading, width))
        depth, posture = reading.depth_cm, reading.posture
        self.part(
            "depth",
            (depth, posture),
            lambda n: draw_depth(pen, n, depth, posture=posture, height_m=self.height_m),
        )
        beside = depth is not None
        self.part("haze", (reading.visibility, beside), lambda n: draw_haze(pen, n, reading.visibility, beside=beside))
        spoken = reading.subtitles if not reading.ended else ()
        heard = reading.sounds if not reading.ended else ()
        self.part("heard", heard, lambda n: draw_captions(pen, n, heard, width=width))
        self.part("spoken", spoken, lambda n: draw_spoken(pen, n, spoken, width))
        note = "" if reading.ended or reading.question else reading.note
        self.part("note", note, lambda n: draw_note(pen, n, note, width))
        held = 0.0 if reading.ended else reading.stopping
        self.part("stopping", held, lambda n: draw_stopping(pen, n, held, width))
        self.part("keys", self.keys, lambda n: draw_keys(pen, n, self.keys, width))
        self.part("cover", (reading.paused, reading.ended, reading.question is None), lambda n: self._cover(n, reading))
        asked = (reading.question, marked, reading.ended)
        self.part("asked", asked, lambda n: self._asked(n, reading, marked))

    def _asked(self, node: NodePath, reading: Reading, marked: Marked) -> None:
        draw = draw_quiz if reading.ended else draw_asked
        self.areas = draw(self.pen, node, reading.question, marked, self.width)

    def _cover(self, node: NodePath, reading: Reading) -> None:
        words = self.words
        if reading.ended:
            ended = words["ended"]
            lines = [one for one in (ended.get(reading.ended, ""), ended["next"]) if one]
            draw_card(self.pen, node, ended["title"], lines, self.width, middle=HEIGHT * 0.55)
        elif reading.paused:
            draw_card(self.pen, node, words["paused"], [words["paused_hint"]], self.width, middle=HEIGHT / 2)
