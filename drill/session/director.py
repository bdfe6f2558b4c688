"""The director: lets the scenario happen. Warnings, events, injects, decisions, announcements; no physics."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from drill.questions.quiz import Quiz, judge_answer
from drill.record.events import AnyEvent, Cue, Decided, Injected, Warned
from drill.scenario.model import Action, Decision, Question, ScenarioModel
from drill.session.announcements import announcement_id, spoken_s
from drill.session.frame import Prompt
from drill.session.triggers import Condition, Seen


@dataclass(slots=True)
class Directions:
    """What the director wants done in this step.

    Attributes:
        events: events to keep.
        doors: (verb, door id) in order; verbs are open, close, lock, unlock.
        end: why the run is to end, or "".
        power: "on" or "off" when the mains light is to go on or off, or "".
    """

    events: list[AnyEvent] = field(default_factory=list)
    doors: list[tuple[str, str]] = field(default_factory=list)
    end: str = ""
    power: str = ""


class Director:
    """Watches triggers and acts. Call `step` once a tick, in order.

    Attributes:
        happened: when each warning, event, decision and inject happened, s.
        perceived: when each warning and cue, and each event or inject that shows, was first perceived, s: what the
            crowd sets out after.
        warning_level: the level in force: the highest since the last cancelling warning, 0 when none.
        warning: id of the latest warning, or "".
        alarm: whether the alarm sounds.
        quiz: the questions left for after the run.
    """

    def __init__(self, model: ScenarioModel) -> None:
        self._model = model
        self._warnings = deque(sorted(model.warnings, key=lambda w: w.at_s))
        self._events = [(event, Condition(event.when)) for event in model.events]
        self._decisions = [(decision, Condition(decision.when)) for decision in model.decisions]
        self._injects = {inject.id: inject for inject in model.injects}
        self._prompts: deque[Decision | Question] = deque()
        self._speaking: list[tuple[str, float]] = []
        self._any_cue = False
        self._asked: set[str] = set()
        self._met: set[str] = set()
        self._followed = {group.after for group in model.crowd.groups}
        self.quiz = Quiz(model.quiz)
        self.happened: dict[str, float] = {}
        self.perceived: dict[str, float] = {}
        self.warning_level = 0
        self.warning = ""
        self.alarm = False

    @property
    def prompt(self) -> Prompt | None:
        """What the resident is asked now."""
        if not self._prompts:
            return None
        return prompt_of(self._prompts[0])

    def subtitles(self, t_s: float) -> tuple[str, ...]:
        """Return the ids of the announcements that are being spoken."""
        self._speaking = [(name, until) for name, until in self._speaking if until > t_s]
        return tuple(name for name, _ in self._speaking)

    def step(
        self,
        seen: Seen,
        *,
        tick: int,
        choose: str = "",
        passed_door: str = "",
        injects: Sequence[str] = (),
    ) -> Directions:
        """Let happen what is due.

        Args:
            seen: what triggers look at; its `happened` is this director's own.
            tick: the tick of the events.
            choose: option that the resident chose.
            passed_door: door that the resident went through in this step.
            injects: injects that staff fired.

        Raises:
            ValueError: an inject that the scenario does not have.
        """
        done = Directions()
        self._take_choice(done, seen.t_s, tick, choose, passed_door)
        while self._warnings and seen.t_s >= self._warnings[0].at_s - 1e-9:
            warning = self._warnings.popleft()
            self.warning = warning.id
            self.warning_level = warning.level if warning.cancel else max(self.warning_level, warning.level)
            self.happened[warning.id] = seen.t_s
            done.events.append(Warned(tick, warning.id, warning.level))
            self._perceive(done, warning.id, seen.t_s, tick, warned=True)
            self._speaking.append((warning.id, seen.t_s + spoken_s(warning.announcement)))
        for name in injects:
            if name not in self._injects:
                msg = f"inject {name!r} is not in the scenario; it has {', '.join(self._injects) or 'none'}"
                raise ValueError(msg)
            if name not in self.happened:
                self.happened[name] = seen.t_s
                done.events.append(Injected(tick, name, "staff"))
                self._act(done, name, self._injects[name].do, seen.t_s, tick)
        for event, condition in self._events:
            if event.id not in self.happened and condition.met(seen):
                self.happened[event.id] = seen.t_s
                done.events.append(Injected(tick, event.id, "scenario"))
                self._act(done, event.id, event.do, seen.t_s, tick, notice=event.notice)
        for decision, condition in self._decisions:
            if decision.id not in self._asked and condition.met(seen):
                self._put(done, decision, tick)
        return done

    def perceive(self, cue: str, *, t_s: float, tick: int) -> list[AnyEvent]:
        """Tell that something perceptible began outside the script (water or smoke came), once for each cue."""
        done = Directions()
        if cue not in self._met:
            self._met.add(cue)
            self._perceive(done, cue, t_s, tick)
        return done.events

    def _perceive(self, done: Directions, cue: str, t_s: float, tick: int, *, warned: bool = False) -> None:
        self.perceived.setdefault(cue, t_s)
        if not warned or not self._any_cue:
            done.events.append(Cue(tick, cue, first=not self._any_cue))
        self._any_cue = True

    def _act(
        self,
        done: Directions,
        owner: str,
        actions: Sequence[Action],
        t_s: float,
        tick: int,
        *,
        notice: bool = False,
    ) -> None:
        spoken = 0
        if owner in self._followed:
            self.perceived.setdefault(owner, t_s)
        for action in actions:
            if action.announce is not None:
                name = announcement_id(owner, spoken)
                spoken += 1
                self._speaking.append((name, t_s + spoken_s(action.announce)))
                if not notice:
                    self._perceive(done, name, t_s, tick)
            elif action.alarm is not None:
                self.alarm = action.alarm == "on"
                if self.alarm:
                    self._perceive(done, "alarm", t_s, tick)
            elif action.cue is not None:
                self._perceive(done, action.cue, t_s, tick)
            elif action.ask is not None:
                self._ask(done, action.ask, tick)
            elif action.end is not None:
                done.end = action.end
            elif action.power is not None:
                done.power = action.power
            else:
                for verb in ("open", "close", "lock", "unlock"):
                    door = getattr(action, verb)
                    if door is not None:
                        done.doors.append((verb, door))

    def _ask(self, done: Directions, name: str, tick: int) -> None:
        for decision, _ in self._decisions:
            if decision.id == name and name not in self._asked:
                self._put(done, decision, tick)
                return
        question = self.quiz.take(name)
        if question is not None:
            self._prompts.append(question)

    def _put(self, done: Directions, decision: Decision, tick: int) -> None:
        self._asked.add(decision.id)
        self._prompts.append(decision)
        done.events.append(Decided(tick, decision.id))

    def _take_choice(self, done: Directions, t_s: float, tick: int, choose: str, passed_door: str) -> None:
        if choose and self._prompts:
            asked = self._prompts[0]
            if isinstance(asked, Question):
                answered = judge_answer(asked, choose, tick=tick)
                if answered is not None:
                    self._prompts.popleft()
                    done.events.append(answered)
            else:
                self._decide(done, asked, choose, t_s, tick)
        if passed_door:
            for asked in [p for p in self._prompts if isinstance(p, Decision)]:
                for option in asked.options:
                    if option.door == passed_door:
                        self._decide(done, asked, option.id, t_s, tick)
                        break

    def _decide(self, done: Directions, decision: Decision, choose: str, t_s: float, tick: int) -> None:
        for option in decision.options:
            if option.id == choose:
                self._prompts.remove(decision)
                self.happened[decision.id] = t_s
                done.events.append(Decided(tick, decision.id, option.id, option.correct))
                return


def prompt_of(asked: Decision | Question) -> Prompt:
    """Return what a frame shows of a decision or question."""
    options = tuple(option.id for option in asked.options)
    return Prompt("decision" if isinstance(asked, Decision) else "quiz", asked.id, options)
