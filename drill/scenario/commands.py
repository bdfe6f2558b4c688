"""`sonae-drill check` and `sonae-drill schema`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final, TextIO

from drill.scenario.loading import ScenarioError, json_schema, load_scenario

EXIT_FAULTS: Final = 1


def check_command(args: argparse.Namespace) -> int:
    """Print every fault of a scenario, one a line, and return 1; return 0 when there is none."""
    try:
        scenario = load_scenario(args.path)
    except ScenarioError as error:
        for fault in error.faults:
            _say(fault)
        count = len(error.faults)
        _say(f"{args.path}: {count} fault{'s' if count != 1 else ''}", to=sys.stderr)
        return EXIT_FAULTS
    _say(f"{args.path}: ok, {scenario.model.id} version {scenario.model.version}, sha256 {scenario.hash}")
    return 0


def schema_command(args: argparse.Namespace) -> int:
    """Print the JSON Schema of scenario.yaml."""
    del args
    _say(json.dumps(json_schema(), ensure_ascii=False, indent=2))
    return 0


def _say(text: object, *, to: TextIO | None = None) -> None:
    (to or sys.stdout).write(f"{text}\n")
