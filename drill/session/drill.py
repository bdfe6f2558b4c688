"""One run: inputs by tick in, frames and events out. The same inputs give the same run, with or without a view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import shapely

from drill import TICK_S
from drill.metrics.terrain import terrain_of
from drill.people.covering import Covering
from drill.people.crowd import Crowd
from drill.people.state import BodyState
from drill.record.events import AnyEvent, ComfortStop, Ended, Paused, ReachedRefuge
from drill.record.inputs import BUTTON_PAUSE, BUTTON_STOP, BUTTON_USE, Inputs
from drill.scenario.model import Earthquake, Smoke
from drill.scenario.scenario import Scenario
from drill.session.body import InputsError, ResidentBody
from drill.session.daylight import daylight_at
from drill.session.digest import Digest
from drill.session.director import Directions, Director, prompt_of
from drill.session.doors import Doors
from drill.session.frame import Frame, Prompt, ResidentState
from drill.session.hits import Shelters
from drill.session.surroundings import Surroundings
from drill.session.triggers import Seen
from drill.session.watcher import Condition, Watcher

SETTLE_S: Final = 2.0
"""How long one stands in a refuge before the run ends."""
WATER_CUE_M: Final = 0.02
SMOKE_CUE_PER_M: Final = 0.1
"""Depth at the feet and K at the eyes that are perceived as cues of their own."""
SEEDS: Final = ("crowd", "covering")
"""Parts that draw by chance, in the order of their seeds. New parts go to the end, so that old runs stay the same."""

EndReason = Literal["refuge", "time", "incapacitated", "stopped", "operator", "window_closed"]


class Drill:
    """A run of a scenario.

    Call `step` with the inputs of tick 1, 2, ... and take the frame of that tick. After the run has `ended` the
    quiz is asked, one question at a time, until the drill is `finished`.

    Attributes:
        frame: the latest frame; before the first step that of tick 0.
        ended: why the run ended, or "".
    """

    def __init__(self, scenario: Scenario, *, seed: int, profile_overrides: Mapping[str, str] | None = None) -> None:
        """Set the scene.

        Args:
            scenario: what is played.
            seed: seed of the run; each part that draws by chance has its own stream from it.
            profile_overrides: `crowd`: name of a crowd profile in place of the scenario's.
        """
        model = scenario.model
        self.scenario = scenario
        self.ground = terrain_of(scenario).ground
        seeds = dict(zip(SEEDS, np.random.SeedSequence(seed).spawn(len(SEEDS)), strict=True))
        smokes = [h.speed_model for h in model.hazards if isinstance(h, Smoke)]
        self._body = ResidentBody(model.resident, self.ground, smoke_model=smokes[0] if smokes else "fridolf")
        if self._shakes():
            self._body.crawl_under([prop.id for prop in scenario.site.props if prop.protective])
        given = model.clock.daylight
        self._daylight = daylight_at(model.clock.start) if given is None else given
        self._doors = Doors(scenario.site, self.ground)
        crowd = Crowd(
            scenario,
            self.ground,
            np.random.default_rng(seeds["crowd"]),
            profile=(profile_overrides or {}).get("crowd"),
            covering=self._covering(seeds["covering"]),
        )
        self._around = Surroundings(scenario, self.ground, self._doors, crowd)
        self._director = Director(model)
        self._watcher = Watcher(scenario)
        self._digest = Digest()
        self._tick = 0
        self._active = 0
        self._paused = False
        self._buttons = 0
        self._stop: EndReason | None = None
        self._refuge_since: int | None = None
        self._refuge_told = False
        self.ended: EndReason | Literal[""] = ""
        self._around.begin(self._body)
        self._where()
        self.frame = self._frame(self._watcher.watch(self._condition(), tick=0, t_s=0.0, cue=False))
        self._digest.add(self.frame)

    def _shakes(self) -> bool:
        return any(isinstance(part, Earthquake) for part in self.scenario.model.hazards)

    def _covering(self, seed: np.random.SeedSequence) -> Covering | None:
        """Return how the crowd takes cover; the desk beside the resident's start is left to the resident."""
        if not self._shakes():
            return None
        model, site = self.scenario.model, self.scenario.site
        start = model.resident.at
        floor = self.ground.floor_index(start.floor)
        theirs = Shelters(site).nearest(floor, (start.x, start.y))
        desks = [prop for prop in site.props if prop.protective and prop is not theirs]
        people = sum(group.n for group in model.crowd.groups)
        return Covering(people, desks, np.random.default_rng(seed))

    @property
    def finished(self) -> bool:
        """Whether the run has ended and nothing is asked any more."""
        return bool(self.ended) and self._director.quiz.current is None

    def stop(self, reason: EndReason) -> None:
        """End the run at the next step: staff stopped it, or its window was closed."""
        if not self.ended:
            self._stop = reason

    def leave_quiz(self) -> None:
        """Leave the questions that are not answered yet."""
        self._director.quiz.skip()

    def digest(self) -> str:
        """Return the SHA-256 over all frames so far, hexadecimal: see `drill.session.digest`."""
        return self._digest.hex()

    def step(self, inputs: Inputs) -> Frame:
        """Advance by one tick and return its frame.

        Raises:
            InputsError: inputs of another tick than the next, or with numbers that are not finite.
            ValueError: an inject that the scenario does not have.
        """
        if inputs.tick != self._tick + 1:
            msg = f"inputs are of tick {inputs.tick}; the drill stands at {self._tick} and takes {self._tick + 1}"
            raise InputsError(msg)
        self._tick += 1
        events: list[AnyEvent] = []
        pressed = inputs.buttons & ~self._buttons
        self._buttons = inputs.buttons
        if self.ended:
            self._ask_on(inputs, events)
        else:
            if pressed & BUTTON_PAUSE:
                self._paused = not self._paused
                events.append(Paused(self._tick, paused=self._paused))
            if pressed & BUTTON_STOP:
                events.append(ComfortStop(self._tick))
                self._stop = self._stop or "stopped"
            directed = Directions() if self._paused else self._live(inputs, pressed, events)
            self._end(directed, events)
        self.frame = self._frame(events)
        self._digest.add(self.frame)
        return self.frame

    def _live(self, inputs: Inputs, pressed: int, events: list[AnyEvent]) -> Directions:
        self._active += 1
        t_s = self._active * TICK_S
        body, around = self._body, self._around
        before, floor = body.xy, body.floor
        body.step(
            inputs,
            others_xy=around.others(body.floor),
            closed_doors=around.shut,
            blocked=around.blocked(body.floor),
        )
        passed = self._passed_door(floor, before)
        if pressed & BUTTON_USE:
            used = self._doors.use(
                xy=body.xy, floor=body.floor, height_m=float(body.bodies.height_m[0]), tick=self._tick
            )
            if used is not None:
                events.append(used)
        if around.due(self._active):
            events += around.step(body, t_s=t_s, tick=self._tick, perceived=self._director.perceived)
            self._where()
            if around.depth_m >= WATER_CUE_M:
                events += self._director.perceive("water", t_s=t_s, tick=self._tick)
            if around.extinction_per_m >= SMOKE_CUE_PER_M:
                events += self._director.perceive("smoke", t_s=t_s, tick=self._tick)
            if around.quake is not None and around.quake.felt:
                events += self._director.perceive("shaking", t_s=t_s, tick=self._tick)
        directed = self._direct(inputs, t_s, passed)
        events += directed.events
        for verb, door in directed.doors:
            moved = self._doors.direct(verb, door, tick=self._tick)
            if moved is not None:
                events.append(moved)
        if directed.power and around.quake is not None:
            events += around.quake.direct(on=directed.power == "on", tick=self._tick)
        events += self._refuge()
        cue = bool(self._director.perceived)
        events += self._watcher.watch(self._condition(), tick=self._tick, t_s=t_s, cue=cue)
        for event in tuple(events):
            events += self._watcher.notice(event, t_s=t_s)
        if body.state == BodyState.WAITING and self._watcher.moved:
            body.state = BodyState.MOVING
        return directed

    def _direct(self, inputs: Inputs, t_s: float, passed: str) -> Directions:
        seen = Seen(
            t_s=t_s,
            happened=self._director.happened,
            zones=self._zones,
            depth_m=self._around.depth_m,
            water_level_m=self._around.water_level_m,
        )
        return self._director.step(
            seen, tick=self._tick, choose=inputs.choose, passed_door=passed, injects=inputs.injects
        )

    def _passed_door(self, floor: int, before: tuple[float, float]) -> str:
        if self._body.xy == before or self._body.floor != floor:
            return ""
        crossed = self.ground.door_between(floor, before, self._body.xy)
        return self.scenario.site.doors[crossed].id if crossed >= 0 else ""

    def _where(self) -> None:
        """Find the zones and the refuge that the resident is in."""
        x, y = self._body.xy
        site, floor = self.scenario.site, self._body.floor
        self._zones = [z.id for z in site.zones if z.floor == floor and shapely.intersects_xy(z.polygon, x, y)]
        self._in_refuge = int(self.ground.refuge_of(np.array([floor], np.int16), np.array([[x, y]]))[0])

    def _refuge(self) -> list[AnyEvent]:
        body = self._body
        if body.state == BodyState.INCAPACITATED:
            return []
        if self._in_refuge < 0:
            if self._refuge_since is not None:
                self._refuge_since = None
                body.state = BodyState.MOVING
            return []
        if self._refuge_since is not None:
            return []
        self._refuge_since = self._active
        body.state = BodyState.SAFE
        if self._refuge_told:
            return []
        self._refuge_told = True
        return [ReachedRefuge(self._tick, self.scenario.site.refuges[self._in_refuge].id)]

    def _end(self, directed: Directions, events: list[AnyEvent]) -> None:
        reason: EndReason | Literal[""] = ""
        if self._stop is not None:
            reason = self._stop
        elif directed.end == "operator":
            reason = "operator"
        elif directed.end == "time" or self._active * TICK_S >= self.scenario.model.clock.duration_s - 1e-9:
            reason = "time"
        if self._body.state == BodyState.INCAPACITATED and not reason:
            reason = "incapacitated"
        settled = self._refuge_since is not None and (self._active - self._refuge_since) * TICK_S >= SETTLE_S
        if settled and reason in ("", "time"):
            reason = "refuge"
        if reason:
            self.ended = reason
            events += self._watcher.last(self._condition(), tick=self._tick)
            events.append(Ended(self._tick, reason))

    def _ask_on(self, inputs: Inputs, events: list[AnyEvent]) -> None:
        if inputs.choose:
            answered = self._director.quiz.answer(inputs.choose, tick=self._tick)
            if answered is not None:
                events.append(answered)

    def _condition(self) -> Condition:
        body, around = self._body, self._around
        return Condition(
            xy=body.xy,
            floor=body.floor,
            posture=body.posture,
            depth_m=around.depth_m,
            flow_mps=around.flow_mps,
            extinction_per_m=around.extinction_per_m,
            temperature_c=around.temperature_c,
            fed=float(body.bodies.fed[0]),
            speed_factor=float(body.bodies.speed_factor[0]),
        )

    def _prompt(self) -> Prompt | None:
        if not self.ended:
            return self._director.prompt
        question = self._director.quiz.current
        return None if question is None else prompt_of(question)

    def _frame(self, events: list[AnyEvent]) -> Frame:
        body, around, director = self._body, self._around, self._director
        t_s = self._tick * TICK_S
        resident = ResidentState(
            feet=(body.xy[0], body.xy[1], body.z),
            floor=body.floor,
            yaw_rad=body.yaw_rad,
            head=body.head,
            left=body.left,
            right=body.right,
            speed_mps=body.speed_mps,
            posture=body.posture,
            state=body.state,
            depth_m=around.depth_m,
            flow_mps=around.flow_mps,
            extinction_per_m=around.extinction_per_m,
            visibility_m=around.visibility_m,
            fed=float(body.bodies.fed[0]),
            speed_factor=float(body.bodies.speed_factor[0]),
        )
        return Frame(
            tick=self._tick,
            t_s=t_s,
            resident=resident,
            crowd=around.crowd_state,
            doors=around.door_states,
            hazards=around.pictures,
            warning_level=director.warning_level,
            warning=director.warning,
            subtitles=director.subtitles(self._active * TICK_S),
            prompt=self._prompt(),
            events=tuple(events),
            ended=self.ended,
            alarm=director.alarm,
            paused=self._paused,
            things=() if around.quake is None else around.quake.things,
            power=around.quake is None or around.quake.power,
            daylight=self._daylight,
        )
