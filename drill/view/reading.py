"""What the HUD says at a frame: plain values from frame and scenario, nothing drawn yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import shapely
from shapely.geometry import Point

from drill.hazards.picture import SmokePicture
from drill.people.state import Posture
from drill.scenario.model import Decision, Question
from drill.scenario.scenario import Scenario
from drill.session.announcements import announcements_of
from drill.session.frame import Frame
from drill.view.subtitles import Caption
from drill.view.threats import Threat, Threats
from drill.view.wording import level_name, wording

NEAR_DOOR_M: Final = 1.3
HAZE_FROM_PER_M: Final = 0.05
DEPTH_FROM_M: Final = 0.02
FAR_M: Final = 30.0
FIRST_NUMBERED_ERA: Final = 2021
"""Before it, levels had other names: they are marked as historical."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A warning in force: level 1 to 5, its name, whether that name is a historical one."""

    level: int
    name: str
    historical: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the resident is asked: heading, prompt and options, numbered from 1; `how` names the words for choosing."""

    heading: str
    prompt: str
    options: tuple[str, ...]
    how: str = "choose"


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the HUD shows. Texts may hold furigana as {漢字|かんじ}.

    `stopping` is how far the one button has been held to stop, 0 to 1.
    """

    clock: str
    left: str
    badge: Badge | None
    depth_cm: int | None
    visibility: str
    posture: Posture
    subtitles: tuple[str, ...]
    question: Asked | None
    note: str
    threat: Threat | None
    paused: bool
    ended: str
    sounds: tuple[Caption, ...] = ()
    stopping: float = 0.0


class Reader:
    """Reads frames of a scenario in a language."""

    def __init__(self, scenario: Scenario, language: str) -> None:
        self.scenario = scenario
        self.language = language
        self.words = wording(language)
        self._announcements = announcements_of(scenario.model)
        asked: list[Decision | Question] = [*scenario.model.decisions, *scenario.model.quiz]
        self._asked = {a.id: a for a in asked}
        self._threats = Threats(scenario, self.words)
        self._has_water = any(h.type == "flood" for h in scenario.model.hazards)

    def read(self, frame: Frame) -> Reading:
        """Return what is said at a frame."""
        clock = self.scenario.model.clock
        left = max(0, round(clock.duration_s - frame.t_s))
        body = frame.resident
        return Reading(
            clock=(clock.start + timedelta(seconds=int(frame.t_s))).strftime("%H:%M:%S"),
            left=self.words["left_time"].format(time=f"{left // 60}:{left % 60:02d}"),
            badge=self._badge(frame),
            depth_cm=round(body.depth_m * 100) if self._has_water or body.depth_m > DEPTH_FROM_M else None,
            visibility=self._visibility(frame),
            posture=body.posture,
            subtitles=self._subtitles(frame),
            question=self._question(frame),
            note=self._note(frame),
            threat=self._threats.read(frame),
            paused=frame.paused,
            ended=frame.ended,
        )

    def _badge(self, frame: Frame) -> Badge | None:
        if not frame.warning_level:
            return None
        era = self.scenario.model.naming_era
        name = level_name(self.language, frame.warning_level, era)
        return Badge(frame.warning_level, name, era < FIRST_NUMBERED_ERA)

    def _visibility(self, frame: Frame) -> str:
        if not any(isinstance(h, SmokePicture) for h in frame.hazards):
            return ""
        seen = frame.resident.visibility_m
        if seen >= FAR_M or frame.resident.extinction_per_m < HAZE_FROM_PER_M:
            return str(self.words["visibility_far"])
        return str(self.words["visibility_value"].format(m=f"{seen:.0f}" if seen >= 3 else f"{seen:.1f}"))

    def _subtitles(self, frame: Frame) -> tuple[str, ...]:
        known = (self._announcements[i] for i in frame.subtitles if i in self._announcements)
        return tuple(text.in_language(self.language) for text in known)

    def _question(self, frame: Frame) -> Asked | None:
        if frame.prompt is None or frame.prompt.id not in self._asked:
            return None
        asked = self._asked[frame.prompt.id]
        texts = {o.id: o.text.in_language(self.language) for o in asked.options}
        options = tuple(texts.get(o, o) for o in frame.prompt.options)
        heading = str(self.words["quiz" if frame.prompt.kind == "quiz" else "decision"])
        return Asked(heading, asked.prompt.in_language(self.language), options)

    def _note(self, frame: Frame) -> str:
        here = Point(frame.resident.feet[:2])
        blocked = {d.id: d.blocked for d in frame.doors if d.blocked}
        for door in self.scenario.site.doors:
            here_too = door.floor == frame.resident.floor and shapely.distance(door.line, here) < NEAR_DOOR_M
            if door.id in blocked and here_too:
                return str(self.words["door_water" if blocked[door.id] == "water" else "door_locked"])
        if frame.resident.posture == Posture.CROUCHING:
            return str(self.words["posture_crouching"])
        if frame.resident.posture == Posture.CRAWLING:
            return str(self.words["posture_crawling"])
        return ""
