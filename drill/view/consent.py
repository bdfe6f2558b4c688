"""The page before a drill without ticket: may this run be recorded? Nothing is kept unless the answer is yes."""

from __future__ import annotations

from typing import Any

from panda3d.core import NodePath

from drill.view.choice import GOLD, PATIENCE_S, POINT, SIDE, SMALL, TITLE, ChoicePage, answer_of
from drill.view.palette import PALE, WHITE

__all__ = ["PATIENCE_S", "ConsentPage", "answer_of"]


class ConsentPage(ChoicePage):
    """Asks once, over the whole picture. Who has not answered in time is not recorded."""

    @property
    def version(self) -> str:
        """Version of the text that is agreed to."""
        return str(self._words["version"])

    @property
    def _words(self) -> dict[str, Any]:
        words: dict[str, Any] = self._hud.words["consent"]
        return words

    def ask(self) -> bool:
        """Show the page until it is answered. No answer, or a closed window, is no consent."""
        return self.choose() is True

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw what is recorded, what for and for how long, and the two answers."""
        hud, words = self._hud, self._words
        top -= hud.bold.set(node, words["title"], (SIDE, top), size=TITLE, colour=WHITE, room=room) + 8
        for heading, text in words["points"]:
            top -= hud.bold.set(node, heading, (SIDE, top), size=SMALL, colour=GOLD, room=room)
            top -= hud.text.set(node, text, (SIDE, top), size=POINT, colour=WHITE, room=room) + 6
        top = self.options(node, top - 8, room, (words["yes"], words["no"]))
        hud.text.set(node, words["hint"], (SIDE, top), size=SMALL, colour=PALE, room=room)
