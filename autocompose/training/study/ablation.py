"""Studies: the same towers and data, trained in variants over several seeds, side by side.

All runs of a study start from the same towers, share the features of the frozen image tower, and
are evaluated on the same queries, so a difference between two variants is taken per query. A
finished run leaves one JSON file; a study that was stopped resumes with the missing runs.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from autocompose.config import ModelConfig, RunConfig, TrainConfig, to_json
from autocompose.data.aside import held_aside
from autocompose.data.dataset import PoseDataset
from autocompose.data.files import write_whole
from autocompose.describe.geometric import PhrasingBank, phrase_pairs
from autocompose.errors import ConfigError, DatasetError, DescriptionError
from autocompose.evaluation.metrics import mean_ci
from autocompose.evaluation.protocol import evaluate
from autocompose.model.composed import ComposedModel
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.schema import (
    Event,
    OnEvent,
    Source,
    View,
    caption_key,
)
from autocompose.training.presets import check_start_file
from autocompose.training.run import train
from autocompose.training.study.corruption import corrupted

AT = ("1", "10")


@dataclass(frozen=True)
class Variant:
    """One row of a study.

    Args:
        name: what the row is called.
        changes: settings of `TrainConfig` that differ from the base.
        noise: share of the training texts with a planted error.
        model: settings of `ModelConfig` that differ.
        phrasings: texts per key that are written from joints for the study, in place of the
            dataset's own; 0 keeps those. Rows that draw 1, 3 or 5 texts draw the first of the same.
        batches: how many times as large the batches of both stages are. Epochs grow alike, so that
            there are about as many steps.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    noise: float = 0.0
    model: Mapping[str, Any] = field(default_factory=dict)
    phrasings: int = 0
    batches: int = 1


def _with_noise(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    return tuple(
        replace(v, name=f"{v.name}, {share:.0%} of texts wrong" if share else v.name, noise=share)
        for share in (0.0, 0.1, 0.3)
        for v in variants
    )


_PHRASINGS = 5
_NOT_PAPER: dict[str, Any] = {
    "symmetric": True,
    "mask_duplicates": True,
    "negatives": ("reference", "mirror", "sides", "direction"),
    "learn_scale": True,
    "keep_best": True,
}
STUDIES: dict[str, tuple[Variant, ...]] = {
    # Each switch beyond the paper alone, all of them, and what preset best does; they are held
    # against the first row.
    "recipe": (
        Variant("as the paper"),
        Variant("symmetric", {"symmetric": True}),
        Variant("learnt logit scale", {"learn_scale": True}),
        Variant("duplicates masked", {"mask_duplicates": True}),
        Variant("negatives: reference", {"negatives": ("reference",)}),
        Variant("negatives: flipped target", {"negatives": ("mirror",)}),
        Variant("negatives: sides", {"negatives": ("sides",)}),
        Variant("negatives: direction", {"negatives": ("direction",)}),
        Variant("best validation kept", {"keep_best": True}),
        Variant("batches twice as large", batches=2),
        Variant("all of these", _NOT_PAPER),
        Variant("cycle rescaled", {"cycle_rescale": True}),
        Variant("no cycle", {"cycle": False}),
    ),
    # Other models: one sees more than pictures, one reads more than 77 tokens (no text of the demo
    # data has as many: there the last row is the first).
    "model": (
        Variant("as the paper"),
        Variant("branch for true joints", model={"joints": True}),
        Variant("long texts in chunks", model={"long_texts": "chunks"}),
    ),
    # The paper's own ablations (its Table of RN50 variants), on clean and on spoilt texts. An epoch
    # is one triplet per pair, whatever is drawn from: every row takes the same number of steps.
    "paper": _with_noise(
        (
            Variant("full: cycle, swap and mirror, 3 texts", phrasings=_PHRASINGS),
            Variant("cycle rescaled", {"cycle_rescale": True}, phrasings=_PHRASINGS),
            Variant("no cycle", {"cycle": False}, phrasings=_PHRASINGS),
            Variant(
                "no swap, no mirror, no cycle",
                {"mode": "auto_3", "cycle": False},
                phrasings=_PHRASINGS,
            ),
            Variant("1 text", {"mode": "auto-mirror-reverse_1"}, phrasings=_PHRASINGS),
            Variant("5 texts", {"mode": "auto-mirror-reverse_5"}, phrasings=_PHRASINGS),
        )
    ),
}


@dataclass(frozen=True)
class VariantResult:
    """A variant over its seeds.

    Args:
        ranks: (S, Q) rank of each query's target, by seed; or (S, T, Q) with T texts a query.
    """

    variant: Variant
    seeds: tuple[int, ...]
    ranks: np.ndarray

    def recall(self, at: str) -> float:
        """Percent of queries found among the first K, mean over seeds and texts."""
        return float(100 * (self.ranks <= int(at)).mean())

    def spread(self, at: str) -> float:
        """Standard deviation over seeds, in points; 0 with one seed."""
        per_seed = 100 * _by_seed(self.ranks <= int(at)).mean(axis=(1, 2))
        return float(per_seed.std(ddof=1)) if len(per_seed) > 1 else 0.0

    def gain(self, base: VariantResult, at: str) -> tuple[float, float, float]:
        """Points above another variant: mean, and a 95 % bootstrap interval over queries."""
        mine, others = (_by_seed(o.ranks <= int(at)).mean(axis=(0, 1)) for o in (self, base))
        # (Q,): the texts of a query are drawn together, they are no more queries.
        hits = 100.0 * (mine - others)
        return float(hits.mean()), *mean_ci(hits)


def _by_seed(hits: np.ndarray) -> np.ndarray:
    """(S, Q) or (S, T, Q) -> (S, T, Q)."""
    return hits.reshape(len(hits), -1, hits.shape[-1])


def run_study(
    dataset: PoseDataset,
    out: Path,
    variants: Sequence[Variant],
    *,
    model: ModelConfig,
    base: TrainConfig,
    seeds: Sequence[int] = (0, 1, 2),
    split: str = "test",
    keys: Sequence[str] = ("sents",),
    bf16: bool = False,
    on_event: OnEvent | None = None,
) -> tuple[VariantResult, ...]:
    """Train every variant with every seed, and rank the queries of a split with each.

    Args:
        dataset: in the official layout.
        out: folder for one JSON file per run and the cached features.
        variants: rows; the first is what others are held against.
        model: its ``pretrained`` weights are where all runs start.
        base: settings that the variants change; without pretraining of its own.
        seeds: of sampling, dropout and planted errors.
        split: whose queries are ranked.
        keys: caption keys of the queries; with several, each is asked by itself.
        bf16: every run computes in bfloat16, see `RunConfig`.
        on_event: called with progress.

    Raises:
        ConfigError: no start weights, a variant that cannot be trained, or ``out`` of another
            study.
        DatasetError: several keys, and a pair without a text under one of them.
        TrainingError: see `autocompose.training.run.train`.
    """
    if model.pretrained is None:
        raise ConfigError(
            "a study compares recipes from one start; name its weights with --pretrained, e.g. "
            "OUT/progress/text-tower.pt of a training"
        )
    check_start_file(model.pretrained)
    if len(keys) > 1:
        _all_have_texts(dataset, split, keys)
    study = _Study(
        dataset,
        out,
        model=model,
        base=replace(base, image_epochs=0, pretrain_steps=0, pretrain_pairs=0),
        split=split,
        keys=keys,
        bf16=bf16,
        tell=on_event or (lambda event: None),
    )
    total = len(variants) * len(seeds)
    outcomes = []
    for number, variant in enumerate(variants):
        rows = []
        for seed in seeds:
            done = number * len(seeds) + len(rows)
            rows.append(study.ranks(variant, seed, start=Event("study", done, total)))
        outcomes.append(VariantResult(variant, tuple(seeds), np.array(rows)))
    return tuple(outcomes)


class _Study:
    """What the runs share; datasets and the gallery are made for the first run that needs them."""

    def __init__(
        self,
        dataset: PoseDataset,
        out: Path,
        *,
        model: ModelConfig,
        base: TrainConfig,
        split: str,
        keys: Sequence[str],
        bf16: bool,
        tell: OnEvent,
    ) -> None:
        self._dataset, self._out, self._model, self._base = dataset, out, model, base
        self._split, self._keys, self._bf16, self._tell = split, keys, bf16, tell
        self._start = hashlib.sha256(Path(str(model.pretrained)).read_bytes()).hexdigest()[:16]
        self._gallery: Gallery | None = None
        self._datasets = {0: dataset}

    def ranks(self, variant: Variant, seed: int, *, start: Event) -> np.ndarray:
        """(Q,) or (T, Q) ranks of one run, from its file or from a training.

        Args:
            variant: what is trained.
            seed: of the run.
            start: how many runs are done before this one.
        """
        config = configured(self._base, variant, seed=seed)
        settings = {
            "variant": _described(variant), "seed": seed, "start": self._start,
            "train": to_json(config), "model": self._model.backbone,
            "dataset": self._dataset.name, "split": self._split, "key": "+".join(self._keys),
            **({"bf16": True} if self._bf16 else {}),
        }  # fmt: skip
        identity = json.dumps(settings, sort_keys=True)
        file = self._out / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.json"
        told = replace(start, message=f"{variant.name}, seed {seed}")
        if not file.exists():
            self._tell(told)
            ranks = self._evaluated(self._trained(variant, config))
            write_whole(file, json.dumps({**settings, "ranks": ranks}, indent=1) + "\n")
        found = _ranks(file)
        self._tell(replace(told, done=told.done + 1))
        return found

    def _trained(self, variant: Variant, config: TrainConfig) -> ComposedModel:
        if variant.phrasings not in self._datasets:
            self._datasets[variant.phrasings] = rephrased(self._dataset, variant.phrasings)
        spoilt = _spoilt(self._datasets[variant.phrasings], variant, config.seed)
        with held_aside(self._out / "run", folder=True) as folder:
            return train(
                spoilt,
                folder,
                model=replace(self._model, **variant.model),
                config=config,
                run=RunConfig(cache=self._out / "features", bf16=self._bf16),
                on_event=lambda e: self._tell(e) if e.stage.startswith("stage") else None,
            )

    def _evaluated(self, trained: ComposedModel) -> list[Any]:
        """The ranks of the split's queries; of several keys, a list for each."""
        # The image tower is frozen: one gallery serves every run.
        # The branch for joints is not: it has one of its own.
        gallery = None
        if trained.joints is None:
            if self._gallery is None:
                images = self._dataset.gallery(self._split)
                paths = [image.path for image in images]
                self._gallery = embed_images(trained, paths, root=images[0].path.parent)
            gallery = replace(self._gallery, fingerprint=trained.fingerprint)
        ranks = []
        for key in self._keys:
            report = evaluate(
                trained, self._dataset, self._split, text_keys=(key,), gallery=gallery
            )
            ranks.append([outcome.rank for outcome in report.outcomes])
        return ranks[0] if len(ranks) == 1 else ranks


def table(outcomes: Sequence[VariantResult]) -> str:
    """Markdown: recalls over seeds, and what each row gains on the first, query by query."""
    head = ["recipe"]
    for at in AT:
        head += [f"R@{at}", f"gain in R@{at}"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for outcome in outcomes:
        cells = [outcome.variant.name]
        for at in AT:
            cells.append(f"{outcome.recall(at):.1f} ± {outcome.spread(at):.1f}")
            if outcome is outcomes[0]:
                cells.append("")
            else:
                gain, low, high = outcome.gain(outcomes[0], at)
                cells.append(f"{gain:+.1f} [{low:+.1f}, {high:+.1f}]")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def configured(base: TrainConfig, variant: Variant, *, seed: int) -> TrainConfig:
    """The settings of one run of a variant.

    Args:
        base: settings of the study.
        variant: what differs.
        seed: of the run.
    """
    config = replace(base, **variant.changes, seed=seed)
    scaled = ("text_batch", "text_epochs", "combiner_batch", "combiner_epochs")
    return replace(config, **{name: getattr(config, name) * variant.batches for name in scaled})


def _described(variant: Variant) -> dict[str, Any]:
    """A variant as JSON values; what came later is left out where it is not used."""
    later = {"model": {}, "phrasings": 0, "batches": 1}
    values = dataclasses.asdict(variant)
    return {key: v for key, v in values.items() if key not in later or v != later[key]}


def rephrased(dataset: PoseDataset, count: int) -> PoseDataset:
    """The dataset with ``count`` rule-written texts per view in its training split, from joints.

    Raises:
        DatasetError: a training picture has no joints.
    """
    pairs = dataset.content("train").pairs
    texts: list[dict[str, tuple[str, ...]]] = [{} for _ in pairs]
    try:
        for view in View:
            found = phrase_pairs(pairs, view=view, bank=PhrasingBank.TRAIN, n=count)
            for row, written in zip(texts, found, strict=True):
                row[caption_key(Source.AUTO, view)] = written
    except DescriptionError as error:
        raise DatasetError(
            f"this study writes {count} texts per view from joints, and {dataset.name} lacks some "
            f"({error}); use a dataset with joints.json, or another --study"
        ) from error
    written = [replace(p, texts={**p.texts, **t}) for p, t in zip(pairs, texts, strict=True)]
    return dataset.with_pairs("train", written)


def _spoilt(dataset: PoseDataset, variant: Variant, seed: int) -> PoseDataset:
    if not variant.noise:
        return dataset
    pairs = dataset.content("train").pairs
    return dataset.with_pairs("train", corrupted(pairs, share=variant.noise, seed=seed))


def _all_have_texts(dataset: PoseDataset, split: str, keys: Sequence[str]) -> None:
    """One query must be the same pair under every key."""
    pairs = dataset.pairs(split)
    for key in keys:
        lacking = sum(not pair.texts.get(key) for pair in pairs)
        if lacking:
            raise DatasetError(
                f"{lacking} of {len(pairs)} pairs of split {split} have no text under {key}; name"
                " only keys that every pair has"
            )


def _ranks(file: Path) -> np.ndarray:
    try:
        return np.array(json.loads(file.read_text(encoding="utf-8"))["ranks"], dtype=int)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{file} is not a result of a study ({error}); delete it to repeat the run"
        ) from error
