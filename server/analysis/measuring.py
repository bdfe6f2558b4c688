"""What PedPy makes of measured trajectories: N-t, flow, speed and density, with where they were measured."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pedpy
import shapely

from server.analysis.trajectories import Trajectories, TrajectoryError

MARGIN_M: Final = 0.3
"""Walkable ground reaches this far beyond the outermost positions where no ground is given."""
AREA_DEPTH_M: Final = 1.0
CUTOFF_M: Final = 1.0
QUARTER_SEGMENTS: Final = 3
SPEED_WINDOW_S: Final = 0.4
FLOW_FRAMES: Final = 25
CANDIDATES: Final = 41


@dataclass(frozen=True, slots=True)
class Setup:
    """Where is measured, in metres.

    Attributes:
        line: end points of the line whose crossings are counted, ((x, y), (x, y)).
        area: corners of the area of density and speed, convex.
        walkable: corners of the walkable ground, which bounds the Voronoi cells.
        frame_step: frames before and after over which speed is taken.
        given: which of the three were given and not derived.
    """

    line: tuple[tuple[float, float], tuple[float, float]]
    area: tuple[tuple[float, float], ...]
    walkable: tuple[tuple[float, float], ...]
    frame_step: int
    given: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "line": [list(p) for p in self.line],
            "area": [list(p) for p in self.area],
            "walkable": [list(p) for p in self.walkable],
            "frame_step": self.frame_step,
            "given": list(self.given),
        }


def setup_for(
    trajectories: Trajectories,
    *,
    line: str | None = None,
    area: str | None = None,
    walkable: str | None = None,
) -> Setup:
    """Return where to measure: as given in WKT (metres), else derived from the trajectories.

    Derived, the line lies across the main direction of walking, in the middle of where most people pass; the area is
    1 m of the way around it, as wide as people walk there; walkable is their bounding box and 0.3 m more.

    Raises:
        TrajectoryError: a WKT text is not what it should be.
    """
    xy = trajectories.xy_m
    low, high = xy.min(axis=0) - MARGIN_M, xy.max(axis=0) + MARGIN_M
    axis = _main_axis(trajectories)
    at = _where_most_pass(trajectories, axis)
    other = 1 - axis
    near = np.abs(xy[:, axis] - at) <= AREA_DEPTH_M / 2
    beside = xy[near, other] if near.any() else xy[:, other]

    def point(along: float, across: float) -> tuple[float, float]:
        x, y = (along, across) if axis == 0 else (across, along)
        return round(float(x), 3), round(float(y), 3)

    left, right = float(beside.min()) - MARGIN_M, float(beside.max()) + MARGIN_M
    half = AREA_DEPTH_M / 2
    derived_area = (point(at - half, left), point(at + half, left), point(at + half, right), point(at - half, right))
    ground = (
        point(float(low[axis]), float(low[other])),
        point(float(high[axis]), float(low[other])),
        point(float(high[axis]), float(high[other])),
        point(float(low[axis]), float(high[other])),
    )
    ends = _wkt(line, "LineString", "--line") if line else None
    if ends is not None and len(ends) != 2:
        msg = f"--line {line!r} has {len(ends)} points; a measurement line has two: LINESTRING (0 0, 2 0)"
        raise TrajectoryError(msg)
    given = {"line": line, "area": area, "walkable": walkable}
    return Setup(
        line=(ends[0], ends[1]) if ends else (point(at, float(low[other])), point(at, float(high[other]))),
        area=tuple(_wkt(area, "Polygon", "--area")) if area else derived_area,
        walkable=tuple(_wkt(walkable, "Polygon", "--walkable")) if walkable else ground,
        frame_step=max(round(SPEED_WINDOW_S / 2 * trajectories.frame_rate), 1),
        given=tuple(name for name, value in given.items() if value),
    )


def measure(trajectories: Trajectories, setup: Setup) -> dict[str, Any]:
    """Return N-t, flow, speed and density by PedPy as plain values.

    `nt`: time in s and people past the line. `flow`: for each stretch of 25 frames with crossings, its middle in s,
    people a second and mean speed in m/s. `density`: time, classic and Voronoi density in people/m². `speed`: time and
    mean speed in the area in m/s (none where it is empty). `summary`: single figures.

    Raises:
        TrajectoryError: people stand outside the walkable ground.
    """
    frame = pd.DataFrame(
        {"id": trajectories.id, "frame": trajectories.frame, "x": trajectories.xy_m[:, 0], "y": trajectories.xy_m[:, 1]}
    )
    data = pedpy.TrajectoryData(data=frame, frame_rate=trajectories.frame_rate)
    ground = pedpy.WalkableArea(list(setup.walkable))
    area = pedpy.MeasurementArea(list(setup.area))
    line = pedpy.MeasurementLine([list(p) for p in setup.line])
    if not pedpy.is_trajectory_valid(traj_data=data, walkable_area=ground):
        outside = len(pedpy.get_invalid_trajectory(traj_data=data, walkable_area=ground))
        msg = f"{trajectories.name}: {outside} positions lie outside the walkable ground; give a larger one"
        raise TrajectoryError(msg)
    speed = pedpy.compute_individual_speed(
        traj_data=data,
        frame_step=setup.frame_step,
        speed_calculation=pedpy.SpeedCalculation.BORDER_SINGLE_SIDED,
    )
    with warnings.catch_warnings():
        # PedPy warns where nobody crosses the line; the page says so in its own words.
        warnings.simplefilter("ignore")
        nt, crossings = pedpy.compute_n_t(traj_data=data, measurement_line=line)
    classic = pedpy.compute_classic_density(traj_data=data, measurement_area=area)
    cells = pedpy.compute_individual_voronoi_polygons(
        traj_data=data,
        walkable_area=ground,
        cut_off=pedpy.Cutoff(radius=CUTOFF_M, quad_segments=QUARTER_SEGMENTS),
    )
    voronoi, _ = pedpy.compute_voronoi_density(individual_voronoi_data=cells, measurement_area=area)
    inside = pedpy.compute_mean_speed_per_frame(traj_data=data, individual_speed=speed, measurement_area=area)
    flow = _flow(nt, crossings, speed, trajectories.frame_rate)
    occupied = classic["density"] > 0
    crossed = len(crossings)
    return {
        "nt": {
            "t_s": _rounded(nt["time"]),
            "n": [int(v) for v in nt["cumulative_pedestrians"]],
        },
        "flow": flow,
        "density": {
            "t_s": _times(classic, trajectories.frame_rate),
            "classic": _rounded(classic["density"]),
            "voronoi": _rounded(voronoi["density"]),
        },
        "speed": {
            "t_s": _times(inside, trajectories.frame_rate),
            "mean": [None if c == 0 else v for c, v in zip(classic["density"], _rounded(inside["speed"]), strict=True)],
        },
        "summary": {
            "persons": trajectories.persons,
            "crossed": crossed,
            "mean_speed_mps": round(float(speed["speed"].mean()), 4),
            "mean_flow_per_s": _mean_flow(crossings, trajectories.frame_rate),
            "mean_density_per_m2": round(float(voronoi["density"][occupied].mean()), 4) if occupied.any() else 0.0,
            "max_density_per_m2": round(float(voronoi["density"].max()), 4),
        },
    }


def _flow(nt: pd.DataFrame, crossings: pd.DataFrame, speed: pd.DataFrame, frame_rate: float) -> dict[str, list[float]]:
    if len(crossings) < 2:
        return {"t_s": [], "per_s": [], "speed": []}
    table = pedpy.compute_flow(
        nt=nt, crossing_frames=crossings, individual_speed=speed, delta_frame=FLOW_FRAMES, frame_rate=frame_rate
    )
    flow, mean = table["flow"], table["mean_speed"]
    middles = pd.Series(_middles(nt)) / frame_rate
    return {"t_s": _rounded(middles), "per_s": _rounded(flow), "speed": _rounded(mean)}


def _middles(nt: pd.DataFrame) -> list[float]:
    """Return the middle frame of each row of `pedpy.compute_flow`, which gives none itself.

    Its rows: every 25 frames from the first crossing on in which anybody crossed; a row ends one frame after the last
    crossing in it, and the next begins there.
    """
    passed = nt["cumulative_pedestrians"].to_numpy()
    frames = nt["frame"].to_numpy() if "frame" in nt.columns else nt.index.to_numpy()
    first_with = {int(n): int(f) for n, f in zip(passed[::-1], frames[::-1], strict=True)}
    at = dict(zip(frames.tolist(), passed.tolist(), strict=True))
    begin, count = min(f for n, f in first_with.items() if n > 0), 0
    middles: list[float] = []
    for frame in range(begin + FLOW_FRAMES, int(frames.max()), FLOW_FRAMES):
        if at[frame] != count:
            count = at[frame]
            end = first_with[count] + 1
            middles.append((begin + end) / 2)
            begin = end
    return middles


def _mean_flow(crossings: pd.DataFrame, frame_rate: float) -> float | None:
    """Return (n - 1) crossings over the time from the first to the last, people a second."""
    if len(crossings) < 2:
        return None
    span = float(crossings["frame"].max() - crossings["frame"].min()) / frame_rate
    return round((len(crossings) - 1) / span, 4) if span > 0 else None


def _times(table: pd.DataFrame, frame_rate: float) -> list[float]:
    frames = table["frame"] if "frame" in table.columns else pd.Series(table.index)
    return _rounded(frames / frame_rate)


def _rounded(values: pd.Series) -> list[float]:
    return [round(float(v), 4) for v in values]


def _main_axis(trajectories: Trajectories) -> int:
    """Return 0 when people walk rather along x, 1 along y: by the sum of their net displacements' sizes."""
    first = np.flatnonzero(np.diff(trajectories.id, prepend=-1))
    last = np.append(first[1:], len(trajectories.id)) - 1
    net = np.abs(trajectories.xy_m[last] - trajectories.xy_m[first]).sum(axis=0)
    return int(net[1] > net[0])


def _where_most_pass(trajectories: Trajectories, axis: int) -> float:
    """Return the place along the axis that most people pass: the middle one of the best candidates."""
    along = pd.Series(trajectories.xy_m[:, axis]).groupby(trajectories.id)
    low, high = along.min().to_numpy(), along.max().to_numpy()
    places: npt.NDArray[np.float64] = np.linspace(float(low.min()), float(high.max()), CANDIDATES)
    passing = np.array([int(((low < p) & (high > p)).sum()) for p in places])
    best = np.flatnonzero(passing == passing.max())
    return round(float(places[best[len(best) // 2]]), 2)


def _wkt(text: str, kind: str, option: str) -> list[tuple[float, float]]:
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        shape = None
    if shape is None or shape.geom_type != kind or not shape.is_valid or shape.is_empty:
        example = "LINESTRING (0 0, 2 0)" if kind == "LineString" else "POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))"
        msg = f"{option} {text[:80]!r} is no valid {kind} in WKT; write it in metres, such as {example}"
        raise TrajectoryError(msg)
    corners = shape.coords if kind == "LineString" else shape.exterior.coords[:-1]
    return [(float(x), float(y)) for x, y in (c[:2] for c in corners)]
