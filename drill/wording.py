"""Turns what pydantic found into faults that a person who wrote the file can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from drill.fault import Fault, shown, written_path
from drill.located import Located, Path


def faults_of(
    error: ValidationError, document: Located, *, prefix: Path = (), model: type[BaseModel] | None = None
) -> list[Fault]:
    """Return one fault an error of `error`, at its place in `document` below `prefix`.

    `model` is what was validated; its field names serve to suggest what an unknown field may have meant.
    """
    faults = []
    for entry in error.errors(include_url=False, include_context=True):
        path, missing = _place(document, prefix, entry["loc"])
        message = _message(entry, model)
        value = "" if missing is not None else shown(entry["input"])
        where = (*path, missing) if missing is not None else path
        faults.append(Fault(document.file, document.line(path), written_path(where), value, message))
    return faults


def _place(document: Located, prefix: Path, loc: Sequence[str | int]) -> tuple[Path, str | None]:
    """Return the path that exists, without the tags that unions add to `loc`, and the name of a missing field."""
    path = prefix
    for n, part in enumerate(loc):
        here = document.value(path)
        within = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if within or (isinstance(here, dict) and part in here):
            path = (*path, part)
        elif n == len(loc) - 1 and isinstance(here, dict) and isinstance(part, str):
            return path, part
    return path, None


def _message(entry: Mapping[str, Any], model: type[BaseModel] | None) -> str:
    kind, context = entry["type"], entry.get("ctx", {})
    if kind == "missing":
        return "this field is missing"
    if kind == "extra_forbidden":
        name = str(entry["loc"][-1])
        near = difflib.get_close_matches(name, sorted(_field_names(model)), n=1, cutoff=0.5) if model else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"unknown field{hint} (units stand in the name: _s, _m, _mps, _kg)"
    if kind in ("float_type", "int_type", "float_parsing", "int_parsing"):
        return "write a plain number; the unit stands in the field's name"
    if kind == "string_type" and not isinstance(entry["input"], str):
        return "write a text (in quotes when it looks like a number, date or truth value)"
    if kind in ("literal_error", "union_tag_invalid"):
        expected = context.get("expected") or context.get("expected_tags") or ""
        return f"give one of {expected}"
    if kind == "union_tag_not_found":
        return f"the field {context.get('discriminator', 'type')} is missing; it says which kind this is"
    if kind == "string_pattern_mismatch":
        return "an id has lower-case letters, digits, - and _, begins with a letter and has at most 40 characters"
    if kind == "value_error":
        return str(context.get("error", entry["msg"]))
    text = str(entry["msg"])
    return text[0].lower() + text[1:].replace("Input", "input")


def _field_names(model: type[BaseModel] | None, seen: set[type[BaseModel]] | None = None) -> set[str]:
    """Return the names of all fields of `model` and of the models inside it."""
    seen = set() if seen is None else seen
    if model is None or model in seen:
        return set()
    seen.add(model)
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(field.alias or name)
        for inner in _models_in(field.annotation):
            names |= _field_names(inner, seen)
    return names


def _models_in(annotation: object) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
