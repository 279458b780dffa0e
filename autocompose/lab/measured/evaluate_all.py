"""Every row of `autocompose evaluate-lab`."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.data.dataset import PoseDataset
from autocompose.describe.geometric import PhrasingBank, sample_phrasings
from autocompose.lab.bodies.recombine import recombined_bodies
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.learning.lab_run import training_poses
from autocompose.lab.learning.material import Material, MaterialPlan, rule_material
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.measured.lab_baselines import WordBags, nearest_texts, train_edit_vae
from autocompose.lab.measured.lab_numbers import LabRow, interval
from autocompose.lab.measured.lab_queries import LabQueries, lab_queries
from autocompose.lab.measured.pose_rows import edit_rows, text_to_pose_rows, tokenizer_row
from autocompose.lab.measured.word_rows import IndependentScorer, standing, text_rows
from autocompose.lab.tokens.sequence_codes import SequenceSettings, train_sequence_codes
from autocompose.lab.wishes.asking import wished_poses
from autocompose.lab.wishes.writing import checked_texts
from autocompose.model.composed import ComposedModel
from autocompose.schema import OnEvent

Floats = NDArray[np.float64]

_TEXTS = 150
"""Poses and pairs that are put into words, unless fewer are asked for."""
_BASELINE = MaterialPlan(bodies=3000, pairs=6000, alone=4000, seed=17)
"""What the baselines learn from: bodies and texts of the training split, of another seed."""


@dataclass(frozen=True)
class LabEvaluation:
    """What is measured.

    Args:
        split: of the dataset.
        keys: caption keys whose texts change poses.
        limit: queries of each task at most.
        baselines: train and measure them, too.
    """

    split: str = "test"
    keys: tuple[str, ...] = ("sents",)
    limit: int | None = None
    baselines: bool = True


def lab_rows(
    lab: PoseLab,
    dataset: PoseDataset,
    asked: LabEvaluation,
    *,
    checkpoint: ComposedModel | None = None,
    plan: MaterialPlan = _BASELINE,
    vae_steps: int = 1500,
    sequence: SequenceSettings | None = None,
    on_event: OnEvent | None = None,
) -> list[LabRow]:
    """Measure everything.

    Args:
        lab: the model.
        dataset: with joints; its training split is what the baselines learn from.
        asked: what is measured.
        checkpoint: whose pose voice scores texts and bodies.
        plan: what the baselines learn from.
        vae_steps: of the cVAE.
        sequence: the tokenizer that is one sequence of codes.
        on_event: called with progress.

    Raises:
        DatasetError: the split has no joints, or no text under a key.
    """
    images = [i for i in dataset.gallery(asked.split) if i.joints is not None]
    first = lab_queries(dataset, asked.split, asked.keys[0], limit=asked.limit)
    rows = [tokenizer_row(lab.codes, first.gallery, name=f"{5 * lab.codes.levels} codes of limbs")]
    material: Material | None = None
    bags = vae = None
    if asked.baselines:
        poses = training_poses(dataset)
        more = recombined_bodies(poses, plan.bodies, seed=plan.seed)
        material = rule_material(np.concatenate([poses, more]), plan, on_event=on_event)
        bags = WordBags(lab.pieces, material.texts)
        vae = train_edit_vae(bags, material, steps=vae_steps, on_event=on_event)
        one = SequenceSettings() if sequence is None else sequence
        found = train_sequence_codes(np.concatenate([poses, more]), one, on_event=on_event)
        name = f"{one.length} codes of one sequence, as UniPose lays them out"
        rows.append(tokenizer_row(found, first.gallery, name=name))
    for key in asked.keys:
        queries = lab_queries(dataset, asked.split, key, limit=asked.limit)
        nearest = None
        if material is not None and bags is not None:
            nearest = nearest_texts(bags, material, queries.texts, alone=False)
        rows += edit_rows(
            lab,
            queries,
            key=key,
            vae=None if bags is None or vae is None else (bags, vae),
            nearest=nearest,
            on_event=on_event,
        )
    rows.append(_time_row(lab, first))
    scorer = None
    if checkpoint is not None and checkpoint.pose_voice is not None:
        scorer = IndependentScorer(checkpoint, checkpoint.pose_voice)
    bodies = [Body.of_image(image) for image in images][: asked.limit]
    rows += _from_words(lab, bodies, material=material, bags=bags, scorer=scorer)
    rows += _into_words(lab, first, bodies, scorer=scorer)
    return rows


def _from_words(
    lab: PoseLab,
    bodies: list[Body],
    *,
    material: Material | None,
    bags: WordBags | None,
    scorer: IndependentScorer | None,
) -> list[LabRow]:
    joints = Bodies.stacked(bodies).joints
    still = np.repeat(standing_body()[None], len(joints), axis=0)
    written = sample_phrasings(still, joints, bank=PhrasingBank.NEW_FORMS, seed=6)
    told = [row for row, texts in enumerate(written) if texts]
    texts = [written[row][0] for row in told]
    nearest = None
    mean = joints.mean(0)
    if material is not None and bags is not None:
        nearest = nearest_texts(bags, material, texts, alone=True)
        mean = material.joints.mean(0).astype(np.float64)
    rows = text_to_pose_rows(lab, joints[told], texts, nearest=nearest, mean=mean)
    if scorer is not None and len(set(texts)) >= 32:
        made = [Body(one) for one in wished_poses(lab, texts).joints()]
        true = [bodies[row] for row in told]
        for name, ends in (("pose-lm, mean", made), ("the true body", true)):
            values = scorer.precision(texts, standing(len(texts)), ends)
            gap = scorer.frechet(ends, true)
            note = f"Frechet distance of the scorer's features to the true bodies: {gap:.3f}"
            rows.append(LabRow("text to pose, by the scorer", name, len(texts), values, note))
    return rows


def _into_words(
    lab: PoseLab, queries: LabQueries, bodies: list[Body], *, scorer: IndependentScorer | None
) -> list[LabRow]:
    count = min(_TEXTS, len(queries.texts))
    starts = queries.references()[:count]
    ends = [queries.bodies[row] for row in queries.target[:count]]
    changes = checked_texts(lab, ends, starts)
    rows = text_rows("pair to text", changes, starts=starts, ends=ends, scorer=scorer)
    alone = bodies[:_TEXTS]
    poses = checked_texts(lab, alone)
    return rows + text_rows(
        "pose to text", poses, starts=standing(len(alone)), ends=alone, scorer=scorer
    )


def _time_row(lab: PoseLab, queries: LabQueries) -> LabRow:
    """CPU time of one wish after the other, ranking of the gallery included."""
    spent = []
    for row in range(min(20, len(queries.texts))):
        began = time.process_time()
        wished = wished_poses(lab, queries.texts[row : row + 1], queries.start[row : row + 1])
        wished.scores(queries.gallery)
        spent.append(1000 * (time.process_time() - began))
    return LabRow(
        "time",
        f"a wish, and {len(queries.gallery)} bodies ranked",
        len(spent),
        {"CPU ms": interval(np.array(spent))},
    )
