"""Pages about one run: debrief, replay, measured trajectories; and the definitions of the metrics."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from drill.metrics.definitions import Definition, definitions, definitions_version
from server.access.enforcing import allow
from server.analysis import measured_page, service
from server.analysis.debrief import debrief
from server.analysis.happenings import happenings
from server.analysis.replay import content, plan_symbol, scenes_of, stage, stills
from server.analysis.writing import UNIT_KEYS
from server.db import Db
from server.drills import service as drills
from server.drills.library import LibraryError
from server.drills.models import Run
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter()

SPEEDS: Final = ("0.5", "1", "2", "4")


def found_run(db: Db, run_id: str) -> Run:
    """Return a run by id or run code, or answer that it is not there."""
    try:
        return drills.get_run(db, run_id)
    except drills.UnknownRowError:
        raise HTTPException(404) from None


@router.get("/runs/{run_id}", dependencies=[allow("runs.read")])
def debrief_page(request: Request, db: Db, run_id: str) -> Response:
    """Show the debrief of a run."""
    row = found_run(db, run_id)
    words = Words(language_of(request))
    measured = service.measured(db, row.run_id)
    if measured is not None:
        return render(request, "measured.html", row=row, m=measured_page.page(measured, words))
    if row.state == "running":
        return _waiting(request, row, words.plain("debrief.running"))
    try:
        loaded = service.load(db, row.run_id)
    except LibraryError:
        return _waiting(request, row, words.plain("debrief.no_scenario"))
    metrics = service.metrics_of(db, loaded)
    made = debrief(loaded, metrics, service.others(db, row), words)
    return render(
        request,
        "debrief.html",
        row=row,
        d=made,
        way_rows=made.way,
        scenario_version=loaded.scenario.model.version,
    )


@router.get("/runs/{run_id}/replay", dependencies=[allow("runs.read")])
def replay_page(request: Request, db: Db, run_id: str) -> Response:
    """Show the replay of a run: a script moves it; without one there are pictures of the key moments."""
    row = found_run(db, run_id)
    words = Words(language_of(request))
    measured = service.measured(db, row.run_id)
    if measured is not None:
        values: dict[str, Any] = measured_page.replay(measured, words)
        return render(request, "replay.html", row=row, speeds=SPEEDS, **values)
    try:
        loaded = service.load(db, row.run_id)
    except LibraryError:
        return _waiting(request, row, words.plain("debrief.no_scenario"))
    scenes = scenes_of(loaded.recorded, loaded.scenario)
    return render(
        request,
        "replay.html",
        row=row,
        title=loaded.scenario.model.title.in_language(words.language),
        stage=stage(scenes, words),
        symbol=plan_symbol(scenes),
        stills=stills(scenes, words),
        duration=scenes.duration_s,
        rows=happenings(loaded.recorded, loaded.scenario, words),
        speeds=SPEEDS,
    )


@router.get("/runs/{run_id}/replay.json", dependencies=[allow("runs.read")])
def replay_content(request: Request, db: Db, run_id: str) -> Response:
    """Give the replay's script what it draws."""
    row = found_run(db, run_id)
    words = Words(language_of(request))
    measured = service.measured(db, row.run_id)
    if measured is not None:
        return _json(measured_page.replay_content(measured))
    try:
        loaded = service.load(db, row.run_id)
    except LibraryError:
        raise HTTPException(404) from None
    rows = happenings(loaded.recorded, loaded.scenario, words)
    return _json(content(scenes_of(loaded.recorded, loaded.scenario), rows))


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


def _json(values: dict[str, Any]) -> Response:
    body = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return Response(body, media_type="application/json")


def _waiting(request: Request, row: Run, message: str) -> Response:
    return render(request, "waiting.html", row=row, message=message)
