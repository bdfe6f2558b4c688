"""Every coefficient of the body rules, by name: written to the header of a run so that it can be judged later."""

from __future__ import annotations

from typing import Final

from drill.people import (
    doors,
    dose,
    posture,
    shaking_speed,
    smoke_speed,
    specific_force,
    stability,
    visibility,
    wading,
)
from drill.people.state import Posture


def _table() -> dict[str, float]:
    table: dict[str, float] = {
        "fed.co_coefficient": dose.CO_COEFFICIENT,
        "fed.co_exponent": dose.CO_EXPONENT,
        "fed.hcn_scale_ppm": dose.HCN_SCALE_PPM,
        "fed.hcn_divisor_min": dose.HCN_DIVISOR_MIN,
        "fed.hcn_offset_per_min": dose.HCN_OFFSET_PER_MIN,
        "fed.breathing_slope": dose.BREATHING_SLOPE,
        "fed.breathing_offset": dose.BREATHING_OFFSET,
        "fed.breathing_divisor": dose.BREATHING_DIVISOR,
        "fed.o2_offset": dose.O2_OFFSET,
        "fed.o2_slope": dose.O2_SLOPE,
        "fed.o2_onset_pct": dose.O2_ONSET_PCT,
        "fed.incapacitating": dose.INCAPACITATING_FED,
        "smoke.frantzich_nilsson_alpha": smoke_speed.FRANTZICH_NILSSON_ALPHA,
        "smoke.frantzich_nilsson_beta": smoke_speed.FRANTZICH_NILSSON_BETA,
        "smoke.frantzich_nilsson_least": smoke_speed.FRANTZICH_NILSSON_LEAST,
        "smoke.fridolf_slope_per_s": smoke_speed.FRIDOLF_SLOPE_PER_S,
        "smoke.fridolf_clear_m": smoke_speed.FRIDOLF_CLEAR_M,
        "smoke.fridolf_least_mps": smoke_speed.FRIDOLF_LEAST_MPS,
        "visibility.reflecting_sign": visibility.REFLECTING_SIGN,
        "visibility.light_emitting_sign": visibility.LIGHT_EMITTING_SIGN,
        "door.child_limit_m": doors.CHILD_DOOR_LIMIT_M,
        "door.adult_limit_m": doors.ADULT_DOOR_LIMIT_M,
        "door.child_height_m": doors.CHILD_HEIGHT_M,
        "stability.frail_height_mass": stability.FRAIL_HEIGHT_MASS,
        "stability.child_height_mass": stability.CHILD_HEIGHT_MASS,
        "stability.speed_limit_mps": stability.SPEED_LIMIT_MPS,
        "ishigaki.aged_limit_m2": specific_force.AGED_LIMIT_M2,
        "ishigaki.adult_limit_m2": specific_force.ADULT_LIMIT_M2,
        "posture.crouching_below": posture.CROUCHING_BELOW,
        "posture.crawling_below": posture.CRAWLING_BELOW,
    }
    for depth, factor in zip(wading.WADING_DEPTH_M, wading.WADING_FACTOR, strict=True):
        table[f"wading.factor_at_{depth:.2f}_m"] = factor
    for who, index in (("frail", 0), ("child", 1), ("adult", 2)):
        table[f"stability.{who}_low_product"] = stability.LOW_PRODUCT[index]
        table[f"stability.{who}_unsafe_product"] = stability.UNSAFE_PRODUCT[index]
        table[f"stability.{who}_depth_limit_m"] = stability.DEPTH_LIMIT_M[index]
    for name, (extinctions, shares) in (
        ("jin_irritant", smoke_speed.JIN_IRRITANT),
        ("jin_nonirritant", smoke_speed.JIN_NONIRRITANT),
    ):
        for extinction, share in zip(extinctions, shares, strict=True):
            table[f"smoke.{name}_at_{extinction:.2f}_per_m"] = share
    for name, points in (("upright", shaking_speed.UPRIGHT), ("crawling", shaking_speed.CRAWLING)):
        for intensity, share in points:
            table[f"shaking.{name}_at_{intensity:.2f}"] = share
    for kind in Posture:
        table[f"posture.{kind.name.lower()}_eye_share"] = posture.EYE_SHARE[kind]
        table[f"posture.{kind.name.lower()}_speed_factor"] = posture.POSTURE_SPEED_FACTOR[kind]
    return table


COEFFICIENTS: Final[dict[str, float]] = _table()
