"""Every address of the house: its routes and sockets as the running app has them, and the matrix that tells who may."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute, APIRouter, APIWebSocketRoute
from starlette.routing import Mount

from server.access.enforcing import policy_of
from server.access.policies import Policy
from server.accounts.principal import ROLES

MATRIX: Final = Path(__file__).with_name("matrix.csv")
COLUMNS: Final = ("nobody", "resident", "device", *ROLES, "limited", "stale")
"""Who asks. `limited` is staff with every role but without second factor; `stale` is one who may, as the other
columns say, but whose proof is an hour old."""
SOCKET: Final = "SOCKET"


class Address(NamedTuple):
    """A method and a path with its parameters, as `GET /days/{day_id}`. A mounted folder has no route."""

    method: str
    path: str
    route: APIRoute | APIWebSocketRoute | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def policy(self) -> Policy | None:
        return None if self.route is None else policy_of(self.route)


def addresses(app: FastAPI) -> list[Address]:
    """Return every address that an app answers at, in order. Raise TypeError for a route of unknown kind."""
    return sorted(_walk(app.routes, ""), key=lambda one: (one.path, one.method))


def _walk(routes: object, prefix: str) -> Iterator[Address]:
    for route in routes:  # type: ignore[attr-defined]  # a list of what Starlette calls BaseRoute
        included = getattr(route, "original_router", None)
        if isinstance(route, APIWebSocketRoute):
            yield Address(SOCKET, prefix + route.path, route)
        elif isinstance(route, APIRoute):
            for method in sorted(route.methods):
                yield Address(method, prefix + route.path, route)
        elif isinstance(route, Mount):
            yield Address("GET", f"{prefix}{route.path}/{{file}}")
        elif isinstance(included, APIRouter):
            yield from _walk(included.routes, prefix + route.include_context.prefix)
        else:
            msg = f"{route!r}: nobody has told who may"
            raise TypeError(msg)


def matrix() -> dict[str, dict[str, bool]]:
    """Return the file: for each address, for each column, whether that one may. Raise ValueError for a bad cell."""
    found: dict[str, dict[str, bool]] = {}
    with MATRIX.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = f"{row['method']} {row['path']}"
            if name in found:
                msg = f"{name} stands twice in {MATRIX.name}"
                raise ValueError(msg)
            cells = {column: row[column] for column in COLUMNS}
            wrong = {column: cell for column, cell in cells.items() if cell not in ("allow", "deny")}
            if wrong:
                msg = f"{name} in {MATRIX.name}: cells are allow or deny, not {wrong}"
                raise ValueError(msg)
            found[name] = {column: cell == "allow" for column, cell in cells.items()}
    return found
