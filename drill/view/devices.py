"""Keyboard, mouse and gamepad of a window, gathered between two ticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from panda3d.core import (
    ButtonThrower,
    DataGraphTraverser,
    EventQueue,
    GraphicsWindow,
    InputDevice,
    InputDeviceManager,
    MouseAndKeyboard,
    NodePath,
    WindowProperties,
)

from drill.view.controls import Hands
from drill.view.window import Screen

RAD_PER_PIXEL: Final = 0.0026
DOWN, UP = "sonae-key-down", "sonae-key-up"
PAD_NAMES: Final = {
    "face_a": "pad-a",
    "face_b": "pad-b",
    "face_x": "pad-x",
    "back": "pad-back",
    "start": "pad-start",
    "dpad_up": "pad-up",
    "dpad_right": "pad-right",
    "dpad_down": "pad-down",
    "dpad_left": "pad-left",
}

_GAMEPAD: Final[Any] = InputDevice.DeviceClass.gamepad
_AXES: Final[list[Any]] = [
    InputDevice.Axis.left_x,
    InputDevice.Axis.left_y,
    InputDevice.Axis.right_x,
    InputDevice.Axis.right_y,
]


class Devices:
    """Reads what the person does at a window; an offscreen picture has nobody before it."""

    def __init__(self, screen: Screen) -> None:
        self.held: set[str] = set()
        self._pressed: set[str] = set()
        self._turn = self._tilt = 0.0
        self._window = screen.output if isinstance(screen.output, GraphicsWindow) else None
        self._traverser = DataGraphTraverser()
        self._root = NodePath("data")
        self._relative = False
        self._last: tuple[float, float] | None = None
        if self._window is not None:
            mouse = self._root.attach_new_node(MouseAndKeyboard(self._window, 0, "keyboard"))
            thrower = ButtonThrower("keys")
            thrower.set_button_down_event(DOWN)
            thrower.set_button_up_event(UP)
            mouse.attach_new_node(thrower)
            self._thrower = thrower
        self._manager = InputDeviceManager.get_global_ptr() if self._window is not None else None
        self.pad: Any = None
        self.pages = 0
        """How many pages are open: before one, the mouse points and does not turn the head."""
        self.interrupted: Callable[[], bool] = lambda: False
        """Whether staff called everything off: a page goes at once, unanswered."""

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse points, as shares of the width and (from below) the height; None while it turns the head."""
        if self._window is None or not self.pages or self._relative:
            return None
        here = self._window.get_pointer(0)
        width, height = max(self._window.get_x_size(), 1), max(self._window.get_y_size(), 1)
        return (here.get_x() / width, 1 - here.get_y() / height) if here.get_in_window() else None

    def poll(self) -> None:
        """Take what happened since the last call. Called once a picture, after the window's events."""
        if self._window is None:
            return
        self._traverser.traverse(self._root.node())
        self._take_events()
        self._take_mouse(self._window)
        self._take_pad()

    def take(self) -> Hands:
        """Return what hands did since the last tick; what was pressed counts once."""
        walk, look = self._sticks()
        hands = Hands(frozenset(self.held), frozenset(self._pressed), (self._turn, self._tilt), walk, look)
        self._pressed.clear()
        self._turn = self._tilt = 0.0
        return hands

    def key(self, name: str, *, down: bool) -> None:
        """A key or button went down or up."""
        if down:
            if name not in self.held:
                self._pressed.add(name)
            self.held.add(name)
        else:
            self.held.discard(name)

    def _take_events(self) -> None:
        queue = EventQueue.get_global_event_queue()
        while not queue.is_queue_empty():
            event = queue.dequeue_event()
            if event.get_name() in (DOWN, UP) and event.get_num_parameters():
                self.key(event.get_parameter(0).get_string_value(), down=event.get_name() == DOWN)

    def _take_mouse(self, window: GraphicsWindow) -> None:
        properties = window.get_properties()
        if not properties.get_foreground():
            self.held.clear()
            self._last = None
            self._grab(window, grab=False)
            return
        if self.pages:
            self._last = None
            self._grab(window, grab=False)
            return
        self._grab(window, grab=True)
        pointer = window.get_pointer(0)
        if not pointer.get_in_window():
            self._last = None
            return
        here = (pointer.get_x(), pointer.get_y())
        if self._last is not None:
            self._turn -= (here[0] - self._last[0]) * RAD_PER_PIXEL
            self._tilt -= (here[1] - self._last[1]) * RAD_PER_PIXEL
        self._last = here
        width, height = window.get_x_size(), window.get_y_size()
        centre = (width // 2, height // 2)
        far = abs(here[0] - centre[0]) > width // 4 or abs(here[1] - centre[1]) > height // 4
        if far and not self._is_relative(window) and window.move_pointer(0, *centre):
            self._last = (float(centre[0]), float(centre[1]))

    def _is_relative(self, window: GraphicsWindow) -> bool:
        return bool(window.get_properties().get_mouse_mode() == WindowProperties.M_relative)

    def _grab(self, window: GraphicsWindow, *, grab: bool) -> None:
        if grab == self._relative:
            return
        self._relative = grab
        wish = WindowProperties()
        wish.set_cursor_hidden(grab)
        wish.set_mouse_mode(WindowProperties.M_relative if grab else WindowProperties.M_absolute)
        window.request_properties(wish)

    def _take_pad(self) -> None:
        if self._manager is None:
            return
        self._manager.update()
        pads: Any = self._manager.get_devices(_GAMEPAD)
        self.pad = pads[0] if len(pads) else None
        if self.pad is None:
            return
        self.pad.poll()
        for state in self.pad.buttons:
            name = PAD_NAMES.get(state.handle.name) if state.known else None
            if name is not None:
                self.key(name, down=bool(state.pressed))

    def _sticks(self) -> tuple[tuple[float, float], tuple[float, float]]:
        if self.pad is None:
            return (0.0, 0.0), (0.0, 0.0)
        found = [self.pad.find_axis(axis) for axis in _AXES]
        x, y, u, v = (float(axis.value) if axis.known else 0.0 for axis in found)
        return (x, y), (u, v)
