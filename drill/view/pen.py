"""Writes on the layer over the picture: two weights of letters, the words of a language, one line around a point."""

from __future__ import annotations

from panda3d.core import NodePath

from drill.view.flat import Colour, panel
from drill.view.font import load_fonts
from drill.view.palette import SOLID_SHADE
from drill.view.typeset import Typesetter
from drill.view.wording import wording


class Pen:
    """Letters and words of a HUD.

    Attributes:
        text, bold: set regular and bold letters.
        words: the HUD's own words in its language.

    Raises:
        ViewError: no font with Japanese on this machine.
    """

    def __init__(self, language: str) -> None:
        regular, bold = load_fonts()
        self.text, self.bold = Typesetter(regular), Typesetter(bold)
        self.words = wording(language)

    @property
    def lost(self) -> str:
        """Characters that no font here has; they are shown as 〓."""
        return "".join(sorted(self.text.fonts.lost | self.bold.fonts.lost))

    def middle(
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
        """Write one line around a point, on a dark ground of its own if wished."""
        setter = self.text if regular else self.bold
        if ground:
            wide = setter.width(text, size) + 28
            panel(node, at[0] - wide / 2, at[1] - size * 0.66, wide, size * 1.32, SOLID_SHADE)
        lift = setter.height(text, size, 1e9) * 0.5 if "|" not in text else size * 1.16
        setter.set(node, text, (at[0], at[1] + lift), size=size, colour=colour, align="centre")

    def fitted(self, text: str, size: float, room: float) -> float:
        """Return `size`, or the smaller one at which a line of bold letters is no wider than `room`."""
        wide = self.bold.width(text, size)
        return size if wide <= room else size * room / wide
