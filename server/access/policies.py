"""The policy table: what there is to do, and who may.

A route or socket names one of these policies. What no policy names, nobody can do: an app with a route that names
none does not start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from server.accounts.principal import ROLES, Principal, Role

Audience = Literal["anyone", "resident", "device", "staff"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may do something.

    Attributes:
        name: how routes name it.
        audience: anyone at all; residents who signed in; machines that were paired; staff.
        roles: which staff; for the audience of staff alone.
        fresh: whether a password, key or code must have been shown a short while ago.
        limited: whether staff without second factor may, so that they can set it up.
    """

    name: str
    audience: Audience
    roles: frozenset[Role] = frozenset()
    fresh: bool = False
    limited: bool = False

    def admits(self, principal: Principal) -> bool:
        """Tell whether this principal may, leaving freshness aside. Devices prove themselves elsewhere."""
        if self.audience == "anyone":
            return True
        if self.audience == "resident":
            return principal.kind == "resident"
        if self.audience == "device" or principal.kind != "staff":
            return False
        return bool(self.roles & principal.roles or self.limited) and (self.limited or not principal.limited)


def _staff(name: str, *roles: Role, fresh: bool = False) -> Policy:
    return Policy(name, "staff", frozenset(roles), fresh=fresh)


_TABLE: Final[tuple[Policy, ...]] = (
    # Everybody.
    Policy("public", "anyone"),
    Policy("sign_in", "anyone"),
    # Machines of drill stations.
    Policy("station.pair", "anyone"),
    Policy("station", "device"),
    # Residents, each with what is theirs.
    Policy("own", "resident"),
    Policy("own.fresh", "resident", fresh=True),
    # Staff: their own account.
    Policy("account", "staff", frozenset(ROLES), limited=True),
    Policy("account.fresh", "staff", frozenset(ROLES), fresh=True, limited=True),
    # Drills.
    _staff("home", *ROLES),
    _staff("days.read", "clerk", "instructor", "administrator"),
    _staff("days.write", "clerk", "instructor"),
    _staff("stations.pair", "instructor", "administrator"),
    _staff("live", "instructor"),
    _staff("runs.read", "instructor", "analyst"),
    _staff("runs.times", "instructor"),
    _staff("runs.write", "instructor"),
    _staff("tickets.issue", "clerk", "instructor"),
    # People.
    _staff("people", "clerk"),
    _staff("people.record", "clerk", "health_worker"),
    _staff("people.merge", "clerk"),
    _staff("requests", "clerk", "administrator"),
    _staff("requests.erase", "clerk", fresh=True),
    _staff("tokens", "clerk"),
    _staff("retention", "administrator", "auditor"),
    _staff("retention.hold", "administrator", fresh=True),
    # Letters by e-mail.
    _staff("mail", "clerk", "administrator"),
    _staff("mail.send", "clerk", fresh=True),
    # The house.
    _staff("jobs", "administrator"),
    _staff("devices", "administrator"),
    _staff("staff", "administrator"),
    _staff("staff.write", "administrator", fresh=True),
    _staff("approvals", *ROLES),
    _staff("approvals.decide", "administrator", fresh=True),
    _staff("approvals.review", "administrator", "auditor", fresh=True),
    _staff("exports", "analyst"),
    _staff("export", "analyst", fresh=True),
    _staff("audit", "auditor"),
    _staff("register", *ROLES),
)


def _by_name(table: Iterable[Policy]) -> dict[str, Policy]:
    found: dict[str, Policy] = {}
    for policy in table:
        if policy.name in found:
            msg = f"policy {policy.name!r} stands twice in the table"
            raise ValueError(msg)
        found[policy.name] = policy
    return found


POLICIES: Final = _by_name(_TABLE)
