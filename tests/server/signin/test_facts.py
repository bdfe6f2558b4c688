from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.signin.facts import Facts, birth_date, read_facts

CITY = "長野県架空市"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("1948-04-01", dt.date(1948, 4, 1)),
        ("19480401", dt.date(1948, 4, 1)),
        (19480401, dt.date(1948, 4, 1)),
        ("1948/4/1", dt.date(1948, 4, 1)),
        ("1948年4月1日", dt.date(1948, 4, 1)),
        ("１９４８－０４－０１", dt.date(1948, 4, 1)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("2023-02-29", None),
        ("0000-04-01", None),
        ("1948", None),
        ("04/01/1948", None),
        ("昭和23年4月1日", None),
        ("1948-04/01", None),
        ("", None),
        (None, None),
        (True, None),
        (["1948-04-01"], None),
    ],
)
def test_birth_dates_in_the_shapes_that_are_met(told: object, read: dt.date | None) -> None:
    assert birth_date(told) == read


@pytest.mark.parametrize(
    ("address", "lives"),
    [
        ("長野県架空市中央1-2-3", True),
        ("〒380-0000 長野県 架空市 中央１－２－３", True),
        ({"formatted": "長野県架空市中央1-2-3"}, True),
        ({"region": "長野県", "locality": "架空市", "street_address": "中央"}, True),
        ({"region": "長野県", "locality": "別の市"}, False),
        ("東京都長野県架空市通り", False),
        ({"formatted": 7}, None),
        ({}, None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_where_somebody_lives(address: object, lives: bool | None) -> None:
    assert read_facts({"address": address}, city=CITY).lives_here is lives


def test_without_a_city_nothing_is_asked_of_the_address() -> None:
    assert read_facts({"address": "長野県架空市"}).lives_here is None


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": " 髙﨑\u3000花子 "}, "髙﨑 花子"),
        ({"family_name": "𠮷田", "given_name": "一郎"}, "𠮷田 一郎"),
        ({"name": 7, "given_name": "一郎"}, "一郎"),
        ({"name": ["x"]}, ""),
        ({}, ""),
    ],
)
def test_names(claims: dict[str, Any], name: str) -> None:
    assert read_facts(claims).name == name


def test_what_is_not_needed_is_not_taken() -> None:
    claims = {"name": "髙﨑 花子", "gender": "2", "phone_number": "0", "birthdate": "19480401", "address": CITY}
    assert read_facts(claims, city=CITY) == Facts("髙﨑 花子", dt.date(1948, 4, 1), lives_here=True)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "family_name", "birthdate", "address"), VALUES)))
def test_no_shape_of_an_answer_is_a_fault(claims: dict[str, Any]) -> None:
    found = read_facts(claims, city=CITY)
    assert found.birth_date is None or 1 <= found.birth_date.year <= 9999
