"""Lines of values in JSON: the same as a YAML reader finds, which reads JSON too, and a hundred times as quick."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from drill.jsonlines import lines_of

SITES = sorted((Path(__file__).parents[2] / "scenarios").glob("*/site.geojson"))


def by_yaml(text):
    """Return the lines that ruamel gives to the nodes of the text."""
    found = {}

    def walk(node, path):
        found.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            for key, value in node.value:
                found[(*path, key.value)] = key.start_mark.line + 1
                walk(value, (*path, key.value))
        elif isinstance(node, SequenceNode):
            for n, value in enumerate(node.value):
                walk(value, (*path, n))
        else:
            assert isinstance(node, ScalarNode)

    walk(YAML(typ="safe").compose(text), ())
    return found


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"a": 1}',
        '{\n "a": [1,\n 2, {"b": "x\\"y, ]"}],\n\n "c": {"d": null, "e": [[], [\n3]]}}',
        '[\n[\n[true]\n],\n"1: {2}",\n{"k": {}}]',
        json.dumps({"日本": ["髙﨑", {"𠮷田": -1.5e-3}], "": {"": 0}}, ensure_ascii=False, indent=1),
    ],
)
def test_lines_are_those_of_a_yaml_reader(text):
    assert lines_of(text) == by_yaml(text)


@pytest.mark.parametrize("site", SITES, ids=lambda p: p.parent.name)
def test_lines_of_the_sites_that_ship(site):
    text = site.read_text(encoding="utf-8")
    assert lines_of(text) == by_yaml(text)
