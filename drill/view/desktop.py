"""The drill in a window with keyboard, mouse and gamepad, or the same picture with no display at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from msgspec import structs

from drill.people.posture import EYE_SHARE
from drill.people.state import Posture
from drill.record.inputs import Inputs
from drill.scenario.model import Flood
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.session.lookback import Fact, LookBack
from drill.view.between import Between
from drill.view.consent import ConsentPage
from drill.view.controls import Hands, Stance, inputs_of
from drill.view.debrief import Debrief
from drill.view.devices import Devices
from drill.view.errors import ViewError
from drill.view.farewell import Codes, FarewellPage
from drill.view.font import FOLDERS_VARIABLE, PACKAGES
from drill.view.gltf import own_model
from drill.view.hud import Hud
from drill.view.making import Told, untold
from drill.view.onebutton import OneButton
from drill.view.opening import Opening
from drill.view.prompting import PromptChoice
from drill.view.reading import Reader
from drill.view.scene import Moment, Scene
from drill.view.sound.settings import SoundSettings
from drill.view.sound.sounds import Sounds
from drill.view.stopping import StopQuestion
from drill.view.subtitles import Subtitles
from drill.view.window import Picture, Screen, to_png

SIZE: Final = (1280, 720)
OFFSCREEN_EVERY_S: Final = 5.0
"""With nobody before it a picture every few seconds of the run is enough; `picture` draws the latest frame."""


class DesktopView:
    """Shows frames and reads a person's inputs. It never changes a drill but by those inputs.

    Args:
        scenario: what is played.
        offscreen: draw by EGL into a buffer; else open a window.
        size: of the picture in pixels.
        language: `ja`, `ja-simple` or `en`.
        samples: samples a pixel against jagged edges; 0 is quickest.
        one_button: play with one button, see `drill.view.onebutton`.
        sound: how loud and how gently sounds are played; None plays none, and their subtitles go on.
        told: hears what has to be made before the first picture; a window shows it too.

    Raises:
        ViewError: no graphics driver, display or Japanese font; the message says what to do.
        LeftError: the window was closed before all was made.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        offscreen: bool = False,
        size: tuple[int, int] = SIZE,
        language: str = "ja",
        samples: int = 4,
        one_button: bool = False,
        sound: SoundSettings | None = None,
        told: Told = untold,
    ) -> None:
        title = scenario.model.title.in_language("en" if language == "en" else "ja")
        self.screen = Screen(offscreen=offscreen, size=size, title=f"Sonae: {title}", samples=samples)
        self.devices = Devices(self.screen)
        height = scenario.model.resident.height_m
        self.hud = Hud(self.screen, language=language, body_height_m=height)
        opening = Opening(self.screen, self.hud, title, told=told)
        opening("stage", 0.0)
        playing = sound is not None and not offscreen
        self.sounds = Sounds(scenario, language, "openal" if playing else "none", settings=sound)
        floods = [h for h in scenario.model.hazards if isinstance(h, Flood)]
        try:
            self.scene = Scene(scenario.site, self.screen, floods, model=own_model(scenario.folder), told=opening)
            self.scene.rest(resting=True)
            opening.wait(lambda: self.sounds.made)
            self.scene.rest(resting=False)
        except ViewError:
            self.sounds.close()
            self.screen.close()
            raise
        opening.clear()
        self._reader = Reader(scenario, language)
        self._stance = Stance.standing(EYE_SHARE[Posture.STANDING] * height)
        self._one_button = OneButton() if one_button else None
        self._stop = StopQuestion(self.hud.words)
        self._choice = PromptChoice(self.devices, self.hud, one_button=one_button)
        self._subtitles = Subtitles(scenario, language)
        self._slow = self.screen.driver if self.screen.hurried else ""
        self._between = Between()
        self._frame: Frame | None = None
        self._drawn_t = -OFFSCREEN_EVERY_S
        self._size = self.screen.size
        self._given_back = False
        self.touched = False
        """Whether the person has done anything yet."""

    @property
    def closed(self) -> bool:
        """True once the window is gone; the drill ends then without blame."""
        return self._given_back or self.screen.closed

    def consent(self) -> str:
        """Ask the person whether the run may be recorded; return the version of the text agreed to, or ""."""
        page = ConsentPage(self.screen, self.devices, self.hud)
        with self._resting():
            return page.version if page.ask() else ""

    def farewell(self, run: str, code: str, address: str) -> bool:
        """Show by which codes the record can be taken back; return whether the person does so at once."""
        page = FarewellPage(self.screen, self.devices, self.hud, Codes(run, code, address))
        with self._resting():
            return page.ask()

    def debrief(self, **more: Any) -> Debrief:
        """Return the pages after a run; nothing of the scene is drawn behind them."""
        return Debrief(self.screen, self.devices, self.hud, **more)

    def happened(self, facts: tuple[Fact, ...], ended: str) -> None:
        """Show what happened in the run that has just ended."""
        with self._resting():
            self.debrief().happened(facts, ended)

    def look_back(self, told: LookBack) -> int | None:
        """Show answers, home and moments; return which moment is to be played again, from 0, or None."""
        with self._resting():
            return self.debrief().look_back(told)

    def ready(self, frame: Frame) -> None:
        """Let the person take the place of the resident at `frame`, and begin when they are ready."""
        body = frame.resident
        standing = self._stance.standing_eye_m
        self._stance = Stance(body.head.z - body.feet[2], standing, body.posture)
        self._between = Between()
        with self._resting():
            self.debrief().ready()

    def halt(self) -> None:
        """Show that everything was called off, until that is lifted or the window is closed."""
        with self._resting():
            self.debrief().halt()

    def heed(self, called_off: Callable[[], bool]) -> None:
        """Let every page go, unanswered, once `called_off` is true."""
        self.devices.interrupted = called_off

    def eye(self) -> Picture | None:
        """Return what was drawn last, for staff beside; None before the first picture and after the window."""
        return None if self._frame is None or self.closed else self.screen.picture()

    @property
    def notes(self) -> tuple[str, ...]:
        """What staff are told of this machine's picture: letters that no font has, a missing graphics card."""
        found = []
        if self.hud.pen.lost:
            found.append(
                f"no font here can write {self.hud.pen.lost!r}: they were shown as 〓; install {PACKAGES}, or name a "
                f"folder with such a font in {FOLDERS_VARIABLE}"
            )
        if self._slow:
            found.append(
                f"no graphics card draws here ({self._slow}): the picture is plainer and slow; install its "
                "driver, or make the window smaller"
            )
        return tuple(found)

    @contextmanager
    def _resting(self) -> Iterator[None]:
        self.sounds.hush()
        self.scene.rest(resting=True)
        try:
            yield
        finally:
            self.scene.rest(resting=False)

    def inputs(self, frame: Frame) -> Inputs:
        """Return what the person did for the tick after `frame`."""
        self.sounds.notice(frame)
        hands = self.devices.take()
        self.touched = self.touched or hands.busy
        if self._stop.asked:
            buttons = self._stop.take(hands, frame)
            self._stance, inputs = inputs_of(Hands(), self._stance, frame)
            return structs.replace(inputs, buttons=inputs.buttons | buttons)
        chosen = self._choice.take(hands, frame, areas=self.hud.areas)
        buttons = 0
        if self._one_button is not None:
            if self._choice.asked:
                self._one_button.forget()
            else:
                hands = self._one_button.hands(hands, speed_mps=frame.resident.speed_mps)
                buttons = self._stop.ask(frame) if self._one_button.wants_stop and not frame.ended else 0
        self._stance, inputs = inputs_of(hands, self._stance, frame)
        return structs.replace(inputs, choose=chosen or inputs.choose, buttons=inputs.buttons | buttons)

    def see(self, frame: Frame) -> None:
        """Take a frame that is not to be shown: what swings has its past in the frames before."""
        self._frame = frame
        self._between.see(frame)
        if not self.closed:
            self.scene.see(frame)

    def draw(self, frame: Frame) -> None:
        """Show a frame; a window that was closed shows nothing more."""
        self.see(frame)
        if self.closed:
            return
        if not self.screen.offscreen or self._due(frame):
            self._render(frame)

    def _due(self, frame: Frame) -> bool:
        since = frame.t_s - self._drawn_t
        return since >= OFFSCREEN_EVERY_S - 1e-9 or since < 0 or bool(frame.ended)

    def _render(self, frame: Frame) -> None:
        self._drawn_t = frame.t_s
        if self.screen.size != self._size:
            self._size = self.screen.size
            self.scene.fit(self._size)
            self.hud.fit(self._size)
        xy, z = self._between.places(frame.tick)
        self.scene.show(Moment(frame, frame.t_s, frame.resident.head, xy, z))
        self.hud.keys = "one_button" if self._one_button else "pad" if self.devices.pad is not None else "keys"
        self.sounds.show(frame, frame.resident.head, self.scene.people.voices)
        lines = self._subtitles.read(frame, self.sounds.voices, speaking=self.sounds.speaking)
        reading = replace(self._reader.read(frame), subtitles=lines.announcements, sounds=lines.sounds)
        if self._stop.asked and not frame.ended:
            self.hud.show(replace(reading, question=self._stop.question, paused=False, note=""), self._stop.mark)
        else:
            stopping = 0.0 if self._one_button is None else self._one_button.stopping
            self.hud.show(replace(reading, stopping=stopping), self._choice.mark)
        self.screen.render()
        self.devices.poll()

    def picture(self) -> Picture:
        """Return the picture of the latest frame, shape (height, width, 3), top row first.

        Raises:
            ViewError: no frame was drawn yet, or the window is closed.
        """
        if self._frame is None or self.closed:
            msg = "there is no picture: draw a frame first, and before the window is closed"
            raise ViewError(msg)
        self._render(self._frame)
        return self.screen.picture()

    def png(self) -> bytes:
        """Return the picture of the latest frame as a PNG file."""
        return to_png(self.picture())

    def close(self) -> None:
        """Close the window. More than once does no harm."""
        if not self._given_back:
            self._given_back = True
            self.sounds.close()
            self.screen.close()
