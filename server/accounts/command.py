"""`sonae-server staff`: what only whoever runs the machine may do with accounts, when no administrator can."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

from sqlalchemy.orm import Session

from server.accounts import codes, members, staff, store
from server.accounts.models import Staff
from server.accounts.principal import ROLES
from server.columns import now
from server.db import Database
from server.errors import Refused
from server.settings import Settings

ACTOR: Final = "console"


def add_parser(commands: Any) -> None:
    """Add `staff` and what it can do to the command line."""
    parser = commands.add_parser("staff", help="staff accounts: list, add, roles, link, code, setup-code, disable")
    acts = parser.add_subparsers(required=True, metavar="WHAT")

    acts.add_parser("list", help="list the accounts").set_defaults(act=_run, staff_act=_list)

    new = acts.add_parser("add", help="make an account and print the address where its holder sets a password")
    new.add_argument("login", metavar="LOGIN")
    new.add_argument("--name", required=True, help="name that pages greet with")
    new.add_argument("--department", default="", help="empty: the whole city")
    new.add_argument("--role", action="append", default=[], choices=ROLES, dest="roles")
    new.set_defaults(act=_run, staff_act=_add)

    roles = acts.add_parser("roles", help="set an account's roles; its sign-ins end")
    roles.add_argument("login", metavar="LOGIN")
    roles.add_argument("roles", metavar="ROLE", nargs="*", help=", ".join(ROLES))
    roles.set_defaults(act=_run, staff_act=_roles)

    link = acts.add_parser("link", help="print an address that signs a staff member in, once")
    link.add_argument("login", metavar="LOGIN")
    link.add_argument("--minutes", type=int, help="how long it lives (SONAE_SIGN_IN_LINK_MINUTES)")
    link.set_defaults(act=_run, staff_act=_link)

    code = acts.add_parser("code", help="print an address where a staff member sets password and second factor anew")
    code.add_argument("login", metavar="LOGIN")
    code.set_defaults(act=_run, staff_act=_code)

    first = acts.add_parser("setup-code", help="print a code that makes the first administrator")
    first.set_defaults(act=_run, staff_act=_setup_code)

    disable = acts.add_parser("disable", help="close an account at once")
    disable.add_argument("login", metavar="LOGIN")
    disable.set_defaults(act=_run, staff_act=_disable)


def address_of(settings: Settings, code: str) -> str:
    """Return where a code is used: `public_url`, or else this machine's own address."""
    host = settings.host if settings.host in ("127.0.0.1", "localhost", "[::1]") else "127.0.0.1"
    return f"{settings.public_url or f'http://{host}:{settings.port}'}/staff/code/{code}"


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        with database.session() as db:
            arguments.staff_act(db, settings, arguments)
    except (staff.UnknownStaffError, members.LoginTakenError, ValueError) as error:
        print(f"sonae-server: {error}", file=sys.stderr)
        return 1
    except Refused as refusal:
        print(f"sonae-server: {refusal.ja} {refusal.en}", file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


def _named(db: Session, arguments: argparse.Namespace) -> Staff:
    found = staff.by_login(db, arguments.login)
    if found is None:
        msg = f"there is no staff account {arguments.login!r}; see `sonae-server staff list`"
        raise staff.UnknownStaffError(msg)
    return found


def _list(db: Session, _settings: Settings, _arguments: argparse.Namespace) -> None:
    for one in store.all_staff(db):
        state = "closed" if one.disabled_at else "open  "
        print(f"{one.login}  {state}  {', '.join(one.roles) or '-'}  {one.department or 'whole city'}  {one.name}")


def _add(db: Session, settings: Settings, arguments: argparse.Namespace) -> None:
    made = members.add(db, login=arguments.login, name=arguments.name, department=arguments.department, actor=ACTOR)
    if arguments.roles:
        members.put_rights(db, made, roles=arguments.roles, department=made.department, enabled=True, actor=ACTOR)
    _print(settings, codes.new_code(db, settings, purpose="invite", staff_id=made.id), settings.staff_code_hours * 60)


def _roles(db: Session, _settings: Settings, arguments: argparse.Namespace) -> None:
    one = _named(db, arguments)
    roles = [role for role in ROLES if role in arguments.roles]
    unknown = [role for role in arguments.roles if role not in ROLES]
    if unknown:
        msg = f"there is no role {unknown[0]!r}; known are {', '.join(ROLES)}"
        raise ValueError(msg)
    members.put_rights(db, one, roles=roles, department=one.department, enabled=one.disabled_at is None, actor=ACTOR)
    print(f"{one.login}: {', '.join(one.roles) or 'no roles'}; their sign-ins have ended")


def _link(db: Session, settings: Settings, arguments: argparse.Namespace) -> None:
    one = _named(db, arguments)
    if one.disabled_at is not None:
        msg = f"the account {one.login!r} is closed since {one.disabled_at:%Y-%m-%d}; nobody signs in to it"
        raise ValueError(msg)
    minutes = arguments.minutes or settings.sign_in_link_minutes
    _print(settings, codes.new_code(db, settings, purpose="link", staff_id=one.id, minutes=minutes), minutes)


def _code(db: Session, settings: Settings, arguments: argparse.Namespace) -> None:
    one = _named(db, arguments)
    _print(settings, codes.new_code(db, settings, purpose="invite", staff_id=one.id), settings.staff_code_hours * 60)


def _setup_code(db: Session, settings: Settings, _arguments: argparse.Namespace) -> None:
    if members.has_administrator(db):
        msg = "there is an administrator already; add others with `sonae-server staff add`"
        raise ValueError(msg)
    _print(settings, codes.new_code(db, settings, purpose="setup"), settings.staff_code_hours * 60)


def _disable(db: Session, _settings: Settings, arguments: argparse.Namespace) -> None:
    one = _named(db, arguments)
    if one.disabled_at is None:
        members.put_rights(db, one, roles=one.roles, department=one.department, enabled=False, actor=ACTOR)
    print(f"{one.login} is closed since {one.disabled_at or now():%Y-%m-%d %H:%M}Z")


def _print(settings: Settings, code: str, minutes: int) -> None:
    """Print the address of a code alone, so that it can be piped; how long it lives goes beside."""
    print(address_of(settings, code))
    lives = f"{minutes // 60} hours" if minutes >= 120 else f"{minutes} minutes"
    print(f"good for {lives}, once", file=sys.stderr)
