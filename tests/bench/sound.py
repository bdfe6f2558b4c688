"""What sound costs; one JSON object a line.

- `sound_mix`: processor time of a second of sound in our own mixer with as many voices as are ever heard at once, as a
  share of real time. The anchor beside it is NumPy adding up as many stereo blocks.
- `sound_made`: processor time to make all sounds and announcements of a scenario, once a machine, against how long
  they sound. Usage: `sound.py [--seconds N]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from drill.scenario.loading import load_scenario
from drill.view.sound.bank import Bank
from drill.view.sound.catalogue import KINDS
from drill.view.sound.hearing import MOST_VOICES, Voice
from drill.view.sound.panner import Mixer
from drill.view.sound.rooms import PLACES
from drill.view.sound.source import Source
from drill.view.sound.synthesis import RATE

SCENARIO: Final = Path(__file__).resolve().parents[2] / "scenarios" / "gym-flood"
PICTURES: Final = 60
SHARE: Final = 0.25
"""Of one core at most: the mixer also has to keep up on a laptop that draws meanwhile."""


def voices() -> list[Voice]:
    """Return as many voices as are ever heard, each another sound or place, that go round the head."""
    kinds = [kind for kind in KINDS.values() if kind.loops]
    pairs = [(kind, place) for place in PLACES for kind in kinds][:MOST_VOICES]
    return [
        Voice(Source(f"{kind.id} {place}", kind.id, (0.0, 0.0, 0.0)), (1.0, 0.5, 0.0), 0.2, place, -40.0)
        for kind, place in pairs
    ]


def mix(bank: Bank, seconds: float) -> dict[str, object]:
    """Return the figure of the mixer."""
    heard, mixer = voices(), Mixer(bank)
    mixer.mix(heard, 1 / PICTURES)  # reads the files
    ours = anchor = 0.0
    block = np.ones((RATE // PICTURES, 2))
    for i in range(round(seconds * PICTURES)):
        turned = [
            Voice(v.source, (np.cos(i / 40 + n), np.sin(i / 40 + n), 0.0), v.gain, v.place, v.lufs)
            for n, v in enumerate(heard)
        ]
        begun = time.thread_time()
        mixer.mix(turned, 1 / PICTURES)
        ended = time.thread_time()
        total = np.zeros_like(block)
        for _ in heard:
            total += block
        ours += ended - begun
        anchor += time.thread_time() - ended
    begun = time.thread_time()
    mixer.result()
    ours += time.thread_time() - begun
    return {
        "figure": "sound_mix",
        "voices": len(heard),
        "anchor": "real time",
        "ratio": round(ours / seconds, 4),
        "target": SHARE,
        "ms_a_second": round(1000 * ours / seconds, 2),
        "adding_blocks_ms_a_second": round(1000 * anchor / seconds, 2),
        "against_adding": round(ours / anchor, 1),
    }


def figures(seconds: float) -> Iterator[dict[str, object]]:
    """Yield the figures."""
    scenario = load_scenario(SCENARIO)
    with tempfile.TemporaryDirectory(prefix="sonae-bench-sound-") as folder:
        bank = Bank(scenario, "ja", Path(folder))
        begun = time.process_time()
        bank.prepare()
        made = time.process_time() - begun
        files = sorted(Path(folder).rglob("*.wav"))
        long = sum(_lasts_s(file) for file in files)
        yield {
            "figure": "sound_made",
            "scenario": scenario.model.id,
            "files": len(files),
            "they_sound_s": round(long, 1),
            "made_s": round(made, 2),
            "anchor": "how long they sound",
            "ratio": round(made / long, 4),
        }
        yield mix(bank, seconds)


def _lasts_s(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    for figure in figures(given.seconds):
        sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
