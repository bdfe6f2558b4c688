"""The spool: sealed, synced before it counts, whole after any crash, never larger than what the disk takes."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from drill.record import spool as spool_module
from drill.record.batches import Batch
from drill.record.channels import EVENTS, POSE
from drill.record.reading import ReadError, read_recording, read_run
from drill.record.recorder import Recorder
from drill.record.sealing import new_city_keys
from drill.record.spool import Spool, live_run
from drill.record.spooled import SpoolError, aside_folders, recover, run_folders, segment_path
from drill.record.wire import decode_data

EMPTY = b"\x90"


def create(root: Path, header, city, **kwargs) -> Spool:
    return Spool.create(root, header, city.public, **({"least_free_bytes": 0, "sync_thread": False} | kwargs))


def fill(spool: Spool, count: int) -> None:
    for index in range(count):
        spool.append(Batch(EVENTS, 0, index * 1000, EMPTY))


def test_a_run_goes_in_sealed_and_comes_out_whole(tmp_path, header, frames, city):
    person = header(locomotion="walked", ticket_hash="cd" * 32)
    spool = create(tmp_path, person, city, segment_bytes=4000)
    recorder = Recorder(person, spool)
    for frame, inputs in frames(6):
        recorder.observe(frame, inputs)
    recorder.close()
    folder = spool.run.folder
    assert len(list(folder.glob("*.seg"))) > 2
    recording = read_recording(folder, city.private)
    assert recording.losses == ()
    assert recording.run.state == "complete"
    assert recording.run.header == person
    assert len(recording.run.pose.t_s) == 361


def test_a_stolen_spool_shows_nothing(tmp_path, header, frames, city):
    person = header(locomotion="walked", device="a device that names itself")
    recorder = Recorder(person, create(tmp_path, person, city))
    for frame, inputs in frames(2):
        recorder.observe(frame, inputs)
    recorder.close()
    folder = run_folders(tmp_path)[0]
    content = b"".join(p.read_bytes() for p in folder.glob("*.seg"))
    for word in (b"siren", b"gym-flood", b"evacuate", b"names itself", b"refuge"):
        assert word not in content
    with pytest.raises(ReadError, match="private"):
        read_run(folder)
    with pytest.raises(ReadError, match="does not open"):
        read_run(folder, new_city_keys().private)
    assert folder.stat().st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o077 == 0 for p in folder.iterdir())


def test_each_segment_has_a_key_of_its_own(tmp_path, header, city):
    spool = create(tmp_path, header(), city, segment_bytes=2000)
    fill(spool, 60)
    spool.close()
    keys = list(spool.run.keys.values())
    assert len(keys) > 2
    assert len(set(keys)) == len(keys)
    segments = [decode_data(spool.run.frame(s)).segment for s in range(60)]
    assert segments == sorted(segments)
    assert set(segments) == set(spool.run.keys)


def test_only_what_is_synced_is_durable(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    fill(spool, 3)
    assert spool.run.durable == 0
    assert spool.sync() == 3
    fill(spool, 2)
    assert spool.run.durable == 3
    assert live_run(spool.run.folder) is spool.run
    spool.close()
    assert spool.run.durable == 5


def test_the_sync_thread_syncs_soon(tmp_path, header, city):
    spool = create(tmp_path, header(), city, sync_thread=True)
    fill(spool, 3)
    for _ in range(1000):
        if spool.run.durable == 3:
            break
        spool_module.threading.Event().wait(0.01)
    assert spool.run.durable == 3
    spool.close()


def test_nobody_syncs_a_segment_that_is_being_closed(tmp_path, header, city, monkeypatch):
    """The thread that syncs comes just when a full segment is closed, and its disk is slow."""
    syncing = threading.Event()
    sync_data, close = spool_module.sync_data, os.close

    def slow_sync(descriptor):
        if threading.current_thread() is not threading.main_thread():
            syncing.set()
            time.sleep(0.3)
        sync_data(descriptor)

    def close_late(descriptor):
        syncing.clear()
        spool._dirty.set()
        syncing.wait(0.5)
        close(descriptor)

    monkeypatch.setattr(spool_module, "sync_data", slow_sync)
    spool = create(tmp_path, header(), city, sync_thread=True, segment_bytes=1000)
    monkeypatch.setattr(spool_module.os, "close", close_late)
    while spool._segment < 2:
        fill(spool, 1)
    monkeypatch.setattr(spool_module.os, "close", close)
    fill(spool, 1)
    spool.close()
    assert spool.run.durable == len(spool.run.entries)


def test_the_last_record_torn_at_every_byte_is_cut(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    fill(spool, 4)
    spool.sync()
    folder, last = spool.run.folder, spool.run.entries[-1]
    spool.abandon()
    path = segment_path(folder, 1)
    whole = path.read_bytes()
    begin = last.offset - 5
    assert begin + 5 + last.length + 4 == len(whole)
    for size in range(begin, len(whole)):
        path.write_bytes(whole[:size])
        run = recover(folder)
        assert run is not None
        run.release()
        assert len(run.entries) == 3
        assert run.end is not None
        assert (run.end.batches, run.end.complete) == (3, False)
        assert not run.damaged
        assert any("torn" in line for line in run.report) == (size > begin)
        again = recover(folder)
        assert again is not None
        again.release()
        assert (again.end, again.report) == (run.end, []), "recovered once, it is a run like any other"
        assert read_recording(folder, city.private).run.state == "abandoned"


def test_every_bit_flip_is_seen(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    fill(spool, 3)
    spool.close()
    folder = spool.run.folder
    path = segment_path(folder, 1)
    whole = path.read_bytes()
    assert read_recording(folder, city.private).losses == ()
    for index in range(len(whole)):
        changed = bytearray(whole)
        changed[index] ^= 1 << (index % 8)
        path.write_bytes(changed)
        try:
            losses = read_recording(folder, city.private).losses
        except ReadError:
            continue
        assert losses != (), f"byte {index}"


def test_what_is_readable_behind_a_damaged_place_is_never_cut(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    fill(spool, 6)
    spool.close()
    folder, entry = spool.run.folder, spool.run.entries[2]
    path = segment_path(folder, 1)
    content = bytearray(path.read_bytes())
    content[entry.offset + 50] ^= 1
    path.write_bytes(content)
    run = recover(folder)
    assert run is not None
    assert run.damaged
    assert len(run.entries) == 2
    assert run.end is not None
    assert (run.end.batches, run.end.complete) == (2, False)
    run.release()
    assert path.read_bytes() == bytes(content)
    recording = read_recording(folder, city.private)
    assert recording.run.missing_seq == ((2, 3),)
    assert recording.run.state == "gapped"


def test_many_runs_in_one_spool_go_up_in_their_order(tmp_path, header, city):
    ids = [f"{i:032x}" for i in (5, 1, 9)]
    for run_id in ids:
        spool = create(tmp_path, header(run_id=run_id), city)
        fill(spool, 1)
        spool.close()
    assert [p.name[9:] for p in run_folders(tmp_path)] == ids
    first = recover(run_folders(tmp_path)[0])
    assert first is not None
    first.remove()
    second = recover(run_folders(tmp_path)[0])
    assert second is not None
    second.set_aside("the server has other bytes")
    assert [p.name[9:] for p in run_folders(tmp_path)] == ids[2:]
    assert len(aside_folders(tmp_path)) == 1


def test_a_removal_that_was_cut_short_is_finished(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    spool.close()
    os.replace(spool.run.folder, tmp_path / f".gone-{spool.run.folder.name}")
    assert run_folders(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_run_in_the_making_is_left_alone_by_others(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    with pytest.raises(BlockingIOError, match="in use"):
        recover(spool.run.folder)
    spool.close()
    bare = tmp_path / f"00000009-{'0' * 32}"
    bare.mkdir()
    assert recover(bare) is None
    assert bare.exists(), "its station may be about to write the header"
    os.utime(bare, (0, 0))
    assert recover(bare) is None
    assert not bare.exists()


def test_a_crash_while_a_segment_begins(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    fill(spool, 2)
    spool.abandon()
    for size in (0, 3, 8, 20):
        segment_path(spool.run.folder, 2).write_bytes(segment_path(spool.run.folder, 1).read_bytes()[:size])
        run = recover(spool.run.folder)
        assert run is not None
        assert (len(run.entries), run.damaged) == (2, False)
        run.release()
        assert read_recording(spool.run.folder, city.private).run.state == "abandoned"


def test_a_disk_without_room_is_said_before_the_run(tmp_path, header, city):
    with pytest.raises(SpoolError, match="upload the runs"):
        create(tmp_path, header(), city, least_free_bytes=2**62)
    assert run_folders(tmp_path) == []


class FullDisk:
    """`os.write` on a disk that takes `room` bytes more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.write = os.write

    def __call__(self, descriptor: int, content: bytes) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self.write(descriptor, content[: self.room])
        self.room -= taken
        return taken


def test_a_disk_that_fills_up_keeps_whole_records(tmp_path, header, frames, city, monkeypatch):
    for room in (0, 1, 700, 5000, 20_000):
        root = tmp_path / str(room)
        spool = create(root, header(), city, segment_bytes=9000)
        recorder = Recorder(header(), spool)
        full = FullDisk(room)
        with monkeypatch.context() as patch:
            patch.setattr(spool_module.os, "write", full)
            for frame, inputs in frames(8):
                recorder.observe(frame, inputs)
            recorder.close()
        assert isinstance(recorder.fault, SpoolError)
        assert "make room" in str(recorder.fault)
        run = recover(spool.run.folder)
        assert run is not None
        assert run.entries == spool.run.entries
        assert (run.damaged, run.end.complete) == (False, False)
        run.release()
        assert read_recording(spool.run.folder, city.private).run.state == "abandoned"


def test_a_failed_sync_is_never_tried_again(tmp_path, header, city, monkeypatch):
    spool = create(tmp_path, header(), city)
    fill(spool, 1)
    spool.sync()
    fill(spool, 1)

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(spool_module, "sync_data", broken)
        with pytest.raises(SpoolError, match="cannot be synced"):
            spool.sync()
    with pytest.raises(SpoolError, match="cannot be synced"):
        fill(spool, 1)
    assert spool.run.durable == 1
    with pytest.raises(SpoolError):
        spool.close()
    assert live_run(spool.run.folder) is None


def test_a_batch_that_reads_other_bytes_is_not_sent(tmp_path, header, city):
    spool = create(tmp_path, header(), city)
    spool.append(Batch(POSE, 1, 0, bytes(89)))
    spool.close()
    path = segment_path(spool.run.folder, 1)
    content = bytearray(path.read_bytes())
    content[spool.run.entries[0].offset + 60] ^= 4
    path.write_bytes(content)
    with pytest.raises(SpoolError, match="other bytes"):
        spool.run.frame(0)
