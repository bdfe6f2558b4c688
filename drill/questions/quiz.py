"""The quiz of a scenario: single-choice questions with one right option, asked one after another after the run."""

from __future__ import annotations

from collections.abc import Sequence

from drill.record.events import Answered
from drill.scenario.model import Question


class Quiz:
    """Asks the questions of a scenario in their order."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._waiting = list(questions)

    @property
    def current(self) -> Question | None:
        """The question that waits for an answer, or None when all were answered."""
        return self._waiting[0] if self._waiting else None

    def take(self, question: str) -> Question | None:
        """Take a question out, to be asked during the run; None when it was asked before."""
        for one in self._waiting:
            if one.id == question:
                self._waiting.remove(one)
                return one
        return None

    def answer(self, option: str, *, tick: int) -> Answered | None:
        """Answer the current question; None when there is none or it has no such option."""
        question = self.current
        if question is None:
            return None
        answered = judge_answer(question, option, tick=tick)
        if answered is not None:
            self._waiting.pop(0)
        return answered

    def skip(self) -> None:
        """Leave the remaining questions unanswered."""
        self._waiting.clear()


def judge_answer(question: Question, option: str, *, tick: int) -> Answered | None:
    """Return the answer as an event, or None when the question has no such option."""
    for one in question.options:
        if one.id == option:
            return Answered(tick, question.id, option, one.correct)
    return None
