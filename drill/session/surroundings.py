"""What goes on around the resident twenty times a second: hazards, crowd and doors, and what they do to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from drill import CROWD_EVERY, TICK_S
from drill.hazards.combining import combine
from drill.hazards.earthquake import Earthquake
from drill.hazards.exposure import Exposure
from drill.hazards.making import make_hazards
from drill.hazards.picture import Picture
from drill.people.crowd import Crowd
from drill.people.state import BodyState
from drill.people.visibility import FARTHEST_M, REFLECTING_SIGN
from drill.record.events import AnyEvent
from drill.scenario.model import Flood
from drill.scenario.scenario import Scenario
from drill.session.body import ResidentBody
from drill.session.doors import Doors
from drill.session.frame import CrowdState, DoorState
from drill.session.quake import Quake
from drill.site.ground import Ground
from drill.site.site import Door

STEP_S: Final = CROWD_EVERY * TICK_S
DOORWAY_M: Final = 0.6

Floats = npt.NDArray[np.float64]


class Surroundings:
    """Hazards, crowd and doors of one run, stepped together every `CROWD_EVERY` ticks.

    Attributes:
        pictures, crowd_state, door_states: what frames show of them.
        shut: doors that stop a body.
        depth_m, flow_mps, extinction_per_m, temperature_c: what hazards do at the resident.
        visibility_m: how far the resident sees a reflecting sign.
        water_level_m: surface of the scenario's first flood, or None.
        quake: what the earthquake does, or None where there is none.
    """

    def __init__(self, scenario: Scenario, ground: Ground, doors: Doors, crowd: Crowd) -> None:
        self._doors = doors
        self._crowd = crowd
        self._hazards = make_hazards(scenario, ground)
        quakes = [h for h in self._hazards if isinstance(h, Earthquake)]
        self.quake = Quake(quakes[0], scenario, ground) if quakes else None
        self._with_doors = [h for h in self._hazards if hasattr(h, "set_doors")]
        parts = scenario.model.hazards
        self._first_flood = next((i for i, part in enumerate(parts) if isinstance(part, Flood)), None)
        self._floors = len(scenario.site.floors)
        heights = crowd.bodies.height_m
        self._least_height_m = float(heights.min()) if len(heights) else 1.6
        self.pictures: tuple[Picture, ...] = ()
        self.crowd_state: CrowdState = crowd.state()
        self.door_states: tuple[DoorState, ...] = ()
        self.shut = doors.shut()
        self.water_level_m: float | None = None
        self.depth_m = self.flow_mps = self.extinction_per_m = 0.0
        self.temperature_c, self.visibility_m = 20.0, FARTHEST_M

    def due(self, active_tick: int) -> bool:
        """Return whether the surroundings step at this tick."""
        return active_tick % CROWD_EVERY == 0

    def others(self, floor: int) -> Floats:
        """Return the places of the crowd on a floor, (N, 2)."""
        return self._others[floor]

    def blocked(self, floor: int) -> BaseGeometry | None:
        """Return what has fallen on a floor and stops the resident, or None."""
        return None if self.quake is None else self.quake.debris.blocked.get(floor)

    def begin(self, body: ResidentBody) -> None:
        """Look around at time 0."""
        exposure = self._expose(body, 0.0)
        self._feel(exposure)
        self._after()

    def step(self, body: ResidentBody, *, t_s: float, tick: int, perceived: Mapping[str, float]) -> list[AnyEvent]:
        """Advance everything by `STEP_S` and return what happened to doors.

        Args:
            body: the resident, who suffers by the same rules as the crowd.
            t_s: time of the drill at the end of the step.
            tick: tick of the events.
            perceived: when each cue was first perceived: people set out after one.
        """
        exposure = self._expose(body, t_s)
        body.bodies.suffer(_rows(exposure, slice(-1, None)), STEP_S)
        self._feel(exposure)
        n = len(self._crowd)
        resident = None if body.state == BodyState.GONE else (body.floor, body.xy)
        self._crowd.set_closed_doors(self._doors.impassable(height_m=self._least_height_m))
        self._crowd.step(t=t_s, exposure=_rows(exposure, slice(0, n)), happened=perceived, resident=resident)
        events: list[AnyEvent] = [*self._help(tick)]
        if self.quake is not None:
            events += self.quake.step(body, t_s=t_s, tick=tick)
        self._doors.swing(STEP_S, may_close=_Clear(self._others, body))
        self._after()
        return events

    def _expose(self, body: ResidentBody, t_s: float) -> Exposure:
        """Return what the hazards do to the crowd, at both sides of the doors, and (last row) to the resident."""
        crowd, doors = self._crowd, self._doors
        beside = np.column_stack((doors.beside, doors.beside_z))
        feet = np.concatenate((crowd.feet(), beside, [(*body.xy, body.z)]))
        eyes = np.concatenate((crowd.eye_z(), doors.beside_z, [body.head.z]))
        floor = np.concatenate((crowd.floor, doors.beside_floor, [body.floor])).astype(np.int16)
        for hazard in self._with_doors:
            hazard.set_doors(doors.fractions())
        exposures = []
        for hazard in self._hazards:
            hazard.advance(t_s)
            exposures.append(hazard.expose(feet, eyes, floor, t_s))
        exposure = combine(exposures)
        if self.quake is not None:
            exposure = replace(exposure, footing=self.quake.debris.footing(floor, feet[:, :2]))
        n = len(crowd)
        doors.press(exposure.depth_m[n : n + len(doors.beside)].astype(np.float64))
        self.pictures = tuple(hazard.picture(t_s) for hazard in self._hazards)
        if self._first_flood is not None:
            self.water_level_m = float(getattr(self.pictures[self._first_flood], "level_m"))  # noqa: B009 - a union
        return exposure

    def _feel(self, exposure: Exposure) -> None:
        self.depth_m = float(exposure.depth_m[-1])
        self.flow_mps = float(np.hypot(*exposure.flow_mps[-1]))
        self.extinction_per_m = float(exposure.extinction_per_m[-1])
        self.temperature_c = float(exposure.temperature_c[-1])
        self.visibility_m = min(REFLECTING_SIGN / max(self.extinction_per_m, 1e-9), FARTHEST_M)

    def _after(self) -> None:
        self.crowd_state = self._crowd.state()
        self._others = [self._crowd.others(floor) for floor in range(self._floors)]
        states = self._doors.states()
        if states != self.door_states:
            self.door_states = states
            self.shut = self._doors.shut()

    def _help(self, tick: int) -> list[AnyEvent]:
        crowd = self.crowd_state
        moving = crowd.state == BodyState.MOVING
        return [
            *self._doors.help_open(
                xy=crowd.xy[moving],
                floor=crowd.floor[moving],
                height_m=crowd.height_m[moving].astype(np.float64),
                tick=tick,
            )
        ]


class _Clear:
    """Whether nobody stands in a doorway."""

    def __init__(self, others: list[Floats], body: ResidentBody) -> None:
        self._others = others
        self._body = body

    def __call__(self, door: Door) -> bool:
        people = self._others[door.floor]
        if self._body.floor == door.floor:
            people = np.concatenate((people, [self._body.xy]))
        middle = door.line.interpolate(0.5, normalized=True)
        reach = door.width_m / 2 + DOORWAY_M / 2
        return not bool((np.hypot(people[:, 0] - middle.x, people[:, 1] - middle.y) < reach).any())


def _rows(exposure: Exposure, rows: slice) -> Exposure:
    return Exposure(**{f.name: getattr(exposure, f.name)[rows] for f in fields(exposure)})
