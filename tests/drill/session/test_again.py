"""This moment again: the prefix is the very same run, it is flagged, and another run is seen to be another."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from drill import TICK_HZ
from drill.record.events import Ended
from drill.record.inputs import Inputs
from drill.record.openfile import OpenFile
from drill.record.recorder import Recorder
from drill.session.again import (
    CHECK_TICKS,
    LEAD_S,
    MOST_LEAD_S,
    AgainError,
    again_at,
    again_header,
    again_of_file,
    rejoin,
)
from drill.session.automatic import AutomaticResident
from drill.session.drill import Drill
from drill.session.playing import play, run_header
from drill.session.scripted import RecordedResident


@pytest.fixture(scope="module")
def played(gym, tmp_path_factory):
    """A whole run, kept in a file too."""
    folder = tmp_path_factory.mktemp("run")
    header = run_header(gym, seed=7, locomotion="scripted", device="test")
    recorder = Recorder(header, OpenFile(folder, header))
    return play(gym, seed=7, resident=AutomaticResident(gym, seed=7), recorder=recorder, kept="open"), folder


def digest_at(scenario, again):
    drill = Drill(scenario, seed=again.seed)
    rejoin(drill, again, lambda *_: None)
    return drill


def test_every_moment_is_entered_exactly_and_at_most_half_a_minute_before(gym, played):
    result, _ = played
    assert result.moments
    for moment in result.moments:
        again = again_at(result.run, moment.tick, digests=result.digests)
        assert 0 <= moment.tick - again.tick <= MOST_LEAD_S * TICK_HZ
        assert again.digest
        drill = digest_at(gym, again)
        assert drill.frame.tick == again.tick
        assert drill.digest() == result.digests[again.tick]
        assert not drill.ended


def test_the_rest_of_the_recorded_inputs_makes_the_whole_run_again(gym, played):
    result, _ = played
    again = again_at(result.run, result.moments[-1].tick, digests=result.digests)
    same = play(gym, seed=0, resident=RecordedResident(result.run.inputs), again=again)
    # Until the end of the drill; the quiz was asked before and is not asked again.
    ended = next(event.tick for event in result.run.events if isinstance(event, Ended))
    assert ended > again.tick
    checked = {tick: digest for tick, digest in result.digests.items() if tick <= ended}
    assert same.digests == checked
    assert [event for event in result.run.events if event.tick <= ended] == list(same.run.events)


def test_what_is_done_otherwise_is_another_run_with_the_same_beginning(gym, played):
    result, _ = played
    again = again_at(result.run, result.moments[-1].tick, digests=result.digests)

    class Stays:
        def inputs(self, frame):
            return Inputs(frame.tick + 1)

    other = play(gym, seed=0, resident=Stays(), again=again)
    assert other.digest != result.digest
    kept = {tick: digest for tick, digest in other.digests.items() if tick <= again.tick}
    assert kept == {tick: result.digests[tick] for tick in kept}
    assert len(kept) == again.tick // CHECK_TICKS + 1
    # Its own record holds the beginning too, and plays again on its own.
    assert [e for e in other.run.events if e.tick <= again.tick] == list(again.events)
    replayed = play(gym, seed=7, resident=RecordedResident(other.run.inputs))
    assert replayed.digest == other.digest


@pytest.mark.parametrize("change", [{"forward": 0.5}, {"turn_rad": 0.001}, {"step_m": (0.01, 0.0)}])
def test_a_changed_input_is_seen(gym, played, change):
    result, _ = played
    again = again_at(result.run, result.moments[-1].tick, digests=result.digests)
    changed = list(again.inputs)
    at = len(changed) // 2
    changed[at] = msgspec.structs.replace(changed[at], **change)
    assert changed[at] != again.inputs[at]
    forged = replace(again, inputs=tuple(changed))
    with pytest.raises(AgainError, match="comes out differently"):
        digest_at(gym, forged)


def test_another_seed_is_seen(gym, played):
    result, _ = played
    again = again_at(result.run, result.moments[-1].tick, digests=result.digests)
    with pytest.raises(AgainError, match="comes out differently"):
        rejoin(Drill(gym, seed=8), again, lambda *_: None)


def test_the_header_says_what_it_is(gym, played):
    result, _ = played
    again = again_at(result.run, result.moments[0].tick)
    header = again_header(run_header(gym, seed=1, locomotion="screen", device="test"), again)
    assert header.counted is False
    assert header.again_of == result.run.header.run_id
    assert header.again_tick == again.tick
    assert header.seed == 7
    assert header.run_id != header.again_of


def test_a_run_from_a_file_is_proven_by_its_events(gym, played):
    result, folder = played
    again, moment = again_of_file(folder, gym, moment=1)
    assert moment == result.moments[0]
    assert again.digest == ""
    assert digest_at(gym, again).digest() == result.digests[again.tick]
    with pytest.raises(AgainError, match="no number 9"):
        again_of_file(folder, gym, moment=9)
    with pytest.raises(AgainError, match="cannot be played again"):
        again_of_file(folder / "nothing.sonae", gym, moment=1)


def test_a_run_of_another_scenario_is_refused(school, played):
    _, folder = played
    with pytest.raises(AgainError, match="play it in the version it was recorded in"):
        again_of_file(folder, school, moment=1)


def test_leads(played):
    result, _ = played
    assert LEAD_S < MOST_LEAD_S
    assert again_at(result.run, 10).tick == 0
    assert again_at(result.run, 10**6).tick < result.end_s * TICK_HZ
    with pytest.raises(ValueError, match="a lead of 30 s"):
        again_at(result.run, 10, lead_s=30)
