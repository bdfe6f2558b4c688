"""Every sound of the house: who makes it, how loud it is, whether it goes round, how sudden it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drill.view.sound import alarms, bodies, structures, voices, waters
from drill.view.sound.synthesis import Floats, Rng


@dataclass(frozen=True, slots=True)
class Kind:
    """A sound.

    Attributes:
        id: its name; its text in every language is `sound.<id>` of the translation files.
        maker: makes it from a random stream.
        lufs: loudness of its loudest 400 ms where it stands nearest.
        near_m: distance up to which it is as loud as that; beyond, it falls by 6 dB each time the distance doubles.
        loops: whether it goes round.
        takes: how many of them are made, so that steps do not sound alike.
        sudden: whether it startles; in calm mode it is told by its subtitle alone.
        told: how much it matters as a subtitle, 0 (never shown) to 3 (danger).
    """

    id: str
    maker: Callable[[Rng], Floats]
    lufs: float
    near_m: float
    loops: bool = False
    takes: int = 1
    sudden: bool = False
    told: int = 0


def _kinds(*kinds: Kind) -> dict[str, Kind]:
    return {kind.id: kind for kind in kinds}


KINDS: Final = _kinds(
    Kind("fire_alarm", alarms.fire_alarm, -22, 6.0, loops=True, told=3),
    Kind("school_bell", alarms.school_bell, -25, 5.0, loops=True, told=2),
    Kind("siren", alarms.siren, -20.5, 160.0, loops=True, told=3),
    Kind("early_warning", alarms.early_warning, -21, 5.0, loops=True, told=3),
    Kind("chime", alarms.chime, -26, 6.0),
    Kind("rain_roof", waters.rain_roof, -37, 4.0, loops=True, told=1),
    Kind("river", waters.river, -33, 8.0, loops=True, told=1),
    Kind("water_in", waters.water_in, -28, 3.5, loops=True, told=2),
    Kind("water_still", waters.water_still, -38, 2.0, loops=True),
    Kind("underwater", waters.underwater, -30, 1.0, loops=True),
    Kind("wade", waters.wade, -30, 1.0, takes=4),
    Kind("step_water", waters.step_water, -33, 1.0, takes=4),
    Kind("splash", waters.splash, -28, 2.0, takes=2, told=1),
    Kind("wood_groan", structures.wood_groan, -30, 3.0, takes=3, told=1),
    Kind("steel_groan", structures.steel_groan, -31, 5.0, takes=3, told=1),
    Kind("rumble", structures.rumble, -20, 50.0, loops=True, told=3),
    Kind("rattle", structures.rattle, -27, 4.0, loops=True, told=1),
    Kind("fall_light", structures.fall_light, -28, 2.0, takes=4, sudden=True, told=1),
    Kind("fall_heavy", structures.fall_heavy, -24, 3.0, takes=3, sudden=True, told=2),
    Kind("glass", structures.glass, -26, 2.5, takes=3, sudden=True, told=2),
    Kind("door_slide", structures.door_slide, -32, 1.5, takes=2),
    Kind("door_swing", structures.door_swing, -31, 1.5, takes=2),
    Kind("door_stuck", structures.door_stuck, -29, 1.5, takes=2, told=1),
    Kind("power_off", structures.power_off, -31, 4.0, told=1),
    Kind("fire", structures.fire, -28, 2.5, loops=True, told=2),
    Kind("step_wood", bodies.step_wood, -35, 1.0, takes=6),
    Kind("step_hard", bodies.step_hard, -35, 1.0, takes=6),
    Kind("step_ground", bodies.step_ground, -36, 1.0, takes=6),
    Kind("breath_calm", bodies.breath_calm, -46, 1.0, loops=True),
    Kind("breath_hard", bodies.breath_hard, -36, 1.0, loops=True),
    Kind("cough", bodies.cough, -29, 1.0, takes=3, told=1),
    Kind("heart", bodies.heart, -38, 1.0, loops=True),
    Kind("crowd_murmur", voices.crowd_murmur, -33, 3.0, loops=True, told=1),
    Kind("child_call", voices.child_call, -30, 2.0, takes=6, told=1),
    Kind("talk_child", voices.talk_child, -35, 1.2, takes=4),
    Kind("talk_grown", voices.talk_grown, -35, 1.2, takes=4),
    # Said in words where the language has a voice here, see `drill.view.sound.lines`; else these wordless calls.
    Kind("call_here", voices.child_call, -28, 2.5, takes=2, told=1),
    Kind("call_safe", voices.child_call, -28, 2.5, takes=2, told=1),
    Kind("call_together", voices.child_call, -28, 2.5, takes=2, told=1),
    Kind("ask_what", voices.talk_child, -33, 1.5, takes=2),
    Kind("call_come", voices.grown_call, -26, 2.5, takes=2, told=1),
    Kind("call_calm", voices.grown_call, -26, 2.5, takes=2, told=1),
    Kind("call_head", voices.grown_call, -26, 2.5, takes=2, told=1),
)
"""Announcements are sounds too; they are spoken from the scenario's texts, see `drill.view.sound.speech`."""

SPOKEN_LUFS: Final = -21.0
SPOKEN_NEAR_M: Final = 6.0
"""An announcement, as loud as its loudest 400 ms, and how near its loudspeaker is taken to be."""
