"""The page after a recorded drill without ticket: by which codes the record can be taken back, now or at home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import segno
from panda3d.core import NodePath
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.view.choice import GOLD, POINT, SIDE, SMALL, TITLE, ChoicePage
from drill.view.devices import Devices
from drill.view.flat import fill, panel
from drill.view.hud import Layer
from drill.view.palette import BLACK, PALE, WHITE
from drill.view.window import Screen
from drill.withdrawal import format_withdrawal_code

PATIENCE_S: Final = 90.0
"""Then the page goes: the next person must not see the code."""
QR: Final = 300.0
QUIET: Final = 4
"""Modules of white that a QR has around it."""
CODE: Final = 46.0


@dataclass(frozen=True, slots=True)
class Codes:
    """What a person needs to take a record back: its run code, a code of their own, and both in an address."""

    run: str
    own: str
    address: str


class FarewellPage(ChoicePage):
    """Shows the codes and asks whether the record stays; who wants it deleted is asked once more.

    Args:
        screen, devices, hud: as for any page.
        codes: what is shown.
        more: patience_s, clock and rest, as for any page.
    """

    def __init__(self, screen: Screen, devices: Devices, hud: Layer, codes: Codes, **more: Any) -> None:
        super().__init__(screen, devices, hud, **({"patience_s": PATIENCE_S} | more))
        self._codes = codes
        self._sure: Callable[[], bool] = lambda: SurePage(screen, devices, hud, **more).choose() is False

    def ask(self) -> bool:
        """Show the codes until they are answered; return whether the record is to be deleted at once."""
        while self.choose() is False:
            if self._screen.closed:
                return False
            if self._sure():
                return True
        return False

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw the QR beside the codes, what they are for, and the two answers."""
        hud, words = self._hud, self._hud.words["farewell"]
        top -= hud.bold.set(node, words["title"], (SIDE, top), size=TITLE, colour=WHITE, room=room) + 8
        panel(node, SIDE, top - QR, QR, QR, WHITE, radius=8).set_tag("qr", "")
        fill(node, qr_shape(self._codes.address, SIDE, top - QR, QR), BLACK)
        x, beside, at = SIDE + QR + 30, room - QR - 30, top
        for heading, code in (
            (words["run"], f"{self._codes.run[:4]}-{self._codes.run[4:]}"),
            (words["code"], format_withdrawal_code(self._codes.own)),
        ):
            at -= hud.bold.set(node, heading, (x, at), size=SMALL, colour=GOLD, room=beside)
            at -= hud.bold.set(node, code, (x, at), size=CODE, colour=WHITE, room=beside) + 4
        at -= hud.text.set(node, words["how"], (x, at), size=POINT, colour=WHITE, room=beside)
        end = self.options(node, min(at, top - QR) - 16, room, (words["keep"], words["delete"]))
        hud.text.set(node, words["hint"], (SIDE, end), size=SMALL, colour=PALE, room=room)


class SurePage(ChoicePage):
    """Asks once more before a record is deleted."""

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw the question and the two answers."""
        hud, words = self._hud, self._hud.words["farewell"]
        top -= hud.bold.set(node, words["sure"], (SIDE, top), size=TITLE, colour=WHITE, room=room) + 8
        top -= hud.text.set(node, words["sure_means"], (SIDE, top), size=POINT, colour=WHITE, room=room)
        self.options(node, top - 24, room, (words["keep"], words["delete"]))


def qr_shape(text: str, x: float, z: float, size: float) -> BaseGeometry:
    """Return the dark modules of a QR in a square whose lower left is x, z, its quiet zone inside."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    step = size / (len(rows) + 2 * QUIET)
    top = z + size - QUIET * step
    bars = []
    for number, row in enumerate(rows):
        begin = None
        for column, dark in enumerate([*row, 0]):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                left, right = x + (QUIET + begin) * step, x + (QUIET + column) * step
                bars.append(box(left, top - (number + 1) * step, right, top - number * step))
                begin = None
    return unary_union(bars)
