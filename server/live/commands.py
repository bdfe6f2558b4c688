"""Commands of staff to a station: sent, answered, and kept in the audit record."""

from __future__ import annotations

import secrets
from typing import Literal

from fastapi import FastAPI

from drill.record.wire import Command, CommandAck
from server.audit.service import record
from server.db import Database
from server.drills import service as drills
from server.live.links import ANSWER_S, StationAbsentError
from server.live.room import room_of

Action = Literal["start", "stop", "pause", "resume", "inject", "room_stop"]


def command(
    app: FastAPI,
    *,
    station_id: str,
    action: Action,
    scenario: str = "",
    seed: int | None = None,
    inject: str = "",
    session: str = "",
    actor: str = "system",
    timeout_s: float = ANSWER_S,
) -> CommandAck:
    """Let a station do something and return its answer; both are kept in the audit record.

    Call it from a worker thread (a plain `def` route) and before the route's own session is used: it waits for the
    station and must not hold the database meanwhile.

    Args:
        app: the app.
        station_id: the station of a drill day.
        action: what it is to do.
        scenario: id of the scenario, for `start`.
        seed: the run's seed, for `start`.
        inject: id of the inject, for `inject`.
        session: id of the drill session, for `start`.
        actor: who gives the command.
        timeout_s: how long to wait for the answer.

    Raises:
        UnknownRowError: there is no such station.
    """
    database: Database = app.state.database
    with database.reading() as db:
        device_id = drills.get_station(db, station_id).device_id
    order = Command(secrets.token_hex(8), action, scenario, seed, inject, session)
    try:
        if device_id is None:
            msg = f"no machine is paired for station {station_id}"
            raise StationAbsentError(msg)
        answer = room_of(app).links.command(device_id, order, timeout_s=timeout_s)
    except StationAbsentError as error:
        answer = CommandAck(order.id, ok=False, error=str(error))
    detail = {"command": order.id, "action": action, "ok": answer.ok, "error": answer.error[:200]}
    detail |= {name: value for name, value in (("scenario", scenario), ("inject", inject), ("seed", seed)) if value}
    with database.session() as db:
        record(db, actor, "station.command", f"station:{station_id}", detail)
    return answer
