"""The features of the house and what each may bring.

A feature is a folder under `server`. Of these modules it has those that it needs:

- `models`: its tables, on `server.db.Base`;
- `routes`: `router`, an `APIRouter`; also `mount(app)`, called once while the app is made, and `lifespan(app)`, an
  async context manager entered while the server runs;
- `jobs`: registers its job kinds with `server.jobs.registry.job`;
- `privacy`: `PRIVACY`, what it discloses, erases and keeps (see `server.privacy`);
- `waiting`: `waiting(db, who)`, what waits for a staff member to do (see `server.web.tasks`).
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Final

FEATURES: Final = (
    "audit",
    "accounts",
    "signin",
    "access",
    "approvals",
    "people",
    "consent",
    "requests",
    "devices",
    "tickets",
    "jobs",
    "retention",
    "mail",
    "ops",
    "drills",
    "live",
    "analysis",
    "exports",
    "opendata",
    "withdrawal",
    "web",
)


def modules(part: str) -> list[ModuleType]:
    """Import and return `server.<feature>.<part>` of every feature that has one, in the order of FEATURES.

    A feature without that part is passed over; one whose part cannot be imported is an error.
    """
    names = [f"server.{feature}.{part}" for feature in FEATURES if find_spec(f"server.{feature}") is not None]
    return [import_module(name) for name in names if find_spec(name) is not None]


def load_models() -> None:
    """Import every feature's tables, so that `Base.metadata` knows them all."""
    modules("models")
