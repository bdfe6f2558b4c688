"""What the doors and the outbox know of a person is told and erased, on both engines."""

from __future__ import annotations

from sqlalchemy import select

from server.columns import now
from server.db import Database
from server.mail import service as mail
from server.mail.models import MailMessage
from server.mail.privacy import PRIVACY as MAIL
from server.people import service as people
from server.privacy import Subject
from server.signin import mail_links, residents, store
from server.signin.models import MailLink, Residence
from server.signin.privacy import PRIVACY
from server.web.texts import Words


def test_told_and_erased(database: Database) -> None:
    with database.session() as db:
        mine, other = (people.new_person(db, name=name, actor="staff:1").id for name in ("髙﨑 花子", "𠮷田 一郎"))
        for person in (mine, other):
            mail_links.ask(
                db,
                database.settings,
                Words("ja"),
                typed=f"{person}@example.jp",
                base="https://x",
                purpose="add",
                person_id=person,
            )
            store.note_residence(db, person, lives_here=True, at=now())
        mail.post(db, kind="notice", address="hanako@example.jp", subject="お知らせ", body="本文", person_id=mine)
    with database.reading() as db:
        told = PRIVACY.discloses(db, Subject(mine))
        assert [one["address"] for one in told["links"]] == [f"{mine}@example.jp"]
        assert told["lives_in_the_city"]["answer"] is True
        assert [one["about"] for one in MAIL.discloses(db, Subject(mine))["letters"]] == ["add_address", "notice"]
        assert PRIVACY.discloses(db, Subject(tickets=("a" * 64,))) == {}
        assert MAIL.discloses(db, Subject(tickets=("a" * 64,))) == {}
    with database.session() as db:
        assert PRIVACY.erases(db, Subject(mine)) == 2
        assert MAIL.erases(db, Subject(mine)) == 2
    with database.reading() as db:
        assert [one.person_id for one in db.scalars(select(MailLink))] == [other]
        assert [one.person_id for one in db.scalars(select(Residence))] == [other]
        assert [one.person_id for one in db.scalars(select(MailMessage))] == [other]


def test_residence_is_found_by_any_id_that_was_theirs_and_renewed(database: Database) -> None:
    with database.session() as db:
        kept, gone = (people.new_person(db, name="髙﨑 花子", actor="staff:1") for _ in range(2))
        gone.merged_into = kept.id
        store.note_residence(db, gone.id, lives_here=False, at=now())
        store.note_residence(db, gone.id, lives_here=True, at=now())
    with database.reading() as db:
        noted = residents.residence_of(db, kept.id)
        assert noted is not None
        assert noted.lives_here
