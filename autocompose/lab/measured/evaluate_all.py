"""Every row of `autocompose evaluate-lab`."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.data.dataset import PoseDataset
from autocompose.describe.geometric import PhrasingBank, sample_phrasings
from autocompose.evaluation.captions.r_precision import POOL
from autocompose.lab.bodies.recombine import recombined_bodies
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.learning.lab_run import training_poses
from autocompose.lab.learning.material import Material, MaterialPlan, rule_material
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.measured.lab_baselines import (
    WordBags,
    nearest_changes,
    nearest_texts,
    train_edit_vae,
)
from autocompose.lab.measured.lab_numbers import LabRow, interval
from autocompose.lab.measured.lab_queries import LabQueries, lab_queries
from autocompose.lab.measured.pair_text import PairTextSettings, train_pair_text
from autocompose.lab.measured.pose_rows import (
    edit_rows,
    picture_row,
    text_to_pose_rows,
    tokenizer_row,
)
from autocompose.lab.measured.word_rows import (
    PairTextScorer,
    TextsAsked,
    given_row,
    learnt_rows,
    standing,
)
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
        baselines: train and measure them, and the scorer of texts and bodies, too. The scorer
            learns from the other held-out split; without one R-precision is left out.
        likeness: count words in common with the texts by rules, too (BLEU and its kin).
    """

    split: str = "test"
    keys: tuple[str, ...] = ("sents",)
    limit: int | None = None
    baselines: bool = True
    likeness: bool = True


def lab_rows(
    lab: PoseLab,
    dataset: PoseDataset,
    asked: LabEvaluation,
    *,
    pictures: ComposedModel | None = None,
    plan: MaterialPlan = _BASELINE,
    vae_steps: int = 1500,
    sequence: SequenceSettings | None = None,
    scoring: PairTextSettings | None = None,
    on_event: OnEvent | None = None,
) -> list[LabRow]:
    """Measure everything.

    Args:
        lab: the model.
        dataset: with joints; its training split is what the baselines learn from.
        asked: what is measured.
        pictures: the checkpoint whose picture tower the model reads; None leaves its row out.
        plan: what the baselines and the scorer learn from.
        vae_steps: of the cVAE.
        sequence: the tokenizer that is one sequence of codes.
        scoring: size and training of the scorer.
        on_event: called with progress.

    Raises:
        DatasetError: the split has no joints, or no text under a key.
        ConfigError: ``pictures`` is not the checkpoint that the model was taught with.
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
    if asked.baselines:
        scorer = _scorer(dataset, asked.split, plan, settings=scoring, on_event=on_event)
    if scorer is not None:
        rows += scorer.recalls("texts and changes, by the scorer", first.texts, first)
    bodies = [Body.of_image(image) for image in images][: asked.limit]
    rows += _from_words(lab, bodies, material=material, bags=bags, scorer=scorer)
    rows += _into_words(
        lab, first, bodies, material=material, scorer=scorer, likeness=asked.likeness
    )
    if pictures is not None:
        rows.append(picture_row(lab, images[: asked.limit], pictures, on_event=on_event))
    return rows


def _scorer(
    dataset: PoseDataset,
    split: str,
    plan: MaterialPlan,
    *,
    settings: PairTextSettings | None,
    on_event: OnEvent | None,
) -> PairTextScorer | None:
    """Taught on bodies that neither the model nor the split that is measured has.

    None where the dataset has no second held-out split with joints.
    """
    others = [name for name in ("val", "test") if name != split and name in dataset.splits]
    images = [i for name in others[:1] for i in dataset.gallery(name) if i.joints is not None]
    if not images:
        return None
    poses = np.array([image.joints for image in images], dtype=np.float64)
    more = recombined_bodies(poses, plan.bodies, seed=plan.seed + 1)
    material = rule_material(np.concatenate([poses, more]), plan, on_event=on_event)
    return PairTextScorer(train_pair_text(material, settings, on_event=on_event))


def _from_words(
    lab: PoseLab,
    bodies: list[Body],
    *,
    material: Material | None,
    bags: WordBags | None,
    scorer: PairTextScorer | None,
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
    if scorer is not None and len(set(texts)) >= POOL:
        made = [Body(one) for one in wished_poses(lab, texts).joints()]
        true = [bodies[row] for row in told]
        for name, ends in (("pose-lm, mean", made), ("the true body", true)):
            values = scorer.precision(texts, standing(len(texts)), ends)
            gap = scorer.frechet(ends, true)
            note = f"Frechet distance of the scorer's features to the true bodies: {gap:.3f}"
            rows.append(LabRow("text to pose, by the scorer", name, len(texts), values, note))
    return rows


def _into_words(
    lab: PoseLab,
    queries: LabQueries,
    bodies: list[Body],
    *,
    material: Material | None,
    scorer: PairTextScorer | None,
    likeness: bool,
) -> list[LabRow]:
    count = min(_TEXTS, len(queries.texts))
    alone = bodies[:_TEXTS]
    rows = []
    for task, starts, ends in (
        (
            "pair to text",
            queries.references()[:count],
            [queries.bodies[row] for row in queries.target[:count]],
        ),
        ("pose to text", standing(len(alone)), alone),
    ):
        pair = task.startswith("pair")
        before, after = Bodies.stacked(starts).joints, Bodies.stacked(ends).joints
        by_rules = sample_phrasings(before, after, bank=PhrasingBank.NEW_FORMS, seed=8)
        others = sample_phrasings(before, after, bank=PhrasingBank.TRAIN, seed=9)
        # What the rules find too small to write down has no text to be compared with.
        kept = [i for i, texts in enumerate(by_rules) if texts and others[i]]
        starts, ends = [starts[i] for i in kept], [ends[i] for i in kept]
        references = [others[i] for i in kept] if likeness else ()
        asked = TextsAsked(task, starts, ends, references)
        found = checked_texts(lab, ends, starts if pair else None)
        rows += learnt_rows(asked, found, scorer)
        written = [by_rules[i][0] for i in kept]
        rows.append(given_row(asked, "the rules, in other sentences", written, scorer=scorer))
        if material is not None:
            near = nearest_changes(material, before[kept], after[kept], alone=not pair)
            rows.append(given_row(asked, "text of the nearest training pose", near, scorer=scorer))
    return rows


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
