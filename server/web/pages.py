"""Pages: the templates with the reader's language, static addresses and ways to write times and numbers."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from server.access.enforcing import principal_of
from server.access.policies import POLICIES
from server.columns import JST
from server.web.assets import STATIC, stylesheets
from server.web.navigation import is_here, menu_for
from server.web.texts import LANGUAGES, Words, ruby, without_furigana

COOKIE: Final = "sonae_language"
TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
WEEKDAYS: Final = "月火水木金土日"
NOON: Final = 12


def language_of(request: Request) -> str:
    """Return the language asked for by `?lang=`, else the one kept in the cookie, else Japanese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return str(asked)
    return "ja"


@lru_cache(maxsize=64)
def _stamp(file: str, changed_ns: int) -> str:  # noqa: ARG001 - a changed file gets a new stamp
    return hashlib.sha256((STATIC / file).read_bytes()).hexdigest()[:12]


def static(file: str) -> str:
    """Return the address of a static file, with a stamp of its content so that it may be cached for long."""
    return f"/static/{file}?v={_stamp(file, (STATIC / file).stat().st_mtime_ns)}"


def number(value: float | None, digits: int = 1) -> str:
    """Return a number for reading, with an en dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−")


def clock(seconds: float | None) -> str:
    """Return run time as minutes and seconds, 1:05."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    sign = "−" if whole < 0 else ""
    return f"{sign}{abs(whole) // 60}:{abs(whole) % 60:02d}"


def day(value: date | str, words: Words) -> str:
    """Return a date: 2026年11月24日(火) or Tue 24 Nov 2026."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    if words.language == "en":
        return f"{value:%a} {value.day} {value:%b %Y}"
    return f"{value.year}年{value.month}月{value.day}日({WEEKDAYS[value.weekday()]})"


def moment(value: datetime | str | None, words: Words) -> str:
    """Return a moment in Japan's time, to the minute."""
    if value is None or value == "":
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(JST)
    return f"{day(value.date(), words)} {value:%H:%M}"


def half_day(value: datetime | str | None, words: Words) -> str:
    """Return a moment as those see it who need not know who it was: the date, and whether before or after noon."""
    if value is None or value == "":
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(JST)
    return f"{day(value.date(), words)} {words.plain('common.morning' if value.hour < NOON else 'common.afternoon')}"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment: everything is escaped, a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static": static, "languages": LANGUAGES, "vendor": stylesheets}
    made.filters |= {"number": number, "clock": clock, "ruby": ruby, "bare": without_furigana}
    return made


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page in the reader's language. A language asked for by `?lang=` is kept in a cookie."""
    language = language_of(request)
    words = Words(language)
    body = (
        environment()
        .get_template(template)
        .render(
            request=request,
            t=words,
            language=language,
            status=status,
            day=lambda value: day(value, words),
            moment=lambda value: moment(value, words),
            half_day=lambda value: half_day(value, words),
            here=request.url.path,
            who=principal_of(request),
            menu=menu_for(principal_of(request)),
            is_here=is_here,
            may=lambda policy: POLICIES[policy].admits(principal_of(request)),
            switch={
                code: str(request.url.include_query_params(lang=code).replace(scheme="", netloc=""))
                for code in LANGUAGES
            },
            loopback=request.app.state.settings.host in ("127.0.0.1", "::1", "localhost"),
            **values,
        )
    )
    response = HTMLResponse(body, status_code=status)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=31_536_000, httponly=True, samesite="lax")
    return response


def markup(svg: str) -> Markup:
    """Mark a drawing of ours as safe: its functions escape every text that they are given."""
    return Markup(svg)  # noqa: S704 - see above
