"""Passkeys of staff and of persons.

A challenge is answered once, within minutes, and only in the sign-in or browser that asked for it: a passkey that its
maker keeps in step between devices always counts 0, so nothing else stops an answer that was overheard. Every proof
asks for user verification (the device's own PIN, finger or face).

How a page does it: a form with `data-passkey` (see `static/passkey.js` and the template `accounts/passkey.html`) posts
to the address of its options, lets the browser ask the device, and sends the answer as an ordinary form field.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.accounts import store
from server.accounts.models import Passkey, PasskeyChallenge
from server.audit.service import record
from server.columns import now

OwnerKind = Literal["staff", "person"]
ANSWER_S: Final = 300
MAX_PASSKEYS: Final = 10
MAX_ANSWER: Final = 16_384
"""Characters of an answer that are looked at; a browser sends about 1,000."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to a passkey: the host's name, and the address that pages are opened at."""

    id: str
    origin: str

    @property
    def usable(self) -> bool:
        """Tell whether browsers let passkeys work here: they ask for a name, not a number such as 127.0.0.1."""
        try:
            ip_address(self.id.strip("[]"))
        except ValueError:
            return bool(self.id)
        return False


def relying_party(connection: HTTPConnection) -> RelyingParty:
    """Return who we are, by `settings.public_url` or else by the request's own (allowed) host."""
    public = connection.app.state.settings.public_url
    address = urlsplit(public or f"{connection.url.scheme}://{connection.headers.get('host', '')}")
    return RelyingParty(address.hostname or "", f"{address.scheme}://{address.netloc}")


def registration_options(
    db: Session,
    party: RelyingParty,
    *,
    owner_kind: OwnerKind,
    owner_id: str,
    binding: str,
    account: str,
    name: str,
) -> dict[str, Any]:
    """Return what the browser needs to make a passkey.

    Args:
        db: a session that may write: the challenge is kept.
        party: who we are.
        owner_kind: whose it becomes.
        owner_id: whose it becomes.
        binding: id of the sign-in that asks.
        account: what the device shows to tell accounts apart, such as a login.
        name: how the device greets.
    """
    known = store.passkeys_of(db, owner_kind, owner_id)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="Sonae",
        user_id=_handle(owner_kind, owner_id),
        user_name=account,
        user_display_name=name,
        challenge=_new_challenge(db, "register", binding, owner_kind, owner_id),
        timeout=ANSWER_S * 1000,
        exclude_credentials=[_descriptor(key) for key in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json_dict(options)


def register(
    db: Session,
    party: RelyingParty,
    answer: str,
    *,
    owner_kind: OwnerKind,
    owner_id: str,
    binding: str,
    name: str,
    actor: str,
) -> Passkey | None:
    """Keep the passkey that a device just made; return None when its answer does not hold.

    The challenge is used up either way: let the transaction be committed also after None.
    """
    asked = _take(db, answer, "register", binding, owner_kind)
    if asked is None or asked.owner_id != owner_id or len(store.passkeys_of(db, owner_kind, owner_id)) >= MAX_PASSKEYS:
        return None
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=asked.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    made = Passkey(
        owner_kind=owner_kind,
        owner_id=owner_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_transports(answer),
        name=name.strip()[:60],
    )
    try:
        with db.begin_nested():
            db.add(made)
    except IntegrityError:  # a key that is kept already
        return None
    record(db, actor, "passkey.add", f"{owner_kind}:{owner_id}", {"passkey": made.id})
    return made


def proof_options(
    db: Session, party: RelyingParty, *, owner_kind: OwnerKind, binding: str, owner_id: str = ""
) -> dict[str, Any]:
    """Return what the browser needs to let a passkey prove somebody.

    Args:
        db: a session that may write: the challenge is kept.
        party: who we are.
        owner_kind: whose passkeys.
        binding: id of the sign-in that asks, or `door.binding_of(request)` before there is one.
        owner_id: whose passkeys; empty lets the device offer those that it knows.
    """
    known = store.passkeys_of(db, owner_kind, owner_id) if owner_id else []
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=_new_challenge(db, "prove", binding, owner_kind, owner_id),
        timeout=ANSWER_S * 1000,
        allow_credentials=[_descriptor(key) for key in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def prove(
    db: Session, party: RelyingParty, answer: str, *, owner_kind: OwnerKind, binding: str, owner_id: str = ""
) -> Passkey | None:
    """Return the passkey that answered, whose `owner_id` is who it is; None when the answer does not hold.

    The challenge is used up either way: let the transaction be committed also after None.
    """
    asked = _take(db, answer, "prove", binding, owner_kind)
    if asked is None or asked.owner_id != owner_id:
        return None
    try:
        content = json.loads(answer)
        key = store.passkey_by_credential(db, base64url_to_bytes(str(content["rawId"])))
        if key is None or key.owner_kind != owner_kind or (owner_id and key.owner_id != owner_id):
            return None
        handle = content["response"].get("userHandle")
        if handle and base64url_to_bytes(str(handle)) != _handle(key.owner_kind, key.owner_id):
            return None
        verified = verify_authentication_response(
            credential=content,
            expected_challenge=asked.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return None
    key.sign_count, key.used_at = verified.new_sign_count, now()
    return key


def of_owner(db: Session, owner_kind: OwnerKind, owner_id: str) -> list[Passkey]:
    """Return an owner's passkeys, oldest first."""
    return store.passkeys_of(db, owner_kind, owner_id)


def remove(db: Session, passkey_id: str, *, owner_kind: OwnerKind, owner_id: str, actor: str) -> bool:
    """Take away a passkey of this owner; return False when there is none."""
    gone = store.delete_passkey(db, owner_kind, owner_id, passkey_id)
    if gone:
        record(db, actor, "passkey.remove", f"{owner_kind}:{owner_id}", {"passkey": passkey_id})
    return gone


def remove_all(db: Session, *, owner_kind: OwnerKind, owner_id: str, actor: str) -> int:
    """Take away all passkeys of this owner; return how many there were."""
    gone = store.delete_passkeys_of(db, owner_kind, owner_id)
    if gone:
        record(db, actor, "passkey.remove_all", f"{owner_kind}:{owner_id}", {"count": gone})
    return gone


def _new_challenge(db: Session, purpose: str, binding: str, owner_kind: str, owner_id: str) -> bytes:
    if not binding:
        msg = "a passkey's challenge is bound to a sign-in or to a browser's door key; neither was given"
        raise ValueError(msg)
    at = now()
    store.delete_stale(db, at=at)
    made = PasskeyChallenge(
        challenge=secrets.token_bytes(32),
        purpose=purpose,
        binding=binding,
        owner_kind=owner_kind,
        owner_id=owner_id,
        expires_at=at + timedelta(seconds=ANSWER_S),
    )
    db.add(made)
    db.flush()
    return made.challenge


def _take(db: Session, answer: str, purpose: str, binding: str, owner_kind: str) -> PasskeyChallenge | None:
    """Use up and return the challenge that an answer says it answers."""
    if not binding or len(answer) > MAX_ANSWER:
        return None
    try:
        client = parse_client_data_json(base64url_to_bytes(str(json.loads(answer)["response"]["clientDataJSON"])))
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return store.take_challenge(db, client.challenge, purpose=purpose, binding=binding, owner_kind=owner_kind, at=now())


def _handle(owner_kind: str, owner_id: str) -> bytes:
    """Return how the device knows the account: nothing that tells who it is."""
    return f"{owner_kind}:{owner_id}".encode()


def _descriptor(key: Passkey) -> PublicKeyCredentialDescriptor:
    known = {transport.value: transport for transport in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=key.credential_id, transports=[known[one] for one in key.transports if one in known]
    )


def _transports(answer: str) -> list[str]:
    """Return how the device said that it can be reached, as far as we know the words."""
    known = {transport.value for transport in AuthenticatorTransport}
    said = json.loads(answer)["response"].get("transports") or []
    return sorted(known & {str(one) for one in said}) if isinstance(said, list) else []
