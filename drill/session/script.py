"""The file of a scripted resident, schema `sonae-resident/1`: steps that are done one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_core import to_json

from drill.fault import Fault, FaultyFileError
from drill.located import MAX_YAML_BYTES, Located, read_yaml
from drill.scenario.model import Id, Metres, Part, Seconds, Text
from drill.scenario.scenario import Scenario
from drill.wording import faults_of

SCHEMA: Final = "sonae-resident/1"


class ScriptError(FaultyFileError):
    """A resident's file that cannot be played. `faults` holds every fault, in line order."""


class Target(Part):
    """Where to go: exactly one of a place (x and y), a refuge, a door or a zone."""

    x: Metres | None = None
    y: Metres | None = None
    floor: Id | None = None
    """Floor of the place; without it the floor that the resident is on."""
    refuge: Id | None = None
    door: Id | None = None
    zone: Id | None = None
    within_m: Annotated[float, Field(ge=0.2, le=5)] = 0.4
    avoid_doors: list[Id] = Field(default_factory=list)
    """Doors that the way does not lead through."""
    keep_space: bool = False
    """Slow down behind people ahead instead of pressing on."""

    @model_validator(mode="after")
    def _one(self) -> Target:
        if (self.x is None) != (self.y is None):
            msg = "give both x and y"
            raise ValueError(msg)
        given = [n for n in ("x", "refuge", "door", "zone") if getattr(self, n) is not None]
        if len(given) != 1:
            msg = f"give exactly one of x and y, refuge, door, zone; got {', '.join(given) or 'none'}"
            raise ValueError(msg)
        return self


class Until(Part):
    """What is waited for: exactly one of the fields; `timeout_s` goes on without it."""

    at_s: Seconds | None = None
    cue: Id | None = None
    """A cue, or an announcement that is spoken."""
    warning: Id | None = None
    level: Annotated[int, Field(ge=1, le=5)] | None = None
    prompt: Id | None = None
    depth_m: Annotated[float, Field(gt=0)] | None = None
    smoke_per_m: Annotated[float, Field(gt=0)] | None = None
    timeout_s: Seconds = 60.0

    @model_validator(mode="after")
    def _one(self) -> Until:
        names = ("at_s", "cue", "warning", "level", "prompt", "depth_m", "smoke_per_m")
        given = [n for n in names if getattr(self, n) is not None]
        if len(given) != 1:
            msg = f"give exactly one of {', '.join(names)}; got {', '.join(given) or 'none'}"
            raise ValueError(msg)
        return self


class Step(Part):
    """One step: exactly one of the fields is given.

    `wait` seconds; `walk_to` a target at `pace` times the walking speed; `look` to a facing in degrees; `crouch` to a
    share of the standing eye height (1 stands up); `cover` goes low and under a thing that protects, such as a desk, by
    its id; `use` the door near by; `choose` an option; `until` something
    happens; `stop` asks to end.
    """

    wait: Seconds | None = None
    walk_to: Target | None = None
    look: Annotated[float, Field(ge=-360, le=360)] | None = None
    crouch: Annotated[float, Field(ge=0.25, le=1)] | None = None
    cover: Id | None = None
    use: Id | None = None
    choose: Id | None = None
    until: Until | None = None
    stop: Literal[True] | None = None
    pace: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _one(self) -> Step:
        names = [n for n in type(self).model_fields if n != "pace"]
        given = [n for n in names if getattr(self, n) is not None]
        if len(given) != 1:
            msg = f"give exactly one of {', '.join(names)}; got {', '.join(given) or 'none'}"
            raise ValueError(msg)
        return self


class Script(Part):
    """A scripted resident as written."""

    schema_: Annotated[Literal["sonae-resident/1"], Field(alias="schema")]
    scenario: Id
    about: Text
    quiz: dict[Id, Id] = Field(default_factory=dict)
    """Answers to quiz questions: question and option; others stay unanswered."""
    steps: Annotated[list[Step], Field(min_length=1, max_length=1000)]


def load_script(path: Path, scenario: Scenario) -> Script:
    """Return the scripted resident in a file, checked against the scenario it is to be played in.

    Raises:
        ScriptError: with every fault that was found.
    """
    name = path.name
    try:
        with path.open("rb") as stream:
            document = read_yaml(stream.read(MAX_YAML_BYTES + 1), file=name)
    except OSError as error:
        message = f"this file cannot be read: {error.strerror}"
        raise ScriptError([Fault(name, 0, "", str(path), message)]) from None
    except FaultyFileError as error:
        raise ScriptError(error.faults) from None
    if not isinstance(document.data, dict):
        raise ScriptError([document.fault((), f"a resident is a mapping that begins with 'schema: {SCHEMA}'")])
    try:
        script = Script.model_validate_json(to_json(document.data))
    except ValidationError as error:
        raise ScriptError(faults_of(error, document, model=Script)) from None
    faults = _check(script, document, scenario)
    if faults:
        raise ScriptError(faults)
    return script


def _check(script: Script, document: Located, scenario: Scenario) -> list[Fault]:
    model, site = scenario.model, scenario.site
    if script.scenario != model.id:
        message = f"this resident is made for another scenario than {model.id!r}; play it there or mend the name"
        return [document.fault(("scenario",), message)]
    options = {o.id for d in model.decisions for o in d.options} | {o.id for q in model.quiz for o in q.options}
    known: dict[str, set[str]] = {
        "floor": {f.id for f in site.floors},
        "refuge": {r.id for r in site.refuges},
        "door": {d.id for d in site.doors},
        "zone": {z.id for z in site.zones},
        "option": options,
        "thing that protects": {p.id for p in site.props if p.protective},
        "warning": {w.id for w in model.warnings},
        "decision or question": {d.id for d in model.decisions} | {q.id for q in model.quiz},
        "question": {q.id for q in model.quiz},
    }
    faults: list[Fault] = []

    def named(kind: str, value: str | None, *path: str | int) -> None:
        if value is not None and value not in known[kind]:
            have = ", ".join(sorted(known[kind])) or "none"
            faults.append(document.fault(path, f"no {kind} of this scenario; it has {have}"))

    for number, step in enumerate(script.steps):
        at = ("steps", number)
        named("door", step.use, *at, "use")
        named("option", step.choose, *at, "choose")
        named("thing that protects", step.cover, *at, "cover")
        if step.walk_to is not None:
            for kind in ("floor", "refuge", "door", "zone"):
                named(kind, getattr(step.walk_to, kind), *at, "walk_to", kind)
            for n, door in enumerate(step.walk_to.avoid_doors):
                named("door", door, *at, "walk_to", "avoid_doors", n)
        if step.until is not None:
            named("warning", step.until.warning, *at, "until", "warning")
            named("decision or question", step.until.prompt, *at, "until", "prompt")
    for question, option in script.quiz.items():
        named("question", question, "quiz", question)
        named("option", option, "quiz", question)
    return faults
