"""A real window on a real X server (Xvfb), with a person's keys, mouse and closing."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest

from drill.record.inputs import BUTTON_CROUCH

HERE = Path(__file__).parent
SCENARIO = HERE.parents[2] / "scenarios" / "school-smoke"


@pytest.fixture
def display() -> Iterator[str]:
    if shutil.which("Xvfb") is None or not find_library("X11") or not find_library("Xtst"):
        pytest.skip("a display needs Debian's xvfb, libx11-6 and libxtst6")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "+extension", "GLX", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        number = os.read(read, 16).strip().decode()
        if not number:
            pytest.skip("Xvfb did not start here")
        yield f":{number}"
    finally:
        os.close(read)
        server.terminate()
        server.wait(timeout=10)


def run(arguments: list[str], display: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_person_plays_and_closes_the_window(display: str) -> None:
    done = run([str(HERE / "person_at_window.py"), str(SCENARIO)], display)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["picture"] == [180, 320, 3]
    assert not seen["touched before"]
    assert seen["forward"] == 1.0
    assert seen["forward after"] == 0.0
    assert seen["moved"] > 0.01
    assert seen["crouches"] & BUTTON_CROUCH
    start = math.radians(-70)
    assert seen["turn"] < start - 0.05, "the mouse to the right turns clockwise"
    assert seen["tilt"] > 0.02, "the mouse downwards looks down"
    assert seen["touched"]
    assert not seen["closed before"]
    assert seen["closed"]


def test_without_a_display_the_message_says_how_to_go_on() -> None:
    code = (
        "from drill.view.window import Screen\n"
        "from drill.view.errors import ViewError\n"
        "try: Screen(offscreen=False, size=(64, 64), title='x')\n"
        "except ViewError as error: print(error)\n"
    )
    done = run(["-c", code], ":987")
    assert done.returncode == 0, done.stderr
    assert "--view none" in done.stdout
    assert "--offscreen" in done.stdout
