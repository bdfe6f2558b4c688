"""The kinds of jobs and the function that does each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.db import Database

Handler = Callable[[Database, dict[str, Any]], None]
"""Called with the database and the payload, outside of any transaction. It may run twice: make it idempotent."""
_handlers: dict[str, Handler] = {}


class JobError(RuntimeError):
    """A job whose kind nobody registered, or a kind registered twice."""


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of `kind`, such as `analysis.run`."""

    def register(handler: Handler) -> Handler:
        known = _handlers.get(kind)
        if known is not None and known.__qualname__ != handler.__qualname__:
            msg = f"job kind {kind!r} is registered twice: {known.__qualname__} and {handler.__qualname__}"
            raise JobError(msg)
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> Handler:
    """Return the handler of a kind. Raise JobError when there is none."""
    try:
        return _handlers[kind]
    except KeyError:
        known = ", ".join(sorted(_handlers)) or "none"
        msg = f"no handler for jobs of kind {kind!r}; known are {known}"
        raise JobError(msg) from None


def forget(kind: str) -> None:
    """Take a kind out of the registry."""
    _handlers.pop(kind, None)
