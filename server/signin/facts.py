"""What a sign-in service tells of a person, read with care: shapes differ, and only what is needed is taken.

Sex, address and whatever else comes along are not kept. A number of the My Number register never comes along here.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
)
_PARTS: Final = ("region", "locality", "street_address")
_SPACE: Final = re.compile(r"\s+")
LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Facts:
    """What is taken. `lives_here` is None when no address came, or none of our city is set."""

    name: str
    birth_date: dt.date | None
    lives_here: bool | None


def read_facts(claims: Mapping[str, Any], *, city: str = "") -> Facts:
    """Return what we take from claims. `city` is what an address of a resident begins with."""
    return Facts(_name(claims), birth_date(claims.get("birthdate")), _lives(claims.get("address"), city))


def birth_date(value: object) -> dt.date | None:
    """Return a date from 1990-04-01, 19900401, 1990/4/1 or 1990年4月1日; None when it is no date or lacks the year."""
    text = unicodedata.normalize("NFKC", str(value)).strip() if isinstance(value, str | int) else ""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _name(claims: Mapping[str, Any]) -> str:
    whole = _text(claims.get("name"))
    return whole or " ".join(
        part for part in (_text(claims.get("family_name")), _text(claims.get("given_name"))) if part
    )


def _text(value: object) -> str:
    return _SPACE.sub(" ", value).strip()[:LONGEST] if isinstance(value, str) else ""


def _lives(address: object, city: str) -> bool | None:
    if isinstance(address, Mapping):
        whole = _text(address.get("formatted"))
        address = whole or "".join(_text(address.get(part)) for part in _PARTS)
    bare = _bare(address) if isinstance(address, str) else ""
    return bare.startswith(_bare(city)) if bare and city else None


def _bare(text: str) -> str:
    """Return an address to compare by: half-width, without spaces and postal code."""
    return re.sub(r"^〒?\d{3}-?\d{4}", "", _SPACE.sub("", unicodedata.normalize("NFKC", text)))
