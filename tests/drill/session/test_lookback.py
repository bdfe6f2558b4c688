"""What people are told after a run: three facts, in kind words, in every language."""

from __future__ import annotations

import re

import pytest

from drill.record.inputs import BUTTON_STOP, Inputs
from drill.session.automatic import AutomaticResident
from drill.session.lookback import Fact, facts_of, look_back
from drill.session.playing import play
from drill.session.scripted import load_resident
from drill.view.debrief import filled
from drill.view.wording import LANGUAGES, wording

BLAME = re.compile(r"死|失敗|まちがい|間違|だめ|ダメ|不合格|\b(dead|died|fail|wrong|bad|score)", re.IGNORECASE)


class Stands:
    """Does nothing, or stops at a tick."""

    def __init__(self, stops=10**9):
        self.stops = stops

    def inputs(self, frame):
        return Inputs(frame.tick + 1, buttons=BUTTON_STOP if frame.tick >= self.stops else 0)


@pytest.fixture(scope="module")
def arrived(gym):
    return play(gym, seed=7, resident=AutomaticResident(gym, seed=7))


@pytest.fixture(scope="module")
def stopped(gym):
    return play(gym, seed=7, resident=Stands(stops=300))


def rules(result, scenario):
    return [fact.rule for fact in facts_of(result.run, scenario, language="ja")]


def test_who_arrived_is_told_where_when_and_what_they_met(gym, arrived):
    facts = facts_of(arrived.run, gym, language="ja")
    assert [fact.rule for fact in facts] == ["reached", "set_off", "water_knee"]
    assert facts[0].values == {"place": "避難先：2階ギャラリー", "seconds": "75"}
    assert facts[1].values == {"seconds": "21"}


def test_who_stopped_at_once_is_told_three_things_too_and_none_is_a_lack(gym, stopped):
    assert stopped.ended == "stopped"
    assert rules(stopped, gym) == ["walked", "looked_around", "present"]


def test_every_rule_has_words_in_every_language_and_none_blames(gym, arrived, stopped):
    known = [set(wording(language)["debrief"]["facts"]) for language in LANGUAGES]
    assert known[0] == known[1] == known[2]
    for language in LANGUAGES:
        for rule, (head, body) in wording(language)["debrief"]["facts"].items():
            assert head, rule
            assert body, rule
            assert not BLAME.search(head + body), rule
        for result in (arrived, stopped):
            for fact in facts_of(result.run, gym, language=language):
                head, body = wording(language)["debrief"]["facts"][fact.rule]
                text = filled(head, fact.values) + filled(body, fact.values)
                assert not re.search(r"\{[a-z_]+\}", text), text


@pytest.fixture(scope="module")
def shaken(quake):
    names = ("drops-at-once", "drops-late", "runs-at-once")
    residents = quake.folder / "residents"
    return {n: play(quake, seed=7, resident=load_resident(residents / f"{n}.yaml", quake)) for n in names}


def test_after_an_earthquake_each_part_is_told_and_how_one_left(quake, shaken):
    assert rules(shaken["drops-at-once"], quake) == ["drop_before", "cover", "hold", "left_calmly"]
    late = {fact.rule: fact.values for fact in facts_of(shaken["drops-late"].run, quake, language="en")}
    assert list(late)[:3] == ["drop", "cover", "hold_some"]
    assert late["drop"] == {"seconds": "8"}
    assert 50 <= int(late["cover"]["percent"]) < 90
    assert late["hold_some"] == {"held": "1", "shocks": "2"}
    runs = rules(shaken["runs-at-once"], quake)
    assert runs[:3] == ["drop_next_time", "cover_next_time", "left_close"]


def test_a_word_of_blame_would_be_seen():
    assert BLAME.search("避難に失敗しました")
    assert BLAME.search("You failed")


def test_values_go_in_and_furigana_stays():
    assert filled("{水|みず}は {cm} cm", Fact("water", {"cm": "31"}).values) == "{水|みず}は 31 cm"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rest_explains_every_question_and_names_moments(gym, arrived, language):
    told = look_back(arrived, language=language)
    assert len(told.explained) == 3
    assert all(one.answer and one.why for one in told.explained)
    assert len(told.home) == 3
    assert [t for _, t in told.moments] == [m.t_s for m in arrived.moments]
    assert look_back(arrived, language=language, moments=False).moments == ()
