"""One upload socket as a state machine: whatever a server and a network do, all arrives once and in order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drill.record import wire
from drill.record.spooled import Entry, SpooledRun
from drill.record.tally import Tally
from drill.record.upload import ACK_DEADLINE_S, DONE_DEADLINE_S, ProtocolError, Upload, UploadRefusedError
from drill.record.wire import Ack, Data, Done, Nack, Refusal, Welcome

RUN_ID = "00112233445566778899aabbccddeeff"


class InMemory(SpooledRun):
    """A spooled run without a disk."""

    def __init__(self, count: int, *, complete: bool = True, per_segment: int = 7) -> None:
        super().__init__(folder=None, run_id=RUN_ID, sealed_header=b"header")  # type: ignore[arg-type]  # nothing is read from a folder
        tally = Tally()
        self.frames = []
        for seq in range(count):
            segment = seq // per_segment + 1
            data = Data(seq, "events", seq, 0, bytes([seq % 256]) * (seq % 50), segment)
            self.frames.append(data.encode())
            self.keys[segment] = bytes([segment])
            self.entries.append(Entry(segment, 0, len(self.frames[-1]), data.crc32, "events", 0))
            tally.add("events", 0, data.crc32)
        self.durable = count
        self.end = tally.end(complete=complete)

    def frame(self, seq: int) -> bytes:
        return self.frames[seq]


class Server:
    """A server that takes frames in order and forgets nothing it acknowledged."""

    def __init__(self) -> None:
        self.stored: list[bytes] = []

    def take(self, frame: bytes | str, keys: set[int]):
        if isinstance(frame, str):
            message = wire.decode_from_uploader(frame)
            if isinstance(message, wire.Segment):
                keys.add(message.segment)
                return None
            assert isinstance(message, wire.End)
            if message.batches > len(self.stored):
                return Nack(len(self.stored))
            tally = Tally()
            for stored in self.stored:
                data = wire.decode_data(stored)
                tally.add(data.channel, data.n, data.crc32)
            assert tally.end(complete=message.complete) == message
            return Done(RUN_ID, len(self.stored))
        data = wire.decode_data(frame)
        assert data.segment in keys, "the key comes before the first batch of its segment, on every socket"
        if data.seq > len(self.stored):
            return Nack(len(self.stored))
        if data.seq == len(self.stored):
            self.stored.append(frame)
        else:
            assert self.stored[data.seq] == frame
        return Ack(len(self.stored))


@given(seed=st.integers(0, 10**6), count=st.integers(0, 60), window=st.integers(1, 5000))
@settings(deadline=None, max_examples=200)
def test_all_arrives_once_and_in_order_over_a_network_that_breaks(seed, count, window):
    rng = random.Random(seed)
    run, server = InMemory(count), Server()
    for _ in range(200):
        upload, keys = Upload(run), set[int]()
        hello = wire.decode_from_uploader(upload.hello(0.0))
        assert isinstance(hello, wire.Hello)
        assert (hello.first_seq, hello.next_seq) == (0, count)
        upload.receive(Welcome(len(server.stored), 1, window, ""), 0.0)
        pipe: list[object] = []
        broken = any_lost = False
        while not upload.done and not broken:
            frame = upload.next_frame(0.0)
            if frame is None:
                assert pipe or any_lost, "waits for an answer that is under way"
            else:
                lost = isinstance(frame, bytes) and rng.random() < 0.02
                any_lost |= lost
                reply = None if lost else server.take(frame, keys)
                if reply is not None:
                    pipe.append(reply)
                broken = rng.random() < 0.05
            if pipe and (frame is None or rng.random() < 0.5):
                upload.receive(pipe.pop(0), 0.0)
            if frame is None and not pipe and upload.overdue(ACK_DEADLINE_S + DONE_DEADLINE_S + 1):
                broken = True
        if upload.done:
            break
    assert upload.done
    assert server.stored == run.frames


def started(run: SpooledRun, *, w: int = 0, window: int = 10**6) -> Upload:
    upload = Upload(run)
    upload.hello(0.0)
    upload.receive(Welcome(w, 1, window, ""), 0.0)
    return upload


def drain(upload: Upload) -> list[bytes | str]:
    out = []
    while (frame := upload.next_frame(1.0)) is not None:
        out.append(frame)
    return out


def test_nothing_is_sent_before_welcome_and_all_from_there():
    run = InMemory(10)
    upload = Upload(run)
    upload.hello(0.0)
    assert upload.next_frame(0.0) is None
    upload.receive(Welcome(4, 1, 10**6, ""), 0.0)
    frames = drain(upload)
    assert [wire.decode_data(f).seq for f in frames if isinstance(f, bytes)] == [4, 5, 6, 7, 8, 9]
    assert wire.decode_from_uploader(frames[-1]) == run.end


def test_the_window_is_kept_and_one_frame_always_passes():
    run = InMemory(60)
    upload = started(run, window=300)
    first = drain(upload)
    assert sum(len(f) for f in first if isinstance(f, bytes)) <= 300
    upload.receive(Ack(2), 1.0)
    assert drain(upload)
    narrow = started(run, window=1)
    assert [wire.decode_data(f).seq for f in drain(narrow) if isinstance(f, bytes)] == [0]


def test_only_durable_batches_are_sent_and_no_end_of_a_run_that_is_on():
    run = InMemory(10)
    run.end, run.durable = None, 3
    upload = started(run)
    assert len([f for f in drain(upload) if isinstance(f, bytes)]) == 3
    run.durable = 10
    assert len([f for f in drain(upload) if isinstance(f, bytes)]) == 7
    assert upload.next_frame(1.0) is None


def test_a_nack_rewinds_once():
    upload = started(InMemory(20))
    drain(upload)
    upload.receive(Nack(5), 1.0)
    assert upload.next_seq == 5
    assert wire.decode_data(upload.next_frame(1.0)).seq == 5
    upload.receive(Nack(5), 1.0)
    assert upload.next_seq == 6, "the frames that were in the pipe say the same again"
    upload.receive(Ack(6), 1.0)
    upload.receive(Nack(6), 1.0)
    assert upload.next_seq == 6


def test_no_answer_for_three_windows_and_three_seconds_is_a_dead_socket():
    upload = started(InMemory(3))
    assert not upload.overdue(100.0), "nothing is under way"
    upload.next_frame(50.0)
    upload.next_frame(50.0)
    assert not upload.overdue(50.0 + ACK_DEADLINE_S)
    assert upload.overdue(50.01 + ACK_DEADLINE_S)
    upload.receive(Ack(1), 53.0)
    assert not upload.overdue(60.0)
    silent = Upload(InMemory(1))
    silent.hello(0.0)
    assert silent.overdue(ACK_DEADLINE_S + 0.1), "no WELCOME either"


def test_done_may_take_longer():
    upload = started(InMemory(1))
    drain(upload)
    upload.receive(Ack(1), 1.0)
    assert not upload.overdue(20.0)
    assert upload.overdue(40.0)


@pytest.mark.parametrize(
    "message", [Ack(99), Welcome(0, 1, 1, ""), Nack(99), Done(RUN_ID, 3), Done("ff" * 16, 3), Refusal(4404, "unknown")]
)
def test_what_the_server_must_not_say(message):
    upload = started(InMemory(3))
    with pytest.raises((ProtocolError, UploadRefusedError)):
        upload.receive(message, 1.0)
    assert not upload.done


def test_done_counts_only_after_end_and_for_all_of_it():
    upload = started(InMemory(3))
    drain(upload)
    with pytest.raises(ProtocolError):
        upload.receive(Done(RUN_ID, 2), 1.0)
    upload.receive(Done(RUN_ID, 3), 1.0)
    assert upload.done


def test_a_server_that_knows_more_is_a_conflict_unless_the_run_was_cut_off():
    with pytest.raises(UploadRefusedError, match="another station"):
        started(InMemory(3), w=5)
    upload = started(InMemory(3, complete=False), w=5)
    (end,) = drain(upload)
    message = wire.decode_from_uploader(end)
    assert isinstance(message, wire.End)
    assert (message.batches, message.complete) == (3, False)


def test_an_end_that_came_too_early_is_sent_again():
    upload = started(InMemory(4))
    drain(upload)
    upload.receive(Refusal(0, "send seq 2 to 3, then END again", 2), 1.0)
    frames = drain(upload)
    assert [wire.decode_data(f).seq for f in frames if isinstance(f, bytes)] == [2, 3]
    assert isinstance(wire.decode_from_uploader(frames[-1]), wire.End)
