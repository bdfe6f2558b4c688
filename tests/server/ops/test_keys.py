from __future__ import annotations

import threading
from pathlib import Path

import pytest

from drill.record.sealing import CityKeys, open_from_city, seal_to_city
from server.ops.keys import KeyFileError, city_keys, key_file
from server.settings import Settings


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", database_url="")


def test_the_key_is_made_once_and_opens_what_is_sealed_to_it(here: Settings) -> None:
    private, public = city_keys(here)
    assert city_keys(here) == (private, public)
    assert open_from_city(seal_to_city(b"x", public), private) == b"x"
    assert key_file(here).stat().st_mode & 0o777 == 0o600
    assert [p.name for p in key_file(here).parent.iterdir()] == ["city.key"]


def test_a_key_file_open_to_others_is_refused(here: Settings) -> None:
    city_keys(here)
    key_file(here).chmod(0o644)
    with pytest.raises(KeyFileError, match="mode 644"):
        city_keys(here)


@pytest.mark.parametrize("content", ["", "zz" * 32, "00" * 31, "鍵"])
def test_a_damaged_key_is_never_replaced(here: Settings, content: str) -> None:
    city_keys(here)
    key_file(here).write_text(content, encoding="utf-8")
    with pytest.raises(KeyFileError, match="backup"):
        city_keys(here)
    assert key_file(here).read_text(encoding="utf-8") == content


def test_two_at_once_get_the_same_key(here: Settings) -> None:
    found: list[CityKeys] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append(city_keys(here))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
