"""City staff by the city's own sign-in service: it proves who they are, our list says what they may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.accounts.models import SignIn, Staff
from tests.oidc.conftest import Person as Holder
from tests.oidc.conftest import signed_in
from tests.oidc.provider import Provider


@pytest.fixture
def city_hall(open_house: Callable[..., TestClient], provider: Provider) -> TestClient:
    openid = provider.settings("staff", scope="openid name email", acr_values="", acr_accepted=())
    house = open_house(staff_openid=openid)
    with house.app.state.database.session() as db:
        db.add(Staff(login="clerk@city.example", name="髙﨑 職員", roles=["clerk"]))
    return house


def test_staff_come_in_with_the_rights_that_our_list_gives(city_hall: TestClient, card: Holder) -> None:
    back = card.walk(city_hall, "/staff/signin/oidc?next=/days", person="clerk")
    assert (back.status_code, back.headers["location"]) == (303, "/days")
    with city_hall.app.state.database.reading() as db:
        opened = db.scalars(select(SignIn)).one()
        assert (opened.kind, opened.method, opened.limited) == ("staff", "oidc", False)


@pytest.mark.parametrize("person", ["takasaki", "unchecked"])
def test_who_is_not_in_the_list_or_whose_address_was_never_checked_stays_out(
    city_hall: TestClient, card: Holder, person: str
) -> None:
    back = card.walk(city_hall, "/staff/signin/oidc", person=person)
    assert back.status_code == 403
    assert "職員の登録が見つかりません" in back.text
    assert not signed_in(city_hall)


def test_disabled_staff_stay_out_with_the_same_words(city_hall: TestClient, card: Holder) -> None:
    unknown = card.walk(city_hall, "/staff/signin/oidc", person="takasaki")
    with city_hall.app.state.database.session() as db:
        db.scalars(select(Staff)).one().disabled_at = dt.datetime.now(dt.UTC)
    disabled = card.walk(city_hall, "/staff/signin/oidc", person="clerk")
    assert (disabled.status_code, disabled.text) == (unknown.status_code, unknown.text)
    assert not signed_in(city_hall)


def test_the_doors_do_not_lead_to_each_other(city_hall: TestClient, card: Holder) -> None:
    left = city_hall.get("/staff/signin/oidc")
    back = card.prove(left.headers["location"], person="clerk")
    assert city_hall.get(back.replace("/staff/signin/oidc/back", "/signin/digital/back")).status_code == 404
    assert city_hall.get(back).status_code == 303
