"""`sonae-server backup` and `restore`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from server.db import Database
from server.ops import crate, restore
from server.ops.backup import backups, folder_of, make_backup
from server.ops.lock import only_server
from server.ops.recovery import recovery_key
from server.settings import Settings


def add_parser(commands: Any) -> None:
    """Add `backup` and `restore` to the command line."""
    backup = commands.add_parser("backup", help="back up now, while the server runs; or look at backups")
    backup.add_argument("--to", type=Path, metavar="FOLDER", help="where to write (SONAE_BACKUP_DIR)")
    backup.add_argument("--copy", type=Path, metavar="FOLDER", help="where to copy it (SONAE_BACKUP_COPY_DIR)")
    backup.set_defaults(act=_backup)
    acts = backup.add_subparsers(metavar="WHAT")
    listed = acts.add_parser("list", help="list the backups")
    listed.set_defaults(act=_list)
    verify = acts.add_parser("verify", help="check a backup: whole on its disk, and with the key, whole inside")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--recovery-key", type=Path, metavar="FILE", help="to look inside, too")
    verify.set_defaults(act=_verify)

    back = commands.add_parser("restore", help="put a backup in place, erasing again who was erased since")
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--recovery-key", type=Path, metavar="FILE", required=True, help="as written by init, or typed")
    back.add_argument("--verify", action="store_true", help="only try it: restore elsewhere, compare, throw away")
    back.add_argument("--replace", action="store_true", help="set aside the embedded database that is here")
    back.add_argument("--erased", type=Path, metavar="FILE", action="append", default=[], help="copy of tombstones.txt")
    back.set_defaults(act=_restore)


def _say(text: str) -> None:
    print(f"  … {text}", file=sys.stderr, flush=True)


def _backup(arguments: argparse.Namespace, settings: Settings) -> int:
    began = time.monotonic()
    database = Database(settings)
    try:
        made = make_backup(database, folder=arguments.to, copy_to=arguments.copy, say=_say)
    finally:
        database.close()
    rows = sum(table.rows for table in made.contents.tables.values())
    print(made.file)
    for copy in made.copies:
        print(copy)
    print(f"{made.size:,} bytes, {rows:,} rows, {time.monotonic() - began:.1f} s, read back", file=sys.stderr)
    if not made.copies:
        print("写しがありません。 No copy elsewhere: name a folder with --copy.", file=sys.stderr)
    for old in made.removed:
        print(f"removed {old}: its period is over", file=sys.stderr)
    return 0


def _list(_arguments: argparse.Namespace, settings: Settings) -> int:
    key = recovery_key(settings)
    places = [place for place in (folder_of(settings), settings.backup_copy_dir) if place is not None]
    for file in (file for place in places for file in backups(place)):
        header = crate.header_of(file)
        opens = "" if key is not None and header["recovery_key"] == key.id else "  (an older recovery key)"
        print(f"{file}  {header['made_at'][:16]}Z  {header['engine']}  {file.stat().st_size:,} bytes{opens}")
    return 0


def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    crate.check_copy(arguments.file)
    if arguments.recovery_key is None:
        header = crate.header_of(arguments.file)
        print(f"欠けも傷みもありません。 whole on its disk; made {header['made_at'][:16]}Z")
        return 0
    return _try(arguments, settings)


def _try(arguments: argparse.Namespace, settings: Settings) -> int:
    found = restore.verify(settings, arguments.file, arguments.recovery_key, say=_say)
    for name, table in found.contents.tables.items():
        print(f"{table.rows:>10,}  {name}")
    print(f"監査記録 {found.contents.audit_entries} 件まで正しく、すべての表が一致しました。")
    print(f"every table is equal, the audit record is whole; made {found.made_at[:16]}Z by Sonae {found.sonae}")
    return 0


def _restore(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.verify:
        return _try(arguments, settings)
    began = time.monotonic()
    with only_server(settings):
        done = restore.restore(
            settings,
            arguments.file,
            arguments.recovery_key,
            replace=arguments.replace,
            graves=arguments.erased,
            say=_say,
        )
    rows = sum(table.rows for table in done.contents.tables.values())
    erased = ", ".join(f"{count} {kind}" for kind, count in done.erased_again.items()) or "0"
    print(f"復旧しました: {done.made_at[:16]}Z のバックアップ、{rows:,} 行、もう一度消去 {erased}")
    print(f"restored the backup of {done.made_at[:16]}Z: {rows:,} rows, every table equal; erased again: {erased}")
    print(
        f"database at revision {done.revision}; {done.ended_sign_ins} sign-ins ended; {time.monotonic() - began:.1f} s"
    )
    if done.set_aside is not None:
        print(f"what was here lies in {done.set_aside}: delete it when it is no longer needed")
    print("職員と端末の一覧を確かめてください: バックアップの後の停止は戻っています。")
    print("look through staff and machines: what was closed since the backup is open again")
    return 0
