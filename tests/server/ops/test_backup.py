"""Backup and restore on both engines: requirement 41, and 39 where a restore meets those who were erased since."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from sqlalchemy import select, text

from server import privacy
from server.accounts import codes, sign_ins
from server.audit import service as audit
from server.columns import now
from server.db import Database
from server.devices import service as devices
from server.ops import backup, crate, restore, secrets
from server.ops.backup import BackupError, make_backup
from server.ops.digests import digests
from server.ops.keys import city_keys
from server.ops.postgres import PostgresProgramError, program
from server.ops.recovery import make_recovery_key
from server.ops.restore import RestoreError
from server.ops.snapshots import SnapshotError
from server.people import service as people
from server.people.models import Person
from server.requests import tombstones
from server.settings import Settings

NAMES = ("髙﨑 さくら", "𠮷田 太郎", "渡邉 つばさ", "辻󠄀 花子")


@dataclass
class House:
    """A database with people in it, and the key that its backups need."""

    database: Database
    key_file: Path
    folder: Path
    empty: Any
    """Called for the settings of an empty place on the same engine."""

    @property
    def settings(self) -> Settings:
        return self.database.settings

    def back_up(self, **given: Any) -> backup.Backup:
        return make_backup(self.database, **given)

    def add_people(self) -> list[str]:
        with self.database.session() as db:
            return [people.new_person(db, name=name, actor="system").id for name in NAMES]


@pytest.fixture
def house(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    made: list[str] = []
    programs = None
    if database.dialect == "postgresql":
        programs = request.getfixturevalue("postgres").binaries
    settings = database.settings.model_copy(update={"postgres_programs": programs})
    own = Database(settings)

    def empty() -> Settings:
        place = tmp_path / f"other-{len(made)}"
        url = ""
        if database.dialect == "postgresql":
            server = request.getfixturevalue("postgres")
            made.append(f"r_{random.SystemRandom().randrange(10**12)}")
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {made[-1]}")
            url = server.url(made[-1])
        else:
            made.append(str(place))
        return Settings(data_dir=place / "var", database_url=url, postgres_programs=programs)

    _, key_file = make_recovery_key(settings, tmp_path / "stick" / "recovery-key.txt")
    city_keys(settings)
    secrets.make_secret(settings)
    yield House(own, key_file, tmp_path, empty)
    own.close()
    if database.dialect == "postgresql":
        with psycopg.connect(request.getfixturevalue("postgres").url(), autocommit=True) as connection:
            for name in made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def held(settings: Settings, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    database = Database(settings)
    with database.engine.connect() as connection, connection.begin():
        found = digests(connection, but=but)
    database.close()
    return found


def test_a_restore_elsewhere_is_equal_in_every_table(house: House) -> None:
    house.add_people()
    before = held(house.settings)
    sealed = secrets.seal(house.settings, "totp", b"x")
    made = house.back_up()
    assert NAMES[0].encode() not in made.file.read_bytes()
    target = house.empty()
    done = restore.restore(target, made.file, house.key_file)
    assert done.contents.tables == before
    # What restoring itself writes: entries of the audit record.
    assert held(target, but=("audit_entry",)) == {name: one for name, one in before.items() if name != "audit_entry"}
    assert city_keys(target) == city_keys(house.settings)
    assert secrets.unseal(target, "totp", sealed) == b"x"
    database = Database(target)
    with database.reading() as db:
        assert audit.verify(db) == []
        assert [entry.action for entry in audit.newest(db, limit=1)] == ["house.restore"]
        assert {person.name for person in db.scalars(select(Person))} == set(NAMES)
    database.close()
    assert not restore.unfinished(target).exists()


def test_it_is_made_while_others_write(house: House) -> None:
    """Online: rows that come meanwhile are wholly in it or not at all, and the backup is whole."""
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            house.add_people()
            written += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            made = house.back_up()
            found = restore.verify(house.settings, made.file, house.key_file)
            assert found.contents.tables["person"].rows % len(NAMES) == 0
    finally:
        stop.set()
        thread.join()
    assert written > 0


def test_who_was_erased_since_the_backup_stays_erased(house: House) -> None:
    """Requirement 39: delete, restore an older backup, and the person is still gone; the others are there."""
    gone, *others = house.add_people()
    made = house.back_up()
    with house.database.session() as db:
        tombstones.note(db, "person", [gone])
        privacy.erase(db, privacy.Subject(person_id=gone))
    target = house.empty()
    done = restore.restore(target, made.file, house.key_file, graves=[tombstones.file_of(house.settings)])
    assert done.erased_again == {"person": 1}
    assert persons(target) == set(others)


def test_without_the_list_of_the_erased_they_would_be_back(house: House) -> None:
    """The control: it is the list that keeps them away, and the backup really held them."""
    assert house.settings.backup_copy_dir is None
    everybody = house.add_people()
    made = house.back_up()
    with house.database.session() as db:
        tombstones.note(db, "person", everybody[:1])
        privacy.erase(db, privacy.Subject(person_id=everybody[0]))
    target = house.empty()
    alone = house.folder / "alone.sonae"
    shutil.copyfile(made.file, alone)  # without the list beside it
    assert restore.restore(target, alone, house.key_file).erased_again == {}
    assert persons(target) == set(everybody)


def test_the_list_beside_the_copies_is_found(house: House, tmp_path: Path) -> None:
    gone, *others = house.add_people()
    made = house.back_up(copy_to=tmp_path / "usb")
    with house.database.session() as db:
        tombstones.note(db, "person", [gone])
        privacy.erase(db, privacy.Subject(person_id=gone))
    house.back_up(copy_to=tmp_path / "usb")
    target = house.empty().model_copy(update={"backup_copy_dir": tmp_path / "usb"})
    assert restore.restore(target, made.copies[0], house.key_file).erased_again == {"person": 1}
    assert persons(target) == set(others)


def persons(settings: Settings) -> set[str]:
    database = Database(settings)
    with database.reading() as db:
        found = set(db.scalars(select(Person.id)))
    database.close()
    return found


def test_sign_ins_of_the_backup_are_ended(house: House) -> None:
    """Some of them had been ended since, and nobody knows which."""
    [person] = house.add_people()[:1]
    with house.database.session() as db:
        key = sign_ins.sign_in_resident(db, house.settings, method="mail", person_id=person)
    made = house.back_up()
    target = house.empty()
    assert restore.restore(target, made.file, house.key_file).ended_sign_ins == 1
    database = Database(target)
    with database.reading() as db:
        assert sign_ins.principal_of(db, target, key).kind == "nobody"
    database.close()


def test_a_code_that_was_used_since_the_backup_does_not_serve_again(house: House) -> None:
    with house.database.session() as db:
        code = codes.new_code(db, house.settings, purpose="setup")
        pairing = devices.new_pairing_code(db, house.settings, name="体育館")
    made = house.back_up()
    target = house.empty()
    restore.restore(target, made.file, house.key_file)
    database = Database(target)
    with database.session() as db:
        assert codes.look_up(db, code) is None
        assert devices.pair(db, code=pairing) is None
    with house.database.session() as db:
        assert codes.look_up(db, code) is not None, "the control: where it was made it serves"
    database.close()


def test_verifying_touches_nothing(house: House) -> None:
    house.add_people()
    made = house.back_up()
    before = held(house.settings)
    found = restore.verify(house.settings, made.file, house.key_file)
    assert found.contents == made.contents
    assert held(house.settings) == before
    assert not [path for path in house.settings.data_dir.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("fault", ["cut", "changed", "not ours"])
def test_a_faulty_backup_is_refused_and_changes_nothing(house: House, fault: str) -> None:
    house.add_people()
    made = house.back_up()
    content = bytearray(made.file.read_bytes())
    if fault == "cut":
        content = content[: len(content) // 2]
    elif fault == "changed":
        content[len(content) // 2] ^= 1
    else:
        content = bytearray(b"PK\x03\x04" + bytes(1000))
    made.file.write_bytes(content)
    target = house.empty()
    with pytest.raises(crate.CrateError):
        restore.restore(target, made.file, house.key_file)
    assert [path.name for path in target.data_dir.rglob("*") if path.is_file()] == []
    with pytest.raises(crate.CrateError):
        restore.verify(house.settings, made.file, house.key_file)


def test_another_recovery_key_opens_nothing(house: House, tmp_path: Path) -> None:
    made = house.back_up()
    other = Settings(data_dir=tmp_path / "stranger", database_url="")
    _, wrong = make_recovery_key(other, tmp_path / "wrong.txt")
    with pytest.raises(crate.CrateError, match="take the paper or stick with id"):
        restore.restore(house.empty(), made.file, wrong)


def test_what_is_there_is_not_written_over(house: House) -> None:
    house.add_people()
    made = house.back_up()
    before = held(house.settings)
    with pytest.raises(RestoreError, match="already"):
        restore.restore(house.settings, made.file, house.key_file)
    assert held(house.settings) == before


def test_an_altered_audit_record_is_never_backed_up_as_good(house: House) -> None:
    house.add_people()
    with house.database.session() as db:
        connection = db.connection()
        if house.database.dialect == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        connection.execute(text("UPDATE audit_entry SET actor = 'staff:other' WHERE seq = 2"))
    with pytest.raises(SnapshotError, match=r"not whole at entries \[2\]"):
        house.back_up()
    assert backup.backups(backup.folder_of(house.settings)) == []


def test_a_table_that_came_out_otherwise_is_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the comparison: a digest that differs stops the restore before anything is in place."""
    house.add_people()
    real = backup.manifest_of

    def lying(*given: Any) -> dict[str, Any]:
        manifest = real(*given)
        manifest["tables"]["person"][1] = "0" * 64
        return manifest

    monkeypatch.setattr(backup, "manifest_of", lying)
    made = house.back_up()
    with pytest.raises(RestoreError, match=r"tables that differ: \['person'\]"):
        restore.verify(house.settings, made.file, house.key_file)


# --- copies, periods, room: alike on both engines, so on SQLite alone --------------------------------------------


@pytest.fixture
def small(sqlite_settings: Settings, tmp_path: Path) -> Iterator[Database]:
    make_recovery_key(sqlite_settings, tmp_path / "recovery-key.txt")
    database = Database(sqlite_settings)
    yield database
    database.close()


def test_without_a_recovery_key_there_is_no_backup(sqlite_settings: Settings) -> None:
    database = Database(sqlite_settings)
    with pytest.raises(BackupError, match="sonae-server init"):
        make_backup(database)
    assert not backup.is_due(sqlite_settings)
    database.close()


def test_a_copy_is_made_elsewhere_and_compared(small: Database, tmp_path: Path) -> None:
    made = make_backup(small, copy_to=tmp_path / "usb")
    [copy] = made.copies
    assert copy.read_bytes() == made.file.read_bytes()
    assert crate.check_copy(copy) == made.check
    assert made.file.stat().st_mode & 0o077 == 0


def test_a_copy_that_differs_is_told(small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(source: Any, target: Any, length: int = 0) -> None:
        target.write(source.read()[:-1])

    monkeypatch.setattr(shutil, "copyfileobj", lossy)
    with pytest.raises(crate.CrateError, match="cut short or damaged"):
        make_backup(small, copy_to=tmp_path / "usb")


def test_backups_are_due_daily_and_go_after_their_period(small: Database) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC), tick=False) as clock:
        first = make_backup(small)
        assert backup.last_made_at(small.settings) == now()
        assert not backup.is_due(small.settings)
        clock.shift(dt.timedelta(hours=24))
        assert backup.is_due(small.settings)
        second = make_backup(small)
        assert first.file.exists()
        clock.shift(dt.timedelta(days=30, minutes=-1))
        assert make_backup(small).removed == (first.file,)
        assert second.file.exists()
        clock.shift(dt.timedelta(days=100))
        last = make_backup(small)
        assert backup.backups(backup.folder_of(small.settings)) == [last.file]


def test_a_plain_copy_of_an_older_upgrade_goes_too(small: Database) -> None:
    folder = backup.folder_of(small.settings)
    folder.mkdir()
    plain = folder / "before-upgrade-from-0001_initial-x.sqlite"
    plain.write_bytes(b"")
    with time_machine.travel(now() + dt.timedelta(days=31)):
        assert plain in make_backup(small).removed


def test_two_at_once_are_one(small: Database) -> None:
    with backup._alone(small.settings), pytest.raises(BackupError, match="another backup"):
        make_backup(small)


def test_what_a_killed_backup_left_is_cleared(small: Database) -> None:
    left = small.settings.data_dir / ".making-x"
    left.mkdir()
    (left / "sonae.sqlite").write_bytes(b"plain")
    make_backup(small)
    assert not left.exists()


def test_no_room_is_said_plainly(small: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.ops.backup.os.fsync", full)
    with pytest.raises(BackupError, match="No space left on device"):
        make_backup(small)
    assert not list(backup.folder_of(small.settings).iterdir())


def test_the_private_half_is_never_taken_along(sqlite_settings: Settings) -> None:
    make_recovery_key(sqlite_settings)
    assert not [name for name in backup.files_of(sqlite_settings) if "recovery-key" in name]


def test_a_restore_over_a_house_sets_it_aside(small: Database, tmp_path: Path) -> None:
    with small.session() as db:
        person = people.new_person(db, name=NAMES[0], actor="system").id
    made = make_backup(small)
    with small.session() as db:
        people.new_person(db, name=NAMES[1], actor="system")
    small.close()
    done = restore.restore(small.settings, made.file, tmp_path / "recovery-key.txt", replace=True)
    assert done.set_aside is not None
    assert (done.set_aside / "sonae.sqlite").exists()
    assert persons(small.settings) == {person}


def test_a_restore_that_was_killed_leaves_a_mark_and_can_be_run_again(
    small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(small)
    target = Settings(data_dir=tmp_path / "other", database_url="")

    def killed(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restore, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            restore.restore(target, made.file, tmp_path / "recovery-key.txt")
    assert restore.unfinished(target).exists()
    restore.restore(target, made.file, tmp_path / "recovery-key.txt")
    assert not restore.unfinished(target).exists()


def test_keys_made_since_stay_valid(small: Database, tmp_path: Path) -> None:
    secrets.make_secret(small.settings)
    made = make_backup(small)
    secrets.rotate(small.settings)
    sealed = secrets.seal(small.settings, "totp", b"new")
    small.close()
    restore.restore(small.settings, made.file, tmp_path / "recovery-key.txt", replace=True)
    assert secrets.unseal(small.settings, "totp", sealed) == b"new"


def test_a_program_of_postgresql_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.2'\n")
    old.chmod(0o755)
    settings = Settings(data_dir=tmp_path, postgres_programs=tmp_path)
    assert program(settings, "pg_dump", at_least=14) == str(old)
    with pytest.raises(PostgresProgramError, match=r"version 14.*postgresql-client-18"):
        program(settings, "pg_dump", at_least=18)
