"""The page where residents look after what they agreed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from server.audit import service as audit
from server.columns import now
from server.consent import service as consent
from server.consent.service import HEADSET, RECORDING, RESEARCH, RESULTS
from server.db import Database
from server.drills import service as drills
from server.people import service as people
from server.requests import tombstones
from server.tickets import service as tickets

Add = Callable[..., Any]
CHILD = (now() - dt.timedelta(days=3650)).date()


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.database  # type: ignore[attr-defined]  # the app keeps it there
    return found


def live(client: TestClient, kind: consent.Kind, subject: str, purpose: str) -> Any:
    with database_of(client).reading() as db:
        return consent.live(db, kind=kind, subject=subject, purpose=purpose)


def post(client: TestClient, path: str, **data: str) -> int:
    return client.post(path, data=data, follow_redirects=False).status_code


def test_a_person_agrees_in_the_words_of_the_page_and_takes_it_back(
    visitor: TestClient, resident: Add, sign_in: Add
) -> None:
    who = resident(database_of(visitor))
    sign_in(visitor, who)
    page = visitor.get("/my/consents?lang=en").text
    assert "Research that makes drills better" in page
    assert post(visitor, "/my/consents/me/research/give", version="research-0") == 422, "other words than the page's"
    assert live(visitor, "person", who.id, RESEARCH) is None
    assert post(visitor, "/my/consents/me/research/give", version="research-1") == 303
    given = live(visitor, "person", who.id, RESEARCH)
    assert (given.version, given.language, given.given_by, given.source) == (
        "research-1",
        "en",
        "self",
        f"person:{who.id}",
    )
    assert "Take your consent back?" in visitor.get("/my/consents/me/research/withdraw").text
    assert post(visitor, "/my/consents/me/research/withdraw") == 303
    assert live(visitor, "person", who.id, RESEARCH) is None


def test_taking_recording_back_deletes_the_runs_and_says_so_before(
    visitor: TestClient, resident: Add, sign_in: Add
) -> None:
    database = database_of(visitor)
    who, other = resident(database), resident(database, "𠮷田 実")
    sign_in(visitor, who)
    ticket = f"/my/consents/ticket-{who.ticket[:12]}/recording"
    assert "Runs that are deleted: 1" in visitor.get(f"{ticket}/withdraw?lang=en").text
    assert post(visitor, f"{ticket}/withdraw") == 303
    with database.reading() as db:
        assert [run.run_id for run in drills.list_runs(db)] == [other.run]
        assert tombstones.is_erased(db, "run", who.run)
        acts = {(e.action, e.actor) for e in audit.newest(db)}
    assert ("consent.withdraw", f"person:{who.id}") in acts


def test_taking_the_tie_back_cuts_every_ticket(visitor: TestClient, resident: Add, sign_in: Add) -> None:
    database = database_of(visitor)
    who = resident(database)
    sign_in(visitor, who)
    assert post(visitor, "/my/consents/me/results/withdraw") == 303
    with database.reading() as db:
        assert people.claims_of(db, who.id) == []
        assert [run.run_id for run in drills.list_runs(db)] == [who.run], "what was recorded stays"


def test_nobody_reaches_another_persons_consents(visitor: TestClient, resident: Add, sign_in: Add) -> None:
    database = database_of(visitor)
    who, other = resident(database), resident(database, "𠮷田 実")
    sign_in(visitor, who)
    theirs = f"/my/consents/ticket-{other.ticket[:12]}/recording"
    for path in (theirs, "/my/consents/me/recording", "/my/consents/me/selling", f"/my/consents/{other.id}/research"):
        assert visitor.get(f"{path}/withdraw").status_code == 404
        assert post(visitor, f"{path}/withdraw") == 404
        assert post(visitor, f"{path}/give", version="recording-1") == 404
    assert live(visitor, "ticket", other.ticket, RECORDING) is not None


def test_a_child_may_say_no_but_a_guardian_says_yes(
    visitor: TestClient, resident: Add, sign_in: Add, act_for: Add
) -> None:
    database = database_of(visitor)
    parent, child = resident(database), resident(database, "髙﨑 陽翔", CHILD, "7-12")
    ticket = f"/my/consents/ticket-{child.ticket[:12]}"
    sign_in(visitor, child)
    assert post(visitor, f"{ticket}/research/give", version="research-1") == 422
    assert post(visitor, f"{ticket}/headset/give", version="headset-1", guardian="yes") == 422, "a child is no guardian"
    assert post(visitor, f"{ticket}/recording/withdraw") == 303
    assert live(visitor, "ticket", child.ticket, RECORDING) is None

    sign_in(visitor, parent)
    act_for(visitor, parent, child)
    page = visitor.get("/my/consents?lang=en").text
    assert "As guardian you may give or withdraw them" in page
    assert post(visitor, f"{ticket}/headset/give", version="headset-1") == 303
    given = live(visitor, "ticket", child.ticket, HEADSET)
    assert (given.given_by, given.source) == ("guardian", f"person:{parent.id}")


def test_a_carer_only_looks(visitor: TestClient, resident: Add, sign_in: Add, act_for: Add) -> None:
    database = database_of(visitor)
    carer, other = resident(database), resident(database, "𠮷田 キヨ", dt.date(1940, 12, 3), "75-")
    sign_in(visitor, carer)
    act_for(visitor, carer, other, "carer")
    assert "Carers may look" in visitor.get("/my/consents?lang=en").text
    assert post(visitor, "/my/consents/me/research/give", version="research-1") == 422
    assert post(visitor, "/my/consents/me/results/withdraw") == 403
    assert live(visitor, "person", other.id, RESULTS) is not None


def test_with_a_childs_ticket_alone_a_guardian_declares_to_be_one(
    visitor: TestClient, resident: Add, sign_in: Add
) -> None:
    who = resident(database_of(visitor), "", None, "7-12")
    sign_in(visitor, who)
    give = f"/my/consents/ticket-{who.ticket[:12]}/headset/give"
    assert "I am the guardian" in visitor.get("/my/consents?lang=en").text
    assert post(visitor, give, version="headset-1") == 422
    assert post(visitor, give, version="headset-1", guardian="yes") == 303
    assert live(visitor, "ticket", who.ticket, HEADSET).given_by == "guardian"


def test_the_headset_is_asked_about_where_a_guardian_counts(visitor: TestClient, resident: Add, sign_in: Add) -> None:
    database = database_of(visitor)
    for band, asked in (("0-6", False), ("7-12", True), ("16-64", False)):
        sign_in(visitor, resident(database, "", None, band))
        assert ("Your child wearing a headset" in visitor.get("/my/consents?lang=en").text) is asked


def test_the_words_that_were_agreed_to_are_shown_when_they_are_others(
    visitor: TestClient, resident: Add, sign_in: Add
) -> None:
    who = resident(database_of(visitor))
    sign_in(visitor, who)
    page = visitor.get("/my/consents?lang=en").text
    assert "What it said when you agreed" not in page, "the station's own words stand in the station"
    assert "Agreed on" in page


def test_a_ticket_that_was_revoked_still_has_its_consents(visitor: TestClient, resident: Add, sign_in: Add) -> None:
    database = database_of(visitor)
    who = resident(database)
    with database.session() as db:
        tickets.revoke(db, who.ticket)
    sign_in(visitor, who)
    assert post(visitor, f"/my/consents/ticket-{who.ticket[:12]}/recording/withdraw") == 303
