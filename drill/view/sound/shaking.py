"""What an earthquake sounds like: the rumble follows the record, things rattle, groan, fall and break."""

from __future__ import annotations

import hashlib
import math
from typing import Final

from drill.hazards.picture import QuakePicture
from drill.session.frame import Frame, ThingState
from drill.view.sound.source import Source

ATTACK_S: Final = 0.08
RELEASE_S: Final = 0.6
FULL_MPS2: Final = 4.0
"""Acceleration at which the rumble is as loud as it gets: the strong shaking of class 6-."""
FELT_MPS2: Final = 0.02
RATTLE_FROM_MPS2: Final = 0.15
GROAN_FROM_MPS2: Final = 0.9
GROAN_EVERY_S: Final = 2.2
HEAVY: Final = frozenset(
    {"shelf", "locker", "piano", "cabinet", "cupboard", "bookcase", "tv", "ballcart", "blackboard"}
)
GLASS: Final = frozenset({"window", "glass", "lamp", "clock", "tv", "mirror", "aquarium", "vase"})


class Shaking:
    """Sounds of the ground and of what it shakes.

    Attributes:
        envelope_mps2: the acceleration as an ear follows it: quick up, slow down.
    """

    def __init__(self) -> None:
        self.envelope_mps2 = 0.0
        self._last_s = 0.0
        self._things: dict[str, str] = {}
        self._groan_at = 0.0

    def step(self, frame: Frame) -> list[Source]:
        """Return what shaking sounds like at a frame."""
        now = frame.t_s
        elapsed = max(0.0, now - self._last_s)
        self._last_s = now
        quakes = [p for p in frame.hazards if isinstance(p, QuakePicture)]
        strongest = max((math.hypot(*p.acceleration_mps2) for p in quakes), default=0.0)
        over = ATTACK_S if strongest > self.envelope_mps2 else RELEASE_S
        self.envelope_mps2 += (strongest - self.envelope_mps2) * (1 - math.exp(-elapsed / over))
        out = self._fallen(frame)
        a = self.envelope_mps2
        if a >= FELT_MPS2:
            # Loudness grows with acceleration; a little less than in proportion, as a body compresses it.
            out.append(Source("rumble", "rumble", None, min(1.0, (a / FULL_MPS2) ** 0.7)))
        if a >= RATTLE_FROM_MPS2:
            x, y, _ = frame.resident.feet
            strength = min(1.0, ((a - RATTLE_FROM_MPS2) / FULL_MPS2) ** 0.6)
            out.append(Source("rattle", "rattle", None, strength))
            if a >= GROAN_FROM_MPS2 and now >= self._groan_at:
                draw = hashlib.sha256(f"groan {frame.tick}".encode()).digest()
                self._groan_at = now + GROAN_EVERY_S * (0.6 + draw[0] / 255)
                angle = draw[1] / 255 * 2 * math.pi
                at = (x + 4 * math.cos(angle), y + 4 * math.sin(angle), frame.resident.feet[2] + 3.0)
                sound = "steel_groan" if draw[2] % 2 else "wood_groan"
                out.append(Source(f"groan {frame.tick}", sound, at, min(1.0, 0.4 + a / 6), draw[3] % 3, once=True))
        return out

    def _fallen(self, frame: Frame) -> list[Source]:
        out = []
        for thing in frame.things:
            before = self._things.get(thing.id, thing.state)
            self._things[thing.id] = thing.state
            if thing.state == before:
                continue
            if thing.state == "fallen":
                out.append(self._once(frame, thing, "fall_heavy" if thing.kind in HEAVY else "fall_light"))
            elif thing.state == "broken":
                out.append(self._once(frame, thing, "glass" if thing.kind in GLASS else "fall_light"))
        return out

    @staticmethod
    def _once(frame: Frame, thing: ThingState, sound: str) -> Source:
        take = int(hashlib.sha256(thing.id.encode()).hexdigest(), 16) % 12
        return Source(f"{sound} {thing.id} {frame.tick}", sound, thing.at, 1.0, take, once=True)
