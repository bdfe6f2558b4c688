"""Pages of requests about one's data, and the public register of personal information files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.access.enforcing import allow
from server.db import Db
from server.requests import ledger_routes, my_routes, register
from server.web.pages import render

router = APIRouter()
router.include_router(my_routes.router)
router.include_router(ledger_routes.router)


@router.get("/register", dependencies=[allow("public")])
def personal_files(request: Request, db: Db) -> Response:
    """Show the register of personal information files."""
    settings = request.app.state.settings
    return render(
        request,
        "requests/register.html",
        files=register.files(db, settings),
        city=settings.city_name,
        unit=settings.unit_name,
    )
