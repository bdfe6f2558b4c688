"""The main job on one machine: a server, ten drills of gym-flood, and the debrief of the first.

Run by `./run demo`. At the end it prints an address that signs its staff member in, once. Its data is thrown away at
the next demo; nothing personal is in it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.access.enforcing import COOKIE
from server.accounts import codes, members, sign_ins
from server.accounts import staff as accounts
from server.columns import today
from server.db import Database
from server.devices.service import new_pairing_code
from server.drills import service as drills
from server.drills.schemas import NewDay, NewSession, NewStation
from server.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path(sys.executable).parent
DATA: Final = ROOT / "var" / "demo"
SCENARIO: Final = ROOT / "scenarios" / "gym-flood"
SCRIPTED: Final = SCENARIO / "residents" / "takes-the-stair.yaml"
MISTAKEN: Final = SCENARIO / "residents" / "tries-the-river-door.yaml"
FIRST_SEED: Final = 7
RUNS: Final = 10
STATIONS: Final = ("体育館 1", "体育館 2")
PATIENCE_S: Final = 120.0
LOGIN: Final = "demo@city.example"
ROLES: Final = ("clerk", "instructor", "analyst", "administrator", "auditor")
LINK_MINUTES: Final = 60


class DemoError(RuntimeError):
    """A step of the demo failed; the text says which and what it printed."""


@dataclass(frozen=True)
class Server:
    """A running server and its address, without a slash at the end."""

    process: subprocess.Popen[str]
    address: str

    def stop(self) -> None:
        """Ask the server to stop as Ctrl-C does; kill it after 20 s."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()


@dataclass(frozen=True)
class Day:
    """A prepared drill day: its id, a pairing code for each station, and the cookie of who looks at it."""

    id: str
    codes: tuple[str, ...]
    cookie: str


def prepare_day() -> Day:
    """Make database, key, scenario library and a drill day with its stations."""
    settings = Settings(data_dir=DATA)
    call("sonae-server", "--data-dir", DATA, "init")
    database = Database(settings)
    now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    try:
        with database.session() as db:
            versions = {version.scenario_id: version.hash for version in drills.list_versions(db, newest_only=True)}
            new = NewDay(place="備北小学校 体育館", date=today(), title="総合防災訓練 (デモ)")
            day = drills.create_day(db, new, actor="demo")
            slot = NewSession(starts_at=now, ends_at=now + dt.timedelta(hours=1), capacity=20)
            drills.add_session(db, day.id, slot, actor="demo")
            pairing = []
            for name in STATIONS:
                wanted = NewStation(name=name, scenario_hash=versions["gym-flood"])
                station = drills.add_station(db, day.id, wanted, actor="demo")
                pairing.append(new_pairing_code(db, settings, name=name, station_id=station.id))
            staff = members.add(db, login=LOGIN, name="髙﨑 花子", department="", actor="demo")
            members.put_rights(db, staff, roles=ROLES, department="", enabled=True, actor="demo")
            key = sign_ins.sign_in_staff(db, settings, staff, method="code")
            return Day(day.id, tuple(pairing), f"{COOKIE}={key}")
    finally:
        database.close()


def new_link(server: Server, leads_to: str) -> str:
    """Return an address that signs the demo's staff member in, once, and leads on to a page."""
    settings = Settings(data_dir=DATA)
    database = Database(settings)
    try:
        with database.session() as db:
            staff = accounts.by_login(db, LOGIN)
            if staff is None:
                msg = f"the account {LOGIN!r} is gone from {DATA}; start the demo again"
                raise DemoError(msg)
            code = codes.new_code(db, settings, purpose="link", staff_id=staff.id, minutes=LINK_MINUTES, actor="demo")
    finally:
        database.close()
    return f"{server.address}/staff/code/{code}?next={leads_to}"


def start_server(port: int) -> Server:
    """Start the server and wait until it says its address."""
    log = (DATA / "server.log").open("w", encoding="utf-8")
    process = subprocess.Popen(
        [str(BIN / "sonae-server"), "--data-dir", str(DATA), "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    for line in process.stdout or ():
        if line.startswith("Sonae: "):
            return Server(process, line.removeprefix("Sonae: ").strip().rstrip("/"))
    process.wait()
    msg = f"the server did not start:\n{(DATA / 'server.log').read_text('utf-8')[-2000:]}"
    raise DemoError(msg)


def call(command: str, *arguments: str | Path, show: bool = False) -> str:
    """Run one of Sonae's commands; return what it printed. Raise DemoError with it when it fails."""
    done = subprocess.run(
        [str(BIN / command), *map(str, arguments)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=None if show else subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        msg = f"{command} {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout[-3000:]}"
        raise DemoError(msg)
    return done.stdout


def configuration(station: int) -> Path:
    """Return where station `station` (from 0) keeps its pairing."""
    return DATA / f"station-{station + 1}" / "station.json"


def play(number: int) -> str:
    """Play drill `number` without a window; return the line that tells how it went. The first is the scripted one."""
    out = DATA / "runs" / f"{number:02d}"
    arguments: list[str | Path] = ["run", SCENARIO, "--seed", str(FIRST_SEED + number), "--out", out]
    arguments += ["--server-config", configuration(number % len(STATIONS)), "--view", "none", "--no-progress"]
    if number == 0:
        arguments += ["--resident", SCRIPTED]
    elif number % 3 == 0:
        arguments += ["--resident", MISTAKEN]
    call("sonae-drill", *arguments)
    return describe(out / "result.json")


def play_in_window() -> None:
    """Show the scripted drill in a window that a person can take over; what a person does here is not kept."""
    arguments = ["run", SCENARIO, "--view", "desktop", "--resident", SCRIPTED]
    try:
        call("sonae-drill", *arguments, show=True)
    except DemoError as error:
        say(f"     {error}")


def describe(result: Path) -> str:
    """Return seed, end and digest in `result.json` as one line."""
    content = json.loads(result.read_text("utf-8"))
    return f"seed {content['seed']:2d}  {content['ended']:<14} digest {content['digest'][:12]}"


def wait_for(address: str, wanted: str, cookie: str) -> None:
    """Wait until the page at `address` is there for whoever holds the cookie, and holds `wanted`."""
    asked = urllib.request.Request(address, headers={"Cookie": cookie})  # noqa: S310 - our own server on loopback
    end = time.monotonic() + PATIENCE_S
    last = ""
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - our own server on loopback
                last = answer.read().decode("utf-8")
            if wanted in last:
                return
        except (urllib.error.URLError, ConnectionError) as error:
            last = str(error)
        time.sleep(0.5)
    msg = f"{address} was not ready after {PATIENCE_S:.0f} s: {last[:300]}"
    raise DemoError(msg)


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def has_screen() -> bool:
    """Tell whether a window can be shown to somebody: there is a display, and this is not CI."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and not os.environ.get("CI")


def demonstrate(*, once: bool, port: int) -> None:
    """Do the main job. Raise DemoError when a step fails."""
    if DATA.exists():
        shutil.rmtree(DATA)
    DATA.mkdir(parents=True)
    say("1/5  データベースと訓練日を用意しています  Preparing database and drill day")
    day = prepare_day()
    say("2/5  サーバーを起動しています  Starting the server")
    server = start_server(port)
    try:
        for station, code in enumerate(day.codes):
            call(
                "sonae-drill",
                "pair",
                server.address,
                code,
                "--name",
                STATIONS[station],
                "--server-config",
                configuration(station),
            )
        say(f"3/5  訓練を{RUNS}回行います  Playing {RUNS} drills")
        say("     今のようす (1回だけ使えます)  Live (serves once):")
        say(f"     {new_link(server, f'/days/{day.id}/live')}")
        first = play_all()
        say("4/5  残りの記録をサーバーへ送っています  Uploading what is left of the records")
        for station in range(len(STATIONS)):
            call("sonae-drill", "upload", "--server-config", configuration(station))
        say("5/5  振り返りを作っています  Making the debriefs")
        debrief = f"{server.address}/runs/{first}"
        wait_for(debrief, f"/runs/{first}/replay", day.cookie)
        say("")
        say("  振り返りを開く (1回だけ使えます)  Open the debrief (serves once):")
        say(f"    {new_link(server, f'/runs/{first}')}")
        say("")
        say(f"  振り返り  Debrief:      {debrief}")
        say(f"  訓練日    Drill day:    {server.address}/days/{day.id}")
        say("")
        if once:
            return
        if has_screen():
            say("窓の訓練は、キーを押すと代われます。Esc でやめます。  Press a key to take over; Esc stops.")
            play_in_window()
        say("サーバーは動いています。Ctrl-C で止まります。  The server is running; Ctrl-C stops it.")
        server.process.wait()
    except KeyboardInterrupt:
        say("")
    finally:
        server.stop()


def play_all() -> str:
    """Play every drill, each station one after another; return the id of the first run."""

    def play_station(station: int) -> None:
        for number in range(station, RUNS, len(STATIONS)):
            say(f"     {number + 1:2d}/{RUNS}  {STATIONS[station]}  {play(number)}")

    with ThreadPoolExecutor(max_workers=len(STATIONS)) as pool:
        list(pool.map(play_station, range(len(STATIONS))))
    content = json.loads((DATA / "runs" / "00" / "result.json").read_text("utf-8"))
    return str(content["run_id"])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo and return the exit status: 1 when a step failed."""
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop the server at the end and exit 0")
    parser.add_argument("--port", type=int, default=8350, help="port of the server (0: a free one)")
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the server must not outlive the demo
    try:
        demonstrate(once=arguments.once, port=0 if arguments.once else arguments.port)
    except DemoError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
