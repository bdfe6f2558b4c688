"""Requirements 16 and 35: what people typed stands on every page as text, and in no log and no audit entry at all."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from house_asking import ENDLESS, send
from house_asks import request_of
from house_routes import Address, addresses, matrix
from house_world import Caller, World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.accounts.principal import ROLES
from server.audit.models import AuditEntry

TAG = "x7k"
ATTRIBUTE = "onx7k"
PIECES = (
    f"<{TAG}>", f"</title><{TAG}>", f"--><{TAG}>", f"</script><{TAG}>", f"</textarea><{TAG}>", f"</svg><{TAG}>",
    f'" {ATTRIBUTE}="1', f"' {ATTRIBUTE}='1", f"` {ATTRIBUTE}=`1", "&lt;", "&#x3c;", "{{7*7}}", "{%", "]]>", "𠮷",
)  # fmt: skip
LONGEST = 38
CANARY = "鳥子カナリア"


class Eye(HTMLParser):
    """Reads a page as a browser would and notes a planted tag or attribute that became one."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith(TAG):
            self.seen.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith(ATTRIBUTE) or (name in ("href", "src", "action") and (value or "").startswith("java")):
                self.seen.append(f"{name} of <{tag}>")


def planted_in(html: str) -> list[str]:
    eye = Eye()
    eye.feed(html)
    eye.close()
    return eye.seen


def one_who_may(world: World, name: str) -> Caller:
    """Return somebody whom the matrix lets in: staff with every role, or a resident."""
    row = matrix()[name]
    if any(row[role] for role in ROLES):
        return world.staff(*ROLES)
    return world.resident() if row["resident"] else world.caller("nobody")


def pages(world: World) -> Iterator[Address]:
    for one in addresses(world.client.app):
        if one.method == "GET" and one.path not in ENDLESS and one.policy and one.policy.audience != "device":
            yield one


def shown(world: World, marker: str) -> tuple[dict[str, list[str]], int]:
    """Ask for every page while every name holds `marker`; return where it became markup, and on how many it stands."""
    found: dict[str, list[str]] = {}
    count = 0
    world.marker = marker
    try:
        for one in pages(world):
            caller = one_who_may(world, one.name)
            answer = send(world.client, "GET", request_of(one.name, world, caller), caller)
            if not answer.text.lstrip().startswith("<"):
                continue
            if seen := planted_in(answer.text):
                found[one.name] = seen
            count += "x7k" in answer.text
    finally:
        world.marker = ""
    return found, count


markers = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(lambda pieces: "".join(pieces)[:LONGEST])


def test_what_people_typed_stands_as_text_on_every_page(world: World) -> None:
    reached = 0

    @settings(max_examples=4, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(markers)
    def each(marker: str) -> None:
        nonlocal reached
        found, count = shown(world, marker)
        assert found == {}
        reached = max(reached, count)

    each()
    assert reached >= 12, "what was typed reaches the pages"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_payloads(world: World) -> None:
    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(markers)
    def each(marker: str) -> None:
        assert shown(world, marker)[0] == {}

    each()


def test_markup_that_is_not_escaped_would_be_seen() -> None:
    """The control: the same words where a template had forgotten to escape them."""
    assert planted_in(f"<p>髙﨑<{TAG}></p>") == [f"<{TAG}>"]
    assert planted_in(f'<a href="/x" {ATTRIBUTE}="1">') == [f"{ATTRIBUTE} of <a>"]
    assert planted_in('<a href="javascript:1">') == ["href of <a>"]
    assert planted_in(f"<p>&lt;{TAG}&gt;</p>") == []


def test_a_person_leaves_no_trace_in_logs_and_record(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A canary person goes through every address of the house; then their name is looked for."""
    world.marker = CANARY
    seen = 0
    try:
        with caplog.at_level(logging.DEBUG):
            for one in addresses(world.client.app):
                if one.policy is None or one.path in ENDLESS or one.method == "SOCKET":
                    continue
                caller = one_who_may(world, one.name)
                asked = request_of(one.name, world, caller)
                if asked.data:
                    kept = {"name", "name_kana", "reason", "note", "about", "title", "place"} & asked.data.keys()
                    asked.data.update(dict.fromkeys(kept, f"{CANARY} 花子"))
                answer = send(world.client, one.method, asked, caller)
                seen += CANARY in answer.text
    finally:
        world.marker = ""
    assert seen > 12, "the canary was really there"
    ours = [r.getMessage() for r in caplog.records if r.name.split(".")[0] in ("sonae", "server", "uvicorn", "alembic")]
    assert [line for line in ours if CANARY in line] == []
    with world.database.reading() as db:
        entries = db.query(AuditEntry).all()
        assert len(entries) > 100
        told = [json.dumps([e.actor, e.action, e.target, e.detail], ensure_ascii=False) for e in entries]
    assert {json.loads(line)[1] for line in told if CANARY in line} == set()


def test_a_canary_in_a_log_would_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("sonae.mail").info("a letter to %s", CANARY)
    assert any(CANARY in record.getMessage() for record in caplog.records)
