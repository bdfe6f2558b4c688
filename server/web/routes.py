"""The first page, static files, and the page of an answer that could not be given."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.access.enforcing import Who, allow
from server.access.policies import POLICIES
from server.accounts.principal import NOBODY
from server.db import Db
from server.drills import service as drills
from server.web.assets import STATIC
from server.web.pages import language_of, render
from server.web.tasks import waiting_for

router = APIRouter()


class Static(StaticFiles):
    """Our static files; an address with a stamp never changes its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file. What has a stamp or stands under vendor/ is kept by browsers for a year."""
        response = await super().get_response(path, scope)
        stamped = scope["query_string"].startswith(b"v=") or path.startswith("vendor/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if stamped else "no-cache"
        return response


def mount(app: FastAPI) -> None:
    """Serve `static/` and give the app its error page."""
    app.mount("/static", Static(directory=STATIC), name="static")
    app.state.error_page = error_page


def error_page(request: Request, status: int, ja: str, en: str) -> Response:
    """Return an error as a page in the reader's language.

    Of a fault of ours it does not ask the database who reads it: that may be what is at fault.
    """
    if status >= 500 and getattr(request.state, "principal", None) is None:
        request.state.principal = NOBODY
    return render(request, "error.html", status=status, message=en if language_of(request) == "en" else ja)


@router.get("/", dependencies=[allow("public")])
def home(request: Request, db: Db, who: Who) -> Response:
    """Show what Sonae is and the ways in; to staff what waits for them, and what there is that is their business."""
    if who.kind != "staff":
        return render(request, "home/visitor.html")
    reads = {name: POLICIES[name].admits(who) for name in ("days.read", "runs.read")}
    values: dict[str, Any] = {"waiting": waiting_for(db, who) if not who.limited else [], "days": [], "runs": []}
    if reads["days.read"]:
        values["days"] = drills.list_days(db, department=who.department)[:6]
    if reads["runs.read"]:
        by_half_day = not POLICIES["runs.times"].admits(who)
        values["runs"] = drills.list_runs(db, department=who.department, by_half_day=by_half_day, limit=8)
    values["scenarios"] = drills.list_versions(db, newest_only=True) if any(reads.values()) else []
    return render(request, "home/staff.html", **values)
