"""The cache of made things: bounded, old versions go, and nothing else is touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from drill.view.cache import FAMILIES, IN_USE_S, cache_folder, tidy, used

NOW = 1_000_000_000.0
Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Lay a file of a size into the cache, last used some seconds ago."""

    def lay(name: str, *, size: int = 10, ago_s: float = 0.0) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        os.utime(path, (NOW - ago_s, NOW - ago_s))
        return path

    return lay


def version(family: str, letter: str) -> str:
    return f"{family}-{letter * 16}"


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, put: Put) -> None:
    files = [put(f"{version('sound', 'a')}/{i}.wav", size=100, ago_s=60.0 * (9 - i)) for i in range(10)]
    light = put(f"{version('light', 'b')}/room.npz", size=100, ago_s=1000.0)
    gone = tidy(tmp_path, most_bytes=450, now_s=NOW)
    assert gone == [light, *files[:6]]
    assert [f.exists() for f in files] == [False] * 6 + [True] * 4
    assert sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file()) <= 450


def test_what_fits_stays(tmp_path: Path, put: Put) -> None:
    """The control of the bound: with room enough nothing goes, however long it was not used."""
    put(f"{version('sound', 'a')}/x.wav", ago_s=1e8)
    assert tidy(tmp_path, now_s=NOW) == []


def test_use_keeps_a_file(tmp_path: Path, put: Put) -> None:
    old, new = (put(f"{version('sound', 'a')}/{n}.wav", size=100, ago_s=ago) for n, ago in (("old", 9.0), ("new", 5.0)))
    used(old)
    assert tidy(tmp_path, most_bytes=100, now_s=NOW) == [new]
    assert old.exists()


@pytest.mark.parametrize("family", FAMILIES)
def test_an_older_version_goes_once_nobody_uses_it(tmp_path: Path, put: Put, family: str) -> None:
    current = put(f"{version(family, 'a')}/x")
    old = put(f"{version(family, 'b')}/x", ago_s=IN_USE_S + 1)
    playing = put(f"{version(family, 'c')}/x", ago_s=IN_USE_S - 1)
    assert tidy(tmp_path, now_s=NOW) == [old]
    assert not old.parent.exists()
    assert current.exists()
    assert playing.exists(), "a drill of the other version may still be going on"


def test_the_files_of_the_first_versions_go(tmp_path: Path, put: Put) -> None:
    first = put(f"{version('light', 'a')}.npz", ago_s=IN_USE_S + 1)
    put(f"{version('light', 'b')}/x.npz")
    assert tidy(tmp_path, now_s=NOW) == [first]


def test_what_is_not_ours_is_never_touched(tmp_path: Path, put: Put) -> None:
    names = (
        "notes.txt",
        "sound/x.wav",
        "light-short/x.npz",
        "photos-aaaaaaaaaaaaaaaa/x",
        "surfaces-AAAAAAAAAAAAAAAA/x",
    )
    foreign = [put(name, size=1000, ago_s=1e8) for name in names]
    outside = put("elsewhere/precious", size=1000, ago_s=1e8)
    link = tmp_path / version("sound", "d")
    link.symlink_to(outside.parent, target_is_directory=True)
    put(f"{version('sound', 'a')}/x.wav", size=10)
    tidy(tmp_path, most_bytes=5, now_s=NOW)
    assert all(path.exists() for path in (*foreign, outside, link))


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert tidy(tmp_path / "nowhere") == []


def test_a_person_may_name_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONAE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("SONAE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == tmp_path / "other" / "sonae"
