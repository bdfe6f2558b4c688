"""Likely doubles: a clerk decides. Nothing is merged by itself, and a merge can be undone for a while.

A merge moves nothing: one person's id leads to the other from then on. That is what makes it possible to undo.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.accounts import sign_ins
from server.audit.service import record
from server.columns import now
from server.db import insert_into
from server.people import known, store
from server.people.models import Double, Person
from server.settings import Settings


class DecisionError(ValueError):
    """A pair cannot be decided so: it was decided already, is one person by now, or its time for undoing is over."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair as it stands now, after what was merged before."""

    double: Double
    people: tuple[Person, Person]


def look_for(db: Session, one: Person) -> int:
    """Put who may be the same as this person into the queue; return how many are new there.

    Alike are people born on the same day who are read or written the same, whatever form a kanji has.
    """
    count = 0
    for other in store.alike(db, one):
        first, second = sorted((one.id, other.id))
        added = (
            insert_into(db, Double)
            .values(person_a=first, person_b=second)
            .on_conflict_do_nothing(index_elements=["person_a", "person_b"])
            .returning(Double.id)
        )
        new = db.scalars(added).one_or_none()
        if new is not None:
            record(db, "system", "double.find", f"double:{new}", {"people": [first, second]})
            count += 1
    return count


def queue(db: Session) -> list[Pair]:
    """Return the pairs that wait for a clerk, oldest first."""
    return [pair for double in store.doubles_by(db, decision="") if (pair := _pair(db, double)) is not None]


def undoable(db: Session, settings: Settings) -> list[Double]:
    """Return the merges that can still be undone, newest first."""
    merged = store.doubles_by(db, decision="merge")
    return [double for double in reversed(merged) if undo_until(double, settings) > now()]


def pair_of(db: Session, double_id: str) -> Pair | None:
    """Return a pair that waits for a decision; None when there is none such or both are one person by now."""
    double = store.double(db, double_id)
    return _pair(db, double) if double is not None and not double.decision else None


def merge(db: Session, double_id: str, *, keep: str, actor: str) -> Person:
    """Let one person of a pair be the other from now on; return the one that stays.

    Who was signed in as the other is signed out.

    Raises:
        DecisionError: the pair does not wait for a decision, or `keep` is not of it.
    """
    pair = pair_of(db, double_id)
    kept = next((one for one in pair.people if one.id == keep), None) if pair else None
    if pair is None or kept is None:
        msg = f"the pair {double_id[:16]!r} does not wait for a decision, or the one to keep is not of it"
        raise DecisionError(msg)
    gone = next(one for one in pair.people if one is not kept)
    gone.merged_into = kept.id
    _decide(pair.double, "merge", actor)
    pair.double.kept, pair.double.gone = kept.id, gone.id
    kept.verified_at = kept.verified_at or gone.verified_at
    db.flush()
    sign_ins.end_all(db, actor=actor, person_id=gone.id)
    record(db, actor, "double.merge", f"double:{double_id}", {"kept": kept.id, "gone": gone.id})
    return kept


def keep_apart(db: Session, double_id: str, *, actor: str) -> None:
    """Note that the two are two. The pair is not asked about again. Raise DecisionError as `merge`."""
    pair = pair_of(db, double_id)
    if pair is None:
        msg = f"the pair {double_id[:16]!r} does not wait for a decision"
        raise DecisionError(msg)
    _decide(pair.double, "apart", actor)
    db.flush()
    record(db, actor, "double.apart", f"double:{double_id}", {"people": [one.id for one in pair.people]})


def undo(db: Session, settings: Settings, double_id: str, *, actor: str) -> None:
    """Take a merge back: both are two again, each with what was theirs, and the pair waits for a decision.

    What was entered after the merge stays with the person that stayed. Both are signed out.

    Raises:
        DecisionError: the pair was not merged, or that is too long ago.
    """
    double = store.double(db, double_id)
    if double is None or double.decision != "merge" or undo_until(double, settings) <= now():
        msg = f"the pair {double_id[:16]!r} was not merged in the last {settings.merge_undo_days} days"
        raise DecisionError(msg)
    gone = store.person(db, double.gone)
    if gone is not None:
        gone.merged_into = None
    for one in (double.kept, double.gone):
        sign_ins.end_all(db, actor=actor, person_id=one)
    record(db, actor, "double.undo", f"double:{double_id}", {"kept": double.kept, "gone": double.gone})
    double.decision, double.decided_at, double.decided_by, double.kept, double.gone = "", None, "", "", ""
    db.flush()


def undo_until(double: Double, settings: Settings) -> dt.datetime:
    """Return until when a merge can be undone."""
    return (double.decided_at or now()) + dt.timedelta(days=settings.merge_undo_days)


def _decide(double: Double, decision: str, actor: str) -> None:
    double.decision = decision
    double.decided_at = now()
    double.decided_by = actor


def _pair(db: Session, double: Double) -> Pair | None:
    first, second = known.get(db, double.person_a), known.get(db, double.person_b)
    return Pair(double, (first, second)) if first.id != second.id else None
