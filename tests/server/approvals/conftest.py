"""An invented act, and staff who have just proved who they are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from server.accounts.directory import standing
from server.accounts.models import Staff
from server.accounts.principal import Principal, Role
from server.approvals import acts
from server.approvals.models import Approval
from server.columns import now
from server.features import modules

ACT = "test.burn"


class Burn(BaseModel):
    """What is burnt."""

    model_config = ConfigDict(extra="forbid")

    thing: str


@pytest.fixture
def burnt() -> Iterator[list[str]]:
    """The act `test.burn`; the list holds what was burnt. A thing named `wet` does not burn."""
    modules("jobs")
    done: list[str] = []

    @acts.act(ACT, Burn, proposes="staff.write", describe=lambda _db, wanted: {"approvals.what": wanted.thing})
    def burn(_db: Session, wanted: Burn, approval: Approval) -> dict[str, Any]:
        if wanted.thing == "wet":
            msg = "wet things do not burn"
            raise OSError(msg)
        done.append(wanted.thing)
        return {"burnt_for": approval.proposed_by}

    yield done
    acts.forget(ACT)


@pytest.fixture
def hire() -> Callable[..., Principal]:
    """Hire staff; the principal has just proved who they are."""

    def made(db: Session, *roles: Role, department: str = "") -> Principal:
        staff = Staff(
            login=f"{secrets.token_hex(6)}@city.example", name="𠮷田 職員", roles=list(roles), department=department
        )
        db.add(staff)
        db.flush()
        return replace(standing(db, staff.id), proved_at=now())

    return made
