"""Letters to many: nothing leaves before a clerk saw whom it goes to, typed how many, and could still stop it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.columns import now
from server.db import Database
from server.jobs.runner import Runner
from server.mail import batches, jobs, outage, service, store
from server.mail.addresses import AddressError
from server.mail.batches import BatchError, Recipient
from server.mail.models import MailBatch, MailMessage
from server.settings import Settings
from tests.server.mail.conftest import Sink

assert jobs.batches is batches  # imported: its jobs are registered
PEOPLE = [f"person{number:02d}@{'example.jp' if number % 4 else 'other.example'}" for number in range(12)]


@pytest.fixture
def town(settings: Settings, mail_server: Callable[..., Sink]) -> tuple[Database, Sink]:
    sink = mail_server("none")
    changes = {
        "mail_host": "127.0.0.1",
        "mail_port": sink.port,
        "mail_from": "noreply@city.example",
        "mail_security": "none",
        "mail_batch_minutes": 15,
    }
    return Database(settings.model_copy(update=changes)), sink


def drafted(database: Database, addresses: list[str] = PEOPLE) -> str:
    recipients = [Recipient(address, f"{address} へ") for address in addresses]
    with database.session() as db:
        return batches.draft(
            db, kind="notice", subject="訓練のお知らせ", preview="〇〇 へ", recipients=recipients, actor="staff:1"
        ).id


def confirmed(database: Database, batch_id: str, count: int = 12) -> None:
    with database.session() as db:
        batches.confirm(db, database.settings, db.get_one(MailBatch, batch_id), count=count, actor="staff:1")


def test_from_draft_to_sent(town: tuple[Database, Sink]) -> None:
    database, sink = town
    batch = drafted(database)
    runner = Runner(database)
    assert runner.drain() == 0, "a draft sends nothing"
    with database.reading() as db:
        seen = batches.look(db, db.get_one(MailBatch, batch))
    assert (seen.count, seen.domains) == (12, (("example.jp", 9), ("other.example", 3)))
    assert len(seen.sample) == batches.SAMPLE
    assert all("…" in one for one in seen.sample)
    with time_machine.travel(now(), tick=False) as clock:
        confirmed(database, batch)
        clock.shift(dt.timedelta(minutes=14, seconds=59))
        assert runner.drain() == 0, "nothing leaves while it can be stopped"
        clock.shift(dt.timedelta(seconds=1))
        assert runner.drain() == 1
    assert sorted(sink.recipients) == sorted(PEOPLE)
    with database.reading() as db:
        assert db.get_one(MailBatch, batch).state == "done"
        assert store.counts_of_batch(db, batch) == {"sent": 12}
        assert {one.address for one in db.scalars(select(MailMessage))} == {""}
        told = [(one.action, one.detail) for one in db.scalars(select(AuditEntry).order_by(AuditEntry.seq))]
        assert [action for action, _ in told] == ["mail.draft", "mail.confirm", "mail.sent"]
        assert "example" not in str(told)
    database.close()


@pytest.mark.parametrize("count", [0, 11, 13])
def test_a_wrong_number_of_recipients_lets_nothing_go(town: tuple[Database, Sink], count: int) -> None:
    database, sink = town
    batch = drafted(database)
    with pytest.raises(BatchError) as refused:
        confirmed(database, batch, count)
    assert refused.value.code == "count"
    Runner(database).drain()
    assert sink.letters == []
    database.close()


def test_stopped_while_it_waits_nothing_leaves(town: tuple[Database, Sink]) -> None:
    database, sink = town
    batch = drafted(database)
    with time_machine.travel(now(), tick=False) as clock:
        confirmed(database, batch)
        with database.session() as db:
            assert batches.cancel(db, db.get_one(MailBatch, batch), actor="staff:2") == 12
        clock.shift(dt.timedelta(hours=1))
        Runner(database).drain()
    assert sink.letters == []
    with database.session() as db:
        with pytest.raises(BatchError):
            batches.cancel(db, db.get_one(MailBatch, batch), actor="staff:2")
        with pytest.raises(BatchError):
            batches.confirm(db, database.settings, db.get_one(MailBatch, batch), count=12, actor="staff:2")
        assert {one.address for one in db.scalars(select(MailMessage))} == {""}
    database.close()


def test_a_line_that_breaks_half_way_goes_on_where_it_was(town: tuple[Database, Sink]) -> None:
    """Nobody is left out, and nobody gets the letter twice."""
    database, sink = town
    batch = drafted(database)
    with time_machine.travel(now(), tick=False) as clock:
        confirmed(database, batch)
        clock.shift(dt.timedelta(minutes=15))
        sink.refuse[sorted(PEOPLE)[5]] = "450 later"
        sink.refuse[sorted(PEOPLE)[2]] = "550 never"
        runner = Runner(database)
        runner.run_next()
        before = len(sink.recipients)
        assert before < 11
        sink.refuse.pop(sorted(PEOPLE)[5])
        clock.shift(outage.wait_before(1))
        runner.run_next()
    assert sorted(sink.recipients) == sorted(set(PEOPLE) - {sorted(PEOPLE)[2]})
    with database.reading() as db:
        assert store.counts_of_batch(db, batch) == {"sent": 11, "refused": 1}
    database.close()


def test_a_list_with_one_address_twice_or_none_or_a_wrong_one_is_no_batch(town: tuple[Database, Sink]) -> None:
    database, _ = town
    for addresses, error in (
        ([*PEOPLE, "PERSON01@example.jp"], BatchError),
        ([], BatchError),
        ([*PEOPLE, "nobody"], AddressError),
    ):
        with pytest.raises(error):
            drafted(database, addresses)
    with database.reading() as db:
        assert db.scalars(select(MailMessage)).all() == []
        assert db.scalars(select(MailBatch)).all() == []
    database.close()


def test_letters_leave_one_by_one_not_as_a_list(town: tuple[Database, Sink]) -> None:
    """No recipient sees another."""
    database, sink = town
    batch = drafted(database, PEOPLE[:3])
    with time_machine.travel(now(), tick=False) as clock:
        confirmed(database, batch, 3)
        clock.shift(dt.timedelta(minutes=15))
        Runner(database).drain()
    for letter, recipient in zip(sink.letters, sink.recipients, strict=True):
        assert str(letter["To"]) == recipient
        assert letter["Cc"] is letter["Bcc"] is None
        assert letter.get_content().strip() == f"{recipient} へ"
    database.close()


# --- pages ---------------------------------------------------------------------------------------------------------


def on_page(client: TestClient, addresses: list[str] = PEOPLE) -> str:
    return drafted(client.app.state.database, addresses)


def test_the_page_shows_whom_it_goes_to_and_asks_for_the_number(sqlite_client: TestClient) -> None:
    batch = on_page(sqlite_client)
    assert f"/mail/{batch}" in sqlite_client.get("/mail").text
    page = sqlite_client.get(f"/mail/{batch}").text
    assert "12" in page
    assert "other.example" in page
    assert "person00@" not in page
    wrong = sqlite_client.post(f"/mail/{batch}/confirm", data={"count": "11"})
    assert wrong.status_code == 422
    good = sqlite_client.post(f"/mail/{batch}/confirm", data={"count": "１２"}, follow_redirects=False)
    assert (good.status_code, good.headers["location"]) == (303, f"/mail/{batch}")
    assert "止める" in sqlite_client.get(f"/mail/{batch}").text
    assert sqlite_client.post(f"/mail/{batch}/cancel", follow_redirects=False).status_code == 303
    assert sqlite_client.post(f"/mail/{batch}/cancel").status_code == 422
    assert sqlite_client.get("/mail/0000000000000000").status_code == 404


def test_another_departments_letters_are_not_there(visitor: TestClient, staff_key: Callable[..., str]) -> None:
    database = visitor.app.state.database
    with database.session() as db:
        recipients = [Recipient("a@example.jp", "本文")]
        values: dict[str, Any] = {"kind": "notice", "subject": "健康課から", "preview": "本文", "actor": "staff:1"}
        batch = batches.draft(db, recipients=recipients, department="健康課", **values).id
    visitor.cookies.set("__Host-sonae", staff_key(database, "clerk", department="防災課"))
    assert visitor.get(f"/mail/{batch}").status_code == 404
    assert visitor.post(f"/mail/{batch}/confirm", data={"count": "1"}).status_code == 404
    assert "健康課から" not in visitor.get("/mail").text
    visitor.cookies.set("__Host-sonae", staff_key(database, "clerk", department="健康課"))
    assert visitor.get(f"/mail/{batch}").status_code == 200


def test_settings_without_server_queue_nothing_silently(sqlite_client: TestClient) -> None:
    assert not service.is_on(sqlite_client.app.state.settings)
    assert sqlite_client.get("/mail").status_code == 200
