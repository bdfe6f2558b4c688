"""The acts that ask for a second person, and what carries each out once it was approved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.access.policies import POLICIES
from server.approvals.models import Approval

P = TypeVar("P", bound=BaseModel)
Executor = Callable[[Session, P, Approval], dict[str, Any]]
"""Carries an act out in the session of the decision; returns ids and counts, never personal data.

What it raises undoes all that it did, and the approval stands as failed.
"""


class ActError(RuntimeError):
    """An act that nobody registered, or one registered twice."""


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of act.

    Attributes:
        name: such as `runs.export`; its text is `approval_act.<name>`.
        payload: what it is about: ids and choices; unknown fields are refused (give it `extra="forbid"`).
        run: carries it out.
        proposes: the policy of those who may propose it.
        describe: gives what the deciding person must see, by the key of a text; names may stand here, they are only
            shown.
    """

    name: str
    payload: type[BaseModel]
    run: Executor[Any]
    proposes: str
    describe: Callable[[Session, Any], dict[str, str]]


_acts: dict[str, Act] = {}


def act(
    name: str,
    payload: type[P],
    *,
    proposes: str,
    describe: Callable[[Session, P], dict[str, str]],
) -> Callable[[Executor[P]], Executor[P]]:
    """Register the decorated function as what carries out an act.

    Put it into a module that the feature's `routes` imports. The decision is for policy `approvals.decide`.

    Raises:
        ActError: registered twice, its payload takes unknown fields, or there is no such policy.
    """

    def register(run: Executor[P]) -> Executor[P]:
        known = _acts.get(name)
        if known is not None and known.run.__qualname__ != run.__qualname__:
            msg = f"act {name!r} is registered twice: {known.run.__qualname__} and {run.__qualname__}"
            raise ActError(msg)
        if payload.model_config.get("extra") != "forbid":
            msg = f"the payload of act {name!r} takes unknown fields; give {payload.__name__} extra='forbid'"
            raise ActError(msg)
        if proposes not in POLICIES:
            msg = f"act {name!r} is proposed under policy {proposes!r}, which is not in server/access/policies.py"
            raise ActError(msg)
        _acts[name] = Act(name, payload, run, proposes, describe)
        return run

    return register


def act_of(name: str) -> Act:
    """Return an act. Raise ActError when there is none of that name."""
    try:
        return _acts[name]
    except KeyError:
        msg = f"there is no act {name!r}; known are {', '.join(sorted(_acts)) or 'none'}"
        raise ActError(msg) from None


def acts() -> list[Act]:
    """Return all acts by name."""
    return [_acts[name] for name in sorted(_acts)]


def forget(name: str) -> None:
    """Take an act out of the registry."""
    _acts.pop(name, None)
