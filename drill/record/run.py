"""A run as it was recorded: its header and its channels, decoded. Metrics and pages read only this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from drill import TICK_S
from drill.record.events import AnyEvent
from drill.record.inputs import Inputs

LocomotionMode = Literal["walked", "smooth", "teleport", "screen", "scripted"]
Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""64 bits: what every reader of a header can hold."""
RunState = Literal["running", "complete", "gapped", "abandoned"]


class RunHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a run when it begins.

    Attributes:
        run_id: 32 hexadecimal digits, 128 random bits made on the station.
        scenario: id of the scenario.
        scenario_hash: SHA-256 over the scenario and every file it names, hexadecimal.
        seed: the run's seed.
        build: version of the simulator that played it.
        profile: name of the crowd profile.
        coefficients: name and value of every coefficient table used by the body rules.
        device: what it was played on, in words.
        locomotion: how the resident moved; modes are never pooled.
        stance: seated or standing.
        counted: False for practice, test and "this moment again" runs.
        consent: version of the recording consent that was given.
        standing_eye_m: calibrated eye height when standing.
        started_at: wall clock, RFC 3339, kept beside the run time and never used to order anything.
        clock_offset_us: offset of that clock to the server's, if it was measured.
        clock_uncertainty_us: uncertainty of that offset.
        station: name of the station.
        session: id of the drill session, if it belongs to one.
        ticket_hash: SHA-256 of the ticket code, if there is one and its holder agreed.
        age_band: such as "7-12", if known.
        language: ja, ja-simple, en, ...
        gentle: whether the scenario's gentle variant was played; it is never pooled with the other.
        withdrawal: hash of the code by which somebody without ticket takes the record back; see drill.withdrawal.
        again_of: of a "this moment again" run, the id of the run whose moment it is; such a run is never counted.
        again_tick: the tick of that run from which the person played on. What lies before is that run's own.
    """

    run_id: str
    scenario: str
    scenario_hash: str
    seed: Whole
    build: str
    profile: str
    device: str
    locomotion: LocomotionMode
    started_at: str
    consent: str
    coefficients: dict[str, float] = {}
    stance: Literal["standing", "seated"] = "standing"
    counted: bool = True
    standing_eye_m: float = 1.5
    clock_offset_us: Whole | None = None
    clock_uncertainty_us: Whole | None = None
    station: str = ""
    session: str = ""
    ticket_hash: str = ""
    age_band: str = ""
    language: str = "ja"
    withdrawal: str = ""
    gentle: bool = False
    again_of: str = ""
    again_tick: Whole = 0


@dataclass(frozen=True, slots=True)
class PoseTrack:
    """The pose channel: `t_s` (N,), head, left, right (N, 7), tracked (N,) bits, gaze (N, 3) or None."""

    t_s: npt.NDArray[np.float64]
    head: npt.NDArray[np.float32]
    left: npt.NDArray[np.float32]
    right: npt.NDArray[np.float32]
    tracked: npt.NDArray[np.uint8]
    gaze: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class CrowdTrack:
    """The crowd channel, one row a person and moment, ordered by tick then id."""

    tick: npt.NDArray[np.uint32]
    id: npt.NDArray[np.uint16]
    x_m: npt.NDArray[np.float64]
    y_m: npt.NDArray[np.float64]
    floor: npt.NDArray[np.int8]
    state: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class HazardRow:
    """One entry of the hazard channel: see `drill.record.channels.HAZARD_HEAD_COLUMNS`."""

    tick: int
    hazard: int
    kind: int
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A whole run. `state` tells whether it is known to be complete."""

    header: RunHeader
    pose: PoseTrack
    crowd: CrowdTrack
    hazards: tuple[HazardRow, ...]
    inputs: tuple[Inputs, ...]
    events: tuple[AnyEvent, ...]
    state: RunState = "complete"
    missing_seq: tuple[tuple[int, int], ...] = field(default=())
    """Half-open ranges of batches that are known to be missing."""
    flags: tuple[str, ...] = ()
    """What is doubtful in the data, as codes: `pose_time_backwards` (rows were put in order) and the like."""

    @property
    def duration_s(self) -> float:
        """Run time of the last thing recorded, in seconds."""
        ticks = [e.tick for e in self.events[-1:]] + [i.tick for i in self.inputs[-1:]]
        last = max(ticks, default=0) * TICK_S
        return max(last, float(self.pose.t_s[-1]) if len(self.pose.t_s) else 0.0)
