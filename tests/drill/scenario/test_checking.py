"""Checks beyond the shape of fields: each plants one fault in a sound scenario and sees it told, once."""

from __future__ import annotations

import pytest

from drill.scenario.loading import load_scenario


def test_loop_of_triggers(gym):
    gym.replace("when: {at_s: 15}", "when: {after: teacher-calls}")
    gym.replace("when: {after: order-4, delay_s: 8}", "when: {any: [{at_s: 9}, {after: water-enters}]}")
    fault = gym.only_fault()
    assert fault.path == "events[0].when.after"
    assert fault.line == gym.line_of("when: {after: teacher-calls}")
    assert "water-enters waits for teacher-calls waits for water-enters" in fault.message


def test_event_that_waits_for_itself(gym):
    gym.replace("when: {at_s: 15}", "when: {after: water-enters}")
    assert "water-enters waits for water-enters" in gym.only_fault().message


def test_loop_through_a_question(gym):
    gym.replace("when: {after: order-4, delay_s: 2}", "when: {after: water-enters}")
    gym.replace("when: {at_s: 15}\n    do:\n", "when: {after: which-door}\n    do:\n      - ask: which-door\n")
    assert all("loop of triggers" in fault.message for fault in gym.faults())


def test_chain_of_triggers_is_no_loop(gym):
    gym.replace("when: {after: order-4, delay_s: 8}", "when: {after: water-enters}")
    gym.replace("when: {water_level_m: 1.0}", "when: {all: [{after: water-enters}, {after: teacher-calls}]}")
    load_scenario(gym.folder)


def test_trigger_without_or_with_two_conditions(gym):
    gym.replace("when: {at_s: 15}", "when: {at_s: 15, after: order-4}")
    gym.replace("when: {water_level_m: 1.0}", "when: {delay_s: 3}")
    messages = sorted(fault.message for fault in gym.faults())
    assert len(messages) == 2
    assert all("exactly one of" in message for message in messages)


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        (
            "when: {after: order-4, delay_s: 8}",
            "when: {after: ordr-4}",
            "events[1].when.after",
            "did you mean 'order-4'",
        ),
        ("zone: hall-stage", "zone: hall-stag", "crowd.groups[1].zone", "did you mean 'hall-stage'"),
        ("zones: [yard, porch]", "zones: [yard, garden]", "hazards[0].zones[1]", "no zone"),
        ("leads_to: gallery", "leads_to: roof", "crowd.groups[0].leads_to", "no refuge"),
        ("after: order-4", "after: water-enters", "crowd.groups[0].after", "no warning or cue"),
        ("door: yard-door", "door: yard-gate", "decisions[0].options[1].door", "no door"),
        ("- end: operator", "- lock: gate", "injects[1].do[0].lock", "no door"),
        ("- end: operator", "- ask: which", "injects[1].do[0].ask", "no decision"),
        ("y: 10.0, floor: ground", "y: 10.0, floor: attic", "resident.at.floor", "no floor"),
        ("of: which-door", "of: which-way", "objectives[3].of", "no decision"),
        ("    of: which-door\n", "", "objectives[3].metric", "say which decision"),
        ("partly_at_most: 40", "partly_at_most: 10", "objectives[1].partly_at_most", "softer bound"),
        ("metric: max_depth_m", "metric: fed", "objectives[2].metric", "no smoke"),
        ("id: teacher-calls", "id: order-5", "events[1].id", "stands twice"),
        ("id: class-stage", "id: class-centre", "crowd.groups[1].id", "stands twice"),
        ("id: indoor", "id: river", "hazards[1].id", "stands twice"),
        ("- id: yard\n", "- id: lobby\n", "decisions[0].options[1].id", "stands twice"),
        ("when: {at_s: 15}", "when: {at_s: 1500}", "events[0].when.at_s", "ends at 180 s"),
        (
            "when: {at_s: 15}",
            "when: {resident_in: hall-centre}",
            "events[0].when.resident_in",
            "hall holds all of this",
        ),
        ("when: {at_s: 15}", "when: {any: []}", "events[0].when.any", "empty list"),
    ],
)
def test_unknown_and_unfit_references(gym, old, new, path, message):
    gym.replace(old, new)
    fault = gym.only_fault()
    assert fault.path == path
    assert message in fault.message
    assert fault.line > 1


def test_warnings_do_not_fall(gym):
    gym.replace("at_s: 90\n    level: 5", "at_s: 90\n    level: 3").replace(
        "event: 緊急安全確保", "event: 高齢者等避難"
    )
    fault = gym.only_fault()
    assert (fault.path, fault.value) == ("warnings[2].level", "3")
    assert "cancel: true" in fault.message


def test_warnings_may_fall_when_cancelled(gym):
    gym.replace("at_s: 90\n    level: 5", "at_s: 90\n    cancel: true\n    level: 3")
    gym.replace("event: 緊急安全確保", "event: 高齢者等避難")
    assert load_scenario(gym.folder).model.warnings[2].cancel


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("ja: 訓練。訓練。警戒レベル4", "ja: 警戒レベル4", "warnings[1].announcement.ja"),
        ('ja-simple: "{訓練|くんれん}です。レベル４', 'ja-simple: "レベル４', "warnings[1].announcement.ja-simple"),
        ("en: Drill. Warning level 4", "en: Warning level 4", "warnings[1].announcement.en"),
        ("ja: 訓練。出入口の下", "ja: 出入口の下", "events[0].do[1].announce.ja"),
        ("ja: 訓練。まだ1階", "ja: これは訓練。まだ1階", "injects[0].do[0].announce.ja"),
    ],
)
def test_announcements_begin_as_drills(gym, old, new, path):
    gym.replace(old, new)
    fault = gym.only_fault()
    assert fault.path == path
    assert "an announcement begins with" in fault.message


@pytest.mark.parametrize(
    ("era", "event", "sound"),
    [
        (2026, "避難指示", True),
        (2026, "レベル4氾濫危険警報", True),
        (2026, "レベル4大雨危険警報", True),
        (2026, "レベル3大雨警報", False),
        (2026, "避難勧告", False),
        (2026, "土砂災害警戒情報", False),
        (2021, "避難指示", True),
        (2021, "土砂災害警戒情報", True),
        (2021, "レベル4大雨危険警報", False),
        (2018, "避難勧告", True),
    ],
)
def test_names_follow_their_era(gym, era, event, sound):
    gym.replace("naming_era: 2026", f"naming_era: {era}").replace("event: 避難指示", f"event: {event}")
    if era == 2018:
        gym.replace("event: 高齢者等避難", "event: 避難準備・高齢者等避難開始")
        gym.replace("event: 緊急安全確保", "event: 災害発生情報")
    if sound:
        assert load_scenario(gym.folder).model.naming_era == era
        return
    fault = gym.only_fault()
    assert (fault.path, fault.value) == ("warnings[1].cap.event", repr(event))


def test_announcement_with_an_abolished_name(gym):
    gym.replace("警戒レベル4、避難指示。", "警戒レベル4、避難勧告。")
    fault = gym.only_fault()
    assert fault.path == "warnings[1].announcement.ja"
    assert "避難勧告 no longer exists" in fault.message


def test_readings_are_well_written(gym):
    gym.replace("{体育館|たいいくかん}に {川|かわ}", "{体育館}に {川|かわ}")
    assert gym.only_fault().path == "title.ja-simple"


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (30.0, 15.0, "inside a wall"),
        (2.0, 10.0, "inside a wall or a solid thing"),
        (29.8, 15.0, "closer than 0.2 m"),
        (60.0, 10.0, "outside the walkable ground"),
    ],
)
def test_start_must_be_on_free_ground(gym, x, y, message):
    gym.replace("at: {x: 18.0, y: 10.0", f"at: {{x: {x}, y: {y}")
    fault = gym.only_fault()
    assert (fault.path, fault.line) == ("resident.at", gym.line_of("at: {x:"))
    assert message in fault.message


def test_group_too_large_for_its_zone(gym):
    gym.replace("n: 5\n      zone: hall-south", "n: 200\n      zone: hall-south")
    fault = gym.only_fault()
    assert (fault.path, fault.value) == ("crowd.groups[2].n", "200")
    assert "has room for" in fault.message


def test_two_groups_share_the_room_of_their_zone(gym):
    gym.replace("n: 5\n      zone: hall-south", "n: 60\n      zone: hall-south")
    gym.replace("n: 10\n      zone: hall-stage", "n: 60\n      zone: hall-south")
    assert "its groups have 120" in gym.only_fault().message


def test_unreachable_refuge(gym):
    gym.feature("lobby-door", lambda f: f["properties"].update(id="gone"))
    data = gym.site_data()
    data["features"] = [f for f in data["features"] if f["properties"].get("id") not in ("gone", "front-door")]
    gym.write_site(data).replace("door: lobby-door", "door: store-door")
    faults = gym.faults()
    assert faults[-1].file == "site.geojson"
    assert faults[-1].value == "'gallery'"
    assert "cannot be reached from the resident's start" in faults[-1].message
    # And every group that is led there is told too.
    assert [f.path for f in faults[:-1]] == [f"crowd.groups[{n}].leads_to" for n in range(4)]


def test_fire_outside_its_zones(smoke):
    smoke.replace("fire: {x: 2.0, y: 5.5", "fire: {x: 20.0, y: -2.0")
    assert smoke.only_fault().path == "hazards[0].fire"
