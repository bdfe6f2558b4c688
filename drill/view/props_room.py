"""Furniture of school rooms. Each is drawn in its own axes, its underside's middle at the origin.

What has a front has it towards +x, and its size is given as depth, width, height.
"""

from __future__ import annotations

import math

import numpy as np

from drill.view import materials as m
from drill.view.mesh import Array, Colour, Mesh, Pattern
from drill.view.shapes import ball, beam, box, lathe, tube

Size = tuple[float, float, float]


def shaded(colour: Colour, share: float) -> Colour:
    """Return a colour made darker or lighter by a share."""
    return colour[0] * share, colour[1] * share, colour[2] * share


def desk(mesh: Mesh, size: Size, key: int) -> None:
    """A pupil's desk: board, tray for books, legs of steel tube on two skids, a hook."""
    width, depth, height = size
    along = width >= depth
    wide, deep = (width, depth) if along else (depth, width)

    def at(x: float, y: float, z: float) -> tuple[float, float, float]:
        return (x, y, z) if along else (y, x, z)

    tint = shaded(m.DESK_TOP, 0.93 + 0.14 * (key % 13) / 13)
    box(mesh, at(0, 0, height - 0.011), at(wide, deep, 0.022), colour=tint, pattern=Pattern.PLANK)
    box(mesh, at(0, 0, height - 0.026), at(wide - 0.03, deep - 0.03, 0.012), colour=shaded(m.DESK_TOP, 0.5))
    tray = height - 0.11
    box(mesh, at(0, 0, tray), at(wide * 0.84, deep * 0.84, 0.008), colour=m.STEEL, pattern=Pattern.METAL)
    for side in (-1, 1):
        edge = at(side * wide * 0.42, 0, tray + 0.04)
        box(mesh, edge, at(0.006, deep * 0.84, 0.08), colour=m.STEEL, pattern=Pattern.METAL)
        x = side * (wide / 2 - 0.045)
        for y in (-deep / 2 + 0.06, deep / 2 - 0.06):
            tube(mesh, at(x, y, 0.03), at(x, y, height - 0.03), 0.014, colour=m.DESK_LEG, sides=6)
        tube(mesh, at(x, -deep / 2 + 0.01, 0.02), at(x, deep / 2 - 0.01, 0.02), 0.015, colour=m.DESK_LEG, sides=6)
    back = at(0, deep * 0.42, tray + 0.04)
    box(mesh, back, at(wide * 0.84, 0.006, 0.08), colour=m.STEEL, pattern=Pattern.METAL)
    if key % 3 == 0:
        bag = at(-wide / 2 - 0.05, 0.02, height - 0.30)
        box(mesh, bag, at(0.07, 0.26, 0.24), colour=m.BAGS[key % len(m.BAGS)], pattern=Pattern.CLOTH)
    if key % 2 == 0:
        for n in range(1 + key % 3):
            book = at(-wide * 0.12, 0, tray + 0.016 + 0.022 * n)
            box(mesh, book, at(0.26, 0.19, 0.02), colour=m.BOOKS[(key + n) % len(m.BOOKS)])


def teacher_desk(mesh: Mesh, size: Size, _: int) -> None:
    """A desk with a closed front and drawers."""
    width, depth, height = size
    box(mesh, (0, 0, height - 0.018), (width, depth, 0.036), colour=m.DESK_TOP, pattern=Pattern.PLANK)
    grey = m.TEACHER_DESK
    along = width >= depth
    wide, deep = (width, depth) if along else (depth, width)

    def at(x: float, y: float, z: float) -> tuple[float, float, float]:
        return (x, y, z) if along else (y, x, z)

    middle = (height - 0.036) / 2
    for side in (-1, 1):
        block = at(side * (wide / 2 - 0.21), 0, middle + 0.02)
        box(mesh, block, at(0.40, deep - 0.04, 2 * middle - 0.04), colour=grey, pattern=Pattern.METAL)
        for n in range(3):
            z = 0.14 + n * (height - 0.2) / 3
            for face in (-1, 1):
                handle = at(side * (wide / 2 - 0.21), face * (deep / 2 - 0.012), z + 0.08)
                box(mesh, handle, at(0.14, 0.02, 0.015), colour=m.HANDLE)
    box(mesh, at(0, 0, middle + 0.12), at(wide - 0.8, 0.02, height * 0.6), colour=grey, pattern=Pattern.METAL)


def table(mesh: Mesh, size: Size, _: int) -> None:
    """A plain table."""
    width, depth, height = size
    box(mesh, (0, 0, height - 0.015), (width, depth, 0.03), colour=m.DESK_TOP, pattern=Pattern.PLANK)
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * (width / 2 - 0.05), y * (depth / 2 - 0.05))
            tube(mesh, (*at, 0), (*at, height - 0.03), 0.02, colour=m.STEEL, sides=6)


def chair(mesh: Mesh, size: Size, _: int) -> None:
    """A pupil's chair; one sits on it looking along +x."""
    width, depth, height = size
    seat = min(0.58 * height, 0.45)
    box(mesh, (0.01, 0, seat), (width * 0.95, depth, 0.016), colour=m.DESK_TOP, pattern=Pattern.PLANK)
    back = (-width / 2 + 0.015, 0, height - 0.09)
    box(mesh, back, (0.016, depth, 0.17), colour=m.DESK_TOP, pattern=Pattern.PLANK)
    for y in (-1, 1):
        side = y * (depth / 2 - 0.025)
        tube(
            mesh,
            (-width / 2 + 0.03, side, 0),
            (-width / 2 + 0.03, side, height - 0.03),
            0.011,
            colour=m.DESK_LEG,
            sides=6,
        )
        tube(mesh, (width / 2 - 0.03, side, 0), (width / 2 - 0.05, side, seat), 0.011, colour=m.DESK_LEG, sides=6)
        tube(mesh, (-width / 2 + 0.02, side, 0.012), (width / 2 - 0.02, side, 0.012), 0.012, colour=m.DESK_LEG, sides=6)
        tube(
            mesh,
            (-width / 2 + 0.03, side, seat - 0.02),
            (width / 2 - 0.04, side, seat - 0.02),
            0.01,
            colour=m.DESK_LEG,
            sides=6,
        )


def board(mesh: Mesh, size: Size, key: int) -> None:
    """A blackboard with a wooden frame, a chalk tray, chalk and something written on it."""
    depth, width, height = size
    low = 0.0 if height <= 1.6 else height - 1.25
    tall = min(height, 1.25)
    box(mesh, (0, 0, low + tall / 2), (depth * 0.8, width, tall), colour=m.STAGE_WOOD, pattern=Pattern.PLANK)
    box(
        mesh,
        (depth * 0.1, 0, low + tall / 2),
        (depth * 0.8 + 0.004, width - 0.08, tall - 0.08),
        colour=m.BOARD,
        pattern=Pattern.CHALK,
    )
    front = depth / 2 + 0.006
    box(mesh, (front + 0.04, 0, low + 0.02), (0.09, width, 0.018), colour=m.HANDLE, pattern=Pattern.METAL)
    rng = np.random.default_rng(key)
    colours = (m.WHITE, m.WHITE, m.CHALK_YELLOW)
    for line in range(3):
        y = width * 0.42
        while y > width * (0.05 - 0.25 * (line == 0)):
            z = low + tall * (0.80 - 0.2 * line)
            for _ in range(int(rng.integers(3, 6))):
                a, b = rng.uniform(-0.045, 0.045, 2), rng.uniform(-0.045, 0.045, 2)
                start, end = (front, y + a[0], z + a[1]), (front, y + b[0], z + b[1])
                beam(mesh, start, end, 0.008, colour=shaded(colours[line], 0.8))
            y -= 0.13
    for n, tone in enumerate((m.WHITE, m.CHALK_YELLOW, m.CHALK_RED)):
        tube(
            mesh,
            (front + 0.05, 0.3 + 0.1 * n, low + 0.035),
            (front + 0.05, 0.37 + 0.1 * n, low + 0.035),
            0.006,
            colour=tone,
            sides=5,
        )
    for y in (-0.4, width * 0.4):
        box(mesh, (front + 0.045, y, low + 0.05), (0.06, 0.14, 0.045), colour=m.ERASER)


def whiteboard(mesh: Mesh, size: Size, _: int) -> None:
    """A white board on a stand with castors."""
    depth, width, height = size
    low = min(0.75, 0.45 * height)
    box(mesh, (0, 0, (low + height) / 2), (0.03, width, height - low), colour=m.WHITE)
    for z in (low, height):
        box(mesh, (0, 0, z), (0.045, width, 0.035), colour=m.STEEL)
    for y in (-1, 1):
        side = y * (width / 2 - 0.03)
        tube(mesh, (0, side, 0.06), (0, side, height), 0.02, colour=m.STEEL, sides=6)
        tube(mesh, (-depth / 2, side, 0.06), (depth / 2, side, 0.06), 0.02, colour=m.STEEL, sides=6)
    box(mesh, (0.05, 0, low), (0.08, width * 0.8, 0.02), colour=m.STEEL)


def notice_board(mesh: Mesh, size: Size, key: int) -> None:
    """A cork board with papers."""
    depth, width, height = size
    box(mesh, (0, 0, height / 2), (depth * 0.7, width, height), colour=m.STAGE_WOOD, pattern=Pattern.PLANK)
    box(
        mesh,
        (depth * 0.2, 0, height / 2),
        (depth * 0.7, width - 0.08, height - 0.08),
        colour=m.CORK,
        pattern=Pattern.CORK,
    )
    rng = np.random.default_rng(key)
    y = -width / 2 + 0.2
    while y < width / 2 - 0.25:
        for z in (height * 0.28, height * 0.70):
            if rng.random() < 0.85:
                tall, wide = (0.297, 0.21) if rng.random() < 0.6 else (0.21, 0.297)
                paper = m.PAPERS[int(rng.integers(len(m.PAPERS)))]
                at = (depth * 0.56, y + float(rng.uniform(-0.03, 0.03)), z + float(rng.uniform(-0.03, 0.03)))
                box(mesh, at, (0.004, wide, min(tall, height * 0.42)), colour=paper)
                for line in range(4):
                    text = (at[0] + 0.003, at[1], at[2] + tall * (0.28 - 0.15 * line))
                    box(mesh, text, (0.002, wide * 0.72, 0.012), colour=shaded(paper, 0.42))
        y += 0.34


def _compartments(
    mesh: Mesh, size: Size, colour: Colour, pattern: Pattern, *, cell: tuple[float, float]
) -> tuple[int, int]:
    """Draw a case open to the front and return how many rows and columns it has."""
    depth, width, height = size
    rows, columns = max(1, round(height / cell[1])), max(1, round(width / cell[0]))
    box(mesh, (-depth / 2 + 0.01, 0, height / 2), (0.02, width, height), colour=shaded(colour, 0.7), pattern=pattern)
    for row in range(rows + 1):
        z = min(max(row * height / rows, 0.012), height - 0.012)
        box(mesh, (0, 0, z), (depth, width, 0.024), colour=colour, pattern=pattern)
    for column in range(columns + 1):
        y = -width / 2 + column * width / columns
        y = min(max(y, -width / 2 + 0.01), width / 2 - 0.01)
        box(mesh, (0, y, height / 2), (depth, 0.02, height - 0.02), colour=colour, pattern=pattern)
    return rows, columns


def book_row(mesh: Mesh, low: tuple[float, float, float], length: float, depth: float, tall: float, key: int) -> None:
    """Stand books side by side along y from `low`."""
    rng = np.random.default_rng(key)
    y = 0.0
    while y < length - 0.02:
        thick = float(rng.uniform(0.018, 0.05))
        high = tall * float(rng.uniform(0.72, 0.98))
        tone = m.BOOKS[int(rng.integers(len(m.BOOKS)))]
        box(mesh, (low[0], low[1] + y + thick / 2, low[2] + high / 2), (depth, thick * 0.94, high), colour=tone)
        y += thick
        if rng.random() < 0.06:
            y += 0.05


def bookcase(mesh: Mesh, size: Size, key: int) -> None:
    """A case of wood full of books."""
    depth, width, height = size
    rows, columns = _compartments(mesh, size, m.SHELF_WOOD, Pattern.PLANK, cell=(0.9, 0.34))
    for row in range(rows):
        for column in range(columns):
            low = (0.02, -width / 2 + column * width / columns + 0.02, row * height / rows + 0.024)
            book_row(mesh, low, width / columns - 0.04, depth * 0.7, height / rows - 0.05, key + 31 * row + column)


def shelf(mesh: Mesh, size: Size, key: int) -> None:
    """A steel rack with boxes and files; a low one is a cupboard."""
    depth, width, height = size
    if height < 1.0:
        box(mesh, (0, 0, height / 2), size, colour=m.SHELF_WOOD, pattern=Pattern.PLANK)
        for y in (-width / 4, width / 4):
            box(
                mesh,
                (depth / 2 + 0.004, y, height / 2),
                (0.012, width / 2 - 0.03, height - 0.08),
                colour=shaded(m.SHELF_WOOD, 1.12),
                pattern=Pattern.PLANK,
            )
            box(mesh, (depth / 2 + 0.02, y * 0.2, height * 0.6), (0.02, 0.02, 0.12), colour=m.HANDLE)
        return
    rng = np.random.default_rng(key)
    levels = max(2, round(height / 0.45))
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * (depth / 2 - 0.02), y * (width / 2 - 0.02))
            beam(mesh, (*at, 0), (*at, height), 0.035, colour=m.STEEL, pattern=Pattern.METAL)
    for level in range(levels):
        z = 0.08 + level * (height - 0.12) / (levels - 1) if levels > 1 else 0.1
        box(mesh, (0, 0, z), (depth, width, 0.025), colour=m.STEEL, pattern=Pattern.METAL)
        if level == levels - 1:
            continue
        y = -width / 2 + 0.05
        room = (height - 0.12) / (levels - 1) - 0.05
        while y < width / 2 - 0.3:
            wide = float(rng.uniform(0.22, 0.42))
            if rng.random() < 0.3:
                book_row(mesh, (0, y, z + 0.013), wide, depth * 0.6, room * 0.8, int(rng.integers(1 << 30)))
            elif rng.random() < 0.85:
                tall = room * float(rng.uniform(0.5, 0.9))
                carton = shaded(m.CARTON, float(rng.uniform(0.8, 1.1)))
                box(mesh, (0, y + wide / 2, z + 0.013 + tall / 2), (depth * 0.8, wide - 0.03, tall), colour=carton)
                box(
                    mesh,
                    (depth * 0.402, y + wide / 2, z + 0.013 + tall * 0.6),
                    (0.004, wide * 0.4, tall * 0.3),
                    colour=m.WHITE,
                )
            y += wide


def locker(mesh: Mesh, size: Size, key: int) -> None:
    """Open pigeon-holes of wood with satchels and bags, along the back of a classroom."""
    depth, width, height = size
    rows, columns = _compartments(mesh, size, m.SHELF_WOOD, Pattern.PLANK, cell=(0.36, 0.42))
    rng = np.random.default_rng(key)
    for row in range(rows):
        for column in range(columns):
            y = -width / 2 + (column + 0.5) * width / columns
            z = row * height / rows + 0.03
            if rng.random() < 0.85:
                bag = m.BAGS[int(rng.integers(len(m.BAGS)))]
                tall = height / rows * 0.62
                box(
                    mesh,
                    (0.0, y, z + tall / 2),
                    (depth * 0.66, width / columns * 0.68, tall),
                    colour=bag,
                    pattern=Pattern.METAL,
                )
                box(
                    mesh,
                    (depth * 0.34, y, z + tall * 0.35),
                    (0.02, width / columns * 0.5, tall * 0.5),
                    colour=shaded(bag, 0.75),
                )


def shoe_locker(mesh: Mesh, size: Size, key: int) -> None:
    """Pigeon-holes with shoes in the entrance."""
    depth, width, height = size
    rows, columns = _compartments(mesh, size, m.SHOE_WOOD, Pattern.PLANK, cell=(0.26, 0.24))
    rng = np.random.default_rng(key)
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.75:
                tone = m.SHOES[int(rng.integers(len(m.SHOES)))]
                for side in (-0.055, 0.055):
                    y = -width / 2 + (column + 0.5) * width / columns + side
                    z = row * height / rows + 0.024
                    box(mesh, (depth * 0.12, y, z + 0.03), (0.22, 0.075, 0.045), colour=tone)
                    box(mesh, (depth * 0.02, y, z + 0.05), (0.11, 0.07, 0.06), colour=shaded(tone, 0.9))


def books(mesh: Mesh, size: Size, key: int) -> None:
    """A row of loose books."""
    width, depth, height = size
    row = Mesh()
    book_row(row, (0, -width / 2, 0), width, depth * 0.8, height, key)
    mesh.add(row.turned(math.pi / 2))


def tv(mesh: Mesh, size: Size, _: int) -> None:
    """A screen on its foot."""
    depth, width, height = size
    box(mesh, (0, 0, height * 0.55), (0.07, width, height * 0.88), colour=m.BLACK)
    box(mesh, (0.037, 0, height * 0.55), (0.004, width - 0.05, height * 0.80), colour=m.SCREEN, pattern=Pattern.METAL)
    box(mesh, (0, 0, 0.06), (0.06, 0.08, 0.12), colour=m.BLACK)
    box(mesh, (0, 0, 0.012), (depth * 0.9, width * 0.45, 0.024), colour=m.BLACK)


def aquarium(mesh: Mesh, size: Size, key: int) -> None:
    """A tank with water, gravel, weed and fish."""
    depth, width, height = size
    box(mesh, (0, 0, height * 0.44), (depth - 0.02, width - 0.02, height * 0.80), colour=m.TANK, pattern=Pattern.METAL)
    box(mesh, (0, 0, 0.03), (depth - 0.015, width - 0.015, 0.06), colour=m.GRAVEL, pattern=Pattern.GRAVEL)
    for x in (-1, 1):
        for y in (-1, 1):
            at = (x * depth / 2, y * width / 2)
            beam(mesh, (*at, 0), (*at, height), 0.018, colour=m.BLACK)
    for z in (0.01, height - 0.01):
        for side in (-1, 1):
            beam(mesh, (side * depth / 2, -width / 2, z), (side * depth / 2, width / 2, z), 0.02, colour=m.BLACK)
            beam(mesh, (-depth / 2, side * width / 2, z), (depth / 2, side * width / 2, z), 0.02, colour=m.BLACK)
    box(mesh, (0, 0, height + 0.02), (depth * 0.5, width * 0.8, 0.04), colour=m.BLACK)
    rng = np.random.default_rng(key)
    points, normals = ball(rings=4, segments=6)
    for _ in range(4):
        fish = np.array([depth / 2 - 0.006, rng.uniform(-0.35, 0.35) * width, rng.uniform(0.3, 0.7) * height])
        mesh.triangles(points * (0.008, 0.035, 0.016) + fish, colour=m.LINE_RED, normals=normals)
    for _ in range(5):
        foot = float(rng.uniform(-0.4, 0.4)) * width
        start, tip = (depth / 2 - 0.006, foot, 0.06), (depth / 2 - 0.006, foot + 0.03, height * 0.6)
        beam(mesh, start, tip, 0.012, colour=m.WEED)


def vase(mesh: Mesh, size: Size, key: int) -> None:
    """A vase with flowers."""
    radius, height = min(size[:2]) / 2, size[2]
    profile = [(0.45, 0.0), (0.9, 0.15), (0.8, 0.35), (0.4, 0.5), (0.5, 0.55)]
    points, normals, _texture = lathe([(r * radius, z * height) for r, z in profile], segments=12)
    mesh.triangles(points, colour=m.VASE, normals=normals)
    sphere, out = ball(rings=4, segments=7)
    for n in range(5):
        angle = n * 2.4 + key
        at = (0.7 * radius * math.cos(angle), 0.7 * radius * math.sin(angle), height * (0.85 + 0.04 * (n % 3)))
        beam(mesh, (0, 0, height * 0.5), at, 0.008, colour=m.WEED)
        mesh.triangles(sphere * 0.03 + np.array(at), colour=m.BALLOONS[(key + n) % len(m.BALLOONS)], normals=out)


def clock(mesh: Mesh, size: Size, _: int) -> None:
    """A round wall clock; its hands stand at ten past ten."""
    depth, width, height = size
    radius = min(width, height) / 2
    for wide, thick, colour in ((radius, depth * 0.8, m.BLACK), (radius * 0.92, depth * 0.86, m.WHITE)):
        points, normals, _texture = lathe([(wide, 0.0), (wide, thick), (0.0, thick)], segments=28)
        # The lathe turns about z: stand it up so that it looks along +x.
        mesh.triangles(_upright(points, height / 2, depth), colour=colour, normals=_upright(normals, 0, 0))
    face = depth * 0.40
    for hour in range(12):
        angle = hour * math.pi / 6
        a, b = radius * (0.72 if hour % 3 else 0.64), radius * 0.84
        start = (face, a * math.sin(angle), height / 2 + a * math.cos(angle))
        beam(mesh, start, (face, b * math.sin(angle), height / 2 + b * math.cos(angle)), 0.012, colour=m.BLACK)
    for angle, reach in ((math.radians(-55), 0.46), (math.radians(60), 0.70)):
        tip = (face + 0.004, reach * radius * math.sin(angle), height / 2 + reach * radius * math.cos(angle))
        beam(mesh, (face + 0.004, 0, height / 2), tip, 0.016, colour=m.BLACK)


def _upright(points: Array, lift: float, depth: float) -> Array:
    turned = points[:, [2, 0, 1]] + np.array([-depth / 2, 0, lift], np.float32)
    return np.asarray(turned, np.float32)


def speaker(mesh: Mesh, size: Size, _: int) -> None:
    """A loudspeaker box on the wall."""
    depth, width, height = size
    box(mesh, (0, 0, height / 2), (depth, width, height), colour=m.SHELF_WOOD, pattern=Pattern.PLANK)
    box(mesh, (depth / 2, 0, height / 2), (0.012, width * 0.88, height * 0.84), colour=m.GRILLE, pattern=Pattern.CLOTH)


def curtain(mesh: Mesh, size: Size, _: int) -> None:
    """A curtain drawn aside: it hangs in folds from its rail."""
    width, depth, height = size
    along = width >= depth
    wide, deep = (width, depth) if along else (depth, width)
    folds = max(3, round(wide / 0.11))
    count = folds * 4 + 1
    x = np.linspace(-wide / 2, wide / 2, count)
    y = deep * 0.42 * np.sin(np.linspace(0, folds * 2 * math.pi, count))
    ring = np.stack([x, y], axis=1) if along else np.stack([y, x], axis=1)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    for i in range(count - 1):
        a, b = ring[i], ring[i + 1]
        quad = [(*a, 0), (*b, 0), (*b, height), (*a, height)]
        texture = [(length[i], 0), (length[i + 1], 0), (length[i + 1], height), (length[i], height)]
        mesh.quad(quad, colour=m.ROOM_CURTAIN, pattern=Pattern.CLOTH, texcoords=texture)
        mesh.quad(quad[::-1], colour=m.ROOM_CURTAIN, pattern=Pattern.CLOTH, texcoords=texture[::-1])


def tube_lamp(mesh: Mesh, size: Size, _: int) -> None:
    """A fluorescent lamp that hangs on two rods."""
    width, depth, height = size
    along = width >= depth
    long_ = max(width, depth)

    def at(a: float, b: float, z: float) -> tuple[float, float, float]:
        return (a, b, z) if along else (b, a, z)

    box(mesh, at(0, 0, height * 0.8), at(long_, min(width, depth) * 0.5, height * 0.5), colour=m.TRIM)
    for side in (-1, 1):
        box(
            mesh,
            at(0, side * 0.055, height * 0.32),
            at(long_ * 0.95, 0.034, 0.034),
            colour=m.LAMP,
            pattern=Pattern.LAMP,
        )
        beam(mesh, at(side * long_ * 0.34, 0, height), at(side * long_ * 0.34, 0, height + 0.15), 0.012, colour=m.STEEL)


def bench(mesh: Mesh, size: Size, _: int) -> None:
    """A bench of boards."""
    width, depth, height = size
    for n in (-1, 0, 1):
        box(
            mesh,
            (0, n * depth / 3, height - 0.02),
            (width, depth * 0.28, 0.04),
            colour=m.STAGE_WOOD,
            pattern=Pattern.PLANK,
        )
    for side in (-1, 1):
        box(mesh, (side * width * 0.4, 0, height / 2), (0.06, depth * 0.9, height - 0.04), colour=m.STEEL)
