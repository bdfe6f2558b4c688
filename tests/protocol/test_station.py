"""Our own station against the real server: pairing, upload, the control link."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from drill.cli import main
from drill.record.api import bundle
from drill.record.backoff import Backoff
from drill.record.batches import Batch
from drill.record.config import load_config
from drill.record.control import ControlLink
from drill.record.recorder import Recorder
from drill.record.run import RunHeader
from drill.record.spool import Spool
from drill.record.spooled import run_folders
from drill.record.uplink import Uplink
from drill.record.wire import Live, StationState

EMPTY = Batch("events", 0, 0, b"\x90")
LARGE = Batch("pose", 600, 0, bytes(600 * 89))


@pytest.fixture(scope="module")
def paired(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("station") / "station.json"
    code = server.pairing_code("体育館の髙﨑さん")
    assert main(["pair", server.address, code.lower(), "--name", "gym", "--server-config", str(path)]) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def spool_run(paired, run_id: str, *, locomotion="walked", seconds=3, close=True, batch=EMPTY) -> Spool:
    config = load_config(paired)
    scenario = bundle(config)["scenarios"][0]
    header = RunHeader(
        run_id=run_id,
        scenario=scenario["id"],
        scenario_hash=scenario["hash"],
        seed=1,
        build="test",
        profile="lab",
        device="test",
        locomotion=locomotion,
        started_at="2026-07-01T09:00:00+09:00",
        consent="recording/1",
    )
    spool = Spool.create(paired.parent / "spool", header, config.city_key, least_free_bytes=0, segment_bytes=2000)
    for _ in range(10 * seconds):
        spool.append(batch)
    if close:
        spool.close()
    return spool


def test_pairing_that_is_refused(server, tmp_path, capsys):
    path = tmp_path / "station.json"
    assert main(["pair", server.address, "0000-0000", "--server-config", str(path)]) == 1
    assert "pairing code is wrong" in capsys.readouterr().err
    assert not path.exists()
    assert main(["pair", "http://192.0.2.1", "0000-0000", "--server-config", str(path)]) == 1
    assert "plain http" in capsys.readouterr().err


def test_upload_of_a_backlog(server, paired, capsys):
    ids = [f"{i:032x}" for i in (21, 22, 23)]
    for run_id in ids:
        spool_run(paired, run_id)
    assert main(["upload", "--server-config", str(paired)]) == 0
    assert "3 of 3 runs uploaded" in capsys.readouterr().out
    assert run_folders(paired.parent / "spool") == []
    assert {server.run(i).state for i in ids} == {"complete"}
    assert main(["upload", "--server-config", str(paired)]) == 0
    assert "nothing waits" in capsys.readouterr().out


def test_a_station_that_died_during_a_run(server, paired, capsys):
    spool = spool_run(paired, "31" * 16, close=False)
    spool.sync()
    spool.abandon()
    assert main(["upload", "--server-config", str(paired), "--no-progress"]) == 0
    assert server.run("31" * 16).state == "abandoned"


def test_a_run_that_the_server_refuses_is_set_aside(server, paired, capsys):
    spool_run(paired, "41" * 16)
    assert main(["upload", "--server-config", str(paired)]) == 0
    spool = spool_run(paired, "41" * 16, seconds=1)
    assert main(["upload", "--server-config", str(paired)]) == 1
    assert "set aside" in capsys.readouterr().err
    assert not spool.run.folder.exists()


def test_a_recorded_drill_arrives_while_it_is_played(server, paired, frames, header):
    """The whole way of a frame: recorder, spool, uplink in its thread, server; all columns come back."""
    config = load_config(paired)
    scenario = bundle(config)["scenarios"][0]
    run = header(run_id="51" * 16, scenario=scenario["id"], scenario_hash=scenario["hash"])
    spool = Spool.create(paired.parent / "spool", run, config.city_key, least_free_bytes=0)
    uplink = Uplink(config, paired.parent / "spool", backoff=Backoff(first_s=0.05))
    uplink.start()
    try:
        recorder = Recorder(run, spool)
        for frame, inputs in frames(4):
            recorder.observe(frame, inputs)
        recorder.close()
        assert uplink.wait_until_empty(30)
    finally:
        uplink.stop()
    kept = server.run("51" * 16)
    assert (kept.state, len(kept.pose.t_s), kept.flags) == ("complete", 241, ())


def test_the_control_link(server, paired):
    config = load_config(paired)
    link = ControlLink(config, lambda command: "", backoff=Backoff(first_s=0.05))
    link.tell(StationState("idle"))
    link.show(Live("61" * 16, 0.0, 1.0, 2.0, 0.0, 0.0, 0, 0, 1))
    link.start()
    try:
        wait = threading.Event()
        for _ in range(500):
            if link.clock is not None:
                break
            wait.wait(0.02)
        assert link.connected
        assert link.clock is not None
        assert link.clock.uncertainty_us < 5_000_000
    finally:
        link.stop()
    assert not link.connected


def test_a_revoked_station_keeps_its_runs(server, tmp_path, capsys):
    path = tmp_path / "station.json"
    assert main(["pair", server.address, server.pairing_code("lost"), "--server-config", str(path)]) == 0
    spool_run(path, "71" * 16)
    server.revoke(json.loads(path.read_text())["device_id"])
    assert main(["upload", "--server-config", str(path)]) == 1
    assert "Pair it again" in capsys.readouterr().err
    assert len(run_folders(tmp_path / "spool")) == 1


def test_an_uplink_that_is_cut_again_and_again(server, paired):
    """What arrives is whole and stored once, and every batch that was acknowledged counts on the next try."""
    config = load_config(paired)
    run = spool_run(paired, "81" * 16, seconds=6, batch=LARGE).run
    reached: list[int] = []

    async def harried() -> None:
        while run_folders(paired.parent / "spool"):
            uplink = Uplink(config, paired.parent / "spool", backoff=Backoff(first_s=0.01))
            task = asyncio.create_task(uplink.drain())
            goal = (reached[-1] if reached else 0) + 5
            while not task.done() and uplink.state.acknowledged < goal:
                await asyncio.sleep(0)
            if uplink.state.acknowledged:
                reached.append(uplink.state.acknowledged)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(harried(), 60))
    assert len(reached) > 3
    assert reached == sorted(reached)
    assert len(run.entries) == 60
    assert server.run("81" * 16).state == "complete"
