"""`sonae-server`: set up, serve and look after the server."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import uvicorn

from drill.scenario.loading import ScenarioError
from server.accounts import command as staff_command
from server.app import create_app
from server.audit import heads
from server.audit import service as audit
from server.db import Database
from server.devices import service as devices
from server.drills import service as drills
from server.migrations.applying import NewerDatabaseError, migrate
from server.ops.keys import KeyFileError, city_keys, key_file
from server.ops.lock import AlreadyServedError, only_server
from server.settings import LOOPBACK, Settings

PING_S: Final = 5.0
"""A dead socket is noticed within ping interval plus timeout."""
SOCKET_FRAME_BYTES: Final = 131_072
"""Twice the wire's cap: the protocol refuses a frame over its cap with its own message and code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser().parse_args(argv)
    settings = _settings(arguments)
    act: Callable[[argparse.Namespace, Settings], int] = arguments.act
    try:
        return act(arguments, settings)
    except (
        AlreadyServedError,
        heads.HeadsError,
        KeyFileError,
        NewerDatabaseError,
        OSError,
        ScenarioError,
        drills.UnknownRowError,
    ) as error:
        print(f"sonae-server: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sonae-server", description="The server of Sonae.")
    parser.add_argument("--data-dir", type=Path, help="where database, keys and scenarios live (SONAE_DATA_DIR)")
    parser.add_argument("--database-url", help="a PostgreSQL address, instead of the embedded SQLite")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    init = commands.add_parser("init", help="make the database, the city's key and the scenario library")
    init.set_defaults(act=_init)

    serve = commands.add_parser("serve", help="bring the database up to date and serve")
    serve.add_argument("--host", help="loopback address to bind to")
    serve.add_argument("--port", type=int, help="port to bind to; 0 takes a free one")
    serve.set_defaults(act=_serve)

    commands.add_parser("migrate", help="bring the database up to date").set_defaults(act=_migrate)

    code = commands.add_parser("pair-code", help="make a code that pairs a station machine")
    code.add_argument("name", metavar="NAME", help="name of the machine, such as 'gym left'")
    code.add_argument("--station", metavar="ID", help="the drill day's station where it will stand")
    code.set_defaults(act=_pair_code)

    devices = commands.add_parser("devices", help="list paired machines, or revoke one")
    devices.add_argument("--revoke", metavar="ID")
    devices.set_defaults(act=_devices)

    staff_command.add_parser(commands)

    taken = commands.add_parser("import", help="take a scenario or measured trajectories in")
    taken.add_argument("kind", choices=("scenario", "trajectories"))
    taken.add_argument("path", type=Path, metavar="FILE")
    measured = taken.add_argument_group("measured trajectories", "where the file does not say, or to measure elsewhere")
    measured.add_argument("--frame-rate", type=float, metavar="FPS", help="frames a second")
    measured.add_argument("--unit", choices=("m", "cm"), help="unit of the positions")
    measured.add_argument("--line", metavar="WKT", help="line to count at, metres: LINESTRING (0 0, 2 0)")
    measured.add_argument("--area", metavar="WKT", help="convex area of density and speed: POLYGON ((...))")
    measured.add_argument("--walkable", metavar="WKT", help="walkable ground: POLYGON ((...))")
    taken.set_defaults(act=_import)

    verify = commands.add_parser("audit-verify", help="check the chain of the audit record")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="heads kept elsewhere, one a line")
    verify.set_defaults(act=_audit_verify)
    head = commands.add_parser("audit-head", help="print the audit record's head, to be kept elsewhere")
    head.set_defaults(act=_audit_head)
    return parser


def _settings(arguments: argparse.Namespace) -> Settings:
    names = ("data_dir", "database_url", "host", "port")
    given: dict[str, Any] = {name: getattr(arguments, name, None) for name in names}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _init(_arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        revision = migrate(database)
        city_keys(settings)
        with database.session() as db:
            versions = drills.import_shipped(db)
    finally:
        database.close()
    print(f"database at revision {revision}")
    print(f"city key in {key_file(settings)}: keep a copy of it apart; without it no recorded run can be read")
    for version in versions:
        print(f"scenario {version.scenario_id} version {version.version} ({version.title['ja']})")
    return 0


def _migrate(_arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        print(f"database at revision {migrate(database)}")
    finally:
        database.close()
    return 0


def _serve(_arguments: argparse.Namespace, settings: Settings) -> int:
    if settings.host not in (*LOOPBACK, "::1"):
        print(
            f"sonae-server: will not bind to {settings.host!r}. 利用者の登録ができるまで、このサーバーはこの"
            "コンピューターの中 (127.0.0.1) だけで動きます。\n"
            "Until there are user accounts, the server binds to loopback only: use --host 127.0.0.1.",
            file=sys.stderr,
        )
        return 2
    with only_server(settings):
        return _init(_arguments, settings) or _serve_app(settings)


def _serve_app(settings: Settings) -> int:
    uvicorn_config = uvicorn.Config(
        create_app(settings),
        host=settings.host.strip("[]"),
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_max_size=SOCKET_FRAME_BYTES,
        ws_per_message_deflate=False,
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )
    return _run(_Announcing(uvicorn_config))


class _Announcing(uvicorn.Server):
    """Prints the address once it is open: with port 0 nobody knows it before."""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"Sonae: http://{shown}:{port}/", flush=True)
        print("このコンピューターの中からだけ使えます。 Reachable from this computer only.", flush=True)


def _run(server: uvicorn.Server) -> int:
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    except SystemExit:
        print(
            f"sonae-server: could not start on port {server.config.port}; is another server running there? "
            "Stop it, or choose another with --port.",
            file=sys.stderr,
        )
        return 1
    return 0 if server.started else 1


def _pair_code(arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        with database.session() as db:
            if arguments.station:
                drills.get_station(db, arguments.station)
            code = devices.new_pairing_code(db, settings, name=arguments.name, station_id=arguments.station)
    finally:
        database.close()
    print(code)
    print(f"good for {settings.pairing_minutes} minutes, once", file=sys.stderr)
    return 0


def _devices(arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        with database.session() as db:
            if arguments.revoke and not devices.revoke_device(db, arguments.revoke):
                print(f"sonae-server: no active device {arguments.revoke!r}", file=sys.stderr)
                return 1
            for device in devices.devices(db):
                state = "revoked" if device.revoked_at else "active"
                print(f"{device.id}  {state}  {device.paired_at:%Y-%m-%d %H:%M}Z  {device.name}")
    finally:
        database.close()
    return 0


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.kind == "trajectories":
        if find_spec("server.analysis.importing") is None:
            print("sonae-server: this build cannot import trajectories", file=sys.stderr)
            return 2
        status: int = import_module("server.analysis.importing").import_command(arguments, settings)
        return status
    database = Database(settings)
    try:
        migrate(database)
        with database.session() as db:
            version = drills.import_scenario(db, arguments.path)
    finally:
        database.close()
    print(f"scenario {version.scenario_id} version {version.version} ({version.title['ja']}), hash {version.hash}")
    return 0


def _audit_head(_arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        with database.reading() as db:
            print(heads.line_of(db))
    finally:
        database.close()
    return 0


def _audit_verify(arguments: argparse.Namespace, settings: Settings) -> int:
    kept = heads.read(arguments.heads) if arguments.heads else {}
    database = Database(settings)
    try:
        with database.reading() as db:
            faults, head = audit.verify(db, heads=kept), audit.head(db)
    finally:
        database.close()
    if faults:
        print(f"the audit record does not hold at entries {faults}", file=sys.stderr)
        return 1
    print(f"the audit record is whole; head {head}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
