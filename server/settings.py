"""Settings of the server: from the environment (`SONAE_DATA_DIR`, `SONAE_DATABASE_URL`, ...) or from code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SHIPPED_SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Settings(BaseSettings):
    """Everything that an installation may set. Each field is the environment variable SONAE_<FIELD>.

    Attributes:
        data_dir: where the embedded database, keys and scenario snapshots live.
        database_url: an SQLAlchemy address; empty means the embedded SQLite file in `data_dir`.
        host: address to bind to; loopback only until accounts come.
        port: port to bind to.
        scenarios_dir: folder whose scenarios `init` takes into the library.
        allowed_hosts: values that the Host header may have (without port).
        body_limit_bytes: largest request body that is read.
        pairing_minutes: how long a pairing code lives.
        sign_in_hours: how long a sign-in lives at most.
        sign_in_idle_minutes: how long a sign-in lives unused.
        proof_minutes: how long ago a password, key or code may have been shown for a privileged act.
        pass_seconds: how long a socket pass lives.
        job_poll_s: how often the job runner looks for work that nobody announced.
        database_wait_s: how long a writer waits for another before it gives up.
        pool_size: database connections that are kept.
    """

    model_config = SettingsConfigDict(env_prefix="SONAE_", extra="ignore", frozen=True)

    data_dir: Path = Path("var")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8350
    scenarios_dir: Path = SHIPPED_SCENARIOS
    allowed_hosts: tuple[str, ...] = LOOPBACK
    body_limit_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    pairing_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    sign_in_hours: Annotated[int, Field(ge=1, le=24)] = 12
    sign_in_idle_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    proof_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    pass_seconds: Annotated[int, Field(ge=5, le=60)] = 60
    job_poll_s: Annotated[float, Field(gt=0)] = 1.0
    database_wait_s: Annotated[float, Field(gt=0)] = 15.0
    pool_size: Annotated[int, Field(ge=1, le=200)] = 20

    @property
    def sqlite_file(self) -> Path:
        """The embedded database."""
        return self.data_dir / "sonae.sqlite"

    def make_data_dir(self) -> None:
        """Make the data folder, for its owner alone: it holds the city's key and what people did."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def sqlalchemy_url(self) -> str:
        """The address for SQLAlchemy: `postgresql://` means psycopg 3."""
        if not self.database_url:
            return f"sqlite:///{self.sqlite_file}"
        for short in ("postgresql://", "postgres://"):
            if self.database_url.startswith(short):
                return "postgresql+psycopg://" + self.database_url.removeprefix(short)
        return self.database_url
