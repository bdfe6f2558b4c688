"""What happened in a run, in words: the numbered rows of the timeline and of the table beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from drill import TICK_S
from drill.record.events import (
    Answered,
    AnyEvent,
    ComfortStop,
    Covered,
    Cue,
    Decided,
    DoorEvent,
    Ended,
    ExposureLimit,
    HitByThing,
    Injected,
    Moved,
    OnGlass,
    OperatorNote,
    Paused,
    PostureChanged,
    PowerFailed,
    ReachedRefuge,
    Shaking,
    Struck,
    TrackingLost,
    Warned,
)
from drill.record.run import RecordedRun
from drill.scenario.model import Action, Text
from drill.scenario.scenario import Scenario
from drill.seismic.intensity import class_of
from server.web.texts import Words

LANES: Final = ("warning", "cue", "decision", "inject", "body")
MAX_ROWS: Final = 99
OFFICIAL: Final = {"高齢者等避難": "elderly", "避難指示": "order", "緊急安全確保": "safety"}
"""Names of evacuation information that the pages translate; any other event is shown as the scenario writes it."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    Attributes:
        number: its number in the drawing and the table, from 1.
        tick, t_s: when.
        lane: one of LANES.
        text: what, in the reader's language; may hold furigana.
        key: whether it is one of the moments that a strip of still pictures shows.
    """

    number: int
    tick: int
    t_s: float
    lane: str
    text: str
    key: bool = False


class Names:
    """The names that people read, for the ids of a scenario and its site."""

    def __init__(self, scenario: Scenario, words: Words) -> None:
        self._words = words
        model, site = scenario.model, scenario.site
        self._texts: dict[str, Text] = {i.id: i.label for i in model.injects}
        self._decisions = {d.id: d for d in model.decisions}
        self._warnings = {w.id: w for w in model.warnings}
        done = [(e.id, e.do) for e in model.events] + [(i.id, i.do) for i in model.injects]
        self._announced = {key: text for key, do in done if (text := _announcement(do)) is not None}
        self._labels = {
            part.id: part.label
            for parts in (site.doors, site.refuges, site.zones, site.floors)
            for part in parts
            if part.label
        }

    def of(self, key: str) -> str:
        """Return the name of a door, refuge, zone, floor or inject; its id where it has none."""
        if key in self._labels:
            return self._words.choose(self._labels[key])
        return self.text(self._texts[key]) if key in self._texts else key

    def announcement(self, key: str) -> str:
        """Return what was announced by an event or inject, or ""."""
        return self.text(self._announced[key]) if key in self._announced else ""

    def is_warning(self, key: str) -> bool:
        """Tell whether there is such a warning."""
        return key in self._warnings

    def text(self, text: Text) -> str:
        """Return a text of the scenario in the reader's language."""
        return text.in_language(self._words.language)

    def warning(self, key: str) -> str:
        """Return what a warning is called."""
        known = self._warnings.get(key)
        if known is None:
            return key
        official = OFFICIAL.get(known.cap.event)
        return self._words.raw(f"alert.{official}") if official else known.cap.event

    def option(self, decision: str, option: str) -> str:
        """Return the text of an option."""
        known = self._decisions.get(decision)
        found = next((o for o in known.options if o.id == option), None) if known else None
        return self.text(found.text) if found else option

    def prompt(self, decision: str) -> str:
        """Return the question of a decision."""
        known = self._decisions.get(decision)
        return self.text(known.prompt) if known else decision


def happenings(run: RecordedRun, scenario: Scenario, words: Words) -> list[Happening]:
    """Return what happened, in the order of time; what says nothing to a reader is left out."""
    names = Names(scenario, words)
    rows: list[tuple[AnyEvent, str, str, bool]] = []
    for event in run.events:
        told = _told(event, names, words)
        if told is not None:
            rows.append((event, *told))
    rows = _without_repeats(rows)[:MAX_ROWS]
    return [
        Happening(n, event.tick, event.tick * TICK_S, lane, text, key)
        for n, (event, lane, text, key) in enumerate(rows, start=1)
    ]


def _without_repeats(rows: Iterable[tuple[AnyEvent, str, str, bool]]) -> list[tuple[AnyEvent, str, str, bool]]:
    """Leave out a row that says the same as the one before it in its lane within three seconds (a door tried again)."""
    kept: list[tuple[AnyEvent, str, str, bool]] = []
    last: dict[str, tuple[int, str]] = {}
    for row in rows:
        event, lane, text, _ = row
        before = last.get(lane)
        if before is None or before[1] != text or event.tick - before[0] > 180:
            kept.append(row)
        last[lane] = (event.tick, text)
    return kept


def _told(event: AnyEvent, names: Names, words: Words) -> tuple[str, str, bool] | None:
    say = words.raw
    match event:
        case Warned():
            return (
                "warning",
                _fill(say("event.warning"), level=str(event.level), name=names.warning(event.warning)),
                True,
            )
        case Cue():
            return _cue(event, names, words)
        case Decided() if event.option:
            text = _fill(say("event.decided"), option=names.option(event.decision, event.option))
            return "decision", text, True
        case Decided():
            return "decision", _fill(say("event.asked"), prompt=names.prompt(event.decision)), False
        case Injected() if event.by == "staff":
            return "inject", _fill(say("event.injected"), name=names.of(event.inject)), False
        case DoorEvent():
            return (
                "decision",
                _fill(say(f"event.door_{event.state}"), name=names.of(event.door)),
                event.state == "blocked",
            )
        case ExposureLimit() if event.passed:
            key = f"limit.{event.limit.replace('.', '')}"
            name = say(key) if words.has(key) else event.limit
            return "body", _fill(say("event.limit"), name=name), False
        case PostureChanged():
            return "body", say(f"event.posture_{event.posture}"), False
        case Moved():
            return "body", say("event.moved"), True
        case ReachedRefuge():
            return "body", _fill(say("event.refuge"), name=names.of(event.refuge)), True
        case Struck() | HitByThing():
            return "body", say("event.struck"), True
        case Shaking() if event.begins:
            return "cue", _fill(say("event.shaking"), intensity=class_of(event.intensity)), True
        case Shaking():
            return "cue", say("event.shaking_ended"), False
        case Covered():
            return "body", say("event.covered" if event.under else "event.uncovered"), bool(event.under)
        case OnGlass() if event.under:
            return "body", say("event.on_glass"), False
        case PowerFailed():
            return "cue", say("event.power_on" if event.on else "event.power_failed"), False
        case TrackingLost() if event.device == "head":
            return "body", say("event.tracking_lost" if event.lost else "event.tracking_found"), False
        case Paused():
            return "inject", say("event.paused" if event.paused else "event.resumed"), False
        case ComfortStop():
            return "body", say("event.comfort_stop"), False
        case OperatorNote():
            return "inject", say("event.note"), False
        case Ended():
            return "inject", say(f"event.end_{event.reason}"), False
        case Answered():
            return None
        case _:
            return None


def _cue(event: Cue, names: Names, words: Words) -> tuple[str, str, bool] | None:
    """Tell a cue that people know by name: an announcement, the alarm, water, smoke.

    A warning's own cue says the same as the warning; a cue that only the scenario names is told by the announcement
    that comes with it.
    """
    if names.is_warning(event.cue):
        return None
    announced = names.announcement(event.cue)
    if announced:
        return "cue", _fill(words.raw("event.announced"), text=announced), event.first
    key = f"cue.{event.cue}"
    return ("cue", words.raw(key), event.first) if words.has(key) else None


def _announcement(actions: Iterable[Action]) -> Text | None:
    return next((action.announce for action in actions if action.announce is not None), None)


def _fill(text: str, /, **values: str) -> str:
    """Put values into {name} and leave furigana as it is: the values may hold some themselves."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
