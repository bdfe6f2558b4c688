"""Triggers: when something of the scenario happens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from drill.scenario.model import Trigger


@dataclass(frozen=True, slots=True)
class Seen:
    """What triggers look at.

    Attributes:
        t_s: time of the drill.
        happened: when each event, warning, decision and inject happened.
        zones: ids of the zones that the resident is in.
        depth_m: water above the resident's feet.
        water_level_m: surface of the first flood, or None.
    """

    t_s: float
    happened: Mapping[str, float]
    zones: Collection[str] = ()
    depth_m: float = 0.0
    water_level_m: float | None = None


class Condition:
    """A trigger that is watched. Once true it stays true; its delay counts from then."""

    def __init__(self, trigger: Trigger) -> None:
        self._trigger = trigger
        self._parts = [Condition(part) for part in trigger.any or trigger.all or []]
        self._since: float | None = None

    def met(self, seen: Seen) -> bool:
        """Return whether the trigger has come true and its delay is over. Call it at every step, in order of time."""
        if self._since is None:
            self._since = self._true_since(seen)
        return self._since is not None and seen.t_s >= self._since + self._trigger.delay_s - 1e-9

    def _true_since(self, seen: Seen) -> float | None:
        trigger, now = self._trigger, seen.t_s
        if trigger.after is not None:
            return seen.happened.get(trigger.after)
        if trigger.at_s is not None:
            true = now >= trigger.at_s - 1e-9
        elif trigger.resident_in is not None:
            true = trigger.resident_in in seen.zones
        elif trigger.depth_at_resident_m is not None:
            true = seen.depth_m >= trigger.depth_at_resident_m
        elif trigger.water_level_m is not None:
            true = seen.water_level_m is not None and seen.water_level_m >= trigger.water_level_m
        else:
            # A list, not a generator: every part has to be looked at, since each remembers.
            parts = [part.met(seen) for part in self._parts]
            true = any(parts) if trigger.any is not None else all(parts)
        return now if true else None
