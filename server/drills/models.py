"""Drill days, their sessions and stations, scenario versions and runs."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.columns import UtcDateTime, new_id, now
from server.db import Base

RUNNING: Final = "running"
COMPLETE: Final = "complete"
GAPPED: Final = "gapped"
ABANDONED: Final = "abandoned"
STATES: Final = (RUNNING, COMPLETE, GAPPED, ABANDONED)


class DrillDay(Base):
    """A day of drills at one place."""

    __tablename__ = "drill_day"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    place: Mapped[str] = mapped_column(String(120))
    date: Mapped[dt.date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(String(120))
    department: Mapped[str] = mapped_column(String(80), default="", server_default=text("''"))
    """Whose day it is; empty means the whole city's."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)

    sessions: Mapped[list[DrillSession]] = relationship(
        back_populates="day", order_by="DrillSession.starts_at", cascade="all, delete-orphan"
    )
    stations: Mapped[list[Station]] = relationship(
        back_populates="day", order_by="Station.name", cascade="all, delete-orphan"
    )


class DrillSession(Base):
    """A time slot of a day with room for `capacity` people."""

    __tablename__ = "drill_session"
    __table_args__ = (CheckConstraint("capacity > 0", name="capacity"), Index("ix_drill_session_day", "day_id"))

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    day_id: Mapped[str] = mapped_column(ForeignKey("drill_day.id", ondelete="CASCADE"))
    starts_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]

    day: Mapped[DrillDay] = relationship(back_populates="sessions")


class ScenarioVersion(Base):
    """A scenario in the library, known by its hash. Its files lie under `data_dir/scenarios/<hash>/`."""

    __tablename__ = "scenario_version"
    __table_args__ = (Index("ix_scenario_version_id", "scenario_id", "version"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    scenario_id: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    """The title by language."""
    summary: Mapped[dict[str, str]] = mapped_column(JSON)
    imported_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class Station(Base):
    """A station of a day: a place in the room, the machine that stands there, the scenario that it plays."""

    __tablename__ = "station"
    __table_args__ = (Index("ix_station_day", "day_id"), Index("ix_station_device", "device_id"))

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    day_id: Mapped[str] = mapped_column(ForeignKey("drill_day.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    device_id: Mapped[str | None] = mapped_column(String(16))
    scenario_hash: Mapped[str | None] = mapped_column(ForeignKey("scenario_version.hash"))

    day: Mapped[DrillDay] = relationship(back_populates="stations")
    scenario: Mapped[ScenarioVersion | None] = relationship()


class Run(Base):
    """One person in one scenario version. `header` is the run's header as the station sent it.

    `scenario_hash` need not be in the library: a run is kept also when its scenario comes later.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'complete', 'gapped', 'abandoned')", name="state"),
        Index("ix_run_day", "day_id"),
        Index("ix_run_scenario", "scenario_hash"),
        Index("ix_run_code", "code"),
        Index("ix_run_ticket", "ticket_hash"),
    )

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    """What people read: the first 40 bits of the run id."""
    header: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default=RUNNING)
    scenario_hash: Mapped[str] = mapped_column(String(64))
    locomotion: Mapped[str] = mapped_column(String(10))
    counted: Mapped[bool]
    excluded_reason: Mapped[str] = mapped_column(Text, default="")
    """Why staff left this run out of figures; empty when they did not."""
    ticket_hash: Mapped[str | None] = mapped_column(String(64))
    device_id: Mapped[str | None] = mapped_column(String(16))
    day_id: Mapped[str | None] = mapped_column(ForeignKey("drill_day.id", ondelete="SET NULL"))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("drill_session.id", ondelete="SET NULL"))
    station_id: Mapped[str | None] = mapped_column(ForeignKey("station.id", ondelete="SET NULL"))
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    day: Mapped[DrillDay | None] = relationship()
    station: Mapped[Station | None] = relationship()

    @property
    def in_figures(self) -> bool:
        """Whether the run counts in figures over many runs."""
        return self.counted and self.state == COMPLETE and not self.excluded_reason
