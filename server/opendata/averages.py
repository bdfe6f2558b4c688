"""An average about people, published only where it tells of nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LARGEST_SHARE: Final = 0.5
"""An average that one person makes up by so much tells mostly of that person (the dominance rule of statistics)."""


def publishable_average(values: Sequence[float], *, shown: bool, k: int = 10) -> float | None:
    """Return the average of values that are not negative, or None where it may not be published.

    Args:
        values: one a person.
        shown: whether the number of these people is published in the release that the average stands beside: where
            the number is hidden, averages before and after somebody joined would tell of them.
        k: the smallest number of people.

    Raises:
        ValueError: a value is negative.
    """
    if any(value < 0 for value in values):
        msg = "averages are for values that are not negative, such as steps"
        raise ValueError(msg)
    total = sum(values)
    if not shown or len(values) < k or (total > 0 and max(values) > LARGEST_SHARE * total):
        return None
    return total / len(values)
