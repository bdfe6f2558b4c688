"""Loading: the shipped scenarios are sound, and each spoilt file is told with file, line, path and value."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest

from drill.scenario.loading import ScenarioError, json_schema, load_scenario
from drill.scenario.scenario import hash_of


@pytest.mark.parametrize("name", ["classroom-quake", "gym-flood", "school-smoke"])
def test_shipped_scenarios_are_sound(scenarios, name):
    scenario = load_scenario(scenarios / name)
    assert scenario.model.id == name
    assert load_scenario(scenarios / name / "scenario.yaml").hash == scenario.hash
    assert list(scenario.files) == ["scenario.yaml", "site.geojson"]
    for file, digest in scenario.files.items():
        assert hashlib.sha256((scenarios / name / file).read_bytes()).hexdigest() == digest


def test_texts_of_shipped_scenarios_are_in_three_languages(scenarios):
    for name in ("classroom-quake", "gym-flood", "school-smoke"):
        model = load_scenario(scenarios / name).model
        texts = [model.title, model.summary, *model.home_actions]
        texts += [w.announcement for w in model.warnings]
        texts += [a.announce for e in (*model.events, *model.injects) for a in e.do if a.announce]
        texts += [d.prompt for d in (*model.decisions, *model.quiz)] + [o.text for o in model.objectives]
        for text in texts:
            assert text.in_language("ja")
            assert text.en is not None
            assert text.ja_simple is not None


def test_hash_covers_names_and_contents():
    base = hash_of({"a": b"1", "b": b"2"})
    assert hash_of({"b": b"2", "a": b"1"}) == base
    assert hash_of({"a": b"1", "b": b"3"}) != base
    assert hash_of({"a": b"1", "c": b"2"}) != base
    # The border between a name, its content and the next file is part of what is hashed.
    assert hash_of({"a": b"1b", "b": b"2"}) != hash_of({"a": b"1", "bb": b"2"})
    assert hash_of({"a": b"12"}) != hash_of({"a1": b"2"})


def test_a_changed_site_changes_the_hash(gym):
    before = load_scenario(gym.folder).hash
    gym.feature("cone-1", lambda f: f["geometry"].update(coordinates=[12.6, 6.0]))
    assert load_scenario(gym.folder).hash != before


def test_missing_scenario(tmp_path):
    with pytest.raises(ScenarioError, match="no such file"):
        load_scenario(tmp_path / "nowhere")


def test_missing_site_file(gym):
    gym.site.unlink()
    fault = gym.only_fault()
    assert (fault.file, fault.line) == ("scenario.yaml", gym.line_of("site:"))
    assert (fault.path, fault.value) == ("site.file", "'site.geojson'")
    assert "no such file" in fault.message


@pytest.mark.parametrize("name", ["../site.geojson", "/etc/hostname", "a/../../site.geojson", "C:site", "a\\\\b"])
def test_path_that_leaves_the_folder(gym, name):
    gym.replace("file: site.geojson", f'file: "{name}"')
    fault = gym.only_fault()
    assert fault.path == "site.file"
    assert "own folder" in fault.message


def test_link_that_leaves_the_folder(gym, tmp_path):
    outside = tmp_path / "outside.geojson"
    gym.site.rename(outside)
    gym.site.symlink_to(outside)
    assert "leaves the scenario's folder by a link" in gym.only_fault().message


def test_link_circle(gym):
    gym.site.unlink()
    gym.site.symlink_to(gym.site)
    assert "no such file" in gym.only_fault().message or "circle" in gym.only_fault().message


def test_link_inside_the_folder_is_fine(gym):
    real = gym.site.rename(gym.folder / "real.geojson")
    gym.site.symlink_to(real)
    assert load_scenario(gym.folder).model.id == "gym-flood"


def test_newer_schema_is_told_kindly_and_alone(gym):
    gym.replace("sonae-scenario/1", "sonae-scenario/2").replace("status: Exercise", "status: 5\nnew_field: 3")
    fault = gym.only_fault()
    assert (fault.line, fault.path, fault.value) == (2, "schema", "'sonae-scenario/2'")
    assert "newer Sonae" in fault.message
    assert "Nothing is wrong with the file" in fault.message


def test_other_schema(gym):
    gym.replace("sonae-scenario/1", "evac-drill/1")
    assert "not a schema that Sonae knows" in gym.only_fault().message


def test_missing_schema_is_a_missing_field(gym):
    gym.replace("schema: sonae-scenario/1\n", "")
    fault = gym.only_fault()
    assert (fault.path, fault.message) == ("schema", "this field is missing")


def test_status_is_always_exercise(gym):
    gym.replace("status: Exercise", "status: Actual")
    fault = gym.only_fault()
    assert (fault.line, fault.path, fault.value) == (gym.line_of("status:"), "status", "'Actual'")


def test_all_faults_at_once_each_at_its_line(gym):
    gym.replace("duration_s: 180", "duration_min: 3")
    gym.replace("mass_kg: 55", 'mass_kg: "55 kg"')
    gym.replace("profile: lab", "profile: fast")
    gym.replace("{at_s: 10, level_m: 0.32}", "{at_s: 10, level_m: 32 cm}")
    gym.feature("hall", lambda f: f["properties"].update(ceiling_m=-1))
    found = {(fault.file, fault.path): fault for fault in gym.faults()}
    assert set(found) == {
        ("scenario.yaml", "clock.duration_s"),
        ("scenario.yaml", "clock.duration_min"),
        ("scenario.yaml", "resident.mass_kg"),
        ("scenario.yaml", "crowd.profile"),
        ("scenario.yaml", "hazards[0].level[1].level_m"),
        ("site.geojson", next(p for f, p in found if f == "site.geojson")),
    }
    assert "did you mean 'duration_s'" in found["scenario.yaml", "clock.duration_min"].message
    unit = found["scenario.yaml", "hazards[0].level[1].level_m"]
    assert (unit.line, unit.value) == (gym.line_of("32 cm"), "'32 cm'")
    assert "plain number" in unit.message
    site = next(fault for fault in gym.faults() if fault.file == "site.geojson")
    assert gym.site.read_text(encoding="utf-8").splitlines()[site.line - 1].strip() == '"ceiling_m": -1,'


def test_not_utf8(gym):
    gym.yaml.write_bytes(gym.yaml.read_text(encoding="utf-8").replace("髙", "高").encode("cp932", "replace"))
    fault = gym.only_fault()
    assert fault.line == 1
    assert "UTF-8" in fault.message


def test_names_outside_the_common_planes_survive(gym):
    gym.replace("ja: 先生, ja-simple", "ja: 髙﨑先生と𠮷田先生, ja-simple")
    names = [group.name.ja for group in load_scenario(gym.folder).model.crowd.groups]
    assert "髙﨑先生と𠮷田先生" in names


def test_ten_megabytes_of_aliases_are_refused_at_once(gym):
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    while sum(map(len, rows)) < 10_000_000:
        rows.append(f"b{len(rows)}: [" + ", ".join(["*a"] * 2000) + "]")
    gym.yaml.write_text("\n".join(rows), encoding="utf-8")
    before = time.process_time()
    assert "larger than the" in gym.only_fault().message
    assert time.process_time() - before < 60  # a hang would be hours; how quick it is is measured elsewhere


def test_small_file_of_nested_aliases_is_refused_before_it_unfolds(gym):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 12)]
    gym.yaml.write_text("\n".join(rows), encoding="utf-8")
    fault = gym.only_fault()
    assert "unfolds to more than" in fault.message
    assert fault.line <= 7


def test_many_aliases_are_refused(gym):
    gym.yaml.write_text("a: &a 1\nb: [" + ", ".join(["*a"] * 300) + "]\n", encoding="utf-8")
    assert "aliases" in gym.only_fault().message


def test_a_few_aliases_are_welcome(gym):
    speed = "{dist: truncnorm, mean: 0.90, sd: 0.30, min: 0.50, max: 1.50}"
    gym.replace(speed, f"&child {speed}").replace(f"speed_mps: {speed}", "speed_mps: *child", count=9)
    groups = load_scenario(gym.folder).model.crowd.groups
    assert groups[0].speed_mps == groups[1].speed_mps == groups[2].speed_mps


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "not YAML"),
        ("a: 1\na: 2", "stands twice"),
        ("a: .nan", "finite"),
        ("a: 1e999", "finite"),
        ("a: !!python/object:os.system x", "tags are not read"),
        ("a: !!binary aGVsbG8=", "tags are not read"),
        ("a: *nothing", "no anchor"),
        ("[" * 200, "nested deeper"),
        ("a: 1\n---\nb: 2", "second document"),
        ("? [1, 2]\n: 3", "plain word"),
        ("- 1\n- 2", "a scenario is a mapping"),
        ("", "a scenario is a mapping"),
    ],
)
def test_documents_that_are_not_read(gym, text, message):
    gym.yaml.write_text(text, encoding="utf-8")
    assert message in gym.only_fault().message


def test_schema_is_json_schema_of_the_model():
    schema = json_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["properties"]["schema"]["const"] == "sonae-scenario/1"
    assert schema["additionalProperties"] is False
    assert "ja-simple" in schema["$defs"]["Text"]["properties"]
    json.dumps(schema)


def test_unreadable_path(tmp_path):
    with pytest.raises(ScenarioError):
        load_scenario(Path("no-such-folder") / "scenario.yaml")
    folder = tmp_path / "scenario.yaml"
    folder.mkdir()
    with pytest.raises(ScenarioError):
        load_scenario(folder)
