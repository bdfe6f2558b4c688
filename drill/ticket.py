"""Tickets and run codes: codes that people read aloud, copy by hand and type on a phone.

A ticket is nine random characters of Crockford's base32 alphabet (0-9 A-Z without I, L, O, U; 45 bits) and a check
character. ISO 7064 has no system over 32 characters that catches every swap, so the check character is a weighted
sum over the field GF(2^5) with the primitive polynomial x^5 + x^2 + 1: the ten values c_0 ... c_9 of a ticket fulfil

    sum over i of a^i * c_i = 0,  a = x = 2.

One wrong character changes the sum by a^i * (difference), which is never 0; a swap of the characters at i and k
changes it by (a^i - a^k) * (difference), never 0 either, as the ten weights differ. So every single error and every
swap of any two characters is caught, neighbours or not, with a check character from the same alphabet.

A run code is the first 40 bits of a run id in the same alphabet: eight characters without a check.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY_LENGTH: Final = 9
LENGTH: Final = BODY_LENGTH + 1
RUN_CODE_LENGTH: Final = 8
_VALUE: Final = {c: i for i, c in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_IGNORED: Final = frozenset("-‐‑‒–—―−ー_ \t\r\n\u00a0")
_POLYNOMIAL: Final = 0b100101


class TicketError(ValueError):
    """A text is no ticket. `reason` is `length`, `character` or `check`."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def _product(a: int, b: int) -> int:
    """Return a * b in GF(2^5)."""
    result = 0
    while b:
        if b & 1:
            result ^= a
        a <<= 1
        if a & 0b100000:
            a ^= _POLYNOMIAL
        b >>= 1
    return result


def _powers() -> tuple[int, ...]:
    weights = [1]
    while len(weights) < LENGTH:
        weights.append(_product(weights[-1], 2))
    return tuple(weights)


_WEIGHTS: Final = _powers()
_LAST_INVERSE: Final = next(v for v in range(1, 32) if _product(v, _WEIGHTS[-1]) == 1)


def check_character(body: str) -> str:
    """Return the check character of nine characters of the alphabet."""
    total = 0
    for weight, character in zip(_WEIGHTS, body, strict=False):
        total ^= _product(weight, _VALUE[character])
    return ALPHABET[_product(_LAST_INVERSE, total)]


def new_ticket() -> str:
    """Return a fresh ticket: ten characters."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return body + check_character(body)


def read_ticket(text: str) -> str:
    """Return the ticket in what a person typed.

    Lower case, full-width characters, spaces and any kind of hyphen are forgiven; O is read as 0, I and L as 1.

    Raises:
        TicketError: it has not ten characters, a character that no ticket has, or its check character is wrong.
    """
    code = _normal(text)
    if len(code) != LENGTH:
        msg = f"a ticket has {LENGTH} characters; {text[:40]!r} has {len(code)}"
        raise TicketError(msg, reason="length")
    if code[-1] != check_character(code[:-1]):
        msg = f"{text[:40]!r} is not a ticket: two characters are swapped or one is wrong; look at the ticket again"
        raise TicketError(msg, reason="check")
    return code


def format_ticket(ticket: str) -> str:
    """Return a ticket as it is printed: two groups of five."""
    return f"{ticket[:5]}-{ticket[5:]}"


def ticket_hash(ticket: str) -> str:
    """Return the SHA-256 of a ticket's ten characters, hexadecimal: what goes into a run header."""
    return hashlib.sha256(ticket.encode("ascii")).hexdigest()


def run_code(run_id: str) -> str:
    """Return the eight characters by which staff speak of a run. `run_id` is hexadecimal, at least ten digits."""
    bits = int(run_id[:10], 16)
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))


def read_run_code(text: str) -> str:
    """Return the run code in what a person typed, as forgiving as `read_ticket`. Raise TicketError."""
    code = _normal(text)
    if len(code) != RUN_CODE_LENGTH:
        msg = f"a run code has {RUN_CODE_LENGTH} characters; {text[:40]!r} has {len(code)}"
        raise TicketError(msg, reason="length")
    return code


def _normal(text: str) -> str:
    kept = [c for c in unicodedata.normalize("NFKC", text).upper() if c not in _IGNORED]
    for character in kept:
        if character not in _VALUE:
            msg = f"{text[:40]!r} has the character {character!r}; codes are written with {ALPHABET}"
            raise TicketError(msg, reason="character")
    return "".join(ALPHABET[_VALUE[c]] for c in kept)
