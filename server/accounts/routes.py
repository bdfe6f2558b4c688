"""The pages of staff accounts, and what ends with the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from server.accounts import (
    account_routes,
    again_routes,
    code_routes,
    member_routes,
    staff_signin_routes,
)
from server.accounts.passwords import Passwords

router = APIRouter()
for part in (staff_signin_routes, again_routes, code_routes, account_routes, member_routes):
    router.include_router(part.router)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold the workers that hash passwords while the server runs."""
    app.state.passwords = Passwords(app.state.settings)
    try:
        yield
    finally:
        app.state.passwords.close()
