"""`sonae-server init`, `migrate`, `key` and `recovery-key`: what is made once, and changed now and then."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from server.accounts import codes, members
from server.accounts.command import address_of
from server.audit.service import record
from server.db import Database
from server.drills import service as drills
from server.migrations.applying import migrate
from server.ops import secrets
from server.ops.certificate import certificate_of, serves_tls
from server.ops.keys import city_keys, key_file
from server.ops.recovery import make_recovery_key, public_half, read_recovery_key, recovery_key
from server.settings import Settings


def add_parser(commands: Any) -> None:
    """Add `init`, `migrate`, `key` and `recovery-key` to the command line."""
    init = commands.add_parser("init", help="make database, keys, certificate and the first administrator's code")
    init.add_argument("--recovery-key", type=Path, metavar="FILE", help="where the recovery key is written, once")
    init.set_defaults(act=_init)

    commands.add_parser("migrate", help="bring the database up to date").set_defaults(act=_migrate)

    key = commands.add_parser("key", help="the server's own key")
    acts = key.add_subparsers(required=True, metavar="WHAT")
    rotate = acts.add_parser("rotate", help="make a new key; what the older ones locked stays readable")
    rotate.set_defaults(act=_rotate)

    recovery = commands.add_parser("recovery-key", help="the key that opens backups")
    acts = recovery.add_subparsers(required=True, metavar="WHAT")
    new = acts.add_parser("new", help="make a new pair; older backups still need the older key")
    new.add_argument("file", type=Path, metavar="FILE", help="where its private half is written, once")
    new.set_defaults(act=_new_recovery_key)
    check = acts.add_parser("check", help="tell whether a file or a typed key opens the backups made now")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(act=_check_recovery_key)


def prepare(settings: Settings) -> None:
    """Bring the database up to date and make what serving needs; may be repeated."""
    database = Database(settings)
    try:
        revision = migrate(database)
        city_keys(settings)
        secrets.make_secret(settings)
        if serves_tls(settings):
            certificate_of(settings)
        with database.session() as db:
            versions = drills.import_shipped(db)
    finally:
        database.close()
    print(f"database at revision {revision}")
    print(f"city key in {key_file(settings)}: without it no recorded run can be read; backups hold it")
    for version in versions:
        print(f"scenario {version.scenario_id} version {version.version} ({version.title['ja']})")


def _init(arguments: argparse.Namespace, settings: Settings) -> int:
    prepare(settings)
    certificate = certificate_of(settings)
    print(f"certificate {certificate.file} until {certificate.ends_at:%Y-%m-%d}, SHA-256 {certificate.shown}")
    if recovery_key(settings) is None:
        key, file = make_recovery_key(settings, arguments.recovery_key)
        print(f"復旧鍵 {key.id} を {file} に書きました。持ち出して金庫に入れ、ここからは消してください。")
        print(f"recovery key {key.id} in {file}: take it away to a safe place and delete it here")
    elif arguments.recovery_key is not None:
        print("there is a recovery key already; `recovery-key new` makes another", file=sys.stderr)
        return 1
    database = Database(settings)
    try:
        with database.session() as db:
            if not members.has_administrator(db):
                code = codes.new_code(db, settings, purpose="setup", actor="console")
                print(f"最初の管理者の登録 (一度だけ、{settings.staff_code_hours} 時間以内):")
                print(f"first administrator (once, within {settings.staff_code_hours} hours):")
                print(address_of(settings, code))
    finally:
        database.close()
    return 0


def _migrate(_arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        print(f"database at revision {migrate(database)}")
    finally:
        database.close()
    return 0


def _rotate(_arguments: argparse.Namespace, settings: Settings) -> int:
    count = secrets.rotate(settings)
    _record(settings, "key.rotate", "key:server", {"keys": count})
    print(f"{secrets.secret_file(settings)} holds {count} keys; make a backup now, so that it holds them, too")
    return 0


def _new_recovery_key(arguments: argparse.Namespace, settings: Settings) -> int:
    before = recovery_key(settings)
    key, file = make_recovery_key(settings, arguments.file)
    _record(settings, "recovery_key.new", f"recovery_key:{key.id}", {"before": before.id if before else ""})
    print(f"復旧鍵 {key.id} を {file} に書きました。持ち出して金庫に入れ、ここからは消してください。")
    print(f"recovery key {key.id} in {file}: take it away; backups made until now still need the older one")
    return 0


def _check_recovery_key(arguments: argparse.Namespace, settings: Settings) -> int:
    given, here = public_half(read_recovery_key(arguments.file)), recovery_key(settings)
    if given == here:
        print(f"復旧鍵 {given.id} で、いまのバックアップを開けます。")
        print(f"recovery key {given.id} opens the backups made now")
        return 0
    wanted = here.id if here else "none yet"
    print(f"sonae-server: {arguments.file} is recovery key {given.id}; backups need {wanted}", file=sys.stderr)
    return 1


def _record(settings: Settings, action: str, target: str, detail: dict[str, Any]) -> None:
    database = Database(settings)
    try:
        with database.session() as db:
            record(db, "console", action, target, detail)
    finally:
        database.close()
