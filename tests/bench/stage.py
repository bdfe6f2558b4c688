"""What the stage costs to draw, beside a plain Panda3D scene of as many triangles; one JSON object a line.

Both are drawn offscreen at the same size by the same driver (here without a graphics card, by llvmpipe), turn and turn
about, and the processor's time of a picture is taken: ours with its light, shadows, tiles and rain against bare
triangles with one colour and one lamp. Beside it `scene_cost`: triangles, draw calls and memory of textures, and the
largest share of a budget that any of them takes. Usage: `stage.py [--pictures N]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from panda3d.core import Camera, NodePath, PerspectiveLens, Shader

from drill.scenario.loading import load_scenario
from drill.view.budget import BUDGET, cost_of
from drill.view.desktop import DesktopView
from drill.view.window import Screen

SCENARIOS: Final = Path(__file__).resolve().parents[2] / "scenarios"
SIZE: Final = (640, 360)
WARM: Final = 2
PLAIN_VERTEX: Final = """#version 330
uniform mat4 p3d_ModelViewProjectionMatrix;
in vec4 p3d_Vertex; in vec3 p3d_Normal; in vec4 p3d_Color;
out vec3 normal; flat out vec4 colour;
void main() { gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex; normal = p3d_Normal; colour = p3d_Color; }
"""
PLAIN_FRAGMENT: Final = """#version 330
in vec3 normal; flat in vec4 colour;
out vec4 painted;
void main() { painted = vec4(colour.rgb * (0.4 + 0.6 * max(normalize(normal).z, 0.0)), 1.0); }
"""


def plain_scene(screen: Screen, source: NodePath, eye: NodePath) -> NodePath:
    """Show the same triangles from the same place with the plainest shader; return its root."""
    root = NodePath("plain")
    source.copy_to(root)
    root.set_shader(Shader.make(Shader.SL_GLSL, PLAIN_VERTEX, PLAIN_FRAGMENT), 100)
    lens = PerspectiveLens()
    lens.set_fov(90, 62)
    lens.set_near_far(0.06, 400)
    camera = root.attach_new_node(Camera("plain", lens))
    camera.set_mat(eye.get_mat())
    screen.output.make_display_region().set_camera(camera)
    return root


def processor_s(screens: Sequence[Screen], pictures: int) -> list[float]:
    """Return the median processor time of a picture of each screen, drawn turn and turn about."""
    spent: list[list[float]] = [[] for _ in screens]
    for _ in range(pictures + WARM):
        for screen, times in zip(screens, spent, strict=True):
            start = time.process_time()
            screen.render()
            times.append(time.process_time() - start)
    return [float(np.median(times[WARM:])) for times in spent]


def measure(name: str, pictures: int) -> Iterator[dict[str, object]]:
    """Yield the figures of a scenario's scene."""
    view = DesktopView(load_scenario(SCENARIOS / name), offscreen=True, size=SIZE, samples=0)
    scene = view.scene
    floor = scene.site.floors[0].outline.centroid
    scene.camera.set_pos(floor.x, floor.y, 1.55)
    scene.root.set_shader_input("eye", (floor.x, floor.y, 1.55))
    scene.root.set_shader_input("time", 1.0)
    scene.root.set_shader_input("media_count", 0)
    cost = cost_of(scene.root, scene.lighting.textures)
    driver = view.screen.driver
    plain = Screen(offscreen=True, size=SIZE, title="plain", samples=0)
    plain_scene(plain, scene.stage.root, scene.camera)
    ours, theirs = processor_s([view.screen, plain], pictures)
    plain.close()
    view.close()
    yield {
        "figure": "stage",
        "scenario": name,
        "anchor": f"plain Panda3D scene of the same triangles ({driver.split('(')[0].strip()})",
        "ratio": round(ours / theirs, 2),
        "ms_a_picture": round(1000 * ours, 1),
        "plain_ms": round(1000 * theirs, 1),
    }
    spent = {"triangles": cost.triangles, "draws": cost.draws, "texture_bytes": cost.texture_bytes}
    shares = {what: spent[what] / getattr(BUDGET, what) for what in spent}
    yield {
        "figure": "scene_cost",
        "scenario": name,
        "anchor": f"the budget, most by {max(shares, key=lambda what: shares[what])}",
        "ratio": round(max(shares.values()), 2),
        "target": 1.0,
        "triangles": cost.triangles,
        "triangles_budget": BUDGET.triangles,
        "draw_calls": cost.draws,
        "draw_calls_budget": BUDGET.draws,
        "texture_mib": round(cost.texture_bytes / 2**20, 1),
        "texture_mib_budget": BUDGET.texture_bytes >> 20,
    }


def main() -> None:
    """Measure every scenario that ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=12)
    given = parser.parse_args()
    for name in sorted(p.name for p in SCENARIOS.iterdir() if (p / "scenario.yaml").exists()):
        for figure in measure(name, given.pictures):
            sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
