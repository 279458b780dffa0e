"""Names of joints in motion files -> ours.

BVH has no joint names of its own: every tool has its family of them, told apart here by a side and
a base, as in ``mixamorig:LeftUpLeg``, ``Bip01 L Thigh`` or ``CC_Base_L_Thigh``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autocompose.body.skeleton import JOINTS
from autocompose.errors import JointImportError

MAX_LISTED = 20
"""Names of a file's joints that an error lists."""

# Bases of joint names, best first. "LeftShoulder" is the collar bone where there is a "LeftArm".
_NAMES: dict[str, tuple[str, ...]] = {
    "hip": ("upleg", "upperleg", "thigh", "femur", "hip"),
    "knee": ("knee", "lowerleg", "lowleg", "shin", "calf", "tibia", "leg"),
    "ankle": ("ankle", "foot"),
    "foot": ("toebase", "toe", "toes", "ball", "forefoot", "foot"),
    "shoulder": ("upperarm", "uparm", "shldr", "humerus", "arm", "shoulder"),
    "elbow": ("elbow", "forearm", "lowerarm", "lowarm", "radius"),
    "wrist": ("wrist", "hand"),
    "hand": ("handmiddle", "middle", "handindex", "index", "hand"),
}
_MIDDLE: dict[str, tuple[str, ...]] = {
    "neck": ("neck", "necktwist", "lowerneck"),
    "skull_base": ("head",),
}


def find_joints(names: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Our joints -> columns of the file.

    Raises:
        JointImportError: ``chosen`` names a joint that is not ours or not the file's, or one that
            is needed is not recognized.
    """
    ours = (*JOINTS, "skull_base")
    strange = [joint for joint in chosen if joint not in ours]
    if strange:
        raise JointImportError(
            f'"{strange[0]}" is not one of our joints; name one of {", ".join(ours)}'
        )
    parts = [split_name(name) for name in names]
    found: dict[str, int] = {}
    for side in ("left", "right"):
        for joint, bases in _NAMES.items():
            index = next((parts.index((side, b)) for b in bases if (side, b) in parts), None)
            # "L_Foot" is the ankle, but the toes where there is an "L_Ankle".
            if index is not None and index not in found.values():
                found[f"{side}_{joint}"] = index
    for joint, bases in _MIDDLE.items():
        index = next((parts.index(("", b)) for b in bases if ("", b) in parts), None)
        if index is not None:
            found[joint] = index
    for joint, name in chosen.items():
        if name not in names:
            raise JointImportError(f'the file has no joint "{name}"; it has {_listed(names)}')
        found[joint] = names.index(name)
    missing = [
        f"{s}_{j}"
        for s in ("left", "right")
        for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        if f"{s}_{j}" not in found
    ]
    if missing:
        raise JointImportError(
            f"no joint is recognized as {', '.join(missing)}; name it (for example"
            f" {missing[0]}=NAME) from the file's: {_listed(names)}"
        )
    return found


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def split_name(name: str) -> tuple[str, str]:
    """``mixamorig:LeftUpLeg`` -> (left, upleg); ``UpperLeg_R`` -> (right, upperleg)."""
    name = name.rpartition(":")[2]
    name = re.sub(r"^(Bip\w*?|Character\d*|CC_Base)[ _]", "", name)
    for side in ("left", "right"):
        match = re.search(rf"(?i)(^|[^a-z]|(?<=[a-z])(?-i:(?={side[0].upper()}))){side}", name)
        if match:
            return side, _base(name[: match.start()] + name[match.end() :])
    match = re.match(r"^([lrLR])(?=[A-Z_. ])[_. ]?(.+)$", name) or re.match(
        r"^([lr])(?=femur|tibia|foot|toe|humerus|radius|wrist|hand|shoulder|elbow|hip|knee|ankle)(.+)$",
        name,
    )
    if match:
        return ("left" if match[1] in "lL" else "right"), _base(match[2])
    match = re.match(r"^(.+?)[_. ]([lrLR])$", name) or re.match(r"^(.+?[a-z])([LR])$", name)
    if match:
        return ("left" if match[2] in "lL" else "right"), _base(match[1])
    return "", _base(name)


def _base(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
