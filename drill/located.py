"""A YAML or JSON document as plain values that know the line they stand on.

Documents come from strangers. Size, depth, number of nodes and what aliases would unfold to are bounded
before anything is built, so that a file of aliases is refused as quickly as any other.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from drill.fault import Fault, FaultyFileError, shown, written_path
from drill.jsonlines import lines_of

MAX_YAML_BYTES: Final = 512 * 1024
MAX_JSON_BYTES: Final = 16 * 1024 * 1024
MAX_NODES: Final = 100_000
"""Nodes of a document, each alias counted with all that it stands for."""
MAX_ALIASES: Final = 200
MAX_DEPTH: Final = 40

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: Final[dict[str, object]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass
class Located:
    """A document: `data` as plain dicts, lists and scalars; `lines` by path, from 1."""

    file: str
    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    text: str = ""
    """Set for JSON, whose lines are worked out only once a fault asks for them."""

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest part of the document that holds it."""
        if not self.lines and self.text:
            self.lines = lines_of(self.text)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def value(self, path: Path) -> Any:
        """Return what stands at `path`, or None."""
        here = self.data
        for part in path:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def fault(self, path: Path, message: str, value: object = None) -> Fault:
        """Return a fault at `path`; the value is read from the document unless it is given."""
        found = self.value(path) if value is None else value
        return Fault(self.file, self.line(path), written_path(path), "" if found is None else shown(found), message)


def _decode(raw: bytes, *, file: str, max_bytes: int) -> str:
    if len(raw) > max_bytes:
        message = f"the file is larger than the {max_bytes} bytes that are read; leave out what repeats"
        raise FaultyFileError([Fault(file, 0, "", "", message)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = raw[error.start : error.start + 4].hex(" ")
        message = f"not UTF-8 at byte {error.start}. Save the file as UTF-8 (in Excel or Notepad: not Shift_JIS)."
        raise FaultyFileError([Fault(file, line, "", f"bytes {found}", message)]) from None


def read_yaml(raw: bytes, *, file: str) -> Located:
    """Return the YAML document in `raw`.

    Raises:
        FaultyFileError: too large, not UTF-8, not YAML, too deep, aliases that unfold to too much, tags,
            repeated keys, numbers that are not finite.
    """
    return _Builder(file).build(_decode(raw, file=file, max_bytes=MAX_YAML_BYTES))


def read_json(raw: bytes, *, file: str) -> Located:
    """Return the JSON document in `raw`.

    Raises:
        FaultyFileError: too large, not UTF-8, not JSON, too deep, NaN or Infinity, repeated keys.
    """
    text = _decode(raw, file=file, max_bytes=MAX_JSON_BYTES)

    def refuse(constant: str) -> float:
        line = text[: text.find(constant)].count("\n") + 1
        message = "every number must be finite"
        raise FaultyFileError([Fault(file, line, "", constant, message)])

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise FaultyFileError([Fault(file, 0, "", shown(twice), "this key stands twice in one object")])
        return found

    try:
        data = json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise FaultyFileError([Fault(file, error.lineno, "", "", f"not JSON: {error.msg}")]) from None
    except RecursionError:
        raise FaultyFileError([Fault(file, 0, "", "", "nested too deeply")]) from None
    return Located(file, data, text=text)


class _Builder:
    """Builds a document from YAML events and refuses what it would be unwise to unfold."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._nodes = 0
        self._aliases = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._lines: dict[Path, int] = {}
        self._faults: list[Fault] = []

    def build(self, text: str) -> Located:
        try:
            events = YAML(typ="safe", pure=True).parse(io.StringIO(text))
            data: Any = None
            documents = 0
            for event in events:
                if isinstance(event, DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._stop(event, "a second document begins here; keep one a file")
                elif isinstance(event, AliasEvent | ScalarEvent | SequenceStartEvent | MappingStartEvent):
                    data = self._node(event, events, ())
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            line = mark.line + 1 if mark is not None else 0
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise FaultyFileError([Fault(self._file, line, "", "", f"not YAML: {problem}")]) from None
        if self._faults:
            raise FaultyFileError(self._faults)
        return Located(self._file, data, self._lines)

    def _fault(self, event: Event, path: Path, value: str, message: str) -> Fault:
        return Fault(self._file, event.start_mark.line + 1, written_path(path), value, message)

    def _stop(self, event: Event, message: str, path: Path = (), value: str = "") -> NoReturn:
        raise FaultyFileError([*self._faults, self._fault(event, path, value, message)])

    def _count(self, event: Event, path: Path, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._stop(event, f"the document unfolds to more than {MAX_NODES} values; it is not read on", path)
        if len(path) > MAX_DEPTH:
            self._stop(event, f"nested deeper than {MAX_DEPTH}", path[:3])

    def _node(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self._lines[path] = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            return self._alias(event, path)
        before = self._nodes
        self._count(event, path, 1)
        assert isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent)  # noqa: S101 - the parser's grammar
        if event.tag is not None and not (isinstance(event, ScalarEvent) and str(event.tag) == "!"):
            self._stop(event, "tags are not read; write the plain value", path, shown(str(event.tag)))
        if isinstance(event, ScalarEvent):
            value = self._scalar(event, path)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(events, path)
        else:
            value = self._mapping(events, path)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _alias(self, event: AliasEvent, path: Path) -> Any:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            self._stop(event, f"more than {MAX_ALIASES} aliases; write the values out", path, f"*{event.anchor}")
        if event.anchor not in self._anchors:
            self._stop(event, "this alias names no anchor that stands before it", path, f"*{event.anchor}")
        value, nodes = self._anchors[event.anchor]
        self._count(event, path, nodes)
        return value

    def _scalar(self, event: ScalarEvent, path: Path) -> object:
        text: str = event.value
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text) and len(text) < 20:
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        if _NOT_FINITE.fullmatch(text) or _FLOAT.fullmatch(text):
            self._faults.append(self._fault(event, path, text, "every number must be finite"))
            return 0.0
        return text

    def _sequence(self, events: Iterator[Event], path: Path) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            values.append(self._node(event, events, (*path, len(values))))
        return values

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                self._stop(event, "a key must be a plain word", path)
            key = str(event.value)
            place = (*path, key)
            if key in values:
                first = self._lines[place]
                self._faults.append(self._fault(event, place, "", f"this key stands twice; first in line {first}"))
            if event.anchor or event.tag is not None:
                self._stop(event, "keys have neither anchor nor tag", path, key)
            self._count(event, place, 1)
            values[key] = self._node(next(events), events, place)
            self._lines[place] = event.start_mark.line + 1
        return values
