"""From the form to the mailbox and in: over a real mail server with STARTTLS."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from server.app import create_app
from tests.server.mail.conftest import Certificate, Sink


def test_the_link_in_the_letter_that_arrives_lets_its_reader_in(
    sqlite_settings: Any, mail_server: Callable[..., Sink], certificate: Certificate
) -> None:
    sink = mail_server()
    changes = {
        "mail_host": "127.0.0.1",
        "mail_port": sink.port,
        "mail_from": "noreply@city.example",
        "mail_ca_file": str(certificate.chain),
        "job_poll_s": 60.0,
    }
    app = create_app(sqlite_settings.model_copy(update=changes))
    client = TestClient(app, base_url="https://127.0.0.1", follow_redirects=False)
    client.post("/signin/mail", data={"address": "hanako@example.jp"})
    assert app.state.jobs.drain() == 1
    assert sink.encrypted == [True]
    found = re.search(r"https://127\.0\.0\.1(/signin/mail/\S+)", sink.letters[0].get_content())
    assert found is not None
    values = {"name": "髙﨑 花子", "name_kana": "たかさき", "birth_date": "1948-04-01"}
    assert client.post(found[1], data=values).headers["location"] == "/my"
    assert "髙﨑 花子" in client.get("/my").text
    app.state.database.close()
