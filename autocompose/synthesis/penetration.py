"""How deep one part of a body runs into another, measured on the mesh of the person who is shown.

A point of one part is inside another when it lies behind the nearest surface there; its depth is
the distance to that surface. Skin gives way, so a little depth is how two parts touch: `ALLOWED`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PREFIXES = {
    "trunk": ("pelvis", "spine0"),
    "head": ("neck02", "neck03", "head", "eye"),
    "arm": ("upperarm02", "lowerarm", "wrist", "finger", "metacarpal"),
    "hip": ("upperleg01",),
    "thigh": ("upperleg02",),
    "shin": ("lowerleg",),
    "foot": ("foot", "toe"),
}
# Soft parts that lie on each other when the body folds: a depth that looks like touching.
_SOFT = 0.05
_FIRM = 0.025
ALLOWED: Mapping[tuple[str, str], float] = {
    ("arm", "trunk"): _FIRM, ("arm", "head"): _FIRM, ("arm", "arm"): _FIRM,
    ("arm", "hip"): _FIRM, ("arm", "thigh"): _FIRM, ("arm", "shin"): _FIRM, ("arm", "foot"): _FIRM,
    ("head", "thigh"): _FIRM, ("head", "shin"): _FIRM,
    ("thigh", "trunk"): _SOFT, ("shin", "trunk"): _SOFT, ("foot", "trunk"): _SOFT,
    ("thigh", "thigh"): _SOFT, ("shin", "thigh"): _FIRM, ("foot", "thigh"): _FIRM,
    ("shin", "shin"): _FIRM, ("foot", "shin"): _FIRM, ("foot", "foot"): _FIRM,
}  # fmt: skip
"""Kinds of parts -> metres that one may lie in the other. Parts that grow together are not here."""
_FACING = 0.6  # cosine: a point behind an open rim of a part is not inside it
_EVERY = 2  # of the points that are asked about


@dataclass(frozen=True)
class Contact:
    """One part in another.

    Args:
        parts: the part whose points are inside, and the part that they are in: ``left arm``.
        depth: metres.
        excess: metres beyond what is allowed; negative while they only touch.
        point: (3,) the deepest point, in the axes of the vertices.
        out: (3,) unit vector that leads out of the other part there.
    """

    parts: tuple[str, str]
    depth: float
    excess: float
    point: Array
    out: Array


class BodyParts:
    """Which vertices belong to which part of the body."""

    def __init__(self, bones: Sequence[str], owner: NDArray[np.int64]) -> None:
        """Sort the vertices.

        Args:
            bones: names as Anny has them: ``upperarm02.L``.
            owner: (V,) the bone that moves each vertex most.
        """
        parts: dict[str, list[NDArray[np.int64]]] = {}
        for i, bone in enumerate(bones):
            kind = next((k for k, p in _PREFIXES.items() if bone.startswith(p)), None)
            if kind is None:
                continue
            side = {"L": "left ", "R": "right "}.get(bone.partition(".")[2], "")
            name = kind if kind in ("trunk", "head") else f"{side}{kind}"
            parts.setdefault(name, []).append(np.flatnonzero(owner == i))
        self.parts = {name: np.concatenate(found) for name, found in parts.items()}
        self._pairs = [
            (a, b, ALLOWED[kinds])
            for a in self.parts
            for b in self.parts
            if a != b and (kinds := (_kind(a), _kind(b))) in ALLOWED and not _grow_together(a, b)
        ]

    def contacts(
        self, vertices: NDArray[np.float32], normals: NDArray[np.float32]
    ) -> list[Contact]:
        """Every part that lies in another, deepest excess first.

        Args:
            vertices: (V, 3) metres.
            normals: (V, 3) outward, of length one.
        """
        found: list[Contact] = []
        boxes = {n: (vertices[r].min(0), vertices[r].max(0)) for n, r in self.parts.items()}
        for a, b, allowed in self._pairs:
            low, high = boxes[b]
            asked = vertices[self.parts[a][::_EVERY]]
            asked = asked[((asked > low) & (asked < high)).all(axis=1)]
            if not len(asked):
                continue
            rows = self.parts[b]
            gaps = torch.cdist(torch.from_numpy(asked), torch.from_numpy(vertices[rows]))
            distance, nearest = (value.numpy() for value in gaps.min(dim=1))
            out = normals[rows[nearest]]
            depth = ((vertices[rows[nearest]] - asked) * out).sum(axis=1)
            depth[depth < _FACING * distance] = 0.0
            deepest = int(np.argmax(depth))
            if depth[deepest] > 0:
                found.append(
                    Contact(
                        (a, b),
                        float(depth[deepest]),
                        float(depth[deepest]) - allowed,
                        asked[deepest].astype(np.float64),
                        out[deepest].astype(np.float64),
                    )
                )
        return sorted(found, key=lambda contact: -contact.excess)


def _kind(part: str) -> str:
    return part.split()[-1]


def _grow_together(a: str, b: str) -> bool:
    """Whether two parts of one leg, which fold onto each other anyway."""
    same_side = a.split()[0] == b.split()[0]
    return same_side and {_kind(a), _kind(b)} <= {"hip", "thigh", "shin", "foot"}


def vertex_normals(points: NDArray[np.float32], faces: NDArray[np.int64]) -> NDArray[np.float32]:
    """(P, 3) outward unit normals of a closed mesh, weighted by area.

    Args:
        points: (P, 3).
        faces: (F, 3) rows of ``points``, counter-clockwise from outside.
    """
    a, b, c = (points[faces[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for i in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(faces[:, i], face[:, axis], len(points))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
