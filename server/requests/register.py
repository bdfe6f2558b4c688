"""個人情報ファイル簿: the register of personal information files, made from the data model itself.

The Act on the Protection of Personal Information (art. 75) has a municipality publish one for each file that holds
1,000 people or more. Each feature with personal tables is a file. What it records is read from its columns, so that no
column can be forgotten: `register.toml` says to which item each belongs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from server.db import Base
from server.privacy import Privacy, statements
from server.requests import store
from server.settings import Settings

FILE: Final = Path(__file__).resolve().with_name("register.toml")
LARGE: Final = 1000
"""People in a file from which on the law asks for its publication."""


class RegisterError(LookupError):
    """A personal column, or a feature with personal tables, of which `register.toml` does not say what it is."""


@dataclass(frozen=True, slots=True)
class PersonalFile:
    """One file of the register. Texts stand under `register.file.<feature>`, `register.item.<item>`, and so on.

    Attributes:
        feature: name of the feature.
        items: what is recorded, by item, with the columns (table.column) that hold it.
        range: whose data these are.
        collected: where they come from.
        days: how long the longest of them are kept.
        special_care: whether the city marks them as holding special-care information (要配慮個人情報).
        large: whether it holds 1,000 people or more.
    """

    feature: str
    items: dict[str, tuple[str, ...]]
    range: str
    collected: tuple[str, ...]
    days: int
    special_care: bool
    large: bool


def files(db: Session, settings: Settings) -> list[PersonalFile]:
    """Return the register. Raise RegisterError."""
    return [
        PersonalFile(
            feature=said.feature,
            items=items_of(said, Base.metadata),
            range=about["range"],
            collected=tuple(about["collected"]),
            days=max(kept.days or 0 for kept in said.keeps if kept.personal),
            special_care=said.feature in settings.register_special_care,
            large=store.count_rows(db, Base.metadata.tables[about["counted"]]) >= LARGE,
        )
        for said in with_persons(statements())
        for about in [_file(said.feature)]
    ]


def with_persons(said: Iterable[Privacy]) -> list[Privacy]:
    """Return the features that keep personal data."""
    return [one for one in said if any(kept.personal for kept in one.keeps)]


def items_of(said: Privacy, metadata: MetaData) -> dict[str, tuple[str, ...]]:
    """Return what a feature records about people, by item, in the order of `register.toml`. Raise RegisterError."""
    found: dict[str, list[str]] = {}
    for kept in said.keeps:
        if kept.personal:
            for column in metadata.tables[kept.table].c:
                found.setdefault(item_of(kept.table, column.name), []).append(f"{kept.table}.{column.name}")
    order = list(dict.fromkeys(_content()["column"].values()))
    return {item: tuple(found[item]) for item in sorted(found, key=order.index)}


def item_of(table: str, column: str) -> str:
    """Return the item that a column belongs to. Raise RegisterError."""
    content = _content()
    item = content["table"].get(table, {}).get(column) or content["column"].get(column)
    if item is None:
        msg = f"{table}.{column} is personal and in no item of {FILE.name}: say there what it is"
        raise RegisterError(msg)
    return str(item)


def _file(feature: str) -> dict[str, Any]:
    about: dict[str, Any] | None = _content()["file"].get(feature)
    if about is None:
        msg = f"the feature {feature!r} has personal tables and no [file.{feature}] in {FILE.name}"
        raise RegisterError(msg)
    return about


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
