"""The result of a run: what `result.json` holds."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from drill.metrics import Metrics, compute_metrics, judge, moment_text, three_moments
from drill.metrics.moments import Moment
from drill.metrics.objectives import Judgement
from drill.metrics.track import end_of
from drill.record.disk import sync_folder
from drill.record.events import Answered, Suffered
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario

NAME: Final = "result.json"
SCHEMA: Final = "sonae-result/1"
EXPOSURES: Final = ("max_depth_m", "max_depth_speed_m2ps", "time_above_knee_s", "fed", "smoke_time_s")


class ResultError(RuntimeError):
    """A result cannot be written. The text names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    Attributes:
        scenario: what was played.
        run: the run as it was recorded, for further figures.
        digest: SHA-256 over its tick states and events.
        ended: why it ended.
        kept: what was kept of it: `open` (run.sonae), `sealed` (in the spool) or `nothing`.
        metrics, objectives, moments: what it was worth.
        digests: the digest at whole seconds, by tick, for playing a moment again.
        lost: why the picture was lost while the run was on, "" when it was not.
    """

    scenario: Scenario
    run: RecordedRun
    digest: str
    ended: str
    kept: str
    metrics: Metrics
    objectives: tuple[Judgement, ...]
    moments: tuple[Moment, ...]
    digests: Mapping[int, str] = field(default_factory=dict)
    lost: str = ""

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        run: RecordedRun,
        *,
        digest: str,
        ended: str,
        kept: str,
        digests: Mapping[int, str] | None = None,
        lost: str = "",
    ) -> Result:
        """Return the result of a recorded run."""
        metrics = compute_metrics(run, scenario)
        return cls(
            scenario=scenario,
            run=run,
            digest=digest,
            ended=ended,
            kept=kept,
            metrics=metrics,
            objectives=judge(scenario, metrics),
            moments=three_moments(run, scenario, metrics),
            digests=digests or {},
            lost=lost,
        )

    @property
    def end_s(self) -> float:
        """Run time at which the drill ended, s."""
        return end_of(self.run)

    def as_dict(self, *, language: str = "ja") -> dict[str, Any]:
        """Return plain values for JSON. Of a person's run that is not kept, only what says nothing of the person."""
        header, model = self.run.header, self.scenario.model
        plain: dict[str, Any] = {
            "schema": SCHEMA,
            "scenario": {"id": model.id, "version": model.version, "hash": self.scenario.hash},
            "seed": header.seed,
            "build": header.build,
            "profile": header.profile,
            "locomotion": header.locomotion,
            "kept": self.kept,
            "digest": self.digest,
            "ended": self.ended,
        }
        if header.gentle:
            plain["gentle"] = True
        if header.again_of:
            plain |= {"counted": False, "again_of": header.again_of, "again_tick": header.again_tick}
        if self.kept == "nothing" and header.locomotion != "scripted":
            return plain
        metrics = self.metrics.as_dict()
        suffered = [e for e in self.run.events if isinstance(e, Suffered)]
        return plain | {
            "run_id": header.run_id,
            "objectives": [
                {
                    "id": one.objective,
                    "state": one.state,
                    "value": one.value,
                    "reason": one.reason,
                    "evidence_tick": one.evidence_tick,
                }
                for one in self.objectives
            ],
            "metrics": {f["id"]: {k: v for k, v in f.items() if k != "id"} for f in metrics.pop("figures")},
            "measured": metrics,
            "exposures": {id_: self.metrics[id_].value for id_ in EXPOSURES}
            | {"max_extinction_per_m": max((e.extinction_per_m for e in suffered), default=0.0)},
            "quiz": [
                {"question": e.question, "option": e.option, "correct": e.correct}
                for e in self.run.events
                if isinstance(e, Answered)
            ],
            "moments": [self._moment(m, language) for m in self.moments],
        }

    def _moment(self, moment: Moment, language: str) -> dict[str, Any]:
        words = moment_text(moment, self.scenario, language)
        return {"rule": moment.rule, "tick": moment.tick, "t_s": moment.t_s, "question": words.question}


def write_result(folder: Path, plain: dict[str, Any]) -> Path:
    """Write `result.json` into a folder: whole, or not at all. Raise ResultError."""
    text = json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return _kept(folder / NAME, text.encode("utf-8"), option="--out")


def keep_picture(path: Path, png: bytes) -> Path:
    """Write a picture: whole, or not at all. Raise ResultError."""
    return _kept(path, png, option="--picture")


def _kept(path: Path, content: bytes, *, option: str) -> Path:
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        msg = f"{path} cannot be written: {error.strerror or error}; make room on the disk or name another {option}"
        raise ResultError(msg) from error
    return path
