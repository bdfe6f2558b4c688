"""What was computed about runs, and measured trajectories that were taken in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, now
from server.db import Base


class RunAnalysis(Base):
    """The metrics of one run with the version of the definitions that they follow.

    `metrics` is `drill.metrics.figures.Metrics.as_dict`; `problem` says why there are none.
    """

    __tablename__ = "run_analysis"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.run_id", ondelete="CASCADE"), primary_key=True)
    definitions_version: Mapped[int]
    metrics: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class MeasuredTrajectories(Base):
    """A file of measured trajectories, kept beside the run that stands for it.

    `samples` is a compressed NumPy archive of id, frame, x and y in metres; `setup` tells line, area and walkable
    ground in metres; `figures` is what PedPy made of them.
    """

    __tablename__ = "measured_trajectories"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.run_id", ondelete="CASCADE"), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64), unique=True)
    frame_rate: Mapped[float] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(4))
    samples: Mapped[bytes] = mapped_column(LargeBinary)
    setup: Mapped[dict[str, Any]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    imported_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
