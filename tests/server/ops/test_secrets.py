from __future__ import annotations

from pathlib import Path

import pytest

from server.ops import secrets
from server.ops.private_file import KeyFileError
from server.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", database_url="")


def test_what_was_sealed_opens_for_its_purpose_alone(settings: Settings) -> None:
    sealed = secrets.seal(settings, "totp", "鍵".encode())
    assert secrets.unseal(settings, "totp", sealed) == "鍵".encode()
    with pytest.raises(secrets.UnsealError, match="'mail'"):
        secrets.unseal(settings, "mail", sealed)


def test_sealing_twice_gives_two_texts_of_known_length(settings: Settings) -> None:
    one, two = secrets.seal(settings, "totp", b"same"), secrets.seal(settings, "totp", b"same")
    assert one != two
    assert len(one) == len(two) == 4 + 45


@pytest.mark.parametrize("at", range(0, 49, 7))
def test_a_changed_byte_is_seen(settings: Settings, at: int) -> None:
    sealed = bytearray(secrets.seal(settings, "totp", b"data"))
    sealed[at] ^= 1
    with pytest.raises(secrets.UnsealError):
        secrets.unseal(settings, "totp", bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 5, 20, 29, 44])
def test_something_cut_short_is_seen(settings: Settings, length: int) -> None:
    with pytest.raises(secrets.UnsealError):
        secrets.unseal(settings, "totp", secrets.seal(settings, "totp", b"data")[:length])


def test_after_a_change_of_key_old_and_new_are_valid(settings: Settings) -> None:
    """Requirement 31: key rotation with old and new valid."""
    before, hashed = secrets.seal(settings, "totp", b"old"), secrets.keyed_hash(settings, "mail", "a@example.jp")
    assert secrets.rotate(settings) == 2
    after = secrets.seal(settings, "totp", b"new")
    assert secrets.unseal(settings, "totp", before) == b"old"
    assert secrets.unseal(settings, "totp", after) == b"new"
    assert secrets.needs_resealing(settings, before)
    assert not secrets.needs_resealing(settings, after)
    assert secrets.keyed_hashes(settings, "mail", "a@example.jp")[1] == hashed
    assert secrets.keyed_hash(settings, "mail", "a@example.jp") != hashed


def test_without_the_old_key_the_old_stays_closed(settings: Settings) -> None:
    """The control: it is the kept line that opens the old."""
    before = secrets.seal(settings, "totp", b"old")
    secrets.rotate(settings)
    path = secrets.secret_file(settings)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(secrets.UnsealError, match="lacks its key"):
        secrets.unseal(settings, "totp", before)


def test_hashes_differ_by_purpose_and_by_installation(settings: Settings, tmp_path: Path) -> None:
    other = Settings(data_dir=tmp_path / "other", database_url="")
    hashes = {
        secrets.keyed_hash(settings, "mail", "髙﨑"),
        secrets.keyed_hash(settings, "pin", "髙﨑"),
        secrets.keyed_hash(other, "mail", "髙﨑"),
    }
    assert len(hashes) == 3
    assert {len(one) for one in hashes} == {64}
    assert secrets.keyed_hash(settings, "mail", "髙﨑") in hashes


def test_the_key_file_is_for_its_owner_alone(settings: Settings) -> None:
    secrets.make_secret(settings)
    path = secrets.secret_file(settings)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="mode 640"):
        secrets.keyed_hash(settings, "mail", "x")


@pytest.mark.parametrize("content", ["", "zz", "ab" * 31, f"{'ab' * 32}\nab"])
def test_a_damaged_key_file_is_named_and_not_replaced(settings: Settings, content: str) -> None:
    secrets.make_secret(settings)
    path = secrets.secret_file(settings)
    path.write_text(content)
    with pytest.raises(KeyFileError, match="put back the copy"):
        secrets.seal(settings, "totp", b"x")
    assert path.read_text() == content
