"""A body as sixteen capsules around its bones: how far its parts are apart, and which touch.

A capsule is a line between two points with a radius. Distances are from surface to surface, in
metres, negative where one part runs into another; they can be differentiated. Radii are our own,
for the standard body of `autocompose.body.directions`.

Source of the distance of two segments: Ericson, Real-Time Collision Detection (2005), 5.1.9.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from autocompose.body.skeleton import INDEX

CONTACT_M = 0.02
"""Surfaces this near touch, metres."""

_SIDES = ("left", "right")


@dataclass(frozen=True)
class Capsule:
    """One part of a body.

    Args:
        name: with its side: ``left forearm``.
        start, end: weights of joints that give the ends of its line.
        radius: metres.
    """

    name: str
    start: tuple[tuple[str, float], ...]
    end: tuple[tuple[str, float], ...]
    radius: float

    @property
    def kind(self) -> str:
        """Its name without the side."""
        side, _, kind = self.name.partition(" ")
        return kind if side in _SIDES else self.name


def _at(joint: str) -> tuple[tuple[str, float], ...]:
    return ((joint, 1.0),)


def _between(a: str, b: str, share: float) -> tuple[tuple[str, float], ...]:
    return ((a, 1 - share), (b, share))


def _limbs(side: str) -> tuple[Capsule, ...]:
    def part(kind: str, start: str, end: str, *, radius: float) -> Capsule:
        return Capsule(f"{side} {kind}", _at(f"{side}_{start}"), _at(f"{side}_{end}"), radius)

    return (
        part("upper arm", "shoulder", "elbow", radius=0.045),
        part("forearm", "elbow", "wrist", radius=0.035),
        part("hand", "wrist", "hand", radius=0.04),
        part("thigh", "hip", "knee", radius=0.07),
        part("shin", "knee", "ankle", radius=0.05),
        part("foot", "ankle", "foot", radius=0.045),
    )


CAPSULES: tuple[Capsule, ...] = (
    Capsule("head", _at("head"), _between("head", "nose", 0.3), 0.10),
    Capsule("chest", _at("chest"), _between("chest", "neck", 0.6), 0.13),
    Capsule("stomach", _at("spine"), _between("spine", "chest", 0.6), 0.12),
    Capsule(
        "hips",
        _between("left_hip", "right_hip", 0.35),
        _between("left_hip", "right_hip", 0.65),
        0.12,
    ),
    *_limbs("left"),
    *_limbs("right"),
)
_GROWN_TOGETHER = (
    {"head", "chest"}, {"chest", "stomach"}, {"stomach", "hips"}, {"chest", "hips"},
    {"chest", "upper arm"}, {"stomach", "upper arm"}, {"hips", "thigh"}, {"stomach", "thigh"},
    {"upper arm", "forearm"}, {"forearm", "hand"}, {"thigh", "shin"}, {"shin", "foot"},
    {"head", "upper arm"},
)  # fmt: skip
"""Kinds of parts that meet at a joint, or lie on each other whenever the body folds."""


def _watched() -> tuple[tuple[int, int], ...]:
    """Rows of capsules whose distance says something."""
    found = []
    for a, one in enumerate(CAPSULES):
        for b in range(a + 1, len(CAPSULES)):
            other = CAPSULES[b]
            kinds = {one.kind, other.kind}
            across = {one.name.split()[0], other.name.split()[0]} == set(_SIDES)
            grown = kinds in _GROWN_TOGETHER and not across
            if not grown and kinds != {"thigh"}:
                found.append((a, b))
    return tuple(found)


WATCHED: tuple[tuple[int, int], ...] = _watched()
"""Pairs of rows of `CAPSULES` whose distance is measured; neighbours are left out."""


def _weights(ends: list[tuple[tuple[str, float], ...]]) -> torch.Tensor:
    """(16, 22): joints -> points."""
    table = torch.zeros(len(ends), len(INDEX))
    for row, end in enumerate(ends):
        for joint, share in end:
            table[row, INDEX[joint]] += share
    return table


_STARTS = _weights([capsule.start for capsule in CAPSULES])
_ENDS = _weights([capsule.end for capsule in CAPSULES])
_RADII = torch.tensor([capsule.radius for capsule in CAPSULES])
_FIRST = torch.tensor([a for a, _ in WATCHED])
_SECOND = torch.tensor([b for _, b in WATCHED])


def segment_distances(
    a: tuple[torch.Tensor, torch.Tensor], b: tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """Distances (...) of line segments, each given by two ends (..., 3)."""
    u, v, w = a[1] - a[0], b[1] - b[0], a[0] - b[0]
    uu = (u * u).sum(-1).clamp(min=1e-12)
    vv = (v * v).sum(-1).clamp(min=1e-12)
    uv, uw, vw = (u * v).sum(-1), (u * w).sum(-1), (v * w).sum(-1)
    between = (uu * vv - uv * uv).clamp(min=1e-12)
    s = ((uv * vw - uw * vv) / between).clamp(0, 1)
    t = ((uv * s + vw) / vv).clamp(0, 1)
    s = ((uv * t - uw) / uu).clamp(0, 1)
    gap = w + s[..., None] * u - t[..., None] * v
    return (gap.square().sum(-1) + 1e-12).sqrt()


def capsule_distances(joints: torch.Tensor) -> torch.Tensor:
    """Distances (N, pairs) of the pairs of `WATCHED`, from surface to surface, metres.

    Args:
        joints: (N, 22, 3) metres.
    """
    start = _STARTS.to(joints) @ joints
    end = _ENDS.to(joints) @ joints
    radii = _RADII.to(joints)
    gap = segment_distances(
        (start[:, _FIRST], end[:, _FIRST]), (start[:, _SECOND], end[:, _SECOND])
    )
    return gap - radii[_FIRST] - radii[_SECOND]


def contacts(joints: torch.Tensor) -> list[list[tuple[str, str]]]:
    """The pairs of parts that touch in each of N bodies.

    Args:
        joints: (N, 22, 3) metres, on the standard body.
    """
    near = capsule_distances(joints) < CONTACT_M
    names = [(CAPSULES[a].name, CAPSULES[b].name) for a, b in WATCHED]
    return [[names[i] for i in torch.nonzero(row).flatten().tolist()] for row in near]


def mirrored_pairs() -> list[int]:
    """For each pair of `WATCHED` the row of the pair that takes its place in the mirror."""
    rows = {capsule.name: row for row, capsule in enumerate(CAPSULES)}

    def other(row: int) -> int:
        side, _, kind = CAPSULES[row].name.partition(" ")
        if side not in _SIDES:
            return row
        return rows[f"{'right' if side == 'left' else 'left'} {kind}"]

    place = {frozenset(pair): i for i, pair in enumerate(WATCHED)}
    return [place[frozenset((other(a), other(b)))] for a, b in WATCHED]
