"""Tells what Sonae is made of: `python -m tools.sbom {drill,server,dev} > sbom.json`, CycloneDX 1.6.

Read from the hash-pinned lists alone, for the machine that it runs on, so that the same lists give the same file and
no network is asked. Licences are those that the installed packages state; a package that is not installed has none.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[1]
KINDS: Final = ("drill", "server", "dev")
_PIN: Final = re.compile(r"^([a-z0-9-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Part(NamedTuple):
    """A package, pinned. `hashes` are SHA-256 (PyPI) or one SHA-512 as the npm lock gives it."""

    source: str
    name: str
    version: str
    hashes: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """The package's name in every such list: its package URL."""
        return f"pkg:{self.source}/{self.name.replace('@', '%40')}@{self.version}"


def python_parts(kind: str) -> list[Part]:
    """Return what a kind of machine installs from `requirements/<kind>.txt`, as the markers choose for this one."""
    found: dict[str, Part] = {}
    name = ""
    for line in (ROOT / "requirements" / f"{kind}.txt").read_text("utf-8").splitlines():
        if pin := _PIN.match(line):
            wanted = pin[3] is None or Marker(pin[3].strip()).evaluate()
            name = pin[1] if wanted else ""
            if wanted:
                found[name] = Part("pypi", name, pin[2], ())
        elif name and (known := _HASH.search(line)):
            found[name] = found[name]._replace(hashes=(*found[name].hashes, ("SHA-256", known[1])))
    return sorted(found.values(), key=lambda part: part.name)


def page_parts() -> list[Part]:
    """Return the npm packages that the pages are made from, by `package-lock.json`."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    parts = []
    for path, content in lock["packages"].items():
        if path and not content.get("dev"):
            parts.append(Part("npm", path.rpartition("node_modules/")[2], content["version"], ()))
    return sorted(parts, key=lambda part: (part.name, part.version))


def sbom(kind: str) -> dict[str, Any]:
    """Return the list of parts of a kind of machine. Raise ValueError for a kind that there is not."""
    if kind not in KINDS:
        msg = f"there is no list {kind!r}; there are {', '.join(KINDS)}"
        raise ValueError(msg)
    parts = python_parts(kind) + (page_parts() if kind != "drill" else [])
    about = {"type": "application", "name": f"sonae-{kind}", "version": metadata.version("sonae")}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": about},
        "components": [_component(part) for part in parts],
    }


def _component(part: Part) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.address,
        "name": part.name,
        "version": part.version,
        "purl": part.address,
    }
    if part.hashes:
        made["hashes"] = [{"alg": name, "content": content} for name, content in part.hashes]
    licence = _licence(part) if part.source == "pypi" else ""
    if licence:
        made["licenses"] = [{"license": {"name": licence}}]
    return made


def _licence(part: Part) -> str:
    try:
        said = metadata.metadata(part.name)
    except metadata.PackageNotFoundError:
        return ""
    if said["Version"] != part.version or canonicalize_name(said["Name"]) != part.name:
        return ""
    classified = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    text = said["License-Expression"] or ", ".join(classified) or (said["License"] or "").strip().split("\n")[0]
    return str(text)[:120]


def main() -> None:
    """Write the list to standard output."""
    parser = argparse.ArgumentParser(description="What a kind of machine is made of, as CycloneDX.")
    parser.add_argument("kind", choices=KINDS)
    json.dump(sbom(parser.parse_args().kind), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
