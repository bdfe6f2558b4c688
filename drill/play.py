"""`sonae-drill run`: plays a scenario, shows its progress, writes its result and keeps the run where it may be kept."""

from __future__ import annotations

import argparse
import sys

from drill.record.config import ConfigError
from drill.record.recorder import RecordingError
from drill.record.run import RunHeader
from drill.scenario.loading import ScenarioError, load_scenario
from drill.scenario.scenario import Scenario
from drill.session.automatic import AutomaticResident
from drill.session.controls import Controls
from drill.session.playing import View, play, run_header
from drill.session.progress import Progress
from drill.session.result import ResultError, keep_picture, write_result
from drill.session.scripted import Resident, ResidentError, ScriptError, load_resident
from drill.session.station import Keeping, StationRun, TicketProblemError, keep, note_of_ticket
from drill.view.errors import ViewError

__all__ = ["play", "run_command", "run_header"]


def run_command(args: argparse.Namespace) -> int:
    """Play a scenario as the command line says. Returns 0, or 1 with the reason on standard error."""
    try:
        scenario = load_scenario(args.path)
        resident = None if args.resident is None else load_resident(args.resident, scenario)
        return _run(args, scenario, resident)
    except (ScenarioError, ScriptError) as error:
        return _fail(*(str(fault) for fault in error.faults))
    except (ResidentError, ConfigError, TicketProblemError, RecordingError, ResultError, ViewError) as error:
        return _fail(str(error))


def _run(args: argparse.Namespace, scenario: Scenario, resident: Resident | None) -> int:
    if args.out is not None:
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return _fail(f"{args.out} cannot be made: {error.strerror}; name another --out")
    drawn = args.view == "desktop"
    if args.picture is not None and not (drawn and (args.offscreen or resident is not None)):
        # Of a person nothing is kept in the open, also not the picture of where they ended.
        return _fail(f"--picture {args.picture} is for runs without a person: add --view desktop --offscreen")
    if resident is None and (not drawn or args.offscreen):
        resident = AutomaticResident(scenario, seed=args.seed)
    controls = Controls(scenario)
    station = StationRun.of(args, controls) if args.server_config is not None or args.ticket else None
    known = {"station": station.config.name} if station is not None else {}
    language = args.language
    if args.ticket and station is not None:
        note = note_of_ticket(station.config, args.ticket, folder=station.config_file.parent)
        known |= {"consent": note.consent, "session": note.session, "age_band": note.age_band}
        if note.consent:
            known["ticket_hash"] = note.ticket_hash
        language = note.language or language
    view = _view(args, scenario, language) if drawn else None
    try:
        if view is not None and resident is None and station is not None and not args.ticket:
            known["consent"] = view.consent()
        header = run_header(
            scenario,
            seed=args.seed,
            locomotion="scripted" if resident is not None else "screen",
            device=f"sonae-drill {args.view}{' offscreen' if args.offscreen and drawn else ''}",
            language=language,
            **known,
        )
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
            return _played(args, scenario, resident, view, keeping, station, controls, header)
        finally:
            left = station.finish() if station is not None else ""
            if left:
                _say(left)
    finally:
        if view is not None:
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
) -> int:
    progress = None if args.no_progress else Progress(duration_s=scenario.model.clock.duration_s)
    try:
        result = play(
            scenario,
            seed=args.seed,
            resident=resident,
            view=view,
            recorder=keeping.recorder,
            progress=progress,
            controls=controls,
            show=station.show if station is not None and keeping.kept != "nothing" else None,
            realtime=view is not None and not args.offscreen,
            kept=keeping.kept,
            header=header,
        )
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
    return 0


def _view(args: argparse.Namespace, scenario: Scenario, language: str) -> View:
    try:
        # A machine that plays without a picture has no panda3d.
        from drill.view.desktop import DesktopView  # noqa: PLC0415  # see above
    except ImportError as error:
        msg = f"the desktop view is not installed ({error}); install Sonae with its extra 'drill', or use --view none"
        raise ViewError(msg) from error
    view: View = DesktopView(scenario, offscreen=args.offscreen, language=language)
    return view


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _fail(*lines: str) -> int:
    for line in lines:
        _say(line)
    return 1
