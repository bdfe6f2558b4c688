"""What a drill tells the operator's window beside it, and what the operator asks of it. Plain values, no window."""

from __future__ import annotations

from typing import Literal

import msgspec

from drill.record.live import live_message
from drill.record.wire import Live
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.session.roomcall import StationState

Act = Literal["stop", "pause", "resume", "inject", "room_stop", "lift"]


class Setup(msgspec.Struct, frozen=True, tag="setup"):
    """The first message: which scenario, which station, and the room's key ("" for none).

    `port` and `interfaces` are those of the room; `gentle` names the gentle variant.
    """

    scenario: str
    station: str
    room_key: str = ""
    port: int = 0
    interfaces: tuple[str, ...] | None = None
    gentle: bool = False


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """The drill at a moment.

    Attributes:
        live: the resident, people and hazards, as the live picture has them.
        state: what the station does.
        warning, warning_level: id of the latest warning and the level in force.
        doors: ids of doors that stand open; `blocked` of those that will not open.
        spoken: ids of announcements that are heard now.
        prompt: id of what the resident is asked, or "".
        visibility_m, alarm: how far the resident sees; whether the bell rings.
        injects: ids of injects that were fired.
    """

    live: Live
    state: StationState
    warning: str = ""
    warning_level: int = 0
    doors: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    prompt: str = ""
    visibility_m: float = 30.0
    alarm: bool = False
    injects: tuple[str, ...] = ()


class Eye(msgspec.Struct, frozen=True, tag="eye"):
    """What the resident sees, RGB, top row first; kept nowhere."""

    width: int
    height: int
    rgb: bytes


class Condition(msgspec.Struct, frozen=True, tag="condition"):
    """What the station does while no drill is drawn."""

    state: StationState


class Bye(msgspec.Struct, frozen=True, tag="bye"):
    """The station's program ends."""


class Order(msgspec.Struct, frozen=True, tag="order"):
    """What the operator asks for."""

    act: Act
    inject: str = ""


ToOperator = Setup | Snapshot | Eye | Condition | Bye

encode = msgspec.msgpack.encode
to_operator = msgspec.msgpack.Decoder(ToOperator).decode
from_operator = msgspec.msgpack.Decoder(Order).decode


def snapshot_of(run_id: str, frame: Frame, *, injects: tuple[str, ...] = ()) -> Snapshot | None:
    """Return a snapshot of a frame, or None where none is due: ten a second, see `drill.record.live`."""
    live = live_message(run_id, frame)
    if live is None:
        return None
    return Snapshot(
        live=live,
        state="debrief" if frame.ended else "paused" if frame.paused else "drill",
        warning=frame.warning,
        warning_level=frame.warning_level,
        doors=tuple(d.id for d in frame.doors if d.open > 0.5),
        blocked=tuple(d.id for d in frame.doors if d.blocked),
        spoken=frame.subtitles,
        prompt=frame.prompt.id if frame.prompt is not None else "",
        visibility_m=round(frame.resident.visibility_m, 1),
        alarm=frame.alarm,
        injects=injects,
    )


def injects_of(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """Return id and Japanese label of every inject of a scenario."""
    return tuple((one.id, one.label.in_language("ja")) for one in scenario.model.injects)
