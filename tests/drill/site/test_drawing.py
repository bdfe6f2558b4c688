from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drill.site.drawing import PlanDrawing
from drill.site.svg import number, paragraph, plain, text, wrapped

SVG = "{http://www.w3.org/2000/svg}"


def test_scale_and_places(site):
    drawing = PlanDrawing(site, width=700.0)
    ax, ay = drawing.to_svg(0, 1.0, 1.0)
    bx, by = drawing.to_svg(0, 3.0, 2.0)
    assert bx - ax == pytest.approx(2 * drawing.scale)
    assert ay - by == pytest.approx(drawing.scale), "up on the site is up on the plan"
    assert drawing.to_svg(1, 11.0, 1.0)[1] < drawing.to_svg(0, 11.0, 1.0)[1], "the upper floor stands above"
    width, height = drawing.size
    for floor in site.floors:
        for x, y in floor.outline.exterior.coords:
            px, py = drawing.to_svg(floor.index, x, y)
            assert 0 <= px <= width
            assert 0 <= py <= height


def test_document_is_whole_and_told_in_words(site):
    drawing = PlanDrawing(site)
    root = ElementTree.fromstring(drawing.document(drawing.base(), title="a & b", desc="<two> rooms"))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "a & b"
    assert root.find(f"{SVG}desc").text == "<two> rooms"
    assert [g.get("data-floor") for g in root.iter(f"{SVG}g") if g.get("class") == "floor"] == ["ground", "loft"]
    assert [g.get("data-door") for g in root.iter(f"{SVG}g") if g.get("class") == "door"] == ["door"]


def test_one_floor_alone(site):
    drawing = PlanDrawing(site)
    assert 'data-floor="loft"' in drawing.base(1)
    assert 'data-floor="ground"' not in drawing.base(1)
    assert drawing.names(0) in drawing.base(0)
    assert drawing.names(0) not in drawing.base(0, labels=False)


def test_numbers_are_short():
    assert [number(v) for v in (1.0, 1.005, -0.001, 0.5, 1234.567)] == ["1", "1", "0", "0.5", "1234.57"]


def test_texts_are_escaped():
    assert "<b>" not in text(0, 0, "<b>&", fill='"')


def test_japanese_wraps_anywhere_but_before_a_full_stop():
    lines = wrapped("水が入ってきました。すぐに上がってください。", width=120, size=12)
    assert "".join(lines) == "水が入ってきました。すぐに上がってください。"
    assert len(lines) == 3
    assert not any(line.startswith("。") for line in lines)


def test_english_wraps_between_words():
    lines = wrapped("Walk to the upper gallery now", width=80, size=12)
    assert len(lines) > 1
    assert " ".join(lines) == "Walk to the upper gallery now"


def test_paragraph_says_where_it_ends():
    body, after = paragraph(0, 100, "水" * 30, width=120, size=12, leading=1.5)
    assert body.count("<text") == 3
    assert after == 100 + 3 * 18


def test_readings_are_left_out():
    assert plain("{水|みず}と{火|ひ}") == "水と火"
