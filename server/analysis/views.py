"""The pages of one run, for staff and for the person who played it: the same figures, other ways out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.analysis import measured_page, service
from server.analysis.debrief import debrief
from server.analysis.happenings import happenings
from server.analysis.replay import content, plan_symbol, scenes_of, stage, stills
from server.drills.library import LibraryError
from server.drills.models import Run
from server.settings import Settings
from server.web.pages import language_of, render
from server.web.svg.strip import MIN_OTHERS
from server.web.texts import Words

SPEEDS: Final = ("0.5", "1", "2", "4")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's pages stand.

    Attributes:
        above: address of the list that the run is in.
        above_key: key of that list's name.
        staff: whether acts of staff are offered, and every other run is compared with; else only as many others as
            a published number needs.
    """

    above: str
    above_key: str
    staff: bool

    def of(self, run: Run) -> str:
        """Return the address of a run's debrief."""
        return f"{'/runs' if self.staff else '/my/runs'}/{run.run_id}"


STAFF: Final = Place("/runs", "nav.runs", staff=True)
HOLDER: Final = Place("/my", "my.title", staff=False)


def show_debrief(request: Request, db: Session, row: Run, place: Place) -> Response:
    """Show the debrief of a run."""
    words = Words(language_of(request))
    measured = service.measured(db, row.run_id)
    if measured is not None:
        return _page(request, "measured.html", row, place, m=measured_page.page(measured, words))
    if row.state == "running":
        return _waiting(request, row, place, words.plain("debrief.running"))
    try:
        loaded = service.load(db, row.run_id)
    except LibraryError:
        return _waiting(request, row, place, words.plain("debrief.no_scenario"))
    settings: Settings = request.app.state.settings
    least = MIN_OTHERS if place.staff else max(settings.publish_minimum, MIN_OTHERS)
    others = service.others(db, row) if place.staff else service.others_outside(db, row, least)
    made = debrief(loaded, service.metrics_of(db, loaded), others, words, at_least=least)
    version = loaded.scenario.model.version
    return _page(request, "debrief.html", row, place, d=made, way_rows=made.way, scenario_version=version)


def show_replay(request: Request, db: Session, row: Run, place: Place) -> Response:
    """Show the replay of a run: a script moves it; without one there are pictures of the key moments."""
    words = Words(language_of(request))
    measured = service.measured(db, row.run_id)
    if measured is not None:
        values: dict[str, Any] = measured_page.replay(measured, words)
        return _page(request, "replay.html", row, place, speeds=SPEEDS, **values)
    try:
        loaded = service.load(db, row.run_id)
    except LibraryError:
        return _waiting(request, row, place, words.plain("debrief.no_scenario"))
    scenes = scenes_of(loaded.recorded, loaded.scenario)
    return _page(
        request,
        "replay.html",
        row,
        place,
        title=loaded.scenario.model.title.in_language(words.language),
        stage=stage(scenes, words),
        symbol=plan_symbol(scenes),
        stills=stills(scenes, words),
        duration=scenes.duration_s,
        rows=happenings(loaded.recorded, loaded.scenario, words),
        speeds=SPEEDS,
    )


def give_replay(request: Request, db: Session, row: Run) -> Response:
    """Give the replay's script what it draws."""
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


def _json(values: dict[str, Any]) -> Response:
    body = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return Response(body, media_type="application/json")


def _page(request: Request, template: str, row: Run, place: Place, **values: Any) -> Response:
    return render(request, template, row=row, place=place, run_page=place.of(row), **values)


def _waiting(request: Request, row: Run, place: Place, message: str) -> Response:
    return _page(request, "waiting.html", row, place, message=message)
