"""`sonae-server doctor`: what is unsafe here, and what mends it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from server.ops.doctor import examine, written
from server.settings import Settings


def add_parser(commands: Any) -> None:
    """Add `doctor` to the command line."""
    doctor = commands.add_parser("doctor", help="look for what is unsafe; status 2 when the server would not start")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.set_defaults(act=_doctor)


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    found = examine(settings)
    refused = [one for one in found if one.level == "refuse"]
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return 2 if refused else 0
    for one in found:
        print(written(one))
    if not found:
        print("○ 問題は見つかりませんでした。 Nothing unsafe was found.")
    elif not refused:
        print(f"○ 動かせます。注意 {len(found)} 件。 Can be served; {len(found)} warnings.")
    else:
        print(f"✕ 動かせません。停止 {len(refused)} 件。 Not served until {len(refused)} of these are mended.")
    return 2 if refused else 0
