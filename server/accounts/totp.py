"""Six digits from an authenticator app (RFC 6238: SHA-1, 30 s), each serving once."""

from __future__ import annotations

import hmac
import json
import unicodedata
from datetime import datetime, timedelta
from typing import Final

import pyotp
import segno
from sqlalchemy.orm import Session

from server.accounts import store
from server.accounts.models import Staff
from server.columns import now
from server.ops.secrets import UnsealError, seal, unseal
from server.settings import Settings

STEP_S: Final = 30
WINDOW: Final = 1
"""Steps before and after the present one that are taken: clocks differ, and typing takes time."""
ISSUER: Final = "Sonae"
SET_UP: Final = timedelta(minutes=30)
_KEPT: Final = "staff.totp"
_OFFERED: Final = "staff.totp.offered"


def offer(settings: Settings, staff: Staff, sign_in: str) -> tuple[str, str]:
    """Return a new secret, and the same sealed for the form: nothing is kept until a code of it was shown.

    The seal ties it to this sign-in and to half an hour.
    """
    secret = pyotp.random_base32()
    content = {"secret": secret, "staff": staff.id, "sign_in": sign_in, "until": (now() + SET_UP).timestamp()}
    return secret, seal(settings, _OFFERED, json.dumps(content).encode()).hex()


def offered(settings: Settings, sealed: str, staff: Staff, sign_in: str) -> str:
    """Return the secret in a form's seal; "" when it is not this sign-in's, or too old."""
    try:
        content = json.loads(unseal(settings, _OFFERED, bytes.fromhex(sealed)))
    except (UnsealError, ValueError):
        return ""
    mine = content["staff"] == staff.id and content["sign_in"] == sign_in
    return str(content["secret"]) if mine and content["until"] > now().timestamp() else ""


def take(db: Session, settings: Settings, staff: Staff, secret: str, code: str) -> bool:
    """Keep a secret for a staff member when the code is one of its; return whether it was."""
    step = _step_of(secret, code, at=now())
    if step is None:
        return False
    staff.totp_secret = seal(settings, _KEPT, secret.encode())
    staff.totp_step = step
    db.flush()
    return True


def holds(db: Session, settings: Settings, staff: Staff, code: str) -> bool:
    """Tell whether a code is right and not used before, and use it up."""
    if staff.totp_secret is None:
        return False
    secret = unseal(settings, _KEPT, staff.totp_secret).decode()
    step = _step_of(secret, code, at=now())
    return step is not None and store.use_totp_step(db, staff.id, step)


def picture(staff: Staff, secret: str) -> str:
    """Return the SVG of the QR code that an authenticator app reads."""
    address = pyotp.TOTP(secret).provisioning_uri(name=staff.login, issuer_name=ISSUER)
    svg: str = segno.make(address, error="m", micro=False).svg_inline(
        scale=5, border=4, light="#ffffff", svgclass=None, lineclass=None, omitsize=True
    )
    return svg


def _step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the time step whose code this is, within the window; None when it is none."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", code) if c.isdigit())
    generator, step = pyotp.TOTP(secret), int(at.timestamp()) // STEP_S
    found = None
    for near in range(step - WINDOW, step + WINDOW + 1):
        if hmac.compare_digest(generator.generate_otp(near).encode(), digits.encode()):
            found = near
    return found
