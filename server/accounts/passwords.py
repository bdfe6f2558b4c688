"""Passwords of staff: which are taken, how they are kept, and how few are hashed at a time.

Length is what protects (NIST SP 800-63B, ASVS 5.0 6.2): 8 characters at least, 15 or more recommended, no rules about
kinds of characters, no change without cause. What everybody would guess first is refused. Kept is an Argon2id hash.

Hashing takes a processor for a while by design. It is done by a few workers of low priority, so that a rush of
sign-ins, or somebody who tries passwords, never slows the pages; who finds the queue full is asked to try again.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import FastAPI

from server.errors import Refused
from server.settings import Settings

SHORTEST: Final = 8
RECOMMENDED: Final = 15
LONGEST: Final = 256
COMMON: Final = 3000
"""How many of the most frequent passwords that could be taken at all are refused (ASVS 5.0 6.2.4)."""
FEWEST_DIFFERENT: Final = 4
WAITING: Final = 16
"""How many may wait for a worker: fewer than the threads that serve pages, so that these are never all waiting."""
TIME_COST: Final = 2
LOW_PRIORITY: Final = 15

_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
Result = TypeVar("Result")


class BusyError(Refused):
    """So many passwords are being checked that this one would wait too long."""

    def __init__(self) -> None:
        super().__init__(
            "サインインが混み合っています。少し待って、もう一度試してください。",
            "Many people are signing in just now. Wait a moment and try again.",
            status=503,
            code="busy",
            headers={"Retry-After": "2"},
        )


def normal(password: str) -> str:
    """Return a password as it is hashed: NFKC, so that two keyboards that compose characters differently agree."""
    return unicodedata.normalize("NFKC", password)


def fault(password: str, *, guessable: Iterable[str] = ()) -> str:
    """Return why a new password is not taken: `short`, `long`, `simple`, `common`, `guessable`; "" when it is.

    Args:
        password: as typed.
        guessable: words that whoever knows the person or the city would try: login, name, city.
    """
    text = normal(password)
    if len(text) < SHORTEST:
        return "short"
    if len(text) > LONGEST:
        return "long"
    if len(set(text)) < FEWEST_DIFFERENT:
        return "simple"
    folded = text.casefold()
    core = _ENDS.sub("", folded)
    if folded in common() or (core and core in common()):
        return "common"
    words = {part for word in guessable for part in _parts(word)}
    return "guessable" if _is_made_of(core or folded, words) else ""


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """Return the most frequent passwords, in small letters."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - large, and only needed when one is chosen

    frequent: list[str] = FREQUENCY_LISTS["passwords"]
    long_enough = [one for one in frequent if len(one) >= SHORTEST]
    return frozenset(frequent[:COMMON]) | frozenset(long_enough[:COMMON])


def _parts(word: str) -> set[str]:
    """Return what somebody would make a password of, from a login, a name or a city."""
    folded = normal(word).casefold()
    found = {folded, *re.split(r"[\W_]+", folded)}
    return {one for one in found if len(one) >= (3 if one.isascii() else 2)}


def _is_made_of(text: str, words: set[str]) -> bool:
    """Tell whether nothing but these words, digits and signs is in a text."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return bool(words) and not re.sub(r"[\W\d_]+", "", text)


class Passwords:
    """Hashes and checks passwords, a few at a time. One for an app; `close()` ends its workers."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(
            time_cost=TIME_COST, memory_cost=settings.password_memory_mib * 1024, parallelism=1
        )
        self._workers = ThreadPoolExecutor(
            settings.password_workers, thread_name_prefix="password", initializer=_yield_to_pages
        )
        self._places = threading.BoundedSemaphore(settings.password_workers + WAITING)
        self._unknown = self._hasher.hash(secrets.token_hex(16))
        self.checked = 0
        """Hashes made so far for checking: what shows that a known and an unknown login cost the same."""

    def hash(self, password: str) -> str:
        """Return what is kept of a password. Raise BusyError when too many wait."""
        return self._work(lambda: self._hasher.hash(normal(password)))

    def holds(self, kept: str, password: str) -> bool:
        """Tell whether a password is the one that was kept.

        With nothing kept (an unknown login, an account without password) it takes as long and says no.

        Raises:
            BusyError: too many wait.
        """
        right = self._work(lambda: self._verify(kept or self._unknown, password))
        return right and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other settings than today's: then it is made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """End the workers."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _verify(self, kept: str, password: str) -> bool:
        self.checked += 1
        with suppress(VerificationError, InvalidHashError):
            return self._hasher.verify(kept, normal(password[: LONGEST + 1]))
        return False

    def _work(self, job: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            return self._workers.submit(job).result()
        finally:
            self._places.release()


def of_app(app: FastAPI) -> Passwords:
    """Return the app's; the accounts' lifespan made it."""
    made: Passwords = app.state.passwords
    return made


def _yield_to_pages() -> None:
    """Let this worker have only what processor time the pages leave; where the system cannot, all share alike."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
