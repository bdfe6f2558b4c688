"""Rules of devices: how a station proves that it may speak for us.

A pairing code has eight characters: four that select it and four that prove it (20 bits). Five wrong proofs kill it,
as do one right one and a quarter of an hour.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from drill.ticket import ALPHABET, TicketError, read_run_code
from server.audit.service import record
from server.columns import now
from server.devices import store
from server.devices.models import Device, PairingCode, SocketPass
from server.settings import Settings

Purpose = Literal["control", "upload"]
PURPOSES: Final = ("control", "upload")
MAX_ATTEMPTS: Final = 5
HALF: Final = 4
SEEN_EVERY: Final = timedelta(minutes=1)
PREVIOUS_LONGER: Final = timedelta(hours=1)
"""A drill that began with the key before may still be played, and its station connects anew now and then."""


class PassRefused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A socket pass is unknown, used, expired or for another purpose, or its device was revoked."""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_pairing_code(
    db: Session, settings: Settings, *, name: str, station_id: str | None = None, actor: str = "system"
) -> str:
    """Make a code for a station machine and return it as it is read out: `ABCD-EFGH`."""
    store.purge_codes(db, at=now())
    while True:
        selector = "".join(secrets.choice(ALPHABET) for _ in range(HALF))
        if db.get(PairingCode, selector) is None:
            break
    secret = "".join(secrets.choice(ALPHABET) for _ in range(HALF))
    expires = now() + timedelta(minutes=settings.pairing_minutes)
    code = PairingCode(
        selector=selector, secret_hash=_hash(selector + secret), name=name, station_id=station_id, expires_at=expires
    )
    db.add(code)
    db.flush()
    record(db, actor, "pairing_code.make", f"station:{station_id or ''}")
    return f"{selector}-{secret}"


class Paired:
    """A device that was just paired: `key` is shown this once."""

    def __init__(self, device: Device, key: str, station_id: str | None) -> None:
        self.device = device
        self.key = key
        self.station_id = station_id


def pair(db: Session, *, code: str, name: str = "") -> Paired | None:
    """Pair a device by the code that staff read out; None when the code does not hold.

    A failed attempt is counted in this transaction: commit it also then.
    """
    try:
        typed = read_run_code(code)
    except TicketError:
        return None
    known = store.count_attempt(db, typed[:HALF], at=now(), limit=MAX_ATTEMPTS)
    if known is None or not hmac.compare_digest(known.secret_hash, _hash(typed)):
        return None
    if not store.use_code(db, known.selector, at=now()):
        return None
    key = secrets.token_urlsafe(32)
    device = Device(name=known.name or name, key_hash=_hash(key))
    db.add(device)
    db.flush()
    record(db, f"device:{device.id}", "device.pair", f"device:{device.id}")
    return Paired(device, key, known.station_id)


def authenticate(db: Session, credential: str) -> Device | None:
    """Return the active device of `<id>.<key>`, or None. Its key is the newest, or the one before for a while."""
    device_id, _, key = credential.partition(".")
    device = db.get(Device, device_id)
    proof = _hash(key)
    newest = hmac.compare_digest(device.key_hash if device is not None else _hash(""), proof)
    before = hmac.compare_digest((device.previous_key_hash if device is not None else "") or "-", proof)
    if device is None or device.revoked_at is not None:
        return None
    return device if newest or (before and _previous_opens(device)) else None


def note_seen(db: Session, device: Device, credential: str = "") -> None:
    """Note that a device asked for something just now; with its credential also that its newest key arrived."""
    at = now()
    if device.seen_at is None or at - device.seen_at >= SEEN_EVERY:
        device.seen_at = at
    key = credential.partition(".")[2]
    changed = device.key_made_at is not None and device.key_used_at is None
    if changed and hmac.compare_digest(device.key_hash, _hash(key)):
        device.key_used_at = at
    db.flush()


def note_present(db: Session, device_ids: Collection[str]) -> None:
    """Note that devices have a socket open just now."""
    store.seen(db, device_ids, at=now())


def is_key_due(device: Device, settings: Settings) -> bool:
    """Tell whether a device should change its key: it is old, or staff asked for it."""
    made_at = device.key_made_at or device.paired_at
    return device.key_wanted_at is not None or made_at + timedelta(days=settings.device_key_days) <= now()


def new_key(db: Session, device: Device) -> str:
    """Give a device a new key and return it, this once. The one before opens until an hour after the new one was used.

    Asked for again before the new key was used, the answer was lost: the key that the device really has stays good.
    """
    lost = device.key_made_at is not None and device.key_used_at is None
    if not lost:
        device.previous_key_hash = device.key_hash
    key = secrets.token_urlsafe(32)
    device.key_hash, device.key_made_at, device.key_used_at, device.key_wanted_at = _hash(key), now(), None, None
    db.flush()
    record(db, f"device:{device.id}", "device.new_key", f"device:{device.id}")
    return key


def want_new_key(db: Session, device_id: str, *, actor: str = "system") -> bool:
    """Ask a device to change its key when it next comes; return whether it is active."""
    device = db.get(Device, device_id)
    if device is None or device.revoked_at is not None:
        return False
    device.key_wanted_at = now()
    db.flush()
    record(db, actor, "device.want_key", f"device:{device_id}")
    return True


def _previous_opens(device: Device) -> bool:
    return device.key_used_at is None or now() < device.key_used_at + PREVIOUS_LONGER


def new_pass(db: Session, settings: Settings, *, device: Device, purpose: Purpose) -> str:
    """Return a pass that opens one socket once, within `settings.pass_seconds`."""
    store.purge_passes(db, at=now())
    token = secrets.token_urlsafe(32)
    expires = now() + timedelta(seconds=settings.pass_seconds)
    db.add(SocketPass(hash=_hash(token), device_id=device.id, purpose=purpose, expires_at=expires))
    db.flush()
    return token


def redeem_pass(db: Session, token: str, purpose: Purpose) -> Device:
    """Use a pass up and return its device.

    Raises:
        PassRefused: it does not hold.
    """
    device_id = store.use_pass(db, _hash(token), purpose, at=now())
    device = db.get(Device, device_id) if device_id else None
    if device is None or device.revoked_at is not None:
        msg = "the socket pass is unknown, used, expired or for another socket; ask for a new one"
        raise PassRefused(msg)
    return device


def is_active(db: Session, device_id: str) -> bool:
    """Tell whether a device may still speak: ask again while a socket lives."""
    device = db.get(Device, device_id, populate_existing=True)
    return device is not None and device.revoked_at is None


def forget_codes(db: Session) -> None:
    """Forget pairing codes and socket passes: after a restore, used ones would serve once more."""
    far = datetime.max.replace(tzinfo=UTC)
    store.purge_codes(db, at=far)
    store.purge_passes(db, at=far)


def revoke_device(db: Session, device_id: str, *, actor: str = "system") -> bool:
    """Revoke a device; return whether it was active. Its open sockets find out by `is_active`."""
    done = store.revoke(db, device_id, at=now())
    if done:
        record(db, actor, "device.revoke", f"device:{device_id}")
    return done


def devices(db: Session) -> list[Device]:
    """Return all devices, newest first."""
    return store.devices(db)


def device(db: Session, device_id: str) -> Device | None:
    """Return a device, or None."""
    return db.get(Device, device_id)
