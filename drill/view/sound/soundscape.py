"""What sounds at a frame of a drill, and where: pure rules, the same with a device, without one and for a film."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from shapely.geometry import Point as Spot

from drill.hazards.picture import SmokePicture
from drill.record.events import Cue, DoorEvent
from drill.scenario.model import Flood, Smoke
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.people.manners import Voice as Talker
from drill.view.sound.company import Company
from drill.view.sound.flooding import Flooding
from drill.view.sound.hearing import Ear
from drill.view.sound.others import Others
from drill.view.sound.own import OwnBody
from drill.view.sound.shaking import Shaking
from drill.view.sound.source import Point, Source
from drill.view.sound.speaking import Speaker

ALARMS: Final = frozenset({"fire_alarm", "school_bell", "siren", "early_warning"})
SPOKEN_OVER: Final = 0.3
DUCK_S: Final = 0.4
SIREN_LEVEL: Final = 4
SIREN_S: Final = 24.0
SIREN_AWAY_M: Final = 160.0
WARNING_S: Final = 6.4
EARLY: Final = ("early", "eew", "sokuho")
"""A cue whose id holds one of these is an earthquake early warning."""
CORRIDOR: Final = 3.0
"""A room so many times longer than wide is a corridor: bells hang there."""
BELL_KINDS: Final = frozenset({"bell", "alarm"})
FULL_FIRE_KW: Final = 800.0
MOVES_FROM: Final = 0.02


class Soundscape:
    """Reads frames of a scenario; gives what sounds.

    Args:
        scenario: what is played.
        lasts_s: how long an announcement is spoken, s; 0 when it is not.
    """

    def __init__(self, scenario: Scenario, lasts_s: Callable[[str], float] = lambda _: 0.0) -> None:
        model, site = scenario.model, scenario.site
        self._site = site
        self.ear = Ear(site)
        hazards = model.hazards
        self._bell = "fire_alarm" if any(isinstance(h, Smoke) for h in hazards) else "school_bell"
        self._bells = self._bell_places()
        self._own = OwnBody(self._ground)
        self._has_hall = any(self.ear.is_hall(z) for z in site.zones)
        self._others = Others("step_wood" if self._has_hall else "step_hard")
        self._company = Company()
        self._flooding = Flooding(site, rains=any(isinstance(h, Flood) for h in hazards))
        self._shaking = Shaking()
        self.speaker = Speaker(lasts_s, {w.id: w.level for w in model.warnings})
        self._doors: dict[str, float] = {}
        self._power = True
        self._level = 0
        self._siren_until = self._early_until = -1.0
        self._duck, self._ducked_s = 1.0, 0.0
        self._stuck: list[str] = []
        self._heard_stuck = 0
        x0, y0, x1, y1 = site.floors[0].outline.bounds
        reach = SIREN_AWAY_M / math.sqrt(2)
        self._siren_at: Point = ((x0 + x1) / 2 + reach, (y0 + y1) / 2 + reach, 15.0)
        self._where: tuple[float, Point | None, bool] = (-1.0, None, False)

    def notice(self, frame: Frame) -> None:
        """Take the events of a frame that may never be drawn. `step` does so too; twice does no harm."""
        for event in frame.events:
            if isinstance(event, Cue) and any(word in event.cue for word in EARLY):
                self._early_until = frame.t_s + WARNING_S
            elif isinstance(event, DoorEvent) and event.state == "blocked":
                key = f"{event.door} {event.tick}"
                if key not in self._stuck[-20:]:
                    self._stuck.append(key)

    def step(self, frame: Frame, people: Sequence[Talker] | None = None) -> list[Source]:
        """Return what sounds at a frame; frames come in order, and some may be left out.

        Args:
            frame: what is heard.
            people: who speaks in the picture; None where there is none, and children call without words.
        """
        self.notice(frame)
        if frame.paused or frame.ended:
            self.speaker.step(frame, None)
            return []
        loudspeaker, roof = self._surroundings(frame)
        out = self._alarms(frame)
        alarmed = bool(frame.alarm or frame.warning_level or self._shaking.envelope_mps2 > 0.3)
        out += self._shaking.step(frame)
        out += self._flooding.step(frame, roof=roof)
        out += self._fires(frame)
        out += self._things_of_the_house(frame, self._stuck[self._heard_stuck :])
        self._heard_stuck = len(self._stuck)
        out += self._others.step(frame, alarmed=alarmed and people is None)
        if people is not None:
            hushed = bool(self.speaker.speaking or frame.subtitles)
            out += self._company.step(people, frame.t_s, hushed=hushed)
        out += self._own.step(frame)
        out += self.speaker.step(frame, loudspeaker)
        return self._below_speech(out, frame.t_s)

    def _below_speech(self, sources: list[Source], now: float) -> list[Source]:
        """Turn bells and sirens down while somebody speaks, as an emergency broadcast does."""
        aim = SPOKEN_OVER if self.speaker.speaking else 1.0
        most = max(0.0, now - self._ducked_s) / DUCK_S
        self._ducked_s = now
        self._duck += max(-most, min(most, aim - self._duck))
        if self._duck >= 1.0:
            return sources
        return [replace(s, strength=s.strength * self._duck) if s.sound in ALARMS else s for s in sources]

    def _alarms(self, frame: Frame) -> list[Source]:
        out = []
        if frame.alarm:
            out += [Source(f"bell {i}", self._bell, at) for i, at in enumerate(self._bells)]
        if frame.warning_level >= SIREN_LEVEL > self._level:
            self._siren_until = frame.t_s + SIREN_S
        self._level = max(self._level, frame.warning_level)
        if frame.t_s < self._siren_until:
            out.append(Source("siren", "siren", self._siren_at))
        if frame.t_s < self._early_until:
            out.append(Source("early warning", "early_warning", self._where[1]))
        return out

    def _fires(self, frame: Frame) -> list[Source]:
        fires = [p.fire for p in frame.hazards if isinstance(p, SmokePicture) and p.fire is not None]
        return [
            Source(f"fire {i}", "fire", (x, y, z + 0.5), min(1.0, math.sqrt(kw / FULL_FIRE_KW)))
            for i, (x, y, z, kw) in enumerate(fires)
            if kw > 0
        ]

    def _things_of_the_house(self, frame: Frame, stuck: list[str]) -> list[Source]:
        out = []
        doors = {d.id: d for d in self._site.doors}
        for state in frame.doors:
            before = self._doors.get(state.id, state.open)
            self._doors[state.id] = state.open
            starts = (before < MOVES_FROM <= state.open) or (before > 1 - MOVES_FROM >= state.open)
            if starts and state.id in doors:
                sound = "door_slide" if doors[state.id].swing == "slide" else "door_swing"
                out.append(self._at_door(state.id, sound, frame))
        out += [self._at_door(name.split(" ")[0], "door_stuck", frame) for name in stuck]
        if self._power and not frame.power:
            out.append(Source(f"power {frame.tick}", "power_off", None, once=True))
        self._power = frame.power
        return out

    def _at_door(self, name: str, sound: str, frame: Frame) -> Source:
        door = next(d for d in self._site.doors if d.id == name)
        middle = door.line.interpolate(0.5, normalized=True)
        at = (middle.x, middle.y, self._site.floors[door.floor].z_m + 1.0)
        return Source(f"{sound} {name} {frame.tick}", sound, at, 1.0, frame.tick % 2, once=True)

    def _surroundings(self, frame: Frame) -> tuple[Point | None, bool]:
        """Return where the loudspeaker of the resident's room hangs, and whether there is a roof."""
        if frame.t_s < self._where[0]:
            return self._where[1], self._where[2]
        head = frame.resident.head
        zone = self.ear.room((head.x, head.y, head.z))
        at: Point | None = None
        if zone is not None:
            middle = zone.polygon.representative_point()
            at = (middle.x, middle.y, self._site.floors[zone.floor].z_m + zone.ceiling_m - 0.3)
        self._where = (frame.t_s + 0.25, at, zone is not None)
        return at, zone is not None

    def _ground(self, frame: Frame) -> str:
        head = frame.resident.head
        zone = self.ear.room((head.x, head.y, head.z))
        if zone is None:
            return "step_ground"
        # A gallery over a hall has the floor of the hall.
        return "step_wood" if self.ear.is_hall(zone) or (zone.floor and self._has_hall) else "step_hard"

    def _bell_places(self) -> list[Point]:
        """Return where bells hang: where the site says so, else in corridors, else in the largest room."""
        floors = self._site.floors
        named = [p for p in self._site.props if p.kind in BELL_KINDS]
        if named:
            return [(p.at.x, p.at.y, floors[p.floor].z_m + max(p.z_m, 2.2)) for p in named]
        rooms = [z for z in self._site.zones if self.ear.indoors(z)]
        long = [z for z in rooms if _stretch(z.polygon.bounds) >= CORRIDOR and not self.ear.is_hall(z)]
        chosen = long or sorted(rooms, key=lambda z: -z.polygon.area)[:1]
        out = []
        for zone in chosen:
            middle: Spot = zone.polygon.representative_point()
            out.append((middle.x, middle.y, floors[zone.floor].z_m + min(zone.ceiling_m - 0.3, 2.6)))
        return out


def _stretch(bounds: tuple[float, float, float, float]) -> float:
    wide, deep = bounds[2] - bounds[0], bounds[3] - bounds[1]
    return max(wide, deep) / max(min(wide, deep), 0.1)
