"""Figures agree with PedPy called by hand, and with what can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pedpy
import pytest

from server.analysis.measuring import Setup, measure, setup_for
from server.analysis.trajectories import Trajectories, TrajectoryError, read_trajectories


@pytest.fixture
def corridor() -> Trajectories:
    """Ten people walk along x at 1 m/s, one a second, on y = 1: 10 frames a second for 20 s."""
    frames = np.arange(100)
    person = np.repeat(np.arange(1, 11), 100)
    frame = np.concatenate([frames + 10 * k for k in range(10)])
    x = np.tile(frames * 0.1, 10)
    xy = np.column_stack((x, np.ones(1000)))
    return Trajectories("corridor", "0" * 64, 10.0, "m", person, frame, xy)


def test_derived_line_lies_across_the_way(corridor: Trajectories) -> None:
    setup = setup_for(corridor)
    (x1, y1), (x2, y2) = setup.line
    assert x1 == x2
    assert 3 < x1 < 7
    assert y1 < 1 < y2
    assert setup.given == ()


def test_what_can_be_counted_by_hand(corridor: Trajectories) -> None:
    setup = setup_for(corridor, line="LINESTRING (5.05 0, 5.05 2)", area="POLYGON ((4 0, 6 0, 6 2, 4 2, 4 0))")
    made = measure(corridor, setup)
    summary = made["summary"]
    assert (summary["persons"], summary["crossed"]) == (10, 10)
    assert summary["mean_flow_per_s"] == pytest.approx(1.0, abs=1e-3)
    assert summary["mean_speed_mps"] == pytest.approx(1.0, abs=1e-3)
    assert max(made["nt"]["n"]) == 10
    assert max(made["density"]["classic"]) == pytest.approx(0.5)
    speeds = [v for v in made["speed"]["mean"] if v is not None]
    assert len(speeds) > 100
    assert np.allclose(speeds, 1.0)


def test_nobody_past_the_line(corridor: Trajectories) -> None:
    setup = setup_for(corridor, line="LINESTRING (50 0, 50 2)", walkable="POLYGON ((-1 0, 60 0, 60 2, -1 2, -1 0))")
    made = measure(corridor, setup)
    assert made["summary"]["crossed"] == 0
    assert made["summary"]["mean_flow_per_s"] is None
    assert made["flow"] == {"t_s": [], "per_s": [], "speed": []}


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("line", "LINESTRING (0 0, 1 1, 2 2)", "3 points"),
        ("line", "POINT (0 0)", "--line .* is no valid LineString"),
        ("area", "POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))", "--area .* is no valid Polygon"),
        ("walkable", "nonsense", "--walkable 'nonsense' is no valid Polygon"),
    ],
)
def test_bad_geometry_says_which_option(corridor: Trajectories, option: str, value: str, said: str) -> None:
    with pytest.raises(TrajectoryError, match=said):
        setup_for(corridor, **{option: value})


def test_ground_too_small(corridor: Trajectories) -> None:
    setup = setup_for(corridor, walkable="POLYGON ((0 0, 5 0, 5 2, 0 2, 0 0))")
    with pytest.raises(TrajectoryError, match="outside the walkable ground"):
        measure(corridor, setup)


def by_hand(path: Path, *, frame_rate: float, unit: pedpy.TrajectoryUnit, setup: Setup) -> dict[str, object]:
    """PedPy from its own reader to the figures, as its manual shows."""
    data = pedpy.load_trajectory_from_txt(trajectory_file=path, default_frame_rate=frame_rate, default_unit=unit)
    ground = pedpy.WalkableArea(list(setup.walkable))
    area = pedpy.MeasurementArea(list(setup.area))
    nt, crossings = pedpy.compute_n_t(
        traj_data=data, measurement_line=pedpy.MeasurementLine([list(p) for p in setup.line])
    )
    speed = pedpy.compute_individual_speed(
        traj_data=data,
        frame_step=setup.frame_step,
        speed_calculation=pedpy.SpeedCalculation.BORDER_SINGLE_SIDED,
    )
    cells = pedpy.compute_individual_voronoi_polygons(
        traj_data=data, walkable_area=ground, cut_off=pedpy.Cutoff(radius=1.0, quad_segments=3)
    )
    voronoi, _ = pedpy.compute_voronoi_density(individual_voronoi_data=cells, measurement_area=area)
    flow = pedpy.compute_flow(
        nt=nt, crossing_frames=crossings, individual_speed=speed, delta_frame=25, frame_rate=frame_rate
    )
    return {
        "nt": nt["cumulative_pedestrians"].to_numpy(),
        "flow": flow,
        "speed": speed["speed"].mean(),
        "classic": pedpy.compute_classic_density(traj_data=data, measurement_area=area)["density"].to_numpy(),
        "voronoi": voronoi["density"].to_numpy(),
    }


def agree(made: dict[str, object], hand: dict[str, object]) -> list[str]:
    """Return which figures differ by more than their rounding."""
    flow = hand["flow"]
    assert isinstance(flow, pd.DataFrame)
    pairs = {
        "nt": (made["nt"]["n"], hand["nt"]),
        "flow": (made["flow"]["per_s"], flow["flow"]),
        "crossing speed": (made["flow"]["speed"], flow["mean_speed"]),
        "speed": ([made["summary"]["mean_speed_mps"]], [hand["speed"]]),
        "classic": (made["density"]["classic"], hand["classic"]),
        "voronoi": (made["density"]["voronoi"], hand["voronoi"]),
    }
    return [name for name, (a, b) in pairs.items() if len(a) != len(b) or not np.allclose(a, b, atol=6e-5)]


@pytest.mark.parametrize(
    ("name", "rate", "unit"),
    [
        ("uo-050-180-180.txt", 16.0, pedpy.TrajectoryUnit.CENTIMETER),
        ("040_c_56_h-.txt", 25.0, pedpy.TrajectoryUnit.METER),
    ],
)
def test_measured_files_agree_with_pedpy_by_hand(
    test_data: Path, name: str, rate: float, unit: pedpy.TrajectoryUnit
) -> None:
    path = test_data / "juelich" / name
    read = read_trajectories(path, frame_rate=rate)
    setup = setup_for(read)
    assert agree(measure(read, setup), by_hand(path, frame_rate=rate, unit=unit, setup=setup)) == []


def test_written_file_agrees_with_pedpy_by_hand(corridor: Trajectories, tmp_path: Path) -> None:
    path = tmp_path / "corridor.txt"
    rows = zip(corridor.id, corridor.frame, corridor.xy_m, strict=True)
    lines = [f"{i} {f} {x * 100:.4f} {y * 100:.4f} 170" for i, f, (x, y) in rows]
    path.write_text("# framerate: 10 fps\n" + "\n".join(lines), "utf-8")
    read = read_trajectories(path)
    setup = setup_for(read)
    hand = by_hand(path, frame_rate=10, unit=pedpy.TrajectoryUnit.CENTIMETER, setup=setup)
    made = measure(read, setup)
    assert agree(made, hand) == []
    # The comparison sees a fault: the same people read in the wrong unit.
    wrong = read_trajectories(path, unit="m")
    assert agree(measure(wrong, setup_for(wrong)), hand) != []
