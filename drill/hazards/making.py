"""Hazards from the parts of a scenario."""

from __future__ import annotations

from drill.hazards.earthquake import Earthquake
from drill.hazards.flood import Flood
from drill.hazards.hazard import Hazard
from drill.hazards.smoke import Smoke
from drill.scenario.model import Earthquake as EarthquakePart
from drill.scenario.model import Flood as FloodPart
from drill.scenario.model import HazardPart
from drill.scenario.scenario import Scenario
from drill.site.ground import Ground


def make_hazards(scenario: Scenario, ground: Ground) -> tuple[Hazard, ...]:
    """Return the hazards of a scenario, in its order.

    Raises:
        ValueError: a part does not fit the site; the text names it.
    """
    return tuple(_made(part, scenario, ground) for part in scenario.model.hazards)


def _made(part: HazardPart, scenario: Scenario, ground: Ground) -> Hazard:
    if isinstance(part, FloodPart):
        return Flood(part, ground.site)
    if isinstance(part, EarthquakePart):
        return Earthquake(part, ground.site, folder=scenario.folder)
    return Smoke(part, ground.site)
