"""The moving picture: newest wins, staleness by the last frame, bounds of what may be shown."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from drill.record.wire import Live, StationState
from server.live.hub import IDLE_STALE_S, STALE_S, Hub, Place, check_live
from server.live.ingest import Refused

PLACE = Place("s1", "体育館 左", "d1", "ab")
LIVE = Live("r1", 1.0, 2.0, 3.0, 0.0, 0.5, 0, 0, 0)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Hub:
    return Hub(clock=clock, progress=lambda: {"r1": 7})


def station(hub: Hub) -> dict[str, Any]:
    found: dict[str, Any] = hub.picture("day", [PLACE])["stations"][0]
    return found


def test_a_station_that_was_never_heard_is_stale(hub: Hub) -> None:
    shown = station(hub)
    assert (shown["stale"], shown["connected"], shown["live"], shown["state"]) == (True, False, None, None)


def test_the_newest_wins_and_crowd_stays_until_the_run_changes(hub: Hub) -> None:
    hub.live("d1", msgspec.structs.replace(LIVE, crowd=[1, 2, 0, 0], hazards={"indoor": [0.3]}))
    hub.live("d1", msgspec.structs.replace(LIVE, t_s=1.1, x=9.0))
    shown = station(hub)
    assert (shown["live"]["x"], shown["live"]["crowd"], shown["live"]["hazards"]) == (
        9.0,
        [1, 2, 0, 0],
        {"indoor": [0.3]},
    )
    assert shown["stored_batches"] == 7
    hub.live("d1", msgspec.structs.replace(LIVE, run_id="r2"))
    assert (station(hub)["live"]["crowd"], station(hub)["stored_batches"]) == ([], None)


def test_staleness_follows_the_last_frame_not_the_socket(hub: Hub, clock: Clock) -> None:
    hub.connected("d1", connected=True)
    hub.state("d1", StationState("running", run_id="r1"))
    hub.live("d1", LIVE)
    clock.now += STALE_S
    assert not station(hub)["stale"]
    clock.now += 0.1
    assert (station(hub)["stale"], station(hub)["connected"]) == (True, True)
    hub.state("d1", StationState("idle"))
    clock.now += STALE_S + 1
    assert not station(hub)["stale"]
    clock.now += IDLE_STALE_S
    assert station(hub)["stale"]


def test_a_picture_is_encoded_once_for_all_who_watch(hub: Hub, clock: Clock) -> None:
    first = hub.encoded("day", [PLACE])
    hub.live("d1", LIVE)
    assert hub.encoded("day", [PLACE]) is first
    clock.now += 0.2
    assert msgspec.json.decode(hub.encoded("day", [PLACE]))["stations"][0]["live"]["x"] == 2.0


@pytest.mark.parametrize(
    "change",
    [
        {"x": 1e7},
        {"fed": math.inf},
        {"t_s": math.nan},
        {"crowd": [1, 2, 3]},
        {"crowd": [2**40, 0, 0, 0]},
        {"hazards": {"a": [1e9]}},
        {"hazards": {str(i): [] for i in range(65)}},
    ],
    ids=repr,
)
def test_what_no_picture_can_show_is_refused(change: dict[str, Any]) -> None:
    check_live(LIVE)
    with pytest.raises(Refused):
        check_live(msgspec.structs.replace(LIVE, **change))
