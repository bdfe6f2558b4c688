"""How people stand, walk, wade, stoop, crawl and sit: joint angles from the crowd's state, all at once.

Nothing here draws; the rows go to shaders/people.vert as a texture, one column a person.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.state import BodyState, Posture

Floats = npt.NDArray[np.float64]
ROWS: Final = 7
THIGH: Final = 0.24
SHIN: Final = 0.285
"""Shin with foot, down to the sole, in a body of height 1."""
STRIDE_HEIGHTS: Final = 0.82
"""Two steps in body heights at an easy walk."""
CHILD_UP_TO_M: Final = 1.5
WADE_FROM_M: Final = 0.15
ARMS_UP_FROM_M: Final = 0.55
STOOP_FROM_PER_M: Final = 0.5

SKINS: Final = (0xF1CDA9, 0xE8BD95, 0xF5D7BA, 0xDDAE84)
HAIRS: Final = (0x201A17, 0x2A211C, 0x1A1614, 0x3A2A20)
GREY_HAIRS: Final = (0x8B8783, 0xB9B5B0)
SHIRTS: Final = (0x4F7CAC, 0xC0583F, 0x6B8F5A, 0xD9C08A, 0x7A6A9A, 0xE7E2D8, 0x3B5B78, 0xB9788A, 0x5E9A96, 0xD98B4A)
TROUSERS: Final = (0x2E3A4D, 0x4B4640, 0x5B6673, 0x3A3430, 0x6E6353)
PUPIL_SHIRT: Final = 0xF6F4EE
PUPIL_TROUSERS: Final = (0x24386B, 0x24386B, 0x7A2230)
SHOES: Final = (0x3C3F45, 0xD8D4CC, 0x7A5638, 0x2F4C6B)
CAPS: Final = (0xD03A30, 0xF2F0E8)


def phase_step(speed: Floats, height: Floats, dt: float) -> Floats:
    """Return how far, in radians, the walking cycle goes on in `dt` seconds; one cycle is two steps."""
    stride = STRIDE_HEIGHTS * height * (0.55 + 0.45 * np.clip(speed / 1.3, 0, 1.4))
    return 2 * np.pi * speed * dt / np.maximum(stride, 0.1)


def looks(ids: npt.NDArray[np.integer], height: Floats) -> npt.NDArray[np.float32]:
    """Return what a person always looks like, shape (N, 9); the same id looks the same in every run.

    Columns: five colours as 24 bit numbers (skin, hair, shirt, trousers, shoes), style of the hair, scale of the
    head, colour of the cap, girth.
    """
    rows = np.zeros((len(ids), 9), np.float32)
    for i, (number, tall) in enumerate(zip(ids.tolist(), height.tolist(), strict=True)):
        key = zlib.crc32(int(number).to_bytes(4, "little"))
        child = tall < CHILD_UP_TO_M
        old = not child and key % 5 == 0
        hair = GREY_HAIRS[key // 7 % 2] if old else HAIRS[key // 7 % len(HAIRS)]
        shirt = PUPIL_SHIRT if child else SHIRTS[key // 11 % len(SHIRTS)]
        trousers = PUPIL_TROUSERS[key // 13 % 3] if child else TROUSERS[key // 13 % len(TROUSERS)]
        style = (1, 2, 3, 4)[key // 17 % 4] if child else (1, 1, 2, 3)[key // 17 % 4]
        girth = (0.96 + 0.16 * (key // 19 % 16) / 16) * (1.04 if child else 1.08)
        head = 1.0 + 0.24 * np.clip((1.75 - tall) / 0.75, 0, 1)
        shoes = 0xF2F0EA if child else SHOES[key // 23 % len(SHOES)]
        skin = SKINS[key // 29 % len(SKINS)]
        rows[i] = (skin, hair, shirt, trousers, shoes, style, head, CAPS[key // 31 % 2], girth)
    return rows


def poses(
    *,
    xy: Floats,
    z: Floats,
    heading: Floats,
    speed: Floats,
    state: npt.NDArray[np.integer],
    posture: npt.NDArray[np.integer],
    height_m: Floats,
    phase: Floats,
    depth_m: Floats,
    extinction_per_m: Floats,
    look: npt.NDArray[np.float32],
    t_s: float,
) -> npt.NDArray[np.float32]:
    """Return the texture of the crowd, shape (ROWS, N, 4), rows as shaders/people.vert reads them.

    Args:
        xy: places, shape (N, 2), metres; all other arrays have N rows.
        z: height of the soles, metres.
        heading: unit vectors, shape (N, 2).
        speed: m/s.
        state: `BodyState`.
        posture: `Posture`.
        height_m: standing height.
        phase: of the walking cycle, radians.
        depth_m: water above the soles.
        extinction_per_m: of smoke at the eyes, 1/m.
        look: of `looks`.
        t_s: run time, for breath and sway of those who stand.
    """
    n = len(xy)
    rows = np.zeros((ROWS, n, 4))
    walk = np.clip(speed / 1.25, 0, 1.3)
    wade = np.clip((depth_m - WADE_FROM_M) / 0.35, 0, 1)
    high_arms = np.clip((depth_m - ARMS_UP_FROM_M * height_m / 1.6) / 0.2, 0, 1)
    smoke = np.clip((extinction_per_m - STOOP_FROM_PER_M) / 1.0, 0, 1)
    swing, counter = np.sin(phase), np.sin(phase + np.pi)

    reach = walk * (0.48 + 0.22 * wade)
    hip = np.stack([swing * reach + 0.12 * wade * walk, counter * reach + 0.12 * wade * walk])
    lift = np.stack([np.cos(phase), np.cos(phase + np.pi)])
    knee = 0.08 + walk * (0.32 + 0.75 * np.clip(lift, 0, 1) + 0.35 * wade * np.clip(lift, 0, 1))
    idle = np.sin(t_s * 1.3 + phase * 3.7)
    trunk = 0.03 + 0.07 * walk + 0.12 * wade * walk + 0.55 * smoke
    nod = -0.25 * trunk + 0.03 * idle * (1 - walk)
    arm = np.stack([counter, swing]) * walk * 0.55 * (1 - 0.7 * wade)
    elbow = 0.18 + 0.45 * walk * np.ones((2, n)) + 0.5 * wade
    wide = 0.09 + 0.45 * wade + 0.55 * high_arms + 0.02 * idle
    arm[1] = arm[1] * (1 - smoke) + 1.05 * smoke
    elbow[1] = elbow[1] * (1 - smoke) + 2.15 * smoke
    tip = np.zeros(n)
    pelvis = np.max(THIGH * np.cos(hip) + SHIN * np.cos(hip - knee), axis=0)

    crouch = posture == int(Posture.CROUCHING)
    hip = np.where(crouch, 0.95 + swing * 0.32 * walk * np.array([[1], [-1]]), hip)
    knee = np.where(crouch, 1.35 + 0.25 * walk * np.clip(lift, 0, 1), knee)
    trunk = np.where(crouch, np.maximum(trunk, 0.78), trunk)
    nod = np.where(crouch, -0.55, nod)
    pelvis = np.where(crouch, np.max(THIGH * np.cos(hip) + SHIN * np.cos(hip - knee), axis=0), pelvis)

    crawl = posture == int(Posture.CRAWLING)
    beat = np.stack([swing, counter]) * np.minimum(walk * 2, 1)
    hip = np.where(crawl, 1.45 + 0.25 * beat, hip)
    knee = np.where(crawl, 1.55 + 0.1 * beat, knee)
    arm = np.where(crawl, 1.5 - 0.3 * beat, arm)
    elbow = np.where(crawl, 0.12, elbow)
    tip = np.where(crawl, 1.38, tip)
    trunk = np.where(crawl, 0.05, trunk)
    nod = np.where(crawl, -1.05, nod)
    pelvis = np.where(crawl, 0.27, pelvis)
    wide = np.where(crawl, 0.05, wide)

    down = (posture == int(Posture.SITTING)) | (state == int(BodyState.INCAPACITATED))
    hip = np.where(down, 1.5, hip)
    knee = np.where(down, 0.75, knee)
    trunk = np.where(down, 0.35, trunk)
    nod = np.where(down, 0.35, nod)
    arm = np.where(down, 0.75, arm)
    elbow = np.where(down, 0.6, elbow)
    wide = np.where(down, 0.1, wide)
    tip = np.where(down, 0.0, tip)
    pelvis = np.where(down, 0.07, pelvis)

    rows[0, :, :2], rows[0, :, 2] = xy, z
    rows[0, :, 3] = np.arctan2(heading[:, 1], heading[:, 0])
    rows[1] = np.stack([height_m, look[:, 8], pelvis, tip], axis=1)
    rows[2] = np.stack([trunk, nod, wide, wide], axis=1)
    rows[3] = np.stack([hip[0], knee[0], hip[1], knee[1]], axis=1)
    rows[4] = np.stack([arm[0], elbow[0], arm[1], elbow[1]], axis=1)
    rows[5] = look[:, :4]
    rows[6] = look[:, 4:8]
    return rows.astype(np.float32)
