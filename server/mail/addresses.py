"""E-mail addresses: read as people type them, written as mail servers want them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 254
_SHAPE: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_DOTS: Final = re.compile(r"^\.|\.\.|\.$")


class AddressError(ValueError):
    """A text is no e-mail address. The text is not repeated: it may be somebody's."""

    def __init__(self) -> None:
        super().__init__("an e-mail address looks like name@example.jp")


def read_address(typed: str) -> str:
    """Return an address as it is kept: half-width, without spaces, in small letters.

    Old mobile addresses with two dots in a row, or one before the @, are real and are taken.

    Raises:
        AddressError: it is no address.
    """
    text = unicodedata.normalize("NFKC", typed).strip().lower()
    if len(text) > LONGEST or not _SHAPE.fullmatch(text):
        raise AddressError
    return text


def wire_form(address: str) -> str:
    """Return an address as mail servers want it: such old mobile names in quotes (RFC 5321, 4.1.2)."""
    name, _, domain = address.rpartition("@")
    return f'"{name}"@{domain}' if _DOTS.search(name) else address


def masked(address: str) -> str:
    """Return an address with most of its name hidden: enough to see a wrong list, too little to copy it."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 3 else ''}@{domain}"
