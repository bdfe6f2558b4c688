from __future__ import annotations

from pathlib import Path

import pytest

from server.ops import recovery
from server.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", database_url="")


def test_the_halves_belong_together_and_only_the_public_one_stays(settings: Settings, tmp_path: Path) -> None:
    key, file = recovery.make_recovery_key(settings, tmp_path / "stick.txt")
    private = recovery.read_recovery_key(file)
    assert recovery.public_half(private) == key == recovery.recovery_key(settings)
    assert file.stat().st_mode & 0o777 == 0o600
    left = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert left == [recovery.public_file(settings)]
    assert private.hex() not in left[0].read_text()


def test_before_init_there_is_none(settings: Settings) -> None:
    assert recovery.recovery_key(settings) is None


def test_a_page_typed_in_again_opens_as_well(settings: Settings, tmp_path: Path) -> None:
    _, file = recovery.make_recovery_key(settings, tmp_path / "stick.txt")
    line = next(line for line in file.read_text("utf-8").splitlines() if line.startswith("key:"))
    typed = tmp_path / "typed.txt"
    typed.write_text(line.removeprefix("key:").lower().replace("0", "o").replace("1", "l").replace(" ", "-"))
    assert recovery.read_recovery_key(typed) == recovery.read_recovery_key(file)


def test_every_single_slip_is_seen(settings: Settings, tmp_path: Path) -> None:
    _, file = recovery.make_recovery_key(settings, tmp_path / "stick.txt")
    line = next(line for line in file.read_text("utf-8").splitlines() if line.startswith("key:"))
    key = line.removeprefix("key:").replace(" ", "")
    typed = tmp_path / "typed.txt"
    for at, letter in enumerate(key):
        typed.write_text(key[:at] + ("7" if letter != "7" else "8") + key[at + 1 :])
        with pytest.raises(recovery.RecoveryKeyError, match="slip"):
            recovery.read_recovery_key(typed)


@pytest.mark.parametrize("text", ["", "key: ABC", "鍵", "A" * 56 + "UU"])
def test_what_is_no_key_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "typed.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(recovery.RecoveryKeyError, match="56 characters"):
        recovery.read_recovery_key(file)


def test_a_private_half_is_never_written_over(settings: Settings, tmp_path: Path) -> None:
    first, file = recovery.make_recovery_key(settings, tmp_path / "stick.txt")
    with pytest.raises(FileExistsError, match="never written over"):
        recovery.make_recovery_key(settings, file)
    assert recovery.recovery_key(settings) == first


def test_a_damaged_public_half_is_told(settings: Settings, tmp_path: Path) -> None:
    recovery.make_recovery_key(settings, tmp_path / "stick.txt")
    recovery.public_file(settings).write_text("00")
    with pytest.raises(recovery.RecoveryKeyError, match="recovery-key new"):
        recovery.recovery_key(settings)
