"""The menu: what whoever asks may open. It never offers what would be refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.access.policies import POLICIES
from server.accounts.principal import Principal


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the menu: its address, the key of its text, and the policy of the page."""

    address: str
    key: str
    policy: str


HOME: Final = Entry("/", "nav.home", "public")
ENTRIES: Final[tuple[Entry, ...]] = (
    HOME,
    # Residents.
    Entry("/my", "nav.my", "own"),
    # Drills.
    Entry("/days", "nav.days", "days.read"),
    Entry("/runs", "nav.runs", "runs.read"),
    Entry("/exports", "nav.exports", "exports"),
    # People and their rights.
    Entry("/tickets", "nav.tickets", "tickets.issue"),
    Entry("/people", "nav.people", "people"),
    Entry("/requests", "nav.requests", "requests"),
    Entry("/tokens", "nav.tokens", "tokens"),
    # The house.
    Entry("/approvals", "nav.approvals", "approvals"),
    Entry("/devices", "nav.devices", "devices"),
    Entry("/staff/members", "nav.staff", "staff"),
    Entry("/retention", "nav.retention", "retention"),
    Entry("/audit", "nav.audit", "audit"),
    Entry("/metrics", "nav.metrics", "public"),
)


def menu_for(who: Principal) -> list[Entry]:
    """Return the places that somebody may open, in the order of the menu."""
    return [entry for entry in ENTRIES if POLICIES[entry.policy].admits(who)]


def is_here(address: str, path: str) -> str:
    """Return what `aria-current` says of a place on the page at `path`: `page`, `true` for a page below it, or ""."""
    if path == address:
        return "page"
    return "true" if address != "/" and path.startswith(f"{address}/") else ""
