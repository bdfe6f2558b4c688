"""Our shaders, GLSL 330, with `#include "file"` replaced by the file beside it."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from panda3d.core import Shader

from drill.view.errors import ViewError

_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)


def source(name: str) -> str:
    """Return the text of a shader with its includes."""
    text = resources.files("drill.view").joinpath("shaders", name).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda match: source(match.group(1)), text)


@cache
def shader(vertex: str, fragment: str) -> Shader:
    """Return the shader of two files, such as `scene.vert` and `scene.frag`.

    Raises:
        ViewError: the driver cannot take it.
    """
    made = Shader.make(Shader.SL_GLSL, source(vertex), source(fragment))
    if made is None or made.get_error_flag():
        msg = f"the shader {vertex} with {fragment} cannot be made; this driver lacks GLSL 330. Use --view none"
        raise ViewError(msg)
    return made
