"""The events of a run: one Struct a kind, tagged, kept as MessagePack records.

Every event stands at a tick (1/60 s since the run began). Texts are not stored, only the ids that the
scenario gives them, so that a page can show them in any language.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True):
    """Base of all events: the tick at which it happened."""

    tick: int


class Cue(Event, frozen=True, tag="cue"):
    """Something perceptible began: an alarm, a sound, the water reaching the room."""

    cue: str
    first: bool = False
    """The first cue: pre-movement time counts from here."""


class Warned(Event, frozen=True, tag="warning"):
    """A warning of the scenario was issued."""

    warning: str
    level: int


class Decided(Event, frozen=True, tag="decision"):
    """A decision was put (`option` empty) or taken."""

    decision: str
    option: str = ""
    correct: bool | None = None


class Answered(Event, frozen=True, tag="answer"):
    """A quiz question was answered."""

    question: str
    option: str
    correct: bool


class Injected(Event, frozen=True, tag="inject"):
    """Staff fired an inject, or a scenario event did something (`by` is `staff` or `scenario`)."""

    inject: str
    by: Literal["staff", "scenario"] = "scenario"


class ObjectiveMet(Event, frozen=True, tag="objective"):
    """An objective changed state."""

    objective: str
    state: Literal["met", "partly", "not", "not_observed"]


class ExposureLimit(Event, frozen=True, tag="exposure_limit"):
    """The resident passed a limit of a hazard rule, upwards (`passed`) or back."""

    limit: str
    value: float
    passed: bool = True


class Suffered(Event, frozen=True, tag="exposure"):
    """What the resident's body met, at most once a second and only on change. `fed` is the dose so far."""

    depth_m: float = 0.0
    flow_mps: float = 0.0
    extinction_per_m: float = 0.0
    temperature_c: float = 20.0
    fed: float = 0.0
    speed_factor: float = 1.0


class Struck(Event, frozen=True, tag="struck"):
    """Something struck the resident."""

    by: str
    energy_j: float


class HitByThing(Event, frozen=True, tag="hit"):
    """A thing that fell or slid hit the resident: `thing` is the id of the prop, `what` its kind, `at` where (x, y, z).

    `energy_j` is what the thing brought, not what it did to anybody.
    """

    thing: str
    what: str
    at: tuple[float, float, float]
    energy_j: float


class Shaking(Event, frozen=True, tag="shaking"):
    """A shock began or ended: `shock` by its id, `intensity` of its motion as JMA would publish it."""

    shock: str
    begins: bool
    intensity: float


class Covered(Event, frozen=True, tag="cover"):
    """The resident went under something that protects (`under` is its id), or came out (`under` is empty)."""

    under: str = ""


class OnGlass(Event, frozen=True, tag="glass"):
    """The resident stepped onto the broken glass of a thing (`under` is its id), or off it (`under` is empty)."""

    under: str = ""


class PowerFailed(Event, frozen=True, tag="power"):
    """The mains light failed, or came on again (`on`)."""

    on: bool = False


class PostureChanged(Event, frozen=True, tag="posture"):
    """The resident's posture changed."""

    posture: Literal["standing", "crouching", "crawling", "sitting"]


class DoorEvent(Event, frozen=True, tag="door"):
    """A door was opened, closed or tried in vain (`blocked`, by water or lock)."""

    door: str
    state: Literal["open", "closed", "blocked"]


class Moved(Event, frozen=True, tag="first_move"):
    """The resident's first move towards an exit (the end of pre-movement time)."""


class ReachedRefuge(Event, frozen=True, tag="refuge"):
    """The resident entered a refuge."""

    refuge: str


class TrackingLost(Event, frozen=True, tag="tracking"):
    """A tracked device was lost or found again."""

    device: Literal["head", "left", "right"]
    lost: bool


class Paused(Event, frozen=True, tag="pause"):
    """The run was paused or resumed."""

    paused: bool


class ComfortStop(Event, frozen=True, tag="comfort_stop"):
    """The resident asked to stop (raised hand or key)."""


class OperatorNote(Event, frozen=True, tag="note"):
    """A note of staff, with the id of the checklist item if it is one. The text stays on the server."""

    note: str


class Ended(Event, frozen=True, tag="end"):
    """The run ended and why."""

    reason: Literal["refuge", "time", "incapacitated", "stopped", "operator", "window_closed"]


AnyEvent = (
    Cue
    | Warned
    | Decided
    | Answered
    | Injected
    | ObjectiveMet
    | ExposureLimit
    | Suffered
    | Struck
    | HitByThing
    | Shaking
    | Covered
    | OnGlass
    | PowerFailed
    | PostureChanged
    | DoorEvent
    | Moved
    | ReachedRefuge
    | TrackingLost
    | Paused
    | ComfortStop
    | OperatorNote
    | Ended
)
