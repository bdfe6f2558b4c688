from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drill.scenario.loading import load_scenario
from drill.scenario.model import Text
from drill.scenario.picture import plan_svg
from drill.scenario.timing import happenings_of
from drill.scenario.words import pair_of, thing_word, word

SVG = "{http://www.w3.org/2000/svg}"


def texts_of(svg):
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", ["classroom-quake", "gym-flood", "school-smoke"])
def test_plan_says_all_that_a_member_of_staff_needs(scenarios, name):
    scenario = load_scenario(scenarios / name)
    model = scenario.model
    svg = plan_svg(scenario)
    said = "\n".join(texts_of(svg))
    wanted = [pair_of(model.title, "")[0], pair_of(model.title, "")[1], *word("legend"), *word("exercise")]
    wanted += [pair_of(group.name, "")[0] for group in model.crowd.groups]
    wanted += [pair_of(hazard.name, "")[0] for hazard in model.hazards]
    wanted += [pair_of(objective.text, "")[0] for objective in model.objectives]
    wanted += [pair_of(option.text, "")[0] for decision in model.decisions for option in decision.options]
    wanted += [zone.label["ja"] for zone in scenario.site.zones if zone.id in ("hall", "lobby", "class-1")]
    wanted += [f"レベル{warning.level}" for warning in model.warnings]
    for one in wanted:
        assert one in said, one
    people = ElementTree.fromstring(svg).findall(f".//{SVG}g[@class='group']/{SVG}circle")
    assert len(people) == sum(group.n for group in model.crowd.groups)


def test_plan_is_the_same_each_time_and_refers_to_nothing_outside(scenarios):
    scenario = load_scenario(scenarios / "gym-flood")
    svg = plan_svg(scenario)
    assert svg == plan_svg(scenario)
    assert "href" not in svg
    assert "url(" not in svg


def test_texts_are_escaped_and_readings_left_out(gym):
    gym.replace("ja: 体育館に川の水が入ってくる", 'ja: "<script>&{体育館|たいいくかん}𠮷"')
    svg = plan_svg(load_scenario(gym.folder))
    assert "<script" not in svg
    assert "<script>&体育館𠮷" in "".join(texts_of(svg))


def test_route_avoids_the_wrong_door(scenarios):
    """The resident's nearest refuge in the smoke lies behind the wrong exit: the plan shows the right way."""
    scenario = load_scenario(scenarios / "school-smoke")
    svg = plan_svg(scenario)
    bold = [e for e in ElementTree.fromstring(svg).iter(f"{SVG}path") if e.get("stroke-width") == "3.2"]
    xs = [float(pair.split()[0]) for e in bold for pair in e.get("d", "")[1:].split("L")]
    assert max(xs) > 700


def test_happenings_come_in_order_with_their_times(scenarios):
    model = load_scenario(scenarios / "gym-flood").model
    found = [(one.id, one.at_s) for one in happenings_of(model)]
    assert found == [
        ("order-3", 3.0),
        ("water-enters", 15.0),
        ("order-4", 18.0),
        ("which-door", 20.0),
        ("teacher-calls", 26.0),
        ("order-5", 90.0),
        ("water-knee", pytest.approx(60 + 60 * 0.20 / 0.25)),
    ]


def test_what_waits_for_the_resident_comes_last(gym):
    gym.replace("when: {at_s: 15}", "when: {after: which-door}")
    last = happenings_of(load_scenario(gym.folder).model)[-1]
    assert (last.id, last.at_s) == ("water-enters", None)
    assert "which-door のあと" in "\n".join(texts_of(plan_svg(load_scenario(gym.folder))))


def test_heat_scale_is_round(scenarios):
    said = texts_of(plan_svg(load_scenario(scenarios / "school-smoke")))
    assert [one for one in said if one.endswith(" kW")] == ["200 kW", "400 kW", "600 kW", "800 kW"]


def test_words():
    assert thing_word("cone") == ("カラーコーン", "Cone")
    assert thing_word("unheard-of") == ("unheard-of", "unheard-of")
    assert pair_of(Text(ja="{水|みず}"), "x") == ("水", "")
    with pytest.raises(KeyError):
        word("no-such-word")
