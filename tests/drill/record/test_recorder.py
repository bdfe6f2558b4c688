"""The recorder: what goes in comes out, in one-second batches that fit the frame cap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drill.record.batches import MAX_PAYLOAD, Batch, tick_us
from drill.record.channels import CROWD, POSE, TRACKED_GAZE, TRACKED_HEAD, TRACKED_LEFT
from drill.record.decoding import decode_batches
from drill.record.inputs import Inputs, Pose
from drill.record.openfile import OpenFile
from drill.record.reading import read_recording, read_run
from drill.record.recorder import Recorder, RecordingError, Tee


class Kept:
    """A sink in memory."""

    def __init__(self, *, sealed: bool = True, room: int = 10**9) -> None:
        self.sealed = sealed
        self.batches: list[Batch] = []
        self.ends: list[bool] = []
        self.room = room

    def append(self, batch: Batch) -> None:
        if len(self.batches) >= self.room:
            msg = "the disk is full"
            raise RecordingError(msg)
        self.batches.append(batch)

    def close(self, *, complete: bool = True) -> None:
        self.ends.append(complete)

    def raw(self):
        return [(b.channel, b.n, b.t0_us, b.payload, b.gaze) for b in self.batches]


def play(recorder, frames, seconds, **kwargs):
    seen = []
    for frame, inputs in frames(seconds, **kwargs):
        recorder.observe(frame, inputs)
        seen.append((frame, inputs))
    recorder.close()
    return seen


def test_all_that_was_observed_is_read_back(header, frames):
    sink = Kept()
    seen = play(Recorder(header(), sink), frames, 5.5)
    run = decode_batches(header(), sink.raw())
    assert run.flags == ()
    assert len(run.pose.t_s) == len(seen)
    np.testing.assert_allclose(run.pose.t_s, [f.t_s for f, _ in seen], atol=1e-6)
    np.testing.assert_allclose(run.pose.head[:, 0], [f.resident.head.x for f, _ in seen], rtol=1e-6)
    odd = [f.tick % 2 == 1 for f, _ in seen]
    np.testing.assert_array_equal(run.pose.tracked & TRACKED_LEFT != 0, odd)
    assert (run.pose.tracked & TRACKED_HEAD != 0).all()
    assert run.events == tuple(e for f, _ in seen for e in f.events)
    fifth = [f for f, _ in seen if f.tick % 12 == 0]
    np.testing.assert_array_equal(run.crowd.tick, np.repeat([f.tick for f in fifth], 9))
    np.testing.assert_allclose(run.crowd.x_m, np.concatenate([f.crowd.xy[:, 0] for f in fifth]), atol=0.00501)
    np.testing.assert_array_equal(run.crowd.state, np.concatenate([f.crowd.state for f in fifth]))
    assert [(h.tick, h.kind) for h in run.hazards if h.hazard == 0] == [(0, 1), (120, 1), (240, 1)], "on change only"
    assert [h.tick for h in run.hazards if h.hazard == 1] == [0, 60, 120, 180, 240, 300]
    assert sink.ends == [True]


def test_inputs_are_kept_on_change_and_fill_every_tick(header, frames):
    sink = Kept()
    seen = play(Recorder(header(), sink), frames, 4)
    run = decode_batches(header(), sink.raw())
    assert len(run.inputs) < 10
    kept = {i.tick: i for i in run.inputs}
    held = None
    for _, inputs in seen[1:]:
        held = kept.get(inputs.tick, held)
        assert (held.forward, held.turn_rad) == (inputs.forward, inputs.turn_rad)


def test_a_batch_holds_one_second_of_one_channel(header, frames):
    sink = Kept()
    play(Recorder(header(), sink), frames, 3)
    poses = [b for b in sink.batches if b.channel == POSE]
    assert [(b.n, b.t0_us) for b in poses] == [(60, 0), (60, 1_000_000), (60, 2_000_000), (1, 3_000_000)]


def test_a_large_crowd_is_split_on_the_frame_cap(header, frames):
    sink = Kept()
    play(Recorder(header(), sink), frames, 1, people=3000)
    crowds = [b for b in sink.batches if b.channel == CROWD]
    assert len(crowds) > 4
    assert max(len(b.payload) for b in crowds) <= MAX_PAYLOAD
    assert sum(b.n for b in crowds) == 3000 * 6
    run = decode_batches(header(), sink.raw())
    assert len(run.crowd.id) == 3000 * 6


def test_display_rate_poses_replace_those_of_the_tick(header, frames):
    sink = Kept()
    recorder = Recorder(header(), sink, display_poses=True)
    for frame, inputs in frames(1):
        recorder.observe(frame, inputs)
        for part in range(2):
            recorder.pose(tick_us(frame.tick) + part * 8000, Pose(1, 2, 3), None, None, gaze=(1.0, 0.0, 0.0))
    recorder.close()
    run = decode_batches(header(), sink.raw())
    assert len(run.pose.t_s) == 122
    assert run.pose.gaze is not None
    assert (run.pose.tracked == TRACKED_HEAD | TRACKED_GAZE).all()


def test_many_poses_between_two_flushes_grow_the_buffers(header):
    sink = Kept()
    recorder = Recorder(header(), sink, display_poses=True)
    for index in range(2000):
        recorder.pose(index, Pose(index, 0, 0), None, None)
    recorder.close()
    run = decode_batches(header(), sink.raw())
    np.testing.assert_array_equal(run.pose.head[:, 0], np.arange(2000))


def test_injects_are_never_taken_for_a_repetition(header, frame):
    sink = Kept()
    recorder = Recorder(header(), sink)
    for tick in range(1, 4):
        recorder.observe(frame(tick), Inputs(tick, injects=("aftershock",) if tick == 2 else ()))
    recorder.close()
    assert [i.injects for i in decode_batches(header(), sink.raw()).inputs] == [(), ("aftershock",), ()]


def test_a_full_disk_stops_the_recording_and_not_the_drill(header, frames):
    sink = Kept(room=4)
    told: list[RecordingError] = []
    recorder = Recorder(header(), sink, on_fault=told.append)
    play(recorder, frames, 5)
    assert len(sink.batches) == 4
    assert len(told) == 1
    assert recorder.fault is told[0]
    assert sink.ends == [False], "a run that was cut off is not closed as if it were whole"


def test_a_persons_run_is_never_written_open_nor_without_consent(header, tmp_path):
    person = header(locomotion="smooth")
    with pytest.raises(RecordingError, match="sealed"):
        OpenFile(tmp_path, person)
    with pytest.raises(RecordingError, match="sealed"):
        Recorder(person, Kept(sealed=False))
    with pytest.raises(RecordingError, match="sealed"):
        Recorder(person, Tee(Kept(), Kept(sealed=False)))
    with pytest.raises(RecordingError, match="consent"):
        Recorder(header(locomotion="smooth", consent=""), Kept())
    assert list(tmp_path.iterdir()) == []


def test_an_open_file_appears_when_it_is_whole(header, frames, tmp_path: Path):
    recorder = Recorder(header(), OpenFile(tmp_path / "out", header()))
    for frame, inputs in frames(2):
        recorder.observe(frame, inputs)
    assert not (tmp_path / "out" / "run.sonae").exists()
    recorder.close()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["run.sonae"]
    recording = read_recording(tmp_path / "out" / "run.sonae")
    assert recording.losses == ()
    assert recording.run.state == "complete"
    assert recording.run.header == header()
    assert recording.run.duration_s == pytest.approx(2.0)


def test_an_open_file_is_the_same_bytes_for_the_same_run(header, frames, tmp_path: Path):
    for name in ("a", "b"):
        play(Recorder(header(), OpenFile(tmp_path / name, header())), frames, 3)
    assert (tmp_path / "a" / "run.sonae").read_bytes() == (tmp_path / "b" / "run.sonae").read_bytes()


def test_an_incomplete_run_is_abandoned(header, frames, tmp_path: Path):
    recorder = Recorder(header(), OpenFile(tmp_path, header()))
    for frame, inputs in frames(2):
        recorder.observe(frame, inputs)
    recorder.close(complete=False)
    assert read_run(tmp_path / "run.sonae").state == "abandoned"
