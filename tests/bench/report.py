"""Measures every figure beside its anchor and writes `docs/performance.md`: what `./run bench` does.

Each script in this folder named in SCRIPTS prints one JSON object a line with `figure`, the numbers, and where there
is one the `anchor`, the `ratio` and its `target`. Ratios are the result; times are of the machine they ran on.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.figure import Figure as Canvas

ROOT: Final = Path(__file__).resolve().parents[2]
SCRIPTS: Final = (
    "drill_core.py",
    "ingest.py",
    "people.py",
    "sign_in.py",
    "sound.py",
    "stage.py",
    "view.py",
)
DOCUMENT: Final = ROOT / "docs" / "performance.md"
PLOT: Final = ROOT / "docs" / "pictures" / "growth.svg"

Figure = dict[str, Any]


def measure(script: str, arguments: Sequence[str] = ()) -> list[Figure]:
    """Run a script of this folder; return its figures. Raise SystemExit with its status when it fails."""
    sys.stderr.write(f"measuring {script}\n")
    command = [sys.executable, str(ROOT / "tests" / "bench" / script), *arguments]
    figures: list[Figure] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        for line in process.stdout or ():
            if line.startswith("{"):
                figures.append(json.loads(line))
                sys.stderr.write(f"  {line}")
    if process.returncode:
        raise SystemExit(process.returncode)
    return figures


def document(figures: Sequence[Figure]) -> str:
    """Return the document: the ratios on top, every number below."""
    lines = [
        "# Performance",
        "",
        "Made by `./run bench`. Ratios against anchors that ran beside us in the same run are the result; times and",
        "shares are of one shared two-core machine without a graphics card and differ from run to run.",
        "",
        f"Measured with Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}.",
        "",
        "## Ratios and targets",
        "",
        "| figure | ours against | ratio | target | held |",
        "|---|---|---|---|---|",
    ]
    lines += [verdict(figure) for figure in figures if "target" in figure]
    if any(figure["figure"] == "growth" for figure in figures):
        lines += ["", "## Growth with the number of people", "", "![Time a tick against people](pictures/growth.svg)"]
    names = list(dict.fromkeys(str(figure["figure"]) for figure in figures))
    for name in names:
        lines += ["", f"## {name}", "", *table([f for f in figures if f["figure"] == name])]
    return "\n".join(lines) + "\n"


def verdict(figure: Figure) -> str:
    """Return the row of a figure that has a target. `at_least` tells that more is better."""
    ratio, target = float(figure["ratio"]), float(figure["target"])
    more = bool(figure.get("at_least"))
    held = ratio >= target if more else ratio <= target
    bound = f"{'≥' if more else '≤'} {target:g}"
    named = ("figure", "scenario", "channels", "people", "stations")
    what = ", ".join(str(figure[key]) for key in named if key in figure)
    return f"| {what} | {figure.get('anchor', '')} | {ratio:g} | {bound} | {'yes' if held else 'NO'} |"


def table(figures: Sequence[Figure]) -> list[str]:
    """Return the rows of a figure as a table."""
    columns = list(dict.fromkeys(key for figure in figures for key in figure if key != "figure"))
    rows = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    rows += ["| " + " | ".join(_shown(figure.get(column, "")) for column in columns) + " |" for figure in figures]
    return rows


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(content)}" for key, content in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value)


def growth_plot(rows: Sequence[Figure]) -> str:
    """Return the time a tick against the number of people, by part, as SVG."""
    people = [row["people"] for row in rows]
    parts = list(rows[0]["split_ms"])
    with rc_context({"svg.hashsalt": "sonae", "svg.fonttype": "none"}):
        canvas = Canvas(figsize=(8, 4.5), layout="constrained")
        axes = canvas.add_subplot()
        axes.plot(people, [row["ms_per_tick"] for row in rows], "k-o", label="all")
        for part, marker in zip(parts, "svD^P*X", strict=False):
            axes.plot(people, [row["split_ms"][part] for row in rows], marker=marker, lw=1, label=part)
        axes.axhline(1000 / 60, color="0.5", ls="--", label="real time (16.7 ms)")
        axes.set(xscale="log", yscale="log", xlabel="people", ylabel="ms a tick (1/60 s)")
        axes.set_xticks(people, [str(n) for n in people])
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend()
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Title": "Time a tick against people"})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write. `--only SCRIPT` measures one script and prints its figures."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--only", choices=SCRIPTS, help="measure one script and write nothing")
    arguments = parser.parse_args(argv)
    if arguments.only:
        measure(arguments.only)
        return 0
    figures = [figure for script in SCRIPTS for figure in measure(script)]
    grown = [figure for figure in figures if figure["figure"] == "growth"]
    if grown:
        PLOT.write_text(growth_plot(grown), "utf-8")
    DOCUMENT.write_text(document(figures), "utf-8")
    sys.stderr.write(f"written: {DOCUMENT.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
