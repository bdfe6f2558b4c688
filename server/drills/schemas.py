"""What staff may write about a day: checked the same from a form, the API and the command line."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator


def _printable(text: str) -> str:
    """Refuse control characters; every letter that people have in their names stays as it is."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            msg = "control characters and line breaks are not allowed"
            raise ValueError(msg)
    return text


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_printable)
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_printable)]
ScenarioHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """Base: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


class NewDay(Part):
    """A day at a place; `date` is the local one there."""

    place: Line
    date: dt.date
    title: Line


class NewSession(Part):
    """A time slot: both times with their zone, at most a day long."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: Annotated[int, Field(ge=1, le=1000)]

    @model_validator(mode="after")
    def _in_order(self) -> NewSession:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            msg = "times need their zone, such as +09:00"
            raise ValueError(msg)
        if not dt.timedelta(0) < self.ends_at - self.starts_at <= dt.timedelta(days=1):
            msg = "a session ends after it starts, within a day"
            raise ValueError(msg)
        return self


class NewStation(Part):
    """A station of a day, and the scenario that it plays; None while staff have not chosen one."""

    name: Name
    scenario_hash: ScenarioHash | None = None


class Exclusion(Part):
    """Why a run is left out of figures."""

    reason: Line
