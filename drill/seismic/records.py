"""Reads recorded ground motion: K-NET and KiK-net component files (ASCII), and CSV.

The ASCII format is NIED's (www.kyoshin.bosai.go.jp, "About K-NET ASCII format"): seventeen lines of header, then whole
numbers that times the scale factor are gal; each file holds one component. KiK-net numbers its components 1 to 6: 4, 5
and 6 are north, east and up at the surface. A CSV file holds all components, with a line of column names; see `CSV`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.fault import Fault, FaultyFileError
from drill.seismic.groundmotion import GroundMotion
from drill.seismic.intensity import GAL_PER_MPS2

Floats = npt.NDArray[np.float64]

MAX_RECORD_BYTES: Final = 16 << 20
HEADER_LINES: Final = 17
MOST_SAMPLES: Final = 200 * 900
"""A quarter of an hour at 200 Hz: longer ones are no strong-motion records, or their numbers are mistaken."""
LEAST_HZ: Final = 20.0
MOST_HZ: Final = 1000.0
STRONGEST_MPS2: Final = 60.0
"""Six times gravity in one component: the unit is then mistaken."""
DIRECTIONS: Final = {"N-S": "ns", "E-W": "ew", "U-D": "ud", "4": "ns", "5": "ew", "6": "ud"}
UNDERGROUND: Final = ("1", "2", "3")
CSV: Final = {
    "t_s": ("t_s", 1.0),
    "time_s": ("t_s", 1.0),
    "relativetime(s)": ("t_s", 1.0),
    "ns_gal": ("ns", 0.01),
    "ew_gal": ("ew", 0.01),
    "ud_gal": ("ud", 0.01),
    "n-s(gal)": ("ns", 0.01),
    "e-w(gal)": ("ew", 0.01),
    "u-d(gal)": ("ud", 0.01),
    "ns_mps2": ("ns", 1.0),
    "ew_mps2": ("ew", 1.0),
    "ud_mps2": ("ud", 1.0),
}
"""Column names of CSV files in lower case: what each holds and its factor to seconds or m/s². Others are unread."""
_SCALE = re.compile(r"^\s*([0-9.]+)\s*\(gal\)\s*/\s*([0-9.]+)\s*$")
_HZ = re.compile(r"^\s*([0-9.]+)\s*Hz\s*$", re.IGNORECASE)


class RecordError(FaultyFileError):
    """A record that cannot be read. Each fault names its file and line."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a record: `direction` is ns, ew or ud; `values` (N,) m/s² with their mean taken out."""

    file: str
    station: str
    time: str
    direction: str
    hz: float
    values: Floats


def read_motion(files: Sequence[tuple[str, bytes]]) -> GroundMotion:
    """Return the motion in one CSV file or in two or three component files (the vertical one may be left out).

    Args:
        files: names, which tell CSV from component files by their ending, and contents.

    Raises:
        RecordError: what is wrong, with file, line and value.
    """
    name = files[0][0]
    if len(files) == 1 and name.lower().endswith(".csv"):
        return _read_csv(name, files[0][1])
    if any(one.lower().endswith(".csv") for one, _ in files):
        raise _error(name, 0, name, "give one CSV file, or two or three component files, not a mixture")
    return _together([read_component(one, raw) for one, raw in files])


def read_component(file: str, raw: bytes) -> Component:
    """Return the component in a K-NET or KiK-net ASCII file.

    Raises:
        RecordError: what is wrong, with line and value.
    """
    lines = _lines(file, raw)
    if len(lines) <= HEADER_LINES:
        message = f"a component file has {HEADER_LINES} lines of header and then its numbers; this one ends before"
        raise _error(file, len(lines), str(len(lines)), message)
    head = _Header(file, lines)
    hz = head.number("Sampling Freq(Hz)", _HZ, "such as 100Hz")[0]
    if not LEAST_HZ <= hz <= MOST_HZ:
        line, value = head.field("Sampling Freq(Hz)")
        raise _error(file, line, value, f"the sampling rate lies between {LEAST_HZ:g} and {MOST_HZ:g} Hz")
    gal, counts = head.number("Scale Factor", _SCALE, "such as 3920(gal)/6182761")
    if counts == 0.0:
        line, value = head.field("Scale Factor")
        raise _error(file, line, value, "a scale factor is not divided by nothing")
    line, direction = head.field("Dir.")
    if direction in UNDERGROUND:
        raise _error(file, line, direction, "this is the sensor in the borehole; give the surface: .NS2, .EW2 and .UD2")
    if direction not in DIRECTIONS:
        raise _error(file, line, direction, f"no direction that is known; there are {', '.join(DIRECTIONS)}")
    numbers = np.array(list(_whole_numbers(file, lines)), np.float64)
    seconds = head.number("Duration Time(s)", re.compile(r"^\s*([0-9.]+)\s*$"), "such as 120")[0]
    if abs(len(numbers) - seconds * hz) > hz:
        line, value = head.field("Duration Time(s)")
        message = f"{len(numbers)} samples at {hz:g} Hz are {len(numbers) / hz:g} s: the file is cut off or mixed up"
        raise _error(file, line, value, message)
    values = numbers * gal / counts / GAL_PER_MPS2
    values -= values.mean()
    _check_strength(file, values)
    station, time = head.field("Station Code")[1], head.field("Record Time")[1]
    return Component(file, station, time, DIRECTIONS[direction], hz, values)


class _Header:
    """The header of a component file: names in the first 18 columns, values after them."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._fields = {line[:18].strip(): (n, line[18:].strip()) for n, line in enumerate(lines[:HEADER_LINES], 1)}

    def field(self, name: str) -> tuple[int, str]:
        """Return the line number and the value of a field."""
        if name not in self._fields:
            message = f"the header has no line {name!r}; is this a K-NET or KiK-net ASCII file?"
            raise _error(self._file, 1, "", message)
        return self._fields[name]

    def number(self, name: str, form: re.Pattern[str], wanted: str) -> tuple[float, ...]:
        """Return the numbers in a field of a form."""
        line, value = self.field(name)
        found = form.match(value)
        try:
            numbers = tuple(float(one) for one in found.groups()) if found else ()
        except ValueError:
            numbers = ()
        if not numbers:
            raise _error(self._file, line, value, f"{name!r} is written {wanted}")
        return numbers


def _whole_numbers(file: str, lines: list[str]) -> Iterator[int]:
    count = 0
    for n, line in enumerate(lines[HEADER_LINES:], HEADER_LINES + 1):
        for word in line.split():
            try:
                yield int(word)
            except ValueError:
                raise _error(file, n, word, "samples are whole numbers") from None
            count += 1
            if count > MOST_SAMPLES:
                raise _error(file, n, word, f"a record has at most {MOST_SAMPLES} samples")


def _together(components: list[Component]) -> GroundMotion:
    first = components[0]
    by_direction: dict[str, Component] = {}
    for one in components:
        if one.direction in by_direction:
            message = f"{by_direction[one.direction].file} is the same component; give N-S, E-W and U-D, each once"
            raise _error(one.file, 13, one.direction, message)
        by_direction[one.direction] = one
        for what, line, mine, its in (
            ("station", 6, first.station, one.station),
            ("record time", 10, first.time, one.time),
            ("sampling rate", 11, first.hz, one.hz),
            ("number of samples", 18, len(first.values), len(one.values)),
        ):
            if mine != its:
                message = f"another {what} than in {first.file} ({mine}); components of one record belong together"
                raise _error(one.file, line, str(its), message)
    for needed, called in (("ns", "N-S"), ("ew", "E-W")):
        if needed not in by_direction:
            raise _error(first.file, 13, first.direction, f"the {called} component is missing; name its file too")
    up = by_direction["ud"].values if "ud" in by_direction else np.zeros(len(first.values))
    moved = np.column_stack((by_direction["ew"].values, by_direction["ns"].values, up))
    return GroundMotion(moved, 1.0 / first.hz, f"{first.station} {first.time}")


def _read_csv(file: str, raw: bytes) -> GroundMotion:
    lines = _lines(file, raw)
    start, columns = _csv_columns(file, lines)
    rows: list[list[float]] = []
    places: list[int] = []
    for n, line in enumerate(lines[start:], start + 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split(",")
        row = []
        for at, _, factor in columns:
            text = cells[at].strip() if at < len(cells) else ""
            try:
                value = float(text)
            except ValueError:
                raise _error(file, n, text, f"column {at + 1} of this line holds no number") from None
            if not math.isfinite(value):
                raise _error(file, n, text, f"column {at + 1} of this line is not finite")
            row.append(value * factor)
        rows.append(row)
        places.append(n)
        if len(rows) > MOST_SAMPLES:
            raise _error(file, n, line, f"a record has at most {MOST_SAMPLES} samples")
    if len(rows) < 2:
        raise _error(file, len(lines), str(len(rows)), "a motion has at least two samples")
    named = dict(zip([name for _, name, _ in columns], np.array(rows).T, strict=True))
    steps = np.diff(named["t_s"])
    dt_s = float(np.median(steps))
    uneven = np.flatnonzero(np.abs(steps - dt_s) > max(0.01 * abs(dt_s), 1e-4))
    if dt_s <= 0 or len(uneven):
        wrong = int(uneven[0]) + 1 if len(uneven) else 1
        message = f"samples are evenly spaced in time; most of these are {dt_s:g} s apart"
        raise _error(file, places[wrong], f"{rows[wrong][_time_of(columns)]:g}", message)
    if not 1.0 / MOST_HZ <= dt_s <= 1.0 / LEAST_HZ:
        raise _error(file, start + 1, f"{dt_s:g}", f"samples are {1 / MOST_HZ:g} to {1 / LEAST_HZ:g} s apart")
    up = named.get("ud", np.zeros(len(rows)))
    moved = np.column_stack((named["ew"], named["ns"], up))
    moved -= moved.mean(axis=0)
    _check_strength(file, moved)
    return GroundMotion(moved, dt_s, file)


def _time_of(columns: list[tuple[int, str, float]]) -> int:
    return [name for _, name, _ in columns].index("t_s")


def _csv_columns(file: str, lines: list[str]) -> tuple[int, list[tuple[int, str, float]]]:
    """Return the number of lines up to the column names, and each known column: place, what it holds, factor."""
    for n, line in enumerate(lines[:200], 1):
        names = [cell.strip().lower() for cell in line.lstrip("#\ufeff").split(",")]
        found = [(at, *CSV[name]) for at, name in enumerate(names) if name in CSV]
        held = [name for _, name, _ in found]
        if {"t_s", "ns", "ew"} <= set(held):
            if len(held) != len(set(held)):
                raise _error(file, n, line, "a component stands in two columns; leave one of them out")
            return n, found
    message = "no line names the columns; write 't_s,ns_gal,ew_gal,ud_gal' (or _mps2) above the numbers"
    raise _error(file, 1, lines[0][:60] if lines else "", message)


def _check_strength(file: str, values: Floats) -> None:
    strongest = float(np.abs(values).max())
    if strongest > STRONGEST_MPS2:
        message = f"{strongest:g} m/s² is over {STRONGEST_MPS2:g} m/s²; mistaken unit or scale factor?"
        raise _error(file, 0, f"{strongest:g}", message)


def _lines(file: str, raw: bytes) -> list[str]:
    if len(raw) > MAX_RECORD_BYTES:
        raise _error(file, 0, str(len(raw)), f"a record has at most {MAX_RECORD_BYTES >> 20} MiB")
    try:
        return raw.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _error(file, line, f"byte {raw[error.start]:#04x}", "a record is plain text (ASCII or UTF-8)") from None


def _error(file: str, line: int, value: str, message: str) -> RecordError:
    return RecordError([Fault(file, line, "", value, message)])
