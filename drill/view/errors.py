"""What can go wrong before there is a picture."""

from __future__ import annotations


class ViewError(RuntimeError):
    """No picture can be made here; the message says why and how to go on."""


class LeftError(ViewError):
    """The person closed the window before the drill was ready: nothing was played, and nothing is wrong."""
