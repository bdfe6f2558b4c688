"""Copy type and colours from `node_modules` to `static/vendor`, so that every page is served by us alone.

`npm ci` must have run before. Names carry the version, licences lie beside what they are for, and a manifest tells
the templates which style sheets there are. Pages work without any of it, in the system's own type.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
STATIC: Final = Path(__file__).resolve().parent / "static"
VENDOR: Final = STATIC / "vendor"
MANIFEST: Final = "manifest.json"

TOKENS: Final = "@digital-go-jp/design-tokens"
FONTS: Final = ("@fontsource/biz-udpgothic", "@fontsource/noto-sans-jp")
"""The second one is for what the first lacks: 𠮷 of 𠮷田 is not in BIZ UDPGothic."""
WEIGHTS: Final = ("400", "700")

_WOFF: Final = re.compile(r",\s*url\([^)]*\.woff\)\s*format\('woff'\)")
_FILE: Final = re.compile(r"url\(\./files/([^)]+)\)")


class AssetError(RuntimeError):
    """A package is not there or is not as expected. The text says what to run."""


def _package(node_modules: Path, name: str) -> tuple[Path, str]:
    """Return folder and version of an installed package."""
    folder = node_modules / name
    try:
        version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    except FileNotFoundError:
        msg = f"{name} is not in {node_modules}; run `npm ci` in {ROOT.name}/ first"
        raise AssetError(msg) from None
    return folder, str(version)


def _copy_tokens(node_modules: Path, vendor: Path) -> str:
    folder, version = _package(node_modules, TOKENS)
    target = vendor / f"design-tokens-{version}"
    target.mkdir(parents=True)
    shutil.copy2(folder / "dist" / "tokens.css", target / "tokens.css")
    shutil.copy2(folder / "LICENSE", target / "LICENSE")
    return f"{target.name}/tokens.css"


def _copy_font(node_modules: Path, vendor: Path, name: str) -> str:
    """Copy the WOFF2 slices of both weights and one style sheet. Return its path in the vendor folder."""
    folder, version = _package(node_modules, name)
    target = vendor / f"{name.rpartition('/')[2]}-{version}"
    (target / "files").mkdir(parents=True)
    rules = "\n".join((folder / f"{weight}.css").read_text("utf-8") for weight in WEIGHTS)
    rules = _WOFF.sub("", rules)
    for file in sorted(set(_FILE.findall(rules))):
        shutil.copy2(folder / "files" / file, target / "files" / file)
    (target / "font.css").write_text(rules, "utf-8")
    shutil.copy2(folder / "LICENSE", target / "LICENSE")
    return f"{target.name}/font.css"


def build(*, node_modules: Path, vendor: Path = VENDOR) -> list[str]:
    """Fill `vendor` anew from `node_modules`. Return the style sheets, as paths relative to `vendor`.

    Raises:
        AssetError: a package is missing.
    """
    made = vendor.with_name(vendor.name + ".new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    sheets = [_copy_tokens(node_modules, made), *(_copy_font(node_modules, made, name) for name in FONTS)]
    (made / MANIFEST).write_text(json.dumps({"stylesheets": sheets}, indent=1) + "\n", "utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    made.rename(vendor)
    return sheets


def stylesheets(vendor: Path = VENDOR) -> list[str]:
    """Return the vendor style sheets that are there, relative to `static/`; empty where assets were never built."""
    try:
        manifest = json.loads((vendor / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return []
    return [f"vendor/{sheet}" for sheet in manifest["stylesheets"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the assets from the command line. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m server.web.assets", description=__doc__)
    parser.add_argument("--node-modules", type=Path, default=ROOT / "node_modules", help="where npm put the packages")
    options = parser.parse_args(arguments)
    try:
        sheets = build(node_modules=options.node_modules)
    except AssetError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"server/web/static/vendor/{sheet}\n" for sheet in sheets))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
