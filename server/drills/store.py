"""Queries of days, stations, scenario versions and runs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, extract, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from server.drills.models import DrillDay, Run, ScenarioVersion, Station

HALF_DAY_S: Final = 43_200
JAPAN_S: Final = 32_400


def days(db: Session, *, department: str = "") -> list[DrillDay]:
    """Return the days of a department and of the whole city, newest first, with their sessions and stations."""
    wanted = select(DrillDay).options(selectinload(DrillDay.sessions), selectinload(DrillDay.stations))
    if department:
        wanted = wanted.where(DrillDay.department.in_(("", department)))
    return list(db.scalars(wanted.order_by(DrillDay.date.desc(), DrillDay.created_at.desc(), DrillDay.id)))


def stations_of_device(db: Session, device_id: str) -> list[Station]:
    """Return the stations where a device stands, of the newest day first."""
    wanted = select(Station).join(DrillDay).where(Station.device_id == device_id)
    return list(db.scalars(wanted.order_by(DrillDay.date.desc(), DrillDay.created_at.desc(), Station.id)))


def versions(db: Session) -> list[ScenarioVersion]:
    """Return the library: by scenario, newest version first."""
    wanted = select(ScenarioVersion).order_by(
        ScenarioVersion.scenario_id,
        ScenarioVersion.version.desc(),
        ScenarioVersion.imported_at.desc(),
        ScenarioVersion.hash,
    )
    return list(db.scalars(wanted))


def runs(
    db: Session,
    *,
    day_id: str | None,
    scenario_hash: str | None,
    state: str | None,
    in_figures: bool | None,
    department: str,
    by_half_day: bool,
    without_tickets: Collection[str],
    limit: int,
    offset: int,
) -> list[Run]:
    """Return runs that fit every filter that is given, newest first; with `by_half_day` only to the half-day."""
    wanted = _filtered(select(Run), day_id, scenario_hash, state, in_figures)
    if without_tickets:
        wanted = wanted.where(or_(Run.ticket_hash.is_(None), Run.ticket_hash.not_in(without_tickets)))
    if department:
        wanted = wanted.outerjoin(DrillDay).where(func.coalesce(DrillDay.department, "").in_(("", department)))
    local = extract("epoch", Run.started_at) + JAPAN_S
    newest = (local - local % HALF_DAY_S).desc() if by_half_day else Run.started_at.desc()
    return list(db.scalars(wanted.order_by(newest, Run.run_id).limit(limit).offset(offset)))


def count_runs(db: Session, *, day_id: str | None) -> dict[str, int]:
    """Return how many runs are in each state."""
    wanted = select(Run.state, func.count()).group_by(Run.state)
    if day_id is not None:
        wanted = wanted.where(Run.day_id == day_id)
    return {row[0]: row[1] for row in db.execute(wanted)}


def _filtered(
    wanted: Select[tuple[Run]],
    day_id: str | None,
    scenario_hash: str | None,
    state: str | None,
    in_figures: bool | None,
) -> Select[tuple[Run]]:
    if day_id is not None:
        wanted = wanted.where(Run.day_id == day_id)
    if scenario_hash is not None:
        wanted = wanted.where(Run.scenario_hash == scenario_hash)
    if state is not None:
        wanted = wanted.where(Run.state == state)
    if in_figures is not None:
        counts = Run.counted & (Run.state == "complete") & (Run.excluded_reason == "")
        wanted = wanted.where(counts if in_figures else ~counts)
    return wanted


def run_by_code(db: Session, code: str) -> list[Run]:
    """Return the runs with a run code: nearly always one or none."""
    return list(db.scalars(select(Run).where(Run.code == code).order_by(Run.run_id)))


def runs_of_ticket(db: Session, ticket_hash: str) -> list[Run]:
    """Return the runs that a ticket is tied to, oldest first."""
    return list(db.scalars(select(Run).where(Run.ticket_hash == ticket_hash).order_by(Run.started_at, Run.run_id)))


def run_ids(db: Session) -> list[str]:
    """Return the ids of all runs."""
    return list(db.scalars(select(Run.run_id).order_by(Run.run_id)))


def ticket_hashes(db: Session) -> list[str]:
    """Return the tickets that runs are tied to."""
    return list(db.scalars(select(Run.ticket_hash).where(Run.ticket_hash.is_not(None)).distinct()))


def set_state(db: Session, run_id: str, *, state: str, frm: tuple[str, ...], ended_at: datetime | None) -> bool:
    """Move a run to a state if it is in one of `frm`; return whether it was."""
    wanted = update(Run).where(Run.run_id == run_id, Run.state.in_(frm)).values(state=state, ended_at=ended_at)
    moved = wanted.returning(Run.run_id).execution_options(synchronize_session="fetch")
    return db.scalars(moved).one_or_none() is not None


def runs_before(db: Session, *, at: datetime) -> list[Run]:
    """Return the runs that people played and that were received before a moment."""
    wanted = select(Run).where(Run.received_at < at, Run.locomotion != "scripted")
    return list(db.scalars(wanted.order_by(Run.received_at, Run.run_id)))


def delete_runs(db: Session, run_ids: list[str]) -> int:
    """Delete runs; return how many there were."""
    return len(db.scalars(delete(Run).where(Run.run_id.in_(run_ids)).returning(Run.run_id)).all())
