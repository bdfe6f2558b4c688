"""One connected piece of a floor in JuPedSim. The only module that imports jupedsim: its next version breaks names."""

from __future__ import annotations

import math
from typing import Final

import jupedsim
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from drill.people.profiles import Profile

RESIDENT: Final = -1
"""Person number of the resident in a level."""
REFUSED: Final = ("too close", "not inside")
"""Words in JuPedSim's refusals of a place; whatever else it says is a fault of ours."""
RESIDENT_TIME_GAP_S: Final = 0.1
RESIDENT_SPEED_MPS: Final = 4.0
RESIDENT_STRAY_M: Final = 0.25
"""An agent that lags further behind the resident than this is taken out and put in anew."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Level:
    """People on one connected piece of ground, moved by the collision-free speed model V2 towards near targets.

    Positions in JuPedSim are read-only. The resident is an agent that is steered to the tracked place and put
    in anew when it lags; JuPedSim refuses places too near to others (and to the agent that leaves), so a
    refusal waits for the next step. The resident's own contact with the crowd is `drill.people.stride`.
    """

    def __init__(self, polygon: Polygon, *, profile: Profile, dt: float) -> None:
        self.polygon = polygon
        shapely.prepare(self.polygon)
        self._profile = profile
        self._dt = dt
        self._simulation = jupedsim.Simulation(model=jupedsim.CollisionFreeSpeedModelV2(), geometry=polygon, dt=dt)
        self._stage = self._simulation.add_direct_steering_stage()
        self._journey = self._simulation.add_journey(jupedsim.JourneyDescription([self._stage]))
        self._person: dict[int, int] = {}
        self._agent: dict[int, int] = {}
        self._numbers: Ints | None = None
        self._people: npt.NDArray[np.intp] = np.empty(0, np.intp)
        self.refusals = 0

    def __contains__(self, person: int) -> bool:
        return person in self._agent

    def __len__(self) -> int:
        return len(self._agent)

    def holds(self, xy: Floats) -> npt.NDArray[np.bool_]:
        """Return which points (N, 2) lie on this ground."""
        inside: npt.NDArray[np.bool_] = shapely.contains_xy(self.polygon, xy[:, 0], xy[:, 1])
        return inside

    def add(self, person: int, xy: tuple[float, float], *, speed_mps: float, time_gap_s: float | None = None) -> bool:
        """Put a person in. Return False when JuPedSim refuses the place (off the ground, too near to someone)."""
        parameters = jupedsim.CollisionFreeSpeedModelV2AgentParameters(
            position=xy,
            time_gap=self._profile.time_gap_s if time_gap_s is None else time_gap_s,
            desired_speed=speed_mps,
            radius=self._profile.radius_m,
            journey_id=self._journey,
            stage_id=self._stage,
        )
        try:
            agent = int(self._simulation.add_agent(parameters))
        except RuntimeError as refusal:
            if not any(reason in str(refusal) for reason in REFUSED):
                raise
            self.refusals += 1
            return False
        self._simulation.agent(agent).target = xy
        self._person[agent] = person
        self._agent[person] = agent
        self._numbers = None
        return True

    def remove(self, person: int) -> None:
        """Take a person out; the place is free after the next `iterate`."""
        agent = self._agent.pop(person)
        self._numbers = None
        del self._person[agent]
        self._simulation.mark_agent_for_removal(agent)

    def steer(self, person: int, target: tuple[float, float]) -> None:
        """Send a person towards a point of this ground."""
        self._simulation.agent(self._agent[person]).target = target

    def steer_ahead(self, people: Ints, xy: Floats, points: Floats) -> None:
        """Send people (M,) at `xy` (M, 2) to the first of their `points` (M, K, 2) that they see, if there is one.

        A point that is on the ground but behind a wall would be reached the long way round.
        """
        open_ = np.arange(len(people))
        for k in range(points.shape[1]):
            if len(open_) == 0:
                return
            ways = shapely.linestrings(np.stack([xy[open_], points[open_, k]], axis=1))
            seen: npt.NDArray[np.bool_] = shapely.covers(self.polygon, ways)
            for row in open_[seen]:
                self.steer(int(people[row]), (float(points[row, k, 0]), float(points[row, k, 1])))
            open_ = open_[~seen]

    def set_speed(self, person: int, speed_mps: float) -> None:
        """Set the speed that a person wants."""
        self._simulation.agent(self._agent[person]).model.desired_speed = speed_mps

    def follow(self, xy: tuple[float, float] | None) -> None:
        """Let the resident's agent follow the tracked place; None takes it out."""
        if xy is None or not shapely.contains_xy(self.polygon, *xy):
            if RESIDENT in self:
                self.remove(RESIDENT)
            return
        if RESIDENT not in self:
            self.add(RESIDENT, xy, speed_mps=0.0, time_gap_s=RESIDENT_TIME_GAP_S)
            return
        x, y = self._simulation.agent(self._agent[RESIDENT]).position
        gap = math.hypot(xy[0] - x, xy[1] - y)
        if gap > RESIDENT_STRAY_M:
            self.remove(RESIDENT)
            return
        self.steer(RESIDENT, xy)
        self.set_speed(RESIDENT, min(gap / self._dt, RESIDENT_SPEED_MPS) if gap > 0.01 else 0.0)

    def iterate(self) -> None:
        """Advance by one step of `dt`."""
        self._simulation.iterate()

    def read(self) -> tuple[Ints, Floats]:
        """Return the numbers (M,) and places (M, 2) of the people here, without the resident."""
        if self._numbers is None:
            # JuPedSim keeps its order until somebody enters or leaves.
            person = self._person
            numbers = np.array([person.get(agent.id, RESIDENT) for agent in self._simulation.agents()], np.int64)
            self._people = np.flatnonzero(numbers != RESIDENT)
            self._numbers = numbers[self._people]
        places = np.array([agent.position for agent in self._simulation.agents()]).reshape(-1, 2)
        return self._numbers, places[self._people]
