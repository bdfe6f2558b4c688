"""The line to the city's mail server: encrypted and checked, one letter at a time."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from server.mail.addresses import wire_form
from server.mail.models import MailMessage
from server.settings import LOOPBACK, Settings

NAME: Final = "Sonae"
_CODE_TEMPORARY: Final = range(400, 500)


class RefusedLetterError(RuntimeError):
    """The mail server will never take this letter. `code` is its answer; the address is not repeated."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the mail server refused a letter for good with {code}")
        self.code = code


class MailLineError(RuntimeError):
    """The mail server cannot be reached or does not take letters now, or the line is not safe. Try again later."""


def letter_of(message: MailMessage, settings: Settings, *, at: datetime) -> EmailMessage:
    """Return what is sent. Nothing in it tells which machine made it."""
    name, _, domain = settings.mail_from.rpartition("@")
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(NAME, name, domain)
    letter["To"] = wire_form(message.address)
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{message.id}@{domain}>"  # the same when it is tried again: a double can be told
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.body, charset="utf-8", cte="base64")
    return letter


@contextmanager
def line(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Open a line to the mail server.

    Raises:
        MailLineError: no server is set, or it cannot be reached, does not encrypt, or its certificate is not good.
    """
    if not settings.mail_host or not settings.mail_from:
        msg = "SONAE_MAIL_HOST and SONAE_MAIL_FROM are not both set: no letter can leave"
        raise MailLineError(msg)
    if settings.mail_security == "none" and settings.mail_host not in (*LOOPBACK, "::1"):
        msg = (
            f"SONAE_MAIL_SECURITY is 'none' and the mail server {settings.mail_host!r} is another machine: use starttls"
        )
        raise MailLineError(msg)
    try:
        server = _open(settings)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:  # UnicodeError: a login that SMTP cannot say
        msg = f"no safe line to the mail server {settings.mail_host}:{settings.mail_port} ({type(error).__name__})"
        raise MailLineError(msg) from error
    try:
        yield server
    finally:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def _open(settings: Settings) -> smtplib.SMTP:
    where, wait = (settings.mail_host, settings.mail_port), settings.mail_wait_s
    trusted = ssl.create_default_context(cafile=settings.mail_ca_file or None)
    trusted.minimum_version = ssl.TLSVersion.TLSv1_2
    name = settings.mail_from.rpartition("@")[2]
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*where, local_hostname=name, timeout=wait, context=trusted)
    else:
        server = smtplib.SMTP(*where, local_hostname=name, timeout=wait)
    try:
        if settings.mail_security == "starttls":
            server.starttls(context=trusted)  # raises when the server does not offer it: never in the clear
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def send(server: smtplib.SMTP, letter: EmailMessage, *, to: str) -> None:
    """Hand one letter over to go to an address.

    Raises:
        RefusedLetterError: it will never be taken.
        MailLineError: it may be taken later.
    """
    try:
        server.send_message(letter, to_addrs=[wire_form(to)])
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(next(iter(error.recipients.values()))[0]) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        msg = f"the line to the mail server broke ({type(error).__name__})"
        raise MailLineError(msg) from error


def _refusal(code: int) -> Exception:
    if code in _CODE_TEMPORARY:
        return MailLineError(f"the mail server takes no letter just now ({code})")
    return RefusedLetterError(code)
