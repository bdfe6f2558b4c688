"""One real request for every address: with ids of things that are there, so that who may reaches what is asked for.

An address that takes nothing and changes nothing needs no entry: its path is asked for as it stands. What a request
changes is made anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from house_world import Caller, World

GOOD: Final = tuple(range(200, 400))
ANSWERED: Final = (*GOOD, 400, 401, 404, 409, 422)
"""Also a rule's own no: of what a request of these tests cannot have, such as a passkey's signature."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and which answers show that it was let in.

    `good` are statuses of success; a rule's own refusal stands there only where a success cannot be had in one request.
    """

    path: str
    data: dict[str, Any] | None = None
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    good: tuple[int, ...] = GOOD


Maker = Callable[[World, Caller], Ask]
ASKS: Final[dict[str, Maker]] = {}


def ask(address: str) -> Callable[[Maker], Maker]:
    """Register who makes the request of an address."""

    def keep(maker: Maker) -> Maker:
        ASKS[address] = maker
        return maker

    return keep


def request_of(address: str, world: World, caller: Caller) -> Ask:
    """Return the request of an address. Raise KeyError where it takes something and nobody has said what."""
    if address in ASKS:
        return ASKS[address](world, caller)
    method, _, path = address.partition(" ")
    if method != "GET" or "{" in path:
        msg = f"{address} takes something: give it a request in {__name__}.py"
        raise KeyError(msg)
    return Ask(path)


# --- the house -------------------------------------------------------------------------------------------------------

ASKS["GET /static/{file}"] = lambda _w, _c: Ask("/static/sonae.css")
ASKS["GET /metrics/{metric_id}"] = lambda _w, _c: Ask("/metrics/travel_time_s")
ASKS["POST /api/jobs/{job_id}/retry"] = lambda w, _c: Ask(f"/api/jobs/{w.failed_job()}/retry")

# --- drill days ------------------------------------------------------------------------------------------------------

DAY: Final = {"title": "秋の防災訓練", "place": "体育館", "date": "2026-12-06"}
ASKS["POST /days"] = lambda _w, _c: Ask("/days", data=DAY)
ASKS["GET /days/{day_id}"] = lambda w, _c: Ask(f"/days/{w.day()}")
ASKS["GET /days/{day_id}/edit"] = lambda w, _c: Ask(f"/days/{w.day()}/edit")
ASKS["POST /days/{day_id}"] = lambda w, _c: Ask(f"/days/{w.day()}", data=DAY)
ASKS["POST /days/{day_id}/sessions"] = lambda w, _c: Ask(
    f"/days/{w.day()}/sessions", data={"starts": "10:00", "ends": "10:30", "capacity": "8"}
)
ASKS["POST /days/{day_id}/stations"] = lambda w, _c: Ask(f"/days/{w.day()}/stations", data={"name": "ステーション1"})
ASKS["GET /days/{day_id}/live"] = lambda w, _c: Ask(f"/days/{w.day()}/live")
ASKS["POST /days/{day_id}/stop"] = lambda w, _c: Ask(f"/days/{w.day()}/stop")
ASKS["GET /live/{day_id}.json"] = lambda w, _c: Ask(f"/live/{w.day()}.json")
ASKS["GET /live/{day_id}/stream"] = lambda w, _c: Ask(f"/live/{w.day()}/stream")


def _of_station(end: str, **data: str) -> Maker:
    def make(world: World, _caller: Caller) -> Ask:
        day = world.day()
        return Ask(f"/days/{day}/stations/{world.station(day)}/{end}", data=data)

    return make


ASKS["POST /days/{day_id}/stations/{station_id}/pairing"] = _of_station("pairing")
ASKS["POST /days/{day_id}/stations/{station_id}/command"] = _of_station("command", action="stop")
ASKS["GET /days/{day_id}/{kind}s/{key}/remove"] = _of_station("remove")
ASKS["POST /days/{day_id}/{kind}s/{key}/remove"] = _of_station("remove")


@ask("POST /days/{day_id}/stations/{station_id}/scenario")
def _scenario(world: World, _caller: Caller) -> Ask:
    day = world.day()
    return Ask(f"/days/{day}/stations/{world.station(day)}/scenario", data={"scenario": world.scenario()})


# --- runs ------------------------------------------------------------------------------------------------------------

ASKS["GET /runs/{run_id}"] = lambda w, _c: Ask(f"/runs/{w.measured()}")
ASKS["GET /runs/{run_id}/replay"] = lambda w, _c: Ask(f"/runs/{w.measured()}/replay")
ASKS["GET /runs/{run_id}/replay.json"] = lambda w, _c: Ask(f"/runs/{w.measured()}/replay.json")
ASKS["GET /runs/{run_id}/exclude"] = lambda w, _c: Ask(f"/runs/{w.run()}/exclude")
ASKS["POST /runs/{run_id}/exclude"] = lambda w, _c: Ask(f"/runs/{w.run()}/exclude", data={"reason": "装置の不具合"})
ASKS["POST /runs/{run_id}/include"] = lambda w, _c: Ask(f"/runs/{w.run()}/include")

# --- stations --------------------------------------------------------------------------------------------------------


ASKS["POST /api/station/pair"] = lambda w, _c: Ask(
    "/api/station/pair", json={"code": w.pairing_code(), "name": "gym left"}
)
ASKS["POST /api/station/pass"] = lambda _w, _c: Ask("/api/station/pass", json={"purpose": "upload"})
ASKS["POST /api/station/consent"] = lambda w, _c: Ask(
    "/api/station/consent",
    json={"kind": "run", "subject": w.run(), "purpose": "recording", "version": "recording-1", "given": True},
)


def _socket(path: str, purpose: str) -> Maker:
    def make(world: World, caller: Caller) -> Ask:
        if not caller.device_id:
            return Ask(path)
        return Ask(path, headers={"authorization": f"SocketPass {world.socket_pass(caller.device_id, purpose)}"})

    return make


ASKS["SOCKET /ws/upload"] = _socket("/ws/upload", "upload")
ASKS["SOCKET /ws/station"] = _socket("/ws/station", "control")
ASKS["POST /api/station/key"] = lambda _w, _c: Ask("/api/station/key", json={"only_if_due": False})
ASKS["POST /devices/pairing"] = lambda _w, _c: Ask("/devices/pairing", data={"name": "gym left"})
for _method, _end in (("GET", "revoke"), ("POST", "revoke"), ("POST", "key")):
    ASKS[f"{_method} /devices/{{device_id}}/{_end}"] = lambda w, _c, end=_end: Ask(
        f"/devices/{w.device().device_id}/{end}"
    )
