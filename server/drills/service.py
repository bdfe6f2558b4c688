"""Rules of drill days and runs. Pages, sockets and the command line all come through here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec
from sqlalchemy.orm import Session

from drill.record.run import RunHeader
from drill.scenario.model import Text
from drill.scenario.scenario import Scenario
from drill.ticket import run_code
from server.audit.service import record
from server.columns import JST, now
from server.consent import service as consent
from server.drills import library, store
from server.drills.models import (
    ABANDONED,
    COMPLETE,
    GAPPED,
    RUNNING,
    DrillDay,
    DrillSession,
    Run,
    ScenarioVersion,
    Station,
)
from server.drills.schemas import NewDay, NewSession, NewStation
from server.privacy import Held
from server.requests import suspensions, tombstones
from server.settings import Settings

T = TypeVar("T")
SCRIPTED: Final = "scripted"
MEASURED: Final = "measured"
"""Crowd profile of a run that stands for a published measurement."""
KEPT_FOR: Final = dt.timedelta(days=1095)
"""How long a person's run is kept, as the consent page on the station says."""
YEARS: Final = (1970, 9000)
"""Of a run's start. A clock that was never set says 1970; far beyond, no zone can be applied."""
_MOVES: Final = {
    COMPLETE: (RUNNING, GAPPED, COMPLETE),
    GAPPED: (RUNNING, GAPPED),
    ABANDONED: (RUNNING, GAPPED, ABANDONED),
    RUNNING: (RUNNING, GAPPED),
}
"""Where a run may come from to reach a state: a complete one stays complete."""


class RunConflictError(ValueError):
    """A run id that is known already comes with another header: a cloned station, or a run id used twice."""


class UnknownRowError(LookupError):
    """There is no day, station, session, scenario version or run with this id."""


def settings_of(db: Session) -> Settings:
    """Return the settings that a session's database was opened with."""
    settings: Settings = db.info["settings"]
    return settings


# --- days --------------------------------------------------------------------------------------------------------


def create_day(db: Session, new: NewDay, *, department: str = "", actor: str = "system") -> DrillDay:
    """Make a drill day of a department; of none it is the whole city's."""
    day = DrillDay(place=new.place, date=new.date, title=new.title, department=department)
    db.add(day)
    db.flush()
    record(db, actor, "day.create", f"day:{day.id}")
    return day


def change_day(db: Session, day_id: str, new: NewDay, *, actor: str = "system") -> DrillDay:
    """Change a day's title, place and date. Raise UnknownRowError."""
    day = get_day(db, day_id)
    day.place, day.date, day.title = new.place, new.date, new.title
    db.flush()
    record(db, actor, "day.change", f"day:{day_id}")
    return day


def add_session(db: Session, day_id: str, new: NewSession, *, actor: str = "system") -> DrillSession:
    """Add a time slot to a day. Raise UnknownRowError."""
    day = get_day(db, day_id)
    session = DrillSession(day=day, starts_at=new.starts_at, ends_at=new.ends_at, capacity=new.capacity)
    db.add(session)
    db.flush()
    record(db, actor, "session.add", f"session:{session.id}", {"day": day_id})
    return session


def add_station(db: Session, day_id: str, new: NewStation, *, actor: str = "system") -> Station:
    """Add a station to a day. Raise UnknownRowError."""
    day = get_day(db, day_id)
    version = None if new.scenario_hash is None else get_version(db, new.scenario_hash)
    station = Station(day=day, name=new.name, scenario=version)
    db.add(station)
    db.flush()
    record(db, actor, "station.add", f"station:{station.id}", {"day": day_id, "scenario": new.scenario_hash})
    return station


def remove_session(db: Session, session_id: str, *, actor: str = "system") -> None:
    """Take a time slot out of its day; its runs stay with the day. Raise UnknownRowError."""
    db.delete(_found(db.get(DrillSession, session_id), "session", session_id))
    db.flush()
    record(db, actor, "session.remove", f"session:{session_id}")


def remove_station(db: Session, station_id: str, *, actor: str = "system") -> None:
    """Take a station out of its day; its runs stay with the day. Raise UnknownRowError."""
    db.delete(get_station(db, station_id))
    db.flush()
    record(db, actor, "station.remove", f"station:{station_id}")


def assign_scenario(db: Session, station_id: str, scenario_hash: str, *, actor: str = "system") -> Station:
    """Let a station play a scenario version. Raise UnknownRowError."""
    station = get_station(db, station_id)
    station.scenario = get_version(db, scenario_hash)
    db.flush()
    record(db, actor, "station.assign", f"station:{station_id}", {"scenario": scenario_hash})
    return station


def attach_device(db: Session, station_id: str, device_id: str) -> Station | None:
    """Let a paired device stand at a station; None when the station is gone meanwhile."""
    station = db.get(Station, station_id)
    if station is not None:
        station.device_id = device_id
        db.flush()
    return station


def list_days(db: Session, *, department: str = "") -> list[DrillDay]:
    """Return the days that are a department's business, newest first; without one: all."""
    return store.days(db, department=department)


def get_day(db: Session, day_id: str) -> DrillDay:
    """Return a day. Raise UnknownRowError."""
    return _found(db.get(DrillDay, day_id), "drill day", day_id)


def get_station(db: Session, station_id: str) -> Station:
    """Return a station. Raise UnknownRowError."""
    return _found(db.get(Station, station_id), "station", station_id)


def stations_of_device(db: Session, device_id: str) -> list[Station]:
    """Return the stations where a device stands, of the newest day first."""
    return store.stations_of_device(db, device_id)


# --- scenarios ---------------------------------------------------------------------------------------------------


def import_scenario(db: Session, path: Path, *, actor: str = "system") -> ScenarioVersion:
    """Take the scenario at `path` into the library; a version that is there already is returned.

    Raises:
        ScenarioError: with every fault that was found.
    """
    scenario = library.take_in(settings_of(db), path)
    known = db.get(ScenarioVersion, scenario.hash)
    if known is not None:
        return known
    model = scenario.model
    version = ScenarioVersion(
        hash=scenario.hash,
        scenario_id=model.id,
        version=model.version,
        title=_texts(model.title),
        summary=_texts(model.summary),
    )
    db.add(version)
    db.flush()
    record(db, actor, "scenario.import", f"scenario:{scenario.hash}", {"id": model.id, "version": model.version})
    return version


def import_shipped(db: Session) -> list[ScenarioVersion]:
    """Take in every scenario of `settings.scenarios_dir`."""
    return [import_scenario(db, folder, actor="system") for folder in library.shipped(settings_of(db))]


def list_versions(db: Session, *, newest_only: bool = False) -> list[ScenarioVersion]:
    """Return the library by scenario, newest version first; or only the newest of each."""
    versions = store.versions(db)
    if not newest_only:
        return versions
    newest: dict[str, ScenarioVersion] = {}
    for version in versions:
        newest.setdefault(version.scenario_id, version)
    return list(newest.values())


def get_version(db: Session, scenario_hash: str) -> ScenarioVersion:
    """Return a scenario version. Raise UnknownRowError."""
    return _found(db.get(ScenarioVersion, scenario_hash), "scenario version", scenario_hash)


def scenario_of(db: Session, run: Run) -> Scenario:
    """Return the scenario that a run was played in. Raise LibraryError when the library does not hold it."""
    return library.scenario_by_hash(settings_of(db), run.scenario_hash)


# --- runs --------------------------------------------------------------------------------------------------------


def register_run(db: Session, header: RunHeader, *, device_id: str | None = None) -> Run:
    """Keep a run's header and return its row; the same header again returns the row that is there.

    A run finds its day by its session, else by the station where its device stands.

    Raises:
        RunConflictError: the run id is known with another header.
        ConsentError: a person's run without consent, or its ticket's holder took the consent back since.
        ValueError: `started_at` is no moment with a zone, of the years 1970 to 9000.
    """
    content: dict[str, Any] = msgspec.to_builtins(header)
    known = db.get(Run, header.run_id)
    if known is not None:
        if known.header != content:
            msg = f"run {header.run_id} is known with another header: is this spool a copy of another station's?"
            raise RunConflictError(msg)
        return known
    started_at = _moment(header.started_at)
    _note_consent(db, header, started_at, device_id)
    session = db.get(DrillSession, header.session) if header.session else None
    station = _station(db, device_id, session, started_at)
    run = Run(
        run_id=header.run_id,
        code=run_code(header.run_id),
        header=content,
        scenario_hash=header.scenario_hash,
        locomotion=header.locomotion,
        counted=header.counted and not header.again_of,  # whatever the station says of it
        ticket_hash=header.ticket_hash or None,
        device_id=device_id,
        day_id=session.day_id if session else station.day_id if station else None,
        session_id=session.id if session else None,
        station_id=station.id if station else None,
        started_at=started_at,
    )
    db.add(run)
    db.flush()
    return run


def header_of(run: Run) -> RunHeader:
    """Return a run's header."""
    return msgspec.convert(run.header, RunHeader)


def set_run_state(db: Session, run_id: str, state: Literal["running", "complete", "gapped", "abandoned"]) -> bool:
    """Move a run to a state; return False when it may not go there (a complete run stays complete)."""
    ended_at = None if state == RUNNING else now()
    return store.set_state(db, run_id, state=state, frm=_MOVES[state], ended_at=ended_at)


def list_runs(
    db: Session,
    *,
    day_id: str | None = None,
    scenario_hash: str | None = None,
    state: str | None = None,
    in_figures: bool | None = None,
    department: str = "",
    by_half_day: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> list[Run]:
    """Return runs that fit every filter that is given, newest first.

    `department` leaves out the runs of other departments' days. `by_half_day` gives those of one half-day in no order
    that would tell when each was played. Runs whose use is suspended are not listed.
    """
    return store.runs(
        db,
        day_id=day_id,
        scenario_hash=scenario_hash,
        state=state,
        in_figures=in_figures,
        department=department,
        by_half_day=by_half_day,
        without_tickets=suspensions.tickets(db),
        limit=limit,
        offset=offset,
    )


def count_runs(db: Session, *, day_id: str | None = None) -> dict[str, int]:
    """Return how many runs are in each state."""
    return store.count_runs(db, day_id=day_id)


def get_run(db: Session, run_id: str, *, department: str = "") -> Run:
    """Return a run by its id (32 digits) or its run code, if only one run has that code.

    Raises:
        UnknownRowError: there is none, or it is of a day of another department than the one given.
    """
    run = db.get(Run, run_id)
    if run is None and len(run_id) == 8:
        found = store.run_by_code(db, run_id.upper())
        run = found[0] if len(found) == 1 else None
    if run is not None and department and run.day is not None and run.day.department not in ("", department):
        run = None
    return _found(run, "run", run_id)


def runs_of_code(db: Session, code: str) -> list[Run]:
    """Return the runs with a run code: nearly always one or none."""
    return store.run_by_code(db, code)


def runs_of_ticket(db: Session, ticket_hash: str) -> list[Run]:
    """Return the runs that a ticket is tied to, oldest first."""
    return store.runs_of_ticket(db, ticket_hash)


def exclude_run(db: Session, run_id: str, reason: str, *, actor: str = "system") -> Run:
    """Leave a run out of figures, saying why; an empty reason takes it back in. Raise UnknownRowError."""
    run = get_run(db, run_id)
    run.excluded_reason = reason.strip()
    db.flush()
    record(db, actor, "run.exclude" if run.excluded_reason else "run.include", f"run:{run.run_id}")
    return run


def expire_runs(db: Session, *, before: dt.datetime, held: Held) -> int:
    """Delete people's runs that came in before a moment, with all that hangs on them; return how many.

    Published measurements stay, and what is held: a run, or all runs of a ticket.
    """
    old = [run for run in store.runs_before(db, at=before) if run.header.get("profile") != MEASURED]
    ids = [run.run_id for run in old if run.run_id not in held["run"] and run.ticket_hash not in held["ticket"]]
    for run_id in ids:
        consent.forget(db, kind="run", subject=run_id)
    count = store.delete_runs(db, ids)
    if count:
        record(db, "system", "run.expire", "run", {"count": count})
    return count


# --- inside ------------------------------------------------------------------------------------------------------


def _found(row: T | None, what: str, key: str) -> T:
    if row is None:
        msg = f"there is no {what} {key[:70]!r}"
        raise UnknownRowError(msg)
    return row


def _texts(text: Text) -> dict[str, str]:
    return text.model_dump(by_alias=True, exclude_none=True)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"started_at {text!r} has no zone; write it as RFC 3339, such as 2026-11-24T10:00:00+09:00"
        raise ValueError(msg)
    if not YEARS[0] <= moment.year <= YEARS[1]:
        msg = f"started_at {text!r} lies outside the years {YEARS[0]} to {YEARS[1]}: set the station's clock"
        raise ValueError(msg)
    return moment.astimezone(dt.UTC)


def _note_consent(db: Session, header: RunHeader, started_at: dt.datetime, device_id: str | None) -> None:
    """Keep the consent that the station asked for; a scripted run is nobody's and needs none."""
    if header.locomotion == SCRIPTED:
        return
    kind: consent.Kind = "ticket" if header.ticket_hash else "run"
    subject = header.ticket_hash or header.run_id
    if not header.consent:
        msg = f"run {header.run_id} has no consent for recording: it is played and thrown away"
        raise consent.ConsentError(msg)
    if tombstones.is_erased(db, "run", header.run_id) or tombstones.is_erased(db, kind, subject):
        msg = f"run {header.run_id} was erased, or its ticket was: it is not taken in again"
        raise consent.ConsentError(msg)
    refused = consent.was_withdrawn(db, kind=kind, subject=subject, purpose=consent.RECORDING)
    if refused or consent.withdrawn_since(db, kind=kind, subject=subject, purpose=consent.RECORDING, since=started_at):
        msg = f"the consent for run {header.run_id} was taken back: it is thrown away"
        raise consent.ConsentError(msg)
    if consent.live(db, kind=kind, subject=subject, purpose=consent.RECORDING) is not None:
        return
    source = f"device:{device_id}" if device_id else "system"
    consent.give(db, kind=kind, subject=subject, purpose=consent.RECORDING, version=header.consent, source=source)


def _station(
    db: Session, device_id: str | None, session: DrillSession | None, started_at: dt.datetime
) -> Station | None:
    """Return where the run's device stood: on the day of its session, else on the run's own date, else the newest."""
    stations = store.stations_of_device(db, device_id) if device_id else []
    if session is not None:
        return next((s for s in stations if s.day_id == session.day_id), None)
    local = started_at.astimezone(JST).date()
    return next((s for s in stations if s.day.date == local), stations[0] if stations else None)
