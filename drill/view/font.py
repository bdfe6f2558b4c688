"""Fonts that have Japanese, looked for on this machine; a character that one lacks is taken from the next."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from panda3d.core import DynamicTextFont, Filename, SamplerState, TextNode

from drill.view.errors import ViewError

FOLDERS_VARIABLE: Final = "SONAE_FONTS"
"""Folders to look in first, separated as in PATH."""
REGULAR: Final = (
    "BIZUDPGothic-Regular.ttf",
    "BIZUDGothic-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.ttf",
    "NotoSansJP-Regular.otf",
    "ipaexg.ttf",
    "ipag.ttf",
    "BIZ-UDGothicR.ttc",
    "YuGothM.ttc",
    "meiryo.ttc",
    "ヒラギノ角ゴシック W4.ttc",
    "msgothic.ttc",
    "DejaVuSans.ttf",
)
"""Files by preference. The first face of a collection is its Japanese one."""
BOLD: Final = (
    "BIZUDPGothic-Bold.ttf",
    "BIZUDGothic-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJKjp-Bold.otf",
    "NotoSansJP-Bold.ttf",
    "NotoSansJP-Bold.otf",
    "BIZ-UDGothicB.ttc",
    "YuGothB.ttc",
    "meiryob.ttc",
    "ヒラギノ角ゴシック W7.ttc",
    "DejaVuSans-Bold.ttf",
)
MUST_HAVE: Final = "訓練あア避難レベル0123"
MISSING: Final = "〓"
"""Shown for a character that no font has: the printers' mark for a missing type."""
PACKAGES: Final = "fonts-morisawa-bizud-gothic and fonts-noto-cjk (Debian)"
INVISIBLE: Final = re.compile("[\u200b-\u200f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors and the like: no font here chooses glyphs by them, and nothing is lost without."""
PIXELS_PER_UNIT: Final = 48


def font_folders() -> list[Path]:
    """Return the folders where fonts may lie on this system."""
    named = [Path(p) for p in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if p]
    home = Path.home()
    if sys.platform == "win32":
        system = [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    elif sys.platform == "darwin":
        system = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    else:
        system = [
            Path("/usr/share/fonts"),
            Path("/usr/local/share/fonts"),
            home / ".local/share/fonts",
            home / ".fonts",
        ]
    return [*named, *system]


def find_fonts(names: Sequence[str], folders: Iterable[Path]) -> list[Path]:
    """Return the files of `names` that lie in `folders` or below, in the order of `names`."""
    wanted = {n.casefold() for n in names}
    found: dict[str, Path] = {}
    for folder in folders:
        if folder.is_dir():
            for path in sorted(folder.rglob("*")):
                key = path.name.casefold()
                if key in wanted and key not in found:
                    found[key] = path
    return [found[n.casefold()] for n in names if n.casefold() in found]


class FontChain:
    """Fonts in the order in which they are asked for a character.

    Raises:
        ViewError: none of them has Japanese.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self._fonts = [f for f in (_load(p) for p in self.paths) if f is not None]
        self._of: dict[str, DynamicTextFont | None] = {}
        self.lost: set[str] = set()
        """Characters that were asked for and that no font has."""
        # Its stub asks for a number where Panda3D takes the character.
        self._probe: Any = TextNode("probe")
        lost = [c for c in MUST_HAVE if self.font_of(c) is None]
        if lost:
            msg = (
                f"no font here can write {''.join(lost)!r}; install {PACKAGES}, or name a folder with a Japanese font "
                f"in {FOLDERS_VARIABLE}. Without one the drill still runs: use --view none"
            )
            raise ViewError(msg)

    def font_of(self, character: str) -> DynamicTextFont | None:
        """Return the first font that has `character`, else None."""
        if character not in self._of:
            self._of[character] = next((f for f in self._fonts if self._has(f, character)), None)
        return self._of[character]

    def _has(self, font: DynamicTextFont, character: str) -> bool:
        self._probe.set_font(font)
        return bool(self._probe.has_exact_character(character))

    def runs(self, text: str) -> list[tuple[str, DynamicTextFont]]:
        """Cut `text` into pieces of one font each; what no font has becomes 〓 or, failing that, a question mark."""
        pieces: list[tuple[str, DynamicTextFont]] = []
        for character in INVISIBLE.sub("", text):
            font = self.font_of(character)
            if font is None:
                self.lost.add(character)
                character = MISSING if self.font_of(MISSING) else "?"  # noqa: PLW2901 - the stand-in takes its place
                font = self.font_of(character)
            if font is None:
                continue
            if pieces and pieces[-1][1] is font:
                pieces[-1] = (pieces[-1][0] + character, font)
            else:
                pieces.append((character, font))
        return pieces


def _load(path: Path) -> DynamicTextFont | None:
    font = DynamicTextFont(Filename.from_os_specific(str(path)), 0)
    if not font.is_valid():
        return None
    font.set_pixels_per_unit(PIXELS_PER_UNIT)
    font.set_page_size(1024, 1024)
    font.set_scale_factor(1)
    font.set_minfilter(SamplerState.FT_linear_mipmap_linear)
    return font


def clear_borders(font: DynamicTextFont) -> None:
    """Let nothing bleed in from outside a font's pages.

    Their border is white with alpha 0, but a core profile keeps an alpha texture in its red channel: the border would
    count as ink.
    """
    for number in range(font.get_num_pages()):
        page = font.get_page(number)
        if page.get_wrap_u() != SamplerState.WM_clamp:
            page.set_wrap_u(SamplerState.WM_clamp)
            page.set_wrap_v(SamplerState.WM_clamp)


def load_fonts() -> tuple[FontChain, FontChain]:
    """Return the regular and the bold fonts of this machine.

    Raises:
        ViewError: no font with Japanese was found.
    """
    folders = font_folders()
    regular = find_fonts(REGULAR, folders)
    return FontChain(regular), FontChain([*find_fonts(BOLD, folders), *regular])
