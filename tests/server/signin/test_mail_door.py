"""The door by e-mail: one use, a quarter of an hour, a button, and the same answer for everybody."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select

from server.accounts import sign_ins
from server.accounts.models import SignIn
from server.app import create_app
from server.columns import now
from server.mail.models import MailMessage
from server.people import service as people
from server.people.models import Double, Identity, Person
from server.settings import Settings
from server.signin.models import MailLink

COOKIE = "__Host-sonae"
KNOWN = "hanako@example.jp"
NEW = {"name": "髙﨑 花子", "name_kana": "たかさき はなこ", "birth_date": "1948-04-01"}


@pytest.fixture
def town(sqlite_settings: Settings) -> Iterator[TestClient]:
    """A server whose letters stay in the outbox: no job runs before the test ends."""
    changes = {"mail_host": "127.0.0.1", "mail_from": "noreply@city.example", "job_poll_s": 60.0, "mail_port": 1}
    app = create_app(sqlite_settings.model_copy(update=changes))
    yield TestClient(app, base_url="https://127.0.0.1", follow_redirects=False)
    app.state.database.close()


@pytest.fixture
def hanako(town: TestClient) -> str:
    with town.app.state.database.session() as db:
        person = people.new_person(db, name="髙﨑 花子", name_kana="タカサキハナコ", actor="staff:1")
        people.add_identity(db, person.id, kind="mail", subject=KNOWN, actor="staff:1")
    return person.id


def letters(client: TestClient) -> list[MailMessage]:
    with client.app.state.database.reading() as db:
        return list(db.scalars(select(MailMessage).order_by(MailMessage.created_at)))


def link_of(letter: MailMessage) -> str:
    found = re.search(r"https://127\.0\.0\.1(/signin/mail/\S+)", letter.body)
    assert found is not None
    return found[1]


def ask(client: TestClient, address: str = KNOWN, **form: str) -> str:
    """Ask for a link and return it."""
    assert client.post("/signin/mail", data={"address": address, **form}).status_code == 303
    return link_of(letters(client)[-1])


def rows(client: TestClient, table: type[Any]) -> int:
    with client.app.state.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_a_known_person_comes_in(town: TestClient, hanako: str) -> None:
    link = ask(town, " ＨＡＮＡＫＯ＠example.JP ", next="/my?x=1")
    page = town.get(link)
    assert page.status_code == 200
    assert "ご自分のページに入る" in page.text
    assert rows(town, SignIn) == 0, "opening the link uses nothing up"
    used = town.post(link)
    assert (used.status_code, used.headers["location"]) == (303, "/my?x=1")
    with town.app.state.database.reading() as db:
        opened = db.scalars(select(SignIn)).one()
        assert (opened.kind, opened.method, opened.person_id) == ("resident", "mail", hanako)
    assert rows(town, MailLink) == 0


def test_a_letter_is_plain_and_tells_what_to_do_when_nobody_asked(town: TestClient, hanako: str) -> None:
    ask(town)
    letter = letters(town)[0]
    assert "お心当たりがないときは" in letter.body
    assert "15分" in letter.body
    assert "髙﨑" not in letter.body
    with town.app.state.database.reading() as db:
        kept = db.scalars(select(MailLink)).one()
        assert link_of(letter).rpartition("/")[2] not in str(vars(kept)), "of the key only a hash is kept"


def test_a_link_serves_once(town: TestClient, hanako: str) -> None:
    link = ask(town)
    assert town.post(link).status_code == 303
    assert town.post(link).status_code == 404
    assert town.get(link).status_code == 404
    assert rows(town, SignIn) == 1


def test_a_link_is_good_for_a_quarter_of_an_hour(town: TestClient, hanako: str) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        link = ask(town)
        clock.shift(dt.timedelta(minutes=14, seconds=59))
        assert town.get(link).status_code == 200
        clock.shift(dt.timedelta(seconds=1))
        assert town.get(link).status_code == 404
        assert town.post(link).status_code == 404
        ask(town, "other@example.jp")
    assert rows(town, MailLink) == 1, "what is too old is deleted when the next is made"
    assert rows(town, SignIn) == 0


def test_the_answer_and_the_work_are_the_same_for_known_and_unknown(town: TestClient, hanako: str) -> None:
    database = town.app.state.database
    counted: dict[str, list[str]] = {}
    answers = {}
    for name, address in (("known", KNOWN), ("unknown", "nobody@example.jp")):
        said: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda _c, _k, text, *_, said=said: said.append(text))
        answer = town.post("/signin/mail", data={"address": address})
        headers = {key: value for key, value in answer.headers.items() if key != "date"}
        answers[name] = (answer.status_code, answer.text, headers)
        counted[name] = [re.sub(r"\s+", " ", text) for text in said]
    assert answers["known"] == answers["unknown"]
    assert counted["known"] == counted["unknown"]
    assert len(letters(town)) == 2


def test_somebody_new_registers_and_comes_in(town: TestClient) -> None:
    link = ask(town, "new@example.jp")
    page = town.get(link).text
    assert "はじめての方へ" in page
    used = town.post(link, data=NEW)
    assert (used.status_code, used.headers["location"]) == (303, "/my")
    with town.app.state.database.reading() as db:
        person = db.scalars(select(Person)).one()
        assert (person.name, person.name_kana) == ("髙﨑 花子", "タカサキ ハナコ")
        assert (person.birth_date, person.verified_at) == (dt.date(1948, 4, 1), None)
        assert db.scalars(select(Identity)).one().subject == "new@example.jp"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 81), ("name", "a\u202eb"), ("name_kana", ""), ("name_kana", "髙﨑"),
        ("birth_date", ""), ("birth_date", "1948-02-30"), ("birth_date", "2999-01-01"), ("birth_date", "1850-01-01"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_the_link_stays_good(town: TestClient, field: str, value: str) -> None:
    link = ask(town, "new@example.jp")
    wrong = town.post(link, data=NEW | {field: value})
    assert wrong.status_code == 422
    assert f'id="{field}-error"' in wrong.text
    assert rows(town, Person) == rows(town, SignIn) == 0
    assert town.post(link, data=NEW | {"birth_date": "昭和"}).status_code == 422
    assert town.post(link, data=NEW | {"birth_date": "１９４８年４月１日"}).status_code == 303


def test_a_likely_double_goes_to_the_clerk_and_nothing_is_merged(town: TestClient) -> None:
    with town.app.state.database.session() as db:
        people.new_person(
            db, name="高崎花子", name_kana="タカサキハナコ", birth_date=dt.date(1948, 4, 1), actor="staff:1"
        )
    town.post(ask(town, "new@example.jp"), data=NEW)
    assert (rows(town, Person), rows(town, Double)) == (2, 1)


@pytest.mark.parametrize("address", ["", "hanako", "a@b", "a@example.jp, b@example.jp"])
def test_what_is_no_address_is_said_so(town: TestClient, address: str) -> None:
    answer = town.post("/signin/mail", data={"address": address})
    assert answer.status_code == 422
    assert "メールアドレスを" in answer.text
    assert letters(town) == []


def test_too_many_letters_to_one_address_are_refused(town: TestClient, hanako: str) -> None:
    for _ in range(3):
        ask(town)
    refused = town.post("/signin/mail", data={"address": KNOWN.upper()})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert len(letters(town)) == 3
    ask(town, "other@example.jp")


def test_a_link_leads_to_no_other_site(town: TestClient, hanako: str) -> None:
    assert town.post(ask(town, next="//evil.example/x")).headers["location"] == "/"
    assert town.post(ask(town, next="/\\evil.example")).headers["location"] == "/"


def test_the_address_in_the_letter_is_ours_whatever_the_request_says(sqlite_settings: Settings) -> None:
    changes = {
        "mail_host": "127.0.0.1",
        "mail_from": "noreply@city.example",
        "public_url": "https://sonae.city.example",
        "allowed_hosts": ("127.0.0.1", "sonae.city.example"),
    }
    app = create_app(sqlite_settings.model_copy(update=changes))
    client = TestClient(app, base_url="https://127.0.0.1", follow_redirects=False)
    evil = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    assert client.post("/signin/mail", data={"address": KNOWN}, headers=evil).status_code == 400
    sent = client.post("/signin/mail", data={"address": KNOWN}, headers={"x-forwarded-host": "evil.example"})
    assert sent.status_code == 303
    assert "https://sonae.city.example/signin/mail/" in letters(client)[0].body
    app.state.database.close()


def test_where_no_letter_can_leave_the_door_is_not_shown(visitor: TestClient) -> None:
    assert "/signin/mail" not in visitor.get("/signin").text
    assert "いまは、このサイトからメールを送れません" in visitor.get("/signin/mail").text
    visitor.post("/signin/mail", data={"address": KNOWN})
    assert letters(visitor) == []


def test_coming_in_again_ends_what_this_browser_had(town: TestClient, hanako: str) -> None:
    town.post(ask(town))
    first = town.cookies[COOKIE]
    town.post(ask(town))
    assert town.cookies[COOKIE] != first
    with town.app.state.database.reading() as db:
        assert sign_ins.principal_of(db, town.app.state.settings, first).kind == "nobody"


@pytest.mark.parametrize("language", ["ja", "ja-simple", "en"])
def test_pages_and_letter_in_each_language(town: TestClient, language: str) -> None:
    town.cookies.set("sonae_language", language)
    for path in ("/signin", "/signin/mail", "/signin/mail/sent", "/signin/passkey", "/signin/trouble/resident/stale"):
        page = town.get(path)
        assert page.status_code in (200, 400), path
        assert "{" not in re.sub(r"<script.*?</script>", "", page.text)
    link = ask(town, "new@example.jp")
    assert town.get(link).status_code == 200
    assert "{" not in letters(town)[0].body + letters(town)[0].subject
    assert town.get("/signin/trouble/resident/burnt").status_code == 404


# --- ways ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def inside(town: TestClient, hanako: str) -> Callable[[], TestClient]:
    """Sign Hanako in by a way of her own."""

    def made() -> TestClient:
        with town.app.state.database.session() as db:
            key = sign_ins.sign_in_resident(db, town.app.state.settings, method="mail", person_id=hanako)
        town.cookies.set(COOKIE, key)
        return town

    return made


def identities(client: TestClient, person: str) -> list[tuple[str, str]]:
    with client.app.state.database.reading() as db:
        return [(one.kind, one.subject) for one in people.identities_of(db, person)]


def test_an_address_is_added_by_its_reader_who_is_signed_in(inside: Callable[[], TestClient], hanako: str) -> None:
    client = inside()
    assert KNOWN in client.get("/my/ways").text
    assert client.post("/my/ways/mail", data={"address": "second@example.jp"}).status_code == 303
    link = link_of(letters(client)[-1])
    assert "入り口に加えます" in client.get(link).text
    key = client.cookies[COOKIE]
    client.cookies.delete(COOKIE)
    assert "サインインした画面で" in client.get(link).text
    assert client.post(link).status_code == 200
    assert identities(client, hanako) == [("mail", KNOWN)], "another browser adds nothing"
    client.cookies.set(COOKIE, key)
    assert client.post(link).headers["location"] == "/my/ways"
    assert identities(client, hanako) == [("mail", KNOWN), ("mail", "second@example.jp")]


def test_an_address_of_somebody_else_is_a_clerks_matter(inside: Callable[[], TestClient], hanako: str) -> None:
    client = inside()
    with client.app.state.database.session() as db:
        other = people.new_person(db, name="𠮷田 一郎", actor="staff:1")
        people.add_identity(db, other.id, kind="mail", subject="taro@example.jp", actor="staff:1")
    client.post("/my/ways/mail", data={"address": "taro@example.jp"})
    assert client.post(link_of(letters(client)[-1])).status_code == 409
    assert identities(client, hanako) == [("mail", KNOWN)]


def test_the_last_way_stays_and_another_can_go(inside: Callable[[], TestClient], hanako: str) -> None:
    client = inside()
    with client.app.state.database.session() as db:
        only = people.identities_of(db, hanako)[0].id
    assert client.post(f"/my/ways/mail/{only}/remove").status_code == 422
    with client.app.state.database.session() as db:
        people.add_identity(db, hanako, kind="paper", subject="c" * 64, actor="staff:1")
    assert client.post(f"/my/ways/mail/{only}/remove").status_code == 303
    assert [kind for kind, _ in identities(client, hanako)] == ["paper"]


def test_another_persons_way_is_not_there(inside: Callable[[], TestClient]) -> None:
    client = inside()
    with client.app.state.database.session() as db:
        other = people.new_person(db, name="𠮷田 一郎", actor="staff:1")
        way = people.add_identity(db, other.id, kind="mail", subject="taro@example.jp", actor="staff:1").id
    assert client.post(f"/my/ways/mail/{way}/remove").status_code == 404
    assert rows(client, Identity) == 2


def test_ways_ask_for_a_fresh_proof(inside: Callable[[], TestClient]) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        client = inside()
        assert client.get("/my/ways").status_code == 200
        clock.shift(dt.timedelta(minutes=client.app.state.settings.proof_minutes, seconds=1))
        html = {"accept": "text/html"}
        assert client.get("/my/ways", headers=html).headers["location"] == "/signin/again?next=/my/ways"
        assert client.post("/my/ways/mail", data={"address": "x@example.jp"}).status_code == 401


def test_a_ticket_alone_has_no_ways(town: TestClient) -> None:
    with town.app.state.database.session() as db:
        key = sign_ins.sign_in_resident(db, town.app.state.settings, method="ticket", ticket_hash="a" * 64)
    town.cookies.set(COOKIE, key)
    assert town.get("/my/ways").headers["location"] == "/my"
    assert town.post("/my/ways/mail", data={"address": "x@example.jp"}).status_code == 404
    assert town.post("/my/ways/passkey/options").status_code == 404
    assert town.get("/my/ways/digital").status_code == 404
