"""Draws from the distributions that a scenario names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from drill.scenario.model import Constant, Distribution, Lognormal, Normal, Uniform


def draw(distribution: Distribution, *, n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return `n` draws. Truncated distributions draw again what falls outside their bounds.

    Raises:
        ValueError: a truncated distribution has next to no mass within its bounds.
    """
    match distribution:
        case Constant(value=value):
            return np.full(n, float(value))
        case Uniform(min=low, max=high):
            return rng.uniform(low, high, n)
        case Normal(mean=mean, sd=sd, min=low, max=high):
            return _within(lambda size: rng.normal(mean, sd, size), n, low, high, str(distribution))
        case Lognormal(mu=mu, sigma=sigma, min=low, max=high):
            return _within(lambda size: rng.lognormal(mu, sigma, size), n, low, high, str(distribution))
    msg = f"no such distribution: {distribution!r}"
    raise ValueError(msg)


def _within(
    sample: Callable[[int], npt.NDArray[np.float64]], n: int, low: float, high: float, said: str
) -> npt.NDArray[np.float64]:
    values = sample(n)
    for _ in range(1000):
        outside = (values < low) | (values > high)
        if not outside.any():
            return values
        values[outside] = sample(int(outside.sum()))
    msg = f"{said}: hardly any value lies between min {low} and max {high}; widen the bounds or move the centre"
    raise ValueError(msg)
