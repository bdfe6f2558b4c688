"""Which view of a drill a person may be offered at this station, as the day's bundle says for their ticket or age.

The rule itself is the server's (age bands, a guardian's word); a station looks it up and obeys. Who may wear nothing on
the head plays the very same scenario on a screen.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Shown = Literal["vr", "ar", "screen"]
WORN: Final[frozenset[Shown]] = frozenset({"vr"})
"""What is worn on the head. "ar" is a tablet, unless the machine says that it is worn too."""
REASONS: Final = {
    "too_young": "小さい子どもにはゴーグルを使いません。同じ訓練を画面で行います。 "
    "This person is too young for a headset: the same drill is played on the screen.",
    "guardian_needed": "保護者の同意がないため、同じ訓練を画面で行います。 "
    "A guardian's word to the headset is missing: the same drill is played on the screen.",
    "age_unknown": "年齢が分からないため、同じ訓練を画面で行います。年齢を聞いて --age-band で伝えてください。 "
    "The age is not known: the same drill is played on the screen. Ask, and give it by --age-band.",
}


class ViewOffer(msgspec.Struct, frozen=True):
    """What the bundle says: which views are offered, the most immersive first, and why there is no headset.

    Attributes:
        views: of "vr", "ar", "screen".
        headset: whether anything may be worn on the head.
        guardian: "needed", "given" or "".
        reason: why there is no headset; "" when there is one.
    """

    views: tuple[Shown, ...] = ("screen",)
    headset: bool = False
    guardian: str = ""
    reason: str = "age_unknown"


UNKNOWN: Final = ViewOffer()


class AgeOffers(msgspec.Struct, frozen=True):
    """What is offered to an age band, without and with a guardian's word; whether a guardian gives its consents."""

    band: str = ""
    view: ViewOffer = UNKNOWN
    with_guardian: ViewOffer = UNKNOWN
    guardian_consents: bool = False

    def offer(self, *, guardian_agreed: bool) -> ViewOffer:
        """Return what is offered to somebody of this band."""
        return self.with_guardian if guardian_agreed else self.view


def shown_view(wanted: Shown, offer: ViewOffer, *, worn: bool = False) -> Shown:
    """Return the view that this person gets: the wanted one where it is offered, else the screen."""
    if (worn or wanted in WORN) and not offer.headset:
        return "screen"
    return wanted if wanted in offer.views else "screen"


def reason_of(offer: ViewOffer) -> str:
    """Return in words why the screen is used instead."""
    return REASONS.get(offer.reason, REASONS["age_unknown"])
