"""The requests of `house_asks`, for the office: what needs two people, the audit record, letters to many, requests."""

from __future__ import annotations

from typing import Final

from house_asks import ANSWERED, ASKS, Ask, Maker
from house_people_asks import at, on, person_of
from house_world import Caller, World

# --- what needs two people -------------------------------------------------------------------------------------------


def _own_approval(world: World, caller: Caller) -> str:
    return world.approval(proposed_by=caller.staff_id or "x")


def _anothers_approval(world: World, _caller: Caller) -> str:
    return world.approval(proposed_by="another")


def _done_alone(world: World, _caller: Caller) -> str:
    return world.approval(proposed_by="another", done_alone=True)


on("GET /approvals/{approval_id}", lambda w, c: f"/approvals/{_own_approval(w, c)}")
on("POST /approvals/{approval_id}/withdraw", lambda w, c: f"/approvals/{_own_approval(w, c)}/withdraw")
on("GET /approvals/{approval_id}/decide", lambda w, c: f"/approvals/{_anothers_approval(w, c)}/decide")
on(
    "POST /approvals/{approval_id}/decide",
    lambda w, c: f"/approvals/{_anothers_approval(w, c)}/decide",
    data={"decision": "refuse", "note": "不要"},
)
on("GET /approvals/{approval_id}/review", lambda w, c: f"/approvals/{_done_alone(w, c)}/review")
on(
    "POST /approvals/{approval_id}/review",
    lambda w, c: f"/approvals/{_done_alone(w, c)}/review",
    data={"note": "確認した"},
)
at("POST /exports", data={"since": "2026-12-01", "until": "2026-12-31", "reason": "年度の報告"})
on("POST /exports/{approval_id}/file", lambda w, c: f"/exports/{w.approved_export(c)}/file")

# --- the record, letters ---------------------------------------------------------------------------------------------

at("POST /audit/verify", data={})
on("GET /mail/{batch_id}", lambda w, _c: f"/mail/{w.mail_batch()}")
on("POST /mail/{batch_id}/confirm", lambda w, _c: f"/mail/{w.mail_batch()}/confirm", data={"count": "2"})
on("POST /mail/{batch_id}/cancel", lambda w, _c: f"/mail/{w.mail_batch()}/cancel")

# --- consents, requests ----------------------------------------------------------------------------------------------

on(
    "POST /my/consents/{whose}/{purpose}/give",
    lambda _w, _c: "/my/consents/me/results/give",
    data=lambda w, _c: {"version": w.consent_version("results")},
)
on("GET /my/consents/{whose}/{purpose}/withdraw", lambda _w, _c: "/my/consents/me/results/withdraw")
on("POST /my/consents/{whose}/{purpose}/withdraw", lambda _w, _c: "/my/consents/me/results/withdraw")
at("POST /my/requests", data={"kind": "disclosure", "about": "訓練の記録"})
on(
    "POST /my/requests/{request_id}/take-back",
    lambda w, c: f"/my/requests/{w.data_request(person_of(w, c))}/take-back",
)
at(
    "POST /requests",
    data=lambda w, c: {"kind": "disclosure", "person": w.opened(c), "asked_by": "self", "about": ""},
    good=ANSWERED,
)


def _request(end: str, kind: str = "disclosure", **data: str) -> Maker:
    def make(world: World, caller: Caller) -> Ask:
        return Ask(f"/requests/{world.data_request(world.opened(caller), kind)}{end}", data=data or None)

    return make


REQUESTS: Final[dict[str, Maker]] = {
    "GET /requests/{request_id}": _request(""),
    "POST /requests/{request_id}/open": _request("/open"),
    "POST /requests/{request_id}/data": _request("/data", form="file"),
    "POST /requests/{request_id}/extend": _request("/extend", reason="記録が多い"),
    "POST /requests/{request_id}/correct": _request("/correct", "correction", field="name", value="𠮷田 花子"),
    "POST /requests/{request_id}/use": _request("/use", "suspension", act="suspend"),
    "POST /requests/{request_id}/erase": _request("/erase", "erasure", reason="本人の申し出"),
    "POST /requests/{request_id}/close": _request("/close", outcome="granted"),
}
ASKS.update(REQUESTS)

# --- periods, tokens, a run's consent without ticket -----------------------------------------------------------------

at("POST /retention/purge", data={})
at("POST /retention/holds", data=lambda w, _c: {"kind": "person", "subject": w.person(), "reason": "訴訟"})
on("POST /retention/holds/{hold_id}/end", lambda w, _c: f"/retention/holds/{w.hold()}/end")
at("POST /tokens", data={"code": "AAAA-AAAA"}, good=ANSWERED)
at("POST /run-code", data={"code": "ABCD-EFGH"}, good=ANSWERED)
