"""Tickets: every single error and every swap is caught, whatever people do to the rest is forgiven."""

from __future__ import annotations

import contextlib
import hashlib
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill import ticket
from drill.ticket import (
    ALPHABET,
    TicketError,
    check_character,
    format_ticket,
    new_ticket,
    read_run_code,
    read_ticket,
    run_code,
    ticket_hash,
)

bodies = st.text(st.sampled_from(ALPHABET), min_size=9, max_size=9)


def is_ticket(code: str) -> bool:
    try:
        return read_ticket(code) == code
    except TicketError:
        return False


def undetected(weights: tuple[int, ...]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the (position, difference) of single errors and the position pairs of swaps that `weights` let pass.

    The check sum is linear over GF(2^5), so what an error does to it depends on the difference of the characters
    alone and on nothing else in the ticket: walking all differences and positions is the whole proof.
    """
    single = {(i, d) for i, w in enumerate(weights) for d in range(1, 32) if ticket._product(w, d) == 0}
    swaps = {
        (i, k)
        for (i, v), (k, w) in combinations(enumerate(weights), 2)
        for d in range(1, 32)
        if ticket._product(v, d) ^ ticket._product(w, d) == 0
    }
    return single, swaps


def test_every_single_error_and_every_swap_is_caught():
    assert undetected(ticket._WEIGHTS) == (set(), set())


def test_the_proof_can_fail():
    """With equal weights (a plain sum) swaps pass; with a weight of 0 a single error does."""
    assert undetected((1,) * 10)[1] != set()
    assert undetected((0, *ticket._WEIGHTS[1:]))[0] != set()


def test_the_product_is_that_of_a_field():
    assert all(len({ticket._product(a, b) for b in range(32)}) == 32 for a in range(1, 32))
    for a, b, c in product(range(0, 32, 3), range(32), range(0, 32, 5)):
        assert ticket._product(a, b ^ c) == ticket._product(a, b) ^ ticket._product(a, c)


def test_every_single_error_and_every_swap_of_one_ticket_by_brute_force():
    code = "7K3M9QZ0A" + check_character("7K3M9QZ0A")
    for position, character in product(range(10), ALPHABET):
        wrong = code[:position] + character + code[position + 1 :]
        assert is_ticket(wrong) == (wrong == code)
    for i, k in combinations(range(10), 2):
        letters = list(code)
        letters[i], letters[k] = letters[k], letters[i]
        assert is_ticket("".join(letters)) == (code[i] == code[k])


def test_known_tickets():
    assert check_character("000000000") == "0"
    assert check_character("100000000") == "N", "by hand: 1 / a^9 = a^22 = 21"
    assert check_character("7K3M9QZ0A") == "V"


@given(bodies)
def test_what_people_type_is_read(body):
    code = body + check_character(body)
    typed = format_ticket(code)
    for variant in (typed, typed.lower(), typed.replace("-", " "), typed.replace("-", "ー"), f" {code}\n"):
        assert read_ticket(variant) == code
    assert read_ticket(code.replace("0", "O").replace("1", "l")) == code
    assert read_ticket(code.replace("1", "I").replace("0", "o")) == code
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert read_ticket(full_width) == code


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "length"), ("ABC", "length"), ("U" * 10, "character"), ("12345-6789é", "character"), ("0000000001", "check")],
)
def test_what_is_no_ticket_says_why(text, reason):
    with pytest.raises(TicketError) as caught:
        read_ticket(text)
    assert caught.value.reason == reason


@given(st.text(max_size=40))
def test_any_text_is_a_ticket_or_a_ticket_error(text):
    with contextlib.suppress(TicketError):
        assert len(read_ticket(text)) == 10


def test_new_tickets_are_tickets_and_differ():
    made = {new_ticket() for _ in range(200)}
    assert len(made) == 200
    assert all(is_ticket(t) for t in made)


def test_hash_and_run_code():
    assert ticket_hash("0000000000") == hashlib.sha256(b"0000000000").hexdigest()
    assert run_code("00" * 16) == "00000000"
    assert run_code("ff" * 16) == "ZZZZZZZZ"
    assert run_code("0000000001" + "ab" * 11) == "00000001"
    assert read_run_code(" zzzz-zzzz") == "ZZZZZZZZ"
