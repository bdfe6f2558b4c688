from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from sqlalchemy import select

from server import privacy
from server.accounts import sign_ins
from server.audit.models import AuditEntry
from server.db import Database
from server.people import doubles, service

Add = Callable[..., str]
START = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)


def queue(database: Database) -> list[set[str]]:
    with database.reading() as db:
        return [{one.id for one in pair.people} for pair in doubles.queue(db)]


def first(database: Database) -> str:
    with database.reading() as db:
        return doubles.queue(db)[0].double.id


def test_who_is_read_the_same_and_born_the_same_day_waits_for_a_clerk_and_stays_two(
    database: Database, add: Add
) -> None:
    kiyo, again = add(database, "kiyo"), add(database, "kiyo again")
    assert queue(database) == [{kiyo, again}]
    with database.reading() as db:
        assert service.get(db, kiyo).id == kiyo
        assert service.get(db, again).id == again


@pytest.mark.parametrize(
    "changes",
    [{"birth_date": dt.date(1940, 12, 4)}, {"birth_date": None}, {"name": "吉田 ハナ", "name_kana": "ヨシダ ハナ"}],
)
def test_others_do_not(database: Database, add: Add, changes: dict[str, object]) -> None:
    add(database, "kiyo")
    add(database, "kiyo again", **changes)
    assert queue(database) == []


def test_the_name_counts_where_the_reading_is_not_known(database: Database, add: Add) -> None:
    kiyo, other = add(database, "kiyo"), add(database, "kiyo again", name="吉田 キヨ", name_kana="")
    assert queue(database) == [{kiyo, other}]


def test_a_correction_can_show_a_double_and_a_pair_comes_once(database: Database, add: Add) -> None:
    kiyo, other = add(database, "kiyo"), add(database, "kiyo again", name_kana="ヨシタ キミ", name="吉田")
    assert queue(database) == []
    with database.session() as db:
        for _ in range(2):
            service.change_person(
                db, other, name="吉田", name_kana="ヨシダ キヨ", birth_date=dt.date(1940, 12, 3), actor="test"
            )
    assert queue(database) == [{kiyo, other}]


def test_two_kept_apart_are_not_asked_about_again(database: Database, add: Add) -> None:
    kiyo, again = add(database, "kiyo"), add(database, "kiyo again")
    with database.session() as db:
        doubles.keep_apart(db, doubles.queue(db)[0].double.id, actor="staff:1")
        service.change_person(
            db, again, name="吉田 きよ", name_kana="ヨシダ キヨ", birth_date=dt.date(1940, 12, 3), actor="test"
        )
    assert queue(database) == []
    with database.reading() as db:
        assert service.ids_of(db, kiyo) == [kiyo]


def test_a_merge_leads_every_way_to_one_and_signs_the_other_out(database: Database, add: Add) -> None:
    kiyo, again = (add(database, who, agreed=True) for who in ("kiyo", "kiyo again"))
    with database.session() as db:
        service.add_identity(db, again, kind="mail", subject="kiyo@example.jp", actor="test")
        service.claim_ticket(db, again, "a" * 64, actor="test")
        key = sign_ins.sign_in_resident(db, database.settings, method="mail", person_id=again)
        doubles.merge(db, doubles.queue(db)[0].double.id, keep=kiyo, actor="staff:1")
    with database.reading() as db:
        found = service.person_of_identity(db, kind="mail", subject="kiyo@example.jp")
        assert found is not None
        assert found.id == service.get(db, again).id == kiyo
        assert service.ids_of(db, again) == [kiyo, again]
        assert service.subject_of(db, again) == privacy.Subject(kiyo, ("a" * 64,), merged=(again,))
        assert sign_ins.principal_of(db, database.settings, key).kind == "nobody"
        entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "double.merge")).one()
        assert (entry.actor, entry.detail) == ("staff:1", {"kept": kiyo, "gone": again})


def test_a_merge_can_be_undone_for_a_while_and_each_has_again_what_was_theirs(database: Database, add: Add) -> None:
    kiyo, again = (add(database, who, agreed=True) for who in ("kiyo", "kiyo again"))
    double = first(database)
    with database.session() as db:
        service.claim_ticket(db, again, "a" * 64, actor="test")
        service.claim_ticket(db, kiyo, "b" * 64, actor="test")
    with time_machine.travel(START, tick=False), database.session() as db:
        doubles.merge(db, double, keep=kiyo, actor="staff:1")
    late = START + dt.timedelta(days=database.settings.merge_undo_days)
    with time_machine.travel(late, tick=False), database.session() as db:
        assert doubles.undoable(db, database.settings) == []
        with pytest.raises(doubles.DecisionError):
            doubles.undo(db, database.settings, double, actor="staff:2")
    with time_machine.travel(late - dt.timedelta(seconds=1), tick=False), database.session() as db:
        assert [one.id for one in doubles.undoable(db, database.settings)] == [double]
        doubles.undo(db, database.settings, double, actor="staff:2")
    with database.reading() as db:
        assert service.subject_of(db, kiyo) == privacy.Subject(kiyo, ("b" * 64,))
        assert service.subject_of(db, again) == privacy.Subject(again, ("a" * 64,))
    assert queue(database) == [{kiyo, again}]


def test_three_that_are_one_merge_one_after_the_other_and_come_apart_in_any_order(database: Database, add: Add) -> None:
    one, two, three = add(database, "kiyo"), add(database, "kiyo again"), add(database, "kiyo again")
    assert len(queue(database)) == 3
    with database.session() as db:
        pairs = {frozenset(p.id for p in pair.people): pair.double.id for pair in doubles.queue(db)}
        doubles.merge(db, pairs[frozenset((two, three))], keep=two, actor="staff:1")
        doubles.merge(db, pairs[frozenset((one, two))], keep=one, actor="staff:1")
    assert queue(database) == []
    with database.session() as db:
        assert set(service.ids_of(db, three)) == {one, two, three}
        doubles.undo(db, database.settings, pairs[frozenset((two, three))], actor="staff:1")
        assert set(service.ids_of(db, one)) == {one, two}
        assert service.ids_of(db, three) == [three]


def test_only_a_person_of_the_pair_can_stay_and_only_once(database: Database, add: Add) -> None:
    kiyo, again, aoi = add(database, "kiyo"), add(database, "kiyo again"), add(database, "aoi")
    double = first(database)
    with database.session() as db:
        for wrong in (aoi, "", "0" * 16):
            with pytest.raises(doubles.DecisionError):
                doubles.merge(db, double, keep=wrong, actor="staff:1")
        doubles.merge(db, double, keep=again, actor="staff:1")
        with pytest.raises(doubles.DecisionError):
            doubles.merge(db, double, keep=kiyo, actor="staff:1")
        with pytest.raises(doubles.DecisionError):
            doubles.keep_apart(db, double, actor="staff:1")


def test_who_is_merged_is_erased_whole(database: Database, add: Add) -> None:
    kiyo, again = add(database, "kiyo"), add(database, "kiyo again")
    with database.session() as db:
        service.add_identity(db, again, kind="mail", subject="kiyo@example.jp", actor="test")
        doubles.merge(db, doubles.queue(db)[0].double.id, keep=kiyo, actor="staff:1")
    with database.reading() as db:
        subject = service.subject_of(db, kiyo)
        assert len(privacy.disclose(db, subject)["people"]["people"]) == 2
    with database.session() as db:
        privacy.erase(db, subject)
    with database.reading() as db:
        assert privacy.disclose(db, subject) == {}
        assert service.person_of_identity(db, kind="mail", subject="kiyo@example.jp") is None
