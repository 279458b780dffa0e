"""Clothes painted onto a body: what each point wears is told by where it lies at rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.synthesis.body import Person, Rest


@dataclass(frozen=True)
class Subdivided:
    """Each triangle cut in four, so that painted edges are finer than the mesh.

    Args:
        edges: (E, 2) vertex indices whose midpoints follow the original vertices.
        faces: (4F, 3).
    """

    edges: NDArray[np.int64]
    faces: NDArray[np.int64]

    @classmethod
    def of(cls, faces: NDArray[np.int64], count: int) -> Subdivided:
        """Subdivide ``faces`` (F, 3) over ``count`` vertices."""
        corners = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], -1).reshape(-1, 2), axis=1)
        edges, inverse = np.unique(corners, axis=0, return_inverse=True)
        middle = inverse.reshape(-1, 3) + count
        a, b, c = faces.T
        ab, bc, ca = middle.T
        quads = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        return cls(edges, np.concatenate([np.stack(q, axis=1) for q in quads]))

    @classmethod
    def plain(cls, faces: NDArray[np.int64]) -> Subdivided:
        """The triangles as they are, for pictures too small to show the difference."""
        return cls(np.zeros((0, 2), np.int64), faces)

    def points(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """(V, 3) -> (V + E, 3)."""
        return np.concatenate([vertices, vertices[self.edges].mean(axis=1)])

    def of_points(self, values: NDArray[Any]) -> NDArray[Any]:
        """(V,) one value of each vertex -> (V + E,); midpoints take an end's."""
        return np.concatenate([values, values[self.edges[:, 0]]])


def paint(rest: Rest, points: NDArray[np.float32], is_arm: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Colour a body by where each point lies *at rest*: skin, shirt, shorts, shoes, hair.

    Args:
        rest: the person's body at rest.
        points: (P, 3) rest positions, metres (+x left, -y forward, +z up).
        is_arm: (P,) whether an arm's bones move the point; the trunk beside it wears the shirt.

    Returns:
        (P, 3) sRGB.
    """
    person: Person = rest.person
    at = {name: rest.joints[i] for name, i in INDEX.items()}
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    colours = np.tile(np.array(person.skin, np.float32), (len(points), 1))

    hip, knee, ankle = at["left_hip"], at["left_knee"], at["left_ankle"]
    shoulder, elbow, neck = at["left_shoulder"], at["left_elbow"], at["neck"]
    upper_arm = elbow - shoulder
    reach = np.stack([x, y, z], axis=1)
    along_arm = (reach - shoulder) @ upper_arm / (upper_arm @ upper_arm)
    waist = hip[2] + 0.10

    shirt = (z > waist) & (z < neck[2] - 0.015 + 0.10 * np.maximum(x - 0.02, 0))
    shirt &= ~is_arm | (along_arm < person.sleeve)
    collar = (
        (x < 0.075) & (z > neck[2] - 0.055 + 5.0 * (x - 0.03).clip(0) ** 1.2) & (y < at["neck"][1])
    )
    shirt &= ~collar
    colours[shirt] = person.shirt

    hem = knee[2] + (hip[2] - knee[2]) * (1 - person.leg)
    shorts = (z <= waist) & (z > hem) & (x < abs(hip[0]) + 0.16) & ~(is_arm & (along_arm > 0.3))
    colours[shorts] = person.shorts
    belt = (np.abs(z - waist) < 0.012) & ~is_arm
    colours[belt] = np.array(person.shorts) * 0.6

    colours[z < ankle[2] + 0.015] = person.shoes
    sole = points[:, 2].min() + 0.018
    colours[z < sole] = np.array(person.shoes) * 0.55

    eyes, skull = at["nose"], at["head"]
    top = points[:, 2].max()
    behind = y - eyes[1]
    # The hairline rises towards the forehead and comes down behind the ears.
    line = skull[2] + 0.075 - 0.95 * np.clip(behind - 0.045, 0, 0.16)
    line = np.maximum(line, neck[2] + (0.0 if person.long_hair else 0.055))
    hair = (z > line) & (behind > 0.012) & (x < 0.12) & (z > neck[2] - 0.02)
    hair |= z > top - 0.035
    colours[hair] = person.hair
    return colours.clip(0, 255).astype(np.uint8)
