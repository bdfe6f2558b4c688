"""docs/protocol.md says what the code does: every example and table of it is run."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from drill.record import wire
from drill.record.channels import CHANNELS, CROWD_COLUMNS, HAZARD_HEAD_COLUMNS, POSE_GAZE_COLUMNS
from drill.record.decoding import check_batch, decode_batches
from drill.record.events import AnyEvent, Cue
from drill.record.inputs import Inputs
from drill.record.jsonbatch import json_crc32, json_payload
from drill.record.pinning import LEAST_DIGITS
from drill.record.run import RunHeader
from drill.record.sealing import open_payload, read_header
from drill.record.spool import LEAST_FREE_BYTES
from drill.record.upload import ACK_DEADLINE_S, DONE_DEADLINE_S
from drill.session.offer import REASONS, ViewOffer
from drill.withdrawal import read_withdrawal_code, withdrawal_address, withdrawal_hash
from server.consent import ages
from server.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\S+)([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DECODERS = {
    "uploader": wire.decode_from_uploader,
    "to-uploader": wire.decode_to_uploader,
    "station": wire.decode_from_station,
    "to-station": wire.decode_to_station,
    "header": lambda text: read_header(text.encode()),
}
RUN_ID = "00112233445566778899aabbccddeeff"


def blocks(language: str) -> list[tuple[list[str], str]]:
    return [(words.split(), body.strip()) for lang, words, body in BLOCKS if lang == language]


def hex_block(name: str) -> bytes:
    (body,) = [body for words, body in blocks("hex") if words == [name]]
    return bytes.fromhex(body)


def table(heading: str) -> dict[str, list[str]]:
    """Return the rows of the first table after a text, by their first cell without back ticks."""
    lines = PAGE[PAGE.index(heading) :].splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("|")) + 2
    rows = {}
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        first, *rest = (c.strip() for c in line.strip("|").split("|"))
        rows[first.replace("`", "")] = rest
    return rows


@pytest.mark.parametrize(("words", "body"), blocks("json"))
def test_every_message_is_one(words, body):
    message = DECODERS[words[0]](body)
    said = msgspec.json.decode(body)
    known = set(type(message).__struct_fields__) | {"type"}
    assert set(said) <= known, "the example has no field that the code does not know"


def test_every_message_of_the_code_is_on_the_page():
    shown = {type(DECODERS[words[0]](body)) for words, body in blocks("json")}
    unions = (wire.FromUploader, wire.ToUploader, wire.FromStation, wire.ToStation)
    assert shown - {RunHeader} == {kind for union in unions for kind in get_args(union)}


def test_the_open_frame():
    data = wire.decode_data(hex_block("open-pose"))
    assert (data.seq, data.channel, data.n, data.segment) == (0, "pose", 1, 0)
    header = read_header(blocks("json")[1][1].encode())
    run = decode_batches(header, [(data.channel, data.n, data.t0_us, data.payload, data.gaze)])
    assert run.pose.head.tolist() == [[1.0, 2.0, 1.5, 0.0, 0.0, 0.0, 1.0]]
    assert data.encode() == hex_block("open-pose")


def test_the_sealed_frame():
    data = wire.decode_data(hex_block("sealed-events"))
    payload = open_payload(bytes(range(32)), run_id=RUN_ID, data=data)
    assert payload == hex_block("events-payload")
    assert (data.seq, data.segment, data.t0_us, data.n) == (7, 1, 1_000_000, 1)
    check_batch(data.channel, data.n, payload)
    assert msgspec.msgpack.decode(payload, type=list[AnyEvent]) == [Cue(60, "siren", first=True)]


def test_the_json_batches_and_the_end_over_them():
    texts = [(words, body) for words, body in blocks("json") if '"data"' in body]
    for _, body in texts:
        batch = wire.decode_from_uploader(body)
        assert isinstance(batch, wire.JsonBatch)
        json_payload(batch)
    (crc,) = [json_crc32(body.encode()) for words, body in texts if "crc=bb6cdbc8" in words]
    assert f"{crc:08x}" == "bb6cdbc8"
    (end,) = [wire.decode_from_uploader(body) for _, body in blocks("json") if '"end"' in body]
    assert isinstance(end, wire.End)
    pose = wire.decode_data(hex_block("open-pose")).crc32
    digest = hashlib.sha256(pose.to_bytes(4, "little") + crc.to_bytes(4, "little")).hexdigest()
    assert (end.batches, end.hash) == (2, digest)


def test_the_header_table():
    rows = table("A header of 40 bytes")
    sizes = {"4 bytes": 4, "u64": 8, "u8": 1, "u16": 2, "u32": 4}
    offset = 0
    for at, (kind, *_) in rows.items():
        assert int(at) == offset
        offset += sizes[kind]
    assert offset == wire.HEADER.size == 40


def test_the_columns():
    assert "`channel` | 0 `pose`, 1 `crowd`, 2 `hazard`, 3 `inputs`, 4 `events`" in PAGE
    assert CHANNELS == ("pose", "crowd", "hazard", "inputs", "events")
    for heading, columns in (
        ("**`pose`**", POSE_GAZE_COLUMNS),
        ("**`crowd`**", CROWD_COLUMNS),
        ("**`hazard`**", HAZARD_HEAD_COLUMNS),
    ):
        documented = []
        for names, (kind, *_) in table(heading).items():
            width, _, scalar = kind.rpartition(" × ")
            dtype = f"<{scalar[0]}{int(scalar[1:]) // 8}"
            documented += [(name.strip(), dtype, int(width or 1)) for name in names.split(",")]
        assert documented == [tuple(c) for c in columns]


def test_the_events():
    documented = table("The `kind` of an event")
    kinds = {kind.__struct_config__.tag: kind for kind in get_args(AnyEvent)}
    assert set(documented) == set(kinds)
    for tag, kind in kinds.items():
        named = [f.split("=")[0].strip(" `") for f in documented[tag][0].replace("`", "").split(",") if f.strip()]
        named = [name.split(";")[-1].strip() for part in named for name in part.split(";") if name.strip()]
        assert set(named) == set(kind.__struct_fields__) - {"tick"}, tag


def test_the_inputs():
    documented = {n.strip() for names in table("An `inputs` record") for n in names.split(",")}
    assert documented == set(Inputs.__struct_fields__) - {"tick"}


def test_the_run_header():
    documented = {n.strip() for names in table("The **run header**, JSON:") for n in names.split(",")}
    assert documented == set(RunHeader.__struct_fields__)


def test_close_codes_and_limits():
    codes = {int(c) for cell in table("## 9. Close codes") for c in cell.split(",")}
    ours = {v for k, v in vars(wire).items() if k.startswith("CLOSE_")}
    assert codes == ours | {1000, 1001, 1009, 1012}
    assert wire.MAX_FRAME == wire.MAX_ROWS == 65_536
    assert f"3 commit windows + 3 s = {ACK_DEADLINE_S:.2f} s" in PAGE
    assert f"| no DONE after END | {DONE_DEADLINE_S:.0f} s:" in PAGE
    assert f"({LEAST_FREE_BYTES // 2**20} MiB must be free)" in PAGE


def test_the_ticket_of_a_bundle():
    ((_, body),) = blocks("bundle-ticket")
    shown = msgspec.json.decode(body)
    offered = ages.view_for(Settings(), age_band=shown["age_band"])
    assert shown["view"] == offered.as_dict()
    assert msgspec.convert(shown["view"], ViewOffer).reason in REASONS
    unknown = re.search(r"counts as `age_unknown`: `(.*)`\.", PAGE)
    assert unknown is not None
    assert msgspec.json.decode(unknown[1]).items() <= ages.view_for(Settings()).as_dict().items()


def test_the_withdrawal_of_a_run():
    found = re.search(r"for run `(\w+)` and the code `(\w+)` that is\n`(\w+)`", PAGE)
    assert found is not None
    run_id, code, digest = found.groups()
    assert read_withdrawal_code(code) == code
    assert withdrawal_hash(run_id, code) == digest
    assert withdrawal_address("<public_url>", run_id, code).startswith("<public_url>/run-code#")


def test_the_pin():
    assert "at least its first line (16 digits, 64\nbits)" in PAGE
    assert LEAST_DIGITS == 16
