"""`sonae-server pair-code` and `devices`: machines, from the command line."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from server.db import Database
from server.devices import service as devices
from server.drills import service as drills
from server.settings import Settings


def add_parser(commands: Any) -> None:
    """Add `pair-code` and `devices` to the command line."""
    code = commands.add_parser("pair-code", help="make a code that pairs a station machine")
    code.add_argument("name", metavar="NAME", help="name of the machine, such as 'gym left'")
    code.add_argument("--station", metavar="ID", help="the drill day's station where it will stand")
    code.set_defaults(act=_pair_code)

    listed = commands.add_parser("devices", help="list paired machines, or revoke one")
    listed.add_argument("--revoke", metavar="ID")
    listed.set_defaults(act=_devices)


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
