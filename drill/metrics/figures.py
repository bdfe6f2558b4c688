"""Figures: one number with what it is made of, and all figures of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from drill.metrics.definitions import definitions


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a run.

    Attributes:
        id: id of its definition.
        value: the number, or None.
        unit: unit of the number.
        n: how many observations it is made of (samples, decisions, ...), where that says something.
        reason_missing: why there is no value, as a key of `definitions.toml` `[reasons]`; "" when there is one.
        tick: the tick that shows it best, for the link into the replay.
        censored_at_s: for a time that was not reached, how long it was watched.
    """

    id: str
    value: float | None
    unit: str
    n: int | None = None
    reason_missing: str = ""
    tick: int | None = None
    censored_at_s: float | None = None


def figure(
    id: str,  # noqa: A002 - the name of the field
    value: float | None,
    *,
    n: int | None = None,
    reason: str = "",
    tick: int | None = None,
    censored_at_s: float | None = None,
) -> Figure:
    """Return a figure with the unit of its definition, rounded to six decimals; without a value it needs a reason."""
    if (value is None) != bool(reason):
        msg = f"figure {id}: give either a value or a reason, got value {value} and reason {reason!r}"
        raise ValueError(msg)
    rounded = None if value is None else round(float(value), 6)
    return Figure(id, rounded, definitions()[id].unit, n, reason, tick, censored_at_s)


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One step of the route: the resident entered a zone, went through a door or reached a refuge."""

    kind: str
    id: str
    t_s: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every figure of one run, with what a reader needs to trust them.

    Attributes:
        run_id, scenario, scenario_hash, locomotion: as in the run header. Modes are never pooled.
        definitions_version: of `definitions.toml`.
        figures: in the order of the definitions.
        route: zones, doors and refuge in the order of the way.
        thresholds: the thresholds used.
        first_cue_s, first_move_s, refuge_s: t_c, t_m and t_s on the run clock, where known.
        missing: batches that are known to be missing, as half-open ranges of seq.
        flags: what is doubtful in the data.
    """

    run_id: str
    scenario: str
    scenario_hash: str
    locomotion: str
    definitions_version: int
    figures: tuple[Figure, ...]
    route: tuple[RouteStep, ...]
    thresholds: dict[str, float]
    first_cue_s: float | None = None
    first_move_s: float | None = None
    refuge_s: float | None = None
    missing: tuple[tuple[int, int], ...] = ()
    flags: tuple[str, ...] = ()
    decisions: dict[str, bool] = field(default_factory=dict)
    """Decision id and whether it was right, in the order taken."""

    def __getitem__(self, id: str) -> Figure:  # noqa: A002 - the name of the field
        for one in self.figures:
            if one.id == id:
                return one
        msg = f"there is no figure {id!r}; there are {', '.join(f.id for f in self.figures)}"
        raise KeyError(msg)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Metrics:
        """Return the metrics that `as_dict` made plain. Raise msgspec.ValidationError when it did not."""
        return msgspec.convert(plain, cls)
