"""How often something may be tried: per account, per address, per target.

An address may be a whole school or city hall, so its limits are wide; what protects one account or one ticket is
narrow. Sign-ins, codes and links are counted whether they succeed or not, so that a guess costs as much as a success.
Counts are kept in memory where one process serves (the embedded database), in PostgreSQL where several may.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

from fastapi import FastAPI, Request
from fastapi.requests import HTTPConnection
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from starlette.responses import Response

from server.access.counts import DatabaseStorage
from server.audit.service import record
from server.db import Database
from server.errors import Refused, refused
from server.ops.secrets import keyed_hash
from server.settings import Settings

Of = Literal["account", "address", "target"]
IPV6_HOME: Final = 64
"""One household or office holds a whole /64 of IPv6: its addresses count as one."""

RULES: Final[Mapping[str, Mapping[Of, str]]] = {
    "sign_in": {"account": "10/15minutes", "address": "300/15minutes"},
    "second_factor": {"account": "10/15minutes", "address": "300/15minutes"},
    "proof": {"account": "10/15minutes", "address": "300/15minutes"},
    "one_time_code": {"account": "10/15minutes", "address": "60/15minutes"},
    "oidc": {"address": "600/15minutes"},
    "passkey": {"account": "10/15minutes", "address": "600/15minutes"},
    "mail_link": {"account": "20/hour", "target": "3/15minutes", "address": "600/hour"},
    "ticket": {"account": "20/hour", "target": "5/15minutes", "address": "600/15minutes"},
    "run_code": {"target": "5/15minutes", "address": "60/15minutes"},
    "people_search": {"account": "40/hour"},
    "sign_up": {"account": "20/hour", "address": "1000/hour"},
    "survey": {"account": "30/hour", "address": "1000/hour"},
    "pairing": {"target": "5/15minutes", "address": "60/15minutes"},
    "request": {"account": "10/hour", "address": "300/hour"},
    "proposal": {"account": "30/hour"},
    "export": {"account": "10/hour", "target": "10/hour"},
}
"""What is counted and how much of it is let through. `SONAE_RATE_LIMITS` may change a number, never take one away."""


class LimitRuleError(ValueError):
    """A setting of `rate_limits` names a rule that is not there or a rate that cannot be read."""


class TooOften(Refused):
    """Tried too often. `retry_after` says in whole seconds when to try again; the answer is 429."""

    def __init__(self, rule: str, retry_after: int, *, report: Sequence[str] = (), actor: str = "system") -> None:
        minutes = max(1, math.ceil(retry_after / 60))
        ja = f"短い時間に何度も試されたため、いまは受け付けません。{minutes}分ほど待ってから、もう一度試してください。"
        unit = "minute" if minutes == 1 else "minutes"
        en = f"Tried too often in a short time. Wait about {minutes} {unit}, then try again."
        super().__init__(ja, en, status=429, code="too_often", headers={"Retry-After": str(retry_after)})
        self.rule = rule
        self.retry_after = retry_after
        self.report = tuple(report)
        self.actor = actor


@dataclass(frozen=True, slots=True)
class Limiter:
    """The counts of one app and the rules that they are held against."""

    settings: Settings
    storage: Storage
    rules: Mapping[str, Mapping[Of, RateLimitItem]]

    def count(self, rule: str, of: Of, whom: str) -> tuple[int, int]:
        """Count one try; return how many there were in this window, and seconds to its end."""
        item = self.rules[rule][of]
        key = item.key_for(rule, of, keyed_hash(self.settings, "limits", f"{rule}:{of}:{whom}"))
        count = self.storage.incr(key, item.get_expiry())
        return count, max(1, math.ceil(self.storage.get_expiry(key) - time.time()))


def hit(connection: HTTPConnection, rule: str, *, account: str = "", target: str = "") -> None:
    """Count one try and let it through, or refuse it.

    Call it before the route's own work, also in a route that only reads: it keeps its count by itself, so that it
    stands even though the route fails. The first refusal of a window goes into the audit record.

    Args:
        connection: the request or socket; where it comes from is its address.
        rule: a key of RULES.
        account: who tries, such as a login or a principal's actor; empty where nobody is known.
        target: what is tried at, such as a ticket's hash; empty where there is none.

    Raises:
        TooOften: one of the rule's limits is passed. Every limit is counted also then.
        LimitRuleError: there is no such rule.
    """
    limiter = limiter_of(connection.app)
    limits = limiter.rules.get(rule)
    if limits is None:
        msg = f"there is no limit {rule!r} in server/access/limits.py; known are {', '.join(RULES)}"
        raise LimitRuleError(msg)
    whom: dict[Of, str] = {"account": account, "address": client_address(connection), "target": target}
    wait, first = 0, []
    for of, item in limits.items():
        if not whom[of]:
            continue
        count, seconds = limiter.count(rule, of, whom[of])
        if count > item.amount:
            wait = max(wait, seconds)
        if count == item.amount + 1:
            first.append(f"limit:{rule}.{of}")
    if wait:
        raise TooOften(rule, wait, report=first)


def client_address(connection: HTTPConnection) -> str:
    """Return where a request comes from, as limits count it: an IPv4 address, or the /64 of an IPv6 one.

    X-Forwarded-For is believed of `settings.trusted_proxies` alone, from its end: the last address that is not such a
    proxy is the client's. What anyone else writes there changes nothing.
    """
    settings: Settings = connection.app.state.settings
    trusted = settings.trusted_proxies
    found = connection.client.host if connection.client else ""
    address = _address(found)
    forwarded = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for before in reversed(forwarded):
        if address is None or not any(address in network for network in trusted):
            break
        known = _address(before.strip())
        if known is None:
            break
        address = known
    if address is None:
        return found
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_HOME), strict=False))
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def rules_of(settings: Settings) -> dict[str, dict[Of, RateLimitItem]]:
    """Return the rules with what the settings change. Raise LimitRuleError when a setting names no rule."""
    made = {rule: {of: parse(rate) for of, rate in limits.items()} for rule, limits in RULES.items()}
    for name, rate in settings.rate_limits.items():
        rule, _, of = name.partition(".")
        limits = made.get(rule, {})
        which = next((known for known in limits if known == of), None)
        if which is None:
            known = ", ".join(f"{rule}.{of}" for rule, limits in RULES.items() for of in limits)
            msg = f"rate_limits names {name!r}; known are {known}"
            raise LimitRuleError(msg)
        try:
            limits[which] = parse(rate)
        except ValueError:
            msg = f"rate_limits gives {rate!r} for {name!r}; write it as 10/15minutes or 600/hour"
            raise LimitRuleError(msg) from None
    return made


def install(app: FastAPI) -> None:
    """Give the app its limiter."""
    settings: Settings = app.state.settings
    database: Database = app.state.database
    make: Callable[[], Storage] = MemoryStorage if database.dialect == "sqlite" else lambda: DatabaseStorage(database)
    app.state.limiter = Limiter(settings, make(), rules_of(settings))
    app.add_exception_handler(TooOften, _too_often)


def _too_often(request: Request, error: Exception) -> Response:
    """Put a refusal into the audit record, now that the route's own session is over, and answer."""
    if isinstance(error, TooOften) and error.report:
        database: Database = request.app.state.database
        with database.session() as db:
            for target in error.report:
                record(db, error.actor, "limit.reached", target)
    return refused(request, error)


def limiter_of(app: FastAPI) -> Limiter:
    """Return the app's limiter."""
    limiter: Limiter = app.state.limiter
    return limiter
