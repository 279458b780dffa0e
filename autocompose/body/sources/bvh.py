"""BVH motion files: a bounded parser, forward kinematics, and names of joints -> ours.

BVH has neither units nor joint names of its own. Positions come out in the file's units, y up
unless said otherwise; the body is scaled to one stature by default, which changes no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.measures import angle, frame, length, unit
from autocompose.body.sources.bvh_names import find_joints
from autocompose.body.sources.skeletons import Imported, finish
from autocompose.errors import JointImportError

Floats = NDArray[np.float64]

MAX_BYTES = 64 * 1024 * 1024
MAX_JOINTS = 512
MAX_FRAMES = 200_000
FACE_WITHIN = 60
"""Degrees that a face may be off the chest, in the median of a clip."""

_CHANNELS = {
    f"{axis.lower()}{kind}": (kind, "XYZ".index(axis))
    for axis in "XYZ"
    for kind in ("rotation", "position")
}


@dataclass
class _Joint:
    name: str
    parent: int
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: list[str] = field(default_factory=list)
    end: bool = False


@dataclass(frozen=True)
class Motion:
    """A clip.

    Args:
        names: joints in file order.
        positions: (N, J, 3) in the file's units.
        rotations: (N, J, 3, 3) world orientation of each joint; identity in the rest pose.
        rest: (J, 3) positions with all angles zero.
        seconds: between two frames.
        unused: frames that the file holds beyond those it declares.
    """

    names: tuple[str, ...]
    positions: Floats
    rotations: Floats
    rest: Floats
    seconds: float
    unused: int = 0


def read_bvh(text: str) -> Motion:
    """Parse a BVH file.

    Raises:
        JointImportError: not a BVH file, cut off, too large, or with channels it may not have; the
            message names the line.
    """
    if len(text) > MAX_BYTES:
        raise JointImportError(f"a BVH file of {len(text)} bytes is too large; at most {MAX_BYTES}")
    tokens = _Tokens(text)
    joints = _hierarchy(tokens)
    tokens.expect("Frames:")
    count = int(tokens.number())
    if not 1 <= count <= MAX_FRAMES:
        raise JointImportError(f"{count} frames; 1 to {MAX_FRAMES} are allowed")
    tokens.expect("Frame")
    tokens.expect("Time:")
    seconds = tokens.number()
    width = sum(len(j.channels) for j in joints)
    values = tokens.rest()
    if len(values) < count * width:
        raise JointImportError(
            f"the motion ends after {len(values)} of {count * width} numbers; the file is cut off"
        )
    motion = values[: count * width].reshape(count, width)
    positions, rotations = _kinematics(joints, motion)
    rest = _rest(joints)
    unused = -(-(len(values) - count * width) // width) if width else 0
    return Motion(tuple(j.name for j in joints), positions, rotations, rest, seconds, unused)


def import_bvh(
    text: str,
    *,
    units: str = "body",
    up: str = "+y",
    left_handed: bool = False,
    names: Mapping[str, str] | None = None,
) -> Imported:
    """The frames of a BVH file in our skeleton.

    Args:
        text: the file.
        units: a key of `autocompose.body.sources.skeletons.UNITS`.
        up: a key of `autocompose.body.sources.skeletons.UP`.
        left_handed: the axes are left-handed, as in some game engines.
        names: our joint -> the file's, for names that are not recognized.

    Returns:
        Its poses. The head counts as built where its frames do not follow the body.

    Raises:
        JointImportError: see `read_bvh`; or a joint is missing (the message lists the file's).
    """
    return import_motion(read_bvh(text), units=units, up=up, left_handed=left_handed, names=names)


def import_motion(
    motion: Motion,
    *,
    units: str = "body",
    up: str = "+y",
    left_handed: bool = False,
    names: Mapping[str, str] | None = None,
) -> Imported:
    """The frames of a clip in our skeleton.

    Args:
        motion: of `read_bvh` or `autocompose.body.sources.asf_amc.read_amc`.
        units: see `import_bvh`, as for the others.
        up: the axis that points up.
        left_handed: the axes are left-handed.
        names: our joint -> the file's.

    Raises:
        JointImportError: a joint is missing; the message lists the file's.
    """
    if left_handed:
        motion = _mirrored(motion)
    found = find_joints(motion.names, names or {})
    at = {ours: motion.positions[:, i] for ours, i in found.items()}
    notes = []
    if motion.unused:
        count = len(motion.positions)
        notes.append(
            f"the file declares {count} frames and holds {count + motion.unused}; the first"
            f" {count} are used"
        )
    if "skull_base" in found:
        face = _face(motion, found)
        off = _off_the_chest(face, at)
        if off <= FACE_WITHIN:
            at |= face
        else:
            notes.append(
                f"the frames of the head point {off:.0f} degrees off the chest (median of the"
                f" clip, at most {FACE_WITHIN}), so where it looks is unknown"
            )
    imported = finish(at, units=units, up=up)
    return replace(imported, seconds=motion.seconds, notes=tuple(notes))


def _mirrored(motion: Motion) -> Motion:
    """A left-handed clip in right-handed axes: x reversed, each joint still on its own side."""
    flip = np.array([-1.0, 1.0, 1.0])
    return replace(
        motion,
        positions=motion.positions * flip,
        rotations=motion.rotations * flip[:, None] * flip,
        rest=motion.rest * flip,
    )


def _off_the_chest(face: Mapping[str, Floats], at: Mapping[str, Floats]) -> float:
    """Degrees between face and chest, or skull and trunk if more: the median over the clip.

    A head turns, but not for most of a clip. Where it seems to, the zero pose of the file is not a
    body that looks ahead, and the head's frames say nothing.
    """
    hips, shoulders = (0.5 * (at[f"left_{j}"] + at[f"right_{j}"]) for j in ("hip", "shoulder"))
    up = unit(shoulders - hips)
    _, front = frame(at["left_shoulder"] - at["right_shoulder"], up)
    gaze, skull = face["nose"] - face["head"], face["head"] - at["skull_base"]
    return max(float(np.median(angle(*axes))) for axes in ((gaze, front), (skull, up)))


def _face(motion: Motion, found: Mapping[str, int]) -> dict[str, Floats]:
    """Skull and nose from the orientation of the head joint; BVH has no face.

    The rest pose is taken to look straight ahead.
    """
    rest, at = motion.rest, found
    up = unit((rest[at["left_shoulder"]] - rest[at["left_hip"]])[None])
    _, front = frame((rest[at["left_hip"]] - rest[at["right_hip"]])[None], up)
    trunk = length(
        (rest[[at["left_shoulder"], at["right_shoulder"]]].mean(0)
         - rest[[at["left_hip"], at["right_hip"]]].mean(0))[None]
    )  # fmt: skip
    turn = motion.rotations[:, at["skull_base"]]
    head = motion.positions[:, at["skull_base"]] + trunk * (turn @ (0.13 * up[0]))
    return {"head": head, "nose": head + trunk * (turn @ (0.2 * front[0]))}


class _Tokens:
    """The words of a BVH file up to its motion, and then its numbers."""

    def __init__(self, text: str) -> None:
        head, found, body = text.partition("MOTION")
        if not found or not head.lstrip("\ufeff \r\n\t").startswith("HIERARCHY"):
            raise JointImportError("not a BVH file: it has no HIERARCHY and MOTION part")
        self._body = body.split()
        self._at = 0
        self.head: Iterator[tuple[int, str]] = (
            (number, word)
            for number, line in enumerate(head.lstrip("\ufeff").splitlines(), 1)
            for word in line.split()
        )

    def expect(self, word: str) -> None:
        """Take one word of the motion part."""
        if self._at >= len(self._body) or self._body[self._at] != word:
            raise JointImportError(f'MOTION must continue with "{word}"')
        self._at += 1

    def number(self) -> float:
        """Take one number of the motion part."""
        word = self._body[self._at] if self._at < len(self._body) else ""
        self._at += 1
        return finite_number(word, "the MOTION header")

    def rest(self) -> Floats:
        """All numbers that are left."""
        try:
            values = np.array(self._body[self._at :], dtype=np.float64)
        except ValueError as error:
            raise JointImportError(f"MOTION holds a word that is not a number: {error}") from None
        if not np.isfinite(values).all():
            raise JointImportError("MOTION holds numbers that are not finite")
        return values


def _hierarchy(tokens: _Tokens) -> list[_Joint]:
    """Joints in file order, parents first."""
    joints: list[_Joint] = []
    open_joints: list[int] = []
    line = 0

    def take() -> str:
        nonlocal line
        item = next(tokens.head, None)
        if item is None:
            raise JointImportError("HIERARCHY is cut off: a brace is not closed")
        line = item[0]
        return item[1]

    take()  # HIERARCHY
    name, end, name_line = "", False, 0
    for line, word in tokens.head:
        if line == name_line and word != "{":
            name += f" {word}"  # "Bip01 L Thigh"
        elif word in ("ROOT", "JOINT"):
            name, end = take(), False
            name_line = line
        elif word == "End":
            take()
            name, end = f"{joints[open_joints[-1]].name}_end" if open_joints else "end", True
        elif word == "{":
            joints.append(_Joint(name, open_joints[-1] if open_joints else -1, end=end))
            open_joints.append(len(joints) - 1)
            if len(joints) > MAX_JOINTS:
                raise JointImportError(f"more than {MAX_JOINTS} joints")
        elif word == "}" and open_joints:
            open_joints.pop()
        elif word == "OFFSET" and open_joints:
            x, y, z = (finite_number(take(), f"line {line}") for _ in range(3))
            joints[open_joints[-1]].offset = (x, y, z)
        elif word == "CHANNELS" and open_joints:
            count = finite_number(take(), f"line {line}")
            names = [take().lower() for _ in range(int(min(count, 12)))]
            unknown = [n for n in names if n not in _CHANNELS]
            if unknown:
                raise JointImportError(f'line {line}: channel "{unknown[0]}" is unknown')
            joints[open_joints[-1]].channels = names
        else:
            raise JointImportError(f'line {line}: "{word}" does not belong here')
    if open_joints or not joints:
        raise JointImportError("HIERARCHY is cut off: a brace is not closed")
    return joints


def finite_number(word: str, where: str) -> float:
    """The number that a word of a motion file is.

    Raises:
        JointImportError: it is none, or not finite; the message begins with ``where``.
    """
    try:
        value = float(word)
    except ValueError:
        raise JointImportError(f'{where}: "{word[:40]}" is not a number') from None
    if not np.isfinite(value):
        raise JointImportError(f"{where}: {word[:40]} is not finite")
    return value


def _kinematics(joints: list[_Joint], motion: Floats) -> tuple[Floats, Floats]:
    count = len(motion)
    positions = np.zeros((count, len(joints), 3))
    rotations = np.zeros((count, len(joints), 3, 3))
    column = 0
    for i, joint in enumerate(joints):
        offset = np.tile(np.array(joint.offset), (count, 1))
        turn = np.broadcast_to(np.eye(3), (count, 3, 3))
        moved = False
        for name in joint.channels:
            kind, axis = _CHANNELS[name]
            values = motion[:, column]
            column += 1
            if kind == "position":
                # A position channel replaces the offset of its joint.
                offset = offset if moved else np.zeros_like(offset)
                moved = True
                offset[:, axis] = values
            else:
                turn = turn @ about(axis, np.radians(values))
        if joint.parent < 0:
            positions[:, i], rotations[:, i] = offset, turn
        else:
            above = rotations[:, joint.parent]
            positions[:, i] = positions[:, joint.parent] + np.einsum("nij,nj->ni", above, offset)
            rotations[:, i] = above @ turn
    return positions, rotations


def _rest(joints: list[_Joint]) -> Floats:
    rest = np.zeros((len(joints), 3))
    for i, joint in enumerate(joints):
        rest[i] = np.array(joint.offset) + (rest[joint.parent] if joint.parent >= 0 else 0)
    return rest


def about(axis: int, radians: Floats) -> Floats:
    """(N, 3, 3) rotations about x, y or z (``axis`` 0, 1, 2) by (N,) ``radians``."""
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    turn = np.zeros((len(radians), 3, 3))
    turn[:, axis, axis] = 1
    turn[:, i, i] = turn[:, j, j] = np.cos(radians)
    turn[:, i, j], turn[:, j, i] = -np.sin(radians), np.sin(radians)
    return turn
