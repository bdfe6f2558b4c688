"""What an age decides: who speaks for a child, and which view of a drill is offered.

Ages are counted by date. Who was born on 29 February is a year older on 1 March of a common year: the Civil Code
(art. 143) lets a period whose day the month lacks end with that month.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from server.columns import today
from server.settings import Settings

View = Literal["vr", "ar", "screen"]
BANDS: Final = ("0-6", "7-12", "13-15", "16-64", "65-74", "75-")
"""Age bands of tickets, in full years."""


class AgeBandError(ValueError):
    """A text that is no age band such as 7-12 or 75-."""


@dataclass(frozen=True, slots=True)
class ViewOffer:
    """Which views of a drill may be offered to somebody now. The scenario is the same in each.

    Attributes:
        views: the most immersive first; "screen" is always among them.
        headset: whether anything may be worn on the head; without it "ar" is a tablet.
        guardian: whether a guardian's word to the headset is needed and missing ("needed"), given, or not asked for.
        reason: why there is no headset: too_young, guardian_needed, age_unknown; empty when there is one.
    """

    views: tuple[View, ...]
    headset: bool
    guardian: Literal["", "needed", "given"] = ""
    reason: Literal["", "too_young", "guardian_needed", "age_unknown"] = ""

    def as_dict(self) -> dict[str, object]:
        """Return the offer as a station's bundle carries it."""
        return {
            "views": list(self.views),
            "headset": self.headset,
            "guardian": self.guardian,
            "reason": self.reason,
        }


WITH_HEADSET: Final[tuple[View, ...]] = ("vr", "ar", "screen")
WITHOUT_HEADSET: Final[tuple[View, ...]] = ("ar", "screen")


def age_on(born: dt.date, day: dt.date) -> int:
    """Return the age in full years on a day; 0 before birth."""
    return max(day.year - born.year - ((day.month, day.day) < (born.month, born.day)), 0)


def youngest_of(band: str) -> int | None:
    """Return the youngest age of a band such as 7-12 or 75-; None for an empty one.

    Raises:
        AgeBandError: the text is no age band.
    """
    if not band:
        return None
    low, dash, high = band.partition("-")
    if not (dash and low.isascii() and low.isdecimal() and (not high or (high.isascii() and high.isdecimal()))):
        msg = f"{band[:20]!r} is no age band; write one such as {', '.join(BANDS)}"
        raise AgeBandError(msg)
    return int(low)


def band_of(age: int) -> str:
    """Return the band that an age falls into."""
    return next(band for band in reversed(BANDS) if age >= (youngest_of(band) or 0))


def age_known(*, age_band: str = "", born: dt.date | None = None, day: dt.date | None = None) -> int | None:
    """Return the age by birth date, else the youngest of the band, else None. `day` is that of the drill."""
    if born is not None:
        return age_on(born, day or today())
    return youngest_of(age_band)


def guardian_needed(
    settings: Settings, *, age_band: str = "", born: dt.date | None = None, day: dt.date | None = None
) -> bool:
    """Tell whether a guardian gives this person's consents. An unknown age is a grown-up's: nobody said otherwise."""
    age = age_known(age_band=age_band, born=born, day=day)
    return age is not None and age < settings.guardian_age


def view_for(
    settings: Settings,
    *,
    age_band: str = "",
    born: dt.date | None = None,
    day: dt.date | None = None,
    guardian_agreed: bool = False,
) -> ViewOffer:
    """Return which views may be offered to somebody, by birth date or age band, on the day of the drill.

    Nobody under `headset_age` wears a headset; under `headset_alone_age` only with a guardian's word. Of a band that
    reaches over such an age the youngest counts. Where no age is known, staff ask before anything is put on.

    Raises:
        AgeBandError: the band is none.
    """
    age = age_known(age_band=age_band, born=born, day=day)
    if age is None:
        return ViewOffer(WITHOUT_HEADSET, headset=False, reason="age_unknown")
    if age < settings.headset_age:
        return ViewOffer(WITHOUT_HEADSET, headset=False, reason="too_young")
    if age >= settings.headset_alone_age:
        return ViewOffer(WITH_HEADSET, headset=True)
    if guardian_agreed:
        return ViewOffer(WITH_HEADSET, headset=True, guardian="given")
    return ViewOffer(WITHOUT_HEADSET, headset=False, guardian="needed", reason="guardian_needed")
