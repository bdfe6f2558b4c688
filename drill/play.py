"""`sonae-drill run`: plays a scenario, shows its progress, writes its result and keeps the run where it may be kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from drill.attending import Attendance
from drill.beside import Beside
from drill.record.config import ConfigError
from drill.record.recorder import RecordingError
from drill.record.run import RunHeader
from drill.scenario.gentle import gentle_of
from drill.scenario.loading import ScenarioError, load_scenario
from drill.scenario.scenario import Scenario
from drill.session.again import Again, AgainError, again_header, again_of_file
from drill.session.automatic import AutomaticResident
from drill.session.controls import Controls
from drill.session.frame import Frame
from drill.session.offer import Shown, reason_of, shown_view
from drill.session.playing import View, play, run_header
from drill.session.progress import Progress
from drill.session.result import ResultError, keep_picture, write_result
from drill.session.scripted import Resident, ResidentError, ScriptError, load_resident
from drill.session.signals import ended_by_signals
from drill.session.station import Keeping, StationRun, TicketProblemError, keep
from drill.session.visitor import Visitor
from drill.ticket import run_code
from drill.view.errors import LeftError, ViewError
from drill.withdrawal import format_withdrawal_code, new_withdrawal_code, withdrawal_address, withdrawal_hash

__all__ = ["play", "run_command", "run_header"]

VIEWS: Final[dict[str, Shown]] = {"none": "screen", "desktop": "screen", "vr": "vr", "ar": "ar"}
"""What `--view` names."""
LOST_HINT: Final = "Look at the graphics driver; without a picture the drill still runs: --view none"
NAMES: Final[dict[Shown | None, str]] = {None: "none", "screen": "desktop", "vr": "vr", "ar": "ar"}
"""How the run's header names what it was played on."""


def run_command(args: argparse.Namespace) -> int:
    """Play a scenario as the command line says. Returns 0, or 1 with the reason on standard error."""
    try:
        scenario = load_scenario(args.path)
        if args.gentle:
            scenario = gentle_of(scenario)
        resident = None if args.resident is None else load_resident(args.resident, scenario)
        return _run(args, scenario, resident)
    except (ScenarioError, ScriptError) as error:
        return _fail(*(str(fault) for fault in error.faults))
    except LeftError as left:
        _say(str(left))
        return 0
    except (
        ResidentError,
        ConfigError,
        TicketProblemError,
        RecordingError,
        ResultError,
        ViewError,
        AgainError,
    ) as error:
        return _fail(str(error))


def _run(args: argparse.Namespace, scenario: Scenario, resident: Resident | None) -> int:
    if args.out is not None:
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return _fail(f"{args.out} cannot be made: {error.strerror}; name another --out")
    drawn = args.view != "none"
    if args.picture is not None and not (drawn and (args.offscreen or resident is not None)):
        # Of a person nothing is kept in the open, also not the picture of where they ended.
        return _fail(f"--picture {args.picture} is for runs without a person: add --view desktop --offscreen")
    if resident is None and (not drawn or args.offscreen):
        resident = AutomaticResident(scenario, seed=args.seed)
    controls = Controls(scenario)
    again = None if args.again is None else again_of_file(args.again, scenario, moment=args.moment)[0]
    station = StationRun.of(args, controls) if args.server_config is not None or args.ticket else None
    visitor = Visitor.of(args, station)
    shown = _shown(args, visitor, person=resident is None) if drawn else None
    view = _view(args, scenario, visitor.language, shown) if shown is not None else None
    known = dict(visitor.known)
    beside = Beside.of(args, station, controls)
    try:
        beside.start()
        if view is not None and resident is None:
            view.heed(lambda: controls.over)
        person = None if view is None or resident is not None else view
        attendance = None
        if person is not None:
            attendance = Attendance(scenario, person, controls, station, beside, visitor.language, _say)
        if person is not None and visitor.asked:
            beside.tell("consent")
            known["consent"] = person.consent()
        if attendance is not None and attendance.halted():
            return 0
        header = run_header(
            scenario,
            seed=args.seed,
            locomotion="scripted" if resident is not None else "screen",
            device=f"sonae-drill {NAMES[shown]}{' offscreen' if args.offscreen and drawn else ''}",
            language=visitor.language,
            **known,
        )
        if again is not None:
            header = again_header(header, again)
        code = new_withdrawal_code() if visitor.asked and header.consent else ""
        if code:
            header = msgspec.structs.replace(header, withdrawal=withdrawal_hash(header.run_id, code))
        keeping = keep(
            header,
            out=args.out,
            config=station.config if station is not None else None,
            spool=station.spool if station is not None else None,
        )
        if keeping.kept == "nothing" and resident is None:
            _say("Nothing of this run is kept: there is no paired server, or no consent to recording.")
        if station is not None:
            station.start()
        try:
            with ended_by_signals(controls):
                status = _played(
                    args, scenario, resident, view, keeping, station, controls, header, again, beside, attendance
                )
            if code and status == 0 and view is not None and station is not None:
                _farewell(view, station, header, code)
            return status
        finally:
            left = station.finish() if station is not None else ""
            if left:
                _say(left)
    finally:
        beside.close()
        if view is not None:
            for note in view.notes:
                _say(note)
            view.close()


def _played(
    args: argparse.Namespace,
    scenario: Scenario,
    resident: Resident | None,
    view: View | None,
    keeping: Keeping,
    station: StationRun | None,
    controls: Controls,
    header: RunHeader,
    again: Again | None,
    beside: Beside,
    attendance: Attendance | None,
) -> int:
    progress = None if args.no_progress else Progress(duration_s=scenario.model.clock.duration_s)
    try:
        result = play(
            scenario,
            seed=args.seed,
            resident=resident,
            view=view,
            recorder=keeping.recorder,
            progress=_both(progress, beside.watcher(header.run_id, view)),
            controls=controls,
            show=station.show if station is not None and keeping.kept != "nothing" else None,
            realtime=view is not None and not args.offscreen,
            kept=keeping.kept,
            header=header,
            again=again,
            at_end=None if attendance is None else attendance.at_end,
        )
        if result.lost:
            _say(f"the picture was lost ({result.lost}); the run was kept until then. {LOST_HINT}")
        fault = keeping.recorder.fault if keeping.recorder is not None else None
        if fault is not None:
            keeping.clean()
            return _fail(f"the run was played but not kept: {fault}")
        scripted = result.run.header.locomotion == "scripted"
        if args.picture is not None and view is not None and scripted and not view.closed:
            keep_picture(args.picture, view.png())
        if args.out is not None:
            write_result(args.out, result.as_dict(language=args.language))
    except BaseException:
        keeping.clean()
        raise
    met = sum(one.state == "met" for one in result.objectives)
    text = f"{result.ended} after {result.end_s:.0f} s, {met} of {len(result.objectives)} objectives met"
    where = f"; {args.out}" if args.out is not None else ""
    if progress is not None:
        progress.done(f"{scenario.model.id}: {text}{where}")
    if attendance is not None:
        attendance.after(result)
    return 0


def _both(one: Callable[[Frame], None] | None, other: Callable[[Frame], None]) -> Callable[[Frame], None]:
    def both(frame: Frame) -> None:
        if one is not None:
            one(frame)
        other(frame)

    return both


def _shown(args: argparse.Namespace, visitor: Visitor, *, person: bool) -> Shown:
    """Return the view that this visitor gets, and say so where it is not the one that was wanted."""
    wanted = VIEWS[args.view]
    if not person or visitor.offer is None:
        return wanted
    shown = shown_view(wanted, visitor.offer)
    if shown != wanted:
        _say(reason_of(visitor.offer))
    return shown


def _view(args: argparse.Namespace, scenario: Scenario, language: str, shown: Shown) -> View:
    if shown != "screen":
        msg = f"this build shows drills on a screen and not in {shown.upper()}; use --view desktop"
        raise ViewError(msg)
    try:
        # A machine that plays without a picture has no panda3d.
        from drill.view.desktop import DesktopView  # noqa: PLC0415  # see above
        from drill.view.making import Teller, untold  # noqa: PLC0415  # see above
        from drill.view.sound.settings import SoundSettings  # noqa: PLC0415  # see above
    except ImportError as error:
        msg = f"the desktop view is not installed ({error}); install Sonae with its extra 'drill', or use --view none"
        raise ViewError(msg) from error
    sound = SoundSettings(volume=args.volume / 100, mute=args.mute, calm=args.calm or scenario.gentle)
    teller = Teller()
    try:
        view = DesktopView(
            scenario,
            offscreen=args.offscreen,
            language=language,
            one_button=args.one_button,
            sound=sound,
            told=untold if args.no_progress else teller,
        )
    finally:
        teller.done()
    if view.sounds.message:
        _say(view.sounds.message)
    return view


def _farewell(view: View, station: StationRun, header: RunHeader, code: str) -> None:
    """Show how the record can be taken back, and take it back at once where the person wishes so."""
    server = station.config.public_url or station.config.server
    if view.closed:
        _say(
            f"to delete this record: run code {run_code(header.run_id)}, code {format_withdrawal_code(code)}, {server}"
        )
    elif view.farewell(run_code(header.run_id), code, withdrawal_address(server, header.run_id, code)):
        station.take_back(header)
        _say(f"run {run_code(header.run_id)} was taken back: it is deleted here and on the server")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _fail(*lines: str) -> int:
    for line in lines:
        _say(line)
    return 1
