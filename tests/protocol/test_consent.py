"""What may be recorded of a person at a station, against the real server: asked there, or as their ticket says."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

import msgspec
import pytest

from drill.cli import main
from drill.play import run_command
from drill.record.config import load_config
from drill.record.inputs import Inputs
from drill.record.spooled import run_folders
from drill.session.station import TicketProblemError, note_of_ticket
from drill.ticket import new_ticket, ticket_hash
from server.consent import service as consent
from server.drills import service as drills
from server.drills.models import Run
from server.drills.schemas import NewDay, NewSession, NewStation
from server.tickets import service as tickets

GYM = Path(__file__).parents[2] / "scenarios" / "gym-flood"
JST = dt.timezone(dt.timedelta(hours=9))
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


class Person:
    """Somebody at a desktop view who answers the page and walks a second."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0
        self.closed = False
        self.touched = False

    def consent(self):
        self.asked += 1
        return self.answer

    def inputs(self, frame):
        return Inputs(frame.tick + 1, forward=1.0)

    def draw(self, frame):
        self.closed = frame.t_s >= 1.0

    def close(self):
        """Nothing is open."""


@pytest.fixture
def paired(server, tmp_path):
    path = tmp_path / "station" / "station.json"
    path.parent.mkdir()
    code = server.pairing_code("受付")
    assert main(["pair", server.address, code, "--server-config", str(path)]) == 0
    return path


@pytest.fixture
def played(paired, tmp_path, monkeypatch):
    def play(person, **changes):
        monkeypatch.setattr("drill.play._view", lambda *_: person)
        out = tmp_path / "out"
        usual = {
            "path": GYM,
            "view": "desktop",
            "seed": 7,
            "out": out,
            "resident": None,
            "offscreen": False,
            "picture": None,
            "server_config": paired,
            "ticket": None,
            "age_band": "",
            "guardian_agreed": False,
            "language": "ja",
            "no_progress": True,
        }
        assert run_command(argparse.Namespace(**(usual | changes))) == 0
        return json.loads((out / "result.json").read_text("utf-8"))

    return play


def runs_at(server):
    with server.staff() as db:
        return db.query(Run).count()


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_who_says_yes_is_recorded_sealed_and_the_server_takes_it(server, paired, played):
    person = Person("station-1")
    result = played(person)
    assert person.asked == 1
    assert result["kept"] == "sealed"
    assert run_folders(paired.parent / "spool") == []
    kept = server.run(result["run_id"])
    assert kept.state == "complete"
    assert kept.header.consent == "station-1"
    assert kept.header.ticket_hash == ""
    assert kept.header.locomotion == "screen"
    assert len(kept.pose.t_s) > 50
    with server.staff() as db:
        live = consent.live(db, kind="run", subject=result["run_id"], purpose=consent.RECORDING)
        assert live is not None
        assert live.version == "station-1"
        assert live.source == f"device:{load_config(paired).device_id}"


def test_who_says_no_leaves_nothing_anywhere(server, paired, played, tmp_path, capsys):
    before = runs_at(server)
    person = Person("")
    result = played(person)
    assert person.asked == 1
    assert result["kept"] == "nothing"
    assert "run_id" not in result
    assert "metrics" not in result
    assert files_below(tmp_path) == {"station/station.json", "out/result.json"}
    assert runs_at(server) == before
    assert "Nothing of this run is kept" in capsys.readouterr().err


def test_a_script_is_asked_nothing(server, played):
    person = Person("")
    result = played(person, resident=GYM / "residents" / "takes-the-stair.yaml")
    assert person.asked == 0
    assert result["kept"] == "open"
    assert server.run(result["run_id"]).header.consent == ""


@pytest.fixture
def ticketed(server, paired):
    """A day with this station and a session; returns how to issue a ticket for it."""
    device = load_config(paired).device_id
    start = dt.datetime.now(JST).replace(microsecond=0)
    with server.staff() as db:
        day = drills.create_day(db, NewDay(place="髙﨑小学校", date=start.date(), title="𠮷田地区の訓練"))
        slot = drills.add_session(
            db, day.id, NewSession(starts_at=start, ends_at=start + dt.timedelta(hours=1), capacity=9)
        )
        station = drills.add_station(db, day.id, NewStation(name="受付"))
        assert drills.attach_device(db, station.id, device) is not None
        session_id = slot.id

    def issue(*, agreed, expires_at=TOMORROW):
        with server.staff() as db:
            code = tickets.issue(
                db, session_id=session_id, expires_at=expires_at, age_band="65-74", language="ja-simple"
            )[0]
            if agreed:
                consent.give(
                    db,
                    kind="ticket",
                    subject=ticket_hash(code),
                    purpose=consent.RECORDING,
                    version="signup-3",
                    source="test",
                )
        return code, session_id

    return issue


def test_a_ticket_tells_what_was_agreed_also_without_network(paired, ticketed):
    config, folder = load_config(paired), paired.parent
    code, session = ticketed(agreed=True)
    other, _ = ticketed(agreed=False)
    note = note_of_ticket(config, code.lower(), folder=folder)
    assert (note.consent, note.session, note.age_band, note.language) == ("signup-3", session, "65-74", "ja-simple")
    assert note.ticket_hash == ticket_hash(code)
    assert note_of_ticket(config, other, folder=folder).consent == ""

    bundle = folder / "bundle.json"
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert code not in bundle.read_text("utf-8")
    cut_off = msgspec.structs.replace(config, server="http://127.0.0.1:9")
    assert note_of_ticket(cut_off, code, folder=folder) == note
    bundle.unlink()
    with pytest.raises(TicketProblemError, match="none was kept"):
        note_of_ticket(cut_off, code, folder=folder)


def test_tickets_that_cannot_be_used(server, paired, ticketed):
    config, folder = load_config(paired), paired.parent
    code, _ = ticketed(agreed=True)
    with pytest.raises(TicketProblemError, match="not in the day's bundle"):
        note_of_ticket(config, new_ticket(), folder=folder)
    with pytest.raises(TicketProblemError):
        note_of_ticket(config, "not-a-ticket", folder=folder)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    with pytest.raises(TicketProblemError, match="expired"):
        note_of_ticket(config, code, folder=folder, now=later)
    with server.staff() as db:
        assert tickets.revoke(db, ticket_hash(code))
    with pytest.raises(TicketProblemError, match="not in the day's bundle"):
        note_of_ticket(config, code, folder=folder)


def test_a_ticket_with_consent_ties_its_run_to_session_and_station(server, played, ticketed):
    code, session = ticketed(agreed=True)
    person = Person("station-1")
    result = played(person, ticket=code)
    assert person.asked == 0, "the ticket's own consent counts"
    header = server.run(result["run_id"]).header
    assert (header.consent, header.session, header.language) == ("signup-3", session, "ja-simple")
    assert header.ticket_hash == ticket_hash(code)
    with server.staff() as db:
        run = drills.get_run(db, result["run_id"])
        assert run.session_id == session
        assert run.station is not None
        assert run.station.name == "受付"


def test_a_ticket_without_consent_is_played_and_thrown_away(server, paired, played, ticketed):
    before = runs_at(server)
    code, _ = ticketed(agreed=False)
    person = Person("station-1")
    result = played(person, ticket=code)
    assert person.asked == 0, "who did not agree at sign-up is not asked again"
    assert result["kept"] == "nothing"
    assert not (paired.parent / "spool").exists()
    assert runs_at(server) == before
