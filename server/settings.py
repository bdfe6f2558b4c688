"""Settings of the server: from the environment (`SONAE_DATA_DIR`, `SONAE_DATABASE_URL`, ...) or from code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SHIPPED_SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class OpenIdSettings(BaseModel):
    """A sign-in service by OpenID Connect, as agreed with whoever runs it.

    Attributes:
        issuer: its address, exactly as it names itself; https, or http on loopback for trials.
        client_id: how it knows us.
        key_file: our private key (JWK); empty means one in `data_dir` that is made when it is first needed.
        scope: what we ask for; ask for no more than is used.
        acr_values: the strength of proof that we ask for, as its papers name it; empty asks for none.
        acr_accepted: strengths that we take; empty takes any. A token without one of them is refused.
        audience: what our proof to it is addressed to: its token address, or its issuer name.
        algorithms: the signatures that we take.
        hosts: hosts beside the issuer's own where its addresses may lie.
        claim: of staff alone: the claim that holds their login here.
        proves_anew: ask for a proof of the last `proof_minutes` (`max_age`) and refuse a token that does not say so
            (`auth_time`); False where the service asks for a proof each time and says no time.
        wait_s: how long to wait for its answer.
        clock_s: by how much its clock may differ from ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])")]
    client_id: Annotated[str, Field(min_length=1)]
    key_file: str = ""
    scope: Annotated[str, Field(pattern=r"^openid( |$)")] = "openid name birthdate"
    acr_values: str = ""
    acr_accepted: tuple[str, ...] = ()
    audience: Literal["token", "issuer"] = "token"
    algorithms: tuple[Literal["ES256", "RS256", "PS256"], ...] = ("ES256", "RS256")
    hosts: tuple[str, ...] = ()
    claim: str = "email"
    proves_anew: bool = True
    wait_s: Annotated[float, Field(gt=0, le=30)] = 8.0
    clock_s: Annotated[int, Field(ge=0, le=300)] = 60


class Settings(BaseSettings):
    """Everything that an installation may set. Each field is the environment variable SONAE_<FIELD>.

    Attributes:
        data_dir: where the embedded database, keys and scenario snapshots live.
        database_url: an SQLAlchemy address; empty means the embedded SQLite file in `data_dir`.
        host: address to bind to; beyond loopback only over TLS, or behind a proxy that `trusted_proxies` names.
        port: port to bind to.
        scenarios_dir: folder whose scenarios `init` takes into the library.
        allowed_hosts: values that the Host header may have (without port).
        body_limit_bytes: largest request body that is read.
        pairing_minutes: how long a pairing code lives.
        sign_in_hours: how long a sign-in lives at most.
        sign_in_idle_minutes: how long a sign-in lives unused.
        proof_minutes: how long ago a password, key or code may have been shown for a privileged act.
        pass_seconds: how long a socket pass lives.
        device_key_days: how old a station machine's key may grow before the machine changes it.
        staff_code_hours: how long a code that begins a staff account lives.
        sign_in_link_minutes: how long a sign-in link of the machine's owner lives.
        password_memory_mib: memory that hashing one password takes; those kept with less are hashed anew when used.
        password_workers: how many passwords are hashed at a time.
        city_words: words that everybody here would guess first in a password, such as the city's name in letters.
        public_url: the address that people open, without a slash at the end; empty means the one of each request.
        resident_openid: the service by which residents prove who they are (デジタル認証アプリ), as
            SONAE_RESIDENT_OPENID__ISSUER and so on; None means that this door is closed.
        staff_openid: the city's own sign-in service for staff; None means that staff sign in here.
        resident_address: what the address of a resident of the city begins with, such as 長野県架空市; with it, put
            `address` into the scope of `resident_openid`. Whether it fits is kept, the address is not.
        mail_host: the city's mail server; empty means that no letter leaves the house.
        mail_port: its port.
        mail_security: `starttls` (checked), `tls` from the first byte (checked), or `none`, on loopback alone.
        mail_ca_file: certificates that the mail server's is checked against; empty means the system's.
        mail_user: login at the mail server; empty means none is needed.
        mail_password: password at the mail server.
        mail_from: address that letters come from.
        mail_wait_s: how long to wait for the mail server.
        mail_link_minutes: how long a link by e-mail may be used.
        mail_batch_minutes: how long letters to many wait, so that they can be cancelled.
        merge_undo_days: for how many days the merge of two accounts of one person can be undone.
        record_minutes: how long a staff member may look at one person's record after stating a purpose.
        ticket_tries: how many wrong PINs of a ticket are taken before a wait.
        ticket_wait_minutes: how long the first such wait is; each further one is twice as long, up to a day.
        city_name: the body that answers for the data, as the register of personal information files names it.
        unit_name: its unit that takes requests about personal data.
        guardian_age: below this age a guardian gives consents, in years.
        headset_age: below this age nobody is offered a headset, in years.
        headset_alone_age: below this age a headset needs a guardian's word, in years.
        request_days: within how many days a request about personal data is answered; ordinances may shorten it.
        request_extension_days: by how many days that may be extended, once.
        publish_minimum: fewer people than this are never a published number of their own.
        tombstones_file: list of what was erased, kept beside the database and copied apart; empty: in `data_dir`.
        register_special_care: features whose files the register marks as holding special-care information.
        trusted_proxies: addresses or networks of proxies before the server: what they say about the client is believed.
        rate_limits: rates that differ from server/access/limits.py, such as {"sign_up.address": "2000/hour"}.
        connections_of_address: sockets of stations and live pages that one address may hold open at once.
        people_per_hour: how many different people's records one staff member may open in an hour.
        single_on_duty: whether an act that asks for two may be done by one, after a delay and with a later review.
        single_delay_hours: how long such an act waits.
        audit_head_dir: folder off the server's own disk where the audit record's head is written daily; empty: nowhere.
        tls: whether to speak TLS on loopback as well; beyond it the server does, unless `trusted_proxies` do.
        tls_certificate: certificate (PEM, with its chain) that the server shows; empty: its own, made by `init`.
        tls_key: private key of that certificate (PEM).
        tls_names: names and addresses that the server's own certificate is made for, beside `allowed_hosts`.
        backup_dir: folder where backups are written; empty: `backups` in `data_dir`.
        backup_copy_dir: folder on another disk or machine where each backup is copied; empty: nowhere, and `doctor`
            warns.
        backup_hours: how many hours lie between two backups that the server makes by itself; 0: it makes none.
        backup_keep_days: how long a backup is kept: who was erased is in none of them after that.
        postgres_programs: folder of pg_dump and pg_restore; empty: where the system finds them.
        log_format: `json`, one object a line, or `text` for reading at a terminal.
        job_poll_s: how often the job runner looks for work that nobody announced.
        database_wait_s: how long a writer waits for another before it gives up.
        pool_size: database connections that are kept.
    """

    model_config = SettingsConfigDict(env_prefix="SONAE_", env_nested_delimiter="__", extra="ignore", frozen=True)

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
    device_key_days: Annotated[int, Field(ge=1, le=365)] = 30
    staff_code_hours: Annotated[int, Field(ge=1, le=336)] = 72
    sign_in_link_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    password_memory_mib: Annotated[int, Field(ge=19, le=1024)] = 32
    password_workers: Annotated[int, Field(ge=1, le=8)] = 2
    city_words: tuple[str, ...] = ()
    public_url: Annotated[str, Field(pattern=r"^(https?://[^/?#]+)?$")] = ""
    resident_openid: OpenIdSettings | None = None
    staff_openid: OpenIdSettings | None = None
    resident_address: str = ""
    mail_host: str = ""
    mail_port: Annotated[int, Field(ge=1, le=65535)] = 587
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_ca_file: str = ""
    mail_user: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_from: str = ""
    mail_wait_s: Annotated[float, Field(gt=0, le=120)] = 20.0
    mail_link_minutes: Annotated[int, Field(ge=5, le=60)] = 15
    mail_batch_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    merge_undo_days: Annotated[int, Field(ge=1, le=365)] = 30
    record_minutes: Annotated[int, Field(ge=5, le=60)] = 15
    ticket_tries: Annotated[int, Field(ge=3, le=10)] = 5
    ticket_wait_minutes: Annotated[int, Field(ge=1, le=240)] = 15
    city_name: str = "○○市"
    unit_name: str = "DX推進課"
    guardian_age: Annotated[int, Field(ge=0, le=20)] = 16
    headset_age: Annotated[int, Field(ge=0, le=20)] = 7
    headset_alone_age: Annotated[int, Field(ge=0, le=20)] = 13
    request_days: Annotated[int, Field(ge=1, le=60)] = 30
    request_extension_days: Annotated[int, Field(ge=0, le=60)] = 30
    publish_minimum: Annotated[int, Field(ge=5, le=1000)] = 10
    tombstones_file: Path | None = None
    register_special_care: tuple[str, ...] = ("drills", "live", "analysis")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    rate_limits: dict[str, str] = {}
    connections_of_address: Annotated[int, Field(ge=8, le=10_000)] = 200
    people_per_hour: Annotated[int, Field(ge=1, le=1000)] = 50
    single_on_duty: bool = False
    single_delay_hours: Annotated[int, Field(ge=1, le=168)] = 24
    audit_head_dir: Path | None = None
    tls: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_names: tuple[str, ...] = ()
    backup_dir: Path | None = None
    backup_copy_dir: Path | None = None
    backup_hours: Annotated[int, Field(ge=0, le=168)] = 24
    backup_keep_days: Annotated[int, Field(ge=1, le=366)] = 30
    postgres_programs: Path | None = None
    log_format: Literal["json", "text"] = "json"
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
