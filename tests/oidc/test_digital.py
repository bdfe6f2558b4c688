"""Residents by OpenID Connect, against a real provider: the whole way, and every way in which it must fail."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from server.accounts.models import SignIn
from server.people import service as people
from server.people.models import Identity, Person
from server.signin import residents, trip
from tests.oidc.conftest import HOME, come_back, query, signed_in
from tests.oidc.conftest import Person as Holder
from tests.oidc.provider import Provider

OpenHouse = Callable[..., TestClient]


@pytest.fixture
def house(open_house: OpenHouse, provider: Provider) -> TestClient:
    return open_house(resident_openid=provider.settings(), resident_address="長野県架空市")


def rows(client: TestClient, table: type[Any]) -> int:
    with client.app.state.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("client", ["city-es", "city-rs"])
@pytest.mark.parametrize("audience", ["token", "issuer"])
def test_a_resident_comes_in_and_only_what_is_needed_is_kept(
    open_house: OpenHouse, provider: Provider, card: Holder, client: str, audience: str
) -> None:
    house = open_house(resident_openid=provider.settings(client, audience=audience), resident_address="長野県 架空市")
    back = card.walk(house, "/signin/digital?next=/my", person="takasaki")
    assert (back.status_code, back.headers["location"]) == (303, "/my")
    assert signed_in(house)
    with house.app.state.database.reading() as db:
        person = db.scalars(select(Person)).one()
        assert (person.name, person.birth_date) == ("髙﨑 花子", dt.date(1948, 4, 1))
        assert person.verified_at is not None
        way = db.scalars(select(Identity)).one()
        assert (way.kind, way.issuer, way.subject) == ("oidc", provider.issuer, f"{client}-3f1c9a")
        noted = residents.residence_of(db, person.id)
        assert noted is not None
        assert noted.lives_here
        kept = "".join(str(value) for row in (person, way, noted) for value in vars(row).values())
        assert "中央" not in kept
        signin = db.scalars(select(SignIn)).one()
        assert (signin.kind, signin.method, signin.person_id) == ("resident", "oidc", person.id)


def test_a_second_visit_finds_the_same_person_and_takes_over_a_new_name(house: TestClient, card: Holder) -> None:
    card.walk(house, "/signin/digital", person="takasaki")
    first = house.cookies.get("__Host-sonae")
    with house.app.state.database.session() as db:
        person = db.scalars(select(Person)).one()
        people.change_person(db, person.id, name="髙﨑 はな", name_kana="タカサキ ハナコ", actor="staff:1")
    card.walk(house, "/signin/digital", person="takasaki")
    assert house.cookies.get("__Host-sonae") != first
    with house.app.state.database.reading() as db:
        person = db.scalars(select(Person)).one()
        assert (person.name, person.name_kana, person.birth_date) == (
            "髙﨑 花子",
            "タカサキ ハナコ",
            dt.date(1948, 4, 1),
        )
        open_ones = db.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all()
        assert len(open_ones) == 1, "the sign-in that this browser had is ended by the new one"


def test_strange_facts_do_not_stop_a_sign_in(house: TestClient, card: Holder) -> None:
    """A gender of another shape, an address in parts, elsewhere; 𠮷 survives."""
    assert card.walk(house, "/signin/digital", person="yoshida").status_code == 303
    with house.app.state.database.reading() as db:
        person = db.scalars(select(Person)).one()
        assert (person.name, person.birth_date) == ("𠮷田 一郎", dt.date(1990, 2, 28))
        noted = residents.residence_of(db, person.id)
        assert noted is not None
        assert not noted.lives_here


def test_without_a_name_nobody_is_made(house: TestClient, card: Holder) -> None:
    back = card.walk(house, "/signin/digital", person="nameless")
    assert back.status_code == 400
    assert "お名前を受け取れなかった" in back.text
    assert (rows(house, Person), rows(house, SignIn)) == (0, 0)


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "nonce": ({"claims": {"nonce": "x" * 43}}, "nonce of the ID token", "invalid"),
    "no nonce": ({"claims": {}, "without": ["nonce"]}, "nonce of the ID token", "invalid"),
    "iss": ({"claims": {"iss": "https://other.example"}}, "iss of the ID token", "invalid"),
    "aud": ({"claims": {"aud": "somebody-else"}}, "aud of the ID token", "invalid"),
    "aud of several": ({"claims": {"aud": ["city-es", "x"]}}, "azp of an ID token", "invalid"),
    "azp": ({"claims": {"azp": "somebody-else"}}, "azp of the ID token", "invalid"),
    "expired": ({"claims": {"exp": 1_600_000_000}}, "exp of the ID token", "invalid"),
    "no exp": ({"claims": {}, "without": ["exp"]}, "exp of the ID token", "invalid"),
    "exp is text": ({"claims": {"exp": "later"}}, "exp of the ID token", "invalid"),
    "old": ({"claims": {"iat": 1_600_000_000}}, "iat of the ID token", "invalid"),
    "nbf ahead": ({"claims": {"nbf": 4_000_000_000}}, "nbf of the ID token", "invalid"),
    "at_hash": ({"claims": {"at_hash": "AAAA"}}, "at_hash of the ID token", "invalid"),
    "sub": ({"claims": {"sub": ""}}, "sub of the ID token", "invalid"),
    "sub of another": ({"claims": {"sub": "city-es-77aa01"}}, "sub of what the service tells", "invalid"),
    "tampered signature": ({"signature": "flip"}, "not signed by the service", "invalid"),
    "no signature": ({"signature": "none"}, "not signed by the service", "invalid"),
    "shared secret": ({"signature": "secret"}, "not signed by the service", "invalid"),
    "a stranger's key": ({"signature": "stranger"}, "not signed by the service", "invalid"),
    "acr missing": ({"claims": {}, "without": ["acr"]}, "acr of the ID token", "weak"),
    "acr too weak": ({"claims": {"acr": "aal1"}}, "acr of the ID token", "weak"),
    "proved long ago": ({"claims": {"auth_time": 1_600_000_000}}, "auth_time of the ID token", "weak"),
    "no time of proof": ({"claims": {}, "without": ["auth_time"]}, "auth_time of the ID token", "weak"),
    "userinfo of another": ({"path": "/me", "set": {"sub": "x"}}, "sub of what the service tells", "invalid"),
    "token server down": ({"path": "/token", "status": 503}, "answered 503", "unreachable"),
    "userinfo down": ({"path": "/me", "status": 500}, "answered 500", "unreachable"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_rule_lets_nobody_in(
    steady_house: TestClient, provider: Provider, card: Holder, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    fault, said, code = FAULTS[name]
    provider.plant(**fault)
    with caplog.at_level(logging.WARNING, "sonae.signin"):
        back = card.walk(steady_house, "/signin/digital", person="takasaki")
    assert back.status_code == {"unreachable": 503}.get(code, 400)
    assert not signed_in(steady_house)
    assert (rows(steady_house, Person), rows(steady_house, SignIn)) == (0, 0)
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("sonae")]
    assert [said in line and f"({code})" in line for line in logged] == [True]
    assert "髙﨑" not in caplog.text


def test_the_faults_are_what_stops_it(house: TestClient, provider: Provider, card: Holder) -> None:
    """The control: the saboteur signs again with nothing changed, and the person comes in."""
    provider.plant(claims={}, without=["nothing"])
    assert card.walk(house, "/signin/digital", person="takasaki").status_code == 303
    assert signed_in(house)


def test_a_service_that_says_no_time_is_taken_where_that_was_agreed(
    open_house: OpenHouse, provider: Provider, card: Holder
) -> None:
    house = open_house(resident_openid=provider.settings(proves_anew=False))
    provider.plant(claims={}, without=["auth_time"])
    assert card.walk(house, "/signin/digital", person="takasaki").status_code == 303
    assert signed_in(house)


def test_too_weak_a_card_is_refused_as_such(house: TestClient, card: Holder) -> None:
    back = card.walk(house, "/signin/digital", person="takasaki", acr="aal2")
    assert back.status_code == 400
    assert "マイナンバーカードと暗証番号" in back.text


def test_whoever_calls_it_off_is_led_to_the_other_doors(house: TestClient, card: Holder) -> None:
    back = card.walk(house, "/signin/digital", person="")
    assert back.status_code == 200
    assert "取りやめられました" in back.text
    assert not signed_in(house)


def callback(house: TestClient, card: Holder) -> tuple[str, dict[str, str]]:
    left = house.get("/signin/digital")
    back = card.prove(left.headers["location"], person="takasaki")
    return back, query(back)


def test_a_code_serves_once(house: TestClient, card: Holder) -> None:
    back, _ = callback(house, card)
    begun = house.cookies.get(trip.COOKIE)
    assert house.get(back).status_code == 303
    house.cookies.delete("__Host-sonae")
    assert come_back(house, back).status_code == 400, "the trip is over in this browser"
    house.cookies.set(trip.COOKIE, begun)
    again = come_back(house, back)
    assert again.status_code == 400
    assert "正しいものと認められませんでした" in again.text
    assert not signed_in(house)


@pytest.mark.parametrize(
    ("change", "page"),
    [
        ({"state": "x" * 43}, "別の画面で始めた"),
        ({"state": ""}, "別の画面で始めた"),
        ({"iss": "https://other.example"}, "正しいものと認められませんでした"),
        ({"iss": None}, "正しいものと認められませんでした"),
        ({"code": "x" * 43}, "正しいものと認められませんでした"),
        ({"code": None}, "正しいものと認められませんでした"),
    ],
)
def test_a_changed_answer_lets_nobody_in(
    house: TestClient, card: Holder, change: dict[str, str | None], page: str
) -> None:
    _, answer = callback(house, card)
    changed = {name: value for name, value in {**answer, **change}.items() if value is not None}
    back = come_back(house, "/signin/digital/back", params=changed)
    assert back.status_code == 400
    assert page in back.text
    assert not signed_in(house)


def test_the_code_is_worthless_in_another_browser_and_with_another_verifier(
    house: TestClient, card: Holder, provider: Provider
) -> None:
    """Who steals the address that somebody was sent back to gets nowhere."""
    back, answer = callback(house, card)
    mine = house.cookies.get(trip.COOKIE)
    house.cookies.delete(trip.COOKIE)
    assert come_back(house, back).status_code == 400
    house.get("/signin/digital")
    assert house.cookies.get(trip.COOKIE) != mine
    begun = trip.unpack(house.app.state.settings, house.cookies.get(trip.COOKIE) or "", door="resident")
    assert begun is not None
    stolen = come_back(house, "/signin/digital/back", params={**answer, "state": begun.state})
    assert stolen.status_code == 400
    assert not signed_in(house)


def test_a_trip_of_the_staff_door_or_too_old_is_none(house: TestClient) -> None:
    settings = house.app.state.settings
    house.get("/signin/digital")
    sealed = house.cookies.get(trip.COOKIE) or ""
    assert trip.unpack(settings, sealed, door="resident") is not None
    assert trip.unpack(settings, sealed, door="staff") is None
    assert trip.unpack(settings, sealed[:-2] + "xx", door="resident") is None
    assert trip.unpack(settings, "not base64 ∞", door="resident") is None
    with time_machine.travel(dt.datetime.now(dt.UTC) + trip.LONGEST, tick=False):
        assert trip.unpack(settings, sealed, door="resident") is None


def test_what_we_ask_for(house: TestClient, provider: Provider) -> None:
    asked = query(house.get("/signin/digital").headers["location"])
    begun = trip.unpack(house.app.state.settings, house.cookies.get(trip.COOKIE) or "", door="resident")
    assert begun is not None
    assert asked == {
        "response_type": "code",
        "client_id": "city-es",
        "redirect_uri": f"{HOME}/signin/digital/back",
        "scope": provider.settings().scope,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": begun.challenge,
        "code_challenge_method": "S256",
        "acr_values": "aal3 crl",
        "max_age": "600",
    }
    assert begun.verifier not in str(asked)


def test_it_never_leads_to_another_site(house: TestClient, card: Holder) -> None:
    back = card.walk(house, "/signin/digital?next=//evil.example/", person="takasaki")
    assert back.headers["location"] == "/"


def test_a_closed_door_is_not_there(open_house: OpenHouse) -> None:
    house = open_house()
    for path in ("/signin/digital", "/signin/digital/back", "/signin/digital/keys", "/staff/signin/oidc"):
        assert house.get(path).status_code == 404
    assert "/signin/digital" not in house.get("/signin").text


def test_the_public_key_is_shown_and_the_private_one_is_not(house: TestClient) -> None:
    shown = house.get("/signin/digital/keys").json()["keys"]
    assert [sorted(key) for key in shown] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]


def test_a_service_that_does_not_answer_leaves_the_other_doors(open_house: OpenHouse, provider: Provider) -> None:
    house = open_house(resident_openid=provider.settings(issuer="http://127.0.0.1:1", wait_s=1))
    left = come_back(house, "/signin/digital")
    assert left.status_code == 503
    assert "ほかの方法" in left.text


def test_a_person_adds_the_card_to_their_ways(house: TestClient, card: Holder) -> None:
    card.walk(house, "/signin/digital", person="takasaki")
    with house.app.state.database.reading() as db:
        first = db.scalars(select(Person)).one().id
    with house.app.state.database.session() as db:
        for one in people.identities_of(db, first):
            db.delete(one)
    assert card.walk(house, "/my/ways/digital", person="takasaki").headers["location"] == "/my/ways"
    with house.app.state.database.reading() as db:
        assert [one.subject for one in people.identities_of(db, first)] == ["city-es-3f1c9a"]
    assert (rows(house, Person), rows(house, SignIn)) == (1, 1)


def test_a_card_of_somebody_else_is_a_clerks_matter(house: TestClient, card: Holder) -> None:
    card.walk(house, "/signin/digital", person="takasaki")
    card.walk(house, "/signin/digital", person="yoshida")
    back = card.walk(house, "/my/ways/digital", person="takasaki")
    assert back.status_code == 409
    assert "市の窓口" in back.text
    assert rows(house, Identity) == 2
