"""The requests of `house_asks`, for people: their ways in, their own pages, the counter, and staff's accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from house_asks import ANSWERED, ASKS, Ask, Maker
from house_world import ADULT, Caller, World

PASSWORD: Final = "長い合い言葉を五つ並べる 備え"  # invented


def on(address: str, path: Callable[[World, Caller], str], **given: Any) -> None:
    """Register a request whose path has ids in it; `data` may be made of the world too."""

    def make(world: World, caller: Caller) -> Ask:
        data = given.get("data")
        filled = {**given, "data": data(world, caller)} if callable(data) else given
        return Ask(path(world, caller), **filled)

    ASKS[address] = make


def at(address: str, **given: Any) -> None:
    """Register a request whose path has no ids in it."""
    on(address, lambda _w, _c: address.partition(" ")[2], **given)


def ticket_and_pin(world: World, _caller: Caller) -> dict[str, str]:
    code, pin = world.ticket()
    return {"ticket": code, "pin": pin}


def agreed_ticket(world: World, caller: Caller) -> dict[str, str]:
    """Return a ticket, its PIN, and the agreement to tie it to a person."""
    return ticket_and_pin(world, caller) | {"agreed": world.consent_version("results")}


def person_of(world: World, caller: Caller) -> str:
    """Return the resident who asks, or anybody where no resident asks."""
    return caller.person_id or world.person()


# --- ways in ---------------------------------------------------------------------------------------------------------

at("POST /signin/ticket", data=ticket_and_pin)
at("POST /signin/mail", data={"address": "hanako@example.jp"})
on("GET /signin/mail/{key}", lambda _w, _c: "/signin/mail/nothing", good=ANSWERED)
on("POST /signin/mail/{key}", lambda _w, _c: "/signin/mail/nothing", data={}, good=ANSWERED)
at("POST /signin/passkey", data={"answer": "{}"}, good=ANSWERED)
at("POST /signin/passkey/options")
for _door in ("GET /signin/digital", "GET /staff/signin/oidc"):
    at(_door, good=ANSWERED)  # these doors are closed here: no service is set
    at(f"{_door}/back", good=ANSWERED)
    at(f"{_door}/keys", good=ANSWERED)
on("GET /signin/trouble/{door}/{code}", lambda _w, _c: "/signin/trouble/resident/stale", good=ANSWERED)
at("POST /signin/again", data={"password": "x", "code": "000000"}, good=ANSWERED)
at("POST /signin/again/passkey", data={"answer": "{}"}, good=ANSWERED)
at("POST /signin/again/passkey/options", good=ANSWERED)
at("POST /signout")

# --- a resident's own ------------------------------------------------------------------------------------------------

at("GET /my/ways/digital", good=ANSWERED)
at("POST /my/ways/mail", data={"address": "hanako@example.jp"})
at("POST /my/ways/passkey", data={"answer": "{}"}, good=ANSWERED)
at("POST /my/ways/passkey/options")


def _second_way(world: World, caller: Caller) -> str:
    person = person_of(world, caller)
    world.identity(person)  # the last way cannot be taken away
    return f"/my/ways/mail/{world.identity(person)}/remove"


on("POST /my/ways/{kind}/{way_id}/remove", _second_way)
at("POST /my/tickets", data=agreed_ticket)
on("GET /my/tickets/{claim_id}/cut", lambda w, c: f"/my/tickets/{w.claim(person_of(w, c))}/cut")
on("POST /my/tickets/{claim_id}/cut", lambda w, c: f"/my/tickets/{w.claim(person_of(w, c))}/cut")
for _end in ("", "/replay", "/replay.json"):
    on(f"GET /my/runs/{{run_id}}{_end}", lambda w, c, end=_end: f"/my/runs/{w.own_run(person_of(w, c))}{end}")
at("POST /my/acting", data=lambda w, c: {"mandate": w.mandate(person_of(w, c), w.person())})
at("POST /my/acting/stop", data={})
on("POST /my/mandates/{mandate_id}/end", lambda w, c: f"/my/mandates/{w.mandate(person_of(w, c), w.person())}/end")

# --- tickets ---------------------------------------------------------------------------------------------------------

at("POST /tickets", data={"count": "2", "language": "ja"})
at("POST /tickets/pin", data=lambda w, _c: {"ticket": w.ticket()[0]})

# --- the counter -----------------------------------------------------------------------------------------------------

WHO: Final = {"name": "𠮷田 一郎", "name_kana": "ヨシダ イチロウ", "birth_date": "1950-05-05"}
at("POST /people", data=WHO)
at("POST /people/search", data={"name": "ヤマダ", "birth_date": ADULT.isoformat()})
on("GET /people/{person_id}", lambda w, c: f"/people/{w.opened(c)}")
on("POST /people/{person_id}/open", lambda w, _c: f"/people/{w.person()}/open", data={"purpose": "counter"})
on("GET /people/{person_id}/edit", lambda w, c: f"/people/{w.opened(c)}/edit")
on("POST /people/{person_id}/edit", lambda w, c: f"/people/{w.opened(c)}/edit", data=WHO)
on(
    "POST /people/{person_id}/mandates",
    lambda w, c: f"/people/{w.opened(c)}/mandates",
    data=lambda w, _c: _holder(w),
)


def _holder(world: World) -> dict[str, str]:
    kana = world.kana()
    world.person(name_kana=kana)
    return {"kind": "carer", "proof": "letter", "holder_kana": kana, "holder_birth_date": ADULT.isoformat()}


def _mandate_for(world: World, caller: Caller) -> str:
    person = world.opened(caller)
    return f"/people/{person}/mandates/{world.mandate(world.person(), person)}/end"


def _claim_of(world: World, caller: Caller) -> str:
    person = world.acted_for(caller)
    return f"/people/{person}/tickets/{world.claim(person)}/cut"


on("POST /people/{person_id}/mandates/{mandate_id}/end", _mandate_for)
on(
    "POST /people/{person_id}/proxy",
    lambda w, c: f"/people/{w.opened(c)}/proxy",
    data={"channel": "counter", "proof": "document"},
)
on("POST /people/{person_id}/tickets", lambda w, c: f"/people/{w.acted_for(c)}/tickets", data=agreed_ticket)
on("POST /people/{person_id}/tickets/{claim_id}/cut", _claim_of)
on("POST /people/{person_id}/card", lambda w, c: f"/people/{w.acted_for(c)}/card", data=agreed_ticket)


def _pair(end: str = "", *, keep: bool = False, merged: bool = False) -> Maker:
    def make(world: World, caller: Caller) -> Ask:
        pair, first = world.double(caller, merged=merged)
        return Ask(f"/people/doubles/{pair}{end}", data={"keep": first} if keep else None)

    return make


ASKS["POST /people/doubles/{double_id}/open"] = _pair("/open")
ASKS["GET /people/doubles/{double_id}"] = _pair()
ASKS["POST /people/doubles/{double_id}/merge"] = _pair("/merge", keep=True)
ASKS["POST /people/doubles/{double_id}/apart"] = _pair("/apart")
ASKS["POST /people/doubles/{double_id}/undo"] = _pair("/undo", merged=True)


def colleague(world: World) -> str:
    """Make a clerk of the department and return their id."""
    return world.staff("clerk", department=world.department).staff_id


# --- staff -----------------------------------------------------------------------------------------------------------

at("POST /staff/signin", data={"login": "nobody@city.example", "password": "x"}, good=ANSWERED)
at("POST /staff/signin/second", data={"code": "000000"}, good=ANSWERED)
at("POST /staff/signin/second/passkey", data={"answer": "{}"}, good=ANSWERED)
at("POST /staff/signin/second/passkey/options", good=ANSWERED)
at("POST /staff/signin/passkey", data={"answer": "{}"}, good=ANSWERED)
at("POST /staff/signin/passkey/options")
at("POST /staff/code", data=lambda w, _c: {"code": w.staff_code()})
on("GET /staff/code/{code}", lambda w, _c: f"/staff/code/{w.staff_code()}")
on("POST /staff/code/{code}", lambda w, _c: f"/staff/code/{w.staff_code()}", data={})
at("POST /staff/account/password", data={"old": "x", "new": PASSWORD, "repeated": PASSWORD}, good=ANSWERED)
at("POST /staff/account/app", data={"code": "000000", "sealed": "x"}, good=ANSWERED)
at("POST /staff/account/app/remove", data={}, good=ANSWERED)
at("POST /staff/account/passkeys", data={"answer": "{}"}, good=ANSWERED)
at("POST /staff/account/passkeys/options")
on("POST /staff/account/passkeys/{passkey_id}/remove", lambda _w, _c: "/staff/account/passkeys/x/remove", good=ANSWERED)
at("POST /staff/account/signins/end", data={})
on("POST /staff/account/signins/{sign_in_id}/end", lambda _w, c: f"/staff/account/signins/{c.sign_in or 'x'}/end")
at("POST /staff/members", data={"login": "new@city.example", "name": "新任 職員"}, good=ANSWERED)
on(
    "GET /staff/members/{staff_id}",
    lambda w, _c: f"/staff/members/{colleague(w)}",
)
on(
    "POST /staff/members/{staff_id}/rights",
    lambda w, _c: f"/staff/members/{colleague(w)}/rights",
    data=lambda w, _c: {"roles": "analyst", "reason": "異動のため", "department": w.department},
)
for _end, _data in (("disable", {}), ("enable", {"reason": "復職"}), ("invite", {"reason": "端末の交換"})):
    on(
        f"POST /staff/members/{{staff_id}}/{_end}",
        lambda w, _c, end=_end: f"/staff/members/{colleague(w)}/{end}",
        data=_data,
    )
on(
    "POST /staff/members/{staff_id}/signins/end",
    lambda w, _c: f"/staff/members/{colleague(w)}/signins/end",
)
