"""The automatic resident: plays a scenario with nothing but the inputs that a person has."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from drill.hazards.picture import SmokePicture
from drill.record.events import Cue, Decided, DoorEvent
from drill.record.inputs import BUTTON_USE, Inputs
from drill.scenario.model import Earthquake, Option
from drill.scenario.scenario import Scenario
from drill.session.body import eye_height_m
from drill.session.frame import DoorState, Frame
from drill.session.sheltering import Sheltering
from drill.session.walking import Walker
from drill.session.ways import Ways
from drill.site.site import Door

GO_LEVEL: Final = 4
"""Warning level at which everyone leaves."""
WATER_TO_GO_M: Final = 0.05
SMOKE_TO_STOOP_PER_M: Final = 0.2
LOWEST_RATIO: Final = 0.36
USE_WITHIN_M: Final = 1.2
USE_EVERY_TICKS: Final = 90
REPLAN_TICKS: Final = 240


class AutomaticResident:
    """Waits for a cue, thinks, answers, walks the flow field, opens doors, stoops under smoke, does the quiz.

    It knows what it has seen: a door that would not open is avoided from then on.

    Args:
        scenario: what is played.
        seed: with a seed, reaction, pace and choices are drawn and now and then wrong, as people are; without one it
            reacts in two seconds and chooses right.
    """

    def __init__(self, scenario: Scenario, *, seed: int | None = None) -> None:
        self._scenario = scenario
        self._ways = Ways(scenario)
        resident = scenario.model.resident
        self._eye_m = eye_height_m(resident.height_m)
        self._walker = Walker(eye_m=self._eye_m)
        self._careless = {"decision": 0.0, "quiz": 0.0}
        self._reaction_s, self._answer_s = 2.0, 3.0
        if seed is not None:
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(77,)))
            self._reaction_s = float(np.clip(rng.lognormal(1.3, 0.7), 1.0, 25.0))
            self._answer_s = float(rng.uniform(1.5, 6.0))
            self._walker.pace = float(rng.uniform(0.75, 1.0))
            self._careless = {"decision": 0.35, "quiz": 0.2}
            self._rng = rng
        self._goes_at = math.inf
        self._shelter = Sheltering(scenario) if _shakes(scenario) else None
        self._followed = {group.after for group in scenario.model.crowd.groups}
        self._shut: set[str] = set()
        self._avoid: set[str] = set()
        self._asked_at: tuple[str, float] = ("", 0.0)
        self._planned = -REPLAN_TICKS
        self._used = -USE_EVERY_TICKS
        self._detour: Door | None = None
        self._by_id = {d.id: d for d in scenario.site.doors}
        # Where the scenario warns by levels, level 4 means everyone; a lower one means: get ready.
        self._by_level = any(w.level >= GO_LEVEL for w in scenario.model.warnings)

    def inputs(self, frame: Frame) -> Inputs:
        """Return the inputs of the tick after `frame`."""
        self._notice(frame)
        choose = self._choice(frame)
        buttons = 0
        self._walker.head_ratio = self._head_ratio(frame)
        if self._shelter is not None and self._shelter.step(frame, self._walker, reaction_s=self._reaction_s):
            self._planned = -REPLAN_TICKS
            return self._walker.step(frame, choose=choose)
        if frame.ended or frame.t_s < self._goes_at:
            self._walker.way = []
        else:
            self._plan(frame)
            buttons = self._use_door(frame)
        return self._walker.step(frame, buttons=buttons, choose=choose)

    def _notice(self, frame: Frame) -> None:
        for event in frame.events:
            if isinstance(event, DoorEvent) and event.state == "blocked" and event.tick == self._used + 1:
                self._shut.add(event.door)
                self._detour = None
                self._planned = -REPLAN_TICKS
            elif isinstance(event, Decided) and event.option:
                self._decided(event)
            elif isinstance(event, Cue) and not self._by_level and self._calls_out(event.cue):
                self._set_off(frame.t_s)
        if frame.warning_level >= GO_LEVEL or frame.resident.depth_m >= WATER_TO_GO_M:
            self._set_off(frame.t_s)

    def _calls_out(self, cue: str) -> bool:
        """Return whether one leaves at a cue. Where the ground may shake one stays, until one is told to go."""
        return self._shelter is None or cue in self._followed

    def _set_off(self, t_s: float) -> None:
        if self._goes_at == math.inf:
            self._goes_at = t_s + self._reaction_s

    def _decided(self, event: Decided) -> None:
        decision = next(d for d in self._scenario.model.decisions if d.id == event.decision)
        self._avoid = {o.door for o in decision.options if o.door is not None and o.id != event.option}
        chosen = next(o for o in decision.options if o.id == event.option)
        if chosen.door is not None and not self._ways.leads_on(chosen.door, avoid=self._avoid):
            self._detour = self._by_id[chosen.door]
        self._planned = -REPLAN_TICKS

    def _choice(self, frame: Frame) -> str:
        prompt = frame.prompt
        if prompt is None:
            return ""
        if self._asked_at[0] != prompt.id:
            self._asked_at = (prompt.id, frame.t_s)
        wait_s = self._answer_s if prompt.kind == "decision" else 0.5
        if frame.t_s < self._asked_at[1] + wait_s - 1e-9:
            return ""
        self._asked_at = ("", 0.0)
        options = self._options(prompt.id)
        right = [o.id for o in options if o.correct]
        wrong = [o.id for o in options if not o.correct]
        careless = self._careless[prompt.kind]
        if wrong and careless and float(self._rng.random()) < careless:
            return wrong[int(self._rng.integers(len(wrong)))]
        return (right or wrong)[0]

    def _options(self, asked: str) -> list[Option]:
        model = self._scenario.model
        options = {d.id: d.options for d in model.decisions} | {q.id: q.options for q in model.quiz}
        return options[asked]

    def _head_ratio(self, frame: Frame) -> float:
        """Return how low the head has to be to see under the smoke."""
        body = frame.resident
        if body.state >= 3:
            return 1.0
        lowest = math.inf
        zones = self._ways.zones_at(body.floor, body.feet[0], body.feet[1])
        for picture in frame.hazards:
            if isinstance(picture, SmokePicture):
                for layer in picture.layers:
                    if layer.zone in zones and layer.extinction_upper_per_m > SMOKE_TO_STOOP_PER_M:
                        lowest = min(lowest, layer.interface_m)
        ratio = (lowest - 0.12 - body.feet[2]) / self._eye_m
        return 1.0 if ratio >= 1.0 else max(round(ratio, 2), LOWEST_RATIO)

    def _plan(self, frame: Frame) -> None:
        walker = self._walker
        due = frame.tick - self._planned >= REPLAN_TICKS
        if not due and walker.way and walker.stuck < 4:
            return
        self._planned = frame.tick
        floor, (x, y, _) = frame.resident.floor, frame.resident.feet
        if self._detour is not None:
            way = self._ways.to_door(floor, x, y, self._detour, avoid=self._shut)
        else:
            way = self._ways.to_refuge(floor, x, y, avoid=self._shut | self._avoid)
            if not way:
                way = self._ways.to_refuge(floor, x, y, avoid=self._shut)
        walker.take(way)

    def _use_door(self, frame: Frame) -> int:
        if frame.tick - self._used < USE_EVERY_TICKS:
            return 0
        state = self._next_shut_door(frame)
        if state is None:
            return 0
        self._used = frame.tick
        return BUTTON_USE

    def _next_shut_door(self, frame: Frame) -> DoorState | None:
        """Return a shut door in reach that the way leads through."""
        x, y, _ = frame.resident.feet
        for state in frame.doors:
            door = self._by_id[state.id]
            if state.open > 0 or door.floor != frame.resident.floor or door.id in self._shut:
                continue
            middle = door.line.interpolate(0.5, normalized=True)
            if math.hypot(middle.x - x, middle.y - y) > USE_WITHIN_M:
                continue
            if door is self._detour or self._ways.crosses(door, (x, y), self._walker.way):
                return state
        return None


def _shakes(scenario: Scenario) -> bool:
    return any(isinstance(part, Earthquake) for part in scenario.model.hazards)
