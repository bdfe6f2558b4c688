from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from server.access.enforcing import COOKIE
from server.db import Database
from server.retention import service


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.database  # type: ignore[attr-defined]  # the app keeps it there
    return found


def post(client: TestClient, path: str, **data: str) -> Any:
    return client.post(path, data=data, follow_redirects=False)


def test_an_administrator_sees_the_map_and_sets_and_ends_holds(sqlite_client: TestClient) -> None:
    database = database_of(sqlite_client)
    page = sqlite_client.get("/retention?lang=en").text
    assert "run_streams" in page
    assert "counted from" in page
    assert post(sqlite_client, "/retention/holds", kind="table", subject="nothing", reason="x").status_code == 422
    assert post(sqlite_client, "/retention/holds", kind="table", subject="run", reason="").status_code == 422
    assert post(sqlite_client, "/retention/holds", kind="table", subject="run", reason="訴訟 <7>").status_code == 303
    assert "訴訟 &lt;7&gt;" in sqlite_client.get("/retention").text
    with database.reading() as db:
        (held,) = service.holds(db)
    assert held.set_by.startswith("staff:")
    assert post(sqlite_client, f"/retention/holds/{held.id}/end").status_code == 303
    assert post(sqlite_client, f"/retention/holds/{held.id}/end").status_code == 404
    assert post(sqlite_client, "/retention/purge").status_code == 303
    service.purge(database)
    assert "Latest purges" in sqlite_client.get("/retention?lang=en").text


def test_an_auditor_looks_and_holds_nothing(sqlite_client: TestClient, staff_key: Callable[..., str]) -> None:
    sqlite_client.cookies.set(COOKIE, staff_key(database_of(sqlite_client), "auditor"))
    page = sqlite_client.get("/retention?lang=en")
    assert page.status_code == 200
    assert "Set a hold" not in page.text
    assert post(sqlite_client, "/retention/holds", kind="table", subject="run", reason="x").status_code == 403
