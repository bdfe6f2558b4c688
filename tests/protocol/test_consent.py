"""What may be recorded of a person at a station, against the real server: asked there, or as their ticket says."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import urllib.parse
import urllib.request
from pathlib import Path

import msgspec
import pytest

from drill.cli import _parser, main
from drill.play import run_command
from drill.record.config import load_config, save_config
from drill.record.inputs import BUTTON_STOP, Inputs
from drill.record.spooled import run_folders
from drill.record.takeback import takebacks
from drill.scenario.loading import load_scenario
from drill.session.station import TicketProblemError, note_of_ticket, offers_of_age
from drill.ticket import new_ticket, run_code, ticket_hash
from drill.withdrawal import withdrawal_hash
from server.consent import service as consent
from server.drills import service as drills
from server.drills.models import Run
from server.drills.schemas import NewDay, NewSession, NewStation
from server.tickets import service as tickets

GYM = Path(__file__).parents[2] / "scenarios" / "gym-flood"
JST = dt.timezone(dt.timedelta(hours=9))
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


class Person:
    """Somebody at a desktop view who answers the page, walks a second and leaves.

    Who `stays` asks to stop instead, answers the quiz and sees the page after the drill.
    """

    def __init__(self, answer, *, stays=False, takes_back=False):
        self.answer = answer
        self.stays = stays or takes_back
        self.takes_back = takes_back
        self.asked = 0
        self.codes = None
        self.closed = False
        self.touched = False

    def consent(self):
        self.asked += 1
        return self.answer

    def farewell(self, run, code, address):
        self.codes = (run, code, address)
        return self.takes_back

    notes = ()

    def heed(self, called_off):
        """Nobody calls anything off."""

    def happened(self, facts, ended):
        self.told = (facts, ended)

    def look_back(self, told):
        return None

    def eye(self):
        return None

    def inputs(self, frame):
        tick = frame.tick + 1
        if self.stays and frame.ended:
            return Inputs(tick, choose=frame.prompt.options[0] if frame.prompt else "")
        return Inputs(tick, forward=1.0, buttons=BUTTON_STOP if self.stays and frame.t_s >= 1.0 else 0)

    def draw(self, frame):
        self.closed = not self.stays and frame.t_s >= 1.0

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
        def view(_args, _scenario, _language, shown):
            person.shown = shown
            return person

        monkeypatch.setattr("drill.play._view", view)
        out = tmp_path / "out"
        usual = vars(_parser().parse_args(["run", str(GYM), "--seed", "7", "--out", str(out), "--no-progress"]))
        usual["server_config"] = paired
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

    def issue(*, agreed, expires_at=TOMORROW, age_band="65-74", guardian=False):
        with server.staff() as db:
            code = tickets.issue(
                db, session_id=session_id, expires_at=expires_at, age_band=age_band, language="ja-simple"
            )[0]
            if guardian:
                consent.give(
                    db,
                    kind="ticket",
                    subject=ticket_hash(code),
                    purpose=consent.HEADSET,
                    version="headset-1",
                    source="test",
                    given_by="guardian",
                )
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


# --- the view that is offered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_band", "guardian", "shown", "says"),
    [
        ("0-6", False, "screen", "too young"),
        ("0-6", True, "screen", "too young"),
        ("7-12", False, "screen", "guardian's word"),
        ("7-12", True, "vr", ""),
        ("16-64", False, "vr", ""),
        ("", False, "screen", "age is not known"),
    ],
)
def test_who_may_wear_no_headset_gets_the_same_drill_on_the_screen(
    server, played, ticketed, capsys, age_band, guardian, shown, says
):
    code, _ = ticketed(agreed=True, age_band=age_band, guardian=guardian)
    person = Person("")
    result = played(person, ticket=code, view="vr")
    assert person.shown == shown
    assert says in capsys.readouterr().err
    header = server.run(result["run_id"]).header
    assert header.scenario_hash == load_scenario(GYM).hash
    assert header.device == ("sonae-drill desktop" if shown == "screen" else "sonae-drill vr")
    assert header.age_band == age_band


@pytest.mark.parametrize(
    ("age_band", "agreed", "shown", "asked"),
    [
        ("", False, "screen", 1),
        ("0-6", True, "screen", 1),
        ("7-12", False, "screen", 0),
        ("7-12", True, "vr", 1),
        ("13-15", False, "vr", 0),
        ("16-64", False, "vr", 1),
        ("75-", False, "vr", 1),
    ],
)
def test_without_a_ticket_staff_say_the_age(played, age_band, agreed, shown, asked):
    """Below the guardian's age a child is not asked for consent alone: what they play is not recorded."""
    person = Person("")
    result = played(person, view="vr", age_band=age_band, guardian_agreed=agreed)
    assert (person.shown, person.asked) == (shown, asked)
    assert result["kept"] == "nothing"


def test_a_screen_is_for_everybody(played, ticketed):
    code, _ = ticketed(agreed=True, age_band="0-6")
    person = Person("")
    played(person, ticket=code)
    assert person.shown == "screen"


def test_a_bundle_from_before_offers_no_headset(paired, ticketed):
    code, _ = ticketed(agreed=True, age_band="16-64")
    config, folder = load_config(paired), paired.parent
    assert note_of_ticket(config, code, folder=folder).offer.headset
    kept = json.loads((folder / "bundle.json").read_text("utf-8"))
    for ticket in kept["tickets"]:
        del ticket["view"]
    (folder / "bundle.json").write_text(json.dumps(kept), "utf-8")
    cut_off = msgspec.structs.replace(config, server="http://127.0.0.1:9")
    assert not note_of_ticket(cut_off, code, folder=folder).offer.headset
    with pytest.raises(TicketProblemError, match="not known here"):
        offers_of_age(config, "0-99", folder=folder)


# --- taking a record back ----------------------------------------------------------------------------------------


def test_the_codes_shown_after_the_drill_delete_its_record(server, played):
    person = Person("station-2", stays=True)
    result = played(person)
    run, code, address = person.codes
    assert run == run_code(result["run_id"])
    assert address == f"{server.address}/run-code#{run}.{code}"
    assert server.run(result["run_id"]).header.withdrawal == withdrawal_hash(result["run_id"], code)
    data = urllib.parse.urlencode({"run": run, "own": code, "sure": "yes"}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{server.address}/run-code", data, timeout=10) as page:
        assert page.url.endswith("/run-code/deleted")
    with server.staff() as db:
        assert db.get(Run, result["run_id"]) is None


def test_who_takes_it_back_on_the_spot_leaves_nothing(server, paired, played):
    before = runs_at(server)
    result = played(Person("station-2", takes_back=True))
    assert runs_at(server) == before
    spool = paired.parent / "spool"
    assert run_folders(spool) == []
    assert takebacks(spool) == {}
    with server.staff() as db:
        assert consent.was_withdrawn(db, kind="run", subject=result["run_id"], purpose=consent.RECORDING)


def test_without_network_it_is_told_later_and_nothing_is_sent_before(server, paired, played, monkeypatch, capsys):
    config, spool = load_config(paired), paired.parent / "spool"
    before = runs_at(server)
    monkeypatch.setattr("drill.session.station.UPLOAD_PATIENCE_S", 0.1)
    save_config(paired, msgspec.structs.replace(config, server="http://127.0.0.1:9"))
    result = played(Person("station-2", takes_back=True))
    assert takebacks(spool) == {result["run_id"]: "station-2"}
    save_config(paired, config)
    assert main(["upload", "--server-config", str(paired), "--no-progress"]) == 0
    assert takebacks(spool) == {}
    assert run_folders(spool) == []
    assert runs_at(server) == before
    with server.staff() as db:
        assert consent.was_withdrawn(db, kind="run", subject=result["run_id"], purpose=consent.RECORDING)


@pytest.mark.parametrize("agreed", [True, False])
def test_whoever_has_a_ticket_or_said_no_gets_no_codes(played, ticketed, agreed):
    code, _ = ticketed(agreed=True)
    person = Person("" if not agreed else "station-2", stays=True)
    played(person, **({"ticket": code} if agreed else {}))
    assert person.codes is None


def test_a_closed_window_leaves_the_codes_on_the_terminal(server, played, capsys):
    result = played(Person("station-2"))
    assert f"to delete this record: run code {run_code(result['run_id'])}" in capsys.readouterr().err
