from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from drill.ticket import TicketError, ticket_hash
from server.columns import now
from server.db import Database
from server.tickets import service
from server.tickets.models import Ticket


def issue(database: Database, **more: object) -> str:
    with database.session() as db:
        return service.issue(db, **more)[0]  # type: ignore[arg-type] - passed through by the tests below


def test_a_ticket_is_found_as_people_type_it(database: Database) -> None:
    code = issue(database, age_band="7-12", language="ja-simple", comfort={"seated": True})
    with database.reading() as db:
        for typed in (code, code.lower(), f" {code[:5]}-{code[5:]} ", code.replace("0", "O")):
            found = service.lookup(db, typed)
            assert found is not None
            assert (found.age_band, found.language, found.comfort) == ("7-12", "ja-simple", {"seated": True})


def test_what_cannot_be_a_ticket_says_why(database: Database) -> None:
    code = issue(database)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    with database.reading() as db:
        with pytest.raises(TicketError, match="not a ticket"):
            service.lookup(db, wrong)
        with pytest.raises(TicketError):
            service.lookup(db, "")


def test_no_code_is_kept(database: Database) -> None:
    codes = {issue(database) for _ in range(3)}
    with database.reading() as db:
        kept = db.scalars(select(Ticket)).all()
    assert {t.hash for t in kept} == {ticket_hash(code) for code in codes}
    assert not any(code in str(vars(t)) for t in kept for code in codes)


def test_a_revoked_or_expired_ticket_is_not_found(database: Database) -> None:
    code = issue(database)
    late = issue(database, expires_at=now() - timedelta(seconds=1))
    with database.session() as db:
        assert service.lookup(db, code) is not None
        assert service.revoke(db, ticket_hash(code))
        assert not service.revoke(db, ticket_hash(code))
        db.expire_all()
        assert service.lookup(db, code) is None
        assert service.lookup(db, late) is None
        assert service.by_hash(db, "0" * 64) is None


def test_the_good_tickets_of_sessions(database: Database) -> None:
    good = issue(database, session_id="s1")
    issue(database, session_id="s1", expires_at=now() - timedelta(seconds=1))
    issue(database, session_id="s2")
    revoked = issue(database, session_id="s1")
    with database.session() as db:
        service.revoke(db, ticket_hash(revoked))
    with database.reading() as db:
        assert [t.hash for t in service.of_sessions(db, ["s1"])] == [ticket_hash(good)]
        assert service.of_sessions(db, []) == []
