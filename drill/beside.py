"""What stands beside a run at a station: the room that may call everything off, and the operator's window."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drill.session.controls import Controls
from drill.session.frame import Frame
from drill.session.operating import Setup
from drill.session.playing import View
from drill.session.room import Room
from drill.session.roomcall import StationState
from drill.session.roomkey import room_key
from drill.session.station import StationRun
from drill.view.errors import ViewError

if TYPE_CHECKING:
    from drill.view.operatorlink import OperatorLink


@dataclass(slots=True)
class Beside:
    """The room and the operator's window of one run; either may be missing.

    Attributes:
        room: where this station is heard and hears; None without a room's key.
        operator: the window; None where none was asked for.
    """

    room: Room | None = None
    operator: OperatorLink | None = None

    @classmethod
    def of(cls, args: argparse.Namespace, station: StationRun | None, controls: Controls) -> Beside:
        """Return what the command line and the day's bundle say.

        Raises:
            ConfigError: the room's key cannot be read.
            ViewError: an operator's window where nothing draws.
        """
        key = room_key(args, station)
        name = (station.config.name if station is not None else "") or platform.node() or "station"
        room = None if key is None else Room(key, name=name, on_stop=controls.room_stop)
        operator = None
        if args.operator:
            try:
                from drill.view.operatorlink import OperatorLink  # noqa: PLC0415  # a machine may have no panda3d
            except ImportError as error:
                msg = f"the operator's window is not installed ({error}); install Sonae with its extra 'drill'"
                raise ViewError(msg) from error
            setup = Setup(str(args.path.resolve()), name, "" if key is None else key.hex(), gentle=args.gentle)
            operator = OperatorLink(setup, controls, offscreen=args.offscreen)
        return cls(room, operator)

    def start(self) -> None:
        """Listen, and open the window."""
        if self.room is not None:
            self.room.start()
        if self.operator is not None:
            self.operator.start()

    def tell(self, state: StationState) -> None:
        """Say what the station does while no drill is drawn."""
        if self.room is not None:
            self.room.tell(state)
        if self.operator is not None:
            self.operator.tell(state)

    def watcher(self, run_id: str, view: View | None) -> Callable[[Frame], None]:
        """Return what is to be told of every frame of a run."""

        def watch(frame: Frame) -> None:
            if self.room is not None:
                self.room.tell("debrief" if frame.ended else "paused" if frame.paused else "drill")
            if self.operator is not None:
                self.operator.show(run_id, frame, None if view is None else view.eye)

        return watch

    def close(self) -> None:
        """Leave the room. An operator's window whose stop is in force stays until that is lifted."""
        if self.operator is not None:
            if self.operator.gone:
                sys.stderr.write("the operator's window was closed before the run ended; the run went on without it\n")
            self.operator.close()
        if self.room is not None:
            if self.room.fault:
                sys.stderr.write(f"{self.room.fault}; this station was not heard by the others\n")
            self.room.close()
