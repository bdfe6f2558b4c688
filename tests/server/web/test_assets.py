from __future__ import annotations

import json
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from server.web.assets import FONTS, ROOT, TOKENS, AssetError, build, main, stylesheets

NODE_MODULES = ROOT / "node_modules"


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """Packages as npm lays them out, with one slice a weight."""
    folder = tmp_path / "node_modules"
    for name in (TOKENS, *FONTS):
        package = folder / name
        (package / "dist").mkdir(parents=True)
        (package / "files").mkdir()
        (package / "package.json").write_text(json.dumps({"version": "1.2.3"}), "utf-8")
        (package / "LICENSE").write_text(f"licence of {name}", "utf-8")
        (package / "dist" / "tokens.css").write_text(":root { --a: 1; }", "utf-8")
        for weight in ("400", "700"):
            for kind in ("woff", "woff2"):
                (package / "files" / f"f-{weight}.{kind}").write_bytes(weight.encode())
            source = f"url(./files/f-{weight}.woff2) format('woff2'), url(./files/f-{weight}.woff) format('woff')"
            (package / f"{weight}.css").write_text(f"@font-face {{ src: {source}; }}\n", "utf-8")
    return folder


def test_build_copies_sheets_fonts_and_licences_under_their_version(node_modules: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "static" / "vendor"
    sheets = build(node_modules=node_modules, vendor=vendor)
    assert sheets == ["design-tokens-1.2.3/tokens.css", "biz-udpgothic-1.2.3/font.css", "noto-sans-jp-1.2.3/font.css"]
    assert stylesheets(vendor) == [f"vendor/{sheet}" for sheet in sheets]
    for sheet in sheets:
        assert (vendor / sheet).is_file()
        assert (vendor / sheet).with_name("LICENSE").read_text("utf-8").startswith("licence of")
    font = vendor / "biz-udpgothic-1.2.3"
    assert sorted(p.name for p in (font / "files").iterdir()) == ["f-400.woff2", "f-700.woff2"]
    assert "format('woff')" not in (font / "font.css").read_text("utf-8")


def test_build_replaces_what_was_there(node_modules: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    (vendor / "old-1").mkdir(parents=True)
    build(node_modules=node_modules, vendor=vendor)
    assert not (vendor / "old-1").exists()


def test_a_missing_package_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssetError, match="npm ci"):
        build(node_modules=tmp_path, vendor=tmp_path / "vendor")
    assert main(["--node-modules", str(tmp_path)]) == 1
    assert TOKENS in capsys.readouterr().err


def test_without_assets_there_are_no_sheets(tmp_path: Path) -> None:
    assert stylesheets(tmp_path / "vendor") == []


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def characters(font: Path) -> set[int]:
    with TTFont(font, lazy=True) as opened:
        return set(opened.getBestCmap())


def test_the_fonts_together_have_the_characters_of_names() -> None:
    if not NODE_MODULES.is_dir():
        pytest.skip("node_modules is not there: run npm ci")
    wanted = {ord(character) for character in "𠮷髙﨑"}
    found = {}
    for name in FONTS:
        slices = (NODE_MODULES / name / "files").glob("*-400-normal.woff")
        found[name] = {c for font in slices for c in characters(font) & wanted}
    assert set.union(*found.values()) == wanted
    assert ord("𠮷") not in found[FONTS[0]], "the second font is not needed any more"
