"""Loads a scenario from its folder: reads, validates, checks, hashes; every fault at once."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path, PurePosixPath
from typing import Any, Final, NoReturn

from pydantic import ValidationError
from pydantic_core import to_json

from drill.fault import Fault, FaultyFileError
from drill.located import MAX_JSON_BYTES, MAX_YAML_BYTES, Located, read_yaml
from drill.scenario.checking import check
from drill.scenario.model import SCHEMA, Earthquake, ScenarioModel
from drill.scenario.scenario import Scenario, hash_of
from drill.seismic.records import read_motion
from drill.site.ground import Ground
from drill.site.reading import read_site
from drill.site.site import Site
from drill.wording import faults_of

FILE_NAME: Final = "scenario.yaml"
SCHEMA_FAMILY: Final = "sonae-scenario/"


class ScenarioError(FaultyFileError):
    """A scenario that cannot be played. `faults` holds every fault, in file and line order."""


def load_scenario(path: Path) -> Scenario:
    """Return the scenario at `path` (its folder or its `scenario.yaml`).

    Raises:
        ScenarioError: with every fault that was found.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        return _load(file)
    except ScenarioError:
        raise
    except FaultyFileError as error:
        raise ScenarioError(error.faults) from None


def _load(file: Path) -> Scenario:
    folder = file.parent
    raw = _read(file, name=file.name, max_bytes=MAX_YAML_BYTES)
    document = read_yaml(raw, file=file.name)
    _schema(document)
    faults: list[Fault] = []
    model = _model(document, faults)
    contents = {file.name: raw}
    site: Site | None = None
    site_document: Located | None = None
    # The site is looked at even when the scenario has faults, so that one check tells all of both.
    name = model.site.file if model is not None else document.value(("site", "file"))
    if isinstance(name, str) and name:
        try:
            contents[name] = _named(document, folder, ("site", "file"), name)
            site, site_document = read_site(contents[name], file=name)
        except FaultyFileError as error:
            faults += error.faults
    if model is not None:
        contents |= _records(model, document, folder, faults)
        ground = Ground(site) if site is not None else None
        faults += check(model, document, ground=ground, site_document=site_document)
    if faults or model is None or site is None:
        raise ScenarioError(faults)
    files = {name: hashlib.sha256(contents[name]).hexdigest() for name in sorted(contents)}
    return Scenario(model, site, hash_of(contents), folder, files)


def _records(model: ScenarioModel, document: Located, folder: Path, faults: list[Fault]) -> dict[str, bytes]:
    """Return the contents of the ground motion records that shocks name, and add what is wrong with them."""
    contents: dict[str, bytes] = {}
    for n, part in enumerate(model.hazards):
        if not isinstance(part, Earthquake):
            continue
        for m, shock in enumerate(part.shocks):
            path: tuple[str | int, ...] = ("hazards", n, "shocks", m, "record")
            try:
                named = [(name, _named(document, folder, (*path, k), name)) for k, name in enumerate(shock.record)]
                contents |= dict(named)
                motion = read_motion(named) if named else None
            except FaultyFileError as error:
                faults += error.faults
                continue
            if motion is not None and not math.isfinite(motion.intensity):
                faults.append(document.fault(path, "the ground does not move in this record; name another"))
    return contents


def _read(file: Path, *, name: str, max_bytes: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(max_bytes + 1)
    except FileNotFoundError:
        message = f"there is no such file; give a folder with a {FILE_NAME}, or the file itself"
        raise FaultyFileError([Fault(name, 0, "", str(file), message)]) from None
    except OSError as error:
        message = f"this file cannot be read: {error.strerror}"
        raise FaultyFileError([Fault(name, 0, "", str(file), message)]) from None


def _schema(document: Located) -> None:
    """Say kindly when the file is of another schema than ours, before each of its fields seems wrong."""
    if not isinstance(document.data, dict):
        raise FaultyFileError([document.fault((), f"a scenario is a mapping that begins with 'schema: {SCHEMA}'")])
    found = document.data.get("schema")
    if found == SCHEMA or not isinstance(found, str):
        return
    number = found.removeprefix(SCHEMA_FAMILY)
    if found.startswith(SCHEMA_FAMILY) and number.isdecimal() and number > SCHEMA.removeprefix(SCHEMA_FAMILY):
        message = (
            f"this scenario was written for a newer Sonae than this one, which reads up to {SCHEMA}. "
            "Nothing is wrong with the file: update Sonae on this machine, or ask for the scenario in the older schema."
        )
    else:
        message = f"this is not a schema that Sonae knows; write 'schema: {SCHEMA}'"
    raise FaultyFileError([document.fault(("schema",), message)])


def _model(document: Located, faults: list[Fault]) -> ScenarioModel | None:
    try:
        # By way of JSON: strict models then take lists as tuples and texts as times, and nothing else loosely.
        return ScenarioModel.model_validate_json(to_json(document.data))
    except ValidationError as error:
        faults += faults_of(error, document, model=ScenarioModel)
        return None


def _named(document: Located, folder: Path, path: tuple[str | int, ...], name: str) -> bytes:
    """Return the bytes of a file that the scenario names. Raise FaultyFileError when it may or can not be read."""

    def refuse(message: str) -> NoReturn:
        raise FaultyFileError([document.fault(path, message)])

    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name or "\0" in name:
        refuse("name a file in the scenario's own folder, with / between folders and without ..")
    try:
        inside = (folder / pure).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        refuse("this path runs in a circle of links")
    if not inside:
        refuse("this path leaves the scenario's folder by a link; put the file itself there")
    file = folder / pure
    if not file.is_file():
        refuse(f"there is no such file in {folder.name}/; put it there or mend the name")
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_JSON_BYTES + 1)
    except OSError as error:
        refuse(f"this file cannot be read: {error.strerror}")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `scenario.yaml`, for editors."""
    schema = ScenarioModel.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": f"Sonae {SCHEMA}"}
