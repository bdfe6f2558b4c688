"""The recorder: watches a drill frame by frame and hands batches of one second a channel to a sink."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from drill import TICK_HZ
from drill.hazards.picture import KIND_THINGS, Picture, QuakePicture, SmokePicture, WaterPicture
from drill.record.batches import Batch, HazardEntry, columnar_batches, hazard_batches, record_batches, tick_us
from drill.record.channels import (
    CROWD,
    CROWD_COLUMNS,
    EVENTS,
    INPUTS,
)
from drill.record.events import AnyEvent
from drill.record.inputs import Inputs, Pose
from drill.record.poserows import Gaze, PoseRows
from drill.record.run import RunHeader
from drill.session.frame import CrowdState, Frame, ThingState

BATCH_TICKS: Final = TICK_HZ
CROWD_TICKS: Final = TICK_HZ // 5
HAZARD_TICKS: Final = TICK_HZ
THING_STATES: Final = ("standing", "sliding", "falling", "fallen", "broken")
"""States of a thing by their number in the hazard channel."""
_THREE: Final = struct.Struct("<3f")
_NINE: Final = struct.Struct("<9f")


class RecordingError(RuntimeError):
    """A run cannot be recorded, or not any further. The text says why and what staff can do."""


class Sink(Protocol):
    """Where batches go: a sealed spool, an open file, or both."""

    sealed: bool

    def append(self, batch: Batch) -> None:
        """Keep a batch under the next `seq`. Raise RecordingError when it cannot be kept."""

    def close(self, *, complete: bool = True) -> None:
        """Write the end of the run. Raise RecordingError when it cannot be kept."""


class Tee:
    """A sink that hands every batch to several sinks."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks = sinks
        self.sealed = all(s.sealed for s in sinks)

    def append(self, batch: Batch) -> None:
        """Hand the batch on in order. Raise the RecordingError of the first sink that cannot keep it."""
        for sink in self.sinks:
            sink.append(batch)

    def close(self, *, complete: bool = True) -> None:
        """Close every sink, also after one failed. Raise the first RecordingError."""
        faults: list[RecordingError] = []
        for sink in self.sinks:
            try:
                sink.close(complete=complete)
            except RecordingError as error:
                faults.append(error)
        if faults:
            raise faults[0]


def check_recordable(header: RunHeader, *, sealed: bool) -> None:
    """Raise RecordingError when this run must not be kept: a person's run without consent, or not sealed."""
    if header.locomotion == "scripted":
        return
    if not sealed:
        msg = (
            f"run {header.run_id} is a person's ({header.locomotion}) and may only be recorded sealed to the city's "
            "key: pair this station first (sonae-drill pair)"
        )
        raise RecordingError(msg)
    if not header.consent:
        msg = f"run {header.run_id} has no consent for recording: play it without a recorder"
        raise RecordingError(msg)


class Recorder:
    """Collects a run.

    When the sink fails while the run is on (a full disk), the drill goes on unrecorded: nobody in goggles is
    stopped by a disk. `fault` then holds the error, `on_fault` is called once, and what was kept until then is still
    uploaded, as an abandoned run.

    Args:
        header: what is known of the run.
        sink: where its batches go.
        display_poses: True when a view hands display-rate poses to `pose`; else the resident's pose is kept at
            every tick.
        on_fault: told when recording stops.

    Raises:
        RecordingError: the run must not be recorded, see `check_recordable`.
    """

    def __init__(
        self,
        header: RunHeader,
        sink: Sink,
        *,
        display_poses: bool = False,
        on_fault: Callable[[RecordingError], None] | None = None,
    ) -> None:
        check_recordable(header, sealed=sink.sealed)
        self.header = header
        self.sink = sink
        self.fault: RecordingError | None = None
        self._on_fault = on_fault
        self._display_poses = display_poses
        self._poses = PoseRows()
        self._crowd: list[tuple[int, CrowdState]] = []
        self._hazards: list[HazardEntry] = []
        self._inputs: list[Inputs] = []
        self._events: list[AnyEvent] = []
        self._last_values: dict[int, bytes] = {}
        self._last_things: tuple[ThingState, ...] = ()
        self._last_inputs: Inputs | None = None
        self._next_flush = BATCH_TICKS
        self._closed = False

    def observe(self, frame: Frame, inputs: Inputs | None = None) -> None:
        """Keep a tick: its frame and the inputs that led to it (None for the first frame)."""
        if self.fault is not None or self._closed:
            return
        tick = frame.tick
        if tick >= self._next_flush:
            self._flush()
            self._next_flush = (tick // BATCH_TICKS + 1) * BATCH_TICKS
            if self.fault is not None:
                return
        if not self._display_poses:
            body = frame.resident
            self._poses.add(tick_us(tick), body.head, body.left, body.right, None)
        if tick % CROWD_TICKS == 0:
            self._crowd.append((tick, frame.crowd))
        if tick % HAZARD_TICKS == 0:
            self._observe_hazards(tick, frame.hazards)
            self._observe_things(tick, frame)
        if inputs is not None:
            self._observe_inputs(inputs)
        if frame.events:
            self._events.extend(frame.events)

    def pose(self, t_us: int, head: Pose, left: Pose | None, right: Pose | None, *, gaze: Gaze | None = None) -> None:
        """Keep one display-rate pose (site axes) at run time `t_us`, with the direction of gaze if there is one."""
        if self.fault is None and not self._closed:
            self._poses.add(t_us, head, left, right, gaze)

    def flush(self) -> None:
        """Hand over what was collected so far, for somebody who looks at a run that goes on."""
        if self.fault is None and not self._closed:
            self._flush()

    def close(self, *, complete: bool = True) -> None:
        """Hand over what is left and the end of the run. Does nothing the second time, or after a fault."""
        if self._closed:
            return
        if self.fault is None:
            self._flush()
        self._closed = True
        if self.fault is None:
            self._guarded(partial(self.sink.close, complete=complete))

    def _observe_inputs(self, inputs: Inputs) -> None:
        last = self._last_inputs
        if last is None or not _same_inputs(last, inputs):
            self._inputs.append(inputs)
            self._last_inputs = inputs

    def _observe_hazards(self, tick: int, pictures: tuple[Picture, ...]) -> None:
        for index, picture in enumerate(pictures):
            values = picture_values(picture)
            if self._last_values.get(index) != values:
                self._last_values[index] = values
                self._hazards.append(HazardEntry(tick, index, picture.KIND, values))

    def _observe_things(self, tick: int, frame: Frame) -> None:
        if frame.things is self._last_things:
            return
        values = things_values(frame.things, self._last_things)
        self._last_things = frame.things
        quake = next((n for n, p in enumerate(frame.hazards) if isinstance(p, QuakePicture)), 0)
        if values:
            self._hazards.append(HazardEntry(tick, quake, KIND_THINGS, values))

    def _flush(self) -> None:
        batches: list[Batch] = [*self._poses.batches(), *_crowd_batches(self._crowd)]
        batches += hazard_batches(self._hazards)
        batches += record_batches(INPUTS, self._inputs)
        batches += record_batches(EVENTS, self._events)
        self._poses.clear()
        self._crowd, self._hazards, self._inputs, self._events = [], [], [], []
        for batch in batches:
            if not self._guarded(partial(self.sink.append, batch)):
                return

    def _guarded(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except RecordingError as error:
            self.fault = error
            with contextlib.suppress(RecordingError):
                self.sink.close(complete=False)
            if self._on_fault is not None:
                self._on_fault(error)
            return False
        return True


def picture_values(picture: Picture) -> bytes:
    """Return the values of the hazard channel for a picture, as float32 bytes."""
    if isinstance(picture, WaterPicture):
        return _THREE.pack(picture.level_m, *picture.flow_mps)
    if isinstance(picture, QuakePicture):
        felt = (picture.intensity, float(picture.shaking), picture.dust_per_m)
        return _NINE.pack(*picture.ground_m, *picture.acceleration_mps2, *felt)
    return _layer_values(picture)


def things_values(things: Sequence[ThingState], before: Sequence[ThingState] = ()) -> bytes:
    """Return the values of the hazard channel for things, as float32 bytes: those that changed since `before`."""
    rows = [
        (n, THING_STATES.index(thing.state), *thing.at, *thing.quat)
        for n, thing in enumerate(things)
        if n >= len(before) or thing != before[n]
    ]
    return np.array(rows, "<f4").tobytes()


def _layer_values(picture: SmokePicture) -> bytes:
    rows = [
        (layer.interface_m, layer.extinction_upper_per_m, layer.extinction_lower_per_m, layer.temperature_c)
        for layer in picture.layers
    ]
    return np.array(rows, "<f4").tobytes()


def _same_inputs(a: Inputs, b: Inputs) -> bool:
    """Whether two inputs differ in their tick alone: the later one then need not be kept."""
    return msgspec.structs.astuple(a)[1:] == msgspec.structs.astuple(b)[1:]


def _crowd_batches(steps: list[tuple[int, CrowdState]]) -> list[Batch]:
    if not steps:
        return []
    ticks = np.repeat([t for t, _ in steps], [len(c.id) for _, c in steps])
    xy_cm = np.rint(np.concatenate([c.xy for _, c in steps]) * 100.0)
    values: list[npt.NDArray[np.generic]] = [
        ticks,
        np.concatenate([c.id for _, c in steps]),
        xy_cm[:, 0],
        xy_cm[:, 1],
        np.concatenate([c.floor for _, c in steps]),
        np.concatenate([c.state for _, c in steps]),
    ]
    times = [tick_us(t) for t, _ in steps]
    return list(columnar_batches(CROWD, CROWD_COLUMNS, values, t_us=np.repeat(times, [len(c.id) for _, c in steps])))
