"""Requirement 10 and 21: who signs out, is disabled or loses a role sees no more of the picture within five seconds."""

from __future__ import annotations

import datetime as dt
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from server.access.enforcing import COOKIE
from server.access.watching import Watch
from server.accounts import members, sign_ins
from server.accounts.models import Staff
from server.accounts.principal import Principal
from server.app import create_app
from server.db import Database
from server.drills import service as drills
from server.drills.schemas import NewDay
from server.settings import Settings

DEADLINE_S = 5.0
PATIENCE_S = 30.0
"""After this a test is given up; it decides nothing."""


@dataclass
class Watcher:
    """Somebody before the live page: reads the stream until it ends."""

    base: str
    key: str
    day: str
    pictures: queue.Queue[str] = field(default_factory=queue.Queue)
    ended_at: float | None = None
    leaving: bool = False

    def start(self) -> None:
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        assert self.pictures.get(timeout=PATIENCE_S).startswith("data: ")

    def _read(self) -> None:
        cookie = {"cookie": f"{COOKIE}={self.key}"}
        with httpx.stream("GET", f"{self.base}/live/{self.day}/stream", headers=cookie, timeout=PATIENCE_S) as stream:
            for line in stream.iter_lines():
                if line:
                    self.pictures.put(line)
                if self.leaving:
                    return
        self.ended_at = time.monotonic()

    def still_sees(self) -> bool:
        """Tell whether another picture comes."""
        while not self.pictures.empty():
            self.pictures.get()
        try:
            self.pictures.get(timeout=2.0)
        except queue.Empty:
            return False
        return True


@pytest.fixture
def served(sqlite_settings: Settings) -> Iterator[tuple[str, FastAPI]]:
    """The app behind a real server: address and app."""
    app = create_app(sqlite_settings)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", app
    server.should_exit = True
    thread.join(timeout=PATIENCE_S)
    listening.close()


@pytest.fixture
def watch(served: tuple[str, FastAPI], staff_key: Callable[..., str]) -> Iterator[Callable[..., Watcher]]:
    """Let an instructor watch a day of the education department."""
    base, app = served
    database: Database = app.state.database
    with database.session() as db:
        day = drills.create_day(
            db, NewDay(place="体育館", date=dt.date(2026, 12, 6), title="訓練"), department="教育課"
        ).id
        boss = Staff(login="boss@city.example", name="長", roles=["administrator"])
        db.add(boss)

    def made(department: str = "教育課") -> Watcher:
        watcher = Watcher(base, staff_key(database, "instructor", department=department), day)
        watcher.start()
        watchers.append(watcher)
        return watcher

    watchers: list[Watcher] = []
    yield made
    for watcher in watchers:
        watcher.leaving = True
        watcher.thread.join(timeout=PATIENCE_S)


def _sign_out(_database: Database, watcher: Watcher, _who: Principal) -> None:
    headers = {"cookie": f"{COOKIE}={watcher.key}", "sec-fetch-site": "same-origin"}
    assert httpx.post(f"{watcher.base}/signout", headers=headers).status_code == 303


def _rights(*roles: str, enabled: bool = True) -> Callable[[Database, Watcher, Principal], None]:
    def change(database: Database, _watcher: Watcher, who: Principal) -> None:
        with database.session() as db:
            staff = db.get_one(Staff, who.id)
            members.put_rights(db, staff, roles=roles, department=who.department, enabled=enabled, actor="system")

    return change


def _by_hand(**changes: object) -> Callable[[Database, Watcher, Principal], None]:
    """Change the row behind the rules: the stream looks itself, whoever changed it."""

    def change(database: Database, _watcher: Watcher, who: Principal) -> None:
        with database.session() as db:
            staff = db.get_one(Staff, who.id)
            for name, value in changes.items():
                setattr(staff, name, value)

    return change


def _end_all(database: Database, _watcher: Watcher, who: Principal) -> None:
    with database.session() as db:
        sign_ins.end_all(db, staff_id=who.id, actor="system")


ACTS: dict[str, Callable[[Database, Watcher, Principal], None]] = {
    "signs out": _sign_out,
    "is signed out everywhere": _end_all,
    "is disabled": _rights("instructor", enabled=False),
    "gets other roles": _rights("clerk"),
    "loses the role in the table": _by_hand(roles=["clerk"]),
    "moves to another department": _by_hand(department="福祉課"),
}


def who_is(database: Database, watcher: Watcher) -> Principal:
    with database.reading() as db:
        return sign_ins.principal_of(db, database.settings, watcher.key)


def test_the_picture_ends_within_five_seconds(served: tuple[str, FastAPI], watch: Callable[..., Watcher]) -> None:
    database: Database = served[1].state.database
    stays = watch()
    watchers = {name: watch() for name in ACTS}
    done_at: dict[str, float] = {}
    for name, act in ACTS.items():
        act(database, watchers[name], who_is(database, watchers[name]))
        done_at[name] = time.monotonic()
    late = {}
    for name, watcher in watchers.items():
        watcher.thread.join(timeout=PATIENCE_S)
        assert watcher.ended_at is not None, name
        if watcher.ended_at - done_at[name] > DEADLINE_S:
            late[name] = round(watcher.ended_at - done_at[name], 1)
    assert late == {}
    assert stays.still_sees()


def test_a_picture_that_nobody_asks_about_goes_on(
    served: tuple[str, FastAPI], watch: Callable[..., Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the question the stream outlives the sign-in, and the test above would see it."""
    database: Database = served[1].state.database
    watcher = watch()
    known = who_is(database, watcher)
    monkeypatch.setattr(Watch, "principal", lambda _self: known)
    _end_all(database, watcher, known)
    watcher.thread.join(timeout=DEADLINE_S)
    assert watcher.ended_at is None
    assert watcher.still_sees()


def test_watching_counts_as_using(served: tuple[str, FastAPI], watch: Callable[..., Watcher]) -> None:
    """An instructor who only watches is not signed out as idle, whatever the hour."""
    database: Database = served[1].state.database
    watcher = watch()
    who = who_is(database, watcher)
    old = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=29)
    with database.session() as db:
        sign_ins.store.seen(db, who.sign_in, at=old)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with database.reading() as db:
            found = db.get_one(sign_ins.SignIn, who.sign_in)
            if found.seen_at > old:
                break
        time.sleep(0.2)
    assert found.seen_at > old


def test_another_department_sees_no_picture(served: tuple[str, FastAPI], watch: Callable[..., Watcher]) -> None:
    base, app = served
    day = watch().day
    with app.state.database.session() as db:
        other = Staff(login="o@city.example", name="他", roles=["instructor"], department="福祉課")
        db.add(other)
        db.flush()
        key = sign_ins.sign_in_staff(db, app.state.settings, other, method="totp")
    for address in (f"/live/{day}/stream", f"/live/{day}.json", f"/days/{day}/live"):
        assert httpx.get(base + address, headers={"cookie": f"{COOKIE}={key}"}).status_code == 404


def test_an_address_watches_so_often_and_no_more(
    served: tuple[str, FastAPI], watch: Callable[..., Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requirement 20: the page over the cap is told to come back, and may once another was closed."""
    base, app = served
    monkeypatch.setattr(app.state.connections, "limit", 2)
    first, second = watch(), watch()
    answer = httpx.get(f"{base}/live/{first.day}/stream", headers={"cookie": f"{COOKIE}={first.key}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    second.leaving = True
    second.thread.join(timeout=PATIENCE_S)
    deadline = time.monotonic() + PATIENCE_S
    while len(app.state.connections) > 1:
        assert time.monotonic() < deadline, "a stream that was left is still counted"
        time.sleep(0.05)
    assert watch().still_sees()
