"""Rows of the tasks that are answered with a pose, and of the tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.body.directions import BoneVectors, on_standard_body
from autocompose.body.skeleton import canonical, mean_joint_distance
from autocompose.lab.bodies.plausible import plausible_bodies
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.lm.bone_tensors import bone_directions
from autocompose.lab.lm.instructions import LabTask, held_out
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.measured.lab_baselines import EditVAE, WordBags
from autocompose.lab.measured.lab_numbers import (
    Interval,
    LabRow,
    aligned_distance,
    interval,
    ranks_of_targets,
)
from autocompose.lab.measured.lab_queries import LabQueries
from autocompose.lab.tokens.limb_codes import LimbCodes, perplexity
from autocompose.lab.tokens.sequence_codes import SequenceCodes
from autocompose.lab.wishes.asking import pictured_poses, wished_poses
from autocompose.lab.wishes.edited import with_limbs_kept
from autocompose.lab.wishes.polish import INVERSE, PolishRules, polished
from autocompose.language.reader.claims import Outcome
from autocompose.language.reader.read import read_claims
from autocompose.model.composed import ComposedModel
from autocompose.schema import Event, OnEvent, PoseImage
from autocompose.verify.judge import PairJudge

Floats = NDArray[np.float64]

BEST_OF = 30


def tokenizer_row(codes: LimbCodes | SequenceCodes, joints: Floats, *, name: str) -> LabRow:
    """How near bodies (N, 22, 3) come back from their codes, on the standard body.

    Args:
        codes: the tokenizer.
        joints: bodies that it was not made from.
        name: of the row.
    """
    body = on_standard_body(joints)
    found = codes.encode(body)
    back = codes.decode(found)
    limbs = isinstance(codes, LimbCodes)
    books = [found[..., level] for level in range(codes.levels)] if limbs else [found]
    used = [perplexity(book, codes.size) for book in books]
    return LabRow(
        "pose tokenizer",
        name,
        len(body),
        {
            "MPJPE mm": interval(1000 * mean_joint_distance(back, body)),
            "PA mm": interval(1000 * aligned_distance(back, body)),
        },
        f"perplexity of {codes.size} codes: {', '.join(f'{u:.0f}' for u in used)}",
    )


def edit_rows(
    lab: PoseLab,
    queries: LabQueries,
    *,
    key: str,
    vae: tuple[WordBags, EditVAE] | None = None,
    nearest: Floats | None = None,
    judged: int = 150,
    on_event: OnEvent | None = None,
) -> list[LabRow]:
    """Rows of the task "change a pose by a text".

    Args:
        lab: the model.
        queries: what is asked.
        key: of the texts, for the name of the task.
        vae: the cVAE and its words.
        nearest: (Q, 22, 3) bodies of the nearest training texts.
        judged: how many queries the slow rows (claims made true, inverse by rules) are about.
        on_event: called with progress.
    """
    task = f"pose and text to pose, {key}"
    wished = wished_poses(lab, queries.texts, queries.start)
    told = held_out(LabTask.EDIT)
    spoken = wished_poses(lab, queries.texts, queries.start, sentence=told[0])
    raw = wished.joints(queries.lengths)
    bodies: dict[str, Floats] = {
        "copy of the reference": queries.start,
        "pose-lm, mean": raw,
        "pose-lm, told in a held-out sentence": spoken.joints(queries.lengths),
        "pose-lm, codes": lab.codes.decode(wished.codes, queries.lengths),
        "pose-lm, limbs kept": np.stack(
            [
                with_limbs_kept(body, start, text)[0]
                for body, start, text in zip(raw, queries.start, queries.texts, strict=True)
            ]
        ),
    }
    if nearest is not None:
        bodies["nearest training text"] = _of_lengths(nearest, queries.lengths)
    rows = [body_row(task, name, made, queries=queries) for name, made in bodies.items()]
    scores = wished.scores(queries.gallery)
    rows[1] = _with(rows[1], _recalls(scores, queries))
    if vae is not None:
        rows += _vae_rows(task, queries, bags=vae[0], vae=vae[1])
    some = _first(queries, judged)
    kept = bodies["pose-lm, limbs kept"][: len(some.texts)]
    for name, start, rules in (
        ("pose-lm, limbs kept, claims made true", kept, PolishRules()),
        ("inverse by rules, from the reference", some.start, INVERSE),
    ):
        made = _polished(some, start, rules, tell=on_event)
        rows.append(body_row(task, name, made, queries=some))
    return rows


def text_to_pose_rows(
    lab: PoseLab, bodies: Floats, texts: list[str], *, nearest: Floats | None, mean: Floats
) -> list[LabRow]:
    """Rows of the task "make a pose from words"; all on the standard body.

    Args:
        lab: the model.
        bodies: (N, 22, 3) the true ones.
        texts: N, each the change from the standing body.
        nearest: (N, 22, 3) bodies of the nearest training texts.
        mean: (22, 3) the mean of training bodies.
    """
    true = on_standard_body(bodies)
    still = np.broadcast_to(standing_body(), true.shape)
    wished = wished_poses(lab, texts)
    made: dict[str, Floats] = {
        "standing pose": still,
        "mean pose": np.broadcast_to(on_standard_body(mean[None])[0], true.shape),
        "pose-lm, mean": wished.joints(),
        "pose-lm, codes": lab.codes.decode(wished.codes),
    }
    if nearest is not None:
        made["nearest training text"] = on_standard_body(nearest)
    return [
        LabRow("text to pose", name, len(true), _distances(body, true))
        for name, body in made.items()
    ]


def picture_row(
    lab: PoseLab,
    images: Sequence[PoseImage],
    checkpoint: ComposedModel,
    *,
    on_event: OnEvent | None = None,
) -> LabRow:
    """The row of the task "tell the pose in a picture"; on the standard body.

    Args:
        lab: the model.
        images: with files and joints.
        checkpoint: whose picture tower the model was taught with.
        on_event: called with progress.

    Raises:
        ConfigError: it is another checkpoint than that.
        ImageError: a picture cannot be read.
    """
    true = on_standard_body(np.array([image.joints for image in images], dtype=np.float64))
    made = pictured_poses(lab, checkpoint, images, on_event=on_event).joints()
    return LabRow("picture to pose", "pose-lm, mean", len(true), _distances(made, true))


def body_row(task: str, name: str, made: Floats, *, queries: LabQueries, note: str = "") -> LabRow:
    """Distances, plausibility, and the claims of the texts held against the answers.

    Args:
        task: of the row.
        name: of the row.
        made: (Q, 22, 3) canonical.
        queries: what was asked.
        note: of the row.
    """
    copied = mean_joint_distance(queries.start, queries.true)
    off = mean_joint_distance(made, queries.true)
    supported, contradicted = _claims(made, queries)
    values = {
        **_distances(made, queries.true),
        "better than copy %": interval(100.0 * (off < copied)),
        "claims true %": interval(supported),
        "contradicted %": interval(contradicted),
        "plausible %": interval(100.0 * plausible_bodies(made)),
    }
    return LabRow(task, name, len(made), values, note)


def _distances(made: Floats, true: Floats) -> dict[str, Interval]:
    return {
        "MPJPE mm": interval(1000 * mean_joint_distance(made, true)),
        "PA mm": interval(1000 * aligned_distance(made, true)),
    }


def _claims(made: Floats, queries: LabQueries) -> tuple[Floats, Floats]:
    """(Q,) percent of each text's claims that are supported and contradicted."""
    found = np.full((2, len(made)), np.nan)
    for row, (body, start, text) in enumerate(
        zip(made, queries.references(), queries.texts, strict=True)
    ):
        report = PairJudge(start, Body(body)).check(text)
        if report.claims:
            count = len(report.claims)
            found[0, row] = 100 * report.count(Outcome.SUPPORTED) / count
            found[1, row] = 100 * report.count(Outcome.CONTRADICTED) / count
    return found[0], found[1]


def _recalls(scores: Floats, queries: LabQueries) -> dict[str, Interval]:
    ranks = ranks_of_targets(scores, queries.target, queries.reference)
    return {f"R@{k}": interval(100.0 * (ranks <= k)) for k in (1, 5, 10)}


def _with(row: LabRow, more: dict[str, Interval]) -> LabRow:
    return LabRow(row.task, row.method, row.queries, {**row.values, **more}, row.note)


def _vae_rows(task: str, queries: LabQueries, *, bags: WordBags, vae: EditVAE) -> list[LabRow]:
    start = bone_directions(torch.from_numpy(queries.start.astype(np.float32)))
    drawn = vae.bodies(start, torch.from_numpy(bags(queries.texts)), draws=BEST_OF + 1)
    bodies = [
        canonical(BoneVectors(one.numpy().astype(np.float64), queries.lengths).joints())
        for one in drawn
    ]
    off = np.stack([mean_joint_distance(body, queries.true) for body in bodies[1:]])
    best = np.stack(bodies[1:])[off.argmin(0), np.arange(len(start))]
    note = f"the nearest of {BEST_OF} draws to the true body, which only a test can know"
    return [
        body_row(task, "cVAE, mean", bodies[0], queries=queries),
        body_row(task, f"cVAE, best of {BEST_OF}", best, queries=queries, note=note),
    ]


def _polished(
    queries: LabQueries, start: Floats, rules: PolishRules, *, tell: OnEvent | None
) -> Floats:
    made = []
    for row, (body, reference, text) in enumerate(
        zip(start, queries.references(), queries.texts, strict=True)
    ):
        found = polished(read_claims(text), reference, BoneVectors.of(body), rules=rules)
        made.append(found.joints)
        if tell is not None and row % 10 == 9:
            tell(Event("claims made true", row + 1, len(start)))
    return np.stack(made)


def _first(queries: LabQueries, count: int) -> LabQueries:
    return LabQueries(
        queries.gallery,
        queries.bodies,
        queries.reference[:count],
        queries.target[:count],
        queries.texts[:count],
    )


def _of_lengths(joints: Floats, lengths: Floats) -> Floats:
    return canonical(BoneVectors.of(joints).joints(lengths))
