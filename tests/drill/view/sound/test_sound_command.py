"""`sonae-drill sound`, and what a person may set."""

from __future__ import annotations

from pathlib import Path

import pytest

from drill.cli import main
from drill.view.sound.bank import Bank
from drill.view.sound.loudness import MIX_LOUDEST_LUFS, MIX_PEAK, breaches
from drill.view.sound.samples import read_wav

SCENARIOS = Path(__file__).parents[4] / "scenarios"
STOPS = """
schema: sonae-resident/1
scenario: gym-flood
about: {ja: すぐにやめる人。}
steps:
  - wait: 2.0
  - stop: true
"""


@pytest.fixture(autouse=True)
def kept(sound_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONAE_CACHE", str(sound_folder))


def test_a_run_is_heard_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Bank, "prepare", lambda _, told: {"order-3": "'……' cannot be spoken"})
    person = tmp_path / "stops.yaml"
    person.write_text(STOPS, encoding="utf-8")
    out = tmp_path / "new" / "heard.wav"
    assert main(["sound", str(SCENARIOS / "gym-flood"), "--resident", str(person), "-o", str(out)]) == 0
    heard = read_wav(out)
    assert heard.shape[1] == 2
    assert breaches(heard, most_lufs=MIX_LOUDEST_LUFS, peak=MIX_PEAK) == []
    told = capsys.readouterr().err
    assert "announcement order-3: '……' cannot be spoken" in told
    assert "LUFS" in told


def test_faults_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["sound", str(tmp_path)]) == 1
    assert "scenario.yaml" in capsys.readouterr().err
    monkeypatch.setattr(Bank, "prepare", lambda _, told: {})
    assert main(["sound", str(SCENARIOS / "gym-flood")]) == 0
    assert "are ready in" in capsys.readouterr().err


@pytest.mark.parametrize("volume", ["101", "-1", "loud"])
def test_a_volume_that_is_none_is_refused(volume: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", str(SCENARIOS / "gym-flood"), f"--volume={volume}"])
    assert "0 (silent) to 100" in capsys.readouterr().err
