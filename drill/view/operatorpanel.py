"""What is drawn in the operator's window, part by part; nothing here speaks with anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
import numpy as np
from panda3d.core import CardMaker, NodePath, SamplerState, Texture

from drill.people.state import BodyState, Posture
from drill.scenario.scenario import Scenario
from drill.session.announcements import announcements_of
from drill.session.operating import Act, Eye, Snapshot, injects_of
from drill.session.room import Station
from drill.session.roomcall import StationState
from drill.view import operatorplan as colours
from drill.view.asking import Area
from drill.view.flat import Colour, fill_triangles, panel, rgb
from drill.view.hud import Layer
from drill.view.operatorplan import Plan, discs
from drill.view.palette import ALARM_RED, BLACK, GOLD, GROUND, HEIGHT, LEVEL_COLOURS, PALE, SHADE, WHITE
from drill.view.shading import shader
from drill.view.typeset import without_ruby
from drill.view.wording import level_name, operator_wording

EDGE: Final = 16.0
SIDE: Final = 430.0
EYE: Final = (SIDE, SIDE * 9 / 16)
CARD: Final = rgb(255, 255, 255, 0.09)
BUTTON: Final = rgb(255, 255, 255, 0.20)
HEARD: Final = rgb(60, 190, 120)
NOT_HEARD: Final = rgb(240, 170, 40)
STOP_HIGH: Final = 84.0
STRIP: Final = 76.0
CHIP: Final = 38.0
"""Two rows of stations over the plan."""
SILENT_S: Final = 3.0
MOST_INJECTS: Final = 4

Button = tuple[Area, Act, str]


class Panel:
    """Keeps what is known and draws it. Texts are Japanese with English beside: staff of a day may be lent.

    Attributes:
        stopped: whether 訓練中止 was called here and not lifted.
        lost: "" while the drill's program speaks, `over` when it ended, `gone` when it went without a word.
        buttons: where the buttons stand and what they mean.
    """

    def __init__(self, scenario: Scenario, layer: Layer, station: str, *, has_room: bool) -> None:
        self._scenario, self._layer, self._station = scenario, layer, station
        self._has_room = has_room
        self._words = operator_wording()
        self._spoken = announcements_of(scenario.model)
        self._shown: Snapshot | None = None
        self._state: StationState = "waiting"
        self._stations: tuple[Station, ...] = ()
        self._fault = ""
        self._crowd: list[int] | None = None
        self._hazards: dict[str, list[float]] | None = None
        self._eye: Texture | None = None
        self._looks = 0
        self._plan: tuple[float, Plan] | None = None
        self._sets: dict[str, list[Button]] = {}
        self.stopped = False
        self.lost = ""

    @property
    def buttons(self) -> list[Button]:
        """Every button."""
        return [one for some in self._sets.values() for one in some]

    def show(self, shown: Snapshot) -> None:
        """Take a snapshot; people and hazards stay where they were until the next one that has them."""
        self._crowd = shown.live.crowd if shown.live.crowd is not None else self._crowd
        self._hazards = shown.live.hazards if shown.live.hazards is not None else self._hazards
        self._shown, self._state = shown, shown.state

    def look(self, eye: Eye) -> None:
        """Take what the resident sees."""
        if self._eye is None:
            self._eye = Texture("eye")
            self._eye.set_minfilter(SamplerState.FT_linear)
            self._eye.set_magfilter(SamplerState.FT_linear)
        self._eye.setup_2d_texture(eye.width, eye.height, Texture.T_unsigned_byte, Texture.F_rgb)
        rows = np.frombuffer(eye.rgb, np.uint8).reshape(eye.height, eye.width, 3)[::-1]
        self._eye.set_ram_image_as(np.ascontiguousarray(rows).tobytes(), "RGB")
        self._looks += 1

    def state(self, state: StationState) -> None:
        """Take what the station does while no drill is drawn."""
        self._state = state

    def stations(self, stations: tuple[Station, ...], fault: str) -> None:
        """Take who is in the room."""
        self._stations, self._fault = stations, fault

    def drill_lost(self, why: str) -> None:
        """The drill's program is not there any more."""
        self.lost = self.lost or why

    def draw(self) -> None:
        """Draw what changed."""
        layer, width = self._layer, self._layer.width
        layer.part("ground", width, self._ground)
        if self._plan is None or self._plan[0] != width:
            area = (EDGE, EDGE + 34, width - SIDE - 3 * EDGE, HEIGHT - 3 * EDGE - 84 - STRIP)
            self._plan = (width, Plan(self._scenario, layer.pen, area))
        plan, shown = self._plan[1], self._seen()
        layer.part("plan", width, plan.still)
        if shown is not None:
            tick = (width, round(shown.live.t_s * 10), shown.live.ended)
            layer.part("moving", tick, lambda n: plan.moving(n, shown))
        head = (
            width,
            None if shown is None else (int(shown.live.t_s), shown.warning_level, shown.alarm),
            self._about(),
        )
        layer.part("head", head, lambda n: self._head(n, shown))
        layer.part("legend", width, self._legend)
        layer.part("eye", (width, self._looks), self._eye_view)
        layer.part("values", (width, self._values(shown)), lambda n: self._value_card(n, shown))
        fired = () if shown is None else shown.injects
        layer.part("acts", (width, fired, self._state, self.lost), lambda n: self._acts(n, fired))
        heard = tuple((s.name, s.state, s.heard, s.silent_s > SILENT_S) for s in self._stations)
        layer.part("room", (width, heard, self.stopped, self._fault), self._room)
        layer.part("stop", (width, self.stopped), self._stop)

    def _ground(self, node: NodePath) -> None:
        panel(node, 0, 0, self._layer.width, HEIGHT, GROUND, radius=0)

    def _seen(self) -> Snapshot | None:
        if self._shown is None:
            return None
        live = msgspec.structs.replace(self._shown.live, crowd=self._crowd, hazards=self._hazards)
        return msgspec.structs.replace(self._shown, live=live)

    def _about(self) -> str:
        return str(self._words["lost"][self.lost] if self.lost else self._words["state"][self._state])

    def _head(self, node: NodePath, shown: Snapshot | None) -> None:
        pen, model, top = self._layer.pen, self._scenario.model, HEIGHT - EDGE
        pen.bold.set(node, self._station, (EDGE, top + 4), size=20, colour=GOLD)
        title = without_ruby(model.title.in_language("ja"))
        pen.bold.set(node, title, (EDGE, top - 24), size=26, colour=WHITE)
        x = EDGE + max(pen.bold.width(title, 26), 240) + 24
        about = self._about()
        wide = pen.bold.width(about, 22) + 32
        panel(node, x, top - 56, wide, 44, ALARM_RED if self.lost == "gone" else CARD)
        pen.middle(node, about, (x + wide / 2, top - 34), 22, WHITE)
        x += wide + 14
        if shown is not None and shown.warning_level:
            ground, letters = LEVEL_COLOURS[shown.warning_level]
            name = without_ruby(level_name("ja", shown.warning_level, model.naming_era))
            text = f"{shown.warning_level} {name}"
            wide = pen.bold.width(text, 22) + 28
            panel(node, x - 2, top - 58, wide + 4, 48, WHITE)
            panel(node, x, top - 56, wide, 44, ground)
            pen.middle(node, text, (x + wide / 2, top - 34), 22, letters)
        t_s = 0.0 if shown is None else shown.live.t_s
        left = max(0, round(model.clock.duration_s - t_s))
        clock = (model.clock.start + timedelta(seconds=int(t_s))).strftime("%H:%M:%S")
        right = self._layer.width - EDGE
        text = f"{clock}　{t_s // 60:.0f}:{int(t_s) % 60:02d}　残り {left // 60}:{left % 60:02d}"
        pen.bold.set(node, text, (right, top + 2), size=22, colour=WHITE, align="right")

    def _legend(self, node: NodePath) -> None:
        pen, x = self._layer.pen, EDGE
        marks: tuple[tuple[Colour, str], ...] = (
            (colours.RESIDENT, "resident"),
            (colours.MOVING, "moving"),
            (colours.CROWD[int(BodyState.WAITING)], "waiting"),
            (colours.CROWD[int(BodyState.SAFE)], "safe"),
            (colours.OPEN_DOOR, "open"),
            (colours.SHUT_DOOR, "blocked"),
            (colours.WATER, "water"),
            (colours.SMOKE, "smoke"),
        )
        for colour, name in marks:
            word = self._words["legend"][name]
            fill_triangles(node, discs(np.array([(x + 9, EDGE + 9)]), 9.0), colour)
            pen.text.set(node, word, (x + 24, EDGE + 22), size=17, colour=PALE)
            x += 24 + pen.text.width(word, 17) + 20

    @property
    def _x(self) -> float:
        return self._layer.width - SIDE - EDGE

    def _eye_view(self, node: NodePath) -> None:
        top = HEIGHT - EDGE - 36
        wide, high = EYE
        panel(node, self._x, top - high, wide, high, SHADE, radius=4)
        if self._eye is None:
            self._layer.pen.middle(node, self._words["no_eye"], (self._x + wide / 2, top - high / 2), 19, PALE)
            return
        card = CardMaker("eye")
        card.set_frame(self._x, self._x + wide, top - high, top)
        made = node.attach_new_node(card.generate())
        made.set_texture(self._eye)
        made.set_shader(shader("hud.vert", "picture.frag"))

    def _values(self, shown: Snapshot | None) -> tuple[str, ...]:
        if shown is None:
            return ()
        live, words = shown.live, self._words
        rows = [
            words["posture"][Posture(live.posture).name.lower()],
            words["depth"].format(cm=round(live.depth_m * 100)),
            words["visibility"].format(m=f"{shown.visibility_m:.0f}" if shown.visibility_m < 30 else "30+"),
            words["fed"].format(percent=round(live.fed * 100)),
        ]
        if shown.alarm:
            rows.append(words["alarm"])
        if shown.prompt:
            rows.append(words["asked"])
        return tuple(rows)

    def _value_card(self, node: NodePath, shown: Snapshot | None) -> None:
        pen, top = self._layer.pen, HEIGHT - EDGE - 36 - EYE[1] - 8
        rows = self._values(shown)
        for n, text in enumerate(rows):
            x, z = self._x + (n % 2) * (SIDE / 2 + 4), top - 34 - (n // 2) * 38
            panel(node, x, z, SIDE / 2 - 4, 34, CARD, radius=6)
            pen.middle(node, text, (x + SIDE / 4, z + 17), pen.fitted(text, 18, SIDE / 2 - 20), WHITE, regular=True)

    def _acts(self, node: NodePath, fired: tuple[str, ...]) -> None:
        """Draw the injects, pause and stop of this station."""
        pen, words, set_ = self._layer.pen, self._words, []
        z = EDGE + STOP_HIGH + 12
        paused = self._state == "paused"
        half = (SIDE - 10) / 2
        names: tuple[tuple[str, Act], ...] = (
            (words["resume"] if paused else words["pause"], "resume" if paused else "pause"),
            (words["stop_one"], "stop"),
        )
        for n, (text, act) in enumerate(names):
            area = (self._x + n * (half + 10), z, half, 46.0)
            self._button(node, area, text)
            set_.append((area, act, ""))
        z += 54
        for name, label in injects_of(self._scenario)[:MOST_INJECTS]:
            area = (self._x, z, SIDE, 38.0)
            done = name in fired
            text = f"✓ {without_ruby(label)}" if done and pen.bold.fonts.font_of("✓") else without_ruby(label)
            self._button(node, area, text, done=done)
            set_.append((area, "inject", name))
            z += 44
        self._sets["acts"] = set_ if not self.lost else []
        pen.text.set(node, words["injects"], (self._x, z + 22), size=17, colour=PALE)

    def _button(self, node: NodePath, area: Area, text: str, *, done: bool = False) -> None:
        x, z, wide, high = area
        pen = self._layer.pen
        panel(node, x, z, wide, high, CARD if done or self.lost else BUTTON, radius=8)
        size = pen.fitted(text, 20, wide - 24)
        pen.middle(node, text, (x + wide / 2, z + high / 2), size, PALE if done or self.lost else WHITE)

    def _room(self, node: NodePath) -> None:
        """Draw the stations of the room in a strip over the plan; first those that have not heard a stop."""
        pen, words, right = self._layer.pen, self._words, self._x - EDGE
        count = sum(one.heard for one in self._stations)
        title = words["heard"].format(count=count, all=len(self._stations)) if self.stopped else words["room"]
        x, top = EDGE, HEIGHT - EDGE - 68
        pen.bold.set(node, title, (x, top - 1), size=19, colour=GOLD)
        x += pen.bold.width(title, 19) + 16
        left = len(self._stations)
        for one in sorted(self._stations, key=lambda one: (one.heard, one.name)):
            state = words["heard_one"] if one.heard else words["not_yet"] if self.stopped else words["state"][one.state]
            name_wide = min(pen.text.width(one.name, 18), 130.0)
            wide = name_wide + pen.text.width(state, 17) + 60
            if x + wide > right:
                x, top = EDGE, top - CHIP
                if HEIGHT - EDGE - 68 - top > CHIP + 1:
                    break
            colour = HEARD if one.heard else NOT_HEARD if self.stopped or one.silent_s > SILENT_S else PALE
            panel(node, x, top - 32, wide, 34, CARD, radius=8)
            fill_triangles(node, discs(np.array([(x + 17, top - 15)]), 8.0), colour)
            pen.middle(node, one.name, (x + 32 + name_wide / 2, top - 15), pen.fitted(one.name, 18, name_wide), WHITE)
            pen.text.set(node, state, (x + wide - 12, top - 1), size=17, colour=colour, align="right")
            x += wide + 10
            left -= 1
        note = self._fault or ("" if self._has_room else words["no_room"]) or (words["nobody"] if not left else "")
        note = words["more"].format(count=left) if left else note if not self._stations or self._fault else ""
        if note:
            at = (EDGE, HEIGHT - EDGE - 68 - 2 * CHIP + 30) if self._stations else (x, top)
            pen.text.set(node, note, at, size=17, colour=NOT_HEARD)

    def _stop(self, node: NodePath) -> None:
        pen, words = self._layer.pen, self._words
        area = (self._x, EDGE, SIDE, STOP_HIGH)
        x, z, wide, high = area
        panel(node, x - 3, z - 3, wide + 6, high + 6, WHITE, radius=13)
        panel(node, x, z, wide, high, GOLD if self.stopped else ALARM_RED, radius=11)
        colour = BLACK if self.stopped else WHITE
        big = words["lift"] if self.stopped else words["call_off"]
        small = words["lift_how"] if self.stopped else words["call_off_how" if self._has_room else "call_off_here"]
        pen.middle(node, big, (x + wide / 2, z + high * 0.62), 36, colour)
        pen.middle(node, small, (x + wide / 2, z + high * 0.2), 17, colour, regular=True)
        self._sets["stop"] = [(area, "lift" if self.stopped else "room_stop", "")]
