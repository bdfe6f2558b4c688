from __future__ import annotations

import msgspec
from sqlalchemy import Column, Integer, MetaData, Table

from drill.record.run import RunHeader
from drill.ticket import ticket_hash
from server import privacy
from server.consent import service as consent
from server.db import Base, Database
from server.drills import service as drills
from server.features import FEATURES, load_models, modules
from server.tickets import service as tickets


def test_every_table_is_claimed_by_a_feature() -> None:
    load_models()
    assert privacy.unclaimed(Base.metadata, privacy.statements()) == set()


def test_a_table_that_nobody_claims_is_seen() -> None:
    """The control of the test above."""
    metadata = MetaData()
    Table("forgotten", metadata, Column("id", Integer, primary_key=True))
    assert privacy.unclaimed(metadata, privacy.statements()) == {"forgotten"}


def test_no_feature_claims_what_is_not_there_or_anothers() -> None:
    load_models()
    claimed = [kept.table for said in privacy.statements() for kept in said.keeps]
    assert sorted(claimed) == sorted(set(claimed))
    assert set(claimed) <= set(Base.metadata.tables)


def test_every_feature_with_tables_speaks_for_itself_and_says_why() -> None:
    speaking = {said.feature for said in privacy.statements()}
    with_tables = {module.__name__.split(".")[1] for module in modules("models")}
    assert with_tables <= speaking <= set(FEATURES)
    for said in privacy.statements():
        for kept in said.keeps:
            assert kept.why
            assert not kept.personal or kept.days is not None, f"{kept.table} keeps personal data for ever"


def run_of(key: str, run_id: str) -> RunHeader:
    return RunHeader(
        run_id=run_id, scenario="gym-flood", scenario_hash="f" * 64, seed=7, build="0.1.0", profile="lab",
        device="test", locomotion="walked", started_at="2999-11-24T10:00:00+09:00", consent="1", ticket_hash=key,
    )  # fmt: skip


def test_a_person_is_disclosed_and_erased_in_every_feature(database: Database) -> None:
    with database.session() as db:
        key, other = (ticket_hash(code) for code in tickets.issue(db, count=2, age_band="65-74"))
        drills.register_run(db, run_of(key, "0" * 32))
        drills.register_run(db, run_of(other, "1" * 32))
    subject = privacy.Subject(tickets=(key,))
    with database.reading() as db:
        told = privacy.disclose(db, subject)
    assert told["tickets"]["tickets"][0]["age_band"] == "65-74"
    assert told["consent"]["consents"][0]["purpose"] == consent.RECORDING
    assert [r["run_id"] for r in told["drills"]["runs"]] == ["0" * 32]
    assert msgspec.json.encode(told)
    with database.session() as db:
        touched = privacy.erase(db, subject)
        assert touched["tickets"] == touched["consent"] == touched["drills"] == 1
    with database.reading() as db:
        assert privacy.disclose(db, subject) == {}
        assert [r.run_id for r in drills.list_runs(db)] == ["1" * 32]


def test_nobodys_data_is_nothing(database: Database) -> None:
    with database.session() as db:
        assert privacy.disclose(db, privacy.Subject(tickets=("9" * 64,))) == {}
        assert not any(privacy.erase(db, privacy.Subject(tickets=("9" * 64,))).values())


def test_a_period_is_in_days() -> None:
    assert privacy.Kept("x", personal=True, days=2, why="y").period.days == 2  # type: ignore[union-attr] - it is given
    assert privacy.Kept("x", personal=False, days=None, why="y").period is None
