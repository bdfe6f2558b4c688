from __future__ import annotations

import datetime as dt

import time_machine
from sqlalchemy import select

from server.audit import service as audit
from server.columns import now
from server.db import Database
from server.opendata.models import AnswerToken
from server.opendata.tokens import BATCH, Tokens, redeem


def rows(database: Database) -> list[AnswerToken]:
    with database.reading() as db:
        return list(db.scalars(select(AnswerToken)))


def use(database: Database, code: str) -> str | None:
    with database.session() as db:
        return redeem(db, code, actor="staff:x")


def test_a_token_serves_once_however_it_is_typed(database: Database) -> None:
    code = Tokens(database).hand_out("points-10")
    assert use(database, "0000000000") is None
    assert use(database, "?") is None
    assert use(database, f" {code[:5].lower()}-{code[5:]} ") == "points-10"
    assert use(database, code) is None


def test_a_token_expires(database: Database) -> None:
    with time_machine.travel(dt.datetime(2026, 5, 1, 3, tzinfo=dt.UTC), tick=False):
        tokens = Tokens(database)
        early, late = tokens.hand_out("prize"), tokens.hand_out("prize")
    with time_machine.travel(dt.datetime(2026, 10, 28, 3, tzinfo=dt.UTC), tick=False):
        assert use(database, early) == "prize"
    with time_machine.travel(dt.datetime(2026, 10, 29, 3, tzinfo=dt.UTC), tick=False):
        assert use(database, late) is None


def test_handing_out_writes_nothing_and_no_code_is_kept(database: Database) -> None:
    """Between two hand-outs of one batch the database does not change: no order, no time, no link to an answer."""
    tokens = Tokens(database)
    first = tokens.hand_out("points-10")

    def everything() -> object:
        with database.reading() as db:
            kept = [(r.hash, r.purpose, r.expires_on, r.redeemed_on) for r in db.scalars(select(AnswerToken))]
            return kept, audit.head(db)

    before = everything()
    others = [tokens.hand_out("points-10") for _ in range(BATCH - 1)]
    assert everything() == before
    assert len({first, *others}) == BATCH
    text = repr(before)
    assert not any(code in text for code in (first, *others))
    tokens.hand_out("points-10")
    assert len(rows(database)) == 2 * BATCH, "the next batch"


def test_the_table_stands_in_the_order_of_hashes_and_knows_days_alone(database: Database) -> None:
    tokens = Tokens(database)
    code = tokens.hand_out("points-10")
    columns = set(AnswerToken.__table__.columns.keys())
    assert columns == {"hash", "purpose", "expires_on", "redeemed_on"}
    hashes = [row.hash for row in rows(database)]
    assert hashes == sorted(hashes)
    assert use(database, code) == "points-10"
    assert [row.redeemed_on for row in rows(database) if row.redeemed_on] == [(now() + dt.timedelta(hours=9)).date()]


def test_the_order_of_hand_outs_is_not_the_order_of_the_table(database: Database) -> None:
    tokens = Tokens(database)
    handed = [tokens.hand_out("points-10") for _ in range(BATCH)]
    order = {code: place for place, code in enumerate(handed)}
    for code in handed:
        use(database, code)
    assert [order[code] for code in sorted(handed)] != list(range(BATCH))
