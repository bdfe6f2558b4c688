"""The quick check of records agrees with the walk over them: what the twin lets through, the walk lets through."""

from __future__ import annotations

import math
from typing import Any, get_args, get_origin

import msgspec
import pytest

from drill.record.bounds import MAX_ABS, MAX_TICK
from drill.record.decoding import check_batch, decode_batches
from drill.record.events import AnyEvent, ExposureLimit, Struck
from drill.record.inputs import Inputs, Pose
from drill.record.run import RunHeader
from drill.record.wire import WireError

HEADER = RunHeader("0" * 32, "s", "h", 1, "b", "lab", "d", "screen", "2026-11-24T10:00:00Z", "c")
BAD = (math.nan, math.inf, -math.inf, 1.1 * MAX_ABS, -1.1 * MAX_ABS)
GOOD = Inputs(60, forward=0.5, step_m=(0.1, 0.2), head=Pose(0, 0, 1.5), left=Pose(1, 1, 1), choose="east")


def bad_inputs() -> list[Inputs]:
    """Return inputs with one number out of bounds each, in every place that holds one."""
    made = []
    for value in BAD:
        made += [msgspec.structs.replace(GOOD, **{name: value}) for name in ("forward", "right", "turn_rad")]
        made += [msgspec.structs.replace(GOOD, step_m=step) for step in ((value, 0.0), (0.0, value))]
        made += [
            msgspec.structs.replace(GOOD, **{name: msgspec.structs.replace(Pose(0, 0, 0), **{axis: value})})
            for name in ("head", "left", "right_hand")
            for axis in Pose.__struct_fields__
        ]
    return made + [msgspec.structs.replace(GOOD, tick=tick) for tick in (-1, MAX_TICK + 1)]


def walk(channel: str, record: Any) -> None:
    decode_batches(HEADER, [(channel, 1, 0, msgspec.msgpack.encode([record]), False)])


@pytest.mark.parametrize("record", bad_inputs(), ids=repr)
def test_inputs_out_of_bounds_are_refused_both_ways(record: Inputs) -> None:
    with pytest.raises(WireError) as walked:
        walk("inputs", record)
    with pytest.raises(WireError) as checked:
        check_batch("inputs", 1, msgspec.msgpack.encode([record]))
    assert str(checked.value) in str(walked.value)


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("kind", [ExposureLimit, Struck])
def test_events_out_of_bounds_are_refused(kind: type[Any], value: float) -> None:
    with pytest.raises(WireError, match="finite"):
        check_batch("events", 1, msgspec.msgpack.encode([kind(60, "water", value)]))


def test_good_records_pass_and_every_event_kind_has_its_twin() -> None:
    check_batch("inputs", 1, msgspec.msgpack.encode([GOOD]))
    for kind in get_args(AnyEvent):
        tag = kind.__struct_config__.tag
        record = {"kind": tag, "tick": -1} | {f.name: _some(f.type) for f in msgspec.structs.fields(kind)[1:]}
        with pytest.raises(WireError, match="tick -1"):
            check_batch("events", 1, msgspec.msgpack.encode([record]))


def _some(kind: Any) -> Any:
    if kind in (int, float, str, bool):
        return kind(0)
    values = get_args(kind)
    if get_origin(kind) is tuple:
        return [_some(one) for one in values]
    return values[0] if values and isinstance(values[0], str) else None if type(None) in values else _some(values[0])


def test_a_lying_count_is_refused() -> None:
    with pytest.raises(WireError, match="header says 2 records"):
        check_batch("inputs", 2, msgspec.msgpack.encode([GOOD]))
