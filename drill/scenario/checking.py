"""What a scenario must keep beyond the shape of its fields, all at once."""

from __future__ import annotations

from drill.fault import Fault
from drill.located import Located
from drill.scenario.model import ScenarioModel
from drill.scenario.places import check_places, check_site
from drill.scenario.references import check_references, check_words
from drill.site.ground import Ground


def check(
    model: ScenarioModel, document: Located, *, ground: Ground | None, site_document: Located | None
) -> list[Fault]:
    """Return every fault of a scenario whose fields are well-formed.

    Without a ground, what needs a site is left out. Places are checked once all ids are known to be good.
    """
    faults = list(check_words(model, document))
    if ground is None or site_document is None:
        return faults
    unknown = list(check_references(model, document, ground.site))
    broken = list(check_site(ground, site_document))
    faults += [*unknown, *broken]
    if not unknown and not broken:
        faults += check_places(model, document, ground, site_document)
    return faults
