"""Settings of a model, its training and annotation, with units; read from and written to JSON.

An unknown key is an error.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from autocompose.errors import ConfigError
from autocompose.schema import TextStyle

T = TypeVar("T")

NEGATIVES = ("reference", "mirror", "sides", "direction")
TRANSFORMS = ("squarepad", "targetpad", "square")
LONG_TEXTS = ("cut", "chunks")
ViewChoice = Literal["generate", "derive", "forward"]
VIEW_CHOICES = get_args(ViewChoice)
Style = Literal["full", "plain", "reasoning", "search"]
"""``plain`` is the old name of ``full``, for settings and scripts that have it."""
STYLES = get_args(Style)
PromptSet = Literal["mllm-1", "mllm-2"]
PROMPT_SETS = get_args(PromptSet)
SEARCH_WORDS = (8, 25, 45)
"""Words that the three lengths of search texts may have: a few words, one sentence, full."""
VAGUE_WORDS = ("balance", "dynamic", "elegant", "flexibility", "posture", "warm-up", "workout")
"""Words that say little about where a limb goes."""


@dataclass(frozen=True)
class ModelConfig:
    """The two towers and the Combiner.

    Args:
        backbone: ``pose-mini``, or an open_clip name: RN50, RN101, ViT-B-32, ViT-B-16.
        pretrained: open_clip weights tag or a local file; None for weights that come with a
            checkpoint.
        transform: how an image becomes a square: squarepad (official default), targetpad, square.
        projection_dim: P of the Combiner (paper 2560).
        hidden_dim: H of the Combiner (paper 5120).
        long_texts: what happens to texts of more tokens than the text tower reads: ``cut`` (as the
            official code does), or ``chunks``, see `autocompose.model.long_texts`.
        joints: add the branch for true joints, see `model.joint_branch` (not the paper).
        image_size: side in pixels of the squares that pose-mini's image tower reads, a multiple of
            32; 0 for 128. The work of a picture grows with its square.
        look_twice: pose-mini's image tower takes the mean of the joints that it reads in a picture
            and in its mirror image: 4 % less error for twice the work.
    """

    backbone: str = "pose-mini"
    pretrained: str | None = None
    transform: str = "squarepad"
    projection_dim: int = 2560
    hidden_dim: int = 5120
    long_texts: str = "cut"
    joints: bool = False
    image_size: int = 0
    look_twice: bool = False

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        _check_choice("long_texts", self.long_texts, LONG_TEXTS)
        if self.image_size and self.backbone != "pose-mini":
            raise ConfigError(
                f"image_size is for pose-mini; {self.backbone} reads pictures of its own size"
            )
        if self.image_size and (self.image_size % 32 or not 96 <= self.image_size <= 320):
            raise ConfigError(
                f"image_size {self.image_size} is not a multiple of 32 within 96..320 pixels"
            )
        if self.look_twice and self.backbone != "pose-mini":
            raise ConfigError(
                f"look_twice is for pose-mini, which reads joints; {self.backbone} does not"
            )
        if self.transform not in TRANSFORMS:
            raise ConfigError(
                f'transform "{self.transform}" is unknown; use one of {", ".join(TRANSFORMS)}'
            )


@dataclass(frozen=True)
class TrainConfig:
    """Both training stages (systems: run.sh of the official code is preset ``paper``).

    Args:
        source: mllm, auto or human: whose texts are trained on.
        mode: ``[-mirror][-reverse]_k`` after the source, e.g. ``mllm-mirror-reverse_3``; k texts
            per key.
        cycle: add the cyclic loss.
        cycle_weight: w in (1-w)·L_bbc + w·L_cycle (the code's convention; the paper's omega is
            1-w).
        cycle_rescale: give the composed feature the mean length of the batch's reference features
            before the way back is added, so that the backward text outweighs it no more than
            the forward text outweighs an image (not the paper, which leaves it at length 1).
        text_epochs: epochs of stage 1 (text encoder, element-wise sum).
        text_batch: pairs per step of stage 1.
        text_lr: AdamW learning rate of stage 1.
        combiner_epochs: epochs of stage 2.
        combiner_batch: pairs per step of stage 2.
        combiner_lr: Adam learning rate of stage 2.
        logit_scale: s, the inverse temperature of every cross-entropy.
        learn_scale: train the logit scale too, from ``logit_scale`` on, up to 100 (not the paper).
        symmetric: add the direction target -> query (not the paper).
        mask_duplicates: a picture is no negative of itself in a batch (not the paper).
        negatives: hard negatives, of reference, mirror, sides, direction (not the paper); see
            `autocompose.training.loop.hard_negatives`.
        keep_best: keep the weights of the best validation, R@1 + R@10, not the last (not the
            paper).
        joints_from: stage from which a model's branch for joints is used and trained, 1 or 2.
        image_epochs: epochs of the offline pretraining of pose-mini's image tower on joints.
        pretrain_steps: steps of the offline pretraining of its text tower against true joints.
        pretrain_pairs: pose pairs drawn for that.
        pictures: name of the dataset whose training pictures that pretraining used beside the
            dataset's own; "" for none.
        seed: of every random choice.
    """

    source: str = "mllm"
    mode: str = "mllm-mirror-reverse_3"
    cycle: bool = True
    cycle_weight: float = 0.5
    cycle_rescale: bool = False
    text_epochs: int = 50
    text_batch: int = 128
    text_lr: float = 2e-6
    combiner_epochs: int = 100
    combiner_batch: int = 512
    combiner_lr: float = 2e-5
    logit_scale: float = 100.0
    learn_scale: bool = False
    symmetric: bool = False
    mask_duplicates: bool = False
    negatives: tuple[str, ...] = ()
    keep_best: bool = False
    joints_from: int = 2
    image_epochs: int = 0
    pretrain_steps: int = 0
    pretrain_pairs: int = 0
    pictures: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if not 0.0 <= self.cycle_weight <= 1.0:
            raise ConfigError(f"cycle_weight {self.cycle_weight} is outside 0..1")
        for name in ("text_epochs", "combiner_epochs", "text_batch", "combiner_batch"):
            least = 1 if name.endswith("batch") else 0
            if getattr(self, name) < least:
                raise ConfigError(f"{name} {getattr(self, name)} is too small; use {least} or more")
        for name in ("text_lr", "combiner_lr", "logit_scale"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} {getattr(self, name)} is not above 0")
        if self.cycle_rescale and not self.cycle:
            raise ConfigError("cycle_rescale changes the cyclic loss; train with --cycle")
        if self.joints_from not in (1, 2):
            raise ConfigError(f"joints_from {self.joints_from} is not a stage; use 1 or 2")
        # JSON has lists only.
        object.__setattr__(self, "negatives", tuple(self.negatives))
        for name in self.negatives:
            _check_choice("negatives", name, NEGATIVES)
        if "direction" in self.negatives and not self.cycle:
            raise ConfigError(
                "direction negatives need the backward texts of the cycle; train with --cycle"
            )


@dataclass(frozen=True)
class AnnotateConfig:
    """How a multimodal model describes pairs.

    Args:
        model: its name at the endpoint.
        views: ``generate`` (paper: fresh calls for every view), ``derive`` (mirrored views from the
            texts of forward and reverse), or ``forward``.
        n: texts per view, 1..5.
        samples: Stage I answers per view; more than one are reduced to what they agree on.
        agree: share of the samples that a claim needs to be kept, 0..1.
        overlay: draw the skeleton, where joints are known, and explain it in the prompt.
        two_images: send two images instead of one montage.
        style: ``full``, ``reasoning`` (one indirect text of under 30 words), or ``search`` (three
            lengths as people type them, see `SEARCH_WORDS`).
        prompts: set of prompts, see `PROMPT_SETS`; None takes ``mllm-2`` for search texts, which
            ``mllm-1`` does not have, and ``mllm-1`` otherwise.
        banned: words that no text may use.
        temperature: of sampling.
        max_tokens: of one answer.
        retries: answers asked for again, saying what was wrong, before a view is discarded.
        concurrency: calls in flight.
        max_cost: US dollars that a run may not pass; None for no limit.
        endpoint: whose answers these are; a stored answer of another endpoint is not taken for one.
        retry_discarded: ask again where an earlier run discarded all stored answers: True for
            every reason, False for none, None where they were empty, cut short or refused.
    """

    model: str
    views: str = "generate"
    n: int = 3
    samples: int = 1
    agree: float = 0.5
    overlay: bool = False
    two_images: bool = False
    style: str = "full"
    banned: tuple[str, ...] = VAGUE_WORDS
    temperature: float = 0.7
    max_tokens: int = 1200
    retries: int = 2
    concurrency: int = 16
    max_cost: float | None = None
    prompts: str | None = None
    endpoint: str = ""
    retry_discarded: bool | None = None

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        _check_choice("views", self.views, VIEW_CHOICES)
        _check_choice("style", self.style, STYLES)
        if self.style == "plain":
            object.__setattr__(self, "style", "full")
        if self.prompts is not None:
            _check_choice("prompts", self.prompts, PROMPT_SETS)
        if self.style == "search" and self.prompts == "mllm-1":
            raise ConfigError(
                "the prompts mllm-1 have no style search; use mllm-2 or another style"
            )
        for name, low, high in (
            ("n", 1, 5), ("samples", 1, 50), ("retries", 0, 10), ("concurrency", 1, 1024),
            ("max_tokens", 16, 32768), ("agree", 0.0, 1.0), ("temperature", 0.0, 2.0),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name} {value} is outside {low}..{high}")
        if not self.model:
            raise ConfigError("model is empty; name one that the endpoint serves")
        if self.max_cost is not None and not 0 <= self.max_cost < float("inf"):
            raise ConfigError(f"max_cost {self.max_cost} is not an amount of dollars")

    @property
    def texts(self) -> int:
        """Texts that one view gets: a reasoning text stands alone."""
        if self.style == "search":
            return len(SEARCH_WORDS)
        return 1 if self.style == "reasoning" else self.n

    @property
    def prompt_version(self) -> str:
        """The set of prompts that is used."""
        return self.prompts or ("mllm-2" if self.style == "search" else "mllm-1")

    @property
    def text_style(self) -> TextStyle:
        """Of the texts that are asked for."""
        return TextStyle.SEARCH if self.style == "search" else TextStyle.FULL

    @property
    def max_words(self) -> tuple[int, ...]:
        """Words that each text may have."""
        if self.style == "search":
            return SEARCH_WORDS
        if self.style == "reasoning":
            return (29,)
        return (45 if self.prompt_version == "mllm-2" else 60,) * self.n


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f'{name} "{value}" is unknown; use one of {", ".join(allowed)}')


@dataclass(frozen=True)
class RankingConfig:
    """How much each voice counts when a gallery has joints; chosen on validation, per checkpoint.

    The learnt score and that of the pose voice count in standard deviations over the gallery, the
    score of the claims in natural units of a log-likelihood. The learnt score has the weight 1.

    Args:
        claims_rendered: of the claims, where both bodies are rendered or captured.
        claims_imported: where one comes from a skeleton of others.
        claims_estimated: where one was estimated from a picture.
        pose_rendered: of the pose voice, where the checkpoint has one.
        pose_imported: likewise.
        pose_estimated: likewise.
        encoder_rendered: of the learnt score of joints in place of pictures, where the checkpoint's
            image tower reads joints.
        encoder_imported: likewise.
        encoder_estimated: likewise.
        claims_read: of the claims, where the image tower itself read the joints of one.
        pose_read: likewise.
        encoder_read: likewise; 0, as it would say what the learnt score says.
        said_back: share of the feature of what the reader reads in a text in the feature of that
            text, for the learnt score.
        unfit_at: a typical difference of left and right limbs, metres, at which joints count for
            nothing; below it they count in proportion.
    """

    claims_rendered: float = 0.8
    claims_imported: float = 0.8
    claims_estimated: float = 0.65
    pose_rendered: float = 1.5
    pose_imported: float = 1.5
    pose_estimated: float = 0.75
    encoder_rendered: float = 1.0
    encoder_imported: float = 1.0
    encoder_estimated: float = 0.5
    claims_read: float = 0.2
    pose_read: float = 0.5
    encoder_read: float = 0.0
    said_back: float = 0.0
    unfit_at: float = 0.13

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            sound = isinstance(value, (int, float)) and not isinstance(value, bool)
            most = 1 if field.name == "said_back" else 100
            if not sound or not 0 <= value <= most or (field.name == "unfit_at" and value == 0):
                raise ConfigError(f"{field.name} is {value!r}; expected a number from 0 to {most}")


@dataclass(frozen=True)
class RunConfig:
    """How a training is carried out: none of it changes what is learnt beyond rounding.

    Args:
        cache: folder of the features of frozen towers; None keeps them beside the checkpoint.
        strict: a malformed record or an unreadable image is an error; else it is left out, counted
            and named.
        workers: threads that decode images.
        chunk: pairs per pass of the trained network. Smaller than a batch it saves memory at the
            cost of a second forward pass (gradient caching); None takes the batch at once.
        bf16: encode with frozen towers in bfloat16 where that keeps their features, and take the
            products of trained networks in it; their weights and the loss stay float32.
        save_every: seconds between checkpoints within a stage.
        validate_every: epochs between validations; 0 for none, None for ten in a stage.
        tensorboard: write the curves as TensorBoard events too.
    """

    cache: Path | None = None
    strict: bool = False
    workers: int = 2
    chunk: int | None = None
    bf16: bool = False
    save_every: float = 60.0
    validate_every: int | None = None
    tensorboard: bool = False

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if self.chunk is not None and self.chunk < 1:
            raise ConfigError(f"chunk {self.chunk} is not a number of pairs; use 1 or more")


_LATER: dict[str, Any] = {
    "long_texts": "cut", "joints": False, "joints_from": 2, "pictures": "", "cycle_rescale": False,
    "image_size": 0, "look_twice": False,
}  # fmt: skip
"""Settings of `ModelConfig` and `TrainConfig` that came later, at their defaults."""


def to_json(config: Any) -> dict[str, Any]:
    """A config as plain JSON values.

    Settings that came later are left out at their default, which is what was done before them: the
    fingerprints of earlier checkpoints and the settings of runs to resume stay what they were.
    """
    values = dataclasses.asdict(config)
    return {key: v for key, v in values.items() if key not in _LATER or v != _LATER[key]}


def from_json(kind: type[T], values: dict[str, Any]) -> T:
    """Build a config from JSON values.

    Raises:
        ConfigError: a key is unknown; the message lists the known ones.
    """
    known = [f.name for f in dataclasses.fields(kind)]  # pyright: ignore[reportArgumentType]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ConfigError(
            f"{kind.__name__} has no setting {', '.join(unknown)}; it has {', '.join(known)}"
        )
    return kind(**values)


def read_json(kind: type[T], path: Path) -> T:
    """Read a config file written by this package.

    Raises:
        ConfigError: the file is not JSON, or holds an unknown key.
    """
    try:
        return from_json(kind, json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not a readable {kind.__name__} file: {error}") from error
