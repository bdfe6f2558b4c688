"""What each kind of machine installs: no more than it needs, pinned, and from nowhere in particular."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"


def pinned(name: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", (REQUIREMENTS / name).read_text("utf-8"), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("drill.txt", {"fastapi", "starlette", "uvicorn", "sqlalchemy", "jinja2", "pyside6", "vtk"}),
        ("server.txt", {"panda3d", "jupedsim", "pyside6", "vtk"}),
    ],
)
def test_a_station_has_no_web_framework_and_a_server_no_3d(name: str, unwanted: set[str]) -> None:
    assert not unwanted & pinned(name).keys()


def test_the_check_can_fail() -> None:
    assert {"fastapi", "panda3d"} <= pinned("dev.txt").keys()


@pytest.mark.parametrize("name", ["drill.txt", "server.txt"])
def test_every_machine_gets_what_was_tested(name: str) -> None:
    tested = pinned("dev.txt")
    assert {package: tested.get(package) for package in pinned(name)} == pinned(name)


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.name)
def test_no_address_and_every_pin_hashed(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "://" not in text
    pins = re.findall(r"^[a-z0-9-]+==.*\n(.*)", text, re.MULTILINE)
    assert all(line.strip().startswith("--hash=sha256:") for line in pins)


def test_the_lock_is_of_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for extra, name in (("drill", "drill.txt"), ("server", "server.txt"), ("dev", "dev.txt")):
        asked = project["dependencies"] + project["optional-dependencies"][extra]
        names = {re.split(r"[\[<>=;]", line)[0].strip().lower().replace(".", "-") for line in asked} - {"sonae"}
        assert names <= pinned(name).keys()
