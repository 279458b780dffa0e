"""The card of a trained checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from autocompose.config import ModelConfig, TrainConfig


class JointCount(NamedTuple):
    """Of a branch for joints: its parameters, and how many training pictures had joints."""

    parameters: int
    known: int
    pictures: int


_TEXT = """# {backbone}, trained on {dataset}

Composed pose retrieval: a reference picture and a text that says what should change -> a picture of the target pose.

- Trained by `autocompose train` on split `train` of `{dataset}`, texts `{mode}`, cyclic loss {cycle}, seed {seed}.
- Settings are in `config.json`, results in `metrics.json`. Weights are safetensors in float16.
- To train it again: `{command}`.
{how}{extras}{figures}
## Limits
{limits}
"""

_MINI = """- Image tower: EfficientNet-Lite0 (ImageNet weights, Apache-2.0) to stride 16, joints by soft-argmax, an embedding of the
  22 estimated joints; supervised by the joints of the training split.
- Text tower: a 4-layer transformer over CLIP's byte-pair tokens; word vectors made with MiniLM (Apache-2.0), frozen;
  pretrained on rule-written texts about training poses. Not CLIP: no CLIP weights are inside.
- Then the two stages of AutoComPose: text tower with the element-wise sum, and the Combiner.
"""
_MINI_LIMITS = """Made for rendered bodies of one body model in front of three cameras. It does not work well on
photographs; train a CLIP backbone for them (preset `paper`). It reads English about bodies and nothing else."""
_CLIP_LIMITS = "It covers only poses, cameras and sentences similar to its training pairs."


_PICTURES = "- Pretraining also saw the training pictures, joints and poses of `{pictures}`; the two stages did not.\n"
_FIGURES = """
## Figures
Split `val`: {num_queries} queries in a gallery of {num_gallery} pictures, percent found among the first K:

| query | R@1 | R@10 |
|---|---|---|
{rows}

`metrics.json` also has the other splits that `autocompose evaluate --record` has measured.
"""
_CHUNKS = "- Texts of more than 77 tokens are read in chunks.\n"
_JOINTS = """- A branch for joints of {parameters:,} parameters: where a picture's true joints are known, a learnt gate mixes
  them into its feature. {known} of {pictures} training pictures had joints. Results on pictures with joints say
  nothing about pictures without joints.
"""


def model_card(
    model: ModelConfig,
    config: TrainConfig,
    dataset: str,
    *,
    joints: JointCount | None = None,
    val: Mapping[str, Any] | None = None,
) -> str:
    """Markdown: what the checkpoint is, how it was made, and what it is not for.

    Args:
        model: its settings.
        config: of its training.
        dataset: name of the training data.
        joints: of the branch for joints, where the model has one.
        val: the report of the validation split, as in ``metrics.json``, where there is one.
    """
    mini = model.backbone == "pose-mini"
    command = f"autocompose train --dataset {dataset} --config config.json --out OUT"
    if model.pretrained is not None:
        command += f" --pretrained {Path(model.pretrained).name}"
    if config.pictures:
        command += f" --pictures {config.pictures}"
    return _TEXT.format(
        backbone=model.backbone,
        dataset=dataset,
        mode=config.mode,
        cycle=f"with weight {config.cycle_weight}" if config.cycle else "off",
        seed=config.seed,
        how=_MINI
        if mini
        else f"- Backbone: open_clip {model.backbone}, weights {model.pretrained}.\n",
        command=command,
        extras=(_PICTURES.format(pictures=config.pictures) if config.pictures and mini else "")
        + (_CHUNKS if model.long_texts == "chunks" else "")
        + ("" if joints is None else _JOINTS.format(**joints._asdict())),
        figures="" if val is None else _FIGURES.format(rows=_rows(val), **val),
        limits=_MINI_LIMITS if mini else _CLIP_LIMITS,
    )


def _rows(report: Mapping[str, Any]) -> str:
    rows = {"picture and text": report["recall"]}
    for name, recall in report["baselines"].items():
        rows[name.replace("_", " ")] = recall
    return "\n".join(f"| {name} | {r['1']:.1f} | {r['10']:.1f} |" for name, r in rows.items())
