"""Rules of acts that ask for a second person: one alone never gets them done.

Where `single_on_duty` is set, one person may, but never silently: with a proof given after the proposal, after a delay
in which anybody with the right may stop it, and with a review by somebody else that stays due until it is given.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.access.policies import POLICIES
from server.accounts.directory import standing
from server.accounts.principal import Principal
from server.approvals import store
from server.approvals.acts import Act, act, act_of
from server.approvals.models import (
    DONE,
    EXPIRED,
    FAILED,
    OPEN,
    PROPOSED,
    REFUSED,
    WAITING,
    WITHDRAWN,
    Approval,
)
from server.audit.service import record
from server.columns import now
from server.errors import Refused
from server.jobs import service as jobs
from server.settings import Settings

__all__ = ["act", "decide", "propose", "review", "withdraw"]

log = logging.getLogger("sonae.approvals")

EXECUTE: Final = "approvals.execute"
EXPIRE: Final = "approvals.expire"
LIVES: Final = timedelta(days=14)
"""A proposal that nobody decided by then has expired."""
KEPT_FOR: Final = timedelta(days=1095)
REASON_LENGTH: Final = 500


class StaleProofError(Exception):
    """Who decides must first show again that it is them."""


def _settings(db: Session) -> Settings:
    settings: Settings = db.info["settings"]
    return settings


def propose(db: Session, who: Principal, *, act: str, payload: BaseModel | dict[str, Any], reason: str) -> Approval:
    """Propose an act; another person decides it.

    Args:
        db: a session that may write.
        who: the staff member.
        act: name of a registered act.
        payload: what it is about: ids and choices, no personal data.
        reason: why; shown to who decides, never written to the audit record.

    Raises:
        ActError: there is no such act.
        pydantic.ValidationError: the payload does not fit the act.
        Refused: this staff member may not propose it, or gives no reason.
    """
    wanted = act_of(act)
    _must(who, wanted.proposes)
    given = payload.model_dump() if isinstance(payload, BaseModel) else payload
    content = wanted.payload.model_validate(given).model_dump(mode="json")
    reason = reason.strip()
    if not 1 <= len(reason) <= REASON_LENGTH:
        ja, en = f"理由を1〜{REASON_LENGTH}文字で書いてください。", f"Give a reason of 1 to {REASON_LENGTH} characters."
        raise Refused(ja, en, status=422, code="reason")
    at = now()
    made = Approval(
        act=act,
        payload=content,
        reason=reason,
        proposed_by=who.id,
        department=who.department,
        proposed_at=at,
        expires_at=at + LIVES,
        state=PROPOSED,
        alone=False,
        result={},
    )
    db.add(made)
    db.flush()
    jobs.enqueue(db, EXPIRE, {}, after=made.expires_at)
    record(db, who.actor, "approval.propose", f"approval:{made.id}", {"act": act, "payload": _digest(content)})
    return made


def decide(db: Session, who: Principal, approval_id: str, *, approve: bool, note: str = "") -> Approval:
    """Approve or refuse a proposal. Approved by a second person it is carried out at once, in this transaction.

    Approved by its own proposer, where `single_on_duty` is set, it waits for `single_delay_hours`.

    Raises:
        LookupError: there is no such proposal, or it is not this staff member's business.
        StaleProofError: the proof is too old; of one alone on duty it must be younger than the proposal.
        Refused: it is decided already, or one person alone would decide.
    """
    _must(who, "approvals.decide")
    found = _open(db, who, approval_id)
    alone = is_own(who, found)
    if approve and alone and found.state == WAITING:
        ja, en = "すでに承認ずみです。決められた時刻を待っています。", "You approved it already; it waits for its hour."
        raise Refused(ja, en, code="waiting")
    if approve and alone and not _settings(db).single_on_duty:
        ja = "ご自分の申請を、ご自分で承認することはできません。ほかの管理者に頼んでください。"
        raise Refused(ja, "You cannot approve your own proposal. Ask another administrator.", status=403, code="alone")
    _must_be_fresh(db, who, found, alone=alone and approve)
    if not approve:
        return _settle(db, found, REFUSED, who, note)
    found.decided_by, found.decided_at, found.note, found.alone = who.id, now(), note.strip()[:REASON_LENGTH], alone
    if alone:
        found.state = WAITING
        found.run_after = now() + timedelta(hours=_settings(db).single_delay_hours)
        db.flush()
        jobs.enqueue(db, EXECUTE, {"approval": found.id}, after=found.run_after)
        detail = {"act": found.act, "run_after": found.run_after.isoformat()}
        record(db, who.actor, "approval.alone", f"approval:{found.id}", detail)
        return found
    record(db, who.actor, "approval.approve", f"approval:{found.id}", {"act": found.act})
    return _carry_out(db, found)


def withdraw(db: Session, who: Principal, approval_id: str) -> Approval:
    """Take one's own proposal back, also while it waits. Raise LookupError or Refused."""
    found = _open(db, who, approval_id)
    if found.proposed_by != who.id:
        raise LookupError(approval_id)
    return _settle(db, found, WITHDRAWN, who, "")


def review(db: Session, who: Principal, approval_id: str, *, note: str) -> Approval:
    """Look afterwards at what one person did alone. Raise LookupError, StaleProofError or Refused."""
    _must(who, "approvals.review")
    found = get(db, who, approval_id)
    _must_be_fresh(db, who, found, alone=False)
    if not found.needs_review:
        ja, en = "確認するものはありません。", "There is nothing to review."
        raise Refused(ja, en, code="settled")
    if who.id in (found.proposed_by, found.decided_by):
        ja = "ご自分で行ったことの事後確認は、ほかの人が行います。"
        raise Refused(ja, "Somebody else must review what you did alone.", status=403, code="alone")
    found.reviewed_by, found.reviewed_at, found.review_note = who.id, now(), note.strip()[:REASON_LENGTH]
    db.flush()
    record(db, who.actor, "approval.review", f"approval:{found.id}", {"act": found.act})
    return found


def is_own(who: Principal, found: Approval) -> bool:
    """Tell whether somebody would decide what they proposed themselves."""
    return found.proposed_by == who.id


def is_due(found: Approval) -> bool:
    """Tell whether the hour has come of what one person alone approved."""
    return found.state == WAITING and found.run_after is not None and found.run_after <= now()


def carry_out_due(db: Session, approval_id: str) -> None:
    """Carry out what one person alone approved and nobody stopped, once its hour has come; nothing else."""
    found = store.locked(db, approval_id)
    if found is not None and is_due(found):
        _carry_out(db, found)


def expire(db: Session) -> int:
    """Let proposals expire that nobody decided in time; return how many."""
    late = store.undecided(db, at=now())
    for found in late:
        found.state, found.settled_at = EXPIRED, now()
        record(db, "system", "approval.expire", f"approval:{found.id}", {"act": found.act})
    db.flush()
    return len(late)


def get(db: Session, who: Principal, approval_id: str) -> Approval:
    """Return an approval that this staff member may see. Raise LookupError."""
    found = db.get(Approval, approval_id)
    if found is None or not may_see(who, found):
        raise LookupError(approval_id)
    return found


def may_see(who: Principal, found: Approval) -> bool:
    """Tell whether an approval is a staff member's business: who proposed it, who may decide or review it."""
    if who.kind != "staff":
        return False
    oversees = POLICIES["approvals.decide"].admits(who) or POLICIES["approvals.review"].admits(who)
    return found.proposed_by == who.id or (oversees and who.of_department(found.department))


def listed(db: Session, who: Principal, *, limit: int = 200) -> list[Approval]:
    """Return what this staff member may see, newest first."""
    return [found for found in store.newest(db, limit=limit) if may_see(who, found)]


def due(db: Session, who: Principal) -> list[Approval]:
    """Return what waits for this staff member: to be decided, to be stopped while it still can be, to be reviewed."""
    decides, reviews = (POLICIES[name].admits(who) for name in ("approvals.decide", "approvals.review"))
    return [
        found
        for found in store.pending(db)
        if may_see(who, found)
        and found.proposed_by != who.id
        and ((found.is_open and decides) or (found.state == WAITING and reviews) or (found.needs_review and reviews))
    ]


# --- inside ------------------------------------------------------------------------------------------------------


def _must(who: Principal, policy: str) -> None:
    if not POLICIES[policy].admits(who):
        ja, en = "この操作をする権限がありません。", "You may not do this."
        raise Refused(ja, en, status=403)


def _must_be_fresh(db: Session, who: Principal, found: Approval, *, alone: bool) -> None:
    proved = who.proved_at
    if proved is None or now() - proved > timedelta(minutes=_settings(db).proof_minutes):
        raise StaleProofError
    if alone and proved <= found.proposed_at:
        raise StaleProofError


def _open(db: Session, who: Principal, approval_id: str) -> Approval:
    """Return an open proposal, locked, so that two who decide at once do not both carry it out."""
    found = store.locked(db, approval_id)
    if found is None or not may_see(who, found):
        raise LookupError(approval_id)
    if found.state not in OPEN or (found.state == PROPOSED and found.expires_at <= now()):
        ja, en = "この申請は、もう決まっています。", "This proposal is settled already."
        raise Refused(ja, en, code="settled")
    return found


def _settle(db: Session, found: Approval, state: str, who: Principal, note: str) -> Approval:
    before = found.state
    found.state, found.settled_at = state, now()
    if state == REFUSED:
        found.decided_by, found.decided_at, found.note = who.id, now(), note.strip()[:REASON_LENGTH]
    db.flush()
    act_name = "approval.refuse" if state == REFUSED else "approval.withdraw"
    record(db, who.actor, act_name, f"approval:{found.id}", {"act": found.act, "was": before})
    return found


def _carry_out(db: Session, found: Approval) -> Approval:
    """Do the act. Who proposed it must still be there and may still propose it; what fails leaves nothing behind."""
    wanted: Act = act_of(found.act)
    try:
        if found.alone and not _settings(db).single_on_duty:
            ja, en = "いまは一人での承認はできません。", "One person alone may no longer decide here."
            raise Refused(ja, en)
        _must(standing(db, found.proposed_by), wanted.proposes)
        with db.begin_nested():
            payload = wanted.payload.model_validate(found.payload)
            found.result = wanted.run(db, payload, found)
        found.state, found.error = DONE, ""
    except Exception as error:
        # Whatever went wrong in the act belongs to the proposal's record; nothing of the act has happened.
        log.error("act %s of approval %s failed (%s)", found.act, found.id, type(error).__name__)
        found.state, found.error, found.result = FAILED, type(error).__name__, {}
    found.settled_at = now()
    db.flush()
    detail = {"act": found.act, "payload": _digest(found.payload), "alone": found.alone}
    detail |= {"error": found.error} if found.state == FAILED else {"result": found.result}
    record(db, found.proposer, f"approval.{found.state}", f"approval:{found.id}", detail)
    return found


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
