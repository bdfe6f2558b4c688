"""Text set on lines: furigana above, Japanese line breaking, one font after the other for rare characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from panda3d.core import NodePath, TextNode

from drill.view.font import FontChain, clear_borders
from drill.view.shading import shader

RUBY = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
NOT_AT_START: Final = frozenset("、。，．・：；？！」』）】〉》ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ,.!?:;)%")
NOT_AT_END: Final = frozenset("「『（【〈《(")
RUBY_SHARE: Final = 0.46
SMALLEST_RUBY: Final = 11.0
LINE: Final = 1.42
RUBY_LINE: Final = 1.85

Colour = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that stays on one line, with its reading if it has one."""

    text: str
    ruby: str = ""


def pieces_of(text: str) -> list[Piece]:
    """Cut a text into what may stand alone on a line: a character, a Latin word, or a word with furigana."""
    found: list[Piece] = []
    at = 0
    for match in RUBY.finditer(text):
        found += _plain(text[at : match.start()])
        found.append(Piece(match.group(1), match.group(2)))
        at = match.end()
    return found + _plain(text[at:])


def without_ruby(text: str) -> str:
    """Return a text without its readings."""
    return RUBY.sub(r"\1", text)


def _plain(text: str) -> list[Piece]:
    return [Piece(w) for w in re.findall(r"[!-~À-ɏ]+|\n|[^\S\n]+|.", text)]


class Typesetter:
    """Makes nodes from text in the coordinates of the HUD (x right, z up)."""

    def __init__(self, fonts: FontChain) -> None:
        self.fonts = fonts
        self._probe = TextNode("measure")

    def width(self, text: str, size: float) -> float:
        """Return the width of a text on one line, readings left out."""
        total = 0.0
        for run, font in self.fonts.runs(without_ruby(text)):
            self._probe.set_font(font)
            total += self._probe.calc_width(run) * size
        return total

    def lines(self, text: str, size: float, room: float) -> list[list[Piece]]:
        """Break a text into lines no wider than `room`."""
        lines: list[list[Piece]] = [[]]
        used = 0.0
        for piece in pieces_of(text):
            if piece.text == "\n":
                lines.append([])
                used = 0.0
                continue
            wide = max(self.width(piece.text, size), self.width(piece.ruby, ruby_size(size)))
            if used + wide > room and lines[-1] and piece.text[0] not in NOT_AT_START:
                carried: list[Piece] = []
                while len(lines[-1]) > 1 and lines[-1][-1].text in NOT_AT_END:
                    carried.insert(0, lines[-1].pop())
                lines.append(carried)
                used = sum(self.width(p.text, size) for p in carried)
            if not lines[-1] and piece.text.isspace():
                continue
            lines[-1].append(piece)
            used += wide
        return [line for line in lines if line] or [[]]

    def height(self, text: str, size: float, room: float) -> float:
        """Return the height of a text broken into lines."""
        return len(self.lines(text, size, room)) * size * line_height(text)

    def set(
        self,
        parent: NodePath,
        text: str,
        at: tuple[float, float],
        *,
        size: float,
        colour: Colour,
        room: float = 1e9,
        align: str = "left",
    ) -> float:
        """Set a text below the point `at` (its upper left, upper middle or upper right corner).

        Returns:
            The height used.
        """
        step = size * line_height(text)
        lines = self.lines(text, size, room)
        for i, line in enumerate(lines):
            wide = sum(self._advance(p, size) for p in line)
            x = at[0] - {"left": 0.0, "centre": wide / 2, "right": wide}[align]
            baseline = at[1] - step * (i + 1) + size * 0.32
            for piece in line:
                self._piece(parent, piece, (x, baseline), size, colour)
                x += self._advance(piece, size)
        return step * len(lines)

    def _advance(self, piece: Piece, size: float) -> float:
        return max(self.width(piece.text, size), self.width(piece.ruby, ruby_size(size)))

    def _piece(self, parent: NodePath, piece: Piece, at: tuple[float, float], size: float, colour: Colour) -> None:
        wide = self._advance(piece, size)
        base = self.width(piece.text, size)
        self._runs(parent, piece.text, (at[0] + (wide - base) / 2, at[1]), size, colour)
        if piece.ruby:
            small = ruby_size(size)
            over = self.width(piece.ruby, small)
            self._runs(parent, piece.ruby, (at[0] + (wide - over) / 2, at[1] + size * 0.95), small, colour)

    def _runs(self, parent: NodePath, text: str, at: tuple[float, float], size: float, colour: Colour) -> None:
        x = at[0]
        for run, font in self.fonts.runs(text):
            node = TextNode("text")
            node.set_font(font)
            node.set_text(run)
            node.set_text_color(*colour)
            made = parent.attach_new_node(node.generate())
            clear_borders(font)
            made.set_scale(size)
            made.set_pos(x, 0, at[1])
            made.set_shader(shader("hud.vert", "text.frag"))
            x += node.get_width() * size


def ruby_size(size: float) -> float:
    """Return the size of furigana over text of `size`; too small cannot be read."""
    return max(size * RUBY_SHARE, SMALLEST_RUBY)


def line_height(text: str) -> float:
    """Return the line height of a text as a multiple of its size; furigana needs room."""
    return RUBY_LINE if RUBY.search(text) else LINE
