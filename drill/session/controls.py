"""What staff ask of a running drill from afar: stop, pause, injects; handed over from the control link's thread."""

from __future__ import annotations

import threading
from collections import deque

from drill.record.inputs import BUTTON_PAUSE
from drill.record.wire import Command
from drill.scenario.scenario import Scenario


class Controls:
    """Takes commands on any thread and gives them to the drill tick by tick."""

    def __init__(self, scenario: Scenario) -> None:
        self._injects = {inject.id for inject in scenario.model.injects}
        self._lock = threading.Lock()
        self._waiting: deque[Command] = deque()
        self._paused = False
        self._called_off = threading.Event()
        self._quitting = threading.Event()

    @property
    def called_off(self) -> bool:
        """Whether 訓練中止 is in force: no run goes on or begins, and no page waits."""
        return self._called_off.is_set()

    @property
    def over(self) -> bool:
        """Whether nothing is asked or shown any more: all was called off, or the program is to end."""
        return self._called_off.is_set() or self._quitting.is_set()

    def quit(self) -> None:
        """End the run and the program after it, without asking anything more; also from a signal handler."""
        self._quitting.set()

    def room_stop(self, on: bool) -> None:  # what a room calls, with what it heard
        """Call everything off, or lift that."""
        if on:
            self._called_off.set()
            self.do(Command(id="room", action="room_stop"))
        else:
            self._called_off.clear()

    def do(self, command: Command) -> str:
        """Take a command and return "", or say why it cannot be done."""
        if command.action == "inject" and command.inject not in self._injects:
            have = ", ".join(sorted(self._injects)) or "none"
            return f"no inject {command.inject!r} here; there are {have}"
        if command.action == "start":
            return "a drill is running; stop it first"
        with self._lock:
            self._waiting.append(command)
        return ""

    def take(self) -> tuple[bool, int, tuple[str, ...]]:
        """Return what is due at the next tick: whether to stop, buttons to press, injects to fire."""
        stop, buttons = self._quitting.is_set(), 0
        injects: list[str] = []
        with self._lock:
            while self._waiting:
                command = self._waiting.popleft()
                if command.action in ("stop", "room_stop"):
                    stop = True
                elif command.action == "inject":
                    injects.append(command.inject)
                elif (command.action == "pause") != self._paused:
                    self._paused = command.action == "pause"
                    buttons = BUTTON_PAUSE
                    break
        return stop, buttons, tuple(injects)
