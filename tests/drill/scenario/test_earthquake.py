"""Faults of sites and scenarios in which the ground shakes, told with line and value."""

import json

import pytest

from drill.scenario.loading import load_scenario
from drill.site.reading import MOST_PROPS


def only(faults):
    (fault,) = faults
    return fault


def test_the_scenario_that_ships_is_whole(scenarios):
    assert load_scenario(scenarios / "classroom-quake").model.id == "classroom-quake"


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        ("at_s: 70, intensity: 5.1", "at_s: 260, intensity: 5.1", "hazards[0].shocks[1].at_s", "the run ends at 240 s"),
        ("at_s: 70, intensity: 5.1", "at_s: 9, intensity: 5.1", "hazards[0]", "must rise"),
        ("id: aftershock", "id: main", "hazards[0].shocks[1].id", "twice"),
        ("intensity: 5.8, duration_s: 36, rise_s: 6", "duration_s: 36", "hazards[0].shocks[0]", "give an intensity"),
        ("intensity: 5.8", "intensity: 8.8", "hazards[0].shocks[0].intensity", "7"),
        ("rise_s: 6}", "rise_s: 19}", "hazards[0].shocks[0]", "more than half"),
        ("power_fails_from: 5.2", "zones: [moon]", "hazards[0].zones[0]", "no zone"),
        ("power_fails_from: 5.2", "dust: 1", "hazards[0]", "dust"),
    ],
)
def test_a_fault_of_a_shock_is_told_with_its_place(quake, old, new, path, what):
    found = only(quake.replace(old, new).faults())
    assert found.path.startswith(path)
    assert found.line > 0
    assert what in str(found)


def test_an_objective_about_shaking_needs_an_earthquake(gym):
    gym.replace("metric: max_depth_m", "metric: cover_share")
    assert "no earthquake" in " ".join(f.message for f in gym.faults())


def test_a_record_that_is_not_there_or_cannot_be_read_is_told(quake):
    quake.replace("intensity: 5.8, duration_s: 36, rise_s: 6", "record: [waves/made.csv]")
    assert "no such file" in only(quake.faults()).message
    (quake.folder / "waves").mkdir()
    (quake.folder / "waves" / "made.csv").write_text("t_s,ns_gal,ew_gal\n0.00,1,2\n0.01,one,2\n")
    found = only(quake.faults())
    assert (found.file, found.line, found.value) == ("waves/made.csv", 3, "one")
    (quake.folder / "waves" / "made.csv").write_text(
        "t_s,ns_gal,ew_gal\n" + "\n".join(f"{k / 100},0,0" for k in range(99))
    )
    assert "does not move" in only(quake.faults()).message


def test_a_record_counts_in_the_hash(quake):
    quake.replace("intensity: 5.8, duration_s: 36, rise_s: 6", "intensity: 5.8, record: [made.csv]")

    def written(scale):
        rows = [f"{k / 100},{scale * (k % 7 - 3)},{k % 5 - 2},0" for k in range(900)]
        (quake.folder / "made.csv").write_text("\n".join(["t_s,ns_gal,ew_gal,ud_gal", *rows]))
        return load_scenario(quake.folder)

    one, two = written(1), written(2)
    assert "made.csv" in one.files
    assert one.hash != two.hash


def test_a_record_outside_of_the_folder_is_refused(quake):
    quake.replace("intensity: 5.8, duration_s: 36, rise_s: 6", "record: [../made.csv]")
    assert "scenario's own folder" in only(quake.faults()).message


def test_a_door_in_no_wall_is_told_with_its_line(quake):
    quake.feature("class-1-front", lambda f: f["geometry"].update(coordinates=[[9.0, 5.0], [9.9, 5.0]]))
    found = only(quake.faults())
    assert "'class-1-front' stands in no wall" in found.message
    assert '"coordinates"' in quake.site.read_text(encoding="utf-8").splitlines()[found.line - 1]


def test_a_stair_to_nowhere_is_told_with_its_value(quake):
    def aside(feature):
        feature["properties"]["head"] = [[33, 7], [33, 9.4]]
        feature["geometry"]["coordinates"] = [[[33, 7], [37, 7], [37, 9.4], [33, 9.4], [33, 7]]]

    quake.feature("east-stair", aside)
    messages = [f for f in quake.faults() if "leads nowhere" in f.message]
    assert only(messages).path.endswith("properties.head")
    assert only(messages).line > 0


def test_ten_thousand_things_are_refused_at_once_with_their_number(quake):
    data = quake.site_data()
    chair = next(f for f in data["features"] if f["properties"].get("what") == "chair")
    before = sum(f["properties"]["kind"] == "prop" for f in data["features"])
    for n in range(10_000 - before):
        one = json.loads(json.dumps(chair))
        one["properties"]["id"] = f"chair-{n}"
        data["features"].append(one)
    quake.write_site(data)
    found = only(quake.faults())
    assert found.value == "10000"
    assert f"at most {MOST_PROPS}" in found.message
    kind = quake.site.read_text(encoding="utf-8").splitlines()[found.line - 1]
    assert '"kind": "prop"' in kind


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [("mass_kg", -3, "mass_kg"), ("z_m", 80, "z_m"), ("topples", "yes", "topples"), ("wheels", 4, "wheels")],
)
def test_a_fault_of_a_thing_names_the_field(quake, key, value, what):
    quake.feature("c1-tv", lambda f: f["properties"].update({key: value}))
    found = only(quake.faults())
    assert what in found.path
    assert found.line > 0
