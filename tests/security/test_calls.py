"""Requirement 17: calls made up from the app's own description, right and wrong ones, by staff, a resident and nobody.

No call may meet an error that nobody expected, none may be answered with what it sent or with what goes on inside, and
memory stays flat.
"""

from __future__ import annotations

import contextlib
import json
import logging
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest
import schemathesis
from fastapi.testclient import TestClient
from house_asking import ENDLESS
from house_memory import MEGABYTE, resident_bytes
from house_world import Caller, World
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from server.accounts.principal import ROLES
from server.guard import SECURITY_HEADERS

INSIDE = re.compile(r"Traceback|sqlalchemy|sqlite3|psycopg|File \"|/site-packages/|\.py\b", re.IGNORECASE)
KINDS = ("staff", "resident", "nobody", "device")
AGAIN_AFTER = 25
"""Calls after which everybody signs in anew: some calls sign out."""


class Calls:
    """Makes calls of one world, with ids of things that are there, and looks at every answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: TestClient = world.client
        self.made = 0
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self._callers: dict[str, Caller] = {}
        self._known: dict[str, list[str]] = {}

    def make(self, case: schemathesis.Case, rng: random.Random) -> None:
        """Send one made-up call as somebody."""
        if self.made % AGAIN_AFTER == 0:
            self._renew()
        self.made += 1
        kind = rng.choices(KINDS, (6, 3, 1, 1))[0]
        caller = self._callers.get(kind, Caller({}))
        headers = {"accept": rng.choice(("application/json", "text/html,*/*"))}
        headers |= {name: _latin(value) for name, value in (case.headers or {}).items()} | caller.headers
        content, kind_of_body = _body(case)
        self.client.cookies.clear()
        answer = self.client.request(
            case.method,
            self._path(case, rng),
            params={str(k): _text(v) for k, v in (case.query or {}).items()},
            headers=headers | kind_of_body,
            content=content,
            follow_redirects=False,
        )
        self.statuses[answer.status_code] += 1
        self._look(f"{case.method} {case.path} as {kind}", answer)

    def _look(self, what: str, answer: Any) -> None:
        # Busy is an answer: a machine that other work slows down may give it.
        if answer.status_code >= 500 and answer.status_code != 503:
            self.faults.append(f"{what}: {answer.status_code}")
        # Whither the caller wanted to go on may come back; it tells nothing of the inside.
        form = parse_qs(answer.request.content.decode("utf-8", "replace"))
        leads_to = " ".join([*answer.request.url.params.get_list("next"), *form.get("next", [])])
        shown = [one[0] for one in INSIDE.finditer(answer.text) if one[0] not in leads_to]
        if answer.status_code >= 400 and shown:
            self.faults.append(f"{what}: the answer shows {shown[0]!r}")
        if answer.headers.get("content-security-policy") != SECURITY_HEADERS["Content-Security-Policy"]:
            self.faults.append(f"{what}: no policy for the browser")
        location = answer.headers.get("location", "")
        if location and not location.startswith(("/", "http://127.0.0.1/")):
            self.faults.append(f"{what}: leads to {location[:60]!r}")
        if location.startswith("//"):
            self.faults.append(f"{what}: leads to another site")

    def _path(self, case: schemathesis.Case, rng: random.Random) -> str:
        path = case.path
        for name, value in (case.path_parameters or {}).items():
            known = self._known.get(f"{name} {value}") or self._known.get(name)
            chosen = rng.choice(known) if known and rng.random() < 0.7 else str(value)
            path = path.replace(f"{{{name}}}", quote(chosen, safe="%"))
        return path

    def _renew(self) -> None:
        world = self.world
        day = world.day()
        self._callers = {
            "staff": world.staff(*ROLES),
            "resident": world.resident(),
            "device": world.device(world.station(day)),
        }
        slot, station = world.slot(day), world.station(day)
        self._known = {
            "day_id": [day],
            "station_id": [station],
            "key": [slot, station],
            "run_id": [world.run(), world.measured()],
            "device_id": [self._callers["device"].device_id],
            "person_id": [self._callers["resident"].person_id],
            "staff_id": [self._callers["staff"].staff_id],
            "job_id": [world.failed_job()],
        }


def _body(case: schemathesis.Case) -> tuple[bytes, dict[str, str]]:
    """Return a call's body and the header that names its kind."""
    kind = {"content-type": case.media_type or "application/octet-stream"}
    if isinstance(case.body, NotSet):
        return b"", {}
    if isinstance(case.body, bytes):
        return case.body, kind
    if case.media_type == "application/json":
        return json.dumps(case.body, default=str).encode(), kind
    if isinstance(case.body, dict):
        return urlencode({_text(name): _text(value) for name, value in case.body.items()}).encode(), kind
    return _text(case.body).encode(), kind


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def _latin(value: Any) -> bytes:
    return re.sub(r"[\r\n]", "", str(value)).encode("latin-1", "replace")


def operations(world: World, *, under: str = "/", every: int = 1) -> Iterator[Any]:
    """Yield every (or every n-th) operation below a path that the app describes, but answers that never end."""
    schema = schemathesis.openapi.from_dict(world.client.app.openapi())
    for number, found in enumerate(schema.get_all_operations()):
        if number % every:
            continue
        operation = found.ok()
        if operation.path not in ENDLESS and operation.path.startswith(under):
            yield operation


def call_all(world: World, rounds: int, *, start: int = 1, under: str = "/", every: int = 1) -> Calls:
    """Make `rounds` calls of each operation below a path, half of them right by its description and half wrong."""
    calls = Calls(world)
    for number, operation in enumerate(operations(world, under=under, every=every)):
        rng = random.Random(f"{start} {number}")
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _call(operation, mode, max(1, rounds // 2), calls, rng, start)
    return calls


MADE_UP = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))


def _call(operation: Any, mode: GenerationMode, count: int, calls: Calls, rng: random.Random, start: int) -> None:
    @seed(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: schemathesis.Case) -> None:
        calls.make(case, rng)

    with contextlib.suppress(Unsatisfiable):  # an operation that takes nothing cannot be called wrongly
        one()


def test_made_up_calls_meet_no_unexpected_error(world: World) -> None:
    calls = call_all(world, 4, every=4)  # a slice; all of them under --long
    assert calls.faults == []
    assert calls.made > 60
    assert {200, 303, 401, 404, 422} <= calls.statuses.keys(), "right and wrong calls both occur"


@pytest.fixture
def quiet() -> Iterator[None]:
    """No log line is kept: a hundred thousand of them would look like memory that is not freed."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


WARM = 5
"""Turns after which all there is to cache is cached."""


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_calls(
    world: World, tell: Callable[[str], None], time_left: Callable[[], float], quiet: None
) -> None:
    made, turn, before, statuses = 0, 0, 0, Counter[int]()
    while made < 100_000 and (turn == 0 or time_left() > 0):
        turn += 1
        calls = call_all(world, 20, start=turn)
        assert Counter(calls.faults) == {}
        made += calls.made
        statuses += calls.statuses
        if turn <= WARM:
            before = resident_bytes()
    assert made >= 100_000 or time_left() <= 0
    grown = resident_bytes() - before
    assert grown < 64 * MEGABYTE, f"{grown / MEGABYTE:.0f} MiB more after {made} calls"
    tell(f"{made} made-up calls, memory {grown / MEGABYTE:+.1f} MiB, answers {dict(sorted(statuses.items()))}")


def test_a_planted_fault_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a page that fails, and an answer that tells what goes on inside."""

    def fails(*_: object, **__: object) -> None:
        msg = "planted"
        raise RuntimeError(msg)

    monkeypatch.setattr("server.drills.routes.found_day", fails)
    assert any(fault.endswith(": 500") for fault in call_all(world, 20, under="/days").faults)
