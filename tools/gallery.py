"""The gallery: every shipped scenario at four moments, seen through the eyes of its scripted residents.

    .venv/bin/python tools/gallery.py [SCENARIO ...]

plays the scripts, draws each moment offscreen into docs/pictures/gallery/ and writes docs/gallery.md. The test of the
gallery draws the moments again and compares.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import struct
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from drill.record.inputs import Pose
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.script import load_script
from drill.session.scripted import ScriptedResident
from drill.view.desktop import DesktopView

ROOT: Final = Path(__file__).resolve().parents[1]
SCENARIOS: Final = ROOT / "scenarios"
PICTURES: Final = ROOT / "docs" / "pictures" / "gallery"
PAGE: Final = ROOT / "docs" / "gallery.md"
SIZE: Final = (960, 540)
SAMPLES: Final = 4
SEED: Final = 7
COLOURS: Final = 256
BLOCK: Final = 12
"""Pictures are compared by the means of blocks of so many pixels a side: drivers differ in single pixels."""
MEAN_TOLERANCE: Final = 3.0
WORST_TOLERANCE: Final = 12.0
"""Of the mean and the 95th percentile of the blocks' differences, of 255."""

Picture = npt.NDArray[np.uint8]


class GalleryError(RuntimeError):
    """A picture cannot be made; the text names the moment and says what to do."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes:
        scenario, resident: folder of the scenario, and its script without the suffix.
        name: of the file, without the suffix.
        t_s: run time.
        ja, en: what is to be seen.
        turn_deg, lift_deg: by how much the resident looks aside (to the left) and up for the picture.
    """

    scenario: str
    resident: str
    name: str
    t_s: float
    ja: str
    en: str
    turn_deg: float = 0.0
    lift_deg: float = 0.0


SHOTS: Final = (
    Shot(
        "gym-flood",
        "tries-the-river-door",
        "gym-1",
        8,
        "雨の体育館。警戒レベル3。",
        "The gym in the rain. Warning level 3.",
        60,
    ),
    Shot(
        "gym-flood",
        "tries-the-river-door",
        "gym-2",
        29,
        "川側の出入口は水に押されて開かない。先生が階段へ呼びかける。",
        "The river-side door is held shut by the water; the teacher calls everybody to the stair.",
        -5,
        -8,
    ),
    Shot(
        "gym-flood",
        "tries-the-river-door",
        "gym-3",
        50,
        "泥水の中をロビーへ歩く。床の物は見えない。",
        "Wading to the lobby. Muddy water hides what lies on the floor.",
        0,
        -6,
    ),
    Shot(
        "gym-flood",
        "tries-the-river-door",
        "gym-4",
        67,
        "階段の途中から振り返ったロビー。",
        "Looking back at the lobby from the stair.",
        172,
        -22,
    ),
    Shot("school-smoke", "stays-low", "smoke-1", 26, "教室。まだ煙に気づかない。", "The classroom, before the bell."),
    Shot(
        "school-smoke",
        "near-exit",
        "smoke-2",
        51.5,
        "立ったまま廊下へ出ると、前が見えない。",
        "Standing in the corridor: next to nothing is to be seen ahead.",
    ),
    Shot(
        "school-smoke",
        "stays-low",
        "smoke-3",
        61,
        "低くなると、煙の下はよく見える。西の出口をふり返ったところ。",
        "Down low the view is clear under the same smoke: looking back at the west exit.",
        -178,
        4,
    ),
    Shot("school-smoke", "stays-low", "smoke-4", 71, "煙の下を東の出口へ。", "Under the smoke towards the east exit."),
    Shot(
        "classroom-quake",
        "drops-at-once",
        "quake-1",
        6,
        "地震の前の教室。",
        "The classroom before the earthquake.",
        -40,
    ),
    Shot(
        "classroom-quake",
        "drops-late",
        "quake-2",
        44.5,
        "まだ揺れている教室。みんなは机の下、明かりが消え、ほこりが舞う。",
        "Still shaking: the others are under their desks, the light has failed, dust is in the air.",
        -20,
        -8,
    ),
    Shot(
        "classroom-quake",
        "drops-at-once",
        "quake-3",
        103,
        "揺れがおさまった教室。倒れた棚、割れたガラス。",
        "The classroom after the shaking: fallen shelves, broken glass.",
        60,
        -14,
    ),
    Shot(
        "classroom-quake",
        "drops-at-once",
        "quake-4",
        121,
        "停電した廊下を東階段へ。",
        "Along the dark corridor to the east stair.",
    ),
)

TITLES: Final = {
    "gym-flood": ("体育館に川の水が入る", "A river comes into a gym"),
    "school-smoke": ("廊下に煙が下りてくる", "Smoke comes down in a corridor"),
    "classroom-quake": ("教室で地震", "An earthquake in a classroom"),
}

INTRODUCTION: Final = f"""# 画像集  Gallery

同梱の三つのシナリオを、四つの場面ずつ、台本どおりに動く住民の目で描いたものです。場所も人も架空です。形・模様・光・水・煙は
すべてプログラムが作り、写真や他人の素材は使っていません。グラフィックスカードのない機械 (llvmpipe) で描きました。
The three scenarios that come with Sonae, at four moments each, through the eyes of residents who follow a script.
Places and people are invented. Shapes, surfaces, light, water and smoke are all made by the program; no photograph and
nobody else's material is in them. They were drawn on a machine without a graphics card (llvmpipe).

描き直すには / To draw them again: `.venv/bin/python tools/gallery.py`

検査 (`tests/tools/test_gallery.py`) は同じ場面を描き直し、{BLOCK}×{BLOCK} 画素ごとの平均を比べます。差の平均が
{MEAN_TOLERANCE:g}/255 以下、95 パーセンタイルが {WORST_TOLERANCE:g}/255 以下なら同じとみなします。
The test draws each moment again and compares the means of blocks of {BLOCK} × {BLOCK} pixels: the mean difference must
be at most {MEAN_TOLERANCE:g}/255 and the 95th percentile at most {WORST_TOLERANCE:g}/255.
"""


def turned(frame: Frame, turn_deg: float, lift_deg: float) -> Frame:
    """Return the frame with the resident's head turned to the left and up, degrees."""
    if not turn_deg and not lift_deg:
        return frame
    head = frame.resident.head
    yaw = 2 * math.atan2(head.qz, head.qw) + math.radians(turn_deg)
    pitch = -math.radians(lift_deg)
    cy, sy, cp, sp = math.cos(yaw / 2), math.sin(yaw / 2), math.cos(pitch / 2), math.sin(pitch / 2)
    looks = Pose(head.x, head.y, head.z, qx=-sy * sp, qy=cy * sp, qz=sy * cp, qw=cy * cp)
    return dataclasses.replace(frame, resident=dataclasses.replace(frame.resident, head=looks))


def render(shots: Sequence[Shot], *, size: tuple[int, int] = SIZE, samples: int = SAMPLES) -> dict[str, Picture]:
    """Play the scripts of the shots, which are of one scenario, and return their pictures by name.

    Raises:
        GalleryError: a run ends before its moment.
        ViewError: nothing can be drawn on this machine.
    """
    (folder,) = {shot.scenario for shot in shots}
    scenario = load_scenario(SCENARIOS / folder)
    found: dict[str, Picture] = {}
    for resident in dict.fromkeys(shot.resident for shot in shots):
        # A view a run: what swings and drifts has its past in the frames that it has seen.
        view = DesktopView(scenario, offscreen=True, size=size, samples=samples)
        try:
            _play(scenario, resident, [s for s in shots if s.resident == resident], view, found)
        finally:
            view.close()
    return found


def _play(
    scenario: Scenario, resident: str, shots: Sequence[Shot], view: DesktopView, found: dict[str, Picture]
) -> None:
    path = SCENARIOS / shots[0].scenario / "residents" / f"{resident}.yaml"
    player = ScriptedResident(load_script(path, scenario), scenario)
    drill = Drill(scenario, seed=SEED)
    for shot in sorted(shots, key=lambda s: s.t_s):
        while drill.frame.t_s < shot.t_s - 1e-9:
            if drill.ended:
                msg = f"{shot.name}: the run of {resident} ended at {drill.frame.t_s:.1f} s, before {shot.t_s:g} s"
                raise GalleryError(msg + "; choose an earlier moment in tools/gallery.py")
            view.see(drill.step(player.inputs(drill.frame)))
        view.draw(turned(drill.frame, shot.turn_deg, shot.lift_deg))
        found[shot.name] = view.picture()


def differences(one: Picture, other: Picture) -> tuple[float, float]:
    """Return the mean and the 95th percentile of the differences between two pictures' blocks, of 255."""
    gap = np.abs(_blocks(one) - _blocks(other)).mean(axis=2)
    return float(gap.mean()), float(np.percentile(gap, 95))


def alike(one: Picture, other: Picture) -> bool:
    """Tell whether two pictures show the same within the stated tolerance."""
    mean, worst = differences(one, other)
    return mean <= MEAN_TOLERANCE and worst <= WORST_TOLERANCE


def _blocks(picture: Picture) -> npt.NDArray[np.float64]:
    height, width = picture.shape[:2]
    rows, columns = height // BLOCK, width // BLOCK
    cut = picture[: rows * BLOCK, : columns * BLOCK].astype(np.float64)
    return np.asarray(cut.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3)))


def small_png(picture: Picture) -> bytes:
    """Return a picture as a PNG file of 256 colours (ISO/IEC 15948), which are chosen by k-means from its own."""
    height, width = picture.shape[:2]
    pixels = picture.reshape(-1, 3).astype(np.float64)
    rng = np.random.default_rng(1)
    sample = pixels[rng.choice(len(pixels), min(20_000, len(pixels)), replace=False)]
    palette, _ = kmeans2(sample, COLOURS, iter=12, minit="++", rng=rng)
    palette = np.clip(np.round(palette), 0, 255)
    # A little ordered noise (Bayer) hides the steps between two colours.
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.47
    noise = np.tile(bayer, (height // 4 + 1, width // 4 + 1))[:height, :width].reshape(-1, 1) * 4
    index = cKDTree(palette).query(pixels + noise)[1].astype(np.uint8).reshape(height, width)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), index], axis=1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"PLTE", palette.astype(np.uint8).tobytes())
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9))
        + chunk(b"IEND", b"")
    )


def page() -> str:
    """Return the text of docs/gallery.md."""
    parts = [INTRODUCTION]
    for folder, (ja, en) in TITLES.items():
        parts.append(f"\n## {ja}  {en}\n")
        parts += [
            f"\n{s.ja}  \n{s.en}\n\n![{s.ja} {s.en}](pictures/gallery/{s.name}.png)\n"
            for s in SHOTS
            if s.scenario == folder
        ]
    return "".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the gallery, or the scenarios that are named, and write its page."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("scenario", nargs="*", choices=[*TITLES, []], help="only these scenarios")
    chosen = parser.parse_args(arguments).scenario or list(TITLES)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for folder in chosen:
        for name, picture in render([s for s in SHOTS if s.scenario == folder]).items():
            data = small_png(picture)
            (PICTURES / f"{name}.png").write_bytes(data)
            sys.stderr.write(f"{name}.png {len(data) // 1024} KiB\n")
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
