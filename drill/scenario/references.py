"""Checks of what a scenario says: ids, triggers, warnings, announcements, objectives."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from drill.fault import Fault
from drill.located import Located, Path
from drill.scenario.model import Earthquake, Option, ScenarioModel, Smoke, Text
from drill.scenario.naming import begins_as_drill, names_gone, names_of
from drill.scenario.triggers import actions_of, loops_of, triggers_of
from drill.site.site import Site

_READING = re.compile(r"\{[^{}|]+\|[^{}|]+\}")


def check_words(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    """Yield faults that need no site."""
    yield from _unique(model, document)
    yield from _waits(model, document)
    yield from _warnings(model, document)
    yield from _announcements(model, document)
    yield from _choices(model, document)
    yield from _objectives(model, document)
    yield from _readings(document.data, (), document)


def _twice(ids: Iterable[tuple[str, Path]], document: Located, what: str) -> Iterator[Fault]:
    first: dict[str, Path] = {}
    for one, path in ids:
        if one in first:
            yield document.fault(path, f"this id stands twice; {what}. First in line {document.line(first[one])}")
        first.setdefault(one, path)


def _ids(parts: Sequence[Any], path: Path) -> list[tuple[str, Path]]:
    return [(part.id, (*path, n, "id")) for n, part in enumerate(parts)]


def _happenings(model: ScenarioModel) -> list[tuple[str, Path]]:
    """Return the ids of all that may be waited for, with their paths."""
    return [
        pair for name in ("warnings", "events", "decisions", "injects") for pair in _ids(getattr(model, name), (name,))
    ]


def _unique(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    happenings = [*_happenings(model), *_ids(model.quiz, ("quiz",))]
    yield from _twice(happenings, document, "warnings, events, decisions, injects and quiz share their ids")
    yield from _twice(_ids(model.hazards, ("hazards",)), document, "each hazard has its own")
    for n, part in enumerate(model.hazards):
        if isinstance(part, Earthquake):
            yield from _twice(_ids(part.shocks, ("hazards", n, "shocks")), document, "each shock has its own")
    yield from _twice(_ids(model.crowd.groups, ("crowd", "groups")), document, "each group has its own")
    yield from _twice(_ids(model.objectives, ("objectives",)), document, "each objective has its own")
    for name in ("decisions", "quiz"):
        for n, asked in enumerate(getattr(model, name)):
            options = _ids(asked.options, (name, n, "options"))
            yield from _twice(options, document, "each option of a question has its own")


def _unknown(document: Located, path: Path, one: str, known: Iterable[str], what: str) -> Iterator[Fault]:
    known = sorted(known)
    if one not in known:
        near = difflib.get_close_matches(one, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"
        yield document.fault(path, f"no {what} has this id; {hint}")


def _waits(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    happen = {one for one, _ in _happenings(model)}
    duration = model.clock.duration_s
    for _, trigger, path in triggers_of(model):
        if trigger.after is not None:
            what = "event, warning, decision or inject"
            yield from _unknown(document, (*path, "after"), trigger.after, happen, what)
        if trigger.at_s is not None and trigger.at_s > duration:
            yield document.fault((*path, "at_s"), f"the run ends at {duration:g} s, before this")
        floods = any(hazard.type == "flood" for hazard in model.hazards)
        for name in ("depth_at_resident_m", "water_level_m"):
            if getattr(trigger, name) is not None and not floods:
                yield document.fault((*path, name), "this scenario has no flood, so this never comes")
        for name in ("any", "all"):
            if getattr(trigger, name) == []:
                yield document.fault((*path, name), "an empty list; name at least one trigger")
    for loop, path in loops_of(model):
        yield document.fault(path, f"a loop of triggers, so that none ever comes: {' waits for '.join(loop)}")
    asked = {one.id for one in model.decisions} | {one.id for one in model.quiz}
    for _, action, path in actions_of(model):
        if action.ask is not None:
            yield from _unknown(document, (*path, "ask"), action.ask, asked, "decision or quiz question")
    cues = {action.cue for _, action, _ in actions_of(model) if action.cue is not None}
    heard = cues | {warning.id for warning in model.warnings}
    for n, group in enumerate(model.crowd.groups):
        if group.after is not None:
            yield from _unknown(document, ("crowd", "groups", n, "after"), group.after, heard, "warning or cue")


def _warnings(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    highest, before = 0, ""
    for n, warning in sorted(enumerate(model.warnings), key=lambda pair: pair[1].at_s):
        if warning.level < highest and not warning.cancel:
            yield document.fault(
                ("warnings", n, "level"),
                f"warnings do not fall: {before!r} was already level {highest}. Write 'cancel: true' to lower it",
            )
        highest, before = warning.level, warning.id
        if warning.at_s > model.clock.duration_s:
            yield document.fault(("warnings", n, "at_s"), f"the run ends at {model.clock.duration_s:g} s, before this")
        names = names_of(level=warning.level, era=model.naming_era)
        if warning.cap.event not in names:
            yield document.fault(
                ("warnings", n, "cap", "event"),
                f"not a name of a level {warning.level} warning in {model.naming_era}; give one of {', '.join(names)}",
            )


def _announcements(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    texts: list[tuple[Text, Path]] = [
        (warning.announcement, ("warnings", n, "announcement")) for n, warning in enumerate(model.warnings)
    ]
    texts += [(action.announce, (*path, "announce")) for _, action, path in actions_of(model) if action.announce]
    for text, path in texts:
        for language, said in text.model_dump(by_alias=True, exclude_none=True).items():
            place = (*path, language)
            if not begins_as_drill(said, language=language):
                word = "Drill" if language == "en" else "訓練"
                yield document.fault(place, f"an announcement begins with 「{word}」, so that nobody takes it for real")
            for name in names_gone(said, era=model.naming_era):
                yield document.fault(
                    place, f"{name} no longer exists in naming_era {model.naming_era}; use today's name or another era"
                )


def _choices(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    for name in ("decisions", "quiz"):
        for n, asked in enumerate(getattr(model, name)):
            options: list[Option] = asked.options
            if not any(option.correct for option in options):
                yield document.fault((name, n, "options"), "no option is correct; mark at least one")


def _objectives(model: ScenarioModel, document: Located) -> Iterator[Fault]:
    decisions = {decision.id for decision in model.decisions}
    for n, objective in enumerate(model.objectives):
        path: Path = ("objectives", n)
        if objective.metric == "decision_correct":
            if objective.of is None:
                yield document.fault((*path, "metric"), "say which decision is meant: 'of: ID'")
            else:
                yield from _unknown(document, (*path, "of"), objective.of, decisions, "decision")
        elif objective.of is not None:
            yield document.fault((*path, "of"), "'of' goes with the metric decision_correct alone")
        softer = {
            "partly_at_most": objective.at_most is not None
            and objective.partly_at_most is not None
            and objective.partly_at_most >= objective.at_most,
            "partly_at_least": objective.at_least is not None
            and objective.partly_at_least is not None
            and objective.partly_at_least <= objective.at_least,
        }
        for name, fits in softer.items():
            if getattr(objective, name) is not None and not fits:
                yield document.fault((*path, name), f"{name} is a softer bound than {name[7:]}, which it goes with")
        if objective.metric == "quiz_share" and not model.quiz:
            yield document.fault((*path, "metric"), "this scenario asks no quiz")
        if objective.metric in ("fed", "low_posture_share") and not any(isinstance(h, Smoke) for h in model.hazards):
            yield document.fault((*path, "metric"), "this scenario has no smoke")
        shakes = any(isinstance(h, Earthquake) for h in model.hazards)
        if objective.metric in ("drop_latency_s", "cover_share", "hold_share", "hits", "glass_m") and not shakes:
            yield document.fault((*path, "metric"), "this scenario has no earthquake")
        named = any(option.door for decision in model.decisions for option in decision.options)
        if objective.metric == "right_stair" and not named:
            why = "no option of a decision names a door, by which the right stair is told"
            yield document.fault((*path, "metric"), why)


def _readings(value: object, path: Path, document: Located) -> Iterator[Fault]:
    """Yield texts whose readings {漢字|かんじ} are not well written."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _readings(inner, (*path, key), document)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _readings(inner, (*path, n), document)
    elif isinstance(value, str) and re.search(r"[{}]", _READING.sub("", value)):
        yield document.fault(path, "a reading is written {漢字|かんじ}, with both parts and no braces inside")


def check_references(model: ScenarioModel, document: Located, site: Site) -> Iterator[Fault]:
    """Yield ids that the site does not have."""
    zones = [zone.id for zone in site.zones]
    doors = [door.id for door in site.doors]
    refuges = [refuge.id for refuge in site.refuges]
    floors = [floor.id for floor in site.floors]
    yield from _unknown(document, ("resident", "at", "floor"), model.resident.at.floor, floors, "floor")
    for n, group in enumerate(model.crowd.groups):
        path: Path = ("crowd", "groups", n)
        yield from _unknown(document, (*path, "zone"), group.zone, zones, "zone")
        if group.leads_to is not None:
            yield from _unknown(document, (*path, "leads_to"), group.leads_to, refuges, "refuge")
    for n, hazard in enumerate(model.hazards):
        for m, zone in enumerate(hazard.zones):
            yield from _unknown(document, ("hazards", n, "zones", m), zone, zones, "zone")
        if isinstance(hazard, Smoke):
            yield from _unknown(document, ("hazards", n, "fire", "floor"), hazard.fire.floor, floors, "floor")
    for _, trigger, place in triggers_of(model):
        if trigger.resident_in is not None:
            yield from _unknown(document, (*place, "resident_in"), trigger.resident_in, zones, "zone")
    for _, action, place in actions_of(model):
        for name in ("close", "open", "lock", "unlock"):
            door = getattr(action, name)
            if door is not None:
                yield from _unknown(document, (*place, name), door, doors, "door")
    for n, decision in enumerate(model.decisions):
        for m, option in enumerate(decision.options):
            if option.door is not None:
                yield from _unknown(document, ("decisions", n, "options", m, "door"), option.door, doors, "door")
