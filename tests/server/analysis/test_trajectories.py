from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from server.analysis.trajectories import TrajectoryError, read_trajectories

GOOD = """\
# framerate: 16.00 fps
# id frame x/m y/m z/m
1 0 0.5 1.0 1.7
1 1 0.5 1.1 1.7
2 0 1.5 1.0 1.6
2 1 1.5 0.9 1.6
"""


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "walk.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_header_gives_frame_rate_and_unit(tmp_path: Path) -> None:
    read = read_trajectories(written(tmp_path, GOOD))
    assert (read.frame_rate, read.unit, read.persons, read.duration_s) == (16.0, "m", 2, 1 / 16)
    assert np.array_equal(read.xy_m, [[0.5, 1.0], [0.5, 1.1], [1.5, 1.0], [1.5, 0.9]])


@pytest.mark.parametrize(
    "comment", ["# framerate: 25", "#framerate 25.0", "# Framerate = 25 fps", "# frame rate: 25,0"]
)
def test_ways_to_write_a_frame_rate(tmp_path: Path, comment: str) -> None:
    assert read_trajectories(written(tmp_path, f"{comment}\n{GOOD.partition(chr(10))[2]}")).frame_rate == 25


def test_a_body_height_in_centimetres_gives_the_unit(tmp_path: Path) -> None:
    text = "1 43 79.035 774.009 183.02\n1 44 79.0777 764.568 183.02\n"
    read = read_trajectories(written(tmp_path, text), frame_rate=16)
    assert read.unit == "cm"
    assert read.xy_m[0] == pytest.approx([0.79035, 7.74009])


def test_tabs_line_ends_and_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + GOOD.replace(" 0 ", "\t0\t").replace("\n", "\r\n").encode()
    assert read_trajectories(written(tmp_path, text)).persons == 2


def test_lines_may_come_in_any_order(tmp_path: Path) -> None:
    head, rows = GOOD.splitlines()[:2], GOOD.splitlines()[2:]
    mixed = read_trajectories(written(tmp_path, "\n".join([*head, *reversed(rows)])))
    assert mixed.id.tolist() == [1, 1, 2, 2]
    assert mixed.frame.tolist() == [0, 1, 0, 1]


def test_without_height_the_unit_must_be_given(tmp_path: Path) -> None:
    text = "# framerate: 25\n1 0 1 2\n1 1 1 3\n"
    with pytest.raises(TrajectoryError, match="--unit"):
        read_trajectories(written(tmp_path, text))
    assert read_trajectories(written(tmp_path, text), unit="cm").xy_m[0] == pytest.approx([0.01, 0.02])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# framerate: 16.00 fps\n", "", "--frame-rate"),
        ("framerate: 16.00", "framerate: 0", r"frame rate 0\.0 must lie above 0"),
        ("2 0 1.5 1.0 1.6", "2 0 1.5", "line 5: 3 columns"),
        ("2 0 1.5 1.0 1.6", "2 0 1.5 1.0", "line 5: 4 columns"),
        ("2 0 1.5 1.0 1.6", "2 0 1.5 abc 1.6", "line 5: 'abc' is no number"),
        ("2 0 1.5 1.0 1.6", "2 0 1,5 1.0 1.6", "decimals with a point"),
        ("2 0 1.5 1.0 1.6", "2 0 1.5 nan 1.6", "line 5: 'nan' is no position"),
        ("2 0 1.5 1.0 1.6", "2 0 1.5 inf 1.6", "'inf' is no position"),
        ("2 0 1.5 1.0 1.6", "2.5 0 1.5 1.0 1.6", r"id '2\.5' must be a whole number"),
        ("2 0 1.5 1.0 1.6", "2 -1 1.5 1.0 1.6", "frame '-1' must be a whole number"),
        ("2 1 1.5 0.9 1.6", "2 0 1.5 0.9 1.6", "person 2 stands twice in frame 0"),
        ("2 0 1.5 1.0 1.6", "2 0 9999 1.0 1.6", "give it with --unit"),
        (GOOD, "# framerate: 16 fps\n", "holds no trajectory"),
        (GOOD, "# framerate: 16 fps\n1 0 1 1 1.7\n2 0 1 1 1.7\n", "one frame only"),
    ],
)
def test_each_fault_says_where_and_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(TrajectoryError, match=said) as caught:
        read_trajectories(written(tmp_path, GOOD.replace(old, new)))
    assert "walk.txt" in str(caught.value)


def test_a_picture_is_no_trajectory(tmp_path: Path) -> None:
    with pytest.raises(TrajectoryError, match="no UTF-8 text"):
        read_trajectories(written(tmp_path, b"\x89PNG\r\n\x1a\n\xff"))


def test_no_file() -> None:
    with pytest.raises(FileNotFoundError):
        read_trajectories(Path("nowhere.txt"))


@pytest.mark.parametrize(
    ("name", "rate", "persons", "unit"),
    [("uo-050-180-180.txt", 16.0, 61, "cm"), ("040_c_56_h-.txt", None, 75, "m")],
)
def test_measured_files(test_data: Path, name: str, rate: float | None, persons: int, unit: str) -> None:
    read = read_trajectories(test_data / "juelich" / name, frame_rate=rate)
    assert (read.persons, read.unit) == (persons, unit)
    assert np.ptp(read.xy_m, axis=0).max() < 20
