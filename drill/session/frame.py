"""The state of a drill at a tick: what views draw, the recorder keeps and the live picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drill.hazards.picture import Picture
from drill.people.crowd_state import CrowdState
from drill.people.state import BodyState, Posture
from drill.record.events import AnyEvent
from drill.record.inputs import Pose

__all__ = ["CrowdState", "DoorState", "Frame", "Prompt", "ResidentState", "ThingState"]


@dataclass(frozen=True, slots=True)
class ResidentState:
    """The resident at a tick. Poses are in site axes.

    Attributes:
        feet: x, y, z of the soles.
        floor: index of the floor.
        yaw_rad: facing of the rig, counter-clockwise from the x axis.
        head, left, right: world poses; hands are None when untracked.
        speed_mps: horizontal speed.
        posture: by head height.
        state: what the body does.
        depth_m: water above the feet.
        flow_mps: speed of the water there.
        extinction_per_m: K at the eyes.
        visibility_m: distance at which a reflecting sign is seen (Jin), capped at 30.
        fed: fractional effective dose so far.
        speed_factor: what hazards and posture leave of the walking speed, 0 to 1.
    """

    feet: tuple[float, float, float]
    floor: int
    yaw_rad: float
    head: Pose
    left: Pose | None
    right: Pose | None
    speed_mps: float
    posture: Posture
    state: BodyState
    depth_m: float
    flow_mps: float
    extinction_per_m: float
    visibility_m: float
    fed: float
    speed_factor: float


@dataclass(frozen=True, slots=True)
class DoorState:
    """A door at a tick: `open` is 0 (shut) to 1 (wide open); `blocked` says why it will not open."""

    id: str
    open: float
    blocked: Literal["", "water", "locked"] = ""


@dataclass(frozen=True, slots=True)
class ThingState:
    """A movable thing of the site at a tick.

    Attributes:
        id: id of the prop.
        kind: its kind, such as desk, shelf or lamp.
        at: place of the middle of its underside (of a hanging thing: of the point it hangs from), site axes, metres.
        quat: how it is turned, from the axes of the prop to those of the site: x, y, z, w.
        state: what it does.
    """

    id: str
    kind: str
    at: tuple[float, float, float]
    quat: tuple[float, float, float, float]
    state: Literal["standing", "sliding", "falling", "fallen", "broken"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A decision or quiz question that waits for an answer: id and option ids, texts from the scenario."""

    kind: Literal["decision", "quiz"]
    id: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A drill at a tick.

    Attributes:
        tick: ticks since the run began.
        t_s: run time in seconds.
        resident, crowd, doors, hazards: the state of each.
        warning_level: highest warning level in force, 0 when none.
        warning: id of the latest warning in force, or "".
        subtitles: ids of announcements being spoken.
        prompt: what the resident is asked, if anything.
        events: events of this tick.
        ended: why the run ended, or "". A drill whose run ended still asks its quiz, one prompt at a time.
        alarm: whether the alarm sounds.
        paused: whether the run stands still.
        things: every movable thing, in the order of the site; empty where nothing shakes.
        power: whether the mains light is on.
        daylight: 0 at night to 1 by day.
    """

    tick: int
    t_s: float
    resident: ResidentState
    crowd: CrowdState
    doors: tuple[DoorState, ...]
    hazards: tuple[Picture, ...]
    warning_level: int
    warning: str
    subtitles: tuple[str, ...]
    prompt: Prompt | None
    events: tuple[AnyEvent, ...]
    ended: str
    alarm: bool = False
    paused: bool = False
    things: tuple[ThingState, ...] = ()
    power: bool = True
    daylight: float = 1.0
