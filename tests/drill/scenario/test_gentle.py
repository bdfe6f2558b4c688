"""The gentle variant of every scenario: weaker, told before, nothing sudden, and known by its runs."""

import msgspec
import pytest

from drill.record.run import RunHeader
from drill.scenario.gentle import gentle_model, gentle_of
from drill.scenario.loading import load_scenario
from drill.scenario.model import Earthquake, Flood, Gentle, ScenarioModel, Smoke
from drill.scenario.naming import begins_as_drill
from drill.session.playing import run_header

NAMES = ("classroom-quake", "gym-flood", "school-smoke")


@pytest.fixture(params=NAMES)
def scenario(request, scenarios):
    return load_scenario(scenarios / request.param)


def first_s(part):
    if isinstance(part, Earthquake):
        return part.shocks[0].at_s
    if isinstance(part, Flood):
        return next(a.at_s for a, b in zip(part.level, part.level[1:], strict=False) if b.level_m > a.level_m)
    return part.heat[0].at_s


def test_every_scenario_that_ships_has_one_that_is_well_formed(scenario):
    gentle = gentle_of(scenario)
    plain = gentle.model.model_dump(by_alias=True, mode="json", exclude_none=True)
    again = ScenarioModel.model_validate_json(msgspec.json.encode(plain))
    assert again.id == scenario.model.id
    assert gentle.gentle
    assert not scenario.gentle
    assert gentle.hash == scenario.hash
    assert gentle_of(gentle) is gentle


def test_hazards_are_weaker_and_never_earlier(scenario):
    rules = scenario.model.gentle
    for usual, gentle in zip(scenario.model.hazards, gentle_of(scenario).model.hazards, strict=True):
        assert first_s(gentle) == first_s(usual)
        if isinstance(usual, Earthquake):
            assert all(s.intensity <= rules.intensity_at_most < 3.5 for s in gentle.shocks)
            assert all(g.rise_s >= u.rise_s for g, u in zip(gentle.shocks, usual.shocks, strict=True))
            assert gentle.dust_per_m == 0
        elif isinstance(usual, Flood):
            rise = [b.level_m - usual.level[0].level_m for b in usual.level]
            less = [b.level_m - gentle.level[0].level_m for b in gentle.level]
            assert less == pytest.approx([rules.water_share * r for r in rise])
        else:
            assert isinstance(usual, Smoke)
            assert max(p.heat_kw for p in gentle.heat) < max(p.heat_kw for p in usual.heat)
            assert gentle.clear_height_m >= rules.clear_height_m


def test_nothing_comes_without_being_told_before(scenario):
    model = gentle_of(scenario).model
    notices = {e.id: e for e in model.events if e.notice}
    assert notices["gentle-welcome"].when.at_s < 1
    for part in model.hazards:
        for begin in [s.at_s for s in part.shocks] if isinstance(part, Earthquake) else [first_s(part)]:
            told = [e.when.at_s for e in notices.values() if e.id != "gentle-welcome" and e.when.at_s is not None]
            # What is there from the beginning is told as soon as the welcome is said.
            assert any(at < begin or begin < 9 for at in told)
    for event in notices.values():
        for action in event.do:
            said = action.announce.model_dump(by_alias=True, exclude_none=True)
            assert set(said) == {"ja", "ja-simple", "en"}
            assert all(begins_as_drill(text, language=language) for language, text in said.items())


def test_no_bell_and_no_darkness(scenario):
    model = gentle_of(scenario).model
    actions = [a for part in (*model.events, *model.injects) for a in part.do]
    assert not any(a.alarm == "on" or a.power == "off" for a in actions)
    usual = [a for part in scenario.model.events for a in part.do]
    if any(a.alarm == "on" for a in usual):
        assert any(a.cue == "alarm" for a in actions)


def test_triggers_of_the_water_come_true_at_its_lower_level(scenarios):
    gym = load_scenario(scenarios / "gym-flood").model
    plain = gym.model_dump(by_alias=True, mode="json", exclude_none=True)
    plain["events"] = [{"id": "high", "when": {"water_level_m": 0.5}, "do": [{"cue": "x"}]}]
    model = ScenarioModel.model_validate_json(msgspec.json.encode(plain))
    high = next(e for e in gentle_model(model).events if e.id == "high")
    base = next(h for h in model.hazards if isinstance(h, Flood)).level[0].level_m
    assert high.when.water_level_m == pytest.approx(base + 0.6 * (0.5 - base))


def test_a_scenario_changes_the_numbers(scenarios):
    quake = load_scenario(scenarios / "classroom-quake").model
    changed = quake.model_copy(update={"gentle": Gentle(intensity_at_most=2.2, notice_s=3)})
    gentle = gentle_model(changed)
    assert gentle.hazards[0].shocks[0].intensity == 2.2
    assert any(e.id == "gentle-shock-2" and e.when.at_s == 67 for e in gentle.events)


def test_its_runs_say_so_and_old_headers_are_of_the_usual_variant(scenario):
    usual = run_header(scenario, seed=1, locomotion="scripted", device="test")
    gentle = run_header(gentle_of(scenario), seed=1, locomotion="scripted", device="test")
    assert (usual.gentle, gentle.gentle) == (False, True)
    assert usual.scenario_hash == gentle.scenario_hash
    assert "gentle" not in msgspec.to_builtins(usual)
    assert msgspec.convert(msgspec.to_builtins(gentle), RunHeader).gentle
