"""What stands in a gym and in a school yard. As in `props_room`, fronts look along +x: depth, width, height."""

from __future__ import annotations

import itertools
import math

import numpy as np

from drill.view import materials as m
from drill.view.mesh import Mesh, Pattern
from drill.view.props_room import Size, shaded
from drill.view.shapes import ball, beam, box, lathe, tube


def cone(mesh: Mesh, size: Size, _: int) -> None:
    """A traffic cone with two white bands."""
    width, depth, height = size
    radius = min(width, depth) / 2
    box(mesh, (0, 0, 0.015), (width, depth, 0.03), colour=m.CONE)
    points, normals, texture = lathe([(radius * 0.8, 0.03), (radius * 0.12, height), (0.0, height)], segments=16)
    texture[:, 1] = np.clip((points[:, 2] - 0.03) / max(height - 0.03, 0.01), 0, 1)
    mesh.triangles(points, colour=m.CONE, pattern=Pattern.STRIPES, normals=normals, texcoords=texture)


def balloon(mesh: Mesh, size: Size, key: int) -> None:
    """A balloon."""
    colour = m.BALLOONS[key % len(m.BALLOONS)]
    radius = np.asarray(size) / 2
    points, normals = ball(rings=10, segments=16)
    mesh.triangles(points * radius + (0, 0, radius[2]), colour=colour, normals=normals)
    box(mesh, (0, 0, 0.015), (0.03, 0.03, 0.03), colour=colour)


def hoop(mesh: Mesh, size: Size, _: int) -> None:
    """A basketball goal: stand, board with its square, ring and net. The board faces +x."""
    width, height = size[1:]
    board_w, board_h = min(max(width, 1.2), 1.8), 1.05
    rim = min(3.05, height - 0.25)
    reach = 0.45
    for y in (-0.35, 0.35):
        tube(mesh, (-0.25, y, 0), (-0.25, y, rim + 0.5), 0.055, colour=m.LINE_BLUE)
        beam(mesh, (-0.25, y, rim + 0.4), (reach - 0.03, y * 0.8, rim + 0.4), 0.06, colour=m.LINE_BLUE)
        beam(mesh, (-0.25, y, rim - 0.5), (reach - 0.03, y * 0.8, rim + 0.1), 0.05, colour=m.LINE_BLUE)
    for z in (0.6, 1.6, 2.6):
        beam(mesh, (-0.25, -0.35, z), (-0.25, 0.35, z), 0.05, colour=m.LINE_BLUE)
    # A padded foot, as one runs into it.
    box(mesh, (-0.18, 0, 0.9), (0.22, 0.95, 1.8), colour=m.LINE_BLUE, pattern=Pattern.CLOTH)
    box(mesh, (reach, 0, rim + 0.35), (0.04, board_w, board_h), colour=m.WHITE, pattern=Pattern.METAL)
    face = reach + 0.022
    for y in (-board_w / 2 + 0.025, board_w / 2 - 0.025):
        box(mesh, (face, y, rim + 0.35), (0.006, 0.05, board_h), colour=m.LINE_RED)
    for z in (rim + 0.35 - board_h / 2 + 0.025, rim + 0.35 + board_h / 2 - 0.025):
        box(mesh, (face, 0, z), (0.006, board_w, 0.05), colour=m.LINE_RED)
    for y in (-0.28, 0.28):
        box(mesh, (face, y, rim + 0.3), (0.006, 0.05, 0.45), colour=m.LINE_RED)
    for z in (0.08, 0.52):
        box(mesh, (face, 0, rim + z), (0.006, 0.61, 0.05), colour=m.LINE_RED)
    box(mesh, (reach + 0.06, 0, rim), (0.12, 0.12, 0.06), colour=m.CONE)
    centre = reach + 0.30
    turn = np.linspace(0, 2 * math.pi, 17)

    def ring(share: float, z: float, shift: float = 0.0) -> list[tuple[float, float, float]]:
        return [(centre + 0.23 * share * math.cos(a + shift), 0.23 * share * math.sin(a + shift), z) for a in turn]

    edge = ring(1.0, rim)
    for a, b in itertools.pairwise(edge):
        beam(mesh, a, b, 0.022, colour=m.CONE)
    levels = [(1.0, rim), (0.78, rim - 0.15), (0.62, rim - 0.29), (0.56, rim - 0.42)]
    for i, ((s0, z0), (s1, z1)) in enumerate(itertools.pairwise(levels)):
        upper, lower = ring(s0, z0, i * math.pi / 16), ring(s1, z1, (i + 1) * math.pi / 16)
        for n in range(16):
            beam(mesh, upper[n], lower[n], 0.009, colour=m.WHITE)
            beam(mesh, upper[n + 1], lower[n], 0.009, colour=m.WHITE)


def platform(mesh: Mesh, size: Size, _: int) -> None:
    """A school stage: deck of boards, panelled front with doors to the chairs below, steps at both ends."""
    width, depth, height = size
    box(mesh, (0, 0, height / 2), size, colour=m.STAGE_WOOD, pattern=Pattern.GYM_WALL)
    box(mesh, (0, 0, height - 0.02), (width + 0.06, depth + 0.06, 0.05), colour=m.WOOD_FLOOR, pattern=Pattern.WOOD)
    along_x = width >= depth
    length = max(width, depth)
    for side in (-1, 1):
        for share in np.arange(-0.45, 0.46, 0.15):
            front = (share * length, side * (depth / 2 + 0.006), height * 0.45)
            if not along_x:
                front = (side * (width / 2 + 0.006), share * length, height * 0.45)
            flat = (length * 0.13, 0.012, height * 0.7) if along_x else (0.012, length * 0.13, height * 0.7)
            box(mesh, front, flat, colour=shaded(m.STAGE_WOOD, 1.18), pattern=Pattern.PLANK)


def stage_curtain(mesh: Mesh, size: Size, _: int) -> None:
    """A heavy red curtain."""
    box(mesh, (0, 0, size[2] / 2), size, colour=m.CURTAIN, pattern=Pattern.CURTAIN)


def mat(mesh: Mesh, size: Size, _: int) -> None:
    """Gym mats in a pile, with handles."""
    width, depth, height = size
    layers = max(1, round(height / 0.10))
    for i in range(layers):
        z, slip = height * (i + 0.5) / layers, 0.02 * ((i * 7) % 3 - 1)
        tone = m.MAT if i % 2 else shaded(m.MAT, 1.18)
        part = (width - 0.04, depth - 0.04, height / layers - 0.012)
        box(mesh, (slip, -slip, z), part, colour=tone, pattern=Pattern.CLOTH)
        for side in (-1, 1):
            for x in (-0.3, 0.3):
                ear = (slip + x * width, side * (depth / 2 - 0.02), z)
                box(mesh, ear, (0.22, 0.05, 0.03), colour=m.WHITE, pattern=Pattern.CLOTH)


def vaulting_box(mesh: Mesh, size: Size, _: int) -> None:
    """A vaulting box (跳び箱): tapered wooden frames with numbers' plates, a padded white top."""
    width, depth, height = size
    count = max(3, round((height - 0.12) / 0.14))
    foot, head = 1.0, 0.62
    for i in range(count):
        low, high = i * (height - 0.12) / count, (i + 1) * (height - 0.12) / count - 0.006
        a = foot + (head - foot) * i / count
        b = foot + (head - foot) * (i + 1) / count
        _taper(mesh, (width * a, depth * (0.8 + 0.2 * a), low), (width * b, depth * (0.8 + 0.2 * b), high))
        for side in (-1, 1):
            y = side * (depth * (0.8 + 0.1 * (a + b)) / 2 - 0.002)
            box(mesh, (0, y, (low + high) / 2), (0.2, 0.014, 0.05), colour=m.BLACK)
    top = (width * head, depth * 0.93, 0.10)
    box(mesh, (0, 0, height - 0.06), top, colour=m.WHITE, pattern=Pattern.CLOTH)


def _taper(mesh: Mesh, low: Size, high: Size) -> None:
    def ring(part: Size) -> list[tuple[float, float, float]]:
        x, y = part[0] / 2, part[1] / 2
        return [(-x, -y, part[2]), (x, -y, part[2]), (x, y, part[2]), (-x, y, part[2])]

    foot, head = ring(low), ring(high)
    for i in range(4):
        j = (i + 1) % 4
        wide = math.dist(foot[i], foot[j])
        texture = [(0, 0), (wide, 0), (wide, high[2] - low[2]), (0, high[2] - low[2])]
        face = [foot[i], foot[j], head[j], head[i]]
        mesh.quad(face, colour=m.DESK_TOP, pattern=Pattern.PLANK, texcoords=texture)
    mesh.quad(head, colour=m.DESK_TOP)


def piano(mesh: Mesh, size: Size, _: int) -> None:
    """A grand piano, its lid shut, its keys towards -y, with a stool."""
    width, depth, height = size
    black = m.PIANO
    turn = np.linspace(0.0, math.pi, 13)
    left = [(-width / 2, y) for y in (-depth * 0.30, depth * 0.12)]
    tail = [(-width * (0.18 + 0.32 * math.cos(a)), depth * (0.12 + 0.38 * math.sin(a))) for a in turn[1:8]]
    right = [(width * 0.16, depth * 0.28), (width * 0.36, depth * 0.02), (width / 2, -depth * 0.12)]
    outline = np.array([(-width / 2, -depth * 0.30), *left[1:], *tail, *right, (width / 2, -depth * 0.30)])
    low, high = height * 0.56, height * 0.86
    for a, b in zip(outline, np.roll(outline, -1, 0), strict=True):
        mesh.quad([(*b, low), (*a, low), (*a, high), (*b, high)], colour=black, pattern=Pattern.METAL)
    centre = outline.mean(axis=0)
    for a, b in zip(outline, np.roll(outline, -1, 0), strict=True):
        mesh.triangles([(*centre, high), (*b, high), (*a, high)], colour=shaded(black, 1.3), pattern=Pattern.METAL)
        mesh.triangles([(*centre, low), (*a, low), (*b, low)], colour=black)
    front = -depth * 0.30
    box(mesh, (0, front - 0.13, height * 0.62), (width, 0.26, 0.11), colour=black, pattern=Pattern.METAL)
    box(mesh, (0, front - 0.16, height * 0.68), (width * 0.86, 0.15, 0.02), colour=m.WHITE)
    for n in range(36):
        if n % 7 not in (2, 6):
            x = -width * 0.42 + (n + 0.9) * width * 0.84 / 36
            box(mesh, (x, front - 0.13, height * 0.70), (width * 0.011, 0.09, 0.02), colour=m.BLACK)
    box(mesh, (0, front + 0.02, height * 0.92), (width * 0.5, 0.02, 0.22), colour=black, pattern=Pattern.METAL)
    for x, y in ((-0.42, -0.30), (0.42, -0.30), (-0.2, 0.36)):
        tube(mesh, (x * width, y * depth, 0), (x * width, y * depth, low), 0.05, colour=black)
    stool = front - 0.62
    box(mesh, (0, stool, 0.46), (0.56, 0.34, 0.08), colour=black, pattern=Pattern.CLOTH)
    for x in (-0.24, 0.24):
        for y in (-0.12, 0.12):
            tube(mesh, (x, stool + y, 0), (x, stool + y, 0.44), 0.02, colour=black, sides=6)


def ball_cart(mesh: Mesh, size: Size, key: int) -> None:
    """A cage on castors full of basketballs and volleyballs."""
    width, depth, height = size
    low = 0.14
    for x in (-0.5, 0.5):
        for y in (-0.5, 0.5):
            tube(mesh, (x * width, y * depth, 0.04), (x * width, y * depth, height), 0.018, colour=m.STEEL, sides=6)
            box(mesh, (x * width, y * depth, 0.04), (0.07, 0.05, 0.08), colour=m.BLACK)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    for z in np.linspace(low, height, 4):
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            start, end = (a[0] * width / 2, a[1] * depth / 2, z), (b[0] * width / 2, b[1] * depth / 2, z)
            beam(mesh, start, end, 0.016, colour=m.STEEL)
    for x in np.linspace(-width / 2, width / 2, max(3, round(width / 0.16))):
        for y in (-depth / 2, depth / 2):
            beam(mesh, (x, y, low), (x, y, height), 0.009, colour=m.STEEL)
    box(mesh, (0, 0, low), (width, depth, 0.02), colour=m.STEEL)
    points, normals = ball(rings=7, segments=10)
    rng = np.random.default_rng(key)
    for layer in range(max(1, round((height - low) / 0.25))):
        shift = 0.1 * (layer % 2)
        for x in np.arange(-width / 2 + 0.14 + shift, width / 2 - 0.1, 0.25):
            for y in np.arange(-depth / 2 + 0.14 + shift, depth / 2 - 0.1, 0.25):
                tone = m.BALLS[int(rng.integers(len(m.BALLS)))]
                at = (x, y, low + 0.13 + 0.22 * layer)
                mesh.triangles(points * 0.12 + np.array(at), colour=tone, normals=normals)


def wall_bars(mesh: Mesh, size: Size, _: int) -> None:
    """Wall bars (肋木): uprights and round rungs."""
    depth, width, height = size
    bays = max(1, round(width / 0.9))
    for i in range(bays + 1):
        y = -width / 2 + i * width / bays
        box(mesh, (0, y, height / 2), (depth, 0.05, height), colour=m.BARS, pattern=Pattern.PLANK)
    for z in np.arange(0.18, height - 0.05, 0.155):
        tube(mesh, (depth * 0.2, -width / 2, z), (depth * 0.2, width / 2, z), 0.02, colour=m.BARS, sides=6)


def scoreboard(mesh: Mesh, size: Size, _: int) -> None:
    """An electric scoreboard with seven-segment digits."""
    depth, width, height = size
    box(mesh, (0, 0, height / 2), size, colour=m.BLACK, pattern=Pattern.METAL)
    front = depth / 2 + 0.004
    for y, digits in ((width * 0.34, "12"), (0.0, "08"), (-width * 0.34, "10")):
        for n, digit in enumerate(digits):
            centre = y + width * (0.045 - 0.09 * n)
            _digit(mesh, front, centre, height * 0.42, width * 0.055, height * 0.36, digit)
    for y in (-width * 0.34, width * 0.34):
        box(mesh, (front, y, height * 0.8), (0.006, width * 0.22, height * 0.12), colour=m.WHITE)


SEGMENTS = {"0": "abcdef", "1": "bc", "2": "abged", "8": "abcdefg"}


def _digit(mesh: Mesh, x: float, y: float, z: float, wide: float, tall: float, digit: str) -> None:
    places = {"a": (0, 1, 1), "g": (0, 0, 1), "d": (0, -1, 1), "f": (1, 0.5, 0), "b": (-1, 0.5, 0)}
    places |= {"e": (1, -0.5, 0), "c": (-1, -0.5, 0)}
    for name in SEGMENTS[digit]:
        across, up, flat = places[name]
        size = (0.006, wide, 0.03) if flat else (0.006, 0.03, tall * 0.46)
        centre = (x, y + across * wide / 2, z + up * tall / 2)
        box(mesh, centre, size, colour=m.DIGIT, pattern=Pattern.LAMP)


def goal(mesh: Mesh, size: Size, _: int) -> None:
    """A football goal with its net; its mouth looks along +x."""
    depth, width, height = size
    back = -depth / 2
    front = depth / 2
    for y in (-width / 2, width / 2):
        tube(mesh, (front, y, 0), (front, y, height), 0.05, colour=m.WHITE)
        tube(mesh, (front, y, height), (back, y, 0.03), 0.025, colour=m.WHITE)
    tube(mesh, (front, -width / 2, height), (front, width / 2, height), 0.05, colour=m.WHITE)
    tube(mesh, (back, -width / 2, 0.03), (back, width / 2, 0.03), 0.025, colour=m.WHITE)
    for y in np.linspace(-width / 2, width / 2, max(4, round(width / 0.35))):
        beam(mesh, (front, y, height), (back, y, 0.03), 0.008, colour=m.WHITE)
    for share in np.linspace(0.1, 0.9, 7):
        x, z = front + (back - front) * share, height + (0.03 - height) * share
        beam(mesh, (x, -width / 2, z), (x, width / 2, z), 0.008, colour=m.WHITE)


def tree(mesh: Mesh, size: Size, key: int) -> None:
    """A broad-leaved tree: trunk, boughs, a crown of several clumps."""
    rng = np.random.default_rng(key)
    width, depth, height = size
    trunk = height * 0.34
    tube(mesh, (0, 0, 0), (0, 0, trunk * 1.5), 0.045 * width, colour=m.TRUNK, pattern=Pattern.BARK)
    points, normals = ball(rings=6, segments=9)
    for n in range(7):
        angle, reach = n * 2.4, 0.0 if n == 0 else 0.26
        at = np.array([math.cos(angle) * reach * width, math.sin(angle) * reach * depth, 0.0])
        at[2] = trunk + (height - trunk) * (0.66 if n == 0 else float(rng.uniform(0.25, 0.6)))
        radius = np.array([width, depth, height - trunk]) * (0.34 if n == 0 else float(rng.uniform(0.24, 0.32)))
        beam(mesh, (0, 0, trunk * 0.9), at, 0.02 * width, colour=m.TRUNK, pattern=Pattern.BARK)
        lumps = 1 + 0.12 * rng.standard_normal((len(np.unique(points.round(3), axis=0)),))
        keys = {tuple(p): lump for p, lump in zip(np.unique(points.round(3), axis=0).tolist(), lumps, strict=True)}
        scale = np.array([keys[tuple(p)] for p in points.round(3).tolist()])
        shape = points * scale[:, None] * radius + at
        texture = shape[:, :2] * 0.7 + shape[:, 2:] * 0.7
        tone = shaded(m.FOLIAGE, float(rng.uniform(0.8, 1.2)))
        mesh.triangles(shape, colour=tone, pattern=Pattern.LEAVES, normals=normals, texcoords=texture)
