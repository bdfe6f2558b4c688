from __future__ import annotations

import re

import pytest

from drill.metrics import compute_metrics, moment_text, three_moments
from drill.metrics.moments import Moment, _texts
from drill.record.events import Cue, Decided, DoorEvent, Ended, ReachedRefuge

EYE = 1.5
AT = (18.0, 10.0)


def moments_of(run, scenario):
    return three_moments(run, scenario, compute_metrics(run, scenario))


def test_largest_delay_highest_exposure_and_wrong_decision(gym, run_of, water):
    knots = [(0, *AT, EYE), (9, *AT, EYE), (20, 28, 8.5, EYE), (26, 28, 8.5, EYE), (30, 31, 8.0, EYE)]
    events = [
        Cue(60, "order-3", first=True),
        Decided(600, "which-door"),
        Decided(720, "which-door", "yard", correct=False),
        Ended(1800, "time"),
    ]
    run = run_of(gym, knots, events=events, hazards=water((0, 0, 0), *((t, t / 100, 0.5) for t in range(1, 31))))
    found = moments_of(run, gym)
    assert [m.rule for m in found] == ["delay_before_moving", "decision_to_talk_over", "deepest_water"]
    assert [m.tick for m in found] == sorted(m.tick for m in found)
    assert found[0].values == {"seconds": 8}
    words = moment_text(found[1], gym, "ja")
    assert "川側の出入口から外へ" in words.question
    assert "ロビーの引き戸" in words.answer
    assert "階段" in words.reason
    assert "25" in moment_text(found[2], gym, "en").question or "30" in moment_text(found[2], gym, "en").question


def test_a_delay_on_the_way_wins_when_it_is_longer(gym, run_of):
    knots = [(0, *AT, EYE), (4, *AT, EYE), (14, 28, 8.5, EYE), (26, 28, 8.5, EYE), (30, 31, 8.0, EYE)]
    run = run_of(gym, knots, events=[Cue(0, "b", first=True), Ended(1800, "time")])
    found = moments_of(run, gym)
    assert found[0].rule == "quick_start" or found[0].rule == "delay_on_the_way"
    delay = next(m for m in found if m.rule == "delay_on_the_way")
    assert delay.xy == pytest.approx((28, 8.5), abs=0.2)


def test_a_good_run_gets_its_best_actions(gym, run_of):
    knots = [(0, *AT, EYE), (2, *AT, EYE), (14, 28, 8.5, EYE)]
    events = [
        Cue(60, "b", first=True),
        Decided(100, "which-door"),
        Decided(160, "which-door", "lobby", correct=True),
        ReachedRefuge(800, "gallery"),
        Ended(840, "refuge"),
    ]
    found = moments_of(run_of(gym, knots, events=events), gym)
    assert [m.rule for m in found] == ["quick_start", "good_choice", "reached_refuge"]


def test_a_door_that_stayed_shut_and_thick_smoke(school, run_of, smoke):
    knots = [(0, 20, 1.5, EYE), (2, 20, 1.5, EYE), (10, 27, 1.5, 0.9)]
    run = run_of(
        school,
        knots,
        hazards=smoke((0, 1.2, 2.0), (10, 1.2, 2.0)),
        events=[Cue(0, "b", first=True), DoorEvent(300, "east-exit", "blocked"), Ended(600, "time")],
    )
    rules = {m.rule for m in moments_of(run, school)}
    assert {"thickest_smoke", "door_that_stayed_shut"} <= rules


def test_no_poses_no_moments(gym, run_of):
    assert moments_of(run_of(gym, []), gym) == ()


def test_every_text_asks_first_and_never_blames():
    blame = re.compile(r"死|失敗|間違|ミス|だめ|ダメ|悪い|died|dead|fail|mistake|wrong|bad|should have", re.IGNORECASE)
    for rule, parts in _texts().items():
        for part, texts in parts.items():
            assert {"ja", "ja-simple", "en"} <= set(texts), (rule, part)
            for text in texts.values():
                assert not blame.search(text), (rule, part, text)
            if part == "question":
                assert texts["ja"].rstrip().endswith(("か。", "か")), rule
                assert texts["en"].rstrip().endswith("?"), rule


def test_every_placeholder_is_filled(gym):
    decision = gym.model.decisions[0]
    values = {"seconds": 3.0, "depth_cm": 40.0, "visibility_m": 2.5, "percent": 60.0, "way_m": 12.0}
    for rule in _texts():
        if rule == "no_why":
            continue
        moment = Moment(rule, 0, 0.0, (0.0, 0.0), 0, values, decision.id, decision.options[0].id)
        for language in ("ja", "ja-simple", "en"):
            words = moment_text(moment, gym, language)
            for text in (words.question, words.answer, words.reason):
                assert not re.search(r"\{[a-z_]+\}", text), (rule, language, text)
