"""Requirement 20: so many sockets and streams an address, and not one more."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from server.access.connections import Connections, TooManyOpen


def test_an_address_holds_so_many_and_not_one_more() -> None:
    connections = Connections(3)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(connections.one_more("192.0.2.1"))
        with pytest.raises(TooManyOpen, match="3 connections"), connections.one_more("192.0.2.1"):
            pytest.fail("the fourth was let in")
        with connections.one_more("192.0.2.2"):
            assert len(connections) == 4, "another address has its own"
    with connections.one_more("192.0.2.1"):
        assert len(connections) == 1, "what was closed is free again"
    assert len(connections) == 0


def test_what_ends_by_a_fault_is_free_again() -> None:
    connections = Connections(1)
    for _ in range(3):
        with pytest.raises(ConnectionResetError), connections.one_more("192.0.2.1"):
            raise ConnectionResetError
    assert len(connections) == 0


def test_the_answer_says_when_to_try_again() -> None:
    error = TooManyOpen(200)
    assert (error.status, error.headers) == (503, {"Retry-After": "5"})
    assert "200" in error.ja
    assert "200" in error.en
