"""What an earthquake does in one run: moves things, hits, puts out the light, sends people under desks."""

from __future__ import annotations

from typing import Final

from drill.hazards.earthquake import Earthquake
from drill.record.events import AnyEvent, Covered, OnGlass, PowerFailed, Shaking
from drill.scenario.scenario import Scenario
from drill.seismic.intensity import instrumental
from drill.session.body import ResidentBody
from drill.session.debris import Debris
from drill.session.frame import ThingState
from drill.session.hits import Hits, Shelters
from drill.session.things import Things
from drill.site.ground import Ground

FELT: Final = 1.5
"""Running intensity from which shaking is a cue: from class 2 on, people indoors notice it."""


class Quake:
    """The earthquake of a run. Call `step` once for each step of the surroundings, after the hazard advanced.

    Attributes:
        things: what frames show of movable things.
        power: whether the mains light is on.
        felt: whether it shakes so that people notice.
        shelters: things under which one may take cover.
        debris: what broke and fell and lies on the floors.
    """

    def __init__(self, hazard: Earthquake, scenario: Scenario, ground: Ground) -> None:
        self.hazard = hazard
        self.shelters = Shelters(scenario.site)
        self._things = Things(scenario.site, ground)
        self._hits = Hits(self._things, self.shelters)
        self.debris = Debris(scenario.site, ground)
        self._on_glass = ""
        self._shock = ""
        self._published = {s.id: instrumental(s.intensity) for s in hazard.shocks}
        self._covered = ""
        self._failed = False
        self._before_s = 0.0
        self.power = True

    @property
    def things(self) -> tuple[ThingState, ...]:
        """The state of every movable thing and window."""
        return self._things.states

    @property
    def felt(self) -> bool:
        """Whether it shakes so that people notice."""
        return self.hazard.intensity >= FELT

    def step(self, body: ResidentBody, *, t_s: float, tick: int) -> list[AnyEvent]:
        """Advance to run time `t_s` and return what happened."""
        events: list[AnyEvent] = []
        hazard = self.hazard
        if hazard.shaking != self._shock:
            if self._shock:
                events.append(Shaking(tick, self._shock, begins=False, intensity=self._published[self._shock]))
            if hazard.shaking:
                events.append(Shaking(tick, hazard.shaking, begins=True, intensity=self._published[hazard.shaking]))
                self._hits.begin()
            self._shock = hazard.shaking
        if not self._failed and hazard.intensity >= hazard.part.power_fails_from:
            self._failed = True
            events += self.direct(on=False, tick=tick)
        landings = self._things.step(hazard.samples(self._before_s, t_s), intensity=hazard.intensity)
        self._before_s = t_s
        head = (body.head.x, body.head.y, body.head.z)
        if self._shock or landings:
            events += self._hits.find(landings, floor=body.floor, xy=body.xy, head=head, z=body.z, tick=tick)
        under = self.shelters.over(body.floor, (head[0], head[1]), head[2])
        if under != self._covered:
            self._covered = under
            events.append(Covered(tick, under))
        self.debris.update(self._things)
        glass = self.debris.under(body.floor, body.xy)
        if glass != self._on_glass:
            self._on_glass = glass
            events.append(OnGlass(tick, glass))
        return events

    def direct(self, *, on: bool, tick: int) -> list[AnyEvent]:
        """Put the mains light on or off, and tell it when it changes."""
        if on == self.power:
            return []
        self.power = on
        return [PowerFailed(tick, on=on)]
