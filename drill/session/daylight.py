"""How light it is outside: from the height of the sun over central Japan."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final

LATITUDE_DEG: Final = 36.0
LONGITUDE_DEG: Final = 138.5
NIGHT_BELOW_DEG: Final = -6.0
DAY_ABOVE_DEG: Final = 6.0
"""From the end of civil twilight to a sun that stands clear of hills and houses."""


def sun_height_deg(at: datetime) -> float:
    """Return the height of the sun's middle over the horizon, degrees, within about half a degree.

    Cooper's declination (1969) and Spencer's equation of time (1971), without refraction. A time without zone is UTC.
    """
    utc = at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    day = utc.timetuple().tm_yday
    hours = utc.hour + utc.minute / 60.0 + utc.second / 3600.0
    b = 2.0 * math.pi * (day - 1) / 365.0
    minutes = 229.18 * (
        0.000075
        + 0.001868 * math.cos(b)
        - 0.032077 * math.sin(b)
        - 0.014615 * math.cos(2 * b)
        - 0.04089 * math.sin(2 * b)
    )
    solar = hours + LONGITUDE_DEG / 15.0 + minutes / 60.0
    turned = math.radians(15.0 * (solar - 12.0))
    declination = math.radians(23.45 * math.sin(2.0 * math.pi * (284 + day) / 365.0))
    latitude = math.radians(LATITUDE_DEG)
    height = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(turned)
    return math.degrees(math.asin(max(-1.0, min(1.0, height))))


def daylight_at(at: datetime) -> float:
    """Return 0 at night to 1 by day, linear in the height of the sun through twilight."""
    share = (sun_height_deg(at) - NIGHT_BELOW_DEG) / (DAY_ABOVE_DEG - NIGHT_BELOW_DEG)
    return round(max(0.0, min(1.0, share)), 4)
