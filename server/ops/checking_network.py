"""Looks at the settings: who can reach the server, over what, and what it believes."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from server.columns import now
from server.ops.certificate import CertificateError, certificate_of, is_loopback, lacking_names, serves_tls
from server.ops.findings import Finding, finding
from server.ops.private_file import KeyFileError
from server.settings import LOOPBACK, Settings

SOON: Final = timedelta(days=30)
_WIDEST: Final = {4: 16, 6: 48}
"""Shortest prefix of a network of proxies."""
_OURS_FOR_TESTS: Final = frozenset({"SONAE_TEST_DATA", "SONAE_TEST_SEED"})
_DEVELOPMENT: Final = ("PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONINSPECT", "SONAE_DEBUG")


def is_public(settings: Settings) -> bool:
    """Tell whether people elsewhere use this installation."""
    named = urlsplit(settings.public_url).hostname or ""
    return bool(
        not is_loopback(settings.host) or settings.trusted_proxies or (named and not is_loopback(_bracketed(named)))
    )


def check_network(settings: Settings, environment: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Yield what is unsafe about the settings."""
    environment = os.environ if environment is None else environment
    yield from _addresses(settings)
    if serves_tls(settings):
        yield from _certificate(settings)
    for network in settings.trusted_proxies:
        if network.prefixlen < _WIDEST[network.version]:
            yield finding("proxy-wide", network=network)
    yield from _services(settings)
    yield from _environment(settings, environment)


def _addresses(settings: Settings) -> Iterator[Finding]:
    public = urlsplit(settings.public_url)
    named = public.hostname or ""
    if public.scheme == "http" and not is_loopback(_bracketed(named)):
        secure = f"https://{public.netloc}"
        yield finding("public-http", address=settings.public_url, secure=secure)
    for host in settings.allowed_hosts:
        if "*" in host or not host.strip() or host.startswith("."):
            yield finding("hosts-any", host=host)
    if not settings.allowed_hosts:
        yield finding("hosts-any", host="")
    if not is_loopback(settings.host) and not set(settings.allowed_hosts) - set(LOOPBACK):
        example = "sonae.example.jp" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared
        yield finding("host-unnamed", host=settings.host, example=example)
    if named and _bracketed(named) not in settings.allowed_hosts:
        yield finding("public-not-allowed", host=_bracketed(named))


def _certificate(settings: Settings) -> Iterator[Finding]:
    own = settings.data_dir / "keys" / "tls.crt"
    if settings.tls_certificate is None and settings.tls_key is None and not own.exists():
        return  # made at the start
    try:
        found = certificate_of(settings)
    except (CertificateError, KeyFileError) as error:
        yield finding("certificate-bad", why=error)
        return
    date = f"{found.ends_at:%Y-%m-%d}"
    if found.ends_at <= now():
        yield finding("certificate-ended", path=found.file, date=date)
    elif found.ends_at <= now() + SOON:
        yield finding("certificate-ends", path=found.file, date=date)
    wanted = [host for host in settings.allowed_hosts if host not in LOOPBACK and "*" not in host]
    if lacking := lacking_names(found, wanted):
        yield finding("certificate-names", path=found.file, names=", ".join(lacking))


def _services(settings: Settings) -> Iterator[Finding]:
    if settings.mail_host:
        if settings.mail_security == "none" and not is_loopback(settings.mail_host):
            yield finding("mail-plain", host=settings.mail_host)
        if not settings.mail_from:
            yield finding("mail-no-sender")
    for door in ("resident_openid", "staff_openid"):
        service = getattr(settings, door)
        if service is not None and service.issuer.startswith("http://") and is_public(settings):
            yield finding("provider-trial", issuer=service.issuer, door=door.upper())


def _environment(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if is_public(settings):
        on = [name for name in _DEVELOPMENT if environment.get(name)]
        if sys.flags.dev_mode and "PYTHONDEVMODE" not in on:
            on.append("PYTHONDEVMODE")
        if on:
            yield finding("debug", names=" ".join(on))
    known = {f"SONAE_{name.upper()}" for name in type(settings).model_fields}
    for name in sorted(environment):
        base = name.partition("__")[0]
        if name.startswith("SONAE_") and base not in known | _OURS_FOR_TESTS | set(_DEVELOPMENT):
            close = difflib.get_close_matches(base, known, n=1)
            yield finding("setting-unknown", name=name, meant=f"→ {close[0]}?" if close else "")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
