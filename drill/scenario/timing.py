"""When things of a scenario happen, as far as the scenario alone can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from drill.scenario.model import Flood, ScenarioModel, Text, Trigger


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens: `at_s` is None when it waits for what the resident does.

    `said` is the first text that people hear or read then, if there is one.
    """

    kind: Literal["warning", "event", "decision"]
    id: str
    at_s: float | None
    said: Text | None
    level: int = 0
    trigger: Trigger | None = None


def happenings_of(model: ScenarioModel) -> list[Happening]:
    """Return warnings, events and decisions in the order in which they happen, those without a known time last."""
    times = _times(model)
    found = [Happening("warning", w.id, w.at_s, w.announcement, w.level) for w in model.warnings]
    for event in model.events:
        said = next((action.announce for action in event.do if action.announce is not None), None)
        found.append(Happening("event", event.id, times(event.id), said, trigger=event.when))
    found += [Happening("decision", one.id, times(one.id), one.prompt, trigger=one.when) for one in model.decisions]
    return sorted(found, key=lambda one: (one.at_s is None, one.at_s or 0.0))


def _times(model: ScenarioModel) -> Callable[[str], float | None]:
    """Return a function that gives the time of an event, warning or decision. A checked scenario has no loops."""
    warnings = {warning.id: warning.at_s for warning in model.warnings}
    waits = {event.id: event.when for event in model.events} | {one.id: one.when for one in model.decisions}
    decisions = {decision.id for decision in model.decisions}

    def of(name: str) -> float | None:
        return warnings[name] if name in warnings else when(waits[name]) if name in waits else None

    def when(trigger: Trigger) -> float | None:
        at = base(trigger)
        return None if at is None else at + trigger.delay_s

    def base(trigger: Trigger) -> float | None:
        if trigger.at_s is not None:
            return trigger.at_s
        if trigger.after is not None:
            # A decision counts from when it is taken, which only the resident knows.
            return None if trigger.after in decisions else of(trigger.after)
        if trigger.water_level_m is not None:
            return _reached(model, trigger.water_level_m)
        if trigger.any is not None:
            known = [at for at in map(when, trigger.any) if at is not None]
            return min(known, default=None)
        if trigger.all is not None:
            every = [when(inner) for inner in trigger.all]
            return None if None in every else max(at for at in every if at is not None)
        return None

    return of


def _reached(model: ScenarioModel, level_m: float) -> float | None:
    """Return when the first flood's surface first reaches `level_m`, linear between its points."""
    flood = next((hazard for hazard in model.hazards if isinstance(hazard, Flood)), None)
    if flood is None:
        return None
    before = flood.level[0]
    if before.level_m >= level_m:
        return before.at_s
    for point in flood.level[1:]:
        if point.level_m >= level_m:
            share = (level_m - before.level_m) / (point.level_m - before.level_m)
            return before.at_s + share * (point.at_s - before.at_s)
        before = point
    return None
