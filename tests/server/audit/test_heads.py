"""Requirement 34: the head is kept elsewhere daily, and shows a cut tail and a chain that was made anew."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text

from server import cli
from server.audit import heads, service
from server.audit.models import AuditEntry
from server.db import Database


def acts(database: Database, count: int) -> None:
    with database.session() as db:
        for n in range(count):
            service.record(db, "system", "test.act", f"thing:{n}")


def unlocked(database: Database) -> None:
    drops = {
        "sqlite": ["DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"],
        "postgresql": ["DROP TRIGGER audit_entry_no_change ON audit_entry"],
    }
    with database.session() as db:
        for drop in drops[database.dialect]:
            db.execute(text(drop))


def elsewhere(database: Database, folder: Path | None) -> Database:
    return Database(database.settings.model_copy(update={"audit_head_dir": folder}))


def test_one_line_a_day(database: Database, tmp_path: Path) -> None:
    kept = elsewhere(database, tmp_path)
    assert not heads.keep(database), "nothing is kept where no folder is set"
    for day, more in ((1, 2), (1, 3), (2, 1), (4, 0)):
        acts(database, more)
        with time_machine.travel(dt.datetime(2026, 12, day, 12, tzinfo=dt.UTC)):
            heads.keep(kept)
    lines = (tmp_path / heads.FILE).read_text().splitlines()
    assert [line[:10] for line in lines] == ["2026-12-01", "2026-12-02", "2026-12-04"]
    assert sorted(heads.read(tmp_path / heads.FILE)) == [2, 6]
    with database.reading() as db:
        assert service.verify(db, heads=heads.read(tmp_path / heads.FILE)) == []
    kept.close()


def test_a_missing_folder_is_an_error_that_the_log_names(database: Database, tmp_path: Path) -> None:
    away = elsewhere(database, tmp_path / "unplugged")
    with pytest.raises(FileNotFoundError):
        heads.keep(away)
    away.close()


def test_a_cut_tail_and_a_chain_made_anew_show_against_old_heads(database: Database) -> None:
    acts(database, 3)
    with database.reading() as db:
        old = {3: service.head(db)}
    acts(database, 3)
    with database.reading() as db:
        assert service.verify(db, heads=old) == []
        old[6] = service.head(db)
    unlocked(database)
    with database.session() as db:
        db.execute(text("DELETE FROM audit_entry WHERE seq > 4"))
    with database.reading() as db:
        assert service.verify(db) == []
        assert service.verify(db, heads=old) == [5]
    with database.session() as db:  # somebody changes entry 2 and computes every hash anew
        previous = service.GENESIS
        for seq in (1, 2, 3, 4):
            entry = db.get_one(AuditEntry, seq)
            entry.actor = "staff:other" if seq == 2 else entry.actor
            entry.previous_hash = previous
            entry.hash = previous = service.entry_hash(entry)
    with database.reading() as db:
        assert service.verify(db) == []
        assert service.verify(db, heads=old) == [3, 5]


@pytest.mark.parametrize("line", ["", "2026-12-01 3", f"2026-12-01 three {'0' * 64}", "2026-12-01 3 0"])
def test_a_line_that_is_no_head_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "heads"
    path.write_text(f"2026-12-01T00:00:00+00:00 1 {'a' * 64}\n{line}\n")
    with pytest.raises(heads.HeadsError, match="line 2"):
        heads.read(path)


def test_commands(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if database.dialect != "sqlite":
        pytest.skip("the command is the same on both engines")
    acts(database, 4)
    data = ["--data-dir", str(database.settings.data_dir)]
    assert cli.main([*data, "audit-head"]) == 0
    line = capsys.readouterr().out
    kept = tmp_path / "kept.txt"
    kept.write_text(line)
    assert cli.main([*data, "audit-verify", "--heads", str(kept)]) == 0
    unlocked(database)
    with database.session() as db:
        db.execute(text("DELETE FROM audit_entry WHERE seq = 4"))
    assert cli.main([*data, "audit-verify"]) == 0
    assert cli.main([*data, "audit-verify", "--heads", str(kept)]) == 1
    assert "[4]" in capsys.readouterr().err
    kept.write_text("nonsense\n")
    assert cli.main([*data, "audit-verify", "--heads", str(kept)]) == 1
    assert "is no head" in capsys.readouterr().err
