"""Residents from a file: the steps of a script, or the recorded inputs of an earlier run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec

from drill.record.events import Cue, Ended, Warned
from drill.record.inputs import BUTTON_STOP, BUTTON_USE, Inputs
from drill.record.openfile import NAME as RUN_FILE
from drill.record.reading import ReadError, read_run
from drill.scenario.scenario import Scenario
from drill.session.body import eye_height_m
from drill.session.frame import Frame
from drill.session.script import Script, ScriptError, Step, Until, load_script
from drill.session.sheltering import COVER_RATIO
from drill.session.walking import Walker, WayPoint
from drill.session.ways import Ways

COVER_TIMEOUT_S: Final = 8.0
WALK_TIMEOUT_S: Final = 90.0
SCRIPT_SUFFIXES: Final = (".yaml", ".yml")


class Resident(Protocol):
    """Whoever makes the inputs of a run."""

    def inputs(self, frame: Frame) -> Inputs:
        """Return the inputs of the tick after `frame`."""


class ResidentError(ValueError):
    """A resident's file cannot be used. The text names it and says what to do."""


class ScriptedResident:
    """Does the steps of a script one after another, with a person's inputs."""

    def __init__(self, script: Script, scenario: Scenario) -> None:
        self._script = script
        self._scenario = scenario
        self._ways = Ways(scenario)
        self._walker = Walker(eye_m=eye_height_m(scenario.model.resident.height_m))
        self._step = 0
        self._began: float | None = None
        self._happened: set[str] = set()
        self._used: tuple[int, int] | None = None
        self._before_cover: WayPoint | None = None

    @property
    def done(self) -> bool:
        """Whether every step was done."""
        return self._step >= len(self._script.steps)

    def inputs(self, frame: Frame) -> Inputs:
        """Return the inputs of the tick after `frame`."""
        for event in frame.events:
            if isinstance(event, Cue):
                self._happened.add(event.cue)
            elif isinstance(event, Warned):
                self._happened.add(event.warning)
        choose = self._quiz(frame)
        buttons, look = 0, None
        while not self.done and not frame.ended:
            step = self._script.steps[self._step]
            if self._began is None:
                self._began = frame.t_s
                self._begin(step, frame)
            if step.choose is not None:
                choose, finished = step.choose, True
            elif step.use is not None:
                buttons |= BUTTON_USE
                finished = True
            elif step.stop:
                buttons |= BUTTON_STOP
                finished = True
            else:
                look = step.look
                finished = self._finished(step, frame, frame.t_s - self._began)
            if not finished:
                break
            self._step += 1
            self._began = None
            if buttons or choose:
                break
        self._walker.pace = 1.0 if self.done else self._script.steps[self._step].pace
        radians = None if look is None else math.radians(look)
        return self._walker.step(frame, buttons=buttons, choose=choose, look_rad=radians)

    def _begin(self, step: Step, frame: Frame) -> None:
        if step.crouch is not None:
            self._walker.head_ratio = step.crouch
        floor, (x, y, _) = frame.resident.floor, frame.resident.feet
        if step.cover is not None:
            desk = next(p for p in self._scenario.site.props if p.id == step.cover)
            self._before_cover = (floor, x, y)
            self._walker.head_ratio = COVER_RATIO
            self._walker.take([(desk.floor, desk.at.x, desk.at.y)])
            return
        if step.walk_to is None:
            self._walker.way = []
            return
        target = step.walk_to
        self._walker.keeps_space = target.keep_space
        out, self._before_cover = self._before_cover, None
        if out is not None:
            # No way begins under a desk: first back to where one went under it.
            floor, x, y = out
        avoid = target.avoid_doors
        if target.refuge is not None:
            way = self._ways.to_refuge(floor, x, y, avoid=avoid, refuge=target.refuge)
        elif target.door is not None:
            door = next(d for d in self._scenario.site.doors if d.id == target.door)
            way = self._ways.to_door(floor, x, y, door, avoid=avoid)
        elif target.zone is not None:
            zone = next(z for z in self._scenario.site.zones if z.id == target.zone)
            point = zone.polygon.representative_point()
            way = self._ways.to_place(floor, x, y, (zone.floor, point.x, point.y), avoid=avoid)
        else:
            assert target.x is not None  # noqa: S101 - the model gives one target
            assert target.y is not None  # noqa: S101 - with x comes y
            goal_floor = floor if target.floor is None else self._ways.ground.floor_index(target.floor)
            way = self._ways.to_place(floor, x, y, (goal_floor, target.x, target.y), avoid=avoid)
        self._walker.take(way if out is None else [out, *way])

    def _finished(self, step: Step, frame: Frame, elapsed_s: float) -> bool:
        if step.wait is not None:
            return elapsed_s >= step.wait - 1e-9
        if step.walk_to is not None:
            if self._walker.stuck >= 4 and step.walk_to.door is None:
                self._begin(step, frame)
            return self._arrived(step, frame) or elapsed_s >= WALK_TIMEOUT_S
        if step.cover is not None:
            return (not self._walker.way and self._walker.head_there()) or elapsed_s >= COVER_TIMEOUT_S
        if step.look is not None:
            return self._walker.facing(frame, math.radians(step.look)) or elapsed_s >= 5
        if step.crouch is not None:
            return self._walker.head_there()
        assert step.until is not None  # noqa: S101 - the model gives one field
        return elapsed_s >= step.until.timeout_s or self._true(step.until, frame)

    def _arrived(self, step: Step, frame: Frame) -> bool:
        way, target = self._walker.way, step.walk_to
        if not way or target is None:
            return True
        floor, x, y = way[-1]
        at = frame.resident.feet
        return floor == frame.resident.floor and math.hypot(x - at[0], y - at[1]) <= target.within_m

    def _true(self, until: Until, frame: Frame) -> bool:
        if until.at_s is not None:
            return frame.t_s >= until.at_s - 1e-9
        if until.level is not None:
            return frame.warning_level >= until.level
        if until.prompt is not None:
            return frame.prompt is not None and frame.prompt.id == until.prompt
        if until.depth_m is not None:
            return frame.resident.depth_m >= until.depth_m
        if until.smoke_per_m is not None:
            return frame.resident.extinction_per_m >= until.smoke_per_m
        return (until.cue or until.warning or "") in self._happened

    def _quiz(self, frame: Frame) -> str:
        if frame.prompt is None or frame.prompt.kind != "quiz":
            return ""
        return self._script.quiz.get(frame.prompt.id, "")


class RecordedResident:
    """Plays recorded inputs again, tick by tick. Only changes are recorded: between them, the last ones hold.

    A run that was stopped from outside (staff, window closed) is stopped again at the same tick: `stops_at`, `stopped`.
    """

    def __init__(self, inputs: Sequence[Inputs], *, ended: Ended | None = None) -> None:
        self._inputs = inputs
        self._next = 0
        self._last: Inputs | None = None
        self.stops_at = -1
        self.stopped: Literal["operator", "window_closed"] = "operator"
        if ended is not None and (ended.reason == "operator" or ended.reason == "window_closed"):
            self.stops_at, self.stopped = ended.tick, ended.reason

    def inputs(self, frame: Frame) -> Inputs:
        """Return the inputs of the tick after `frame`."""
        tick = frame.tick + 1
        while self._next < len(self._inputs) and self._inputs[self._next].tick <= tick:
            self._last = self._inputs[self._next]
            self._next += 1
        if self._last is None:
            return Inputs(tick)
        return self._last if self._last.tick == tick else msgspec.structs.replace(self._last, tick=tick)


def load_resident(path: Path, scenario: Scenario) -> Resident:
    """Return the resident in a file.

    A `.yaml` file is a script (schema `sonae-resident/1`); a `.sonae` file, or a folder that holds `run.sonae`, is a
    recorded run; any other file is a MessagePack array of `drill.record.inputs.Inputs`.

    Raises:
        ScriptError: a script with faults.
        ResidentError: the file cannot be read, or was recorded in another scenario version.
    """
    if path.suffix in SCRIPT_SUFFIXES:
        return ScriptedResident(load_script(path, scenario), scenario)
    if path.is_dir():
        path = path / RUN_FILE
    if path.suffix == ".sonae":
        try:
            run = read_run(path)
        except ReadError as error:
            msg = f"{path} cannot be played again: {error}"
            raise ResidentError(msg) from error
        if run.header.scenario_hash != scenario.hash:
            msg = (
                f"{path} was recorded in scenario {run.header.scenario} with hash {run.header.scenario_hash[:12]}; "
                f"this is {scenario.model.id} with {scenario.hash[:12]}: play it in the version it was recorded in"
            )
            raise ResidentError(msg)
        if run.header.gentle != scenario.gentle:
            wanted = "the gentle variant: add --gentle" if run.header.gentle else "the usual variant: omit --gentle"
            msg = f"{path} was recorded in {wanted}"
            raise ResidentError(msg)
        ended = next((e for e in run.events if isinstance(e, Ended)), None)
        return RecordedResident(run.inputs, ended=ended)
    try:
        inputs = msgspec.msgpack.decode(path.read_bytes(), type=list[Inputs])
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise ResidentError(msg) from error
    except msgspec.MsgspecError as error:
        msg = f"{path} is neither a script (.yaml), a recorded run (.sonae) nor MessagePack inputs: {error}"
        raise ResidentError(msg) from error
    ticks = [one.tick for one in inputs]
    if ticks != sorted(set(ticks)):
        msg = f"{path}: ticks of inputs must rise from record to record"
        raise ResidentError(msg)
    return RecordedResident(inputs)


__all__ = [
    "RecordedResident",
    "Resident",
    "ResidentError",
    "ScriptError",
    "ScriptedResident",
    "load_resident",
]
