"""What shows a drill, as the drill sees it: it knows no window, no driver and no key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from drill.record.inputs import Inputs
from drill.session.frame import Frame
from drill.session.lookback import Fact, LookBack

Picture = npt.NDArray[np.uint8]


class View(Protocol):
    """What shows a drill. A person's view also makes inputs.

    Attributes:
        touched: whether a person has done anything at it yet.
    """

    touched: bool

    @property
    def closed(self) -> bool:
        """Whether the window is gone."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What staff are told of this machine's picture afterwards."""

    def heed(self, called_off: Callable[[], bool]) -> None:
        """Let every page go, unanswered, once `called_off` is true."""

    def consent(self) -> str:
        """Ask the person before the drill; return the version of the recording consent given, or ""."""

    def farewell(self, run: str, code: str, address: str) -> bool:
        """Show after the drill by which codes its record can be taken back; return whether the person does so now."""

    def happened(self, facts: tuple[Fact, ...], ended: str) -> None:
        """Show what happened in the run that has just ended, until the person goes on."""

    def look_back(self, told: LookBack) -> int | None:
        """Show the rest of the debrief; return which moment is to be played again, from 0, or None."""

    def ready(self, frame: Frame) -> None:
        """Let the person take the resident's place at `frame`, and wait until they are ready."""

    def halt(self) -> None:
        """Show that everything was called off, until that is lifted."""

    def eye(self) -> Picture | None:
        """Return what the resident sees, for staff: shape (height, width, 3), or None where nothing was drawn."""

    def inputs(self, frame: Frame) -> Inputs:
        """Return what the person did for the tick after `frame`."""

    def png(self) -> bytes:
        """Return the picture of the latest frame as a PNG file."""

    def draw(self, frame: Frame) -> None:
        """Show a frame."""

    def close(self) -> None:
        """Close the window."""
