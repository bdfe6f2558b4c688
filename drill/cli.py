"""`sonae-drill`: checks, draws and plays scenarios; pairs a station and uploads what it recorded."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("ja", "ja-simple", "en")
COMMANDS: Final = "drill.scenario.commands"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done, 1 faults or failure, 2 wrong usage."""
    args = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = args.command
    return command(args)


def _delegated(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that is imported only when it is called: checking a scenario needs no simulator."""

    def command(args: argparse.Namespace) -> int:
        delegate: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(module), function)
        return delegate(args)

    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sonae-drill", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="say every fault of a scenario")
    check.add_argument("path", type=Path, metavar="PATH", help="the scenario's folder or its scenario.yaml")
    check.set_defaults(command=_delegated(COMMANDS, "check_command"))

    schema = commands.add_parser("schema", help="print the JSON Schema of scenario.yaml")
    schema.set_defaults(command=_delegated(COMMANDS, "schema_command"))

    plan = commands.add_parser("plan", help="draw a scenario as SVG")
    plan.add_argument("path", type=Path, metavar="PATH", help="the scenario's folder or its scenario.yaml")
    plan.add_argument("-o", "--output", type=Path, default=Path("-"), metavar="FILE", help="where to; - prints it")
    plan.set_defaults(command=_delegated("drill.scenario.picture", "plan_command"))

    _add_run(commands)
    _add_sound(commands)
    _add_station(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="play a scenario")
    run.add_argument("path", type=Path, metavar="PATH", help="the scenario's folder or its scenario.yaml")
    run.add_argument(
        "--view",
        choices=("none", "desktop", "vr", "ar"),
        default="desktop",
        help="what shows it (default: desktop); who may wear no headset gets the same drill on the screen",
    )
    run.add_argument("--seed", type=_seed, default=1, metavar="N", help="seed of the run (default: 1)")
    run.add_argument("--out", type=Path, metavar="DIR", help="where result.json and the recorded run go")
    run.add_argument("--resident", type=Path, metavar="FILE", help="recorded or scripted inputs")
    run.add_argument("--offscreen", action="store_true", help="draw the desktop view without a window")
    run.add_argument("--picture", type=Path, metavar="FILE", help="keep the last picture of the desktop view as PNG")
    run.add_argument("--server-config", type=Path, metavar="FILE", help="what pairing wrote: record for this server")
    run.add_argument("--ticket", metavar="CODE", help="ticket of the person who plays")
    run.add_argument("--age-band", default="", metavar="BAND", help="age of a person without ticket, such as 7-12")
    run.add_argument("--guardian-agreed", action="store_true", help="a child's guardian is here and agreed")
    run.add_argument("--language", choices=LANGUAGES, default="ja", help="language of texts (default: ja)")
    run.add_argument(
        "--gentle",
        action="store_true",
        help="play the gentle variant: nothing comes suddenly, all is told before, hazards are weaker",
    )
    run.add_argument("--no-progress", action="store_true", help="show no progress")
    run.add_argument("--one-button", action="store_true", help="play seated, with the space bar or a switch alone")
    run.add_argument("--volume", type=_percent, default=100, metavar="0-100", help="how loud sounds are (default: 100)")
    run.add_argument("--mute", action="store_true", help="play no sounds; subtitles tell what sounds")
    run.add_argument("--calm", action="store_true", help="no sudden sounds: all fade in over 2 s")
    run.add_argument("--operator", action="store_true", help="open the operator's window beside the resident's")
    run.add_argument("--room-key", type=Path, metavar="FILE", help="key of the room, for 訓練中止 on all its stations")
    run.add_argument("--again", type=Path, metavar="RUN", help="enter a recorded run again, before one of its moments")
    run.add_argument("--moment", type=int, default=1, metavar="1-3", help="which moment of it (default: 1)")
    run.set_defaults(command=_delegated("drill.play", "run_command"))


def _add_sound(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sound = commands.add_parser("sound", help="make a scenario's sounds beforehand, or hear a run without a device")
    sound.add_argument("path", type=Path, metavar="PATH", help="the scenario's folder or its scenario.yaml")
    sound.add_argument("--resident", type=Path, metavar="FILE", help="whose run is heard: recorded or scripted inputs")
    sound.add_argument("--seed", type=_seed, default=1, metavar="N", help="seed of the run (default: 1)")
    sound.add_argument("-o", "--output", type=Path, metavar="FILE", help="WAV file of what the resident hears")
    sound.add_argument("--language", choices=LANGUAGES, default="ja", help="language of announcements (default: ja)")
    sound.add_argument("--calm", action="store_true", help="no sudden sounds: all fade in over 2 s")
    sound.set_defaults(command=_delegated("drill.view.sound.sound_command", "sound_command"))


def _add_station(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    pair = commands.add_parser("pair", help="pair this station with a server by a short code")
    pair.add_argument("server", metavar="URL", help="address of the server")
    pair.add_argument("code", metavar="CODE", help="the short code that the server shows")
    pair.add_argument("--name", default="", metavar="NAME", help="name of this station")
    pair.add_argument("--fingerprint", default="", metavar="SHA256", help="pin the certificate that the server shows")
    pair.add_argument("--server-config", type=Path, metavar="FILE", help="where the pairing is kept")
    pair.set_defaults(command=_delegated("drill.record.station", "pair_command"))

    pin = commands.add_parser("pin", help="trust the paired server's renewed certificate")
    pin.add_argument("--fingerprint", default="", metavar="SHA256", help="as the server's page of machines shows it")
    pin.add_argument("--server-config", type=Path, metavar="FILE", help="what pairing wrote")
    pin.set_defaults(command=_delegated("drill.record.station", "pin_command"))

    key = commands.add_parser("room-key", help="make a room's key, to be carried to its stations on a USB stick")
    key.add_argument("path", type=Path, metavar="FILE", help="file that does not exist yet")
    key.set_defaults(command=_delegated("drill.session.roomkey", "room_key_command"))

    upload = commands.add_parser("upload", help="send recorded runs that wait on this station")
    upload.add_argument("--server-config", type=Path, metavar="FILE", help="what pairing wrote")
    upload.add_argument("--spool", type=Path, metavar="DIR", help="folder of the waiting runs")
    upload.add_argument("--no-progress", action="store_true", help="show no progress")
    upload.set_defaults(command=_delegated("drill.record.station", "upload_command"))


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        msg = f"{text!r} is not a whole number from 0 to {2**32 - 1}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _percent(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        msg = f"{text!r} is not a whole number from 0 (silent) to 100"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
