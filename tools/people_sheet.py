"""Contact sheets of the figures: everybody in every pose, in a gym's light, to be looked at.

Usage: `tools/people_sheet.py FOLDER [--size WIDTHxHEIGHT] [SHEET ...]`; sheets are `kinds`, `poses`, `faces`, `walk`,
`own` and `near`. Writes one PNG a sheet.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from drill.hazards.picture import WaterPicture
from drill.people.state import BodyState, Posture
from drill.record.inputs import Pose
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.frame import CrowdState, DoorState, Frame, ResidentState
from drill.view.people.looks import KINDS, Kind
from drill.view.people.manners import Manners
from drill.view.people.motion import Motion
from drill.view.people.poses import Hands, Stance
from drill.view.scene import Moment, Scene
from drill.view.window import Screen, to_png

ROOT: Final = Path(__file__).resolve().parents[1]
MIDDLE: Final = (18.0, 10.0)
HEIGHTS: Final[dict[Kind, float]] = {
    "small": 1.14,
    "pupil": 1.36,
    "teacher": 1.66,
    "adult": 1.70,
    "elder": 1.55,
    "cane": 1.52,
    "wheelchair": 1.62,
    "pregnant": 1.60,
}
ACTS: Final[tuple[tuple[str, Stance, Hands | None, tuple[int, ...]], ...]] = (
    ("stand", Stance.STAND, None, ()),
    ("wade", Stance.STAND, Hands.WADE, (0, 1)),
    ("wave", Stance.STAND, Hands.WAVE, (1,)),
    ("call", Stance.STAND, Hands.CALL, (0, 1)),
    ("talk", Stance.STAND, Hands.TALK, (0,)),
    ("rail", Stance.STAND, Hands.RAIL, (0,)),
    ("beckon", Stance.STAND, Hands.BECKON, (1,)),
    ("stoop", Stance.STOOP, Hands.CLOTH, (1,)),
    ("crouch", Stance.CROUCH, None, ()),
    ("crawl", Stance.CRAWL, None, ()),
    ("cover", Stance.COVER, None, ()),
    ("sit", Stance.SIT, None, ()),
    ("slump", Stance.SLUMP, None, ()),
    ("run", Stance.STAND, Hands.RUN, (0, 1)),
)


def head_at(x: float, y: float, z: float, yaw: float, pitch: float) -> Pose:
    """Return eyes at a place that look by yaw and pitch (down is negative), radians."""
    cy, sy, cp, sp = math.cos(yaw / 2), math.sin(yaw / 2), math.cos(pitch / 2), math.sin(pitch / 2)
    return Pose(x, y, z, qx=sy * sp, qy=-cy * sp, qz=sy * cp, qw=cy * cp)


def resident_at(head: Pose, yaw: float, feet_z: float = 0.0, **given: Any) -> ResidentState:
    """Return a resident whose eyes are at `head`."""
    values: dict[str, Any] = {
        "feet": (head.x, head.y, feet_z),
        "floor": 0,
        "yaw_rad": yaw,
        "head": head,
        "left": None,
        "right": None,
        "speed_mps": 0.0,
        "posture": Posture.STANDING,
        "state": BodyState.MOVING,
        "depth_m": 0.0,
        "flow_mps": 0.0,
        "extinction_per_m": 0.0,
        "visibility_m": 30.0,
        "fed": 0.0,
        "speed_factor": 1.0,
    }
    return ResidentState(**(values | given))


def crowd_at(places: Sequence[tuple[float, float]], heights: Sequence[float], **given: Any) -> CrowdState:
    """Return people at places who face -x and wait."""
    n = len(places)
    values: dict[str, Any] = {
        "id": np.arange(n, dtype=np.uint16),
        "xy": np.array(places, np.float64).reshape(n, 2),
        "z": np.zeros(n),
        "floor": np.zeros(n, np.int8),
        "heading": np.tile(np.array([-1.0, 0.0], np.float32), (n, 1)),
        "speed": np.zeros(n, np.float32),
        "state": np.full(n, BodyState.WAITING, np.uint8),
        "posture": np.full(n, Posture.STANDING, np.uint8),
        "height_m": np.array(heights, np.float32),
    }
    return CrowdState(**(values | given))


class Studio:
    """A gym with people and a camera."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.scenario: Scenario = load_scenario(ROOT / "scenarios" / "gym-flood")
        self.screen = Screen(offscreen=True, size=size, title="Sonae", samples=4)
        self.scene = Scene(self.scenario.site, self.screen)

    def fresh(self, kinds: dict[int, Kind]) -> None:
        """Begin with nobody known but the kinds given."""
        people = self.scene.people
        people._kinds, people._motion = kinds, Motion()
        people._tall[:] = -1.0

    def pose(self, change: Callable[[Manners], None] | None) -> None:
        """Let `change` say what everybody wants to do, in place of their own manners."""
        motion = self.scene.people._motion
        if change is None:
            return
        think = motion._think

        def thought(seen: Any) -> Manners:
            wanted = think(seen)
            change(wanted)
            return wanted

        motion._think = thought  # type: ignore[method-assign]

    def frame(self, crowd: CrowdState, resident: ResidentState, t_s: float, hazards: tuple[Any, ...] = ()) -> Frame:
        """Return a frame of the gym at a time."""
        return Frame(
            tick=round(t_s * 60),
            t_s=t_s,
            resident=resident,
            crowd=crowd,
            doors=tuple(DoorState(d.id, 0.0) for d in self.scenario.site.doors),
            hazards=hazards,
            warning_level=0,
            warning="",
            subtitles=(),
            prompt=None,
            events=(),
            ended="",
        )

    def show(self, crowd: CrowdState, head: Pose, yaw: float, t_s: float, **given: Any) -> None:
        """Set the scene to a moment."""
        hazards = given.pop("hazards", ())
        resident = given.pop("resident", None) or resident_at(head, yaw)
        frame = self.frame(crowd, resident, t_s, hazards)
        self.scene.show(Moment(frame, t_s, head, crowd.xy, crowd.z))

    def png(self) -> bytes:
        """Draw, and return the picture as a PNG file."""
        self.screen.render()
        self.screen.render()
        return to_png(self.screen.picture())


def kinds(studio: Studio) -> None:
    """Two people of each kind in two rows."""
    places = [(MIDDLE[0] + 0.9 * row, MIDDLE[1] + 0.62 * (k - 3.5) + 0.31 * row) for row in (0, 1) for k in range(8)]
    names = [KINDS[k] for _ in (0, 1) for k in range(8)]
    studio.fresh(dict(enumerate(names)))
    crowd = crowd_at(places, [HEIGHTS[k] + 0.03 * (i % 3) for i, k in enumerate(names)])
    head = head_at(MIDDLE[0] - 3.7, MIDDLE[1], 1.35, 0.0, -0.13)
    for t in (0.0, 0.3, 0.6):
        studio.show(crowd, head, 0.0, 10.0 + t)


def poses(studio: Studio) -> None:
    """Everything that bodies and hands do, seen half from the side."""
    n = len(ACTS)
    places = [(MIDDLE[0] + 1.25 * (k // 7), MIDDLE[1] + 0.95 * (k % 7 - 3) + 0.45 * (k // 7)) for k in range(n)]
    every: list[Kind] = ["adult", "pupil", "teacher", "pupil", "adult", "small", "teacher"]
    names = [every[k % 7] for k in range(n)]
    studio.fresh(dict(enumerate(names)))

    def act(wanted: Manners) -> None:
        wanted.stance[:n], wanted.hands[:, :n] = 0.0, 0.0
        wanted.gaze[:n] = np.nan
        for i, (_, stance, hand, which) in enumerate(ACTS):
            wanted.stance[i, stance] = 1.0
            for side in which:
                wanted.hands[side, i, hand] = 1.0

    studio.pose(act)
    angle = 2.5
    heading = np.tile(np.array([math.cos(angle), math.sin(angle)], np.float32), (n, 1))
    crowd = crowd_at(places, [HEIGHTS[k] for k in names], heading=heading)
    head = head_at(MIDDLE[0] - 4.6, MIDDLE[1], 1.6, 0.0, -0.16)
    for t in (0.0, 0.3, 0.6):
        studio.show(crowd, head, 0.0, 10.0 + t)


def faces(studio: Studio) -> None:
    """Six people at 1.2 m: alive?"""
    names: list[Kind] = ["pupil", "adult", "elder", "small", "teacher", "pupil"]
    places = [(MIDDLE[0], MIDDLE[1] + 0.34 * (k - 2.5)) for k in range(6)]
    studio.fresh({i + 3: k for i, k in enumerate(names)})
    heights = [HEIGHTS[k] for k in names]
    level = [1.32 - 0.92 * h for h in heights]

    def look(wanted: Manners) -> None:
        wanted.gaze[:6] = (MIDDLE[0] - 1.25, MIDDLE[1], 1.32)
        wanted.talking[:6] = (0.0, 0.6, 0.0, 1.0, 0.0, 0.0)
        wanted.glad[:6] = (0.6, 0.2, 0.4, 0.0, 0.0, 0.0)
        wanted.worried[:6] = (0.0, 0.0, 0.1, 0.2, 0.9, 0.5)
        wanted.hands[:] = 0.0

    studio.pose(look)
    crowd = crowd_at(places, heights, id=np.arange(3, 9, dtype=np.uint16), z=np.array(level))
    head = head_at(MIDDLE[0] - 1.05, MIDDLE[1], 1.30, 0.0, 0.0)
    for t in (0.0, 0.3, 0.6):
        studio.show(crowd, head, 0.0, 11.0 + t)


def walk(studio: Studio) -> None:
    """People on their way at several speeds, from the side."""
    names: list[Kind] = ["pupil", "adult", "elder", "small", "teacher", "cane", "adult", "pupil"]
    n, speeds = len(names), np.array([0.9, 1.25, 0.8, 1.1, 1.6, 0.6, 2.8, 2.2])
    studio.fresh(dict(enumerate(names)))
    head = head_at(MIDDLE[0], MIDDLE[1] - 4.6, 1.45, math.pi / 2, -0.14)
    heading = np.tile(np.array([1.0, 0.0], np.float32), (n, 1))
    for i in range(91):
        t = i / 60.0
        xy = [
            (MIDDLE[0] + 1.05 * (k % 4 - 1.5) + 0.5 * (k // 4) + speeds[k] * (t - 1.5), MIDDLE[1] + 1.3 * (k // 4))
            for k in range(n)
        ]
        state = np.full(n, BodyState.MOVING, np.uint8)
        crowd = crowd_at(xy, [HEIGHTS[k] for k in names], heading=heading, speed=speeds.astype(np.float32), state=state)
        studio.show(crowd, head, math.pi / 2, 20.0 + t)


def own(studio: Studio) -> None:
    """The resident's own body, looking down on a walk."""
    studio.fresh({})
    for i in range(70):
        t = i / 60.0
        x = MIDDLE[0] + 1.1 * t
        head = head_at(x, MIDDLE[1], 1.5, 0.0, -1.05)
        studio.show(crowd_at([(x + 2.0, MIDDLE[1] + 0.8)], [1.3]), head, 0.0, 30.0 + t)


def near(studio: Studio) -> None:
    """A class that wades to the door, seen from among them."""
    studio.fresh({})
    rng = np.random.default_rng(4)
    n = 24
    start = np.column_stack([rng.uniform(-1.0, 8.0, n), rng.uniform(-3.5, 3.5, n)]) + MIDDLE
    speed = rng.uniform(0.4, 0.9, n)
    way = np.array([0.92, 0.39])
    heading = np.tile(way.astype(np.float32), (n, 1))
    heights = rng.uniform(1.15, 1.48, n)
    heights[:3] = (1.68, 1.74, 1.62)
    water = (WaterPicture("indoor", ("hall",), 0.38, (0.2, 0.1), 8.0, (0.30, 0.22, 0.13)),)
    head = head_at(MIDDLE[0] - 1.6, MIDDLE[1], 1.5, 0.15, -0.16)
    for i in range(100):
        t = i / 60.0
        xy = start + way * (speed * t)[:, None]
        state = np.where(np.arange(n) < 18, BodyState.MOVING, BodyState.SAFE).astype(np.uint8)
        crowd = crowd_at([tuple(p) for p in xy], heights, heading=heading, speed=speed.astype(np.float32), state=state)
        studio.show(crowd, head, 0.15, 40.0 + t, hazards=water)


SHEETS: Final[dict[str, Callable[[Studio], None]]] = {
    "kinds": kinds,
    "poses": poses,
    "faces": faces,
    "walk": walk,
    "own": own,
    "near": near,
}


def main() -> None:
    """Draw the sheets that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheets", nargs="*", default=list(SHEETS))
    parser.add_argument("--size", default="1280x720")
    given = parser.parse_args()
    width, height = (int(v) for v in given.size.split("x"))
    given.folder.mkdir(parents=True, exist_ok=True)
    for name in given.sheets:
        studio = Studio((width, height))
        SHEETS[name](studio)
        (given.folder / f"{name}.png").write_bytes(studio.png())
        studio.screen.close()


if __name__ == "__main__":
    main()
