"""What a drill is about at the moment, named in a word: a fire, water, shaking with its seismic intensity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from drill.hazards.picture import QuakePicture
from drill.scenario.model import Flood, Smoke
from drill.scenario.scenario import Scenario
from drill.seismic.intensity import CLASS_NAMES, class_of
from drill.session.frame import Frame

Kind = Literal["fire", "water", "quake", "bell"]
STRONG_FROM: Final = "5-"
"""From this class on people cannot do what they want: the shaking is called strong."""


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat as the HUD names it.

    Attributes:
        kind: what it is; `bell` where a bell rings and the scenario does not say for what.
        name: in the words of a language; may hold furigana as {漢字|かんじ}.
        intensity: JMA class of the shaking so far, one of `CLASS_NAMES`; "" for everything else.
    """

    kind: Kind
    name: str
    intensity: str = ""


class Threats:
    """Reads frames of a scenario, in order, into the threat that is named. `words` are the HUD's."""

    def __init__(self, scenario: Scenario, words: Mapping[str, Any]) -> None:
        hazards = scenario.model.hazards
        self._words: Mapping[str, str] = words["threat"]
        self._rings: Kind = "bell"
        if any(isinstance(h, Smoke) for h in hazards):
            self._rings = "fire"
        elif any(isinstance(h, Flood) for h in hazards):
            self._rings = "water"
        elif hazards:
            self._rings = "quake"
        self._strongest, self._t_s = "", 0.0

    def read(self, frame: Frame) -> Threat | None:
        """Return what threatens at a frame, or None.

        The class is the highest of this shaking so far, by the running intensity: it says what has come, it does not
        fall while it still shakes, and it changes seldom enough to be read.
        """
        if frame.t_s < self._t_s:
            self._strongest = ""
        self._t_s = frame.t_s
        quake = next((p for p in frame.hazards if isinstance(p, QuakePicture) and p.shaking), None)
        if quake is None:
            self._strongest = ""
            return Threat(self._rings, self._words[self._rings]) if frame.alarm else None
        now = class_of(quake.intensity)
        if not self._strongest or CLASS_NAMES.index(now) > CLASS_NAMES.index(self._strongest):
            self._strongest = now
        strong = CLASS_NAMES.index(self._strongest) >= CLASS_NAMES.index(STRONG_FROM)
        return Threat("quake", self._words["shaking_strongly" if strong else "shaking"], self._strongest)
