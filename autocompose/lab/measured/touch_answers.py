"""Estimates and answers made up for measuring touches: SIMULATED, from bodies that are known.

An estimate is the true body with every bone turned at random, more in depth than in the plane of
the picture. An answer is the body's true touches without their sides, some left out and some
invented between regions that are near each other. Answers are written as JSON and read as a
model's are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.directions import BoneVectors
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.lab.contacts.contact_table import ContactAnswer, read_contacts
from autocompose.lab.contacts.picture_view import BodyView
from autocompose.lab.contacts.touches import Touch

Floats = NDArray[np.float64]

PIXEL_NOISE = 1.4
"""Standard deviation of a point in a picture of 256 pixels, about 12 mm."""


@dataclass(frozen=True)
class EstimateNoise:
    """How far every bone of an estimate is turned, as the tangent of the angle.

    Args:
        across: standard deviation in the plane of the picture, each way.
        depth: toward the camera.
    """

    across: float
    depth: float


@dataclass(frozen=True)
class AnswerErrors:
    """What a made-up model gets wrong.

    Args:
        left_out: share of the true touches that an answer lacks.
        invented: touches an answer invents for each true one.
        alike: all answers about a body have the same errors.
    """

    left_out: float = 0.35
    invented: float = 0.25
    alike: bool = False


def estimated_bodies(
    joints: Floats, pixels: Floats, noise: EstimateNoise, *, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Bodies and points as an estimator of one picture may see them.

    Args:
        joints: (N, 22, 3) metres, true.
        pixels: (N, 22, 2) of the true joints.
        noise: of the bones.
        rng: what draws.

    Returns:
        (N, 22, 3) metres, pelvis at the origin, bones as long as they were; (N, 22, 2) pixels.
    """
    bones = BoneVectors.of(joints)
    ways = np.empty_like(bones.directions)
    for row, (body, seen) in enumerate(zip(joints, pixels, strict=True)):
        right, down = BodyView.of(body, seen).axes
        axes = np.stack([right, down, np.cross(right, down)])
        size = np.array([noise.across, noise.across, noise.depth])
        ways[row] = bones.directions[row] + (rng.normal(size=(ways.shape[1], 3)) * size) @ axes
    ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
    points = pixels + rng.normal(0, PIXEL_NOISE, pixels.shape)
    return BoneVectors(ways, bones.lengths).joints(), points


def simulated_answers(
    true: Sequence[Touch],
    near: Sequence[Touch],
    errors: AnswerErrors,
    *,
    samples: int,
    chance: float,
    rng: np.random.Generator,
) -> list[ContactAnswer]:
    """What a made-up model says of one body.

    Args:
        true: touches without sides.
        near: other touches that could be taken for one.
        errors: how often it errs.
        samples: answers.
        chance: with which each of ``near`` is invented.
        rng: what draws.
    """
    texts = []
    for _ in range(1 if errors.alike else samples):
        said = [touch for touch in true if rng.random() >= errors.left_out]
        said += [touch for touch in near if rng.random() < chance]
        rows = [{"first": touch.a, "second": touch.b} for touch in said]
        texts.append(json.dumps({"pose": "made up", "touches": rows}))
    if errors.alike:
        texts *= samples
    return [read_contacts(ModelAnswer(text)) for text in texts]
