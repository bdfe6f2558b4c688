"""The watcher: notices what the resident does and suffers, and tells it as events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from drill import TICK_HZ
from drill.metrics.movement import FirstMove
from drill.metrics.objectives import state_of
from drill.metrics.terrain import terrain_of
from drill.people.state import Posture
from drill.record.events import (
    AnyEvent,
    Decided,
    ExposureLimit,
    Moved,
    ObjectiveMet,
    PostureChanged,
    ReachedRefuge,
    Suffered,
)
from drill.scenario.scenario import Scenario

SAMPLE_TICKS: Final = TICK_HZ // 10
SUFFERED_TICKS: Final = TICK_HZ
KNEE_RATIO: Final = 0.285
LIMITS: Final = {
    "depth_0.5_m": ("depth_m", 0.5),
    "visibility_3_m": ("extinction_per_m", 1.0),
    "fed_0.3": ("fed", 0.3),
    "fed_1.0": ("fed", 1.0),
}
"""Limits that are told when passed: the knee (by height) and these. Below 0.9 of one, it is told as passed back."""
BACK: Final = 0.9
POSTURE_NAMES: Final = {
    Posture.STANDING: "standing",
    Posture.CROUCHING: "crouching",
    Posture.CRAWLING: "crawling",
    Posture.SITTING: "sitting",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """How the resident is: place, posture and what the hazards do."""

    xy: tuple[float, float]
    floor: int
    posture: Posture
    depth_m: float
    flow_mps: float
    extinction_per_m: float
    temperature_c: float
    fed: float
    speed_factor: float


class Watcher:
    """Watches one run. Times are those of the drill without pauses.

    Attributes:
        moved: whether the first move towards an exit was seen.
    """

    def __init__(self, scenario: Scenario) -> None:
        resident = scenario.model.resident
        self._terrain = terrain_of(scenario)
        # Ways are worked out before the run begins: the first cue must not make the picture wait.
        start = np.array([[resident.at.x, resident.at.y]])
        self._terrain.distances_to_exits(np.array([self._terrain.ground.floor_index(resident.at.floor)]), start)
        self._limits = {"depth_knee": ("depth_m", KNEE_RATIO * resident.height_m)} | LIMITS
        self._passed: set[str] = set()
        self._objectives = scenario.model.objectives
        self._states: dict[str, str] = {}
        self._first_move = FirstMove()
        self.moved = False
        self._cue_s: float | None = None
        self._max_depth_m = 0.0
        self._posture = Posture.STANDING
        self._told: Suffered | None = None

    def watch(self, now: Condition, *, tick: int, t_s: float, cue: bool) -> list[AnyEvent]:
        """Return what is to be told of a tick. `cue` says whether there has been a cue yet."""
        events: list[AnyEvent] = []
        if now.posture != self._posture:
            self._posture = now.posture
            events.append(PostureChanged(tick, POSTURE_NAMES[now.posture]))  # type: ignore[arg-type]  # one of its words
        events += self._limit_events(now, tick)
        if tick % SUFFERED_TICKS == 0:
            events += self._suffered(now, tick)
        if cue and not self.moved and tick % SAMPLE_TICKS == 0:
            events += self._move(now, tick, t_s)
        if now.depth_m > self._max_depth_m:
            self._max_depth_m = now.depth_m
            events += self._objective("max_depth_m", now.depth_m, tick)
        if now.fed > 0.0:
            events += self._objective("fed", now.fed, tick)
        return events

    def last(self, now: Condition, *, tick: int) -> list[AnyEvent]:
        """Return what is to be told when the run ends."""
        return self._suffered(now, tick)

    def notice(self, event: AnyEvent, *, t_s: float) -> list[AnyEvent]:
        """Return what follows from an event of the run: objectives that are decided by it."""
        if isinstance(event, ReachedRefuge):
            found = self._objective("reached_refuge", 1.0, event.tick)
            if self._cue_s is not None:
                found += self._objective("evacuation_time_s", t_s - self._cue_s, event.tick)
            return found
        if isinstance(event, Decided) and event.option:
            return self._objective("decision_correct", float(bool(event.correct)), event.tick, of=event.decision)
        return []

    def _limit_events(self, now: Condition, tick: int) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for name, (field, limit) in self._limits.items():
            value = float(getattr(now, field))
            if value >= limit and name not in self._passed:
                self._passed.add(name)
                events.append(ExposureLimit(tick, name, round(value, 4)))
            elif name in self._passed and value < BACK * limit:
                self._passed.remove(name)
                events.append(ExposureLimit(tick, name, round(value, 4), passed=False))
        return events

    def _suffered(self, now: Condition, tick: int) -> list[AnyEvent]:
        one = Suffered(
            tick,
            depth_m=round(now.depth_m, 3),
            flow_mps=round(now.flow_mps, 3),
            extinction_per_m=round(now.extinction_per_m, 3),
            temperature_c=round(now.temperature_c, 1),
            fed=round(now.fed, 6),
            speed_factor=round(now.speed_factor, 3),
        )
        told = self._told
        if told is not None and _same(told, one):
            return []
        self._told = one
        return [one]

    def _move(self, now: Condition, tick: int, t_s: float) -> list[AnyEvent]:
        if self._cue_s is None:
            self._cue_s = t_s
        floor, xy = np.array([now.floor], np.int16), np.array([now.xy])
        began = self._first_move.see(t_s, self._terrain.distances_to_exits(floor, xy)[0])
        if began is None:
            return []
        self.moved = True
        return [Moved(tick), *self._objective("pre_movement_time_s", began - self._cue_s, tick)]

    def _objective(self, metric: str, value: float, tick: int, *, of: str | None = None) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for objective in self._objectives:
            if objective.metric == metric and (of is None or objective.of in (None, of)):
                state = state_of(objective, value)
                # What was met from the start (no water yet) is told only when it changes.
                before = self._states.get(objective.id, "met" if objective.at_most is not None and of is None else "")
                if metric in ("evacuation_time_s", "pre_movement_time_s"):
                    before = self._states.get(objective.id, "")
                if state != before:
                    self._states[objective.id] = state
                    events.append(ObjectiveMet(tick, objective.id, state))
        return events


def _same(a: Suffered, b: Suffered) -> bool:
    return (a.depth_m, a.flow_mps, a.extinction_per_m, a.temperature_c, a.fed, a.speed_factor) == (
        b.depth_m,
        b.flow_mps,
        b.extinction_per_m,
        b.temperature_c,
        b.fed,
        b.speed_factor,
    )
