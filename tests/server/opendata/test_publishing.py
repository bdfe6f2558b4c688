from __future__ import annotations

import pytest

from server.audit import service as audit
from server.db import Database
from server.opendata import service
from server.opendata.averages import publishable_average


def test_a_series_remembers_what_was_published(database: Database) -> None:
    counts = {("0-6", "A"): 12, ("0-6", "B"): 20, ("7-12", "A"): 15, ("7-12", "B"): 30}
    later = counts | {("0-6", "A"): 14}
    with database.session() as db:
        first = service.publish(db, "runs", counts, dimensions=("age", "ward"), actor="staff:x")
        assert first.hidden == []
        assert service.publish(db, "runs", counts, dimensions=("age", "ward"), actor="staff:x") == first
    with database.session() as db:
        assert service.publish(db, "runs", later, dimensions=("age", "ward"), actor="staff:x").hidden
        assert service.publish(db, "others", later, dimensions=("age", "ward"), actor="staff:x").hidden == []
    with database.reading() as db:
        told = [e.detail for e in audit.newest(db) if e.action == "opendata.publish"]
    assert [one["series"] for one in told] == ["others", "runs", "runs", "runs"]
    assert all(one["k"] == 10 for one in told)


def test_an_average_tells_of_nobody() -> None:
    assert publishable_average([4000.0] * 10, shown=True) == 4000.0
    assert publishable_average([4000.0] * 9, shown=True) is None
    assert publishable_average([4000.0] * 10, shown=False) is None
    assert publishable_average([100.0] * 9 + [90_000.0], shown=True) is None, "one walks for all"
    assert publishable_average([0.0] * 10, shown=True) == 0.0
    with pytest.raises(ValueError, match="not negative"):
        publishable_average([-1.0] * 10, shown=True)
