"""Pages of staff: drill days, their sessions and stations, runs. Plain forms that work without a script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session as DatabaseSession
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from drill.record.wire import CommandAck
from drill.scenario.scenario import Scenario
from server.access.enforcing import Who, allow
from server.access.policies import POLICIES
from server.accounts.principal import Principal
from server.columns import JST, today
from server.db import Database, Db
from server.devices import service as devices
from server.devices.pairing import pairing_of
from server.drills import library, service
from server.drills.live_page import live_station
from server.drills.models import STATES, DrillDay, DrillSession, Run, Station
from server.drills.schemas import Exclusion, NewDay, NewSession, NewStation
from server.live import commands
from server.live.hub import Place
from server.live.room import room_of
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter()

PAGE: Final = 50
COMMANDS: Final[dict[str, commands.Action]] = {
    "start": "start",
    "stop": "stop",
    "pause": "pause",
    "resume": "resume",
    "inject": "inject",
}
LIVE_STATES: Final = ("absent", "stale", "idle", "running", "paused", "stopped", "uploading")
EMPTY: Final = {"starts": "10:00", "ends": "10:30", "capacity": "10", "name": ""}
Text = Annotated[str, Form(max_length=400)]
PartOfDay = Literal["session", "station"]


def found_day(db: Db, who: Principal, day_id: str) -> DrillDay:
    """Return a day, or answer that it is not there: so it is for who is of another department."""
    try:
        day = service.get_day(db, day_id)
    except service.UnknownRowError:
        raise HTTPException(404) from None
    if not who.of_department(day.department):
        raise HTTPException(404)
    return day


def seen(request: Request, address: str) -> Response:
    """Send the browser to the page that shows what was done."""
    return RedirectResponse(request.url_for("home").path.rstrip("/") + address, status_code=303)


def errors_of(error: ValidationError, request: Request, names: dict[str, str]) -> dict[str, str]:
    """Return a message for each field that is wrong, by the name it has in the form."""
    words = Words(language_of(request))
    fields = [names.get(str(one["loc"][0]) if one["loc"] else "", "") for one in error.errors()]
    fallback = next(iter(names.values()))
    return {(field or fallback): words.plain(f"form.wrong_{field or fallback}") for field in fields}


# --- days --------------------------------------------------------------------------------------------------------


@router.get("/days", dependencies=[allow("days.read")])
def days(request: Request, db: Db, who: Who) -> Response:
    """List the drill days."""
    return render(request, "days.html", days=service.list_days(db, department=who.department))


@router.get("/days/new", dependencies=[allow("days.write")])
def new_day(request: Request) -> Response:
    """Show the empty form."""
    return _day_form(request, {"title": "", "place": "", "date": today().isoformat()})


@router.post("/days", dependencies=[allow("days.write")])
def create_day(request: Request, db: Db, who: Who, title: Text = "", place: Text = "", date: Text = "") -> Response:
    """Make a day."""
    values = {"title": title, "place": place, "date": date}
    try:
        day = service.create_day(db, NewDay.model_validate(values), department=who.department, actor=who.actor)
    except ValidationError as error:
        return _day_form(request, values, errors=errors_of(error, request, {n: n for n in values}))
    return seen(request, f"/days/{day.id}")


@router.get("/days/{day_id}", dependencies=[allow("days.read")])
def day(request: Request, db: Db, who: Who, day_id: str) -> Response:
    """Show a day with its sessions and stations."""
    return _day_page(request, db, found_day(db, who, day_id))


@router.get("/days/{day_id}/edit", dependencies=[allow("days.write")])
def edit_day(request: Request, db: Db, who: Who, day_id: str) -> Response:
    """Show the form of a day."""
    one = found_day(db, who, day_id)
    return _day_form(request, {"title": one.title, "place": one.place, "date": one.date.isoformat()}, day_id=day_id)


@router.post("/days/{day_id}", dependencies=[allow("days.write")])
def change_day(
    request: Request, db: Db, who: Who, day_id: str, title: Text = "", place: Text = "", date: Text = ""
) -> Response:
    """Change a day."""
    found_day(db, who, day_id)
    values = {"title": title, "place": place, "date": date}
    try:
        service.change_day(db, day_id, NewDay.model_validate(values), actor=who.actor)
    except ValidationError as error:
        return _day_form(request, values, day_id=day_id, errors=errors_of(error, request, {n: n for n in values}))
    return seen(request, f"/days/{day_id}")


# --- sessions and stations ---------------------------------------------------------------------------------------


@router.post("/days/{day_id}/sessions", dependencies=[allow("days.write")])
def add_session(
    request: Request, db: Db, who: Who, day_id: str, starts: Text = "", ends: Text = "", capacity: Text = ""
) -> Response:
    """Add a time slot; times are Japan's."""
    one = found_day(db, who, day_id)
    values = EMPTY | {"starts": starts, "ends": ends, "capacity": capacity}
    moments = {name: _moment(one.date, text) for name, text in (("starts", starts), ("ends", ends))}
    written = {"starts_at": moments["starts"], "ends_at": moments["ends"], "capacity": capacity}
    try:
        service.add_session(db, day_id, NewSession.model_validate(written), actor=who.actor)
    except ValidationError as error:
        names = {"": "ends", "starts_at": "starts", "ends_at": "ends", "capacity": "capacity"}
        return _day_page(request, db, one, values=values, errors=errors_of(error, request, names))
    return seen(request, f"/days/{day_id}#sessions")


@router.post("/days/{day_id}/stations", dependencies=[allow("days.write")])
def add_station(request: Request, db: Db, who: Who, day_id: str, name: Text = "", scenario: Text = "") -> Response:
    """Add a station, with the scenario that it plays or without."""
    one = found_day(db, who, day_id)
    try:
        service.add_station(db, day_id, NewStation(name=name, scenario_hash=scenario or None), actor=who.actor)
    except ValidationError as error:
        names = {"name": "name", "scenario_hash": "scenario"}
        return _day_page(request, db, one, values=EMPTY | {"name": name}, errors=errors_of(error, request, names))
    except service.UnknownRowError:
        raise HTTPException(404) from None
    return seen(request, f"/days/{day_id}#stations")


@router.post("/days/{day_id}/stations/{station_id}/scenario", dependencies=[allow("days.write")])
def assign_scenario(request: Request, db: Db, who: Who, day_id: str, station_id: str, scenario: Text = "") -> Response:
    """Let a station play a scenario."""
    _station_of(db, who, day_id, station_id)
    if scenario:
        try:
            service.assign_scenario(db, station_id, scenario, actor=who.actor)
        except service.UnknownRowError:
            raise HTTPException(404) from None
    return seen(request, f"/days/{day_id}#stations")


@router.post("/days/{day_id}/stations/{station_id}/pairing", dependencies=[allow("stations.pair")])
def make_pairing_code(request: Request, db: Db, who: Who, day_id: str, station_id: str) -> Response:
    """Make a pairing code and show it, this once: only its hash is kept."""
    name = _station_of(db, who, day_id, station_id)
    settings = request.app.state.settings
    code = devices.new_pairing_code(db, settings, name=name, station_id=station_id, actor=who.actor)
    return _day_page(request, db, found_day(db, who, day_id), pairing=pairing_of(request, name=name, code=code))


@router.get("/days/{day_id}/{kind}s/{key}/remove", dependencies=[allow("days.write")])
def ask_to_remove(request: Request, db: Db, who: Who, day_id: str, kind: PartOfDay, key: str) -> Response:
    """Ask whether a time slot or station shall go."""
    one = found_day(db, who, day_id)
    return render(request, "remove.html", one=one, kind=kind, key=key, name=_name_of_part(one, kind, key))


@router.post("/days/{day_id}/{kind}s/{key}/remove", dependencies=[allow("days.write")])
def remove(request: Request, db: Db, who: Who, day_id: str, kind: PartOfDay, key: str) -> Response:
    """Take a time slot or station out of its day."""
    _name_of_part(found_day(db, who, day_id), kind, key)
    if kind == "session":
        service.remove_session(db, key, actor=who.actor)
    else:
        service.remove_station(db, key, actor=who.actor)
    return seen(request, f"/days/{day_id}#{kind}s")


# --- live --------------------------------------------------------------------------------------------------------


@router.get("/days/{day_id}/live", dependencies=[allow("live")])
def live(request: Request, db: Db, who: Who, day_id: str, reload: str = "") -> Response:
    """Show the stations of a day as they are now; a script keeps them moving."""
    return _live_page(request, db, found_day(db, who, day_id), reload=bool(reload))


@router.post("/days/{day_id}/stations/{station_id}/command", dependencies=[allow("live")])
def command(request: Request, who: Who, day_id: str, station_id: str, action: Text = "", inject: Text = "") -> Response:
    """Let a station do something and say how it went.

    The route holds no session of its own while it waits for the station.
    """
    if action not in COMMANDS:
        raise HTTPException(400)
    database: Database = request.app.state.database
    with database.reading() as db:
        _station_of(db, who, day_id, station_id)
        station = service.get_station(db, station_id)
        scenario = station.scenario.scenario_id if station.scenario and action == "start" else ""
    answer = commands.command(
        request.app,
        station_id=station_id,
        action=COMMANDS[action],
        scenario=scenario,
        inject=inject,
        actor=who.actor,
    )
    with database.reading() as db:
        return _live_page(request, db, found_day(db, who, day_id), answers=[(station.name, answer)])


@router.post("/days/{day_id}/stop", dependencies=[allow("live")])
def stop_all(request: Request, who: Who, day_id: str) -> Response:
    """Stop every station of the day at once."""
    database: Database = request.app.state.database
    with database.reading() as db:
        places = [(s.id, s.name) for s in found_day(db, who, day_id).stations if s.device_id]
    with ThreadPoolExecutor(max(len(places), 1)) as pool:
        said = pool.map(
            lambda p: commands.command(request.app, station_id=p[0], action="room_stop", actor=who.actor), places
        )
        answers = list(zip([name for _, name in places], said, strict=True))
    with database.reading() as db:
        return _live_page(request, db, found_day(db, who, day_id), answers=answers)


# --- runs --------------------------------------------------------------------------------------------------------


@router.get("/runs", dependencies=[allow("runs.read")])
def runs(
    request: Request,
    db: Db,
    who: Who,
    day: str = "",
    state: str = "",
    page: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """List runs, newest first."""
    of_day = found_day(db, who, day) if day else None
    chosen = state if state in STATES else None
    rows = service.list_runs(
        db,
        day_id=of_day.id if of_day else None,
        state=chosen,
        department=who.department,
        by_half_day=not POLICIES["runs.times"].admits(who),
        limit=PAGE + 1,
        offset=page * PAGE,
    )
    words = Words(language_of(request))
    query = urlencode({"day": day, "state": chosen or ""})
    return render(
        request,
        "runs.html",
        runs=rows[:PAGE],
        more=len(rows) > PAGE,
        page=page,
        query=f"&{query}",
        state=chosen or "",
        of_day=of_day,
        titles={version.hash: words.choose(version.title) for version in service.list_versions(db)},
        names={"measured": words.raw("measured.heading")},
    )


@router.get("/runs/{run_id}/exclude", dependencies=[allow("runs.write")])
def exclusion(request: Request, db: Db, who: Who, run_id: str) -> Response:
    """Show the form that leaves a run out of figures."""
    row = _found_run(db, who, run_id)
    return render(request, "exclude.html", row=row, reason=row.excluded_reason, errors=None)


@router.post("/runs/{run_id}/exclude", dependencies=[allow("runs.write")])
def exclude(request: Request, db: Db, who: Who, run_id: str, reason: Text = "") -> Response:
    """Leave a run out of figures, saying why."""
    row = _found_run(db, who, run_id)
    try:
        written = Exclusion.model_validate({"reason": reason})
    except ValidationError as error:
        errors = errors_of(error, request, {"reason": "reason"})
        return render(request, "exclude.html", status=422, row=row, reason=reason, errors=errors)
    service.exclude_run(db, row.run_id, written.reason, actor=who.actor)
    return seen(request, f"/runs/{row.run_id}")


@router.post("/runs/{run_id}/include", dependencies=[allow("runs.write")])
def include(request: Request, db: Db, who: Who, run_id: str) -> Response:
    """Let a run count in figures again."""
    row = _found_run(db, who, run_id)
    service.exclude_run(db, row.run_id, "", actor=who.actor)
    return seen(request, f"/runs/{row.run_id}")


# --- inside ------------------------------------------------------------------------------------------------------


def _day_form(
    request: Request, values: dict[str, str], *, day_id: str = "", errors: dict[str, str] | None = None
) -> Response:
    status = 422 if errors else 200
    return render(request, "day_form.html", status=status, values=values, day_id=day_id, errors=errors)


def _day_page(
    request: Request,
    db: Db,
    one: DrillDay,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    pairing: dict[str, Any] | None = None,
) -> Response:
    return render(
        request,
        "day.html",
        status=422 if errors else 200,
        one=one,
        values=values or EMPTY,
        errors=errors,
        pairing=pairing,
        scenarios=service.list_versions(db, newest_only=True),
        run_count=sum(service.count_runs(db, day_id=one.id).values()),
        slot_time=_slot_time,
    )


def _live_page(
    request: Request,
    db: DatabaseSession,
    one: DrillDay,
    *,
    reload: bool = False,
    answers: Sequence[tuple[str, CommandAck]] = (),
) -> Response:
    words = Words(language_of(request))
    places = [Place(s.id, s.name, s.device_id, s.scenario_hash) for s in one.stations]
    picture = room_of(request.app).hub.picture(one.id, places)
    by_id = {station["id"]: station for station in picture["stations"]}
    shown = [live_station(s, _scenario_of(db, s), by_id.get(s.id), words) for s in one.stations]
    answer = None
    if answers:
        failed = [f"{name}: {said.error or words.plain('live.refused')}" for name, said in answers if not said.ok]
        answer = {"ok": not failed, "text": " / ".join(failed) if failed else words.plain("live.done")}
    return render(request, "live.html", one=one, stations=shown, states=LIVE_STATES, reload=reload, answer=answer)


def _scenario_of(db: DatabaseSession, station: Station) -> Scenario | None:
    """Return what a station plays; None where nothing is assigned or the library has lost it."""
    if station.scenario_hash is None:
        return None
    try:
        return library.scenario_by_hash(service.settings_of(db), station.scenario_hash)
    except library.LibraryError:
        return None


def _station_of(db: Db, who: Principal, day_id: str, station_id: str) -> str:
    """Return the name of a day's station, or answer that it is not there."""
    found_day(db, who, day_id)
    try:
        station = service.get_station(db, station_id)
    except service.UnknownRowError:
        raise HTTPException(404) from None
    if station.day_id != day_id:
        raise HTTPException(404)
    return station.name


def _name_of_part(one: DrillDay, kind: PartOfDay, key: str) -> str:
    """Return how a time slot or station of a day is called, or answer that it is not there."""
    names = {slot.id: _slot_time(slot) for slot in one.sessions} if kind == "session" else {}
    names |= {station.id: station.name for station in one.stations} if kind == "station" else {}
    if key not in names:
        raise HTTPException(404)
    return names[key]


def _found_run(db: Db, who: Principal, run_id: str) -> Run:
    try:
        return service.get_run(db, run_id, department=who.department)
    except service.UnknownRowError:
        raise HTTPException(404) from None


def _moment(day: dt.date, text: str) -> dt.datetime | None:
    try:
        return dt.datetime.combine(day, dt.time.fromisoformat(text), JST)
    except ValueError:
        return None


def _slot_time(slot: DrillSession) -> str:
    starts, ends = (moment.astimezone(JST) for moment in (slot.starts_at, slot.ends_at))
    return f"{starts:%H:%M}–{ends:%H:%M}"
