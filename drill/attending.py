"""A person after their run: looking back, and this moment again as often as they wish; unless all is called off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex

import msgspec

from drill.beside import Beside
from drill.record.run import RecordedRun, RunHeader
from drill.scenario.scenario import Scenario
from drill.session.again import AgainError, again_at, again_header
from drill.session.controls import Controls
from drill.session.lookback import facts_of, look_back
from drill.session.playing import View, play
from drill.session.result import Result
from drill.session.station import StationRun, keep


@dataclass(slots=True)
class Attendance:
    """Looks after a person at a view once their run has ended.

    Attributes:
        scenario, view, controls, station, beside: of the run.
        language: of texts.
        say: tells staff.
    """

    scenario: Scenario
    view: View
    controls: Controls
    station: StationRun | None
    beside: Beside
    language: str
    say: Callable[[str], None]

    def at_end(self, run: RecordedRun) -> None:
        """Show what happened, before the quiz; nothing where all was called off."""
        if self._goes_on():
            self.beside.tell("debrief")
            ended = next((e.reason for e in reversed(run.events) if hasattr(e, "reason")), "")
            self.view.happened(facts_of(run, self.scenario, language=self.language), ended)

    def after(self, result: Result) -> None:
        """Show the rest of the debrief, and let moments be played again; nothing of that is counted."""
        told = look_back(result, language=self.language)
        while self._goes_on():
            self.beside.tell("debrief")
            chosen = self.view.look_back(told)
            if chosen is None:
                break
            self._again(result, chosen)
            told = replace(told, explained=(), home=())
        self.halted()

    def halted(self) -> bool:
        """Where all was called off, say so until that is lifted. Returns whether it was."""
        if not self.controls.called_off:
            return False
        self.beside.tell("waiting")
        if not self.view.closed:
            self.view.halt()
        return True

    def _goes_on(self) -> bool:
        return not (self.view.closed or self.controls.over)

    def _again(self, result: Result, chosen: int) -> None:
        header = result.run.header
        try:
            again = again_at(result.run, result.moments[chosen].tick, digests=result.digests)
            header = again_header(_fresh(header), again)
            # Without a ticket a record is taken back by its own code, and this run has none: it is kept nowhere.
            station = self.station if header.ticket_hash else None
            keeping = keep(
                header,
                out=None,
                config=None if station is None else station.config,
                spool=None if station is None else station.spool,
            )
            play(
                self.scenario,
                seed=again.seed,
                view=self.view,
                recorder=keeping.recorder,
                progress=self.beside.watcher(header.run_id, self.view),
                controls=self.controls,
                show=None if station is None or keeping.kept == "nothing" else station.show,
                realtime=True,
                kept=keeping.kept,
                header=header,
                again=again,
            )
        except AgainError as error:
            self.say(str(error))


def _fresh(header: RunHeader) -> RunHeader:
    return msgspec.structs.replace(
        header,
        run_id=token_hex(16),
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        consent=header.consent if header.ticket_hash else "",
        withdrawal="",
    )
