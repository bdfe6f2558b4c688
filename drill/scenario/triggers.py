"""What waits for what in a scenario, and whether it can ever come."""

from __future__ import annotations

from collections.abc import Iterator

from drill.located import Path
from drill.scenario.model import Action, ScenarioModel, Trigger


def parts_of(trigger: Trigger, path: Path) -> Iterator[tuple[Trigger, Path]]:
    """Yield a trigger and all triggers inside it, each with its path."""
    yield trigger, path
    for name in ("any", "all"):
        for n, inner in enumerate(getattr(trigger, name) or ()):
            yield from parts_of(inner, (*path, name, n))


def triggers_of(model: ScenarioModel) -> Iterator[tuple[str, Trigger, Path]]:
    """Yield the id of each event and decision with every trigger of it and the trigger's path."""
    for n, event in enumerate(model.events):
        for trigger, path in parts_of(event.when, ("events", n, "when")):
            yield event.id, trigger, path
    for n, decision in enumerate(model.decisions):
        for trigger, path in parts_of(decision.when, ("decisions", n, "when")):
            yield decision.id, trigger, path


def actions_of(model: ScenarioModel) -> Iterator[tuple[str, Action, Path]]:
    """Yield every action with the id of its event or inject, and its path."""
    for n, event in enumerate(model.events):
        for m, action in enumerate(event.do):
            yield event.id, action, ("events", n, "do", m)
    for n, inject in enumerate(model.injects):
        for m, action in enumerate(inject.do):
            yield inject.id, action, ("injects", n, "do", m)


def loops_of(model: ScenarioModel) -> list[tuple[list[str], Path]]:
    """Return loops of things that wait for each other: ids in the order of waiting, and where the first waits.

    An event waits for what `after` names; a decision that an event asks waits for that event too. Each loop is
    told once, from the thing that stands first in the file.
    """
    waits: dict[str, dict[str, Path]] = {}
    for owner, trigger, path in triggers_of(model):
        if trigger.after is not None:
            waits.setdefault(owner, {}).setdefault(trigger.after, (*path, "after"))
    for owner, action, path in actions_of(model):
        if action.ask is not None:
            waits.setdefault(action.ask, {}).setdefault(owner, (*path, "ask"))
    loops: list[tuple[list[str], Path]] = []
    told: set[frozenset[str]] = set()
    for start in waits:
        loop = _way_back(start, waits)
        if loop and frozenset(loop) not in told:
            told.add(frozenset(loop))
            loops.append(([*loop, start], waits[start][loop[1] if len(loop) > 1 else start]))
    return loops


def _way_back(start: str, waits: dict[str, dict[str, Path]]) -> list[str]:
    """Return a shortest way from `start` over what it waits for back to itself, without the last step, or []."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for next_ in waits.get(way[-1], {}):
            if next_ == start:
                return way
            if next_ not in seen:
                seen.add(next_)
                ways.append([*way, next_])
    return []
