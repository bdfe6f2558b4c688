"""A scenario that was read and checked: what a drill is made from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drill.scenario.model import ScenarioModel
from drill.site.site import Site


@dataclass(frozen=True)
class Scenario:
    """A scenario with its site.

    Attributes:
        model: the scenario as written.
        site: where it plays.
        hash: SHA-256 over the scenario file and every file it names, hexadecimal.
        folder: where its files lie.
        files: SHA-256 of each file by its name relative to `folder`, in the order of their names.
        gentle: whether this is the gentle variant (`drill.scenario.gentle`); its hash is that of the files as well.
    """

    model: ScenarioModel
    site: Site
    hash: str
    folder: Path
    files: dict[str, str]
    gentle: bool = False


def hash_of(contents: Mapping[str, bytes]) -> str:
    """Return the SHA-256 (hexadecimal) over files by name.

    In the order of their names, each file gives the length of its name and of its content (u64
    little-endian), the name in UTF-8 with `/` between folders, and the content.
    """
    digest = hashlib.sha256()
    for name in sorted(contents):
        title, content = name.encode(), contents[name]
        digest.update(len(title).to_bytes(8, "little") + len(content).to_bytes(8, "little"))
        digest.update(title)
        digest.update(content)
    return digest.hexdigest()
