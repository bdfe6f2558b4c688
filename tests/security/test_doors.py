"""Requirements 4, 11 and 18: what is taken in, what cookies carry, where an answer may lead, what is never fetched."""

from __future__ import annotations

import csv
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from house_asking import ENDLESS, send
from house_asks import Ask, request_of
from house_routes import Address, addresses, matrix
from house_world import Caller, World
from pydantic import BaseModel

from server.access.enforcing import COOKIE
from server.accounts.principal import ROLES

EVIL = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "javascript:alert(1)",
    "/%0d%0aX: 1",
    "\\\\evil",
)
FIELDS = Path(__file__).with_name("fields.csv")
OPEN = {"files", "title"}
"""Fields whose own keys are file names or languages."""
LEADING = {"next", "after", "back", "leads_to"}
"""Names of fields that say where to go on."""


def http(world: World) -> Iterator[Address]:
    for one in addresses(world.client.app):
        if isinstance(one.route, APIRoute) and one.path not in ENDLESS:
            yield one


def one_who_may(world: World, name: str) -> Caller:
    row = matrix()[name]
    if any(row[role] for role in ROLES) and not row["nobody"]:
        return world.staff(*ROLES)
    return world.resident() if row["resident"] and not row["nobody"] else world.caller("nobody")


# --- 4: unknown input ------------------------------------------------------------------------------------------------


def test_every_json_body_refuses_what_it_does_not_know(world: World) -> None:
    models = {
        field.field_info.annotation
        for one in http(world)
        for field in one.route.dependant.body_params  # type: ignore[union-attr]
        if isinstance(field.field_info.annotation, type) and issubclass(field.field_info.annotation, BaseModel)
    }
    assert len(models) >= 4
    assert [model.__name__ for model in models if model.model_config.get("extra") != "forbid"] == []


def test_an_unknown_field_is_refused(world: World) -> None:
    asked = Ask("/api/station/pair", json={"code": world.pairing_code(), "name": "x", "roles": ["administrator"]})
    assert send(world.client, "POST", asked, world.caller("nobody")).status == 422


def test_a_form_gives_nobody_what_it_does_not_ask_for(world: World) -> None:
    """Forms take the fields that they name: one more changes nothing, whatever it is called."""
    caller = world.staff("clerk", department="学校教育課")
    extra = {"id": "0" * 16, "department": "福祉課", "roles": "administrator", "created_at": "1999-01-01"}
    made = send(
        world.client, "POST", Ask("/days", data={"title": "x", "place": "y", "date": "2026-12-06"} | extra), caller
    )
    assert made.status == 303
    assert made.location.rpartition("/")[2] != extra["id"]
    assert send(world.client, "GET", Ask(made.location), caller).status == 200
    other = world.staff("clerk", department="福祉課")
    assert send(world.client, "GET", Ask(made.location), other).status == 404


# --- 4: what is given out --------------------------------------------------------------------------------------------


def keys_of(tree: object, prefix: str = "", depth: int = 3) -> set[str]:
    """Return the names of all fields of an answer; of lists those of their rows."""
    if isinstance(tree, list):
        return set().union(*(keys_of(row, prefix, depth) for row in tree))
    if not isinstance(tree, dict) or depth == 0:
        return set()
    found = {f"{prefix}{key}" for key in tree}
    inner = ((key, value) for key, value in tree.items() if key not in OPEN)
    return found.union(*(keys_of(value, f"{prefix}{key}.", depth - 1) for key, value in inner))


def allowed_fields() -> dict[str, set[str]]:
    with FIELDS.open(encoding="utf-8", newline="") as file:
        return {row["address"]: set(row["fields"].split()) for row in csv.DictReader(file)}


def given_out(world: World) -> dict[str, set[str]]:
    """Ask for every address and return the fields of each answer in JSON."""
    found: dict[str, set[str]] = {}
    for one in http(world):
        row = matrix()[one.name]
        caller = world.device(world.station(world.day())) if row["device"] else one_who_may(world, one.name)
        answer = send(world.client, one.method, request_of(one.name, world, caller), caller)
        if answer.status == 200 and answer.text.startswith(("{", "[")):
            found[one.name] = keys_of(json.loads(answer.text))
    return found


def test_no_answer_holds_a_field_that_is_not_listed(world: World) -> None:
    """`fields.csv` is read by people: a new field of an answer is written there, or it does not leave the house."""
    allowed, found = allowed_fields(), given_out(world)
    assert {name: sorted(keys - allowed.get(name, set())) for name, keys in found.items()} == {n: [] for n in found}
    assert len(found) >= 8
    assert allowed.keys() - found.keys() == set()


# --- 11: cookies -----------------------------------------------------------------------------------------------------


def test_every_cookie_is_closed_to_scripts_and_other_sites(world: World) -> None:
    seen = set()
    for one in http(world):
        caller = one_who_may(world, one.name)
        asked = request_of(one.name, world, caller)
        world.client.cookies.clear()
        got = world.client.request(
            one.method,
            asked.path,
            data=asked.data,
            json=asked.json,
            headers=caller.headers | asked.headers,
            params={"lang": "en"} if one.path == "/" else None,
            follow_redirects=False,
        )
        for cookie in got.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            seen.add(name)
            kept = rest.lower()
            assert "httponly" in kept, (one.name, name)
            assert re.search(r"samesite=(lax|strict)", kept), (one.name, name)
            assert "domain=" not in kept, (one.name, name)
            if name != "sonae_language":
                assert name.startswith("__Host-"), (one.name, name)
                assert "secure" in kept, (one.name, name)
                assert "path=/" in kept, (one.name, name)
    assert {COOKIE, "sonae_language"} <= seen


# --- 18: where an answer leads, what is fetched ----------------------------------------------------------------------


def test_no_answer_leads_to_another_site(world: World) -> None:
    """Every field of every address that says where to go on, given addresses of others."""
    wrong, count = {}, 0
    for one in http(world):
        route = one.route
        assert isinstance(route, APIRoute)
        names = {f.alias for f in (*route.dependant.query_params, *route.dependant.body_params)} & LEADING
        for name in names:
            for evil in EVIL:
                caller = one_who_may(world, one.name)
                asked = request_of(one.name, world, caller)
                in_query = any(f.alias == name for f in route.dependant.query_params)
                world.client.cookies.clear()
                got = world.client.request(
                    one.method,
                    asked.path,
                    params={name: evil} if in_query else None,
                    data=asked.data if in_query else (asked.data or {}) | {name: evil},
                    headers=caller.headers,
                    follow_redirects=False,
                )
                to = got.headers.get("location", "/")
                ours = (
                    to.startswith("/")
                    and not to.startswith(("//", "/\\"))
                    and "evil.example" not in to.partition("?")[0]
                )
                kept = re.findall(r'(?:href|action|value)="([^"]*)"', got.text)
                shown = [text for text in kept if text in EVIL and text != "/%0d%0aX: 1"]
                if not ours or shown or "x" in got.headers:
                    wrong[f"{one.name} {name}={evil}"] = (to, shown)
                count += 1
    assert wrong == {}
    assert count >= 50


@pytest.fixture
def canary_server() -> Iterator[tuple[str, list[bytes]]]:
    """A machine that notes who calls it: nobody should."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.2)
    heard: list[bytes] = []
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            try:
                caller, _ = listening.accept()
            except TimeoutError:
                continue
            with closing(caller):
                heard.append(b"called")

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/canary", heard
    over.set()
    thread.join(timeout=5)
    listening.close()


def test_nothing_that_somebody_typed_is_fetched(world: World, canary_server: tuple[str, list[bytes]]) -> None:
    address, heard = canary_server
    for one in http(world):
        if one.policy is None or one.policy.audience == "device":
            continue
        caller = one_who_may(world, one.name)
        asked = request_of(one.name, world, caller)
        fields = {f.alias for f in (*one.route.dependant.query_params,)}  # type: ignore[union-attr]
        filled = None if asked.data is None else dict.fromkeys(asked.data, address)
        headers = caller.headers | {"referer": address, "x-forwarded-host": address, "accept": "text/html"}
        world.client.cookies.clear()
        world.client.request(
            one.method,
            asked.path,
            params=dict.fromkeys(fields, address) or None,
            data=filled,
            headers=headers,
            follow_redirects=False,
        )
    assert heard == []


def test_a_call_would_be_heard(canary_server: tuple[str, list[bytes]]) -> None:
    address, heard = canary_server
    port = int(address.rsplit(":", 1)[1].partition("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.recv(1)
    assert heard
