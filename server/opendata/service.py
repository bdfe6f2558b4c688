"""Publishing numbers: each table is held to those of its series that were published before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from server.audit.service import record
from server.db import settings_of
from server.opendata import store
from server.opendata.cells import Key, Release, publishable
from server.opendata.models import PublishedTable


def publish(
    db: Session,
    series: str,
    counts: Mapping[Key, int],
    *,
    dimensions: Sequence[str],
    views: Collection[Collection[str]] | None = None,
    actor: str,
) -> Release:
    """Return what of a table may be published and keep it, so that the next one of the series is held to it.

    Tables about the same people belong into one series. Raise `cells.TableError`.
    """
    earlier = [Release.from_dict(row.content) for row in store.published(db, series)]
    k = settings_of(db).publish_minimum
    release = publishable(counts, dimensions=dimensions, views=views, k=k, published=earlier)
    made = PublishedTable(series=series, content=release.as_dict())
    db.add(made)
    db.flush()
    detail = {"series": series, "cells": len(release.cells), "hidden": len(release.hidden), "k": k}
    record(db, actor, "opendata.publish", f"table:{made.id}", detail)
    return release
