"""The scenario file, schema `sonae-scenario/1`, as strict models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA = "sonae-scenario/1"

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", description="lower-case letters, digits, - and _")]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Metres = Annotated[float, Field(ge=-1000, le=10_000)]


class Part(BaseModel):
    """Base of every part of a scenario: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Text(BaseModel):
    """A text in several languages; `ja` is always there. `ja-simple` may hold furigana as {漢字|かんじ}."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, populate_by_name=True)
    __pydantic_extra__: dict[str, str]

    ja: Annotated[str, Field(min_length=1)]
    ja_simple: Annotated[str | None, Field(alias="ja-simple")] = None
    en: str | None = None

    def in_language(self, language: str) -> str:
        """Return the text in `language`, else Japanese."""
        known = {"ja": self.ja, "ja-simple": self.ja_simple, "en": self.en} | (self.__pydantic_extra__ or {})
        return known.get(language) or self.ja


class Clock(Part):
    """The date and time that the drill plays at, and how long it may last: at most an hour."""

    start: datetime
    duration_s: Annotated[float, Field(gt=0, le=3600)]
    daylight: Annotated[float, Field(ge=0, le=1)] | None = None
    """0 at night to 1 by day; without it, as the sun stands over central Japan at `start`."""


class Place(Part):
    """A point of the site: `x` and `y` in metres in the axes of the site file, `floor` by its id."""

    x: Metres
    y: Metres
    floor: Id


class ResidentStart(Part):
    """Where the resident starts and their body; `facing_deg` counts anticlockwise from the x axis."""

    at: Place
    facing_deg: Annotated[float, Field(ge=-360, le=360)] = 0
    height_m: Annotated[float, Field(ge=0.8, le=2.2)] = 1.6
    mass_kg: Annotated[float, Field(ge=10, le=200)] = 55
    speed_mps: Annotated[float, Field(gt=0, le=3)] = 1.25


class Normal(Part):
    """Truncated normal distribution."""

    dist: Literal["truncnorm"]
    mean: float
    sd: Annotated[float, Field(ge=0)]
    min: float
    max: float

    @model_validator(mode="after")
    def _ordered(self) -> Normal:
        if not self.min <= self.mean <= self.max:
            msg = f"mean {self.mean} must lie between min {self.min} and max {self.max}"
            raise ValueError(msg)
        return self


class Lognormal(Part):
    """Log-normal distribution of ln t with mean `mu` and deviation `sigma`, cut to `min` and `max`."""

    dist: Literal["lognormal"]
    mu: float
    sigma: Annotated[float, Field(ge=0)]
    min: float = 0
    max: float = 3600


class Uniform(Part):
    """Uniform distribution: every value from `min` to `max` is as likely, in the unit of the field."""

    dist: Literal["uniform"]
    min: float
    max: float

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.min > self.max:
            msg = f"min {self.min} is above max {self.max}"
            raise ValueError(msg)
        return self


class Constant(Part):
    """The same `value` for everybody, in the unit of the field."""

    dist: Literal["constant"]
    value: float


Distribution = Annotated[Normal | Lognormal | Uniform | Constant, Field(discriminator="dist")]


class Group(Part):
    """A group of the crowd, placed at random in a zone of the site."""

    id: Id
    n: Annotated[int, Field(ge=1, le=5000)]
    zone: Id
    speed_mps: Distribution
    height_m: Distribution
    mass_kg: Annotated[float, Field(ge=10, le=200)] = 60
    pre_movement_s: Distribution
    after: Id | None = None
    """Pre-movement time counts from this warning or cue; None means from the first."""
    leads_to: Id | None = None
    """Refuge that the group goes to; None means the nearest."""
    name: Text | None = None
    """What people call the group, for pictures and pages."""


class Crowd(Part):
    """The people around the resident: `lab` flows as in experiments, `imo` keeps to the cap of IMO MSC.1/Circ.1533."""

    profile: Literal["lab", "imo"]
    groups: list[Group] = []


class LevelPoint(Part):
    """Height of the water surface in the axes of the site (not its depth), at `at_s` after the start."""

    at_s: Seconds
    level_m: Metres


class Flood(Part):
    """Water whose surface follows `level` (linear between points), over zones or the whole site."""

    id: Id
    type: Literal["flood"]
    name: Text | None = None
    zones: list[Id] = []
    level: Annotated[list[LevelPoint], Field(min_length=1)]
    flow_mps: tuple[Annotated[float, Field(ge=-10, le=10)], Annotated[float, Field(ge=-10, le=10)]] = (0.0, 0.0)
    turbidity_per_m: Annotated[float, Field(ge=0, le=50)] = 8.0
    colour: tuple[float, float, float] = (0.30, 0.22, 0.13)
    speed_model: Literal["sonae_still_water"] = "sonae_still_water"
    stability: Literal["cox2010"] = "cox2010"

    @model_validator(mode="after")
    def _times_rise(self) -> Flood:
        times = [p.at_s for p in self.level]
        if times != sorted(set(times)):
            msg = f"at_s of level must rise from point to point, got {times}"
            raise ValueError(msg)
        return self


class GrowthPoint(Part):
    """Heat release rate of the fire, kW, at `at_s` after the start; linear between points."""

    at_s: Seconds
    heat_kw: Annotated[float, Field(ge=0, le=50_000)]


class Smoke(Part):
    """A fire in a zone whose hot layer comes down and spreads through open doors to the other zones."""

    id: Id
    type: Literal["smoke"]
    name: Text | None = None
    fire: Place
    zones: Annotated[list[Id], Field(min_length=1)]
    heat: Annotated[list[GrowthPoint], Field(min_length=1)]
    soot_yield: Annotated[float, Field(ge=0, le=0.3)] = 0.06
    co_yield: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    hcn_yield: Annotated[float, Field(ge=0, le=0.1)] = 0.001
    heat_of_combustion_kj_per_g: Annotated[float, Field(gt=1, le=60)] = 20.0
    clear_height_m: Annotated[float, Field(ge=0, le=3)] = 0.0
    """The layer never comes below this height above the floor (teaching scenarios keep clear air below the knee)."""
    speed_model: Literal["fridolf", "frantzich_nilsson", "jin_irritant", "jin_nonirritant"] = "fridolf"
    fed: Literal["iso13571"] = "iso13571"


class Shock(Part):
    """One episode of shaking: a synthetic motion of a wanted intensity, or a record from files beside the scenario.

    `intensity` is the JMA instrumental seismic intensity (計測震度) where people stand. A record is scaled to it when
    it is given and taken as it was measured when it is not.
    """

    id: Id
    at_s: Seconds
    intensity: Annotated[float, Field(ge=1.0, le=7.0)] | None = None
    duration_s: Annotated[float, Field(ge=4, le=180)] = 30.0
    """Of a synthetic motion, from its first to its last movement."""
    rise_s: Annotated[float, Field(ge=0.5, le=60)] = 5.0
    """How long a synthetic motion takes to grow to its strongest."""
    record: Annotated[list[str], Field(max_length=3)] = []
    """A CSV file, or the two or three component files of K-NET or KiK-net, relative to the folder of the scenario."""

    @model_validator(mode="after")
    def _motion(self) -> Shock:
        if self.intensity is None and not self.record:
            msg = "give an intensity for a synthetic motion, or the files of a record"
            raise ValueError(msg)
        if self.rise_s > self.duration_s / 2:
            msg = f"rise_s {self.rise_s:g} is more than half of duration_s {self.duration_s:g}"
            raise ValueError(msg)
        return self


class Earthquake(Part):
    """An earthquake with its aftershocks. Every floor moves alike: the response of the building is not modelled."""

    id: Id
    type: Literal["earthquake"]
    name: Text | None = None
    zones: list[Id] = []
    """Zones that shake; empty means the whole site."""
    shocks: Annotated[list[Shock], Field(min_length=1)]
    power_fails_from: Annotated[float, Field(ge=1, le=7)] = 5.0
    """The mains light fails when the running intensity first reaches this."""
    dust_per_m: Annotated[float, Field(ge=0, le=1)] = 0.15
    """Extinction coefficient of the dust in the air at the strongest shaking of class 6-."""

    @model_validator(mode="after")
    def _in_turn(self) -> Earthquake:
        times = [shock.at_s for shock in self.shocks]
        if times != sorted(set(times)):
            msg = f"at_s of shocks must rise from shock to shock, got {times}"
            raise ValueError(msg)
        return self


HazardPart = Annotated[Flood | Smoke | Earthquake, Field(discriminator="type")]


class Cap(Part):
    """Field names of the Common Alerting Protocol 1.2. `status` is Exercise, always."""

    status: Literal["Exercise"] = "Exercise"
    event: Annotated[str, Field(min_length=1)]
    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
    certainty: Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]


class WarningPart(Part):
    """A warning at a level from 1 to 5. The announcement must begin with 「訓練」."""

    id: Id
    at_s: Seconds
    level: Annotated[int, Field(ge=1, le=5)]
    cap: Cap
    announcement: Text
    cancel: bool = False


class Trigger(Part):
    """When something happens: exactly one of the fields is given."""

    at_s: Seconds | None = None
    after: Id | None = None
    """Another event, warning, decision (taken) or inject of this scenario has happened."""
    resident_in: Id | None = None
    """The resident is in a zone."""
    depth_at_resident_m: Annotated[float, Field(gt=0)] | None = None
    water_level_m: Metres | None = None
    """The first flood's surface reached this height."""
    any: list[Trigger] | None = None
    all: list[Trigger] | None = None
    delay_s: Seconds = 0

    @model_validator(mode="after")
    def _one(self) -> Trigger:
        named = ("at_s", "after", "resident_in", "depth_at_resident_m", "water_level_m", "any", "all")
        given = [n for n in named if getattr(self, n) is not None]
        if len(given) != 1:
            msg = f"give exactly one of {', '.join(named)}; got {', '.join(given) or 'none'}"
            raise ValueError(msg)
        return self


class Action(Part):
    """What is done: exactly one of the fields is given."""

    announce: Text | None = None
    alarm: Literal["on", "off"] | None = None
    close: Id | None = None
    open: Id | None = None
    lock: Id | None = None
    unlock: Id | None = None
    cue: Id | None = None
    ask: Id | None = None
    """A decision or quiz question is put to the resident."""
    end: Literal["time", "operator"] | None = None
    power: Literal["on", "off"] | None = None
    """The mains light goes on or off."""

    @model_validator(mode="after")
    def _one(self) -> Action:
        given = [n for n in type(self).model_fields if getattr(self, n) is not None]
        if len(given) != 1:
            names = ", ".join(type(self).model_fields)
            msg = f"give exactly one of {names}; got {', '.join(given) or 'none'}"
            raise ValueError(msg)
        return self


class ScenarioEvent(Part):
    """When the trigger comes true, all of `do` is done once, in order."""

    id: Id
    when: Trigger
    do: Annotated[list[Action], Field(min_length=1)]
    notice: bool = False
    """Its announcements only tell what will come: they are no cue, and nobody sets out after them."""


class Inject(Part):
    """Something that staff may fire live."""

    id: Id
    label: Text
    do: Annotated[list[Action], Field(min_length=1)]


class Option(Part):
    """One answer of a decision or question; `why` is told to the resident afterwards."""

    id: Id
    text: Text
    correct: bool
    why: Text | None = None
    door: Id | None = None
    """Choosing is done by walking through this door, if it is given."""


class Decision(Part):
    """A choice in the drill, taken by `choose` or by going through the door of an option."""

    id: Id
    prompt: Text
    options: Annotated[list[Option], Field(min_length=2, max_length=6)]
    when: Trigger


class Question(Part):
    """A quiz question, asked after the run."""

    id: Id
    prompt: Text
    options: Annotated[list[Option], Field(min_length=2, max_length=6)]


Metric = Literal[
    "evacuation_time_s",
    "pre_movement_time_s",
    "max_depth_m",
    "fed",
    "low_posture_share",
    "decision_correct",
    "reached_refuge",
    "quiz_share",
    "drop_latency_s",
    "cover_share",
    "hold_share",
    "hits",
    "glass_m",
    "right_stair",
    "pushing_s",
    "stair_run_s",
]


class Objective(Part):
    """What the run is held against: `metric` compared with `at_most` or `at_least`.

    `partly_*` is the softer bound that still counts as partly met.
    """

    id: Id
    text: Text
    metric: Metric
    of: Id | None = None
    """The decision meant by `decision_correct`."""
    at_most: float | None = None
    at_least: float | None = None
    partly_at_most: float | None = None
    partly_at_least: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Objective:
        if (self.at_most is None) == (self.at_least is None):
            msg = "give exactly one of at_most and at_least"
            raise ValueError(msg)
        return self


class SiteRef(Part):
    """The site file (GeoJSON in metres), named relative to the folder of the scenario."""

    file: Annotated[str, Field(min_length=1)]


class Questionnaires(Part):
    """Questionnaires by name: before the drill, right after it and weeks after it."""

    before: list[str] = []
    after: list[str] = []
    weeks_after: list[str] = []


class Gentle(Part):
    """How the gentle variant of a scenario differs: nothing comes suddenly, all is told before and is weaker.

    It is for people whom a sudden or strong event would harm. Every scenario has one, by these rules; the section
    `gentle` changes their numbers.
    """

    notice_s: Annotated[float, Field(ge=0, le=60)] = 8.0
    """How long before a warning, an event or a shock its notice is given."""
    intensity_at_most: Annotated[float, Field(ge=1, le=5)] = 3.4
    """No shock is stronger than this: class 3, in which nothing falls."""
    rise_s: Annotated[float, Field(ge=0.5, le=60)] = 8.0
    """A shock takes at least so long to grow."""
    water_share: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Share of the rise of the water that is left."""
    heat_share: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Share of a fire's heat and soot that is left."""
    clear_height_m: Annotated[float, Field(ge=0, le=3)] = 1.2
    """Smoke stays above this height over the floor."""


class ScenarioModel(Part):
    """A scenario as written. `drill.scenario.scenario.Scenario` adds the site and the hash."""

    schema_: Annotated[Literal["sonae-scenario/1"], Field(alias="schema")]
    id: Id
    version: Annotated[int, Field(ge=1)]
    title: Text
    summary: Text
    status: Literal["Exercise"]
    naming_era: Literal[2018, 2021, 2026] = 2026
    clock: Clock
    site: SiteRef
    resident: ResidentStart
    crowd: Crowd
    hazards: Annotated[list[HazardPart], Field(min_length=1)]
    warnings: list[WarningPart] = []
    events: list[ScenarioEvent] = []
    injects: list[Inject] = []
    decisions: list[Decision] = []
    quiz: list[Question] = []
    objectives: Annotated[list[Objective], Field(min_length=1)]
    home_actions: list[Text] = []
    """One to three things to do at home, shown in the debrief."""
    questionnaires: Questionnaires = Questionnaires()
    gentle: Gentle = Gentle()
