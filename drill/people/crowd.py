"""The crowd: who they are, when they set out, where they walk, and what becomes of them.

Movement is JuPedSim's, one `Level` for each connected piece of each floor, steered along our own flow field.
Doors shut in the flow field and never in the geometry, which JuPedSim refuses to cut in two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from drill import CROWD_EVERY, TICK_S
from drill.hazards.exposure import Exposure
from drill.people.bodies import Bodies
from drill.people.covering import Covering
from drill.people.crowd_state import CrowdState
from drill.people.draws import draw
from drill.people.level import Level
from drill.people.lowering import Lowering
from drill.people.placement import place
from drill.people.profiles import PROFILES
from drill.people.refuge import StandingRoom
from drill.people.routes import Routes
from drill.people.stairs import stair_factor
from drill.people.state import BodyState
from drill.people.stuck import STUCK_AFTER_S, STUCK_M, Stuck
from drill.scenario.model import ScenarioModel, Smoke
from drill.scenario.scenario import Scenario
from drill.site.ground import Ground

STEP_S: Final = CROWD_EVERY * TICK_S
STEER_EVERY: Final = 5
"""Steps between two looks of everybody at the way (4 Hz): one call for all costs far less than many for few."""
THINK_EVERY: Final = 20
CHOOSE_PARTS: Final = 5
"""Every THINK_EVERY steps (1 s) one of CHOOSE_PARTS parts of the people thinks about which refuge to take."""
LOOK_AHEAD_M: Final = (1.0, 0.6, 0.3)
"""A person steers to the furthest of these points ahead that is in sight."""
LEAST_LEVEL_M2: Final = 0.5
SAFE_SPEED_SHARE: Final = 0.6
"""People walk to a standing place in a refuge at this share of their speed; ours."""
LEAST_SPEED_CHANGE_MPS: Final = 0.002
"""Writing a speed costs as much as moving a person: smaller changes wait."""
HELD_MPS: Final = 0.1
HELD_AFTER_S: Final = 1.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Place = tuple[float, float]


class Crowd:
    """N people, numbered from 0 in the order of the scenario's groups. Arrays have N rows, whoever has left.

    Attributes:
        bodies: the people's bodies.
        xy: places, (N, 2), metres.
        z: heights of the soles, (N,), metres.
        floor: index of the floor, (N,).
        group: index of each person's group in the scenario, (N,).
        pre_movement_s: time from the group's warning or cue to setting out, (N,), seconds.
        arrived_s: run time at which each person reached a refuge, (N,), nan until then.
    """

    def __init__(
        self,
        scenario: Scenario,
        ground: Ground,
        rng: np.random.Generator,
        *,
        closed_doors: Collection[str] = (),
        profile: str | None = None,
        covering: Covering | None = None,
    ) -> None:
        """Draw the people and place them.

        Args:
            scenario: the scenario.
            ground: its site's ground.
            rng: source of chance; the same state gives the same people.
            closed_doors: ids of the doors that are shut at the start.
            profile: name of a crowd profile in place of the scenario's.
            covering: how they take cover while it shakes; None where nothing does.

        Raises:
            ValueError: a group does not fit in its zone, or the profile is unknown.
        """
        name = profile or scenario.model.crowd.profile
        if name not in PROFILES:
            msg = f"crowd profile {name!r} is unknown; there are {', '.join(PROFILES)}"
            raise ValueError(msg)
        self._ground = ground
        self._profile = PROFILES[name]
        self._closed = frozenset(closed_doors)
        self._doors = {door.id: door for door in ground.site.doors}
        self._after: list[str | None] = []
        self._draw(scenario.model, rng)
        n = len(self.bodies)
        self.z = ground.z(self.floor, self.xy)
        self.arrived_s = np.full(n, np.nan)
        self._step = 0
        self._heading = np.tile(np.array([1.0, 0.0]), (n, 1))
        self._speed = np.zeros(n)
        self._stair = np.ones(n)
        self._written = np.zeros(n)
        self._way = np.zeros((n, 2))
        self._slow_since = np.full(n, np.inf)
        self._stuck = Stuck(n)
        self._standing: dict[int, StandingRoom] = {}
        self._place_to_stand: dict[int, Place] = {}
        self._lowering = Lowering(n)
        self._covering = covering
        self._levels = [self._cut(floor.index) for floor in ground.site.floors]
        self._level_of: list[Level | None] = [None] * n
        self._absent: list[int] = list(range(n))
        self._enter_absent()
        self._routes.choose(
            np.arange(n), floor=self.floor, xy=self.xy, speed=self.bodies.speed(), moving=np.zeros(n, np.bool_)
        )

    def __len__(self) -> int:
        return len(self.bodies)

    @property
    def nudges(self) -> list[tuple[float, int]]:
        """Run time (s) and number of everybody who was stuck and nudged."""
        return self._stuck.nudges

    def _draw(self, model: ScenarioModel, rng: np.random.Generator) -> None:
        site, zones = self._ground.site, {zone.id: zone for zone in self._ground.site.zones}
        refuges = {refuge.id: n for n, refuge in enumerate(site.refuges)}
        columns: dict[str, list[Floats]] = {k: [np.empty(0)] for k in ("speed", "height", "mass", "wait")}
        xy: list[Floats] = [np.empty((0, 2))]
        floor: list[int] = []
        group: list[int] = []
        assigned: list[int] = []
        for number, part in enumerate(model.crowd.groups):
            zone = zones[part.zone]
            region = zone.polygon.intersection(self._ground.walkable(zone.floor))
            here = np.array([f == zone.floor for f in floor], np.bool_)
            xy.append(
                place(
                    region,
                    n=part.n,
                    radius_m=self._profile.radius_m,
                    taken=np.concatenate(xy)[here],
                    rng=rng,
                    name=f"group {part.id!r} in zone {part.zone!r}",
                )
            )
            columns["speed"].append(draw(part.speed_mps, n=part.n, rng=rng))
            columns["height"].append(draw(part.height_m, n=part.n, rng=rng))
            columns["mass"].append(np.full(part.n, float(part.mass_kg)))
            columns["wait"].append(np.maximum(draw(part.pre_movement_s, n=part.n, rng=rng), 0.0))
            floor += [zone.floor] * part.n
            group += [number] * part.n
            assigned += [-1 if part.leads_to is None else refuges[part.leads_to]] * part.n
            self._after += [part.after] * part.n
        smoke = next((h.speed_model for h in model.hazards if isinstance(h, Smoke)), "fridolf")
        self.xy = np.concatenate(xy)
        self.floor = np.array(floor, np.int64)
        self.group = np.array(group, np.int64)
        self.pre_movement_s = np.concatenate(columns["wait"])
        self.bodies = Bodies.of(
            height_m=np.concatenate(columns["height"]),
            mass_kg=np.concatenate(columns["mass"]),
            walking_speed_mps=np.concatenate(columns["speed"]),
            state=BodyState.WAITING,
            smoke_model=smoke,
        )
        self._routes = Routes(self._ground, assigned=np.array(assigned, np.int64), closed_doors=self._closed)

    def _cut(self, floor: int) -> list[Level]:
        ground = self._ground.walkable(floor)
        pieces = [p for p in shapely.get_parts(ground) if isinstance(p, Polygon) and p.area >= LEAST_LEVEL_M2]
        return [Level(piece, profile=self._profile, dt=STEP_S) for piece in pieces]

    def _level_at(self, floor: int, xy: Floats) -> Level | None:
        return next((level for level in self._levels[floor] if level.holds(xy[None])[0]), None)

    def _enter_absent(self) -> None:
        """Put in those whom JuPedSim does not hold at present, at their place or as near as it lets them."""
        still = []
        for person in self._absent:
            level = self._level_at(int(self.floor[person]), self.xy[person])
            entered = False
            for ring in (0.0, 0.1, 0.2, 0.3):
                for turn in range(1 if ring == 0.0 else 8):
                    angle = turn * np.pi / 4
                    x = float(self.xy[person, 0] + ring * np.cos(angle))
                    y = float(self.xy[person, 1] + ring * np.sin(angle))
                    entered = level is not None and level.add(person, (x, y), speed_mps=0.0)
                    if entered:
                        break
                if entered:
                    break
            if entered:
                self._level_of[person] = level
                self._written[person] = 0.0
            else:
                still.append(person)
        self._absent = still

    def set_closed_doors(self, closed_doors: Collection[str]) -> None:
        """Shut exactly these doors: everybody finds the way anew."""
        closed = frozenset(closed_doors)
        if closed != self._closed:
            self._closed = closed
            self._routes.close(closed)

    def feet(self) -> Floats:
        """Return the places of the soles, shape (N, 3), metres."""
        return np.column_stack((self.xy, self.z))

    def eye_z(self) -> Floats:
        """Return the height of the eyes in site axes, shape (N,), metres."""
        eyes: Floats = self.z + self.bodies.eye_height()
        return eyes

    def others(self, floor: int) -> Floats:
        """Return the places (M, 2) of everybody who is on a floor now."""
        present: Floats = self.xy[(self.floor == floor) & (self.bodies.state != BodyState.GONE)]
        return present

    def step(
        self,
        *,
        t: float,
        exposure: Exposure,
        happened: Mapping[str, float],
        resident: tuple[int, Place] | None = None,
    ) -> None:
        """Advance by `STEP_S`.

        Args:
            t: run time at the end of the step, seconds.
            exposure: what hazards do to the N people (`feet`, `eye_z`, `floor` tell where they are).
            happened: run time at which each warning, cue or event happened, by id, so far.
            resident: floor and place of the resident, if the crowd is to see one.
        """
        self._step += 1
        self.bodies.suffer(exposure, STEP_S)
        self._lowering.update(self.bodies, extinction_per_m=exposure.extinction_per_m, t=t)
        self._set_out(t, happened)
        if self._covering is not None:
            felt = exposure.shaking_intensity.astype(np.float64)
            self._covering.update(self.bodies, intensity=felt, floor=self.floor, xy=self.xy, t=t)
        state = self.bodies.state
        walking = (state == BodyState.MOVING) | (state == BodyState.HELD)
        self._think(walking, t)
        if self._step % STEER_EVERY == 0:
            self._steer(np.flatnonzero(walking), t)
        wanted = self._wanted_speeds(walking)
        changed = (np.abs(wanted - self._written) > LEAST_SPEED_CHANGE_MPS) | ((wanted == 0) != (self._written == 0))
        for person in np.flatnonzero(changed):
            level = self._level_of[person]
            if level is not None:
                level.set_speed(int(person), float(wanted[person]))
                self._written[person] = wanted[person]
        before, floor_before = self.xy.copy(), self.floor.copy()
        for floor, levels in enumerate(self._levels):
            for level in levels:
                level.follow(resident[1] if resident is not None and resident[0] == floor else None)
                if len(level):
                    level.iterate()
                    people, xy = level.read()
                    self.xy[people] = xy
        self._stop_at_shut_doors(before, floor_before)
        self._change_floors(t)
        self._enter_absent()
        self.z = self._ground.z(self.floor, self.xy)
        moved = self.xy - before
        self._speed = np.hypot(moved[:, 0], moved[:, 1]) / STEP_S
        turned = self._speed > HELD_MPS
        self._heading[turned] = moved[turned] / (self._speed[turned, None] * STEP_S)
        self._hold(walking, t)
        self._arrive(walking, t)

    def _set_out(self, t: float, happened: Mapping[str, float]) -> None:
        waiting = np.flatnonzero(self.bodies.state == BodyState.WAITING)
        if len(waiting) == 0 or not happened:
            return
        first = min(happened.values())
        for person in waiting:
            after = self._after[person]
            since = first if after is None else happened.get(after)
            if since is not None and t >= since + self.pre_movement_s[person] - 1e-9:
                self.bodies.state[person] = BodyState.MOVING
                self._stuck.set_out(int(person), t)
                self._steer(np.array([person]), t)

    def _wanted_speeds(self, walking: npt.NDArray[np.bool_]) -> Floats:
        able = self.bodies.speed()
        wanted = np.where(walking & (self._way != 0).any(axis=1), able * self._stair, 0.0)
        for person, (x, y) in self._place_to_stand.items():
            if self.bodies.state[person] == BodyState.SAFE:
                away = float(np.hypot(x - self.xy[person, 0], y - self.xy[person, 1]))
                wanted[person] = min(able[person] * SAFE_SPEED_SHARE, max(0.0, away - 0.1) / STEP_S)
        return wanted

    def _think(self, walking: npt.NDArray[np.bool_], t: float) -> None:
        """Once a second: a part of the people think about their refuge, and who is stuck is noticed."""
        if self._step % THINK_EVERY:
            return
        mine = np.arange(len(self)) % CHOOSE_PARTS == self._step // THINK_EVERY % CHOOSE_PARTS
        self._routes.choose(
            np.flatnonzero(walking & mine), floor=self.floor, xy=self.xy, speed=self.bodies.speed(), moving=walking
        )
        self._notice_stuck(np.flatnonzero(walking), t)

    def _steer(self, people: Ints, t: float) -> None:
        """Let `people` look at the way and choose a target ahead."""
        if len(people) == 0:
            return
        way = self._routes.direction(people, floor=self.floor, xy=self.xy)
        self._way[people] = way
        self._stair[people] = stair_factor(self._ground, floor=self.floor[people], xy=self.xy[people], heading=way)
        way = self._stuck.aside(way, people, t)
        points = self.xy[people][:, None, :] + way[:, None, :] * np.array(LOOK_AHEAD_M)[None, :, None]
        rows_of: dict[int, list[int]] = {}
        levels: dict[int, Level] = {}
        for row, person in enumerate(people):
            level = self._level_of[person]
            if level is not None:
                rows_of.setdefault(id(level), []).append(row)
                levels[id(level)] = level
        for key, rows in rows_of.items():
            levels[key].steer_ahead(people[rows], self.xy[people[rows]], points[rows])

    def _notice_stuck(self, people: Ints, t: float) -> None:
        metres = self._routes.distance(people, floor=self.floor, xy=self.xy)
        able = (self._way[people] != 0).any(axis=1) & (self.bodies.speed()[people] * STUCK_AFTER_S > 2 * STUCK_M)
        self._stuck.notice(people, metres=metres, able=able, xy=self.xy, floor=self.floor, t=t)

    def _stop_at_shut_doors(self, before: Floats, floor: Ints) -> None:
        """Put back those whom the press of others carried through a shut door."""
        for name in sorted(self._closed):
            door = self._doors[name]
            (px, py), (qx, qy) = door.line.coords
            here = np.flatnonzero(floor == door.floor)
            a, b = before[here], self.xy[here]
            side_a = (qx - px) * (a[:, 1] - py) - (qy - py) * (a[:, 0] - px)
            side_b = (qx - px) * (b[:, 1] - py) - (qy - py) * (b[:, 0] - px)
            crossed = (side_a > 0) != (side_b > 0)
            if not crossed.any():
                continue
            here, a, b, side_a, side_b = here[crossed], a[crossed], b[crossed], side_a[crossed], side_b[crossed]
            at = a + (side_a / (side_a - side_b))[:, None] * (b - a)
            along = (at[:, 0] - px) * (qx - px) + (at[:, 1] - py) * (qy - py)
            for person in here[(along >= 0) & (along <= (qx - px) ** 2 + (qy - py) ** 2)]:
                level = self._level_of[person]
                if level is not None:
                    level.remove(int(person))
                    self._level_of[person] = None
                    self._absent.append(int(person))
                self.xy[person] = before[person]

    def _change_floors(self, t: float) -> None:
        settled = self._ground.settle(self.floor, self.xy)
        for person in np.flatnonzero(settled != self.floor):
            old = self._level_of[person]
            new = self._level_at(int(settled[person]), self.xy[person])
            if old is None or new is None:
                continue
            place = (float(self.xy[person, 0]), float(self.xy[person, 1]))
            if new.add(int(person), place, speed_mps=0.0):
                old.remove(int(person))
                self._level_of[person] = new
                self._written[person] = 0.0
                self.floor[person] = settled[person]
                self._steer(np.array([person]), t)

    def _hold(self, walking: npt.NDArray[np.bool_], t: float) -> None:
        """Mark who wants to move and cannot."""
        slow = walking & (self._speed < HELD_MPS)
        self._slow_since = np.where(slow, np.minimum(self._slow_since, t), np.inf)
        still = walking & (self.bodies.state != BodyState.INCAPACITATED)
        held = still & (t - self._slow_since >= HELD_AFTER_S)
        self.bodies.state[still] = BodyState.MOVING
        self.bodies.state[held] = BodyState.HELD

    def _arrive(self, walking: npt.NDArray[np.bool_], t: float) -> None:
        refuge = self._ground.refuge_of(self.floor, self.xy)
        there = walking & (refuge >= 0) & (refuge == self._routes.choice)
        there &= self.bodies.state != BodyState.INCAPACITATED
        for person in np.flatnonzero(there):
            where = int(refuge[person])
            self.arrived_s[person] = t
            level = self._level_of[person]
            if self._ground.site.refuges[where].exit:
                self.bodies.state[person] = BodyState.GONE
                if level is not None:
                    level.remove(int(person))
                    self._level_of[person] = None
                elif person in self._absent:
                    self._absent.remove(int(person))
                continue
            self.bodies.state[person] = BodyState.SAFE
            room = self._standing.setdefault(where, StandingRoom(self._ground, where))
            place = room.take(self.xy[person])
            if place is not None and level is not None and level.holds(np.array([place]))[0]:
                self._place_to_stand[int(person)] = place
                level.steer(int(person), place)

    def state(self) -> CrowdState:
        """Return everybody who is still on the site."""
        here = np.flatnonzero(self.bodies.state != BodyState.GONE)
        return CrowdState(
            id=here.astype(np.uint16),
            xy=(self.xy if self._covering is None else self._covering.shown_xy(self.xy))[here],
            z=self.z[here],
            floor=self.floor[here].astype(np.int8),
            heading=self._heading[here].astype(np.float32),
            speed=self._speed[here].astype(np.float32),
            state=self.bodies.state[here].copy(),
            posture=self.bodies.posture[here].copy(),
            height_m=self.bodies.height_m[here].astype(np.float32),
        )
