from __future__ import annotations

import pytest

from drill.record.events import Answered, Cue, Decided, Injected, Warned
from drill.session.director import Directions, Director
from drill.session.triggers import Seen


class Stage:
    """A director and what it said, on a clock of tenths of a second."""

    def __init__(self, scenario):
        self.director = Director(scenario.model)
        self.t = 0.0
        self.events = []

    def until(self, t, **seen):
        done = Directions()
        while self.t < t - 1e-9:
            done = self.once(**seen)
        return done

    def once(self, *, choose="", passed_door="", injects=(), **seen):
        self.t = round(self.t + 0.1, 3)
        done = self.director.step(
            Seen(self.t, self.director.happened, **seen),
            tick=round(self.t * 60),
            choose=choose,
            passed_door=passed_door,
            injects=injects,
        )
        self.events += done.events
        return done

    def of(self, kind):
        return [e for e in self.events if isinstance(e, kind)]


def test_warnings_in_order_with_levels_and_the_first_cue(gym):
    stage = Stage(gym)
    stage.until(2.9)
    assert stage.events == []
    assert stage.director.warning_level == 0
    stage.until(3.0)
    assert stage.events == [Warned(180, "order-3", 3), Cue(180, "order-3", first=True)]
    assert stage.director.subtitles(stage.t) == ("order-3",)
    stage.until(100)
    assert [w.warning for w in stage.of(Warned)] == ["order-3", "order-4", "order-5"]
    assert [c.cue for c in stage.of(Cue) if c.first] == ["order-3"]
    assert stage.director.warning_level == 5
    assert stage.director.warning == "order-5"


def test_a_cancelling_warning_lowers_the_level(gym, changed):
    warnings = [w.model_dump(by_alias=True, mode="json", exclude_none=True) for w in gym.model.warnings]
    lifted = warnings[0] | {"id": "lifted", "at_s": 120, "level": 2, "cancel": True}
    stage = Stage(changed(gym, warnings=[*warnings, lifted]))
    stage.until(121)
    assert stage.director.warning_level == 2


def test_events_follow_their_triggers_and_say_so(gym):
    stage = Stage(gym)
    stage.until(30, water_level_m=0.5)
    assert [i.inject for i in stage.of(Injected)] == ["water-enters", "teacher-calls"]
    assert stage.of(Injected)[1].tick == pytest.approx(26 * 60, abs=6)
    assert {"water-at-door", "water-enters", "teacher-calls"} <= {c.cue for c in stage.of(Cue)}
    stage.until(31, water_level_m=1.0)
    assert "water-knee" in {i.inject for i in stage.of(Injected)}


def test_an_inject_fires_once_and_an_unknown_one_is_an_error(gym):
    stage = Stage(gym)
    stage.once(injects=("call-again",))
    stage.once(injects=("call-again",))
    assert stage.of(Injected) == [Injected(6, "call-again", "staff")]
    assert stage.once(injects=("stop-here",)).end == "operator"
    with pytest.raises(ValueError, match=r"'no-such'.*call-again"):
        stage.once(injects=("no-such",))


def test_a_decision_is_put_and_taken_by_choosing(gym):
    stage = Stage(gym)
    stage.until(19.9)
    assert stage.director.prompt is None
    stage.until(20.1)
    assert stage.director.prompt is not None
    assert stage.director.prompt.options == ("lobby", "yard")
    stage.once(choose="no-such-option")
    assert stage.director.prompt is not None
    stage.once(choose="yard")
    assert stage.director.prompt is None
    assert stage.of(Decided)[-1] == Decided(stage.of(Decided)[-1].tick, "which-door", "yard", correct=False)
    stage.once(choose="lobby")
    assert len(stage.of(Decided)) == 2


def test_going_through_the_door_of_an_option_is_the_choice(gym):
    stage = Stage(gym)
    stage.once(passed_door="lobby-door")
    assert stage.of(Decided) == []
    stage.until(21)
    stage.once(passed_door="store-door")
    assert stage.director.prompt is not None
    stage.once(passed_door="lobby-door")
    assert stage.of(Decided)[-1].option == "lobby"
    assert stage.of(Decided)[-1].correct is True


def test_a_quiz_question_can_be_asked_during_the_run(gym, changed):
    events = [{"id": "ask-it", "when": {"at_s": 1}, "do": [{"ask": "door-depth"}, {"close": "lobby-door"}]}]
    stage = Stage(changed(gym, events=events))
    done = stage.until(1.0)
    assert done.doors == [("close", "lobby-door")]
    assert stage.director.prompt is not None
    assert stage.director.prompt.kind == "quiz"
    stage.once(choose="cm40")
    assert stage.of(Answered) == [Answered(66, "door-depth", "cm40", correct=True)]
    left = stage.director.quiz.current
    assert left is not None
    assert left.id != "door-depth"


def test_something_perceived_outside_the_script_is_told_once(gym):
    director = Director(gym.model)
    assert director.perceive("water", t_s=0.1, tick=5) == [Cue(5, "water", first=True)]
    assert director.perceive("water", t_s=0.1, tick=6) == []
