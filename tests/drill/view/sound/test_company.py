"""What people around say: heard once a turn from their mouths, few at once, below the announcements, briefly told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.people.manners import LINES, Voice
from drill.view.sound.bank import Bank
from drill.view.sound.catalogue import KINDS
from drill.view.sound.company import CALL_EVERY_S, Company
from drill.view.sound.lines import CHILD_SIZES, GROWN_SIZES, SAYS
from drill.view.sound.loudness import breaches, loudest_lufs
from drill.view.sound.sounds import Sounds
from drill.view.sound.soundscape import Soundscape
from drill.view.sound.source import Source
from drill.view.sound.synthesis import RATE
from drill.view.subtitles import LINE_EVERY_S, LINE_SHOWN_S, Subtitles


def talker(number: int = 1, *, says: str = "", turn: int = 0, child: bool = True, at: float = 3.0) -> Voice:
    return Voice(number, (at, 0.0, 1.3), "call" if says else "talk", child, says, turn)


def test_every_line_of_the_people_has_a_sound_and_the_other_way_round() -> None:
    assert set(LINES) == set(SAYS)
    assert all(len(sizes) == KINDS[sound].takes for sound, sizes in SAYS.items())


def test_a_turn_is_heard_once_from_its_mouth_and_the_next_turn_anew() -> None:
    company, heard = Company(), list[Source]()
    for i in range(60 * 12):
        now = i / 60
        heard += company.step([talker(4, says="call_here", turn=int(now / 4))], now, hushed=False)
    assert [s.sound for s in heard] == ["call_here"] * 3
    assert len({s.key for s in heard}) == 3
    assert all(s.once and s.at == (3.0, 0.0, 1.3) for s in heard)
    both = Company().step([talker(1, child=False)], 0.0, hushed=False) + Company().step([talker(2)], 0.0, hushed=False)
    assert [s.sound for s in both] == ["talk_grown", "talk_child"]


def test_few_call_at_once_however_many_do() -> None:
    company, begun = Company(), []
    for i in range(60 * 20):
        crowd = [talker(n, says="call_together", turn=i // 240) for n in range(8)]
        begun += [i / 60 for _ in company.step(crowd, i / 60, hushed=False)]
    assert 3 <= len(begun) <= 20 / CALL_EVERY_S + 1
    assert np.diff(begun).min() >= CALL_EVERY_S - 1e-9


def test_nobody_speaks_over_an_announcement() -> None:
    company = Company()
    crowd = [talker(1, says="call_come", child=False), talker(2)]
    assert company.step(crowd, 1.0, hushed=True) == []
    assert company.step(crowd, 1.5, hushed=False) == [], "what was not said is not said in the middle of its turn"
    later = [replace(one, turn=1) for one in crowd]
    assert len(company.step(later, 2.0, hushed=False)) == 2


def test_a_scape_with_figures_lets_them_call_and_invents_nobody(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    scape, sounds = Soundscape(gym), set[str]()
    for i in range(1, 60 * 30):
        frame = replace(frame_of(gym), tick=i, t_s=i / 60, alarm=True)
        crowd = [talker(3, says="call_safe", turn=i // 240)]
        sounds |= {s.sound for s in scape.step(frame, crowd)}
    assert "call_safe" in sounds
    assert "child_call" not in sounds
    announced = Soundscape(gym)
    for i in range(1, 120):
        frame = replace(frame_of(gym), tick=i, t_s=i / 60, subtitles=("order-4",))
        assert "call_safe" not in {s.sound for s in announced.step(frame, [talker(3, says="call_safe")])}


@pytest.fixture
def told(gym: Scenario, frame_of: Callable[..., Frame]) -> Callable[..., list[tuple[str, ...]]]:
    """Return the captions of every picture of 30 s in which eight people call all the time, twice a second drawn."""

    def of(language: str = "ja", **given: object) -> list[tuple[str, ...]]:
        sounds, subtitles, lines = Sounds(gym, language, "none"), Subtitles(gym, language), []
        head = frame_of(gym).resident.head
        for i in range(1, 60 * 30, 2):
            frame = replace(frame_of(gym), tick=i, t_s=i / 60, **given)  # type: ignore[arg-type]  # parts of a frame
            crowd = [
                Voice(n, (head.x + 3.0, head.y, head.z), "call", True, LINES[n % 3], i // 240)  # noqa: FBT003 - a child
                for n in range(8)
            ]
            sounds.show(frame, frame.resident.head, crowd)
            lines.append(tuple(c.line for c in subtitles.read(frame, sounds.voices).sounds if c.text[0] == "「"))
        return lines

    return of


def test_a_call_is_told_briefly_with_its_direction_and_seldom(told: Callable[..., list[tuple[str, ...]]]) -> None:
    lines = told()
    shown = [one for one in lines if one]
    assert all(len(one) == 1 for one in shown), "one at a time"
    assert shown[0][0].startswith("「")
    assert shown[0][0][-1] in "↑↗→↘↓↙←↖"
    assert len(shown) == pytest.approx(30 * 3 * LINE_SHOWN_S, rel=0.15), "three times in half a minute"
    begun = [i for i in range(1, len(lines)) if lines[i] and not lines[i - 1]]
    assert np.diff(begun).min() / 30 >= LINE_EVERY_S - 0.1


def test_no_call_is_told_beside_an_announcement(told: Callable[..., list[tuple[str, ...]]]) -> None:
    assert not any(told(subtitles=("order-4",)))


@pytest.mark.parametrize(("sound", "sizes"), [("call_here", CHILD_SIZES), ("call_come", GROWN_SIZES)])
def test_lines_are_said_in_words_at_the_size_of_who_says_them(
    gym: Scenario, sound_folder: Path, sound: str, sizes: tuple[float, ...]
) -> None:
    bank = Bank(gym, "ja", sound_folder)
    if bank.voice.can_speak:
        pytest.skip(bank.voice.can_speak)
    takes = [bank.array(sound, take, "room") for take in range(2)]
    for x in takes:
        assert breaches(x, loops=False) == []
        assert loudest_lufs(x) == pytest.approx(KINDS[sound].lufs, abs=0.6)
        assert 0.4 < len(x) / RATE < 5.0
    assert SAYS[sound] == sizes
    assert bank.ready(sound, 1, "room") == bank.file(sound, 1, "room")
    assert bank.file(sound, 0, "room").name.startswith("said-")


def test_without_a_voice_a_line_is_a_call_without_words(gym: Scenario, sound_folder: Path) -> None:
    bank = Bank(gym, "ja", sound_folder)
    bank.voice.faults[bank.lines.texts["call_here"]] = "the voice failed"
    assert bank.file("call_here", 0, "open").name == "call_here-0-open.wav"
    assert len(bank.array("call_here", 0, "open")) > 1000
