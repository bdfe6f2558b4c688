"""What a person may set of the sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CALM_RISE_S: Final = 2.0
"""In calm mode nothing reaches its loudness sooner."""
QUIET_LUFS: Final = -33.0
"""What is quieter than this, such as one's own steps, startles nobody."""
RISE_S: Final = 0.06
FALL_S: Final = 0.35


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """Settings of the sound.

    Attributes:
        volume: 0 to 1 of what the bounds of loudness allow.
        mute: nothing is played; subtitles go on.
        calm: nothing comes suddenly: what goes on fades in over 2 s, what startles is told by its subtitle alone.

    Raises:
        ValueError: a volume outside 0 to 1.
    """

    volume: float = 1.0
    mute: bool = False
    calm: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.volume <= 1.0:
            msg = f"the volume is {self.volume}; it lies between 0 (silent) and 1 (as loud as the bounds allow)"
            raise ValueError(msg)

    @property
    def gain(self) -> float:
        """Gain of everything: a square law, so that half the knob is about half as loud."""
        return 0.0 if self.mute else self.volume**2

    def rise_of(self, *, once: bool, lufs: float) -> float:
        """Return how long a sound takes to fade in, s; 0 leaves its own beginning as it is."""
        if once:
            return CALM_RISE_S if self.calm and lufs > QUIET_LUFS else 0.0
        return self.rise_s

    @property
    def rise_s(self) -> float:
        """How long what goes on takes to fade in."""
        return CALM_RISE_S if self.calm else RISE_S
