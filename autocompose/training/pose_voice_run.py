"""Train the tower over joints that ranks beside a checkpoint; its text tower stays as it is.

Every text of the training pairs is used in its view. Bodies come as they are and with the noise of
an estimator: limbs moved, more so in the direction of a camera, and the whole body tilted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autocompose.body.change import Bodies, Body
from autocompose.body.skeleton import JOINTS
from autocompose.errors import DatasetError
from autocompose.model.composed import ComposedModel
from autocompose.model.pose_voice import PoseVoice, body_numbers
from autocompose.retrieval.encode import encode_texts
from autocompose.schema import Event, OnEvent, PoseImage, PosePair, Source, View, caption_meaning

Floats = NDArray[np.float64]

STAGE = "Training the pose voice"
_ENDS = {"elbow": 0.04, "wrist": 0.07, "hand": 0.08, "knee": 0.045, "ankle": 0.06, "foot": 0.07}
_SHIFT = np.array([next((s for e, s in _ENDS.items() if n.endswith(e)), 0.03) for n in JOINTS])
"""Standard deviation of each joint's error, metres."""
_TOWARD_CAMERA = 1.2
_PITCH, _ROLL = 9.0, 6.0  # degrees


@dataclass(frozen=True)
class PoseVoiceConfig:
    """How the tower is trained.

    Args:
        epochs: passes over all views of all pairs.
        batch: queries that are told apart at once.
        lr: peak learning rate.
        copies: noisy copies of each body, beside the body itself.
        noisy: share of the batches that see estimated bodies.
        seed: of everything that is drawn.
    """

    epochs: int = 60
    batch: int = 256
    lr: float = 1.5e-3
    copies: int = 6
    noisy: float = 0.4
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Samples:
    """What is trained on.

    Args:
        start, end: (V,) rows of bodies of each view of each pair.
        texts: per view the rows of its texts, one group for each source.
        numbers: (1 + copies, B, F) of every body, plain and mirrored.
        features: (T, D) unit text features.
    """

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    texts: Sequence[Sequence[NDArray[np.intp]]]
    numbers: torch.Tensor
    features: torch.Tensor


def train_pose_voice(
    model: ComposedModel,
    pairs: Sequence[PosePair],
    config: PoseVoiceConfig | None = None,
    *,
    on_event: OnEvent | None = None,
) -> PoseVoice:
    """Train the tower of one checkpoint.

    Args:
        model: whose text features it will read.
        pairs: of the training split, with joints; others are left out.
        config: how.
        on_event: told after each epoch.

    Returns:
        The tower, in eval mode.

    Raises:
        DatasetError: no pair has joints and a text.
    """
    config = config or PoseVoiceConfig()
    rng = np.random.default_rng(config.seed)
    torch.manual_seed(config.seed)
    samples = _collect(model, pairs, config, rng=rng, on_event=on_event)
    voice = PoseVoice(samples.features.shape[1], model.fingerprint)
    voice.standardise(samples.numbers.flatten(0, 1))
    count = len(samples.start)
    batch = min(config.batch, count)
    steps = config.epochs * (count // batch)
    optimizer = torch.optim.AdamW(voice.parameters(), config.lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=steps)
    voice.train()
    for epoch in range(config.epochs):
        order = rng.permutation(count)
        for first in range(0, count - batch + 1, batch):
            rows = order[first : first + batch]
            loss = _loss(voice, samples, rows, rng=rng, noisy=config.noisy)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        if on_event is not None:
            on_event(Event(STAGE, epoch + 1, config.epochs))
    return voice.eval()


def _loss(
    voice: PoseVoice,
    samples: _Samples,
    rows: NDArray[np.intp],
    *,
    rng: np.random.Generator,
    noisy: float,
) -> torch.Tensor:
    """Tell each target from the other targets and from the query's own reference."""
    start, end = samples.start[rows], samples.end[rows]
    text = [_drawn(samples.texts[int(row)], rng) for row in rows]
    copies = len(samples.numbers)
    # One origin a batch: a gallery is rarely a mixture, and a mixture is told apart too easily.
    copy = (
        rng.integers(1, copies, (2, len(rows))) if rng.random() < noisy else np.zeros((2, 1), int)
    )
    before = voice.bodies(samples.numbers[copy[0], start])
    after = voice.bodies(samples.numbers[copy[1], end])
    query = voice.queries(before, samples.features[text])
    logits = torch.cat([query @ after.T, (query * before).sum(1, keepdim=True)], dim=1)
    same = torch.from_numpy((end[:, None] == end) & ~np.eye(len(end), dtype=bool))
    logits = voice.scale.exp() * logits
    logits[:, : len(rows)] = logits[:, : len(rows)].masked_fill(same, -1e4)
    return F.cross_entropy(logits, torch.arange(len(rows)))


def _drawn(groups: Sequence[NDArray[np.intp]], rng: np.random.Generator) -> int:
    """One text of one source, each source as often as any other."""
    group = groups[int(rng.integers(len(groups)))]
    return int(group[rng.integers(len(group))])


def _collect(
    model: ComposedModel,
    pairs: Sequence[PosePair],
    config: PoseVoiceConfig,
    *,
    rng: np.random.Generator,
    on_event: OnEvent | None,
) -> _Samples:
    pairs = [p for p in pairs if p.reference.joints is not None and p.target.joints is not None]
    place: dict[tuple[str, bool], int] = {}
    bodies: list[Body] = []

    def row(image: PoseImage, *, mirrored: bool) -> int:
        key = (image.id, mirrored)
        if key not in place:
            place[key] = len(bodies)
            body = Body.of_image(image)
            bodies.append(body.mirrored() if mirrored else body)
        return place[key]

    texts: dict[str, int] = {}
    start, end, groups = [], [], []
    for pair in pairs:
        for view in View:
            found: dict[tuple[Source, str], list[int]] = {}
            for key, several in pair.texts.items():
                meaning = caption_meaning(key)
                if meaning is not None and meaning.view is view and several:
                    rows = [texts.setdefault(text, len(texts)) for text in several if text.strip()]
                    found[(meaning.source, meaning.style.value)] = rows
            if any(found.values()):
                reference, target = view.order(pair.reference, pair.target)
                start.append(row(reference, mirrored=view.mirrors))
                end.append(row(target, mirrored=view.mirrors))
                groups.append([np.array(rows) for rows in found.values() if rows])
    if not groups:
        raise DatasetError("no training pair has joints and a text; add a joints.json")
    whole = Bodies.stacked(bodies)
    numbers = [body_numbers(whole, estimated=False)]
    for _ in range(max(config.copies, 1)):
        numbers.append(body_numbers(Bodies(as_estimated(whole.joints, rng)), estimated=True))
    features = F.normalize(encode_texts(model, list(texts), on_event=on_event), dim=-1)
    return _Samples(
        np.array(start), np.array(end), groups, torch.from_numpy(np.stack(numbers)), features
    )


def as_estimated(joints: Floats, rng: np.random.Generator) -> Floats:
    """Joints (N, 22, 3) as an estimator may see them: each body from a camera of its own.

    Args:
        joints: metres, facing +z.
        rng: what draws the errors.
    """
    count = len(joints)
    pitch, roll = np.radians(rng.normal(size=(2, count)) * np.array([[_PITCH], [_ROLL]]))
    yaw = rng.uniform(0, 2 * np.pi, count)
    tilt = np.zeros((count, 3, 3))
    c, s, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    tilt[:, 0, 0], tilt[:, 0, 1] = cr, -sr
    tilt[:, 1, 0], tilt[:, 1, 1], tilt[:, 1, 2] = c * sr, c * cr, -s
    tilt[:, 2, 0], tilt[:, 2, 1], tilt[:, 2, 2] = s * sr, s * cr, c
    toward = np.stack([np.sin(yaw), np.zeros(count), np.cos(yaw)], axis=1)
    shift = rng.normal(size=joints.shape) * _SHIFT[:, None]
    depth = rng.normal(size=joints.shape[:2]) * _SHIFT * _TOWARD_CAMERA
    return joints @ tilt.transpose(0, 2, 1) + shift + depth[..., None] * toward[:, None]
