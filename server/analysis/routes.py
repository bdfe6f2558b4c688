"""Pages about one run: debrief, replay, measured trajectories; and the definitions of the metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from drill.metrics.definitions import Definition, definitions, definitions_version
from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.analysis import views
from server.analysis.writing import UNIT_KEYS
from server.db import Db
from server.drills import service as drills
from server.drills.models import Run
from server.web.pages import render

router = APIRouter()


def found_run(db: Db, who: Principal, run_id: str) -> Run:
    """Return a run by id or run code, or answer that it is not there: so it is for who is of another department."""
    try:
        return drills.get_run(db, run_id, department=who.department)
    except drills.UnknownRowError:
        raise HTTPException(404) from None


@router.get("/runs/{run_id}", dependencies=[allow("runs.read")])
def debrief_page(request: Request, db: Db, who: Who, run_id: str) -> Response:
    """Show the debrief of a run."""
    return views.show_debrief(request, db, found_run(db, who, run_id), views.STAFF)


@router.get("/runs/{run_id}/replay", dependencies=[allow("runs.read")])
def replay_page(request: Request, db: Db, who: Who, run_id: str) -> Response:
    """Show the replay of a run: a script moves it; without one there are pictures of the key moments."""
    return views.show_replay(request, db, found_run(db, who, run_id), views.STAFF)


@router.get("/runs/{run_id}/replay.json", dependencies=[allow("runs.read")])
def replay_content(request: Request, db: Db, who: Who, run_id: str) -> Response:
    """Give the replay's script what it draws."""
    return views.give_replay(request, db, found_run(db, who, run_id))


@router.get("/metrics", dependencies=[allow("public")])
def metrics_page(request: Request) -> Response:
    """List every definition."""
    shown = [_shown(one) for one in definitions().values()]
    return render(request, "metrics.html", definitions=shown, version=definitions_version())


@router.get("/metrics/{metric_id}", dependencies=[allow("public")])
def metric_page(request: Request, metric_id: str) -> Response:
    """Show one definition."""
    one = definitions().get(metric_id)
    if one is None:
        raise HTTPException(404)
    return render(request, "metric.html", one=_shown(one), version=definitions_version())


def _shown(one: Definition) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "text": one.text,
        "unit_key": UNIT_KEYS[one.unit],
        "better": one.better,
        "formula": one.formula,
        "source": one.source,
    }
