"""The gentle variant of a scenario: nothing comes suddenly, everything is told before, hazards are weaker and slower.

Every scenario has one by these rules; its section `gentle` changes their numbers (`drill.scenario.model.Gentle`).
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from drill.scenario.model import (
    Action,
    Earthquake,
    Flood,
    Gentle,
    HazardPart,
    ScenarioEvent,
    ScenarioModel,
    Smoke,
    Text,
    Trigger,
)
from drill.scenario.scenario import Scenario

PREFIX: Final = "gentle"
WELCOME_S: Final = 0.5
EARLIEST_S: Final = 9.0
"""Notices wait until the welcome is said; hazards that are there before are told then."""


def gentle_of(scenario: Scenario) -> Scenario:
    """Return the gentle variant of a scenario: the same place, people, texts, decisions and hash.

    Its hash is that of the files, which are the same; `gentle` tells the variant, and so does the header of its runs.
    """
    if scenario.gentle:
        return scenario
    return replace(scenario, model=gentle_model(scenario.model), gentle=True)


def gentle_model(model: ScenarioModel) -> ScenarioModel:
    """Return the model of the gentle variant."""
    rules = model.gentle
    notices = [_notice("welcome", WELCOME_S)]
    hazards = []
    flood_base = next((part.level[0].level_m for part in model.hazards if isinstance(part, Flood)), None)
    for part in model.hazards:
        hazards.append(_weaker(part, rules))
        notices += _before(part, rules)
    share = None if flood_base is None else (flood_base, rules.water_share)
    events = [
        event.model_copy(update={"when": _trigger(event.when, share), "do": _calm(event.do)}) for event in model.events
    ]
    decisions = [one.model_copy(update={"when": _trigger(one.when, share)}) for one in model.decisions]
    injects = [one.model_copy(update={"do": _calm(one.do)}) for one in model.injects]
    return model.model_copy(
        update={
            "title": _titled(model.title),
            "hazards": hazards,
            "events": [*notices, *events],
            "decisions": decisions,
            "injects": injects,
        }
    )


def _weaker(part: HazardPart, rules: Gentle) -> HazardPart:
    if isinstance(part, Earthquake):
        shocks = [
            shock.model_copy(
                update={
                    "intensity": min(rules.intensity_at_most, shock.intensity or rules.intensity_at_most),
                    "rise_s": min(max(shock.rise_s, rules.rise_s), shock.duration_s / 2),
                }
            )
            for shock in part.shocks
        ]
        return part.model_copy(update={"shocks": shocks, "dust_per_m": 0.0})
    if isinstance(part, Flood):
        base = part.level[0].level_m
        level = [
            point.model_copy(update={"level_m": base + rules.water_share * (point.level_m - base)})
            for point in part.level
        ]
        flow = (part.flow_mps[0] * rules.water_share, part.flow_mps[1] * rules.water_share)
        return part.model_copy(update={"level": level, "flow_mps": flow})
    heat = [point.model_copy(update={"heat_kw": rules.heat_share * point.heat_kw}) for point in part.heat]
    return part.model_copy(
        update={
            "heat": heat,
            "soot_yield": part.soot_yield * rules.heat_share,
            "clear_height_m": max(part.clear_height_m, rules.clear_height_m),
        }
    )


def _before(part: HazardPart, rules: Gentle) -> list[ScenarioEvent]:
    """Return what is told before a hazard begins."""
    if isinstance(part, Earthquake):
        return [
            _notice("shock", max(EARLIEST_S, shock.at_s - rules.notice_s), number=n)
            for n, shock in enumerate(part.shocks, 1)
        ]
    if isinstance(part, Smoke):
        begins = next((point.at_s for point in part.heat if point.heat_kw > 0), part.heat[0].at_s)
        return [_notice("smoke", max(EARLIEST_S, begins - rules.notice_s), of=part.id)]
    begins = part.level[0].at_s
    for before, after in zip(part.level, part.level[1:], strict=False):
        if after.level_m > before.level_m:
            begins = before.at_s
            break
    return [_notice("water", max(EARLIEST_S, begins - rules.notice_s), of=part.id)]


def _notice(name: str, at_s: float, *, number: int = 0, of: str = "") -> ScenarioEvent:
    suffix = f"-{number}" if number else f"-{of}"[:24] if of else ""
    return ScenarioEvent(
        id=f"{PREFIX}-{name}{suffix}",
        when=Trigger(at_s=round(at_s, 3)),
        do=[Action(announce=_text(name))],
        notice=True,
    )


def _calm(actions: list[Action]) -> list[Action]:
    """Return actions without a sudden sound or darkness; what waited for the alarm's cue still gets it."""
    calm: list[Action] = []
    for action in actions:
        if action.alarm == "on":
            calm += [Action(announce=_text("alarm")), Action(cue="alarm")]
        elif action.power != "off":
            calm.append(action)
    return calm or [Action(cue=f"{PREFIX}-nothing")]


def _trigger(trigger: Trigger, flood: tuple[float, float] | None) -> Trigger:
    """Return a trigger that comes true although the water stays lower."""
    changed: dict[str, Any] = {}
    if flood is not None and trigger.water_level_m is not None:
        base, share = flood
        changed["water_level_m"] = base + share * (trigger.water_level_m - base)
    if flood is not None and trigger.depth_at_resident_m is not None:
        changed["depth_at_resident_m"] = trigger.depth_at_resident_m * flood[1]
    for name in ("any", "all"):
        inner: list[Trigger] | None = getattr(trigger, name)
        if inner is not None:
            changed[name] = [_trigger(one, flood) for one in inner]
    return trigger.model_copy(update=changed) if changed else trigger


def _titled(title: Text) -> Text:
    texts = _texts()["title"]
    simple = title.ja_simple
    return Text(
        ja=texts["ja"].replace("{title}", title.ja),
        ja_simple=None if simple is None else texts["ja-simple"].replace("{title}", simple),
        en=None if title.en is None else texts["en"].replace("{title}", title.en),
    )


def _text(name: str) -> Text:
    texts = _texts()[name]
    return Text(ja=texts["ja"], ja_simple=texts["ja-simple"], en=texts["en"])


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files("drill.scenario").joinpath("gentle.toml").read_text("utf-8"))
