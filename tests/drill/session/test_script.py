from __future__ import annotations

from pathlib import Path

import pytest

from drill.session.script import ScriptError, load_script

GOOD = """\
schema: sonae-resident/1
scenario: gym-flood
about: {ja: 見本, en: A sample}
quiz: {door-depth: cm40}
steps:
  - until: {warning: order-4}
  - wait: 1.5
  - walk_to: {door: lobby-door}
    pace: 0.8
  - choose: lobby
  - walk_to: {refuge: gallery}
"""


def faults(tmp_path: Path, scenario, text: str) -> list[str]:
    file = tmp_path / "resident.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScriptError) as error:
        load_script(file, scenario)
    return [str(f) for f in error.value.faults]


def test_a_good_script(tmp_path, gym):
    file = tmp_path / "resident.yaml"
    file.write_text(GOOD, "utf-8")
    script = load_script(file, gym)
    assert len(script.steps) == 5
    assert script.steps[2].pace == 0.8


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("refuge: gallery", "refuge: garden", 11, "no refuge of this scenario; it has gallery"),
        ("door: lobby-door", "door: lobby", 8, "no door of this scenario; it has front-door"),
        ("choose: lobby", "choose: roof", 10, "no option of this scenario"),
        ("warning: order-4", "warning: order-9", 6, "no warning of this scenario; it has order-3"),
        ("wait: 1.5", "wait: 1.5 s", 7, "plain number"),
        ("wait: 1.5", "wait: 1.5\n    look: 90", 7, "exactly one of"),
        ("door-depth: cm40", "door-height: cm40", 4, "no question of this scenario"),
        ("schema: sonae-resident/1", "schema: sonae-resident/2", 1, "sonae-resident/1"),
        ("scenario: gym-flood", "scenario: school-smoke", 2, "another scenario than 'gym-flood'"),
        ("pace: 0.8", "pace: 8", 9, "less than or equal to 1"),
        ("walk_to: {door: lobby-door}", "walk_to: {x: 3}", 8, "both x and y"),
    ],
)
def test_every_fault_has_its_line(tmp_path, gym, old, new, line, says):
    assert old in GOOD
    found = faults(tmp_path, gym, GOOD.replace(old, new))
    assert any(f":{line}: " in f and says in f for f in found), found


def test_all_faults_at_once_and_what_is_no_script_at_all(tmp_path, gym):
    both = GOOD.replace("refuge: gallery", "refuge: garden").replace("choose: lobby", "choose: roof")
    assert len(faults(tmp_path, gym, both)) == 2
    assert "sonae-resident/1" in faults(tmp_path, gym, "- just\n- a list\n")[0]
    with pytest.raises(ScriptError, match="cannot be read"):
        load_script(tmp_path / "missing.yaml", gym)
