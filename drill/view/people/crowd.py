"""The people of a frame, drawn in three calls whatever their number, and the resident's own body in a fourth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath, OmniBoundingVolume, SamplerState, Texture

from drill.people.state import BodyState
from drill.session.frame import CrowdState, Frame, ResidentState
from drill.site.site import Site
from drill.view.media import SMOKE, Medium, water_depth
from drill.view.people import trunk
from drill.view.people.figure import FAR, MIDDLE, NEAR, figure
from drill.view.people.looks import LOOK_ROWS, PUPIL_UP_TO_M, SCHOOL_SHARE, SKINS, SMALL_UP_TO_M, Kind, kind_of, looks
from drill.view.people.manners import Seen, Voice
from drill.view.people.motion import THINK_S, Motion, Moved, Own, Walkers
from drill.view.people.seats import Seated, Seats
from drill.view.people.skeleton import BONES, Bone, Build, skin_matrices

Floats = npt.NDArray[np.float64]

NEAR_M: Final = 5.0
NEAR_MOST: Final = 10
MIDDLE_M: Final = 13.0
MIDDLE_MOST: Final = 48
ROOM_FOR: Final = 64
"""The texture grows in steps of so many people."""
MAX_PEOPLE: Final = 4096
TRIANGLES_BUDGET: Final = 950_000
"""Of all figures of a picture, with 300 people; what nobody wears falls away in the vertex shader."""
CALLS_BUDGET: Final = 4
ROWS: Final = 3 * BONES + 2
"""Three texels a bone, then the face and the mood."""
EYES_AHEAD_M: Final = 0.13
"""The resident's neck stays this far behind the eyes, so that the chest is seen below and never from within."""


class People:
    """Nodes under `root`; `show` sets them to a crowd seen from a place.

    Attributes:
        root: what is drawn.
        shown: how many people were posed, without the resident.
        voices: who speaks at the moment, for the sound.
        figures: number of figures drawn by level of detail, near to far, and the resident's own.
        packed: the texels handed to the driver, (ROWS, columns, 4).
    """

    def __init__(
        self, site: Site | None = None, *, level: bool = False, kinds: Mapping[int, Kind] | None = None
    ) -> None:
        """Make figures.

        Args:
            site: whose chairs are sat on while nothing has begun.
            level: the place has no stairs: wheelchairs are about.
            kinds: what kind of person a number is, where it is not left to their number and height.
        """
        self.root = NodePath("people")
        self.seats = Seats(site)
        self._levels = [self._level(detail) for detail in (NEAR, MIDDLE, FAR)]
        self._own = self._level(NEAR)
        self._motion = Motion()
        self._order, self._parts = np.zeros(0, np.intp), (0, 0, 0)
        self._ids, self._gone = np.zeros(0, np.uint16), np.zeros(0, np.bool_)
        self._sorted_at = np.inf
        self._kinds = dict(kinds or {})
        self._on_level = level
        self._school: bool | None = None
        self._rows = np.zeros((0, LOOK_ROWS, 4), np.float32)
        self._girth, self._aged = np.zeros(0), np.zeros(0)
        self._kind, self._tall = np.zeros(0, np.intp), np.full(0, -1.0)
        self._texture: Texture | None = None
        self._columns = 0
        self.packed = np.zeros((ROWS, 0, 4), np.float32)
        self.shown = 0
        self.voices: tuple[Voice, ...] = ()
        self.figures = (0, 0, 0, 0)

    @property
    def triangles(self) -> int:
        """Triangles of the figures shown, before those that nobody wears fall away."""
        each = [len(figure(detail).triangles()) for detail in (NEAR, MIDDLE, FAR, NEAR)]
        return sum(some * count for some, count in zip(self.figures, each, strict=True))

    @property
    def calls(self) -> int:
        """Draw calls of the figures shown."""
        return sum(some > 0 for some in self.figures)

    def see(self, frame: Frame) -> None:
        """Take a frame in its order, also one that is not shown: who got up from their chair stays up."""
        self.seats.see(frame)

    def _level(self, detail: int) -> NodePath:
        node = figure(detail).node(f"figure-{detail}")
        node.set_bounds(OmniBoundingVolume())
        node.set_final(True)
        path = self.root.attach_new_node(node)
        path.hide()
        return path

    def show(
        self,
        crowd: CrowdState,
        *,
        xy: Floats,
        z: Floats,
        t_s: float,
        media: list[Medium],
        eye: tuple[float, float, float],
        resident: ResidentState | None = None,
        shaking: bool = False,
        alarmed: bool = False,
    ) -> None:
        """Pose everybody.

        Args:
            crowd: who there is and what they do.
            xy: where they are at `t_s`, between two steps of the crowd, (N, 2), metres.
            z: heights of their soles, (N,), metres.
            t_s: run time, seconds.
            media: water and smoke.
            eye: from where one looks.
            resident: whose own body is drawn too, without its head.
            shaking: the ground shakes: people who are low cover their heads.
            alarmed: a bell rings or a warning is in force; people also see it when others set off.
        """
        seated = self.seats.places(crowd, xy, t_s)
        xy = xy if seated is None else seated.xy
        stays = self._sorted(crowd, xy, t_s, eye)
        off = np.isin(crowd.state, (int(BodyState.MOVING), int(BodyState.SAFE), int(BodyState.GONE))).any()
        alarmed = alarmed or shaking or bool(off)
        people = self._walkers(crowd, stays, xy, z, t_s, media, eye, resident, shaking=shaking, alarmed=alarmed)
        if seated is not None:
            _sit(people.seen, seated, stays)
        self.shown, self.voices = len(stays), ()
        if not len(people.slot):
            self.figures = (0, 0, 0, 0)
            for node in (*self._levels, self._own):
                node.hide()
            return
        own = None if resident is None else Own(_place(resident.left), _place(resident.right))
        moved = self._motion.step(people, own=own)
        if resident is not None:
            _under_the_eyes(moved, resident)
        self.voices = moved.voices
        self._draw(people, moved, own=resident is not None)

    def _sorted(
        self, crowd: CrowdState, xy: Floats, t_s: float, eye: tuple[float, float, float]
    ) -> npt.NDArray[np.intp]:
        """Return the rows of who is there, nearest first; the order is made anew as often as people think."""
        due = not 0.0 <= t_s - self._sorted_at < THINK_S or not np.array_equal(crowd.id, self._ids)
        if due or not np.array_equal(crowd.state == int(BodyState.GONE), self._gone):
            self._gone, self._ids, self._sorted_at = crowd.state == int(BodyState.GONE), crowd.id, t_s
            stays = (~self._gone).nonzero()[0][:MAX_PEOPLE]
            away = np.hypot(xy[stays, 0] - eye[0], xy[stays, 1] - eye[1])
            order = np.argsort(away, kind="stable")
            self._order = stays[order]
            near = min(int(np.searchsorted(away[order], NEAR_M)), NEAR_MOST)
            middle = min(int(np.searchsorted(away[order], MIDDLE_M)) - near, MIDDLE_MOST)
            self._parts = near, middle, len(stays) - near - middle
        return self._order

    def _walkers(
        self,
        crowd: CrowdState,
        stays: npt.NDArray[np.intp],
        xy: Floats,
        z: Floats,
        t_s: float,
        media: list[Medium],
        eye: tuple[float, float, float],
        resident: ResidentState | None,
        *,
        shaking: bool,
        alarmed: bool,
    ) -> Walkers:
        ids = crowd.id[stays].astype(np.int64)
        tall = crowd.height_m[stays].astype(float)
        places, heights = xy[stays], z[stays]
        heading, speed = crowd.heading[stays].astype(float), crowd.speed[stays].astype(float)
        state, posture = crowd.state[stays], crowd.posture[stays]
        slots = ids + 1
        facing = np.arctan2(heading[:, 1], heading[:, 0])
        if resident is not None:
            yaw = _yaw(resident)
            ids, slots = np.append(ids, 0xFFFF), np.append(slots, 0)
            tall = np.append(tall, max(0.6, self._own_height(resident)))
            back = (resident.feet[0] - EYES_AHEAD_M * np.cos(yaw), resident.feet[1] - EYES_AHEAD_M * np.sin(yaw))
            places = np.concatenate([places, [back]])
            heights = np.append(heights, resident.feet[2])
            facing, speed = np.append(facing, yaw), np.append(speed, resident.speed_mps)
            state, posture = np.append(state, int(resident.state)), np.append(posture, int(resident.posture))
        self._meet(ids, slots, tall)
        depth = np.maximum(water_depth(media, places, heights), 0.0)
        smoke = _smoke_at(media, places, heights + 0.93 * tall)
        seen = Seen(
            ids, self._kind[slots], places, heights, facing, tall, speed, state, posture, depth, smoke,
            np.zeros(len(ids)), shaking, t_s, None if resident is None else eye, alarmed,
        )  # fmt: skip
        seen.slope = self._motion.gait.slope(slots)
        return Walkers(slots, seen, Build.of(tall, self._girth[slots]), self._aged[slots])

    def _own_height(self, resident: ResidentState) -> float:
        """Return the resident's height, by the highest that the eyes have been above the soles."""
        eyes = resident.head.z - resident.feet[2]
        known = float(self._tall[0]) if len(self._tall) else -1.0
        return max(eyes / 0.935, known, 1.0)

    def _meet(self, ids: npt.NDArray[np.int64], slots: npt.NDArray[np.int64], tall: Floats) -> None:
        """Give looks to those not met before."""
        if self._school is None and len(ids):
            self._school = bool(np.mean(tall < PUPIL_UP_TO_M) > SCHOOL_SHARE)
        room = len(self._tall)
        if len(slots) and int(slots.max()) >= room:
            wider = int(slots.max()) * 2 + 64
            self._rows = np.concatenate([self._rows, np.zeros((wider - room, LOOK_ROWS, 4), np.float32)])
            self._girth = np.append(self._girth, np.ones(wider - room))
            self._aged = np.append(self._aged, np.zeros(wider - room))
            self._kind = np.append(self._kind, np.zeros(wider - room, np.intp))
            self._tall = np.append(self._tall, np.full(wider - room, -1.0))
        new = np.flatnonzero(np.abs(self._tall[slots] - tall) > 0.02)
        if not len(new):
            return
        kinds: list[Kind] = []
        for i in new.tolist():
            number, height = int(ids[i]), float(tall[i])
            fallback: Kind = "small" if height < SMALL_UP_TO_M else "pupil" if height < PUPIL_UP_TO_M else "adult"
            drawn = kind_of(number, height, school=bool(self._school), level=self._on_level)
            kinds.append(fallback if slots[i] == 0 else self._kinds.get(number, drawn))
        met = looks(ids[new].tolist(), tall[new], kinds)
        # The resident carries nothing, and has hands of a middling tone.
        met.rows[slots[new] == 0, 3, 0], met.rows[slots[new] == 0, 0, 0] = trunk.NO_BAG, SKINS[1]
        at = slots[new]
        self._rows[at], self._girth[at], self._aged[at] = met.rows, met.girth, met.aged
        self._kind[at], self._tall[at] = met.kind, tall[new]
        texture = Texture("looks")
        texture.setup_2d_texture(len(self._rows), LOOK_ROWS, Texture.T_float, Texture.F_rgba32)
        _plain(texture)
        texture.set_ram_image_as(np.ascontiguousarray(self._rows.transpose(1, 0, 2)).tobytes(), "RGBA")
        self.root.set_shader_input("looks", texture)

    def _draw(self, people: Walkers, moved: Moved, *, own: bool) -> None:
        count = len(people.slot)
        if self._texture is None or count > self._columns:
            self._columns = max(ROOM_FOR, -(-count // ROOM_FOR) * ROOM_FOR)
            texture = Texture("people")
            texture.setup_2d_texture(self._columns, ROWS, Texture.T_float, Texture.F_rgba32)
            _plain(texture)
            self._texture = texture
            self.packed = np.zeros((ROWS, self._columns, 4), np.float32)
            self.root.set_shader_input("people", texture)
        pack(self.packed, people, moved, own=own)
        stored: Any = self._texture.modify_ram_image()
        np.frombuffer(memoryview(stored), np.float32)[:] = self.packed.reshape(-1)
        near, middle, far = self._parts
        self.figures = (near, middle, far, int(own))
        first = 0
        for node, some in zip((*self._levels, self._own), self.figures, strict=True):
            if some:
                node.show()
                node.set_instance_count(some)
                node.set_shader_input("first_person", first)
            else:
                node.hide()
            first += some


def _sit(seen: Seen, seated: Seated, stays: npt.NDArray[np.intp]) -> None:
    """Let those sit who do; the resident's own body, the last, does not."""
    n = len(stays)
    seen.seat_m, seen.desk_m = np.zeros(len(seen.id)), np.zeros(len(seen.id))
    seen.seat_m[:n], seen.desk_m[:n] = seated.seat_m[stays], seated.desk_m[stays]
    facing = seated.facing[stays]
    seen.facing[:n] = np.where(np.isnan(facing), seen.facing[:n], facing)


def pack(into: npt.NDArray[np.float32], people: Walkers, moved: Moved, *, own: bool) -> None:
    """Write the texels of people: matrices of the bones, faces and moods, blue first as the driver stores them.

    Args:
        into: (ROWS, columns, 4), columns at least as many as people.
        people: who they are.
        moved: how they stand.
        own: the last is the resident's body, which has no head.
    """
    bones, count = moved.bones, len(people.slot)
    texels = into[: 3 * BONES].reshape(BONES, 3, -1, 4)[:, :, :count]
    matrix, offset = skin_matrices(bones.rotation, bones.joint, bones.scale)
    texels[..., 2::-1] = matrix.transpose(0, 2, 1, 3)
    texels[..., 3] = offset.transpose(0, 2, 1)
    into[3 * BONES, :count] = moved.face[:, [2, 1, 0, 3]]
    into[3 * BONES + 1, :count] = moved.mood[:, [2, 1, 0, 3]]
    into[3 * BONES + 1, :count, 0] = people.slot
    if own:
        into[3 * BONES + 1, count - 1, 3] = -1.0


def _plain(texture: Texture) -> None:
    texture.set_minfilter(SamplerState.FT_nearest)
    texture.set_magfilter(SamplerState.FT_nearest)


def _place(hand: object) -> tuple[float, float, float] | None:
    if hand is None:
        return None
    return float(hand.x), float(hand.y), float(hand.z)  # type: ignore[attr-defined]  # a Pose


def _yaw(resident: ResidentState) -> float:
    """Return where the resident's head faces in plan, radians; where it looks straight up or down, the rig's."""
    h = resident.head
    x = 1.0 - 2.0 * (h.qy * h.qy + h.qz * h.qz)
    y = 2.0 * (h.qx * h.qy + h.qz * h.qw)
    return float(np.arctan2(y, x)) if x * x + y * y > 0.04 else resident.yaw_rad


def _under_the_eyes(moved: Moved, resident: ResidentState) -> None:
    """Set the resident's body so that its neck is below and behind the eyes, however it bends."""
    yaw, joint = _yaw(resident), moved.bones.joint
    wanted = np.array([resident.head.x - EYES_AHEAD_M * np.cos(yaw), resident.head.y - EYES_AHEAD_M * np.sin(yaw)])
    joint[:, -1, :2] += wanted - joint[Bone.NECK, -1, :2]


def _smoke_at(media: list[Medium], xy: Floats, z: Floats) -> Floats:
    k = np.zeros(len(xy))
    for box in media:
        if box.kind == SMOKE:
            inside = np.all((xy >= box.low[:2]) & (xy <= box.high[:2]), axis=1)
            here = np.where(z > box.edge_m, box.above_per_m, box.below_per_m)
            k = np.where(inside, np.maximum(k, here), k)
    return k
