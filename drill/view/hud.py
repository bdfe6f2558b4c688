"""What is written over the picture: warning, clock, depth, announcements, questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from panda3d.core import AntialiasAttrib, Camera, NodePath, OrthographicLens, TransparencyAttrib
from shapely import affinity
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.people.state import Posture
from drill.view.flat import Colour, fill, panel, rgb, rounded
from drill.view.font import load_fonts
from drill.view.reading import Asked, Badge, Reading
from drill.view.typeset import Typesetter, without_ruby
from drill.view.window import Screen
from drill.view.wording import wording

HEIGHT: Final = 720.0
"""The HUD is 720 units high on every screen."""
EDGE: Final = 20.0
WHITE: Final = rgb(255, 255, 255)
BLACK: Final = rgb(20, 20, 20)
PALE: Final = rgb(205, 212, 218)
SHADE: Final = rgb(14, 20, 27, 0.80)
SOLID_SHADE: Final = rgb(14, 20, 27, 0.90)
MUD: Final = rgb(150, 116, 70, 0.92)
BODY: Final = rgb(235, 238, 240)
DRILL_GREEN: Final = rgb(0, 116, 74)
ALARM_RED: Final = rgb(200, 30, 30)

LEVEL_COLOURS: Final[dict[int, tuple[Colour, Colour]]] = {
    1: (rgb(255, 255, 255), BLACK),
    2: (rgb(242, 231, 0), BLACK),
    3: (rgb(255, 40, 0), WHITE),
    4: (rgb(170, 0, 170), WHITE),
    5: (rgb(12, 0, 12), WHITE),
}
"""Ground and letters of the warning levels: the colours of the Cabinet Office's table of May 2021."""


class Hud:
    """The parts of the HUD; each is made anew only when what it says changes.

    Raises:
        ViewError: no font with Japanese on this machine.
    """

    def __init__(self, screen: Screen, *, language: str, body_height_m: float, pad: bool = False) -> None:
        regular, bold = load_fonts()
        self.text, self.bold = Typesetter(regular), Typesetter(bold)
        self.words = wording(language)
        self.height_m = body_height_m
        self.pad = pad
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
        """Fit the HUD to a picture of `size` pixels."""
        width = HEIGHT * max(size[0], 1) / max(size[1], 1)
        if width != self.width:
            self.width = width
            self.lens.set_film_size(width, HEIGHT)
            self.lens.set_film_offset(width / 2, HEIGHT / 2)
            for _, node in self._parts.values():
                node.remove_node()
            self._parts.clear()

    def show(self, reading: Reading) -> None:
        """Show what a frame says."""
        self._part("top", (reading.badge, reading.alarm), lambda n: self._top(n, reading.badge, alarm=reading.alarm))
        self._part("clock", (reading.clock, reading.left), lambda n: self._clock(n, reading))
        self._part("depth", reading.depth_cm, lambda n: self._depth(n, reading.depth_cm, reading))
        beside = reading.depth_cm is not None
        self._part("haze", (reading.visibility, beside), lambda n: self._haze(n, reading.visibility, beside=beside))
        quiet = bool(reading.ended or reading.question)
        spoken = reading.subtitles if not reading.ended else ()
        self._part("spoken", spoken, lambda n: self._spoken(n, spoken))
        self._part("note", (reading.note, quiet), lambda n: self._note(n, reading.note, quiet=quiet))
        self._part("asked", reading.question, lambda n: self._asked(n, reading.question))
        self._part("keys", self.pad, self._keys)
        shown = (reading.paused, reading.ended, reading.question is None)
        self._part("cover", shown, lambda n: self._cover(n, reading))

    def _part(self, name: str, content: object, draw: Callable[[NodePath], None]) -> None:
        known = self._parts.get(name)
        if known is not None and known[0] == content:
            return
        if known is not None:
            known[1].remove_node()
        node = self.root.attach_new_node(name)
        draw(node)
        self._parts[name] = (content, node)

    def _top(self, node: NodePath, badge: Badge | None, *, alarm: bool) -> None:
        x, top = EDGE, HEIGHT - EDGE
        tag = self.words["exercise"]
        wide = self.bold.width(tag, 26) + 32
        panel(node, x, top - 64, wide, 64, DRILL_GREEN)
        self._middle(node, tag, (x + wide / 2, top - 32), 26, WHITE)
        x += wide + 10
        if badge is not None:
            x = self._badge(node, badge, x, top)
        if alarm:
            text = self.words["alarm"]
            wide = self.bold.width(text, 22) + 32
            panel(node, x, top - 64, wide, 64, ALARM_RED)
            self._middle(node, text, (x + wide / 2, top - 32), 22, WHITE)

    def _badge(self, node: NodePath, badge: Badge, x: float, top: float) -> float:
        ground, letters = LEVEL_COLOURS[badge.level]
        word = self.words["level_word"]
        name_wide = self.bold.width(badge.name, 30)
        word_wide = self.text.width(word, 17)
        number_wide = self.bold.width(str(badge.level), 48)
        wide = word_wide + number_wide + name_wide + 62
        panel(node, x - 2, top - 66, wide + 4, 68, rgb(255, 255, 255, 0.9), radius=12)
        panel(node, x, top - 64, wide, 64, ground)
        self._middle(node, word, (x + 16 + word_wide / 2, top - 32), 17, letters, regular=True)
        self._middle(node, str(badge.level), (x + 24 + word_wide + number_wide / 2, top - 32), 48, letters)
        name_x = x + 42 + word_wide + number_wide + name_wide / 2
        self._middle(node, badge.name, (name_x, top - 32), 30, letters)
        if badge.historical:
            self.text.set(
                node, self.words["historical"], (x + wide - 8, top - 66), size=15, colour=WHITE, align="right"
            )
        return x + wide + 12

    def _clock(self, node: NodePath, reading: Reading) -> None:
        wide = 150.0
        x, top = self.width - EDGE - wide, HEIGHT - EDGE
        panel(node, x, top - 64, wide, 64, SHADE)
        self.bold.set(node, reading.clock, (x + wide / 2, top - 3), size=27, colour=WHITE, align="centre")
        self._middle(node, reading.left, (x + wide / 2, top - 49), 15, PALE, regular=True)

    def _depth(self, node: NodePath, depth_cm: int | None, reading: Reading) -> None:
        if depth_cm is None:
            return
        x, z, wide, high = EDGE, EDGE + 34, 142.0, 186.0
        panel(node, x, z, wide, high, SHADE)
        scale = (high - 58) / max(self.height_m, 1.0)
        foot, middle = z + 10, x + 46
        figure = affinity.translate(_figure(self.height_m * scale, reading.posture), middle, foot)
        fill(node, figure, BODY)
        level = depth_cm / 100 * scale
        if level > 0:
            tank = rounded(x + 6, foot - 4, 80, min(level, high - 58) + 4, 4)
            fill(node, tank.difference(figure), rgb(150, 116, 70, 0.75))
            fill(node, tank.intersection(figure), MUD)
            fill(node, box(x + 6, foot + level - 1.5, x + 86, foot + level + 1.5), rgb(240, 214, 160))
        for mark in ("30", "60", "100"):
            height = int(mark) / 100 * scale
            fill(node, box(x + 90, foot + height - 0.75, x + 98, foot + height + 0.75), PALE)
            self.text.set(node, mark, (x + 102, foot + height + 11), size=13, colour=PALE)
        self._middle(node, self.words["depth"], (x + wide / 2, z + high - 17), 15, PALE, regular=True)
        text = self.words["depth_value"].format(cm=depth_cm)
        self._middle(node, text, (x + wide / 2, z + high + 20), 30, WHITE, ground=True)

    def _haze(self, node: NodePath, text: str, *, beside: bool) -> None:
        if not text:
            return
        wide = max(150.0, self.bold.width(text, 22) + 36)
        x, z = EDGE + (152 if beside else 0), EDGE + 34
        panel(node, x, z, wide, 74, SHADE)
        self._middle(node, self.words["visibility"], (x + wide / 2, z + 54), 15, PALE, regular=True)
        self._middle(node, text, (x + wide / 2, z + 25), 22, WHITE)

    def _spoken(self, node: NodePath, texts: tuple[str, ...]) -> None:
        if not texts:
            return
        size = 25.0
        room = min(800.0, self.width - 480)
        heights = [self.text.height(t, size, room) for t in texts]
        widths = [min(room, self.text.width(t, size)) for t in texts]
        high, wide = sum(heights) + 26, max(widths) + 52
        x, z = (self.width - wide) / 2, EDGE + 40
        panel(node, x, z, wide, high, SOLID_SHADE, radius=14)
        panel(node, x, z, 7, high, rgb(255, 205, 60), radius=3)
        top = z + high - 11
        for text, tall in zip(texts, heights, strict=True):
            self.text.set(node, text, (x + 26, top), size=size, colour=WHITE, room=room + 1)
            top -= tall

    def _note(self, node: NodePath, text: str, *, quiet: bool) -> None:
        if not text or quiet:
            return
        wide = self.bold.width(text, 22) + 40
        x = (self.width - wide) / 2
        panel(node, x, HEIGHT - 150, wide, 46, SHADE)
        self._middle(node, text, (self.width / 2, HEIGHT - 127), 22, rgb(255, 225, 130))

    def _asked(self, node: NodePath, asked: Asked | None) -> None:
        if asked is None:
            return
        wide = min(520.0, self.width * 0.42)
        room, size = wide - 44, 23.0
        prompt_high = self.bold.height(asked.prompt, size, room)
        option_room = room - 58
        option_highs = [max(50.0, self.text.height(o, 20, option_room) + 20) for o in asked.options]
        high = 44 + prompt_high + 12 + sum(option_highs) + 8 * len(asked.options) + 42
        x, z = self.width - EDGE - wide, max(EDGE + 60, HEIGHT - 110 - high)
        panel(node, x, z, wide, high, SOLID_SHADE, radius=14)
        top = z + high - 10
        self.text.set(node, asked.heading, (x + 22, top), size=16, colour=rgb(255, 205, 60))
        top -= 30
        top -= self.bold.set(node, asked.prompt, (x + 22, top), size=size, colour=WHITE, room=room) + 10
        for number, (option, tall) in enumerate(zip(asked.options, option_highs, strict=True), start=1):
            panel(node, x + 18, top - tall, wide - 36, tall, rgb(255, 255, 255, 0.14), radius=8)
            panel(node, x + 26, top - tall / 2 - 17, 34, 34, WHITE, radius=6)
            self._middle(node, str(number), (x + 43, top - tall / 2), 22, BLACK)
            text_high = self.text.height(option, 20, option_room)
            at = (x + 74, top - (tall - text_high) / 2)
            self.text.set(node, option, at, size=20, colour=WHITE, room=option_room)
            top -= tall + 8
        self.text.set(node, self.words["choose"], (x + 22, top), size=15, colour=PALE)

    def _keys(self, node: NodePath) -> None:
        keys = without_ruby(self.words["pad" if self.pad else "keys"])
        stop = without_ruby(self.words["stop"])
        high = 28.0
        wide = self.text.width(keys, 15) + 26
        panel(node, EDGE, 12, wide, high, SHADE, radius=7)
        self._middle(node, keys, (EDGE + wide / 2, 12 + high / 2), 15, PALE, regular=True)
        stop_wide = self.text.width(stop, 17) + 30
        panel(node, self.width - EDGE - stop_wide, 12, stop_wide, 32, rgb(255, 255, 255, 0.92), radius=7)
        self._middle(node, stop, (self.width - EDGE - stop_wide / 2, 28), 17, BLACK, regular=True)

    def _cover(self, node: NodePath, reading: Reading) -> None:
        if reading.paused and not reading.ended:
            self._card(node, self.words["paused"], [self.words["paused_hint"]], HEIGHT / 2)
        if reading.ended:
            ended: dict[str, Any] = self.words["ended"]
            lines = [ended.get(reading.ended, ""), ended["next"]]
            self._card(
                node, ended["title"], [one for one in lines if one], HEIGHT * 0.55, aside=reading.question is not None
            )

    def _card(self, node: NodePath, title: str, lines: list[str], middle: float, *, aside: bool = False) -> None:
        wide = 520.0 if not aside else min(520.0, self.width * 0.5)
        room = wide - 60
        heights = [self.text.height(t, 21, room) for t in lines]
        title_high = self.bold.height(title, 32, room)
        high = title_high + sum(heights) + 10 * len(lines) + 46
        x = (self.width - wide) / 2 if not aside else EDGE + 170
        top = middle + high / 2
        panel(node, x, top - high, wide, high, SOLID_SHADE, radius=16)
        top -= 20
        top -= self.bold.set(node, title, (x + wide / 2, top), size=32, colour=WHITE, room=room, align="centre") + 8
        for text in lines:
            top -= self.text.set(node, text, (x + wide / 2, top), size=21, colour=PALE, room=room, align="centre") + 10

    def _middle(
        self,
        node: NodePath,
        text: str,
        at: tuple[float, float],
        size: float,
        colour: Colour,
        *,
        regular: bool = False,
        ground: bool = False,
    ) -> None:
        """Write one line around a point."""
        setter = self.text if regular else self.bold
        if ground:
            wide = setter.width(text, size) + 28
            panel(node, at[0] - wide / 2, at[1] - size * 0.66, wide, size * 1.32, SOLID_SHADE)
        lift = setter.height(text, size, 1e9) * 0.5 if "|" not in text else size * 1.16
        setter.set(node, text, (at[0], at[1] + lift), size=size, colour=colour, align="centre")


def _figure(height: float, posture: Posture) -> BaseGeometry:
    """Return the outline of a body from the front, feet at 0."""
    h = height * {Posture.STANDING: 1.0, Posture.CROUCHING: 0.66, Posture.CRAWLING: 0.42}.get(posture, 0.72)
    squat = h / height
    w = height * (1.0 + 0.3 * (1 - squat))
    parts = [Point(0, h - height * 0.075).buffer(height * 0.072)]
    shoulder, hip = h - height * 0.17, h * 0.48
    parts.append(rounded(-w * 0.115, hip, w * 0.23, shoulder - hip, w * 0.05))
    for side in (-1, 1):
        parts.append(rounded(side * w * 0.062 - w * 0.046, 0, w * 0.092, hip + height * 0.06, w * 0.04))
        parts.append(rounded(side * w * 0.155 - w * 0.032, hip * 0.92, w * 0.064, shoulder - hip * 0.92, w * 0.032))
    return unary_union(parts)
