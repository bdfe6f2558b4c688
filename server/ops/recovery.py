"""The recovery key: backups are locked to its public half; its private half never stays on the server.

`init` writes the private half once, into a file that a person takes away: on paper (it can be typed in again) or on a
stick in the safe. Whoever steals the server and its backups reads nothing; whoever loses this key cannot restore.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nacl.public import PrivateKey

from drill.ticket import ALPHABET
from server.columns import now
from server.ops.private_file import create_private, read_private, replace_private
from server.settings import Settings

_CHECK: Final = 4
"""Characters that show a slip of the pen."""
_LENGTH: Final = 52 + _CHECK


class RecoveryKeyError(ValueError):
    """A file holds no recovery key, one with a slip in it, or another than is asked for."""


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """The public half. `id` is what files and messages call it: eight hexadecimal digits."""

    public: bytes

    @property
    def id(self) -> str:
        """Eight hexadecimal digits, made from the key."""
        return hashlib.blake2b(self.public, digest_size=4, person=b"sonae recovery").hexdigest()


def public_file(settings: Settings) -> Path:
    """Return where the public half is kept."""
    return settings.data_dir / "keys" / "recovery.pub"


def recovery_key(settings: Settings) -> RecoveryKey | None:
    """Return the public half that backups are locked to, or None before `init`.

    Raises:
        RecoveryKeyError: the file is damaged.
    """
    path = public_file(settings)
    if not path.exists():
        return None
    try:
        public = bytes.fromhex(read_private(path).strip())
    except ValueError:
        public = b""
    if len(public) != 32:
        msg = f"{path} is no public key of 64 hexadecimal digits; make a new pair with `sonae-server recovery-key new`"
        raise RecoveryKeyError(msg)
    return RecoveryKey(public)


def make_recovery_key(settings: Settings, file: Path | None = None) -> tuple[RecoveryKey, Path]:
    """Make a pair: the private half into `file` (in `data_dir` when None), the public half beside the keys.

    A pair that was there is replaced: what was locked to it is still opened by its private half alone.

    Raises:
        FileExistsError: `file` is there; nothing was changed.
    """
    private = PrivateKey.generate()
    key = RecoveryKey(bytes(private.public_key))
    settings.make_data_dir()
    file = file or settings.data_dir / f"recovery-key-{key.id}.txt"
    if not create_private(file, _page(key, bytes(private))):
        msg = f"{file} is there already: name another file; a recovery key is never written over"
        raise FileExistsError(msg)
    replace_private(public_file(settings), key.public.hex() + "\n")
    return key, file


def read_recovery_key(file: Path) -> bytes:
    """Return the private half from the file that `init` wrote, or from one that holds nothing but the typed key.

    Raises:
        RecoveryKeyError: there is no key in it, or it has a slip.
        FileNotFoundError: it is not there.
    """
    text = file.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^\s*key:(.*)$", text, re.MULTILINE | re.IGNORECASE)
    typed = re.sub(r"[\s-]", "", found.group(1) if found else text).upper()
    typed = typed.translate(str.maketrans("OIL", "011"))
    if len(typed) != _LENGTH or set(typed) - set(ALPHABET):
        msg = (
            f"{file} holds no recovery key: it has {_LENGTH} characters in groups of four, and {len(typed)} were found"
        )
        raise RecoveryKeyError(msg)
    value = 0
    for letter in typed[:-_CHECK]:
        value = value * 32 + ALPHABET.index(letter)
    private = (value >> 4).to_bytes(32, "big")
    if _typed(private) != typed:
        msg = f"the recovery key in {file} has a slip: compare it with the paper, letter by letter"
        raise RecoveryKeyError(msg)
    return private


def public_half(private: bytes) -> RecoveryKey:
    """Return the public half of a private one."""
    return RecoveryKey(bytes(PrivateKey(private).public_key))


def _typed(private: bytes) -> str:
    value = int.from_bytes(private, "big") << 4
    letters = "".join(ALPHABET[(value >> shift) & 31] for shift in range(255, -1, -5))
    check = int.from_bytes(hashlib.sha256(private).digest()[:3], "big")
    return letters + "".join(ALPHABET[(check >> shift) & 31] for shift in range(15, -1, -5))


def _page(key: RecoveryKey, private: bytes) -> str:
    typed = _typed(private)
    groups = " ".join(typed[at : at + 4] for at in range(0, _LENGTH, 4))
    return f"""Sonae 復旧鍵 / recovery key

id:   {key.id}
made: {now():%Y-%m-%d}
key:  {groups}

この紙(またはこのファイルの入った USB メモリー)を金庫に入れ、サーバーからは消してください。
これがないとバックアップから復旧できません。この鍵を持つ人は、バックアップの中身をすべて読めます。
Print this page or put it on a stick, keep it in the safe, and delete it from the server.
Without it no backup can be restored; whoever holds it can read every backup.
"""
