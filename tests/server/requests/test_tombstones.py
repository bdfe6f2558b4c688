"""What was erased stays erased: in the file, after a restore, and when a station comes with it again."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server import privacy
from server.audit import service as audit
from server.consent import service as consent
from server.db import Database
from server.drills import service as drills
from server.people import service as people
from server.requests import service, tombstones
from server.requests.tombstones import TombstoneFileError
from server.settings import Settings
from server.tickets import service as tickets
from tests.server.requests.conftest import run_of

Add = Callable[..., Any]


def erase(database: Database, who: Any) -> dict[str, int]:
    with database.session() as db:
        subject = people.subject_of(db, who.id) if who.id else privacy.Subject(tickets=(who.ticket,))
        return service.erase(db, subject, actor="staff:test")


def known(database: Database, who: Any) -> set[str]:
    """Return what the database still knows of a resident."""
    found = set()
    with database.reading() as db:
        if who.id:
            try:
                people.get(db, who.id)
                found.add("person")
            except people.UnknownPersonError:
                pass
        found |= {"ticket"} if tickets.by_hash(db, who.ticket) else set()
        found |= {"run"} if any(run.run_id == who.run for run in drills.list_runs(db)) else set()
        found |= {"consent"} if consent.history(db, kind="ticket", subject=who.ticket) else set()
        found |= {"disclosed"} if privacy.disclose(db, privacy.Subject(who.id, (who.ticket,))) else set()
    return found


EVERYTHING = {"person", "ticket", "run", "consent", "disclosed"}


def test_erasure_reaches_everything_and_nobody_else(database: Database, resident: Add) -> None:
    who, other = resident(database), resident(database, "𠮷田 実")
    assert known(database, who) == known(database, other) == EVERYTHING
    touched = erase(database, who)
    assert touched["people"]
    assert touched["drills"]
    assert known(database, who) == set()
    assert known(database, other) == EVERYTHING


@pytest.mark.parametrize("keeps_file", [True, False], ids=["file of tombstones kept", "tombstones in the backup alone"])
def test_a_restored_backup_forgets_again(
    sqlite_settings: Settings, resident: Add, tmp_path: Path, *, keeps_file: bool
) -> None:
    database = Database(sqlite_settings)
    early, late, alone = resident(database), resident(database, "𠮷田 実"), resident(database, "")
    erase(database, early)
    backup = tmp_path / "backup.sqlite"
    database.close()
    shutil.copyfile(sqlite_settings.sqlite_file, backup)

    database = Database(sqlite_settings)
    erase(database, late)
    erase(database, alone)
    database.close()
    shutil.copyfile(backup, sqlite_settings.sqlite_file)
    if not keeps_file:
        tombstones.file_of(sqlite_settings).unlink()

    database = Database(sqlite_settings)
    assert known(database, late) == EVERYTHING, "the control: a restore alone brings them back"
    with database.session() as db:
        found = tombstones.reapply(db)
    if keeps_file:
        assert found["person"] == 1
        assert known(database, late) == known(database, alone) == set()
    else:
        assert known(database, late) == EVERYTHING
    assert known(database, early) == set()
    with database.session() as db:
        assert tombstones.reapply(db) == {}, "again is the same"
        assert audit.verify(db) == []
    assert {grave.hash for grave in tombstones.read(tombstones.file_of(sqlite_settings))} >= {
        tombstones.hash_of("person", early.id)
    }, "what the table knew is in the file again"
    database.close()


def test_a_consent_taken_back_stays_back_and_one_given_later_stays(
    sqlite_settings: Settings, resident: Add, tmp_path: Path
) -> None:
    database = Database(sqlite_settings)
    who, later = resident(database), resident(database, "𠮷田 実")
    with database.session() as db:
        consent.withdraw(db, kind="ticket", subject=later.ticket, purpose=consent.RECORDING, source="x")
        consent.give(db, kind="ticket", subject=later.ticket, purpose=consent.RECORDING, version="2", source="x")
        again = msgspec.structs.replace(run_of(later.ticket, "9" * 32), started_at="2999-11-24T10:00:00+09:00")
        drills.register_run(db, again)
    database.close()
    backup = tmp_path / "backup.sqlite"
    shutil.copyfile(sqlite_settings.sqlite_file, backup)
    database = Database(sqlite_settings)
    with database.session() as db:
        consent.withdraw(db, kind="ticket", subject=who.ticket, purpose=consent.RECORDING, source="x")
    database.close()
    shutil.copyfile(backup, sqlite_settings.sqlite_file)
    database = Database(sqlite_settings)
    with database.session() as db:
        tombstones.reapply(db)
    with database.reading() as db:
        assert consent.live(db, kind="ticket", subject=who.ticket, purpose=consent.RECORDING) is None
        assert [run.run_id for run in drills.list_runs(db)] == ["9" * 32]
    database.close()


def test_a_station_does_not_bring_back_what_was_erased(database: Database, resident: Add) -> None:
    who = resident(database)
    erase(database, who)
    for header in (run_of(who.ticket, who.run), run_of(who.ticket), run_of("", who.run)):
        with database.session() as db, pytest.raises(consent.ConsentError, match="erased"):
            drills.register_run(db, header)
    with database.session() as db:
        drills.register_run(db, run_of(""))


def test_the_file_is_written_before_the_erasure_is_committed(database: Database, resident: Add) -> None:
    """A crash in between leaves a tombstone that the next reapply completes, never an erasure without one."""
    who = resident(database)

    def cut_off() -> None:
        with database.session() as db:
            service.erase(db, people.subject_of(db, who.id), actor="staff:test")
            msg = "power cut"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="power cut"):
        cut_off()
    assert known(database, who) == EVERYTHING
    hashes = {grave.hash for grave in tombstones.read(tombstones.file_of(database.settings))}
    assert tombstones.hash_of("person", who.id) in hashes
    with database.session() as db:
        tombstones.reapply(db)
    assert known(database, who) == set()


def test_the_file_tells_nothing_and_is_its_owners_alone(database: Database, resident: Add) -> None:
    who = resident(database)
    erase(database, who)
    file = tombstones.file_of(database.settings)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert not any(secret in text for secret in (who.id, who.ticket, who.run, "髙﨑"))


def test_a_torn_last_line_is_passed_over_and_mended(database: Database, resident: Add) -> None:
    first, second = resident(database), resident(database, "𠮷田 実")
    erase(database, first)
    file = tombstones.file_of(database.settings)
    whole = tombstones.read(file)
    with file.open("a") as torn:
        torn.write("a" * 30)
    assert tombstones.read(file) == whole
    erase(database, second)
    mended = tombstones.read(file)
    assert mended[: len(whole)] == whole
    assert tombstones.hash_of("person", second.id) in {grave.hash for grave in mended}


@pytest.mark.parametrize(
    "line",
    [
        "x person 2026-01-01T00:00:00+00:00",
        f"{'a' * 64} thing 2026-01-01T00:00:00+00:00",
        f"{'a' * 64} run 2026-01-01",
    ],
)
def test_a_damaged_line_stops_a_restore(tmp_path: Path, line: str) -> None:
    file = tmp_path / "tombstones.txt"
    file.write_text(f"{line}\n")
    with pytest.raises(TombstoneFileError, match="line 1"):
        tombstones.read(file)


def test_a_copied_file_is_merged(sqlite_settings: Settings, resident: Add, tmp_path: Path) -> None:
    database = Database(sqlite_settings)
    erase(database, resident(database))
    own = tombstones.file_of(sqlite_settings)
    copy = tmp_path / "copy.txt"
    shutil.copyfile(own, copy)
    assert tombstones.merge(sqlite_settings, copy) == 0
    own.unlink()
    count = tombstones.merge(sqlite_settings, copy)
    assert count == len(tombstones.read(copy)) > 2
    database.close()
