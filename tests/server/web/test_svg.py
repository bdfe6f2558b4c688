from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from server.web.svg.axis import ticks, time_ticks
from server.web.svg.colour import TIME, at
from server.web.svg.curve import Series, curve
from server.web.svg.element import document, element, number, text
from server.web.svg.strip import MIN_OTHERS, strip
from server.web.svg.timeline import Moment, Profile, timeline
from server.web.svg.track import Mark, legend, track

SVG = "{http://www.w3.org/2000/svg}"


class Plan:
    """A plan of one metre a pixel, a floor above the other."""

    size = (960.0, 400.0)
    scale = 10.0

    def to_svg(self, floor: int, x: float, y: float) -> tuple[float, float]:
        return x * self.scale, 200.0 * (1 + floor) - y * self.scale


def parsed(svg: str) -> ElementTree.Element:
    """Return the drawing, well-formed, named, described and without inline style."""
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert desc is not None
    assert desc.text
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {desc.attrib['id']}"
    assert not [e for e in root.iter() if "style" in e.attrib or e.tag == f"{SVG}style"]
    return root


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_and_attributes_are_escaped() -> None:
    svg = document(
        text("<𠮷 & 髙>", 1, 2, data_x='"') + element("g"), width=10, height=5, title="<t>", desc="&", class_="a"
    )
    root = parsed(svg)
    found = root.find(f"{SVG}text")
    assert found is not None
    assert found.text == "<𠮷 & 髙>"
    assert found.attrib["data-x"] == '"'


def test_numbers_are_short() -> None:
    assert [number(v) for v in (1.0, -0.001, 2.345678, 100)] == ["1", "0", "2.35", "100"]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.13, 0.17), (-5, 95), (0, 1657.3)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 12
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)
    steps = np.diff(found)
    assert np.allclose(steps, steps[0])
    mantissa = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9)
    assert round(mantissa, 6) in (1, 2, 5)


def test_ticks_of_nothing() -> None:
    assert ticks(3, 3) == [3]
    assert ticks(math.nan, 1) == []
    assert time_ticks(64) == [0, 10, 20, 30, 40, 50, 60]
    assert time_ticks(0) == [0]


def test_colours_of_time_rise_in_lightness_for_every_eye() -> None:
    brightness = [luminance(c) for c in TIME]
    assert brightness == sorted(brightness)
    assert at(-1) == TIME[0]
    assert at(1) == TIME[-1]
    # 3:1 against white for all but the end, which stands on the white halo's dark outline of the plan.
    assert sum((1.05) / (b + 0.05) >= 3 for b in brightness) >= 7


def test_track_keeps_its_ends_and_never_draws_a_line_between_floors() -> None:
    n = 200
    xy = np.column_stack((np.linspace(0, 50, n), np.zeros(n)))
    floor = np.repeat([0, 1], n // 2).astype(np.int16)
    t = np.linspace(0, 60, n)
    body = track(Plan(), t_s=t, floor=floor, xy=xy, duration_s=60, start_label="開始")
    lines = [[tuple(map(float, p.split(","))) for p in m.split()] for m in re.findall(r'points="([^"]+)"', body)]
    assert lines[0][0] == (0, 200)
    assert lines[-1][-1] == (500, 400)
    assert all(len({y for _, y in line}) == 1 for line in lines)
    assert len(set(re.findall(r'stroke="(#[0-9a-f]{6})"', body)) & set(TIME)) == len(TIME)


def test_marks_at_one_place_do_not_cover_each_other() -> None:
    t = np.array([0.0, 1.0])
    xy = np.array([[10.0, 5.0], [11.0, 5.0]])
    marks = [Mark(str(n), 0, 10.0, 5.0) for n in (1, 2, 3)]
    body = track(Plan(), t_s=t, floor=np.zeros(2, np.int16), xy=xy, duration_s=1, marks=marks, start_label="開始")
    signs = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="12"', body)]
    assert len(signs) == 3
    gaps = [math.dist(a, b) for i, a in enumerate(signs) for b in signs[:i]]
    assert min(gaps) >= 25


def test_track_of_nothing_is_nothing() -> None:
    empty = np.empty(0)
    assert (
        track(Plan(), t_s=empty, floor=np.empty(0, np.int16), xy=np.empty((0, 2)), duration_s=0, start_label="") == ""
    )


def test_legend_names_start_middle_and_end() -> None:
    made = legend(label="色は時間", clock=["0:00", "0:30", "1:00"])
    assert made.count("<rect") == len(TIME)
    assert all(name in made for name in ("0:00", "0:30", "1:00"))


def test_timeline_places_marks_by_time_and_keeps_them_apart() -> None:
    moments = [Moment(t, str(n), "cue") for n, t in enumerate((10.0, 10.1, 30.0), start=1)]
    svg = timeline(
        duration_s=60,
        lanes=[("警報", []), ("合図", moments)],
        profiles=[Profile("水深 (m)", [0, 30, 60], [0, 0.4, 0.7], 0.7)],
        bands=[(3.0, 20.0, "動き始めるまで")],
        clock_label="分:秒",
        title="時間の流れ",
        desc="3 つ",
    )
    root = parsed(svg)
    circles = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter(f"{SVG}circle")]
    assert len(circles) == 3
    assert circles[0][1] != circles[1][1]
    assert circles[2][0] - circles[0][0] == pytest.approx((circles[2][0] - 132) * 20 / 30, rel=0.02)


def test_timeline_of_nothing() -> None:
    parsed(timeline(duration_s=0, lanes=[], clock_label="s", title="t", desc="d"))


def test_strip_shows_everybody_once_and_oneself_as_another_shape() -> None:
    others = [10.0, 10.0, 12.0, 30.0]
    root = parsed(strip(others=others, own=11.0, unit="秒", own_label="自分", title="t", desc="d"))
    circles = [(c.attrib["cx"], c.attrib["cy"]) for c in root.iter(f"{SVG}circle")]
    assert len(set(circles)) == len(others)
    assert len(list(root.iter(f"{SVG}path"))) == 1
    words = " ".join(t.text or "" for t in root.iter(f"{SVG}text"))
    assert "自分 11 秒" in words
    assert "位" not in words


def test_strip_without_own_value_has_no_diamond() -> None:
    root = parsed(strip(others=[1, 2, 3, 4], own=None, unit="s", own_label="You", title="t", desc="d"))
    assert not list(root.iter(f"{SVG}path"))


def test_strip_of_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match=f"at least {MIN_OTHERS}"):
        strip(others=[1.0] * (MIN_OTHERS - 1), own=1.0, unit="s", own_label="You", title="t", desc="d")


def test_curve_breaks_where_there_is_no_value() -> None:
    nan = math.nan
    svg = curve([Series("v", [0, 1, 2, 3, 4], [1, 2, nan, 2, 1])], x_label="x", y_label="y", title="t", desc="d")
    lines = list(parsed(svg).iter(f"{SVG}polyline"))
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 2]


def test_two_curves_are_told_apart_by_more_than_colour() -> None:
    series = [Series("甲", [0, 1], [0, 1]), Series("乙", [0, 1], [1, 0])]
    root = parsed(curve(series, x_label="x", y_label="y", title="t", desc="d"))
    lines = list(root.iter(f"{SVG}polyline"))
    assert len({line.attrib.get("stroke-dasharray") for line in lines}) == 2
    assert {"甲", "乙"} <= {t.text for t in root.iter(f"{SVG}text")}


def test_curve_of_nothing() -> None:
    parsed(curve([Series("v", [], [])], x_label="x", y_label="y", title="t", desc="d"))
