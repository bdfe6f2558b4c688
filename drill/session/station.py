"""A run on a paired station: what its ticket allows, where it is kept, and its two links to the server."""

from __future__ import annotations

import argparse
import contextlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from drill.record.api import ServerError, bundle
from drill.record.config import ConfigError, StationConfig, load_config
from drill.record.control import ControlLink
from drill.record.live import live_message
from drill.record.openfile import OpenFile
from drill.record.recorder import Recorder, Sink, Tee
from drill.record.run import RunHeader
from drill.record.spool import Spool
from drill.record.station import config_path, renew_key, spool_root
from drill.record.takeback import note_takeback
from drill.record.uplink import Uplink
from drill.record.wire import StationState
from drill.session.controls import Controls
from drill.session.frame import Frame
from drill.session.offer import UNKNOWN, AgeOffers, ViewOffer
from drill.ticket import TicketError, read_ticket, ticket_hash

BUNDLE_NAME: Final = "bundle.json"
ROOM_NAME: Final = "room.json"
RECORDING: Final = "recording"
UPLOAD_PATIENCE_S: Final = 30.0


class TicketProblemError(ValueError):
    """A ticket cannot be used for this run. The text says why; the code itself is not repeated."""


@dataclass(frozen=True, slots=True)
class TicketNote:
    """What the day's bundle says of a ticket.

    Attributes:
        consent: version of the recording consent, "" when there is none.
        session, age_band, language: as signed up.
        ticket_hash: SHA-256 of the code.
        offer: which views of a drill its holder may be offered.
    """

    consent: str
    session: str
    age_band: str
    language: str
    ticket_hash: str
    offer: ViewOffer = UNKNOWN


class _BundleTicket(msgspec.Struct, frozen=True):
    hash: str
    session: str | None = None
    age_band: str | None = None
    language: str | None = None
    view: ViewOffer = UNKNOWN
    consents: dict[str, str] = {}
    expires_at: str | None = None


class _Bundle(msgspec.Struct, frozen=True):
    room_key: str = ""
    tickets: list[_BundleTicket] = []
    ages: list[AgeOffers] = []


def note_of_ticket(config: StationConfig, code: str, *, folder: Path, now: datetime | None = None) -> TicketNote:
    """Return what is known of a ticket, from the server or, without network, from the bundle kept in `folder`.

    Raises:
        TicketProblemError: the code is wrong, not of this day, or has expired; or there is no bundle at all.
    """
    try:
        wanted = ticket_hash(read_ticket(code))
    except TicketError as error:
        raise TicketProblemError(str(error)) from error
    for ticket in _bundle(config, folder).tickets:
        if ticket.hash == wanted:
            if ticket.expires_at is not None and datetime.fromisoformat(ticket.expires_at) < (now or datetime.now(UTC)):
                msg = f"this ticket has expired ({ticket.expires_at}): ask staff for another"
                raise TicketProblemError(msg)
            return TicketNote(
                consent=ticket.consents.get(RECORDING, ""),
                session=ticket.session or "",
                age_band=ticket.age_band or "",
                language=ticket.language or "",
                ticket_hash=wanted,
                offer=ticket.view,
            )
    msg = "this ticket is not in the day's bundle: look at the day on it, or ask staff"
    raise TicketProblemError(msg)


def offers_of_age(config: StationConfig, band: str, *, folder: Path) -> AgeOffers:
    """Return what is offered to people without ticket, by the age band that they told staff; "" is not known.

    Raises:
        TicketProblemError: the bundle knows no such band.
    """
    if not band:
        return AgeOffers()
    known = _bundle(config, folder).ages
    found = next((one for one in known if one.band == band), None)
    if found is None:
        msg = f"age band {band!r} is not known here; known are {', '.join(one.band for one in known) or 'none'}"
        raise TicketProblemError(msg)
    return found


class _RoomOfDay(msgspec.Struct, frozen=True):
    date: str
    key: str


def room_key_of_day(config: StationConfig, *, folder: Path, now: datetime | None = None) -> str:
    """Return the key of the room as the day's bundle gives it, 64 hexadecimal digits; "" where it gives none.

    A key of this day is kept in `folder` and not fetched again: a gym without network must not wait for one. The
    bundle itself, with its tickets, is not kept for it.
    """
    kept = folder / ROOM_NAME
    today = (now or datetime.now(UTC)).date().isoformat()
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        known = msgspec.json.decode(kept.read_bytes(), type=_RoomOfDay)
        if known.date == today:
            return known.key
    try:
        key = msgspec.convert(bundle(config), type=_Bundle).room_key
    except (ServerError, OSError, msgspec.MsgspecError):
        return ""
    if key:
        with contextlib.suppress(OSError):
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(_RoomOfDay(today, key)))
    return key


def _bundle(config: StationConfig, folder: Path) -> _Bundle:
    kept = folder / BUNDLE_NAME
    try:
        fetched: Any = bundle(config)
        content = msgspec.json.encode(fetched)
        partial = kept.with_name(BUNDLE_NAME + ".part")
        partial.write_bytes(content)
        partial.chmod(0o600)
        partial.replace(kept)
    except (ServerError, OSError) as error:
        if not kept.is_file():
            msg = f"the day's bundle could not be fetched and none was kept: {error}"
            raise TicketProblemError(msg) from error
        content = kept.read_bytes()
    try:
        return msgspec.json.decode(content, type=_Bundle)
    except msgspec.MsgspecError as error:
        msg = f"the day's bundle cannot be read: {error}; fetch it again with the network on"
        raise TicketProblemError(msg) from error


@dataclass(slots=True)
class Keeping:
    """Where a run goes: the open file, the sealed spool, both, or nowhere."""

    recorder: Recorder | None
    kept: str
    partial: tuple[Path, ...] = ()
    """What a failed run leaves behind and is to be removed."""

    def clean(self) -> None:
        """Remove what was half written."""
        for path in self.partial:
            path.unlink(missing_ok=True)


def keep(header: RunHeader, *, out: Path | None, config: StationConfig | None, spool: Path | None) -> Keeping:
    """Return where a run is kept.

    A run by a script goes openly to `out`; with a paired server any run goes sealed to the spool. A person's run
    without either consent or server goes nowhere.

    Raises:
        RecordingError: a file cannot be written.
    """
    sinks: list[Sink] = []
    partial: tuple[Path, ...] = ()
    person = header.locomotion != "scripted"
    if config is not None and spool is not None and (header.consent or not person):
        sinks.append(Spool.create(spool, header, config.city_key))
    if out is not None and not person:
        file = OpenFile(out, header)
        sinks.append(file)
        partial = (file.path.with_name(file.path.name + ".part"), file.path)
    if not sinks:
        return Keeping(None, "nothing")
    kept = "open" if partial else "sealed"
    return Keeping(Recorder(header, sinks[0] if len(sinks) == 1 else Tee(*sinks)), kept, partial)


@dataclass(slots=True)
class StationRun:
    """The links of a paired station while it plays one run."""

    config: StationConfig
    config_file: Path
    spool: Path
    controls: Controls
    _control: ControlLink = field(init=False)
    _uplink: Uplink = field(init=False)

    def __post_init__(self) -> None:
        self._control = ControlLink(self.config, self.controls.do)
        self._uplink = Uplink(self.config, self.spool)

    @classmethod
    def of(cls, args: argparse.Namespace, controls: Controls) -> StationRun:
        """Return the links that the command line names. Raise ConfigError when the station is not paired."""
        file = config_path(args)
        return cls(load_config(file), file, spool_root(args), controls)

    def start(self) -> None:
        """Open both links; a network that is down is no error."""
        self._control.start()
        self._uplink.start()

    def show(self, run_id: str, frame: Frame) -> None:
        """Offer a frame to the live picture."""
        if frame.tick == 0:
            self._control.tell(StationState("running", run_id=run_id))
        message = live_message(run_id, frame)
        if message is not None:
            self._control.show(message)

    def take_back(self, header: RunHeader) -> None:
        """Let a run be deleted here and on the server, now or when the network is back. Raise OSError."""
        note_takeback(self.spool, header.run_id, header.consent)

    def finish(self) -> str:
        """Wait a while for the upload, close both links, and return what is left to do, or ""."""
        self._control.tell(StationState("uploading"))
        empty = self._uplink.wait_until_empty(UPLOAD_PATIENCE_S)
        self._control.tell(StationState("idle"))
        self._uplink.stop()
        self._control.stop()
        if empty:
            with contextlib.suppress(ConfigError, OSError):  # another time
                renew_key(self.config, self.config_file)
            return ""
        why = self._uplink.fault or self._uplink.state.message or "the network is slow or down"
        return f"runs wait in {self.spool} ({why}); sonae-drill upload sends them"
