from __future__ import annotations

import hashlib
import io
import random
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from server.ops import crate
from server.ops.recovery import RecoveryKey

PRIVATE = bytes(PrivateKey.generate())
KEY = RecoveryKey(bytes(PrivateKey(PRIVATE).public_key))
CONTENT = random.Random(4).randbytes(3 * crate.CHUNK_BYTES + 17)


def packed(folder: Path, content: bytes = CONTENT) -> Path:
    file = folder / "x.sonae"
    with file.open("wb") as out:
        writer = crate.CrateWriter(out, KEY, {"made_at": "2026-11-24"})
        for at in range(0, len(content), 300_000):
            writer.write(content[at : at + 300_000])
        writer.seal()
    return file


def taken_out(file: Path, private: bytes = PRIVATE) -> bytes:
    with crate.opened(file, private) as reader:
        return io.BufferedReader(reader).read()


@pytest.mark.parametrize("size", [0, 1, crate.CHUNK_BYTES - 1, crate.CHUNK_BYTES, crate.CHUNK_BYTES + 1, len(CONTENT)])
def test_what_goes_in_comes_out(tmp_path: Path, size: int) -> None:
    file = packed(tmp_path, CONTENT[:size])
    assert taken_out(file) == CONTENT[:size]
    assert len(crate.check_copy(file)) == 64
    assert crate.header_of(file) == {"made_at": "2026-11-24", "recovery_key": KEY.id}


def test_nothing_of_the_content_can_be_read(tmp_path: Path) -> None:
    name = "髙﨑 𠮷田".encode()
    assert name not in packed(tmp_path, name * 1000).read_bytes()


def test_another_key_opens_nothing_and_says_which_one_would(tmp_path: Path) -> None:
    with pytest.raises(crate.CrateError, match=f"id {KEY.id}"):
        taken_out(packed(tmp_path), bytes(PrivateKey.generate()))


def test_every_cut_is_seen_with_and_without_the_key(tmp_path: Path) -> None:
    file = packed(tmp_path)
    whole = file.read_bytes()
    rng = random.Random(5)
    cuts = {0, 1, 15, 40, 200, len(whole) - 33, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(30))}
    for cut in sorted(cuts):
        file.write_bytes(whole[:cut])
        with pytest.raises(crate.CrateError):
            crate.check_copy(file)
        if cut < len(whole) - 32:  # the last 32 bytes are the check, which a restore does not need
            with pytest.raises(crate.CrateError):
                taken_out(file)


def test_every_changed_byte_is_seen_with_and_without_the_key(tmp_path: Path) -> None:
    file = packed(tmp_path)
    whole = bytearray(file.read_bytes())
    rng = random.Random(6)
    for at in sorted({*range(0, 220, 7), *(rng.randrange(len(whole) - 32) for _ in range(30))}):
        whole[at] ^= 64
        file.write_bytes(whole)
        with pytest.raises(crate.CrateError):
            crate.check_copy(file)
        with pytest.raises(crate.CrateError):
            taken_out(file)
        whole[at] ^= 64


def test_a_forged_check_does_not_help(tmp_path: Path) -> None:
    """Who changes a chunk can write a fitting check behind it: the chunk's own proof still says no."""
    file = packed(tmp_path)
    whole = bytearray(file.read_bytes())
    whole[-2000] ^= 1
    file.write_bytes(whole[:-32] + hashlib.sha256(whole[:-32]).digest())
    crate.check_copy(file)
    with pytest.raises(crate.CrateError, match="damaged at byte"):
        taken_out(file)


def test_swapped_and_dropped_chunks_are_seen(tmp_path: Path) -> None:
    file = packed(tmp_path)
    whole = file.read_bytes()
    chunk = crate.CHUNK_BYTES + 17 + 4
    start = len(whole) - 32 - (17 + 17 + 4) - 3 * chunk
    parts = [whole[start + n * chunk : start + (n + 1) * chunk] for n in range(3)]
    tail = whole[start + 3 * chunk :]
    for order in ([1, 0, 2], [0, 2], [0, 0, 1, 2]):
        file.write_bytes(whole[:start] + b"".join(parts[n] for n in order) + tail)
        with pytest.raises(crate.CrateError):
            taken_out(file)
    file.write_bytes(whole[:start] + b"".join(parts) + tail)
    assert taken_out(file) == CONTENT


def test_another_file_is_no_backup(tmp_path: Path) -> None:
    other = tmp_path / "x.zip"
    other.write_bytes(b"PK\x03\x04" + b"0" * 200)
    for call in (crate.check_copy, crate.header_of, taken_out):
        with pytest.raises(crate.CrateError, match="is no backup of Sonae"):
            call(other)
