"""Round steps for an axis."""

from __future__ import annotations

import math

TIME_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return about `about` round values (1, 2 or 5 times a power of ten) from `low` to `high`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def time_ticks(duration_s: float, about: int = 8) -> list[float]:
    """Return times from 0 to `duration_s` in steps that people count in (5 s, 15 s, 1 min, ...)."""
    step = next((s for s in TIME_STEPS if duration_s / s <= about), TIME_STEPS[-1])
    return [float(k * step) for k in range(int(duration_s // step) + 1)]
