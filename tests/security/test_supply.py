"""Requirements 31 and 33: no secret in the repository; what is installed is what is pinned by hash, and is listed."""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from pathspec import GitIgnoreSpec
from sbom import ROOT, page_parts, python_parts, sbom

INSTALLERS = {"pip", "uv"}
"""They install, and are part of nothing. What `node.txt` and `build.txt` pin is looked at by itself."""
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of a code host": re.compile(r"\b(?:ghp|gho|ghs|glpat|xox[bap])[_-][0-9A-Za-z]{20,}"),
    "signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{16,}\.eyJ[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{20,}"),
    "password in an address": re.compile(r"\b[a-z+]+://[^\s/:@'\"{}$]+:[^\s/@'\"{}$]{6,}@"),
    "value of a secret": re.compile(
        r"(?i)\b(?:secret|password|passwd|api_?key|private_?key|client_secret)[\"']?\s*[:=]\s*[\"']([!-~]{12,}?)[\"']"
    ),
}
DENSE = 3.6
"""Bits a character: words have less, random letters more."""


def ours() -> Iterator[Path]:
    """Yield every file here that the repository does not ignore; a bare machine has no git to ask."""
    ignored = GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text("utf-8").splitlines())
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name != ".git" and not ignored.match_file(f"{here / name}/")]
        yield from (ROOT / here / name for name in names if not ignored.match_file(here / name))


def density(text: str) -> float:
    """Return the entropy of a text in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def secrets_in(text: str) -> list[str]:
    """Return what in a text looks like a secret."""
    found = []
    for kind, pattern in SECRETS.items():
        for hit in pattern.finditer(text):
            if kind == "value of a secret" and density(hit[1]) < DENSE:
                continue
            found.append(f"{kind}: {hit[0][:12]}…")
    return found


def test_the_repository_holds_no_secret() -> None:
    found = {}
    for file in ours():
        if not file.is_file() or file.suffix in (".png", ".woff2", ".ico") or file == Path(__file__):
            continue
        hits = secrets_in(file.read_bytes().decode("utf-8", "replace"))
        if hits:
            found[str(file.relative_to(ROOT))] = hits
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----",
        "AKIA" + "ABCDEFGH12345678",
        "ghp_" + "a1B2" * 9,
        "postgresql://sonae:" + "s3cretpass@db/sonae",
        'client_secret = "' + "q7Zk2Vw9Xn4Lr8Tb" + '"',
        '"password": "' + "q7Zk2Vw9Xn4Lr8Tb" + '"',
    ],
)
def test_a_planted_secret_is_seen(text: str) -> None:
    assert secrets_in(text)


@pytest.mark.parametrize("text", ["password: str", 'password = "correct horse"', "postgresql://sonae@/db", "secret=''"])
def test_a_word_is_no_secret(text: str) -> None:
    assert secrets_in(text) == []


def test_what_is_installed_is_what_is_listed() -> None:
    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in metadata.distributions()}
    listed = {part.name: part.version for part in python_parts("dev")}
    if not {"pytest", "fastapi"} <= listed.keys() & installed.keys():
        pytest.skip("this environment was not made from the pinned lists")
    others = {part.name: part.version for kind in ("build", "node") for part in python_parts(kind)}
    strange = {n: v for n, v in installed.items() if listed.get(n, others.get(n)) != v}
    assert {name: version for name, version in strange.items() if name not in INSTALLERS | {"sonae"}} == {}
    assert {name: version for name, version in listed.items() if installed.get(name) != version} == {}


def test_every_part_is_pinned_by_hash() -> None:
    for kind in ("build", "node", "drill", "server", "dev"):
        parts = python_parts(kind)
        assert parts
        assert [part.name for part in parts if not part.hashes] == []
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert [path for path, content in lock["packages"].items() if path and not content.get("integrity")] == []


def test_the_list_of_parts_holds_all_and_each_once() -> None:
    for kind in ("drill", "server", "dev"):
        made = sbom(kind)
        names = [one["purl"] for one in made["components"]]
        assert len(names) == len(set(names))
        wanted = {part.address for part in python_parts(kind)}
        assert wanted <= set(names)
        assert all(one["hashes"] for one in made["components"] if one["purl"].startswith("pkg:pypi/"))
    assert "@fontsource/noto-sans-jp" in {part.name for part in page_parts()}


def test_a_part_that_is_not_installed_would_be_seen() -> None:
    """The control: another version in the list than the one that is there."""
    part = next(part for part in python_parts("dev") if part.name == "fastapi")
    assert metadata.version("fastapi") == part.version
    assert metadata.version("fastapi") != f"{part.version}.1"
