"""From the first release to today: 50 000 rows with Japanese text stay equal, on both engines, whatever is killed."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect, select, text

from server.audit import service as audit
from server.db import Database
from server.drills.models import DrillDay
from server.live.models import Chunk
from server.migrations import applying
from server.ops.backup import backups
from server.ops.digests import TableDigest, columns_of, digests
from server.ops.recovery import make_recovery_key
from server.ops.restore import restore, verify
from server.settings import Settings

ROWS = 50_000
FEW = 400
Release = Callable[[Settings, int], int]


def before(settings: Settings) -> tuple[dict[str, list[str]], dict[str, TableDigest]]:
    """Return the columns of the first release and the digests over them."""
    database = Database(settings)
    with database.engine.connect() as connection, connection.begin():
        columns = columns_of(connection)
        found = digests(connection, columns)
    database.close()
    return columns, found


def again(settings: Settings, columns: dict[str, list[str]]) -> dict[str, TableDigest]:
    """Return the digests over those columns now, from a fresh connection."""
    database = Database(settings)
    with database.engine.connect() as connection, connection.begin():
        found = digests(connection, columns)
    database.close()
    return found


def revision(settings: Settings) -> str | None:
    database = Database(settings)
    found = applying.current(database)
    database.close()
    return found


def test_fifty_thousand_rows_stay_equal(place: Settings, release: Release) -> None:
    made = release(place, ROWS)
    columns, old = before(place)
    assert made >= ROWS
    assert sum(table.rows for table in old.values()) == made
    database = Database(place)
    try:
        whole_after_upgrade(database, columns, old)
    finally:
        database.close()


def whole_after_upgrade(database: Database, columns: dict[str, list[str]], old: dict[str, TableDigest]) -> None:
    newest = applying.migrate(database)
    assert newest != "0001_initial"
    assert again(database.settings, columns) == old
    with database.reading() as db:
        assert audit.verify(db) == []
        assert audit.count(db) == old["audit_entry"].rows
        assert {day.place for day in db.scalars(select(DrillDay))} >= {"髙梁市民会館", "𠮷備高原公民館"}
        assert db.get_one(Chunk, 1).payload
    # What is new works on what is old: the chain goes on, and cannot be changed.
    with database.session() as db:
        audit.record(db, "system", "upgrade.test", "x")
    with database.reading() as db:
        assert audit.verify(db) == []
    with pytest.raises(Exception, match="append-only"), database.session() as db:
        db.execute(text("UPDATE audit_entry SET actor = 'other' WHERE seq = 1"))


def test_the_rows_are_the_same_each_time(tmp_path: Path, release: Release) -> None:
    places = [Settings(data_dir=tmp_path / name, database_url="") for name in ("a", "b")]
    for one in places:
        release(one, FEW)
    assert before(places[0]) == before(places[1])


def test_one_changed_letter_is_seen(tmp_path: Path, release: Release) -> None:
    """The control: the digests that the test compares see a single letter, and a single lost row."""
    place = Settings(data_dir=tmp_path / "var", database_url="")
    release(place, FEW)
    columns, old = before(place)
    database = Database(place)
    with database.session() as db:
        db.execute(text("UPDATE drill_day SET place = place || ' ' WHERE id = (SELECT min(id) FROM drill_day)"))
        db.execute(text("DELETE FROM job WHERE id = (SELECT min(id) FROM job)"))
    database.close()
    now_found = again(place, columns)
    assert {name for name in old if old[name] != now_found[name]} == {"drill_day", "job"}


def test_an_upgrade_is_backed_up_first_with_the_recovery_key(place: Settings, release: Release, tmp_path: Path) -> None:
    release(place, FEW)
    _, key_file = make_recovery_key(place, tmp_path / "recovery-key.txt")
    _, old = before(place)
    database = Database(place)
    applying.migrate(database)
    database.close()
    [file] = backups(place.data_dir / "backups")
    found = verify(place, file, key_file)
    assert found.contents.revision == "0001_initial"
    assert found.contents.tables == old


def test_a_backup_of_the_first_release_is_restored_and_brought_up_to_date(tmp_path: Path, release: Release) -> None:
    place = Settings(data_dir=tmp_path / "var", database_url="")
    release(place, FEW)
    columns, old = before(place)
    _, key_file = make_recovery_key(place, tmp_path / "recovery-key.txt")
    database = Database(place)
    applying.migrate(database)
    database.close()
    [file] = backups(place.data_dir / "backups")
    target = Settings(data_dir=tmp_path / "other", database_url="")
    done = restore(target, file, key_file)
    assert done.revision == revision(place)
    found = again(target, columns)
    changed = {name for name in old if old[name] != found[name]}
    assert changed == {"audit_entry", "pairing_code", "socket_pass"}, (
        "the restore writes itself into the record and ends what serves once; nothing else"
    )


def test_two_servers_that_migrate_at_once_do_it_once(place: Settings, release: Release) -> None:
    release(place, FEW)
    columns, old = before(place)
    start, faults = threading.Barrier(2), []

    def go() -> None:
        database = Database(place)
        start.wait()
        try:
            applying.migrate(database)
        except Exception as error:
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert again(place, columns) == old


# --- killed at each step -----------------------------------------------------------------------------------------


class Trials:
    """Copies of one released database, each migrated by a process that dies at one statement."""

    def __init__(self, place: Settings, folder: Path, killing: Any, server: Any) -> None:
        self.place, self.folder, self.killing, self.server = place, folder, killing, server
        self.columns, self.old = before(place)
        counted = self.copy("count")
        whole = killing.migrate(counted)
        assert whole["status"] == 0
        self.statements: int = whole["statements"]
        self.newest = revision(counted)
        self.drop(counted)

    def copy(self, name: str) -> Settings:
        data_dir = self.folder / name
        if not self.place.database_url:
            data_dir.mkdir()
            database = Database(self.place)
            connection = database.raw_connection()
            connection.cursor().execute("VACUUM INTO ?", (str(data_dir / "sonae.sqlite"),))
            connection.close()
            database.close()
            return Settings(data_dir=data_dir, database_url="")
        source = self.place.database_url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE k_{name} TEMPLATE {source} STRATEGY FILE_COPY")
        return Settings(data_dir=data_dir, database_url=self.server.url(f"k_{name}"))

    def drop(self, settings: Settings) -> None:
        if settings.database_url:
            name = settings.database_url.partition("@/")[2].partition("?")[0]
            with psycopg.connect(self.server.url(), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(settings.data_dir, ignore_errors=True)

    def at(self, statement: int) -> None:
        """Kill after a statement; all must be as before or as after, and the retry must go through."""
        settings = self.copy(f"s{statement}")
        killed = self.killing.migrate(settings, after=statement)
        assert killed["status"] == 9
        stands = revision(settings)
        assert stands in ("0001_initial", self.newest)
        assert again(settings, self.columns) == self.old, f"killed after statement {statement}"
        assert self.killing.migrate(settings)["status"] == 0, f"the retry after a kill at {statement} fails"
        assert revision(settings) == self.newest
        assert again(settings, self.columns) == self.old
        self.drop(settings)


@pytest.fixture
def trials(place: Settings, release: Release, tmp_path: Path, killing: Any, request: pytest.FixtureRequest) -> Trials:
    release(place, FEW)
    server = request.getfixturevalue("postgres") if place.database_url else None
    return Trials(place, tmp_path, killing, server)


def test_a_kill_at_any_of_some_steps_changes_nothing(trials: Trials) -> None:
    rng = random.Random(7)
    few = 4 if trials.place.database_url else 8
    chosen = {1, 2, trials.statements - 1, trials.statements, *rng.sample(range(3, trials.statements - 1), few)}
    for statement in sorted(chosen):
        trials.at(statement)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_kill_at_every_step_changes_nothing(trials: Trials) -> None:
    for statement in range(1, trials.statements + 1):
        trials.at(statement)


def test_without_the_transaction_a_kill_leaves_half(tmp_path: Path, release: Release, killing: Any) -> None:
    """The control: the same kill where every statement commits by itself, and the retry cannot go through."""
    place = Settings(data_dir=tmp_path / "var", database_url="")
    release(place, FEW)
    assert killing.migrate(place, after=40, safe=False)["status"] == 9
    database = Database(place)
    with database.engine.connect() as connection, connection.begin():
        tables = set(inspect(connection).get_table_names())
    assert applying.current(database) == "0001_initial"
    assert len(tables) > len(before(place)[0]) - 5
    with pytest.raises(Exception, match="already exists"):
        applying.migrate(database)
    database.close()
