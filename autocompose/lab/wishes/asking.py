"""Ask the pose language model for bodies, and rank known bodies by how likely it finds them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors, on_standard_body
from autocompose.body.skeleton import MIRROR, canonical, mirror
from autocompose.errors import AmbiguousSideError, ConfigError
from autocompose.lab.learning.picture_features import picture_features
from autocompose.lab.lm.bone_tensors import bone_directions, log_likelihoods
from autocompose.lab.lm.instructions import LabTask, default
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.lm.pieces import END, START
from autocompose.lab.lm.pose_lm import GIVEN, LONGEST, PICTURE, GivenPoses
from autocompose.lab.tokens.limb_codes import LIMBS
from autocompose.language.sides.mirror import mirror_text
from autocompose.model.composed import ComposedModel
from autocompose.schema import OnEvent, PoseImage

Floats = NDArray[np.float64]

_BATCH = 64
_OTHER_BONE = np.array(MIRROR)[1:] - 1
"""The bone that each is in a mirror; a bone is counted by the joint at its end."""


@dataclass(frozen=True, eq=False)
class WishedPoses:
    """What the model answers to N wishes.

    Args:
        directions: (N, 21, 3) unit, the mean of each bone, canonical.
        log_spread: (N, 21) natural logarithm of radians: how sure the text makes each bone.
        codes: (N, 5, levels) of the token head.
    """

    directions: Floats
    log_spread: Floats
    codes: NDArray[np.int64]

    def joints(self, lengths: Floats | None = None) -> Floats:
        """(N, 22, 3) canonical, metres, on bones of these lengths (21,) or (N, 21)."""
        sizes = STANDARD_LENGTHS if lengths is None else lengths
        shape = self.directions.shape[:2]
        return canonical(BoneVectors(self.directions, np.broadcast_to(sizes, shape)).joints())

    def scores(self, bodies: Floats) -> Floats:
        """(N, B) how likely each of B bodies (B, 22, 3) is, up to a constant of each wish."""
        known = torch.from_numpy(
            on_standard_body(np.asarray(bodies, np.float64)).astype(np.float32)
        )
        found = log_likelihoods(
            torch.from_numpy(self.directions).float(),
            torch.from_numpy(self.log_spread).float(),
            bone_directions(known),
        )
        return found.numpy().astype(np.float64)


def given_poses(lab: PoseLab, joints: Floats) -> GivenPoses:
    """Bodies (N, 22, 3) of any size, place and heading as the model reads them."""
    standard = on_standard_body(np.asarray(joints, dtype=np.float64))
    ways = bone_directions(torch.from_numpy(standard.astype(np.float32)))
    return GivenPoses(ways, torch.from_numpy(lab.codes.encode(standard)))


def wished_poses(
    lab: PoseLab,
    texts: Sequence[str],
    references: Floats | None = None,
    *,
    sentence: str | None = None,
    twice: bool = True,
) -> WishedPoses:
    """The bodies that texts ask for.

    Args:
        lab: the model.
        texts: N, each a change of its reference, or a description where there is none.
        references: (N, 22, 3) metres, or None.
        sentence: what the model is told, with ``{text}`` in it; None: the task's first one.
        twice: ask for the mirrored text and reference too, where the text can be mirrored, and take
            the mean of both answers; the codes are those of the first.

    Raises:
        ConfigError: the sentence has no place for the text.
    """
    task = LabTask.TEXT_TO_POSE if references is None else LabTask.EDIT
    told = default(task) if sentence is None else sentence
    if "{text}" not in told:
        raise ConfigError(f'the sentence "{told}" has no {{text}} in it')
    twins = _mirrored(texts) if twice else {}
    rows = list(twins)
    if not rows:
        return _answered(lab, texts, references, told=told)
    bodies = None
    if references is not None:
        bodies = np.concatenate([references, mirror(np.asarray(references)[rows])])
    return _with_twins(_answered(lab, [*texts, *twins.values()], bodies, told=told), rows)


def _mirrored(texts: Sequence[str]) -> dict[int, str]:
    """The mirrored texts by their places; a text that cannot be mirrored has none."""
    found = {}
    for row, text in enumerate(texts):
        with suppress(AmbiguousSideError):
            found[row] = mirror_text(text)
    return found


def _with_twins(both: WishedPoses, rows: Sequence[int]) -> WishedPoses:
    """The first N answers, those of ``rows`` averaged with the mirrored ones behind them."""
    count = len(both.directions) - len(rows)
    ways, spreads = both.directions[:count].copy(), both.log_spread[:count].copy()
    twin = both.directions[count:, _OTHER_BONE] * (-1.0, 1.0, 1.0)
    sums = ways[rows] + twin
    ways[rows] = sums / np.linalg.norm(sums, axis=-1, keepdims=True).clip(min=1e-9)
    squares = np.exp(2 * spreads[rows]) + np.exp(2 * both.log_spread[count:, _OTHER_BONE])
    spreads[rows] = np.log(squares / 2) / 2
    return WishedPoses(ways, spreads, both.codes[:count])


@torch.inference_mode()
def _answered(
    lab: PoseLab, texts: Sequence[str], references: Floats | None, *, told: str
) -> WishedPoses:
    """What the model answers to N texts in the sentence ``told``."""
    shape = (len(texts), len(LIMBS), lab.codes.levels)
    bodies = np.zeros((len(texts), 22, 3)) if references is None else references
    means: list[torch.Tensor] = []
    spreads: list[torch.Tensor] = []
    codes: list[torch.Tensor] = []
    for first in range(0, len(texts), _BATCH):
        rows = slice(first, first + _BATCH)
        part = texts[rows]
        if references is None:
            blank = torch.zeros(len(part), 21, 3)
            given = GivenPoses(
                blank,
                torch.zeros(len(part), *shape[1:], dtype=torch.int64),
                torch.ones(len(part), dtype=torch.bool),
            )
        else:
            given = given_poses(lab, bodies[rows])
        words = lab.pieces.read([told.replace("{text}", text) for text in part], longest=LONGEST)
        _, states = lab.model.run([lab.model.poses(given, GIVEN)], words, asked=True)
        assert states is not None
        answer = lab.model.predict(states, given)
        means.append(answer.mean)
        spreads.append(answer.log_spread)
        codes.append(lab.model.best_codes(states))
    if not texts:
        return WishedPoses(np.zeros((0, 21, 3)), np.zeros((0, 21)), np.zeros(shape, np.int64))
    return WishedPoses(
        torch.cat(means).numpy().astype(np.float64),
        torch.cat(spreads).numpy().astype(np.float64),
        torch.cat(codes).numpy(),
    )


@torch.inference_mode()
def pictured_poses(
    lab: PoseLab,
    checkpoint: ComposedModel,
    images: Sequence[PoseImage],
    *,
    on_event: OnEvent | None = None,
) -> WishedPoses:
    """The bodies that the model sees in N pictures.

    Args:
        lab: the model.
        checkpoint: whose picture tower it was taught with.
        images: with their files.
        on_event: called with progress.

    Raises:
        ConfigError: it was taught with no picture tower, or with that of another checkpoint.
        ImageError: a picture cannot be read.
    """
    if lab.about.get("started_from") != checkpoint.fingerprint or not lab.model.config.picture:
        raise ConfigError(
            "this pose model reads no pictures through that checkpoint; name the one it was"
            " trained with"
        )
    features = picture_features(checkpoint, images, on_event=on_event)
    told = lab.pieces.rows(default(LabTask.PICTURE_TO_POSE))
    answers, codes = [], []
    for part in features.split(_BATCH):
        words = torch.tensor([[START, *told, END]]).expand(len(part), -1)
        _, states = lab.model.run([lab.model.pictures(part, PICTURE)], words, asked=True)
        assert states is not None
        answers.append(lab.model.predict(states, None))
        codes.append(lab.model.best_codes(states))
    return WishedPoses(
        torch.cat([answer.mean for answer in answers]).numpy().astype(np.float64),
        torch.cat([answer.log_spread for answer in answers]).numpy().astype(np.float64),
        torch.cat(codes).numpy(),
    )
