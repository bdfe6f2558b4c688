"""Logs: one line a record, one JSON object a line, and nothing personal in it whoever wrote it.

Our own loggers (`sonae...`) write ids and counts; what slips in all the same (an e-mail address, a name in Japanese, a
key) is masked. Other packages' loggers may put anything into their arguments, addresses with one-use keys among them:
of those the template's first line alone is kept. Of an error its kind and where it came from, never its text.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal

OWN: Final = "sonae"
_LONGEST: Final = 2_000
_MAIL: Final = re.compile(r"[^\s@<>\"'=]+@[^\s@<>\"']+")
_KEY: Final = re.compile(r"(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{40,}")
_FOREIGN: Final = re.compile(r"[^\x20-\x7e\n\r\t]+")
_WARNING: Final = re.compile(r"\S+:\d+: \w+")
_CONTROL: Final = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def clean(text: str) -> str:
    """Mask what may say who: e-mail addresses, anything but ASCII, long keys; and keep it to one line."""
    text = _MAIL.sub("[mail]", text)
    text = _KEY.sub("[key]", text)
    return _FOREIGN.sub("[text]", text)[:_LONGEST].translate(_CONTROL)


def _is_own(name: str) -> bool:
    return name == OWN or name.startswith(f"{OWN}.")


def _message(record: logging.LogRecord) -> str:
    if _is_own(record.name):
        return clean(record.getMessage())
    if record.name == "py.warnings":
        found = _WARNING.search(record.getMessage())
        return clean(found.group()) if found else "a warning"
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if isinstance(record.args, tuple) and record.args and all(isinstance(one, int | float) for one in record.args):
        return clean(record.getMessage())
    return clean(record.msg.partition("\n")[0])


def _error(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error: BaseException | None = record.exc_info[1]
    steps = traceback.extract_tb(error.__traceback__) if error is not None else []
    kinds: list[str] = []
    while error is not None and len(kinds) < 5:
        kinds.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return {"error": kinds, "where": [clean(f"{step.filename}:{step.lineno} {step.name}") for step in steps[-12:]]}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at (UTC), level, logger, message; error and where, if there was one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname, "logger": record.name, "message": _message(record)}
        return json.dumps(said | _error(record))


class TextFormatter(logging.Formatter):
    """The same in one line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(sep=" ", timespec="seconds")
        error = _error(record)
        more = f" | {' <- '.join(error['error'])} at {' > '.join(error['where'])}" if error else ""
        return f"{at} {record.levelname} {record.name} {_message(record)}{more}"


def to_stderr() -> None:
    """Show what a short command logs, unless somebody listens already."""
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)


def set_up(form: Literal["json", "text"]) -> None:
    """Send everything that this process logs, and errors that nobody caught, to stderr in this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("alembic", "httpx", "httpcore", "asyncio", "multipart"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(True)  # noqa: FBT003 - the library's signature
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(OWN).critical("an error that nobody caught", exc_info=(kind, error, trace))


def _uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        _uncaught(given.exc_type, given.exc_value, given.exc_traceback)
