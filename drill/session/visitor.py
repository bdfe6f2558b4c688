"""Who stands before a station: what their ticket or their word says of them, before a run begins."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

from drill.session.offer import ViewOffer
from drill.session.station import StationRun, note_of_ticket, offers_of_age


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of a person before they play.

    Attributes:
        known: fields of the run's header: station, consent, session, age_band, ticket_hash.
        language: of texts.
        offer: which views they may be offered; None where no paired server says anything about it.
        asked: whether the station itself asks for consent to recording.
    """

    language: str
    known: dict[str, str] = field(default_factory=dict)
    offer: ViewOffer | None = None
    asked: bool = False

    @classmethod
    def of(cls, args: argparse.Namespace, station: StationRun | None) -> Visitor:
        """Return what the command line, a ticket and the day's bundle say.

        Raises:
            TicketProblemError: the ticket cannot be used, or the age band is not known.
        """
        if station is None:
            return cls(args.language)
        known = {"station": station.config.name}
        folder = station.config_file.parent
        if not args.ticket:
            offers = offers_of_age(station.config, args.age_band, folder=folder)
            # Below the guardian's age the child is not asked: without a guardian here, nothing is recorded.
            asked = args.guardian_agreed or not offers.guardian_consents
            known |= {"age_band": args.age_band} if args.age_band else {}
            return cls(args.language, known, offers.offer(guardian_agreed=args.guardian_agreed), asked=asked)
        note = note_of_ticket(station.config, args.ticket, folder=folder)
        known |= {"consent": note.consent, "session": note.session, "age_band": note.age_band}
        if note.consent:
            known["ticket_hash"] = note.ticket_hash
        return cls(note.language or args.language, known, note.offer)
