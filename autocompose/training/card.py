"""The card of a trained checkpoint."""

from __future__ import annotations

from autocompose.config import ModelConfig, TrainConfig

_TEXT = """# {backbone}, trained on {dataset}

Composed pose retrieval: a reference picture and a text that says what should change -> a picture of the target pose.

- Trained by `autocompose train` on split `train` of `{dataset}`, texts `{mode}`, cyclic loss {cycle}, seed {seed}.
- Settings in `config.json`, figures in `metrics.json`. Weights are safetensors in float16.
{how}
## Limits
{limits}
"""

_MINI = """- Image tower: EfficientNet-Lite0 (ImageNet weights, Apache-2.0) to stride 16, joints by soft-argmax, an embedding of the
  22 estimated joints; supervised by the joints of the training split.
- Text tower: a 4-layer transformer over CLIP's byte-pair tokens; word vectors made with MiniLM (Apache-2.0), frozen;
  pretrained on rule-written texts about training poses. Not CLIP: no CLIP weights are inside.
- Then the two stages of AutoComPose: text tower with the element-wise sum, and the Combiner.
"""
_MINI_LIMITS = """Made for rendered bodies of one body model before three cameras. On photographs it is out of its
depth. It reads English about bodies and nothing else. For photographs train a CLIP backbone (preset `paper`)."""
_CLIP_LIMITS = (
    "As good as its training pairs: poses, cameras and sentences unlike them are not covered."
)


def model_card(model: ModelConfig, config: TrainConfig, dataset: str) -> str:
    """Markdown: what the checkpoint is, how it was made, and what it is not for."""
    mini = model.backbone == "pose-mini"
    return _TEXT.format(
        backbone=model.backbone,
        dataset=dataset,
        mode=config.mode,
        cycle=f"with weight {config.cycle_weight}" if config.cycle else "off",
        seed=config.seed,
        how=_MINI
        if mini
        else f"- Backbone: open_clip {model.backbone}, weights {model.pretrained}.\n",
        limits=_MINI_LIMITS if mini else _CLIP_LIMITS,
    )
