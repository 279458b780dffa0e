"""The six people of the demo dataset. More are drawn from a seed when more are asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autocompose.synthesis.body import Person
from autocompose.synthesis.render import FLOOR_COLOUR

_STANDS_OUT = 25.0  # CIELAB
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

# fmt: off
PEOPLE: tuple[Person, ...] = (
    Person("p1", 0.0, 0.60, 0.62, 0.45, 0.60, 0.7, (214, 160, 128), (62, 42, 30), (40, 92, 168), (40, 44, 56), (235, 235, 232)),
    Person("p2", 1.0, 0.58, 0.45, 0.45, 0.50, 0.8, (118, 76, 54), (28, 22, 20), (190, 48, 62), (150, 188, 216), (70, 70, 78), sleeve=0.35, long_hair=True),
    Person("p3", 0.0, 0.72, 0.55, 0.62, 0.55, 0.5, (228, 182, 152), (150, 148, 144), (44, 128, 84), (112, 98, 74), (58, 48, 42), sleeve=0.75),
    Person("p4", 1.0, 0.62, 0.55, 0.40, 0.62, 0.9, (232, 190, 160), (150, 82, 40), (122, 70, 150), (38, 46, 74), (240, 240, 240), sleeve=0.20, leg=0.45, long_hair=True),
    Person("p5", 0.0, 0.55, 0.80, 0.52, 0.75, 0.8, (94, 62, 46), (22, 20, 20), (222, 170, 46), (206, 208, 204), (228, 96, 40), sleeve=0.40),
    Person("p6", 1.0, 0.66, 0.50, 0.58, 0.40, 0.6, (196, 140, 104), (40, 30, 28), (240, 238, 232), (30, 92, 108), (36, 36, 40), sleeve=1.15, leg=1.10, long_hair=True),
)
# fmt: on


def people(count: int, seed: int) -> tuple[Person, ...]:
    """The first ``count`` people; beyond the six authored ones, drawn at random from ``seed``."""
    rng = np.random.default_rng([seed, 6])
    drawn = []
    for i in range(len(PEOPLE), count):
        base = PEOPLE[int(rng.integers(len(PEOPLE)))]
        age, muscle, weight, height, proportions = (float(v) for v in rng.uniform(0.35, 0.75, 5))
        shirt = _colour(rng, base.skin, FLOOR_COLOUR)
        shorts, shoes = _colour(rng, base.skin, shirt), _colour(rng)
        drawn.append(
            replace(
                base,
                name=f"p{i + 1}",
                gender=float(rng.integers(2)),
                age=age,
                muscle=muscle,
                weight=weight,
                height=height,
                proportions=proportions,
                shirt=shirt,
                shorts=shorts,
                shoes=shoes,
                sleeve=float(rng.uniform(0.2, 1.1)),
                leg=float(rng.uniform(0.4, 1.1)),
            )
        )
    return (PEOPLE + tuple(drawn))[:count]


def _colour(rng: np.random.Generator, *others: tuple[int, int, int]) -> tuple[int, int, int]:
    """A colour that stands out from others."""
    while True:
        red, green, blue = (int(c) for c in rng.integers(30, 235, 3))
        if all(difference((red, green, blue), other) > _STANDS_OUT for other in others):
            return red, green, blue


def difference(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """How different two sRGB colours look: their distance in CIELAB (CIE 1976; 2 is just visible)."""
    return float(np.linalg.norm(_lab(a) - _lab(b)))


def _lab(colour: tuple[int, int, int]) -> NDArray[np.float64]:
    linear = (np.array(colour) / 255) ** 2.2
    xyz = _XYZ @ linear / _XYZ.sum(axis=1)
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])
