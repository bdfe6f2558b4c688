"""Measured trajectories in the text format of Forschungszentrum Jülich's data archive.

Lines of `id frame x y [z]`, divided by blanks or tabs; lines with # are comments. `# framerate: 25 fps` gives the frame
rate, `# id frame x/m y/m z/m` the unit. Where the unit is not written, z tells it: a body height above 10 can only be
in centimetres.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Unit = Literal["m", "cm"]
MAX_BYTES: Final = 200_000_000
MAX_SPAN_M: Final = 2000.0
MIN_FRAMES: Final = 2
_RATE: Final = re.compile(r"frame\s*-?_?rate\s*[:=]?\s*([0-9]+(?:[.,][0-9]+)?)", re.IGNORECASE)
_COLUMN: Final = re.compile(r"\bx\s*[/\[(]\s*(cm|m)\b", re.IGNORECASE)
_FACTOR: Final = {"m": 1.0, "cm": 0.01}


class TrajectoryError(ValueError):
    """A file that is not as the format says. The text names file, line and value and says what to do."""


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Measured trajectories, ordered by person and frame.

    Attributes:
        name: name of the file, without its folder.
        hash: SHA-256 of the file.
        frame_rate: frames a second.
        unit: unit that the file was written in.
        id: person, shape (N,).
        frame: number of the frame, shape (N,).
        xy_m: position, shape (N, 2), metres.
    """

    name: str
    hash: str
    frame_rate: float
    unit: Unit
    id: npt.NDArray[np.int64]
    frame: npt.NDArray[np.int64]
    xy_m: npt.NDArray[np.float64]

    @property
    def persons(self) -> int:
        """How many people there are."""
        return len(np.unique(self.id))

    @property
    def duration_s(self) -> float:
        """From the first frame to the last."""
        return float(self.frame.max() - self.frame.min()) / self.frame_rate


def read_trajectories(path: Path, *, frame_rate: float | None = None, unit: Unit | None = None) -> Trajectories:
    """Return the trajectories in a file. What is given here goes before what the file says.

    Raises:
        TrajectoryError: the file is not as the format says, or frame rate or unit are nowhere to be found.
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        msg = f"{path.name} has {size} bytes; at most {MAX_BYTES} are read. Cut it into shorter files"
        raise TrajectoryError(msg)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path.name}: byte {error.start} is no UTF-8 text; this is not a trajectory text file"
        raise TrajectoryError(msg) from None
    comments, rows = _rows(path.name, text)
    found_rate = frame_rate if frame_rate is not None else _frame_rate(path.name, comments)
    if not (math.isfinite(found_rate) and 0 < found_rate <= 1000):
        msg = f"{path.name}: frame rate {found_rate} must lie above 0 and at most 1000 frames a second"
        raise TrajectoryError(msg)
    found_unit = unit or _unit(path.name, comments, rows)
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    rows = rows[order]
    person, frame = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    xy = rows[:, 2:4] * _FACTOR[found_unit]
    _check(path.name, person, frame, xy, found_unit)
    return Trajectories(path.name, hashlib.sha256(content).hexdigest(), found_rate, found_unit, person, frame, xy)


def _rows(name: str, text: str) -> tuple[list[str], npt.NDArray[np.float64]]:
    comments: list[str] = []
    values: list[list[float]] = []
    width = 0
    for n, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith("#"):
            comments.append(stripped)
            continue
        parts = stripped.split()
        width = width or len(parts)
        if len(parts) not in (4, 5) or len(parts) != width:
            wanted = "4 or 5 columns (id frame x y, and z if there is one)"
            msg = f"{name}, line {n}: {len(parts)} columns in {stripped[:60]!r}; write {wanted}, the same in every line"
            raise TrajectoryError(msg)
        values.append([_number(name, n, part) for part in parts])
        for column, what in ((0, "id"), (1, "frame")):
            value = values[-1][column]
            if value != int(value) or value < 0:
                msg = f"{name}, line {n}: {what} {parts[column]!r} must be a whole number that is not negative"
                raise TrajectoryError(msg)
    if not values:
        msg = f"{name} holds no trajectory: no line of id frame x y"
        raise TrajectoryError(msg)
    return comments, np.array(values)


def _number(name: str, line: int, part: str) -> float:
    try:
        value = float(part)
    except ValueError:
        hint = "; write decimals with a point" if "," in part else ""
        msg = f"{name}, line {line}: {part[:30]!r} is no number{hint}"
        raise TrajectoryError(msg) from None
    if not math.isfinite(value):
        msg = f"{name}, line {line}: {part[:30]!r} is no position; leave out frames in which a person was not seen"
        raise TrajectoryError(msg)
    return value


def _frame_rate(name: str, comments: list[str]) -> float:
    for comment in comments:
        found = _RATE.search(comment)
        if found:
            return float(found[1].replace(",", "."))
    msg = f"{name} does not say its frame rate ('# framerate: 25 fps'); give it with --frame-rate"
    raise TrajectoryError(msg)


def _unit(name: str, comments: list[str], rows: npt.NDArray[np.float64]) -> Unit:
    for comment in comments:
        found = _COLUMN.search(comment)
        if found:
            return "cm" if found[1].lower() == "cm" else "m"
    if rows.shape[1] == 5:
        height = float(np.median(rows[:, 4]))
        if 10 < height < 300:
            return "cm"
        if 0.5 < height < 2.5:
            return "m"
    msg = f"{name} does not say its unit ('# id frame x/m y/m z/m'), nor does z; give it with --unit m or --unit cm"
    raise TrajectoryError(msg)


def _check(
    name: str, person: npt.NDArray[np.int64], frame: npt.NDArray[np.int64], xy: npt.NDArray[np.float64], unit: Unit
) -> None:
    twice = np.flatnonzero((np.diff(person) == 0) & (np.diff(frame) == 0))
    if len(twice):
        i = int(twice[0])
        msg = f"{name}: person {person[i]} stands twice in frame {frame[i]}; each id and frame may come once"
        raise TrajectoryError(msg)
    if frame.max() - frame.min() + 1 < MIN_FRAMES:
        msg = f"{name} has one frame only, {frame.min()}; speed and flow need at least {MIN_FRAMES}"
        raise TrajectoryError(msg)
    span = float(np.ptp(xy, axis=0).max())
    if span > MAX_SPAN_M:
        msg = f"{name}: positions span {span:.0f} m when read in {unit}; if the unit is wrong, give it with --unit"
        raise TrajectoryError(msg)
