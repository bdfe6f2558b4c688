"""Letters over real lines to a real mail server: encrypted, checked, one of a kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from pydantic import SecretStr
from sqlalchemy import select

from server.columns import now
from server.db import Database
from server.jobs.runner import Runner
from server.mail import jobs, outage, service
from server.mail.models import MailMessage
from server.mail.sending import MailLineError
from tests.server.mail.conftest import Certificate, Sink

FROM = "noreply@city.example"
assert jobs.service is service  # imported: its jobs are registered


@pytest.fixture
def outbox(sqlite_settings: Any, certificate: Certificate) -> Callable[..., Database]:
    """Return a database whose settings name a mail server."""

    def made(sink: Sink, **changes: Any) -> Database:
        values = {
            "mail_host": "127.0.0.1",
            "mail_port": sink.port,
            "mail_from": FROM,
            "mail_ca_file": str(certificate.chain),
            "mail_wait_s": 5.0,
        }
        return Database(sqlite_settings.model_copy(update=values | changes))

    return made


def post(database: Database, address: str = "hanako@example.jp", **changes: Any) -> str:
    with database.session() as db:
        values = {"kind": "sign_in", "address": address, "subject": "髙﨑さんへ 𠮷", "body": "リンク\nhttps://x/ 𠮷\n"}
        return service.post(db, **(values | changes)).id


def kept(database: Database, message_id: str) -> MailMessage:
    with database.reading() as db:
        return db.scalars(select(MailMessage).where(MailMessage.id == message_id)).one()


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_letter_arrives_and_its_words_are_emptied(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink], security: str
) -> None:
    sink = mail_server(security)
    database = outbox(sink, mail_security=security)
    message = post(database)
    assert Runner(database).drain() == 1
    assert sink.recipients == ["hanako@example.jp"]
    assert sink.encrypted == [security != "none"]
    letter = sink.letters[0]
    assert letter["Subject"] == "髙﨑さんへ 𠮷"
    assert letter.get_content().splitlines() == ["リンク", "https://x/ 𠮷"]
    assert letter["From"].addresses[0].addr_spec == FROM
    assert letter["Message-ID"] == f"<{message}@city.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    sent = kept(database, message)
    assert (sent.state, sent.address, sent.subject, sent.body) == ("sent", "", "", "")
    database.close()


def test_a_login_goes_over_the_encrypted_line(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink]
) -> None:
    sink = mail_server(password="castle hill")
    database = outbox(sink, mail_user="sonae", mail_password=SecretStr("castle hill"))
    message = post(database)
    Runner(database).drain()
    assert sink.logins == ["sonae"]
    assert kept(database, message).state == "sent"
    database.close()


@pytest.mark.parametrize("wrong", ["wrong", "違う"])
def test_a_login_that_is_refused_leaves_the_letter_where_it_is(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink], wrong: str
) -> None:
    sink = mail_server(password="castle hill")
    database = outbox(sink, mail_user="sonae", mail_password=SecretStr(wrong), mail_wait_s=1.0)
    message = post(database)
    with pytest.raises(MailLineError) as refused:
        service.send_one(database, message)
    assert wrong not in str(refused.value)
    assert kept(database, message).state == "queued"
    database.close()


def test_a_server_without_encryption_is_given_no_letter(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink]
) -> None:
    """The control: the same server takes the letter when it is asked to in the clear."""
    sink = mail_server("none")
    database = outbox(sink, mail_security="starttls")
    message = post(database)
    with pytest.raises(MailLineError, match="no safe line"):
        service.send_one(database, message)
    assert sink.letters == []
    database.close()
    plain = outbox(sink, mail_security="none")
    assert service.send_one(plain, message) == "sent"
    plain.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink]
) -> None:
    sink = mail_server()
    database = outbox(sink, mail_ca_file="")
    message = post(database)
    with pytest.raises(MailLineError, match="SSLCertVerificationError"):
        service.send_one(database, message)
    assert sink.letters == []
    assert kept(database, message).state == "queued"
    database.close()


def test_a_certificate_for_another_name_is_refused(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink]
) -> None:
    sink = mail_server()
    database = outbox(sink, mail_host="localhost")
    with pytest.raises(MailLineError, match="SSLCertVerificationError"):
        service.send_one(database, post(database))
    database.close()


def test_in_the_clear_to_another_machine_is_refused(outbox: Callable[..., Database]) -> None:
    database = outbox(Sink(port=25), mail_host="mail.city.example", mail_security="none")
    with pytest.raises(MailLineError, match="use starttls"):
        service.send_one(database, post(database))
    database.close()


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink]
) -> None:
    sink = mail_server()
    sink.refuse["hanako@example.jp"] = "550 no such mailbox"
    database = outbox(sink)
    message = post(database)
    Runner(database).drain()
    refused = kept(database, message)
    assert (refused.state, refused.refusal, refused.address) == ("refused", 550, "")
    assert service.send_one(database, message) == ""
    database.close()


@pytest.mark.parametrize("moment", ["recipient", "data"])
def test_a_busy_server_is_tried_again(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink], moment: str
) -> None:
    sink = mail_server()
    database = outbox(sink)
    message = post(database)
    if moment == "recipient":
        sink.refuse["hanako@example.jp"] = "451 greylisted"
    else:
        sink.at_data = "452 full"
    with time_machine.travel(now(), tick=False) as clock:
        Runner(database).run_next()
        assert kept(database, message).state == "queued"
        sink.refuse.clear()
        sink.at_data = ""
        clock.shift(outage.wait_before(1))
        Runner(database).run_next()
    assert kept(database, message).state == "sent"
    assert len(sink.letters) == 1
    database.close()


def test_a_dead_server_is_tried_again_and_a_letter_that_is_late_by_then_is_not_sent(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink]
) -> None:
    sink = mail_server()
    live = sink.port
    sink.port = 1
    database = outbox(sink)
    with time_machine.travel(now(), tick=False) as clock:
        message = post(database, expires_at=now() + dt.timedelta(seconds=60))
        Runner(database).run_next()
        assert kept(database, message).state == "queued"
        sink.port = live
        working = outbox(sink)
        clock.shift(dt.timedelta(seconds=61))
        Runner(working).run_next()
    assert kept(working, message).state == "expired"
    assert sink.letters == []
    database.close()
    working.close()


def test_through_a_long_outage_letters_wait_and_are_given_up_after_two_days(
    outbox: Callable[..., Database], mail_server: Callable[..., Sink], caplog: pytest.LogCaptureFixture
) -> None:
    sink = mail_server()
    live = sink.port
    sink.port = 1
    database = outbox(sink)
    runner = Runner(database)
    with time_machine.travel(now(), tick=False) as clock:
        first = post(database)
        for _ in range(12):  # over an hour
            runner.run_next()
            clock.shift(outage.LONGEST_WAIT)
        sink.port = live
        working = outbox(sink)
        assert Runner(working).drain() == 1
        assert kept(working, first).state == "sent"
        second = post(database)
        runner.run_next()
        clock.shift(outage.GIVE_UP + outage.LONGEST_WAIT)
        runner.run_next()
        assert runner.drain() == 0
    lost = kept(database, second)
    assert (lost.state, lost.address, lost.body) == ("expired", "", "")
    logged = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("sonae"))
    assert "1 letters wait, 0 given up" in logged
    assert "0 letters wait, 1 given up" in logged
    assert "hanako" not in logged
    working.close()
    database.close()


def test_waits_grow_to_a_quarter_of_an_hour() -> None:
    waits = [outage.wait_before(tries).total_seconds() for tries in range(1, 100)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 900
    assert waits == sorted(waits)


def test_no_server_set_says_so(sqlite_settings: Any) -> None:
    database = Database(sqlite_settings)
    with pytest.raises(MailLineError, match="SONAE_MAIL_HOST and SONAE_MAIL_FROM"):
        service.send_one(database, post(database))
    database.close()


@pytest.mark.parametrize("subject", ["", " ", "a\r\nBcc: all@example.jp", "a\nb", "x" * 201])
def test_a_subject_is_one_line(outbox: Callable[..., Database], subject: str) -> None:
    database = outbox(Sink())
    with pytest.raises(ValueError, match="one line"):
        post(database, subject=subject)
    database.close()


def test_an_old_mobile_address_arrives(outbox: Callable[..., Database], mail_server: Callable[..., Sink]) -> None:
    """Two dots in a row and one before the @ were given out by mobile companies, and are still in use."""
    sink = mail_server()
    database = outbox(sink)
    message = post(database, address="hana..ko.@docomo.example")
    Runner(database).drain()
    assert kept(database, message).state == "sent"
    assert sink.said == ['TO:<"hana..ko."@docomo.example>']
    assert sink.recipients == ["hana..ko.@docomo.example"], "the server takes the quotes off"
    database.close()
