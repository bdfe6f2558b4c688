"""Requirements 7 and 8: which passwords are taken, how they are kept, how few are hashed at a time."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from server.accounts import passwords
from server.accounts.passwords import LONGEST, WAITING, BusyError, Passwords, fault
from server.settings import Settings

GUESSABLE = ["takahashi@city.example", "髙﨑 花子", "防災課", "sonae", "kasou", "架空市"]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", "short"),
        ("asagiri", "short"),
        ("あさぎりの山道", "short"),
        ("mizu nokori", ""),
        ("あさぎりの山道を", ""),
        ("川霧の朝に 三歩さがって見る", ""),
        ("x" * 7 + "yzwv" + "q" * 60, ""),
        ("correct horse battery staple and so on and on " * 5, ""),
        ("abcdefgh " * 29, "long"),
        ("aaaaaaaaaaaa", "simple"),
        ("ababababab", "simple"),
        ("password", "common"),
        ("PASSWORD", "common"),
        ("Password1234!", "common"),
        ("ｐａｓｓｗｏｒｄ", "common"),
        ("iloveyou", "common"),
        ("qwertyuiop", "common"),
        ("1234567890", "common"),
        ("takahashi2026", "guessable"),
        ("Takahashi-City", "guessable"),
        ("sonae-2026-kasou", "guessable"),
        ("架空市架空市2026年", ""),
        ("架空市防災課2026", "guessable"),
        ("髙﨑花子 2026!", "guessable"),
        ("the gym in kasou was cold", ""),
    ],
)
def test_length_protects_and_what_all_would_guess_is_refused(password: str, expected: str) -> None:
    assert fault(password, guessable=GUESSABLE) == expected


def test_no_kind_of_character_is_asked_for() -> None:
    assert fault("nothingbutsmallletters") == ""
    assert fault("83920174658201") == ""


def test_the_common_ones_are_thousands() -> None:
    assert sum(len(one) >= passwords.SHORTEST for one in passwords.common()) >= 3000


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Passwords]:
    made = Passwords(Settings(data_dir=tmp_path, password_memory_mib=19))
    yield made
    made.close()


def test_what_is_kept_is_argon2id_of_at_least_19_mib(small: Passwords, tmp_path: Path) -> None:
    kept = small.hash("川霧の朝に")
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$.+", kept)
    assert found
    assert int(found[1]) >= 19 * 1024
    assert (int(found[2]), int(found[3])) == (2, 1)
    with pytest.raises(ValueError, match="19"):
        Settings(data_dir=tmp_path, password_memory_mib=18)


def test_a_password_holds_however_its_characters_are_composed(small: Passwords) -> None:
    kept = small.hash("がっこう ﾄﾞｱ")
    assert small.holds(kept, "がっこう ドア")
    assert not small.holds(kept, "がっこう とあ")
    assert not small.holds(kept, "がっこう ドア ")


def test_with_nothing_kept_the_same_work_is_done_and_the_answer_is_no(small: Passwords) -> None:
    assert not small.holds("", "川霧の朝に")
    assert not small.holds("no hash at all", "川霧の朝に")
    assert small.checked == 2


def test_a_hash_of_other_settings_is_outdated(small: Passwords) -> None:
    assert not small.is_outdated(small.hash("川霧の朝に"))
    assert small.is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("川霧の朝に"))


def test_no_more_work_at_a_time_than_there_are_workers_and_the_queue_ends(
    small: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, lock = threading.Event(), threading.Lock()
    at_once, most, refused = 0, 0, 0

    def slow(_kept: str, _password: str) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        go.wait(20)
        with lock:
            at_once -= 1
        return True

    monkeypatch.setattr(small, "_verify", slow)

    def one() -> None:
        nonlocal refused
        try:
            small.holds("x", "y")
        except BusyError:
            with lock:
                refused += 1

    room = 2 + WAITING
    threads = [threading.Thread(target=one) for _ in range(room + 5)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while (refused < 5 or most < 2) and time.monotonic() < deadline:
        time.sleep(0.01)
    go.set()
    for thread in threads:
        thread.join(20)
    assert (most, refused) == (2, 5)


def test_a_refusal_says_when_to_come_back() -> None:
    busy = BusyError()
    assert (busy.status, busy.headers) == (503, {"Retry-After": "2"})


def test_a_password_longer_than_any_that_is_taken_is_cut_before_it_costs(small: Passwords) -> None:
    kept = small.hash("x" * LONGEST)
    assert not small.holds(kept, "x" * 100_000)
