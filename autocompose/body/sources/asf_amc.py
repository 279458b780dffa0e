"""ASF skeletons and AMC motions, the form of the CMU motion capture collection.

An .asf file has a skeleton at rest: for each bone a direction, a length, and the axes that its
angles turn about. An .amc file has the angles of each frame and fits one .asf. Both are read into
the same `Motion` as BVH.

Source: the conventions are those of the Acclaim format as described with the CMU collection: angles
are in degrees about the bone's own axes, and the first letter of ``axis`` turns first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.sources.bvh import MAX_FRAMES, MAX_JOINTS, Motion, about, finite_number
from autocompose.errors import JointImportError

Floats = NDArray[np.float64]

CMU_SECONDS = 1 / 120
"""Between two frames: AMC files do not say it, and the CMU collection was captured at 120 Hz."""


@dataclass(frozen=True)
class AsfBone:
    """A bone at rest.

    Args:
        direction: (3,) unit vector from its start to its end.
        length: in the file's units.
        frame: (3, 3) the axes that its angles turn about.
        order: their letters, the one that turns first in front.
        channels: of an .amc line, in order, such as ``rx``.
    """

    name: str
    parent: str
    direction: Floats
    length: float
    frame: Floats
    order: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class AsfSkeleton:
    """Bones in an order in which parents come first; the first one is the root, without length."""

    bones: tuple[AsfBone, ...]


def read_asf(text: str) -> AsfSkeleton:
    """Parse a skeleton.

    Raises:
        JointImportError: not an ASF file, cut off, or with values it may not have; names the line.
    """
    sections = _sections(text)
    missing = [name for name in ("root", "bonedata", "hierarchy") if name not in sections]
    if missing:
        raise JointImportError(f"not an ASF file: it has no :{missing[0]} section")
    turned = 1.0
    for number, words in sections.get("units", ()):
        if words[0] == "angle" and words[1:] == ["rad"]:
            turned = 180 / np.pi
        elif words[0] == "angle" and words[1:] != ["deg"]:
            raise JointImportError(f"line {number}: angle must be deg or rad")
    bones = {"root": _root(sections["root"], turned)}
    for bone in _bones(sections["bonedata"], turned):
        bones[bone.name] = bone
    if len(bones) > MAX_JOINTS:
        raise JointImportError(f"{len(bones)} bones; at most {MAX_JOINTS} are allowed")
    return AsfSkeleton(_ordered(bones, sections["hierarchy"]))


def read_amc(text: str, skeleton: AsfSkeleton, *, seconds: float = CMU_SECONDS) -> Motion:
    """Parse a motion of a skeleton.

    Args:
        text: the .amc file.
        skeleton: of the same performer.
        seconds: between two frames.

    Returns:
        The clip. Each joint stands where its bone starts; ``NAME_end`` is where a bone without
        children ends. Lengths are in the skeleton's units.

    Raises:
        JointImportError: not an AMC file, cut off, too long, or of another skeleton.
    """
    by_name = {bone.name: bone for bone in skeleton.bones}
    frames: list[dict[str, list[float]]] = []
    turned = 1.0
    for number, words in _lines(text):
        if words[0].startswith(":"):
            turned = 180 / np.pi if words[0].upper() == ":RADIANS" else turned
        elif len(words) == 1 and words[0].isdigit():
            if len(frames) >= MAX_FRAMES:
                raise JointImportError(f"more than {MAX_FRAMES} frames")
            frames.append({})
        elif not frames or words[0] not in by_name:
            raise JointImportError(
                f'line {number}: "{words[0][:40]}" is no bone of the skeleton; use the .asf file'
                " of the same performer"
            )
        else:
            values = [finite_number(word, f"line {number}") for word in words[1:]]
            if len(values) != len(by_name[words[0]].channels):
                raise JointImportError(
                    f"line {number}: {words[0]} has {len(values)} values; its skeleton has"
                    f" {len(by_name[words[0]].channels)}"
                )
            frames[-1][words[0]] = values
    if not frames:
        raise JointImportError("not an AMC file: it has no frame")
    values = {
        bone.name: _channel_values(bone, frames, turned) for bone in skeleton.bones if bone.channels
    }
    return _kinematics(skeleton, values, count=len(frames), seconds=seconds)


def _channel_values(
    bone: AsfBone, frames: Sequence[Mapping[str, list[float]]], turned: float
) -> Floats:
    """(N, C) of a bone; angles in degrees."""
    missing = next((i for i, frame in enumerate(frames) if bone.name not in frame), None)
    if missing is not None:
        raise JointImportError(f"frame {missing + 1} has no values of {bone.name}: it is cut off")
    values = np.array([frame[bone.name] for frame in frames])
    angles = [i for i, channel in enumerate(bone.channels) if channel.startswith("r")]
    values[:, angles] *= turned
    return values


def _kinematics(
    skeleton: AsfSkeleton, values: Mapping[str, Floats], *, count: int, seconds: float
) -> Motion:
    parents = {bone.parent for bone in skeleton.bones}
    names: list[str] = []
    starts: list[Floats] = []
    turns: list[Floats] = []
    rest: list[Floats] = []
    ends: dict[str, tuple[Floats, Floats, Floats]] = {}  # name -> end, turn, end at rest
    for bone in skeleton.bones:
        turn = np.broadcast_to(bone.frame, (count, 3, 3))
        moved = np.zeros((count, 3))
        angles = {}
        for channel, column in zip(
            bone.channels, values.get(bone.name, np.zeros(0)).T, strict=False
        ):
            if channel.startswith("r"):
                angles[channel[1]] = np.radians(column)
            elif channel.startswith("t"):
                moved[:, "xyz".index(channel[1])] = column
        for axis in reversed(bone.order):  # the first letter turns first, so it stands last
            if axis in angles:
                turn = turn @ about("xyz".index(axis), angles[axis])
        turn = turn @ bone.frame.T
        start, above, at_rest = np.zeros((count, 3)), np.eye(3), np.zeros(3)
        if bone.parent:
            start, above, at_rest = ends[bone.parent]
        world = above @ turn
        start = start + moved
        end = start + bone.length * (world @ bone.direction)
        ends[bone.name] = (end, world, at_rest + bone.length * bone.direction)
        names.append(bone.name)
        starts.append(start)
        turns.append(world)
        rest.append(at_rest)
        if bone.name not in parents:
            names.append(f"{bone.name}_end")
            starts.append(end)
            turns.append(world)
            rest.append(ends[bone.name][2])
    return Motion(tuple(names), np.stack(starts, 1), np.stack(turns, 1), np.stack(rest), seconds)


def _sections(text: str) -> dict[str, list[tuple[int, list[str]]]]:
    """Section -> its lines as words, with their numbers."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    name = ""
    for number, words in _lines(text):
        if words[0].startswith(":"):
            name = words[0][1:].lower()
            found[name] = []
        elif name:
            found[name].append((number, words))
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with words, comments taken off."""
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            yield number, words


def _root(lines: Sequence[tuple[int, list[str]]], turned: float) -> AsfBone:
    channels: tuple[str, ...] = ()
    order, angles = "xyz", [0.0, 0.0, 0.0]
    for number, words in lines:
        key = words[0].lower()
        if key == "order":
            channels = tuple(word.lower() for word in words[1:])
        elif key == "axis":
            order = _order(words[1:], number)
        elif key == "orientation":
            angles = _numbers(words[1:], number)
    unknown = [c for c in channels if c not in _ROOT_CHANNELS]
    if unknown:
        raise JointImportError(f'the root\'s channel "{unknown[0]}" is unknown')
    frame = _frame(angles, order, turned)
    return AsfBone("root", "", np.zeros(3), 0.0, frame, order, channels)


_ROOT_CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz")


def _bones(lines: Sequence[tuple[int, list[str]]], turned: float) -> Iterator[AsfBone]:
    known: dict[str, list[str]] = {}
    for number, words in lines:
        key = words[0].lower()
        if key == "begin":
            known = {}
        elif key == "end":
            yield _bone(known, number, turned)
        else:
            known[key] = words[1:]


def _bone(known: Mapping[str, list[str]], number: int, turned: float) -> AsfBone:
    lacking = [key for key in ("name", "direction", "length", "axis") if not known.get(key)]
    if lacking:
        raise JointImportError(f"the bone that ends in line {number} has no {lacking[0]}")
    axis = known["axis"]
    order = _order(axis[3:], number) if len(axis) > 3 else "xyz"
    direction = np.array(_numbers(known["direction"], number))
    length = float(np.linalg.norm(direction))
    channels = tuple(word.lower() for word in known.get("dof", ()))
    unknown = [c for c in channels if c not in ("rx", "ry", "rz", "tx", "ty", "tz", "l")]
    if unknown:
        raise JointImportError(f'the dof "{unknown[0]}" before line {number} is unknown')
    return AsfBone(
        known["name"][0], "", direction / length if length > 0 else direction,
        finite_number(known["length"][0], f"line {number}"),
        _frame(_numbers(axis[:3], number), order, turned), order, channels,
    )  # fmt: skip


def _ordered(
    bones: Mapping[str, AsfBone], lines: Sequence[tuple[int, list[str]]]
) -> tuple[AsfBone, ...]:
    """The bones from the root outwards, each with its parent."""
    children: dict[str, list[str]] = {}
    above: dict[str, str] = {}
    for number, words in lines:
        if words[0] in ("begin", "end"):
            continue
        for name in words:
            if name not in bones:
                raise JointImportError(f'line {number}: "{name[:40]}" is no bone of the file')
        for name in words[1:]:
            if name in above or name == "root":
                raise JointImportError(f'line {number}: "{name}" has two parents')
            above[name] = words[0]
            children.setdefault(words[0], []).append(name)
    found: list[AsfBone] = []
    waiting = ["root"]
    while waiting:
        name = waiting.pop(0)
        bone = bones[name]
        parent = above.get(name, "")
        found.append(
            AsfBone(
                bone.name, parent, bone.direction, bone.length, bone.frame, bone.order,
                bone.channels,
            )
        )  # fmt: skip
        waiting += children.get(name, [])
    return tuple(found)


def _frame(angles: Sequence[float], order: str, turned: float) -> Floats:
    """(3, 3) of the angles about fixed axes, the first letter of ``order`` first."""
    frame = np.eye(3)
    for letter in order:
        axis = "xyz".index(letter)
        frame = about(axis, np.radians(np.array([angles[axis] * turned])))[0] @ frame
    return frame


def _order(words: Sequence[str], number: int) -> str:
    order = "".join(words).lower()
    if sorted(order) != ["x", "y", "z"]:
        raise JointImportError(f'line {number}: axis order "{order}" must name x, y and z once')
    return order


def _numbers(words: Sequence[str], number: int) -> list[float]:
    if len(words) < 3:
        raise JointImportError(f"line {number}: three numbers are needed")
    return [finite_number(word, f"line {number}") for word in words[:3]]
