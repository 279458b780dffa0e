"""The closed list of regions that can touch, on the capsules of a body, and how far they are apart.

A region is a few round pieces: a hand is one capsule, an arm is two, a back is two that lie on the
rear half of chest and stomach. Distances are from surface to surface, in metres, negative where one
runs into the other; they can be differentiated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch

from autocompose.body.skeleton import INDEX
from autocompose.errors import UnknownBodyPartError, one_line
from autocompose.lab.bodies.capsules import CAPSULES, WATCHED, Capsule, segment_distances

SIDES = ("left", "right")
PAIRED = (
    "shoulder", "upper arm", "elbow", "forearm", "arm", "hand",
    "hip", "thigh", "knee", "shin", "leg", "foot",
)  # fmt: skip
"""Regions of which a body has two. ``arm`` is upper arm or forearm, ``leg`` is thigh or shin."""
MIDLINE = ("head", "face", "neck", "chest", "stomach", "back", "hips", "bottom")
NAMES = (*MIDLINE, *PAIRED)
"""Every region without its side."""

_ALIASES = {
    "belly": "stomach", "abdomen": "stomach", "tummy": "stomach", "waist": "stomach",
    "butt": "bottom", "buttocks": "bottom", "buttock": "bottom", "pelvis": "hips",
    "hip": "hips", "breast": "chest", "forehead": "face", "chin": "face", "cheek": "face",
    "mouth": "face", "nose": "face", "ear": "head", "hair": "head",
    "palm": "hand", "finger": "hand", "fingers": "hand", "fist": "hand", "wrist": "hand",
    "bicep": "upper arm", "biceps": "upper arm", "lower arm": "forearm",
    "lower leg": "shin", "calf": "shin", "upper leg": "thigh",
    "ankle": "foot", "heel": "foot", "toe": "foot", "toes": "foot", "sole": "foot",
}  # fmt: skip
_PLURALS = {"feet": "foot", "calves": "calf", "thighs": "thigh", "bellies": "belly"}
_LONGEST = 60
"""Letters of a name that are looked at; the rest of a hostile one is not worth a word."""
_ON = {
    "face": ("head",), "neck": ("head", "chest"), "back": ("chest", "stomach"),
    "bottom": ("hips",), "hip": ("hips",), "shoulder": ("upper arm", "chest"),
    "elbow": ("upper arm", "forearm"), "arm": ("upper arm", "forearm"),
    "knee": ("thigh", "shin"), "leg": ("thigh", "shin"),
}  # fmt: skip
"""The capsules that a region lies on, where it is none itself."""
_ARM = {"shoulder": (0, 0), "upper arm": (1, 1), "elbow": (2, 2), "forearm": (3, 3), "arm": (1, 3)}
_ARM["hand"] = (4, 4)
_LEG = {"hip": (0, 0), "thigh": (1, 1), "knee": (2, 2), "shin": (3, 3), "leg": (1, 3)}
_LEG["foot"] = (4, 4)
_ALWAYS = {"shoulder", "upper arm", "arm"}, {"chest", "back", "stomach", "neck"}
_FOLDED = {"thigh", "leg", "hip"}, {"hips", "bottom", "stomach"}


@dataclass(frozen=True)
class Piece:
    """One round piece of a region.

    Args:
        capsule: its line and radius.
        ahead: metres that the line is moved to the front of chest or pelvis; negative to the back.
        of: whose front, ``chest`` or ``pelvis``.
    """

    capsule: Capsule
    ahead: float = 0.0
    of: str = "chest"


def side_of(region: str) -> str:
    """``left``, ``right`` or empty.

    >>> side_of("left hand"), side_of("hand"), side_of("head")
    ('left', '', '')
    """
    first, _, rest = region.partition(" ")
    return first if first in SIDES and rest else ""


def kind_of_region(region: str) -> str:
    """A region without its side."""
    return region.partition(" ")[2] if side_of(region) else region


def mirrored_region(region: str) -> str:
    """The region that takes its place in the mirror."""
    side = side_of(region)
    if not side:
        return region
    return f"{'right' if side == 'left' else 'left'} {kind_of_region(region)}"


def read_region(name: str) -> str:
    """A region from the words for it: ``left wrist``, ``Belly``, ``knees``.

    >>> read_region("Left Wrist"), read_region("feet"), read_region("right hip")
    ('left hand', 'foot', 'right hip')

    Raises:
        UnknownBodyPartError: it is outside the closed list.
    """
    words = name[: 4 * _LONGEST].lower().replace("_", " ").replace("-", " ").split()
    side = words.pop(0) if len(words) > 1 and words[0] in SIDES else ""
    kind = " ".join(words)
    if side and kind == "hip":
        return f"{side} hip"
    kind = _singular(kind)
    if kind in MIDLINE and not side:
        return kind
    if kind in PAIRED:
        return f"{side} {kind}".strip()
    said = one_line(name, _LONGEST)
    more = "" if not side or kind not in MIDLINE else f"; {kind} has no side"
    raise UnknownBodyPartError(
        f'"{said}" is not a region that can touch{more}; use one of {", ".join(NAMES)}, those from'
        " shoulder on with left or right before them"
    )


def _singular(kind: str) -> str:
    kind = _PLURALS.get(kind, kind)
    if kind not in NAMES and kind not in _ALIASES and kind.endswith("s"):
        kind = kind[:-1]
    return _ALIASES.get(kind, kind)


def can_touch(a: str, b: str) -> bool:
    """Whether it says something that two regions (with sides) touch.

    Regions that meet at a joint, or lie on each other whenever a body folds, always do; a hand
    never reaches its own elbow.
    """
    kinds = {kind_of_region(a), kind_of_region(b)}
    if a == b or kinds <= set(MIDLINE):
        return False
    for limb, trunk in (_ALWAYS, _FOLDED):
        if kinds & limb and kinds & trunk:
            return False
    one, other = side_of(a), side_of(b)
    if one != other or not one:
        return True
    for chain in (_ARM, _LEG):
        if kinds <= set(chain):
            (low, high), (low2, high2) = chain[kind_of_region(a)], chain[kind_of_region(b)]
            return max(low - high2, low2 - high) > 2
    return True


def capsules_under(region: str) -> tuple[str, ...]:
    """Names of the capsules that a region lies on."""
    side, kind = side_of(region), kind_of_region(region)
    kinds = _ON.get(kind, (kind,))
    trunk = {"head", "chest", "stomach", "hips"}
    return tuple(name if name in trunk else f"{side} {name}".strip() for name in kinds)


def _ball(name: str, *at: tuple[str, float], radius: float) -> Piece:
    return Piece(Capsule(name, at, at, radius))


@cache
def _pieces() -> dict[str, tuple[Piece, ...]]:
    """The pieces of every region with its side."""
    by_name = {capsule.name: capsule for capsule in CAPSULES}
    found: dict[str, tuple[Piece, ...]] = {n: (Piece(one),) for n, one in by_name.items()}

    def moved(name: str, ahead: float, radius: float) -> Piece:
        base = by_name[name]
        of = "pelvis" if name == "hips" else "chest"
        return Piece(Capsule(name, base.start, base.end, radius), ahead, of)

    found["face"] = (_ball("face", ("nose", 1.0), radius=0.06),)
    found["neck"] = (_ball("neck", ("neck", 0.7), ("head", 0.3), radius=0.06),)
    # The rear half of a trunk: a thinner capsule whose back is where the whole one has its own.
    found["back"] = (moved("chest", -0.05, 0.08), moved("stomach", -0.04, 0.08))
    found["bottom"] = (moved("hips", -0.05, 0.08),)
    for side, other in (SIDES, SIDES[::-1]):
        hip = (f"{side}_hip", 0.73), (f"{other}_hip", 0.27)
        found[f"{side} hip"] = (_ball("hip", *hip, radius=0.10),)
        found[f"{side} shoulder"] = (_ball("shoulder", (f"{side}_shoulder", 1.0), radius=0.06),)
        found[f"{side} elbow"] = (_ball("elbow", (f"{side}_elbow", 1.0), radius=0.045),)
        found[f"{side} knee"] = (_ball("knee", (f"{side}_knee", 1.0), radius=0.07),)
        found[f"{side} arm"] = found[f"{side} upper arm"] + found[f"{side} forearm"]
        found[f"{side} leg"] = found[f"{side} thigh"] + found[f"{side} shin"]
    return found


class RegionPairs:
    """Pairs of regions with sides, ready to be measured on many bodies.

    Args:
        pairs: P pairs of names.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        known = _pieces()
        names = sorted({name for pair in pairs for name in pair})
        pieces = [piece for name in names for piece in known[name]]
        first = {name: sum(len(known[n]) for n in names[:i]) for i, name in enumerate(names)}
        self._start = _weights([piece.capsule.start for piece in pieces])
        self._end = _weights([piece.capsule.end for piece in pieces])
        self._radii = torch.tensor([p.capsule.radius for p in pieces], dtype=torch.float64)
        self._ahead = torch.tensor(
            [[p.ahead * (p.of == of) for of in ("chest", "pelvis")] for p in pieces],
            dtype=torch.float64,
        ).reshape(len(pieces), 2)
        combos = []
        for a, b in pairs:
            rows = [
                (first[a] + i, first[b] + k)
                for i in range(len(known[a]))
                for k in range(len(known[b]))
            ]
            combos.append(rows)
        most = max((len(rows) for rows in combos), default=1)
        # Shorter lists repeat their first pair: the least of them stays the least.
        padded = [rows + rows[:1] * (most - len(rows)) for rows in combos]
        table = torch.tensor(padded, dtype=torch.long).reshape(len(combos), most, 2)
        self._a, self._b = table[..., 0], table[..., 1]

    def distances(self, joints: torch.Tensor, other: torch.Tensor | None = None) -> torch.Tensor:
        """(N, P) metres between the surfaces of the regions of each pair.

        Args:
            joints: (N, 22, 3) metres, of a body as large as the standard one.
            other: the bodies that have the second region of each pair; None for the same.
        """
        start, end = self._ends(joints)
        start2, end2 = (start, end) if other is None else self._ends(other)
        radii = self._radii.to(joints)
        gap = segment_distances(
            (start[:, self._a], end[:, self._a]), (start2[:, self._b], end2[:, self._b])
        )
        return (gap - radii[self._a] - radii[self._b]).amin(-1)

    def _ends(self, joints: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the lines of all pieces begin and end, (N, pieces, 3) each."""
        shift = torch.einsum("kf,nfx->nkx", self._ahead.to(joints), _fronts(joints))
        start = self._start.to(joints) @ joints + shift
        return start, self._end.to(joints) @ joints + shift


def _weights(ends: Sequence[tuple[tuple[str, float], ...]]) -> torch.Tensor:
    table = torch.zeros(len(ends), len(INDEX), dtype=torch.float64)
    for row, end in enumerate(ends):
        for joint, share in end:
            table[row, INDEX[joint]] += share
    return table


def _fronts(joints: torch.Tensor) -> torch.Tensor:
    """(N, 2, 3) unit vectors to the front of chest and pelvis."""
    found = []
    for left, right, top, root in (
        ("left_shoulder", "right_shoulder", "neck", "chest"),
        ("left_hip", "right_hip", "spine", "pelvis"),
    ):
        across = joints[:, INDEX[left]] - joints[:, INDEX[right]]
        up = joints[:, INDEX[top]] - joints[:, INDEX[root]]
        front = torch.linalg.cross(across, up)
        found.append(front / front.norm(dim=-1, keepdim=True).clamp(min=1e-9))
    return torch.stack(found, dim=1)


WATCHED_NAMES: tuple[tuple[str, str], ...] = tuple(
    (CAPSULES[a].name, CAPSULES[b].name) for a, b in WATCHED
)
"""The pairs of capsules whose distance says something, by name."""
