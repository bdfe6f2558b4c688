"""Requirement 32 and threat class 2: each misconfiguration is found, refused or warned of, with its remedy."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from sqlalchemy import make_url

from server.accounts.models import Staff
from server.cli import main
from server.columns import now
from server.db import Database
from server.jobs.models import FAILED, Job
from server.ops import checking_backups, checking_database, checking_files, doctor, secrets
from server.ops.backup import make_backup
from server.ops.certificate import own_certificate
from server.ops.findings import Finding, texts
from server.ops.keys import city_keys, key_file
from server.ops.recovery import make_recovery_key, public_file
from server.ops.restore import unfinished
from server.settings import Settings

FOUND: set[str] = set()
"""Codes that a test of this module has seen found."""


@pytest.fixture(scope="module")
def in_order(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in order: keys, an administrator, the recovery key away, a backup. Each test gets a copy."""
    folder = tmp_path_factory.mktemp("order")
    made = Settings(data_dir=folder / "var", database_url="")
    made.make_data_dir()
    shutil.copyfile(sqlite_template, made.sqlite_file)
    made.sqlite_file.chmod(0o600)
    city_keys(made)
    secrets.make_secret(made)
    make_recovery_key(made, folder / "recovery-key.txt")
    database = Database(made)
    with database.session() as db:
        for name in ("a", "b"):
            one = Staff(login=f"{name}@city.example", name="髙﨑", roles=["administrator"], password_hash="x")
            one.totp_secret = b"x"
            db.add(one)
    make_backup(database)
    database.close()
    return made.data_dir


@pytest.fixture
def settings(in_order: Path, tmp_path: Path) -> Settings:
    (tmp_path / "usb").mkdir()
    shutil.copytree(in_order, tmp_path / "var")
    return Settings(
        data_dir=tmp_path / "var", database_url="", backup_copy_dir=tmp_path / "usb", audit_head_dir=tmp_path / "usb"
    )


@pytest.fixture(autouse=True)
def not_root_and_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root and have one disk: neither is what they look for."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(checking_backups, "_same_disk", lambda _one, _other: False)
    for name in [name for name in os.environ if name.startswith(("SONAE_", "PYTHON"))]:
        monkeypatch.delenv(name)


def codes(settings: Settings, **changed: Any) -> set[str]:
    found = doctor.examine(settings.model_copy(update=changed))
    for one in found:
        FOUND.add(one.code)
        shown = doctor.written(one)
        assert "{" not in one.ja + one.en
        assert one.remedy in shown
    return {one.code for one in found}


def level(code: str) -> str:
    return texts()[code]["level"]


def test_a_house_in_order_has_nothing_to_mend(settings: Settings) -> None:
    """The control of all the others: what they find is what they planted."""
    assert codes(settings) == set()


# --- the data folder ---------------------------------------------------------------------------------------------


def test_a_data_folder_open_for_writing(settings: Settings) -> None:
    settings.data_dir.chmod(0o770)
    assert codes(settings) == {"data-dir-open"}


@pytest.fixture
def reachable(settings: Settings) -> Iterator[Settings]:
    """The same house in a folder that others can walk into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = settings.model_copy(update={"data_dir": Path(folder) / "var"})
        shutil.copytree(settings.data_dir, made.data_dir)
        for place in (made.data_dir, made.data_dir / "keys"):
            place.chmod(0o755)
        yield made


@pytest.mark.parametrize("name", ["sonae.sqlite", "keys/city.key", "tombstones.txt"])
def test_a_file_that_others_can_read(reachable: Settings, name: str) -> None:
    assert codes(reachable) == set()
    (reachable.data_dir / name).touch()
    (reachable.data_dir / name).chmod(0o644)
    assert codes(reachable) == {"file-open", *(["key-damaged"] if name.startswith("keys/") else [])}


def test_a_readable_file_in_a_closed_folder_is_read_by_nobody(settings: Settings) -> None:
    settings.sqlite_file.chmod(0o644)
    assert codes(settings) == set()


@pytest.mark.parametrize("which", ["city", "server", "recovery"])
def test_a_damaged_key(settings: Settings, which: str) -> None:
    file = {"city": key_file, "server": secrets.secret_file, "recovery": public_file}[which](settings)
    file.write_text("00")
    assert "key-damaged" in codes(settings)


@pytest.mark.parametrize("key", ["00" * 32, "0123456789abcdef" * 4, "ff" * 16 + "00" * 16])
def test_a_default_key(settings: Settings, key: str) -> None:
    secrets.secret_file(settings).write_text(f"{key}\n")
    assert codes(settings) == {"key-default"}


def test_a_restore_that_was_not_finished(settings: Settings) -> None:
    unfinished(settings).touch()
    assert codes(settings) == {"restore-unfinished"}


def test_a_recovery_key_left_on_the_server(settings: Settings) -> None:
    make_recovery_key(settings)
    assert codes(settings) == {"recovery-key-here"}


def test_what_a_restore_set_aside(settings: Settings) -> None:
    (settings.data_dir / "replaced-x").mkdir()
    assert codes(settings) == {"set-aside"}


@pytest.mark.parametrize(("kind", "unsafe"), [("nfs4", True), ("cifs", True), ("ext4", False)])
def test_a_database_on_a_network_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, unsafe: bool
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"rootfs / rootfs rw 0 0\nhost:/x {settings.data_dir} {kind} rw 0 0\nb /proc proc rw 0 0\n")
    real = checking_files.file_system_of
    monkeypatch.setattr(checking_files, "file_system_of", lambda path: real(path, mounts))
    assert codes(settings) == ({"network-disk"} if unsafe else set())


def test_a_disk_almost_full(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking_files, "LOW_MIB", 1 << 40)
    assert codes(settings) == {"disk-low"}


def test_running_as_root(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert codes(settings) == {"root"}


# --- settings ----------------------------------------------------------------------------------------------------

HOSTS = ("sonae.example.jp", "127.0.0.1")


def test_a_public_address_without_tls(settings: Settings) -> None:
    assert codes(settings, public_url="http://sonae.example.jp", allowed_hosts=HOSTS) == {"public-http"}
    assert codes(settings, public_url="http://127.0.0.1:8350") == set()


@pytest.mark.parametrize("hosts", [("*",), ("*.example.jp",), (".example.jp",), ("",), ()])
def test_hosts_that_could_be_any(settings: Settings, hosts: tuple[str, ...]) -> None:
    assert codes(settings, allowed_hosts=hosts) == {"hosts-any"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10"])
def test_a_host_without_a_name(settings: Settings, host: str) -> None:
    assert codes(settings, host=host) == {"host-unnamed"}


def test_a_public_address_that_is_not_allowed(settings: Settings) -> None:
    assert codes(settings, public_url="https://sonae.example.jp") == {"public-not-allowed"}


def test_a_certificate_that_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    given = {"tls_certificate": tmp_path / "gone.pem", "tls_key": tmp_path / "gone.key"}
    assert codes(settings, **given) == {"certificate-bad"}
    assert codes(settings, tls_certificate=tmp_path / "gone.pem") == {"certificate-bad"}


def test_a_certificate_that_ended_or_will_soon(settings: Settings) -> None:
    changed = settings.model_copy(update={"tls": True})
    ends = own_certificate(changed).ends_at
    with time_machine.travel(ends - dt.timedelta(days=20), tick=False):
        assert "certificate-ends" in codes(changed)
    with time_machine.travel(ends + dt.timedelta(days=1), tick=False):
        assert "certificate-ended" in codes(changed)


def test_a_certificate_for_other_names(settings: Settings) -> None:
    own_certificate(settings)
    assert codes(settings, tls=True, allowed_hosts=HOSTS) == {"certificate-names"}


@pytest.mark.parametrize("network", ["0.0.0.0/0", "10.0.0.0/8", "::/0"])
def test_proxies_that_could_be_any(settings: Settings, network: str) -> None:
    made = Settings(trusted_proxies=(network,)).trusted_proxies  # type: ignore[arg-type]
    assert codes(settings, trusted_proxies=made) == {"proxy-wide"}


def test_letters_over_an_open_line(settings: Settings) -> None:
    given = {"mail_host": "mail.example.jp", "mail_from": "sonae@example.jp", "mail_security": "none"}
    assert codes(settings, **given) == {"mail-plain"}
    assert codes(settings, **{**given, "mail_host": "127.0.0.1"}) == set()


def test_letters_without_a_sender(settings: Settings) -> None:
    assert codes(settings, mail_host="mail.example.jp") == {"mail-no-sender"}


@pytest.mark.parametrize("door", ["resident_openid", "staff_openid"])
def test_a_sign_in_service_for_trials_in_public(settings: Settings, door: str) -> None:
    trial = Settings(**{door: {"issuer": "http://127.0.0.1:9000/", "client_id": "x"}})  # type: ignore[arg-type]
    service = {door: getattr(trial, door)}
    assert codes(settings, **service) == set()
    assert codes(settings, **service, public_url="https://sonae.example.jp", allowed_hosts=HOSTS) == {"provider-trial"}


@pytest.mark.parametrize("name", ["PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONINSPECT", "SONAE_DEBUG"])
def test_settings_of_development_in_public(settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    assert codes(settings) == set()
    assert codes(settings, public_url="https://sonae.example.jp", allowed_hosts=HOSTS) == {"debug"}


def test_a_misspelt_setting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONAE_TRUSTED_PROXYS", "[]")
    monkeypatch.setenv("SONAE_RESIDENT_OPENID__ISSUER", "https://known.example.jp")
    found = [one for one in doctor.examine(settings) if one.code == "setting-unknown"]
    FOUND.add("setting-unknown")
    assert ["SONAE_TRUSTED_PROXIES" in one.en for one in found] == [True]


# --- the database ------------------------------------------------------------------------------------------------


def change(settings: Settings, *statements: str) -> None:
    database = Database(settings)
    with database.session() as db:
        for statement in statements:
            db.connection().exec_driver_sql(statement)
    database.close()


def test_a_database_that_cannot_be_reached(settings: Settings) -> None:
    address = "postgresql://sonae@/x?host=/nowhere"
    assert codes(settings, database_url=address) == {"database-unreachable"}
    assert codes(settings, database_url="mysql://x") == {"database-unreachable"}


def test_a_database_of_a_newer_and_of_an_older_sonae(settings: Settings) -> None:
    change(settings, "UPDATE alembic_version SET version_num = '9999_future'")
    assert codes(settings) == {"database-newer"}
    change(settings, "UPDATE alembic_version SET version_num = '0001_initial'")
    assert codes(settings) == {"database-behind"}


def test_a_damaged_database(settings: Settings) -> None:
    content = bytearray(settings.sqlite_file.read_bytes())
    for at in range(len(content) - 16_384, len(content), 7):
        content[at] ^= 0xFF
    settings.sqlite_file.write_bytes(content)
    assert codes(settings) & {"database-damaged", "database-unreachable"}
    FOUND.add("database-damaged")


@pytest.mark.parametrize("password", ["sonae", "changeme", "PASSWORD", "the_user"])
def test_a_password_that_anyone_would_try(settings: Settings, password: str) -> None:
    address = f"postgresql://the_user:{password}@/x?host=/nowhere"
    found = doctor.examine(settings.model_copy(update={"database_url": address}))
    FOUND.update(one.code for one in found)
    assert "database-password" in {one.code for one in found}
    assert not [one for one in found if f":{password}" in doctor.written(one)]


def test_an_altered_audit_record(settings: Settings) -> None:
    change(
        settings,
        "DROP TRIGGER audit_entry_no_update",
        "UPDATE audit_entry SET actor = 'staff:other' WHERE seq = 1",
    )
    assert codes(settings) == {"audit-broken"}


def test_a_clock_that_went_back(settings: Settings) -> None:
    with time_machine.travel(now() - dt.timedelta(days=365), tick=False):
        assert codes(settings) == {"clock-back"}


def test_nobody_to_administer(settings: Settings) -> None:
    change(settings, "DELETE FROM staff")
    assert codes(settings) == {"no-administrator"}


def test_one_administrator_alone(settings: Settings) -> None:
    change(settings, "UPDATE staff SET roles = '[]' WHERE login LIKE 'b%'")
    assert codes(settings) == {"administrator-alone"}
    assert codes(settings, single_on_duty=True) == set(), "it was said that one is alone"


def test_two_administrators_where_one_may_approve_alone(settings: Settings) -> None:
    assert codes(settings, single_on_duty=True) == {"single-on-duty"}


def test_jobs_that_were_given_up(settings: Settings) -> None:
    database = Database(settings)
    with database.session() as db:
        db.add(Job(kind="x", payload={}, state=FAILED))
    database.close()
    assert codes(settings) == {"jobs-failed"}


@pytest.fixture
def on_postgresql(postgres: Any, postgres_template: str, settings: Settings) -> Iterator[Callable[..., set[str]]]:
    """What is found on a PostgreSQL of the tests, which runs with fsync off and as its superuser."""
    name = "t_doctor"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
    yield lambda: codes(settings, database_url=postgres.url(name))
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_postgresql_that_would_lose_what_it_promised(on_postgresql: Callable[..., set[str]]) -> None:
    assert on_postgresql() == {"database-not-durable", "database-superuser", "no-administrator"}


def test_a_postgresql_with_another_clock(
    on_postgresql: Callable[..., set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking_database, "now", lambda: now() + dt.timedelta(seconds=90))
    assert "clock-apart" in on_postgresql()


@pytest.mark.parametrize(
    ("address", "tls", "expected"),
    [
        ("postgresql://sonae@db.example.jp/x", False, ["database-plain"]),
        ("postgresql://sonae@/x?host=db.example.jp", False, ["database-plain"]),
        ("postgresql://sonae@db.example.jp/x", True, []),
        ("postgresql://sonae@127.0.0.1/x", False, []),
        ("postgresql://sonae@/x?host=/run/postgresql", False, []),
    ],
)
def test_an_open_line_to_the_database(address: str, tls: bool, expected: list[str]) -> None:
    found = list(checking_database.check_line(make_url(address), tls=tls))
    FOUND.update(one.code for one in found)
    assert [one.code for one in found] == expected


# --- backups -----------------------------------------------------------------------------------------------------


def test_no_recovery_key(settings: Settings) -> None:
    public_file(settings).unlink()
    assert codes(settings) == {"no-recovery-key"}


def test_backups_switched_off(settings: Settings) -> None:
    assert codes(settings, backup_hours=0) == {"backup-off"}


def test_no_backup_yet_and_none_for_long(settings: Settings, tmp_path: Path) -> None:
    assert codes(settings, backup_dir=tmp_path / "none") == {"backup-none"}
    with time_machine.travel(now() + dt.timedelta(hours=49), tick=False):
        assert codes(settings) == {"backup-old"}


def test_copies_that_lie_nowhere_or_near(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(settings, backup_copy_dir=None) == {"backup-no-copy"}
    assert codes(settings, backup_copy_dir=tmp_path / "gone") == {"backup-copy-gone"}
    monkeypatch.setattr(checking_backups, "_same_disk", lambda _one, _other: True)
    assert codes(settings) == {"backup-copy-near"}


def test_a_head_that_is_kept_nowhere(settings: Settings) -> None:
    assert codes(settings, audit_head_dir=None) == {"audit-head-nowhere"}


# --- what is done about it ---------------------------------------------------------------------------------------


def test_what_is_refused_is_not_served(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    unfinished(settings).touch()
    assert main(["--data-dir", str(settings.data_dir), "serve", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "[restore-unfinished]" in said
    assert "Not served until this is mended" in said


def test_the_command_says_it_in_both_languages(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", str(settings.data_dir), "doctor"]) == 0
    assert "△ 注意 [backup-no-copy]" in capsys.readouterr().out
    unfinished(settings).touch()
    assert main(["--data-dir", str(settings.data_dir), "doctor", "--json"]) == 2
    found = {one["code"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["restore-unfinished"]["level"] == "refuse"


def test_refusals_come_first(settings: Settings) -> None:
    unfinished(settings).touch()
    found = doctor.examine(settings.model_copy(update={"audit_head_dir": None}))
    assert [one.level for one in found] == ["refuse", "warn"]


def test_every_finding_was_planted_once() -> None:
    """Runs last: a code that no test above planted has no test."""
    if len(FOUND) < 10:
        pytest.skip("only with the other tests of this file")
    assert set(texts()) - FOUND == set()
    for said in texts().values():
        Finding("x", "warn", said["ja"], said["en"], said["remedy"])
        assert said.keys() == {"level", "ja", "en", "remedy"}
