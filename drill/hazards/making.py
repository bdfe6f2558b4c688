"""Hazards from the parts of a scenario."""

from __future__ import annotations

from drill.hazards.flood import Flood
from drill.hazards.hazard import Hazard
from drill.hazards.smoke import Smoke
from drill.scenario.model import Flood as FloodPart
from drill.scenario.scenario import Scenario
from drill.site.ground import Ground


def make_hazards(scenario: Scenario, ground: Ground) -> tuple[Hazard, ...]:
    """Return the hazards of a scenario, in its order.

    Raises:
        ValueError: a part does not fit the site; the text names it.
    """
    return tuple(
        Flood(part, ground.site) if isinstance(part, FloodPart) else Smoke(part, ground.site)
        for part in scenario.model.hazards
    )
