"""A real Chromium before a real server that holds drills that were really played."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import uvicorn
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from drill.play import play, run_header
from drill.record.batches import Batch
from drill.record.recorder import Recorder
from drill.record.run import RunHeader
from drill.scenario.loading import load_scenario
from drill.session.automatic import AutomaticResident
from drill.session.playing import MemorySink
from server.access.enforcing import COOKIE
from server.analysis import service as analysis
from server.analysis.importing import import_trajectories
from server.app import create_app
from server.db import Database
from server.drills import service as drills
from server.drills.schemas import NewDay, NewSession, NewStation
from server.migrations.applying import migrate
from server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
JST = dt.timezone(dt.timedelta(hours=9))
OTHERS = 5
"""How many others the debrief shows: their runs are copies of one that was played."""


class Town(NamedTuple):
    """Addresses of the server's pages."""

    base: str
    key: str
    day: str
    slot: str
    station: str
    flood: str
    smoke: str
    quake: str
    measured: str


def _played(name: str, seed: int) -> tuple[RunHeader, list[Batch]]:
    scenario = load_scenario(ROOT / "scenarios" / name)
    header = run_header(scenario, seed=seed, locomotion="scripted", device="browser test")
    kept = MemorySink()
    resident = AutomaticResident(scenario, seed=seed)
    play(scenario, seed=seed, resident=resident, recorder=Recorder(header, kept), header=header)
    return header, kept.batches


def _keep(database: Database, store_run: Callable[..., str], header: RunHeader, batches: list[Batch]) -> str:
    with database.session() as db:
        run_id = store_run(db, header, batches)
    analysis.analyse(database, run_id)
    return run_id


def _walk(folder: Path) -> Path:
    rows = [f"{p} {f + 8 * p} {0.3 * (p % 5):.3f} {f * 0.12:.3f} 1.65" for p in range(1, 13) for f in range(60)]
    path = folder / "walk.txt"
    path.write_text("# framerate: 10 fps\n# id frame x/m y/m z/m\n" + "\n".join(rows), "utf-8")
    return path


@pytest.fixture(scope="session")
def town(
    tmp_path_factory: pytest.TempPathFactory, store_run: Callable[..., str], staff_key: Callable[..., str]
) -> Iterator[Town]:
    """A server on loopback with a day, runs of all scenarios and a measured file."""
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(data_dir=folder / "var", database_url="", scenarios_dir=ROOT / "scenarios")
    database = Database(settings)
    migrate(database)
    with database.session() as db:
        versions = {v.scenario_id: v for v in drills.import_shipped(db)}
        day = drills.create_day(
            db, NewDay(place="川原谷小学校 体育館", date=dt.date(2026, 12, 6), title="髙﨑・𠮷田地区 親子防災訓練")
        )
        starts = dt.datetime(2026, 12, 6, 10, 0, tzinfo=JST)
        slot = drills.add_session(
            db, day.id, NewSession(starts_at=starts, ends_at=starts + dt.timedelta(minutes=30), capacity=8)
        )
        for name, scenario in (("ステーション1", "gym-flood"), ("ステーション2", "school-smoke")):
            station = drills.add_station(db, day.id, NewStation(name=name, scenario_hash=versions[scenario].hash))
    header, batches = _played("gym-flood", 7)
    flood = _keep(database, store_run, msgspec.structs.replace(header, session=slot.id), batches)
    for _ in range(OTHERS):
        _keep(
            database, store_run, msgspec.structs.replace(header, run_id=secrets.token_hex(16), session=slot.id), batches
        )
    header, batches = _played("school-smoke", 1)
    smoke = _keep(database, store_run, msgspec.structs.replace(header, session=slot.id), batches)
    header, batches = _played("classroom-quake", 7)
    quake = _keep(database, store_run, msgspec.structs.replace(header, session=slot.id), batches)
    measured, _ = import_trajectories(database, _walk(folder))
    key = staff_key(database)
    database.close()

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        create_app(settings), log_level="warning", access_log=False, ws="websockets-sansio", timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        if time.monotonic() > deadline:
            pytest.fail("the server did not start within a minute")
        time.sleep(0.05)
    at = f"/days/{day.id}"
    yield Town(
        f"http://127.0.0.1:{port}",
        key,
        at,
        f"{at}/sessions/{slot.id}",
        f"{at}/stations/{station.id}",
        f"/runs/{flood}",
        f"/runs/{smoke}",
        f"/runs/{quake}",
        f"/runs/{measured}",
    )
    server.should_exit = True
    thread.join(timeout=30)
    listening.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def _cookie(town: Town) -> SetCookieParam:
    """The sign-in of staff with every role. The browser takes this cookie from loopback as from TLS, but only when it
    comes in an answer; set from outside it must seem to be of TLS."""
    url = town.base.replace("http:", "https:")
    return {"name": COOKIE, "value": town.key, "url": url, "secure": True, "httpOnly": True, "sameSite": "Lax"}


@pytest.fixture
def context(browser: Browser, town: Town) -> Iterator[BrowserContext]:
    """A fresh visitor with scripts, whose page reports every error of script or policy."""
    opened = browser.new_context(base_url=town.base, viewport={"width": 1280, "height": 900})
    opened.add_cookies([_cookie(town)])
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page. The test fails when the page reports an error or a breach of its policy."""
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield opened
    assert faults == []


@pytest.fixture
def plain(browser: Browser, town: Town) -> Iterator[Page]:
    """A page of a visitor without scripts."""
    opened = browser.new_context(base_url=town.base, java_script_enabled=False)
    opened.add_cookies([_cookie(town)])
    yield opened.new_page()
    opened.close()
