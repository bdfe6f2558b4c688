"""`sonae-drill sound`: makes the sounds of a scenario beforehand, or writes down what a resident hears."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from drill.scenario.loading import ScenarioError, load_scenario
from drill.scenario.scenario import Scenario
from drill.session.automatic import AutomaticResident
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.scripted import Resident, ResidentError, ScriptError, load_resident
from drill.view.making import Teller
from drill.view.sound.bank import Bank
from drill.view.sound.loudness import loudest_lufs, true_peak
from drill.view.sound.panner import render_mix
from drill.view.sound.samples import write_wav
from drill.view.sound.settings import SoundSettings
from drill.view.sound.synthesis import RATE


def sound_command(args: argparse.Namespace) -> int:
    """Do what the command line says. Returns 0, or 1 with the reason on standard error."""
    try:
        scenario = load_scenario(args.path)
        resident = None if args.resident is None else load_resident(args.resident, scenario)
    except (ScenarioError, ScriptError) as error:
        return _fail(*(str(fault) for fault in error.faults))
    except ResidentError as error:
        return _fail(str(error))
    bank = Bank(scenario, args.language)
    if bank.voice.can_speak:
        _say(bank.voice.can_speak)
    teller = Teller()
    faults = bank.prepare(told=teller)
    teller.done()
    if not bank.voice.can_speak:
        for announcement, fault in faults.items():
            _say(f"announcement {announcement}: {fault}")
    if args.output is None:
        _say(f"The sounds of {scenario.model.id} are ready in {bank.samples.folder}")
        return 0
    heard = render_mix(
        scenario,
        _frames(scenario, args.seed, resident or AutomaticResident(scenario, seed=args.seed)),
        language=args.language,
        settings=SoundSettings(calm=args.calm),
    )
    path: Path = args.output
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(path, heard)
    except OSError as error:
        return _fail(f"{path} cannot be written: {error.strerror}; name another --output")
    figures = f"loudest 400 ms {loudest_lufs(heard):.1f} LUFS, true peak {true_peak(heard):.2f}"
    _say(f"{path}: {len(heard) / RATE:.0f} s, {figures}")
    return 0


def _frames(scenario: Scenario, seed: int, resident: Resident) -> Iterator[Frame]:
    drill = Drill(scenario, seed=seed)
    while not drill.ended:
        yield drill.step(resident.inputs(drill.frame))


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _fail(*lines: str) -> int:
    for line in lines:
        _say(line)
    return 1
