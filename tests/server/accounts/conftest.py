"""A staff member with password and authenticator app, before the running app."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
import pytest
from starlette.testclient import TestClient

from server.access.enforcing import COOKIE
from server.accounts import totp
from server.accounts.models import SignIn, Staff
from server.accounts.passwords import Passwords
from server.columns import now
from server.db import Database
from server.settings import Settings

PASSWORD = "川霧の朝に 三歩さがって見る"


@dataclass(frozen=True)
class Account:
    """A staff member as they know themselves."""

    database: Database
    id: str
    login: str
    secret: str

    def code(self, at: dt.datetime | None = None) -> str:
        return pyotp.TOTP(self.secret).at(at or now())

    def methods(self) -> list[tuple[str, bool]]:
        """How the open sign-ins were proved, and whether each is limited."""
        with self.database.reading() as db:
            rows = db.query(SignIn).filter_by(staff_id=self.id, ended_at=None).order_by(SignIn.created_at)
            return [(row.method, row.limited) for row in rows]

    def row(self) -> Staff:
        with self.database.reading() as db:
            return db.get_one(Staff, self.id)


@pytest.fixture
def visitor(visitor: TestClient) -> TestClient:
    """As everywhere, but over TLS: this client, unlike browsers, keeps no such cookie on plain loopback."""
    visitor.base_url = "https://127.0.0.1"
    return visitor


@pytest.fixture(scope="session")
def kept_password(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of PASSWORD at today's settings."""
    passwords = Passwords(Settings(data_dir=tmp_path_factory.mktemp("hash")))
    try:
        return passwords.hash(PASSWORD)
    finally:
        passwords.close()


@pytest.fixture
def new_account(kept_password: str) -> Callable[..., Account]:
    def made(
        database: Database, *roles: str, login: str = "taka@city.example", app: bool = True, department: str = ""
    ) -> Account:
        with database.session() as db:
            staff = Staff(
                login=login,
                name="髙﨑 花子",
                roles=list(roles or ("clerk",)),
                password_hash=kept_password,
                department=department,
            )
            db.add(staff)
            db.flush()
            secret = pyotp.random_base32()
            if app:
                assert totp.take(db, database.settings, staff, secret, pyotp.TOTP(secret).at(now()))
                staff.totp_step -= 5
            return Account(database, staff.id, staff.login, secret)

    return made


@pytest.fixture
def account(visitor: TestClient, new_account: Callable[..., Account]) -> Account:
    """A clerk with password and app, in the database of `visitor`."""
    return new_account(visitor.app.state.database)


@pytest.fixture
def sign_in() -> Callable[..., None]:
    """Sign an account in through the door, by password and app."""

    def done(client: TestClient, account: Account) -> None:
        client.cookies.clear()
        client.post("/staff/signin", data={"login": account.login, "password": PASSWORD})
        client.post("/staff/signin/second", data={"code": account.code()})
        assert client.cookies.get(COOKIE), "signed in"

    return done
