"""The pages after a run: what happened, the answers, what to do at home, this moment again. Nobody is graded.

Every page goes on with any of keyboard, mouse, gamepad or one button, and by itself after a while: the next person
is waiting, and nobody has to know how to leave.
"""

from __future__ import annotations

from typing import Any, Final

from panda3d.core import NodePath
from shapely.geometry import box

from drill.session.lookback import Explained, Fact, LookBack
from drill.view.choice import OPTION_HIGH, SIDE, Page
from drill.view.devices import Devices
from drill.view.flat import fill, panel, rgb
from drill.view.hud import Layer
from drill.view.palette import ALARM_RED, DRILL_GREEN, GOLD, HEIGHT, PALE, WHITE
from drill.view.window import Screen

READING_S: Final = 90.0
"""A page that nobody answers goes on by itself."""
HALT_S: Final = 600.0
TITLE: Final = 40.0
HEAD: Final = 27.0
BODY: Final = 24.0
SIZES: Final = (1.3, 1.15, 1.0, 0.9, 0.8, 0.7, 0.62)
FOOT: Final = OPTION_HIGH + 58
CARD: Final = rgb(255, 255, 255, 0.08)


def filled(text: str, values: dict[str, str]) -> str:
    """Put values into {name}; leave furigana {漢字|かんじ} as it is."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


class DebriefPage(Page):
    """A page with a title above, one or more options below, and rows of (number, head, body) between."""

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, **more: Any) -> None:
        super().__init__(screen, devices, hud, **({"patience_s": READING_S} | more))

    @property
    def _words(self) -> dict[str, Any]:
        words: dict[str, Any] = self._hud.words["debrief"]
        return words

    def _title(self, node: NodePath, top: float, room: float, title: str, under: str = "") -> float:
        hud = self._hud
        top -= hud.bold.set(node, title, (SIDE, top), size=TITLE, colour=WHITE, room=room)
        if under:
            top -= hud.text.set(node, under, (SIDE, top), size=BODY, colour=PALE, room=room)
        return top - 12

    def _rows(self, node: NodePath, top: float, room: float, rows: list[tuple[str, str, str]], *, least: float) -> None:
        """Draw rows in cards that share the height between `top` and `least`; letters shrink where they must."""
        hud, inner = self._hud, room - 116
        for share in SIZES:
            highs = [
                hud.bold.height(head, HEAD * share, inner) + (hud.text.height(body, BODY * share, inner) if body else 0)
                for _, head, body in rows
            ]
            if sum(highs) + len(rows) * 34 <= top - least:
                break
        spare = max(0.0, (top - least - sum(highs) - len(rows) * 34) / max(len(rows), 1))
        for (mark, head, body), tall in zip(rows, highs, strict=True):
            high = tall + 22 + min(spare, 26.0)
            panel(node, SIDE, top - high, room, high, CARD, radius=14)
            panel(node, SIDE + 18, top - high / 2 - 29, 58, 58, DRILL_GREEN, radius=27)
            hud.pen.middle(node, mark, (SIDE + 47, top - high / 2), 32, WHITE)
            at = top - (high - tall) / 2
            at -= hud.bold.set(node, head, (SIDE + 96, at), size=HEAD * share, colour=WHITE, room=inner)
            if body:
                hud.text.set(node, body, (SIDE + 96, at), size=BODY * share, colour=PALE, room=inner)
            top -= high + 12

    def _going_on(self, node: NodePath, room: float, words: tuple[str, ...]) -> None:
        self.options(node, FOOT, room, words)
        self._how(node, room)

    def _how(self, node: NodePath, room: float) -> None:
        """Say at the foot how one goes on."""
        text = self._words["how_one" if self.count == 1 else "how"]
        self._hud.text.set(node, text, (SIDE, 54), size=19, colour=PALE, room=room)


class HappenedPage(DebriefPage):
    """Thanks first; then three facts, each with a kind word."""

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, facts: tuple[Fact, ...], ended: str, **more: Any):
        super().__init__(screen, devices, hud, **more)
        self._facts, self._ended = facts, ended

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw the facts."""
        words, ended = self._words, self._hud.words["ended"]
        top = self._title(node, top, room, words["thanks"], str(ended.get(self._ended, "")))
        rows = []
        for number, fact in enumerate(self._facts, start=1):
            head, body = words["facts"][fact.rule]
            rows.append((str(number), filled(head, fact.values), filled(body, fact.values)))
        self._rows(node, top, room, rows, least=FOOT + 10)
        self._going_on(node, room, (words["to_quiz"],))


class AnswersPage(DebriefPage):
    """The questions with their answers and reasons, for everybody the same."""

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, explained: tuple[Explained, ...], **more: Any):
        super().__init__(screen, devices, hud, **more)
        self._explained = explained

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw question, answer and why."""
        words = self._words
        top = self._title(node, top, room, words["answers"])
        rows = []
        for number, one in enumerate(self._explained, start=1):
            answer = filled(words["answer"], {"answer": one.answer})
            rows.append((str(number), one.question, f"{answer}\n{one.why}" if one.why else answer))
        self._rows(node, top, room, rows, least=FOOT + 10)
        self._going_on(node, room, (words["go_on"],))


class HomePage(DebriefPage):
    """What to do at home, few enough to be remembered."""

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, home: tuple[str, ...], **more: Any):
        super().__init__(screen, devices, hud, **more)
        self._home = home

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw the things to do."""
        words = self._words
        top = self._title(node, top, room, words["home"], words["home_under"])
        rows = [(str(number), text, "") for number, text in enumerate(self._home, start=1)]
        self._rows(node, top, room, rows, least=FOOT + 10)
        self._going_on(node, room, (words["go_on"],))


class AgainPage(DebriefPage):
    """Offers each moment again, and to leave it at that: the last option, and what Escape means."""

    def __init__(
        self, screen: Screen, devices: Devices, hud: Layer, moments: tuple[tuple[str, float], ...], **more: Any
    ):
        super().__init__(screen, devices, hud, **more)
        self._moments = moments
        self.LEAVE = len(moments)

    @property
    def count(self) -> int:
        """The moments and the end."""
        return len(self._moments) + 1

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw the moments as options, one below the other."""
        words = self._words
        top = self._title(node, top, room, words["again"], words["again_under"])
        texts = [
            filled(words["again_at"], {"time": f"{t // 60:.0f}:{t % 60:02.0f}"}) + text for text, t in self._moments
        ]
        self.options(node, top - 10, room, (*texts, words["finish"]), columns=1)
        self._how(node, room)


class ReadyPage(DebriefPage):
    """Before a moment is played again: it begins when the person says so."""

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw what comes."""
        words = self._words
        self._title(node, top - 190, room, words["ready"], words["ready_under"])
        self._going_on(node, room, (words["begin"],))


class HaltPage(Page):
    """訓練中止: everything stops, and what to do is said in large letters. It stays until it is lifted."""

    COUNT = 0

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, **more: Any) -> None:
        super().__init__(screen, devices, hud, **({"patience_s": HALT_S} | more))

    def option(self) -> int | None:
        """Show the page while everything is called off."""
        called_off = self._devices.interrupted
        self._devices.interrupted = lambda: not called_off()
        try:
            return super().option()
        finally:
            self._devices.interrupted = called_off

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw the words: the drill is called off, listen to staff."""
        hud, words = self._hud, self._hud.words["halt"]
        fill(node, box(0, 0, hud.width, HEIGHT), ALARM_RED)
        at = top - 90
        middle = hud.width / 2
        at -= hud.bold.set(node, words["title"], (middle, at), size=92, colour=WHITE, room=room, align="centre")
        at -= hud.bold.set(node, words["what"], (middle, at - 10), size=42, colour=WHITE, room=room, align="centre")
        at -= hud.text.set(node, words["how"], (middle, at - 30), size=30, colour=WHITE, room=room, align="centre")
        hud.bold.set(node, words["other"], (middle, at - 60), size=30, colour=GOLD, room=room, align="centre")


class Debrief:
    """Shows the pages one after another on a screen.

    Args:
        screen, devices, hud: as for any page.
        more: patience_s, clock and rest, as for any page.
    """

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, **more: Any) -> None:
        self._on = (screen, devices, hud)
        self._more = more

    def happened(self, facts: tuple[Fact, ...], ended: str) -> None:
        """Show what happened."""
        HappenedPage(*self._on, facts, ended, **self._more).option()

    def look_back(self, told: LookBack) -> int | None:
        """Show answers, home and moments; return which moment is to be played again, from 0, or None."""
        if told.explained:
            AnswersPage(*self._on, told.explained, **self._more).option()
        if told.home:
            HomePage(*self._on, told.home, **self._more).option()
        if not told.moments:
            return None
        chosen = AgainPage(*self._on, told.moments, **self._more).option()
        return chosen if chosen is not None and chosen < len(told.moments) else None

    def ready(self) -> None:
        """Wait until the person is ready for the moment."""
        ReadyPage(*self._on, **self._more).option()

    def halt(self) -> None:
        """Show that everything was called off, until it is lifted or the window is closed."""
        HaltPage(*self._on, **self._more).option()
