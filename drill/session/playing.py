"""Plays a scenario from its first tick to the last quiz question, whoever makes the inputs and whatever looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from secrets import token_hex
from typing import Final

import msgspec

from drill import TICK_S
from drill.people.coefficients import COEFFICIENTS
from drill.record.batches import Batch
from drill.record.decoding import decode_batches
from drill.record.events import Answered
from drill.record.inputs import BUTTON_STOP, Inputs
from drill.record.recorder import Recorder
from drill.record.run import LocomotionMode, RecordedRun, RunHeader
from drill.scenario.scenario import Scenario
from drill.session.again import CHECK_TICKS, Again, rejoin
from drill.session.body import eye_height_m
from drill.session.controls import Controls
from drill.session.drill import Drill, EndReason
from drill.session.frame import Frame
from drill.session.pacing import Pace
from drill.session.result import Result
from drill.session.scripted import RecordedResident, Resident
from drill.session.viewing import View

__all__ = ["MemorySink", "View", "build", "play", "run_header"]

QUIZ_PATIENCE_S: Final = 120.0
RESIDENT_PATIENCE_S: Final = 2.0
"""Without an answer for so long (a person; a resident from a file), the rest of the quiz is left out."""
NOT_KEPT: Final = "not kept"


@dataclass(slots=True)
class MemorySink:
    """Keeps the batches of a run in memory, for the debrief right after it."""

    sealed: bool = True
    batches: list[Batch] = field(default_factory=list)

    def append(self, batch: Batch) -> None:
        """Keep a batch. Batches stand in the order of `seq`."""
        self.batches.append(batch)

    def close(self, *, complete: bool = True) -> None:
        """Do nothing: what is in memory is there."""

    def run(self, header: RunHeader) -> RecordedRun:
        """Return the run as recorded."""
        return decode_batches(header, [(b.channel, b.n, b.t0_us, b.payload, b.gaze) for b in self.batches])


def build() -> str:
    """Return the version of the simulator."""
    try:
        return metadata.version("sonae")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def run_header(
    scenario: Scenario, *, seed: int, locomotion: LocomotionMode, device: str, language: str = "ja", **known: str
) -> RunHeader:
    """Return the header of a run that begins now. `known` are further fields: station, session, consent, ..."""
    return RunHeader(
        run_id=token_hex(16),
        scenario=scenario.model.id,
        scenario_hash=scenario.hash,
        seed=seed,
        build=build(),
        profile=scenario.model.crowd.profile,
        device=device,
        locomotion=locomotion,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        coefficients=COEFFICIENTS,
        standing_eye_m=eye_height_m(scenario.model.resident.height_m),
        language=language,
        gentle=scenario.gentle,
        **({"consent": ""} | known),  # type: ignore[arg-type]  # names and types are those of RunHeader
    )


def play(
    scenario: Scenario,
    *,
    seed: int,
    resident: Resident | None = None,
    view: View | None = None,
    recorder: Recorder | None = None,
    progress: Callable[[Frame], None] | None = None,
    controls: Controls | None = None,
    show: Callable[[str, Frame], None] | None = None,
    realtime: bool = False,
    kept: str = "nothing",
    header: RunHeader | None = None,
    again: Again | None = None,
    at_end: Callable[[RecordedRun], None] | None = None,
) -> Result:
    """Play a scenario and return what the run came to.

    Args:
        scenario: what is played.
        seed: seed of the run.
        resident: who makes the inputs; None means the person at the view.
        view: what shows the drill; None means nothing does.
        recorder: keeps the run; closed here. What it keeps is named in `kept`.
        progress: told of every frame.
        controls: what staff ask for from afar.
        show: told of the run's id and every frame, for the live picture; not of a person without consent.
        realtime: True keeps to the wall clock; else the run is as quick as it goes.
        kept: `open`, `sealed` or `nothing`, for the result.
        header: the run's header; None makes one. A recorder brings its own.
        again: where a run that was played before is entered; its seed counts, and what was done until there is part
            of this run too.
        at_end: called once when a person's run has ended, before the quiz, with the run so far.

    Raises:
        ValueError: neither a resident nor a view is given.
        AgainError: the run comes out differently here than it was recorded.
    """
    if resident is None and view is None:
        msg = "give a resident, or a view at which a person plays"
        raise ValueError(msg)
    mode: LocomotionMode = "scripted" if resident is not None else "screen"
    if recorder is not None:
        header = recorder.header
    elif header is None:
        header = run_header(scenario, seed=seed, locomotion=mode, device="not named")
    memory = MemorySink()
    # Never leaves this process: it is asked for the debrief and goes when the process ends.
    in_memory = msgspec.structs.replace(header, consent=header.consent or NOT_KEPT)
    memory_recorder = Recorder(in_memory, memory)
    seed = seed if again is None else again.seed
    run = _Run(Drill(scenario, seed=seed), resident, view, recorder, memory_recorder, controls, again)
    run.watchers += [progress] if progress else []
    run.live = None if show is None else partial(show, header.run_id)
    if at_end is not None:
        run.at_end = partial(_so_far, at_end, memory, memory_recorder, header)
    try:
        run.play(realtime=realtime)
    finally:
        run.close()
    if run.taken_over:
        header, kept = msgspec.structs.replace(header, locomotion="screen"), "nothing"
    drill = run.drill
    return Result.of(
        scenario,
        memory.run(header),
        digest=drill.digest(),
        ended=drill.ended,
        kept=kept,
        digests=run.digests,
        lost=run.lost,
    )


def _so_far(at_end: Callable[[RecordedRun], None], memory: MemorySink, recorder: Recorder, header: RunHeader) -> None:
    recorder.flush()
    at_end(memory.run(header))


@dataclass(slots=True)
class _Run:
    """A drill that is being played."""

    drill: Drill
    resident: Resident | None
    view: View | None
    recorder: Recorder | None
    memory: Recorder
    controls: Controls | None
    again: Again | None = None
    digests: dict[int, str] = field(default_factory=dict)
    at_end: Callable[[], None] | None = None
    watchers: list[Callable[[Frame], None]] = field(default_factory=list)
    live: Callable[[Frame], None] | None = None
    taken_over: bool = False
    lost: str = ""
    _buttons: int = 0
    _unanswered_s: float = 0.0

    def play(self, *, realtime: bool) -> None:
        drill, view = self.drill, self.view
        if self.again is None:
            self._seen(drill.frame, None)
        else:
            rejoin(drill, self.again, self._seen)
            if view is not None and self.resident is None:
                view.ready(drill.frame)
        pace = Pace(realtime=realtime, drawn=view is not None)
        while not drill.finished:
            for _ in range(pace.due()):
                self._tick(attended=realtime)
                if drill.finished:
                    break
            if self.view is not None:
                self._draw(self.view)
            if drill.ended and self.again is not None:
                drill.leave_quiz()  # it was asked before
            if drill.ended and self.at_end is not None:
                look_back, self.at_end = self.at_end, None
                if self.resident is None and not (view is not None and view.closed):
                    look_back()

    def _draw(self, view: View) -> None:
        try:
            view.draw(self.drill.frame)
        except Exception as error:  # whatever a driver does: the run is saved, and staff are told
            self._lose(error)
            return
        if view.closed:
            self._leave("window_closed")

    def _lose(self, error: Exception) -> None:
        """End the run without its picture: nobody plays a drill that is not seen."""
        self.lost = f"{type(error).__name__}: {error}"
        self.view, self.resident = None, self.resident or _Nobody()
        self._leave("window_closed")

    def _leave(self, reason: EndReason) -> None:
        self.drill.stop(reason)
        self.drill.leave_quiz()

    def close(self) -> None:
        for one in (self.recorder, self.memory):
            if one is not None:
                one.close(complete=bool(self.drill.ended))

    def _tick(self, *, attended: bool) -> None:
        drill = self.drill
        frame = drill.frame
        try:
            inputs = self._inputs(frame, attended=attended)
        except KeyboardInterrupt:
            self._leave("operator")
            inputs = Inputs(frame.tick + 1)
        if isinstance(self.resident, RecordedResident) and self.resident.stops_at == frame.tick + 1:
            drill.stop(self.resident.stopped)
        made = drill.step(inputs)
        self._seen(made, inputs)
        # Stop means stop: pressed anew after the run has ended, it leaves the questions too.
        pressed = inputs.buttons & ~self._buttons
        self._buttons = inputs.buttons
        if frame.ended and pressed & BUTTON_STOP:
            drill.leave_quiz()
        answered = any(isinstance(event, Answered) for event in made.events)
        self._unanswered_s = self._unanswered_s + TICK_S if drill.ended and not answered else 0.0
        if self._unanswered_s > (QUIZ_PATIENCE_S if self.resident is None else RESIDENT_PATIENCE_S):
            drill.leave_quiz()

    def _inputs(self, frame: Frame, *, attended: bool) -> Inputs:
        view = self.view
        person = view.inputs(frame) if view is not None and (attended or self.resident is None) else None
        if view is not None and self.resident is not None and view.touched:
            self._take_over()
        if self.resident is not None:
            inputs = self.resident.inputs(frame)
        else:
            assert person is not None  # noqa: S101 - without a resident there is a view, see `play`
            inputs = person
        if self.controls is not None:
            inputs = self._directed(inputs, self.controls)
        if inputs.tick != frame.tick + 1:
            inputs = msgspec.structs.replace(inputs, tick=frame.tick + 1)
        return inputs

    def _take_over(self) -> None:
        """Let the person at the view go on. What was recorded so far is nobody's and stays; the rest goes nowhere."""
        self.resident = None
        self.taken_over = True
        self.live = None
        if self.recorder is not None:
            self.recorder.close(complete=False)
            self.recorder = None

    def _directed(self, inputs: Inputs, controls: Controls) -> Inputs:
        stop, buttons, injects = controls.take()
        if stop:
            self.drill.stop("operator")
        if controls.over:
            self.drill.leave_quiz()
        if buttons or injects:
            pressed = inputs.buttons ^ buttons
            inputs = msgspec.structs.replace(inputs, buttons=pressed, injects=(*inputs.injects, *injects))
        return inputs

    def _seen(self, frame: Frame, inputs: Inputs | None) -> None:
        for recorder in (self.recorder, self.memory):
            if recorder is not None:
                recorder.observe(frame, inputs)
        if frame.tick % CHECK_TICKS == 0:
            self.digests[frame.tick] = self.drill.digest()
        for watcher in self.watchers:
            watcher(frame)
        if self.live is not None:
            self.live(frame)


class _Nobody:
    """Makes no inputs: who played has left."""

    def inputs(self, frame: Frame) -> Inputs:
        return Inputs(frame.tick + 1)
