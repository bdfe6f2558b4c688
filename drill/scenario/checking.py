"""What a scenario must keep beyond the shape of its fields."""

from __future__ import annotations

from drill.fault import Fault
from drill.located import Located
from drill.scenario.model import ScenarioModel
from drill.site.ground import Ground


def check(
    model: ScenarioModel, document: Located, *, ground: Ground | None, site_document: Located | None
) -> list[Fault]:
    """Return every fault of a scenario whose fields are well-formed. Without `ground` what needs a site is left out."""
    del model, document, ground, site_document
    return []
