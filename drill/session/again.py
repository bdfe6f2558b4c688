"""This moment again: a run that was played is entered once more, shortly before one of its moments.

A run is its scenario, seed and inputs. So the state at a tick is found by playing the recorded inputs up to it, which
takes a second or two for a run of three minutes, and needs no copy of a crowd that lives in a library of its own. That
it is the very same state is proven by the digest that the run had at that tick, or, for a run that comes from a file,
by its events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from drill import TICK_HZ, TICK_S
from drill.metrics import compute_metrics, three_moments
from drill.metrics.moments import Moment
from drill.record.events import AnyEvent, Ended
from drill.record.inputs import Inputs
from drill.record.openfile import NAME as RUN_FILE
from drill.record.reading import ReadError, read_run
from drill.record.run import RecordedRun, RunHeader
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.scripted import RecordedResident

LEAD_S: Final = 15.0
MOST_LEAD_S: Final = 30.0
"""How long before a moment one enters; longer than `MOST_LEAD_S` never."""
CHECK_TICKS: Final = TICK_HZ
"""Ticks between two digests that are kept while a run is played; runs are entered at one of them."""


class AgainError(ValueError):
    """A moment cannot be entered again. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Again:
    """Where a run is entered again.

    Attributes:
        of: id of that run.
        seed: its seed.
        tick: from where the person plays on.
        moment_tick: the moment that it is about.
        inputs: what was done until then.
        events: what happened until then.
        digest: of that run at that tick, "" where it is not known.
    """

    of: str
    seed: int
    tick: int
    moment_tick: int
    inputs: tuple[Inputs, ...]
    events: tuple[AnyEvent, ...]
    digest: str = ""

    @property
    def t_s(self) -> float:
        """Run time at which it is entered, s."""
        return self.tick * TICK_S


def again_at(
    run: RecordedRun, moment_tick: int, *, digests: Mapping[int, str] | None = None, lead_s: float = LEAD_S
) -> Again:
    """Return how to enter a run before a moment: `lead_s` to one second more, or at its start.

    Args:
        run: as it was recorded.
        moment_tick: tick of the moment.
        digests: of the run at multiples of `CHECK_TICKS`, if it was played in this process.
        lead_s: at most `MOST_LEAD_S` - 1.

    Raises:
        AgainError: batches of the run are missing before that tick.
        ValueError: a longer lead.
    """
    if not 0 <= lead_s <= MOST_LEAD_S - CHECK_TICKS * TICK_S:
        msg = f"a lead of {lead_s:g} s; it is 0 to {MOST_LEAD_S - CHECK_TICKS * TICK_S:g} s"
        raise ValueError(msg)
    if run.missing_seq:
        msg = f"run {run.header.run_id} has gaps ({run.missing_seq[0]}): it cannot be played again exactly"
        raise AgainError(msg)
    ended = next((e.tick for e in run.events if isinstance(e, Ended)), None)
    last = moment_tick if ended is None else min(moment_tick, ended - 1)
    tick = max(0, (last - round(lead_s * TICK_HZ)) // CHECK_TICKS * CHECK_TICKS)
    return Again(
        of=run.header.run_id,
        seed=run.header.seed,
        tick=tick,
        moment_tick=moment_tick,
        inputs=tuple(one for one in run.inputs if one.tick <= tick),
        events=tuple(one for one in run.events if one.tick <= tick),
        digest=(digests or {}).get(tick, ""),
    )


def rejoin(drill: Drill, again: Again, seen: Callable[[Frame, Inputs | None], None]) -> None:
    """Bring a fresh drill to where the run is entered, and prove that it is the same run until there.

    Args:
        drill: at tick 0, of the same scenario and seed.
        again: where to.
        seen: told of every frame and the inputs that led to it, as a recorder wants them.

    Raises:
        AgainError: it came out as another run: another scenario, seed, build or machine, or changed inputs.
    """
    resident = RecordedResident(again.inputs)
    events = list(drill.frame.events)
    seen(drill.frame, None)
    while drill.frame.tick < again.tick and not drill.ended:
        inputs = resident.inputs(drill.frame)
        frame = drill.step(inputs)
        events += frame.events
        seen(frame, inputs)
    same = drill.digest() == again.digest if again.digest else tuple(events) == again.events
    if drill.ended or not same:
        msg = (
            f"run {again.of} comes out differently here than it was recorded (at {again.t_s:.0f} s): it needs the "
            "scenario, seed and build that it was played with; begin a new run instead"
        )
        raise AgainError(msg)


def again_header(header: RunHeader, again: Again) -> RunHeader:
    """Return the header of a run as one of "this moment again": never counted, and saying whose moment it is."""
    return msgspec.structs.replace(header, counted=False, again_of=again.of, again_tick=again.tick, seed=again.seed)


def again_of_file(path: Path, scenario: Scenario, *, moment: int) -> tuple[Again, Moment]:
    """Return how to enter moment 1, 2 or 3 of a recorded run, and that moment.

    Raises:
        AgainError: the file is no run of this scenario version, or has no such moment.
    """
    file = path / RUN_FILE if path.is_dir() else path
    try:
        run = read_run(file)
    except ReadError as error:
        msg = f"{file} cannot be played again: {error}"
        raise AgainError(msg) from error
    if run.header.scenario_hash != scenario.hash:
        msg = (
            f"{file} was recorded in scenario {run.header.scenario} with hash {run.header.scenario_hash[:12]}; "
            f"this is {scenario.model.id} with {scenario.hash[:12]}: play it in the version it was recorded in"
        )
        raise AgainError(msg)
    moments = three_moments(run, scenario, compute_metrics(run, scenario))
    if not 1 <= moment <= len(moments):
        msg = f"{file} has {len(moments)} moments, no number {moment}"
        raise AgainError(msg)
    chosen = moments[moment - 1]
    return again_at(run, chosen.tick), chosen
