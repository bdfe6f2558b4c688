from __future__ import annotations

import pytest

from server.mail.addresses import AddressError, masked, read_address, wire_form


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        (" Hanako@Example.JP ", "hanako@example.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("a.b+c_d-e@mail.city.example", "a.b+c_d-e@mail.city.example"),
        ("hana..ko.@docomo.example", "hana..ko.@docomo.example"),
        ("x@xn--wgv71a.example", "x@xn--wgv71a.example"),
    ],
)
def test_addresses_as_people_type_them(typed: str, kept: str) -> None:
    assert read_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "hanako", "@x.example", "hanako@", "hanako@example", "a@b@example.jp", "a b@example.jp",
        "a@example.jp, b@example.jp", "a@example.jp\r\nBcc: b@example.jp", "<a@example.jp>", "花子@example.jp",
        "a@例え.jp", "a@-x.jp", "a@x-.jp", "x" * 65 + "@example.jp", "a@" + "x" * 250 + ".jp", 'a"b@example.jp',
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(AddressError) as refused:
        read_address(typed)
    assert not typed or typed not in str(refused.value)


def test_on_the_wire_odd_names_stand_in_quotes() -> None:
    assert wire_form("hanako@example.jp") == "hanako@example.jp"
    assert wire_form("hana..ko@example.jp") == '"hana..ko"@example.jp'
    assert wire_form("hanako.@example.jp") == '"hanako."@example.jp'


def test_masked() -> None:
    assert masked("hanako@example.jp") == "h…o@example.jp"
    assert masked("ab@example.jp") == "a…@example.jp"
