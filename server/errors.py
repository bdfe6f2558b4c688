"""Answers to what cannot be done: in Japanese and English, without echoing what was sent."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

log = logging.getLogger("sonae")

MESSAGES: Final = {
    "input": (
        "送られた内容に正しくないところがあります。示された項目を直して、もう一度送ってください。",
        "Something in what was sent is not right. Correct the fields named and send it again.",
    ),
    "host": (
        "このアドレスでは使えません。案内されたアドレスを開いてください。",
        "This address is not served. Open the address that you were given.",
    ),
    "origin": (
        "ほかのサイトからの操作は受け付けません。このサイトのページからやり直してください。",
        "Requests from another site are not accepted. Start again from a page of this site.",
    ),
    "size": ("送られたデータが大きすぎます。", "What was sent is too large."),
    "not_found": ("見つかりません。アドレスを確かめてください。", "Not found. Check the address."),
    "method": ("この操作はここではできません。", "This cannot be done here."),
    "refused": ("許可がありません。", "You are not allowed to do this."),
    "busy": (
        "混み合っています。少し待って、もう一度送ってください。",
        "Busy just now. Wait a moment and send it again.",
    ),
    "full": (
        "サーバーの保存場所がいっぱいで、これは保存できませんでした。担当者に知らせてください。",
        "The server's disk is full: this was not kept. Tell staff.",
    ),
    "failed": (
        "サーバーで問題が起きました。記録はそのまま残っています。もう一度試してください。",
        "Something went wrong on the server. What was recorded is still there. Try again.",
    ),
}
_BY_STATUS: Final = {400: "input", 401: "refused", 403: "refused", 404: "not_found", 405: "method", 413: "size"}
ErrorPage = Callable[[Request, int, str, str], Response]
"""Called with request, status, Japanese and English message; `app.state.error_page` may hold one."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A rule says no. `ja` and `en` say why and what to do; they never hold what a person typed."""

    def __init__(
        self, ja: str, en: str, *, status: int = 409, code: str = "refused", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(en)
        self.ja = ja
        self.en = en
        self.status = status
        self.code = code
        self.headers = headers or {}


def problem(
    status: int,
    code: str,
    *,
    ja: str = "",
    en: str = "",
    fields: Sequence[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return the answer in JSON: `{"error": {"code", "ja", "en"}, "fields": [...]}`."""
    words = MESSAGES.get(code, MESSAGES["failed"])
    content: dict[str, Any] = {"error": {"code": code, "ja": ja or words[0], "en": en or words[1]}}
    if fields:
        content["fields"] = list(fields)
    return JSONResponse(content, status_code=status, headers=headers)


def install(app: FastAPI) -> None:
    """Put our handlers in the place of the framework's, which echo input and speak English only."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _busy)
    app.add_exception_handler(PoolTimeoutError, _busy)  # no connection became free


def _answer(
    request: Request, response: JSONResponse, *, ja: str, en: str, headers: dict[str, str] | None = None
) -> Response:
    """Return a page to a browser that asked for one, JSON to everyone else."""
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is None or "text/html" not in request.headers.get("accept", ""):
        return response
    shown = page(request, response.status_code, ja, en)
    shown.headers.update(headers or {})
    return shown


def _invalid(request: Request, error: Exception) -> Response:
    """Name the fields that are wrong and the rule each breaks, never the value."""
    fields: list[dict[str, str]] = []
    if isinstance(error, RequestValidationError):
        fields = [{"where": _where(e["loc"]), "rule": str(e["type"])} for e in error.errors()]
    ja, en = MESSAGES["input"]
    return _answer(request, problem(422, "input", fields=fields[:50]), ja=ja, en=en)


def _where(location: Sequence[str | int]) -> str:
    """Return where a fault is. A key that the sender made up is input too: long and odd ones are hidden."""
    parts = [str(part) for part in location]
    return ".".join(
        part if part.isidentifier() and len(part) <= 40 else ("*" if not part.isdigit() else part) for part in parts
    )


def refused(request: Request, error: Exception) -> Response:
    """Answer a refusal: what it says, with its status and headers."""
    if not isinstance(error, Refused):
        raise error
    response = problem(error.status, error.code, ja=error.ja, en=error.en, headers=error.headers)
    return _answer(request, response, ja=error.ja, en=error.en, headers=error.headers)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _BY_STATUS.get(error.status_code, "failed")
    ja, en = MESSAGES[code]
    headers = dict(error.headers or {})
    return _answer(request, problem(error.status_code, code, headers=headers), ja=ja, en=en, headers=headers)


def _busy(request: Request, error: Exception) -> Response:
    if isinstance(error, OperationalError) and "readonly" in str(error.orig):
        log.error("a request that may only read tried to write at %s", _route(request))
        return unhandled(request, error)
    if isinstance(error, OperationalError) and _disk_full(error.orig):
        log.error("the disk is full: nothing was kept at %s", _route(request))
        ja, en = MESSAGES["full"]
        return _answer(request, problem(507, "full"), ja=ja, en=en)
    log.error("database unavailable: %s at %s", type(error).__name__, _route(request))
    ja, en = MESSAGES["busy"]
    headers = {"Retry-After": "2"}
    return _answer(request, problem(503, "busy", headers=headers), ja=ja, en=en, headers=headers)


def _disk_full(error: BaseException | None) -> bool:
    """Tell whether the driver says that nothing more fits: by SQLite's code, or PostgreSQL's 53100."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(error, "sqlstate", "") == "53100"


def unhandled(request: Request, error: Exception) -> Response:
    """Answer an error that nobody expected. The log gets its kind and where it came from, but no values."""
    steps = traceback.extract_tb(error.__traceback__)
    where = "".join(f"\n  {step.filename}:{step.lineno} {step.name}" for step in steps)
    log.error("unhandled %s at %s%s", type(error).__name__, _route(request), where)
    ja, en = MESSAGES["failed"]
    return _answer(request, problem(500, "failed"), ja=ja, en=en)


def _route(request: Request) -> str:
    """Return the route's pattern: its values may say who was looked at."""
    return str(getattr(request.scope.get("route"), "path", "unknown route"))
