from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from drill.metrics.compute import compute_metrics
from drill.metrics.figures import Metrics
from drill.play import play, run_header
from drill.record.events import Cue, Decided, DoorEvent, Ended, Warned
from drill.record.recorder import Recorder
from drill.record.run import PoseTrack
from drill.scenario.loading import load_scenario
from drill.session.playing import MemorySink
from drill.session.scripted import load_resident
from server.analysis.debrief import LEAD_IN_S, QUAKE_FIGURES, Debrief, debrief, replay_at
from server.analysis.happenings import happenings
from server.analysis.service import RunAndScenario
from server.web.svg.strip import MIN_OTHERS
from server.web.texts import LANGUAGES, Words, ruby, without_furigana

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"
DEATH = re.compile(r"死|亡く|die[ds]?\b|dead|death|killed", re.IGNORECASE)
RANK = re.compile(r"\d+\s*位|順位は|rank(?!ing)|best|worst", re.IGNORECASE)


@pytest.fixture(scope="session")
def metrics(played) -> Metrics:
    return compute_metrics(played.run, played.scenario)


@pytest.fixture(scope="session")
def loaded(played) -> RunAndScenario:
    return RunAndScenario(None, played.run, played.scenario)  # type: ignore[arg-type]  # the row is for the header alone


def words_of(made: Debrief) -> str:
    parts = [made.title, *made.home, str(made.plan), str(made.timeline), *map(str, made.talks), *map(str, made.strips)]
    parts += [str(o) for o in made.objectives] + [h.text for h in made.happenings]
    return " ".join(parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_debrief_is_whole_in_every_language(loaded, metrics: Metrics, played, language: str) -> None:
    made = debrief(loaded, metrics, [metrics] * MIN_OTHERS, Words(language))
    assert [o.state for o in made.objectives]
    assert len(made.objectives) == len(played.scenario.model.objectives)
    assert 1 <= len(made.talks) <= 3
    assert all(talk.question.rstrip()[-1] in "。？?" for talk in made.talks)
    assert 1 <= len(made.home) <= 3
    assert made.plan is not None
    assert made.plan.startswith("<svg")
    assert [h.number for h in made.happenings] == list(range(1, len(made.happenings) + 1))
    assert all(strip.drawing is not None for strip in made.strips)
    assert len(made.key_figures) == 4
    assert not DEATH.search(words_of(made))
    assert not RANK.search(words_of(made))


def test_words_of_death_and_rank_would_be_seen() -> None:
    assert DEATH.search("You died.")
    assert DEATH.search("あなたは死にました")
    assert RANK.search("あなたは 3 位です")


def test_too_few_others_are_not_drawn(loaded, metrics: Metrics) -> None:
    made = debrief(loaded, metrics, [metrics] * (MIN_OTHERS - 1), Words("ja"))
    assert all(strip.drawing is None and str(MIN_OTHERS) in strip.why_not and not strip.rows for strip in made.strips)


def test_replay_begins_five_seconds_before() -> None:
    assert replay_at(600) == 10 - LEAD_IN_S
    assert replay_at(60) == 0
    assert replay_at(None) is None


def test_a_run_without_poses_has_no_way_but_a_page(loaded, played) -> None:
    run = played.run
    pose = run.pose
    nothing = PoseTrack(pose.t_s[:0], pose.head[:0], pose.left[:0], pose.right[:0], pose.tracked[:0])
    bare = dataclasses.replace(run, pose=nothing)
    figures = compute_metrics(bare, played.scenario)
    made = debrief(RunAndScenario(None, bare, played.scenario), figures, [], Words("ja"))  # type: ignore[arg-type]  # the row is for the header alone
    assert made.plan is None
    assert made.talks == ()
    assert any(shown.missing for shown in made.all_figures)


def test_what_happened_is_told_in_words_of_the_scenario(played) -> None:
    rows = happenings(played.run, played.scenario, Words("ja"))
    told = [without_furigana(row.text) for row in rows]
    ids = {e.id for e in played.scenario.model.events} | {d.id for d in played.scenario.model.decisions}
    assert not ids & set(told)
    assert any("非常ベル" in text for text in told)
    assert any("放送「訓練" in text for text in told)
    assert [row.t_s for row in rows] == sorted(row.t_s for row in rows)


def test_a_door_tried_again_and_again_is_told_once(played) -> None:
    door = played.scenario.site.doors[0].id
    events = [DoorEvent(100 + 30 * k, door, "blocked") for k in range(5)] + [DoorEvent(2000, door, "blocked")]
    run = _with(played.run, events)
    assert [row.tick for row in happenings(run, played.scenario, Words("ja"))] == [100, 2000]


def test_a_warnings_own_cue_is_told_once_and_unknown_ids_do_not_break(played) -> None:
    events = [Warned(60, "unknown-warning", 4), Cue(60, "unknown-cue", first=True), Decided(90, "gone", "option")]
    rows = happenings(_with(played.run, [*events, Ended(120, "time")]), played.scenario, Words("en"))
    assert [row.lane for row in rows] == ["warning", "decision", "inject"]
    assert "unknown-warning" in rows[0].text


def test_texts_of_a_scenario_are_escaped(loaded, metrics: Metrics, played) -> None:
    model = played.scenario.model
    hostile = model.home_actions[0].model_copy(update={"ja": "<script>alert(1)</script>"})
    changed = model.model_copy(update={"title": hostile, "home_actions": [hostile]})
    scenario = dataclasses.replace(played.scenario, model=changed)
    made = debrief(RunAndScenario(None, played.run, scenario), metrics, [], Words("ja"))  # type: ignore[arg-type]  # the row is for the header alone
    assert "<script" not in ruby(made.title)


def _with(run, events):
    return dataclasses.replace(run, events=tuple(events))


@pytest.fixture(scope="session")
def shaken() -> RunAndScenario:
    """A run of the earthquake by the script that presses on others."""
    scenario = load_scenario(SCENARIOS / "classroom-quake")
    header = run_header(scenario, seed=7, locomotion="scripted", device="test")
    sink = MemorySink()
    resident = load_resident(scenario.folder / "residents" / "runs-at-once.yaml", scenario)
    play(scenario, seed=7, resident=resident, recorder=Recorder(header, sink), header=header)
    return RunAndScenario(None, sink.run(header), scenario)  # type: ignore[arg-type]  # the row is for the header alone


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_of_an_earthquakes_page_tells_drop_cover_hold_and_how_one_left(shaken, language: str) -> None:
    metrics = compute_metrics(shaken.recorded, shaken.scenario)
    made = debrief(shaken, metrics, [], Words(language))
    shown = {one.id: one for one in made.key_figures}
    assert tuple(shown) == QUAKE_FIGURES
    assert not shown["right_stair"].missing
    assert metrics["pushing_s"].value > 2
    assert re.search(rf"\b{metrics['pushing_s'].value:.0f}\b", shown["pushing_s"].text)
    states = {o.metric: o.state for o in made.objectives}
    assert states["right_stair"] == "met"
    assert states["pushing_s"] in ("partly", "not")
    assert states["stair_run_s"] == "met"
    pressed = next(o for o in made.objectives if o.metric == "pushing_s")
    assert pressed.replay_s == replay_at(metrics["pushing_s"].tick)
    assert not DEATH.search(words_of(made))


def test_other_scenarios_keep_their_own_figures_at_the_head(loaded, metrics: Metrics) -> None:
    made = debrief(loaded, metrics, [], Words("ja"))
    assert not {"drop_latency_s", "pushing_s"} & {one.id for one in made.key_figures}
