"""The image and the text tower, through open_clip. This module owns the open_clip import."""

from __future__ import annotations

import copy
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from autocompose.data.preprocess import CLIP_MEAN, CLIP_STD
from autocompose.errors import CheckpointError, ConfigError, one_line
from autocompose.model import torchvision_schemas  # noqa: F401 - before open_clip, see there
from autocompose.model.long_texts import TextTokens, encode_tokens, split_text
from autocompose.model.pose_mini import features_and_joints
from autocompose.model.weight_files import clip_state, read_weights

# isort: split
import open_clip
from open_clip.pretrained import (
    download_pretrained,
    get_pretrained_cfg,
    list_pretrained_tags_by_model,
)
from open_clip.transformer import text_global_pool

BACKBONES = ("pose-mini", "RN50", "RN101", "ViT-B-32", "ViT-B-16")
OPENAI_MODELS = (
    *("RN50", "RN101", "RN50x4", "RN50x16", "RN50x64"),
    *("ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-L-14-336"),
)
"""What OpenAI published; official checkpoints may be of any of them."""

RANDOM = "random"
"""As a name of weights: none, on purpose (tests and timings)."""

CONFIG_FOLDER = Path(__file__).parent / "configs"
CONTEXT_LENGTH = 77
"""Tokens a CLIP text tower reads, start and end tokens included."""

WAYS_OUT = (
    "give a local weights file instead (--pretrained FILE), "
    "or use the bundled checkpoint checkpoints/pose-mini"
)


class Towers(nn.Module):
    """An image and a text tower with features in one space. Features are RAW: never normalised.

    Args:
        name: one of `BACKBONES`, or any name for a configuration of one's own.
        architecture: the open_clip configuration, enough to build the same towers again.
        mean: per channel, of the image normalisation.
        std: per channel, of the image normalisation.
    """

    long_texts = "cut"
    """Or ``chunks``: how texts that do not fit are read, see `autocompose.model.long_texts`."""
    look_twice = False
    """Whether pose-mini's image tower looks at the mirror image too. `ComposedModel` sets both."""

    def __init__(
        self,
        name: str,
        architecture: Mapping[str, Any],
        *,
        mean: Sequence[float] = CLIP_MEAN,
        std: Sequence[float] = CLIP_STD,
    ):
        """Build randomly initialised towers."""
        super().__init__()
        values = copy.deepcopy(dict(architecture))
        custom_text = values.pop("custom_text", False)
        kind = open_clip.CustomTextCLIP if custom_text else open_clip.CLIP
        self.name = name
        self.architecture: dict[str, Any] = copy.deepcopy(dict(architecture))
        self.clip: nn.Module = kind(**values)
        self.feature_dim: int = values["embed_dim"]
        self.image_size: int = values["vision_cfg"].get("image_size", 224)
        self.context_length: int = values["text_cfg"].get("context_length", CONTEXT_LENGTH)
        self.mean = tuple(mean)
        self.std = tuple(std)

    @property
    def image_tower(self) -> nn.Module:
        """The image tower alone; the training stages keep it frozen."""
        return self.clip.visual  # pyright: ignore[reportReturnType]

    def text_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters of the text tower, without the logit scale."""
        for name, parameter in self.clip.named_parameters():
            if not name.startswith("visual.") and name not in ("logit_scale", "logit_bias"):
                yield parameter

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        """Raw image features.

        Args:
            pixels: (B, 3, R, R) float32, preprocessed, R = ``image_size``.

        Returns:
            (B, D).
        """
        return features_and_joints(self.image_tower, pixels, twice=self.look_twice)[0]

    def encode_text(self, tokens: torch.Tensor, *, crop: bool = True) -> torch.Tensor:
        """Raw text features; the same as open_clip's, for any length up to the context length.

        Args:
            tokens: (B, L) int64 from `tokenize`, L <= ``context_length``.
            crop: cut the batch to its longest caption first, which changes nothing but the time.

        Returns:
            (B, D).
        """
        # CLIP holds the parts of its text tower itself, CustomTextCLIP in `.text`; the names agree.
        text: Any = getattr(self.clip, "text", self.clip)
        tokens = crop_tokens(tokens) if crop else tokens
        length = tokens.shape[1]
        x = text.token_embedding(tokens) + text.positional_embedding[:length]  # (B, L, W)
        # open_clip passes its mask for 77 tokens whatever the length, which fails for fewer.
        x = text.transformer(x, attn_mask=text.attn_mask[:length, :length])
        x = text.ln_final(x)
        pool = getattr(text, "text_pool_type", None) or text.pool_type
        x = text_global_pool(x, tokens, pool)  # (B, W)
        projection = text.text_projection
        if projection is None:
            return x
        return projection(x) if isinstance(projection, nn.Linear) else x @ projection

    def tokenize(self, texts: Sequence[str]) -> torch.Tensor:
        """(B, 77) int64 tokens; longer texts are cut, see `truncated_words`."""
        return _tokenizer()(list(texts), context_length=self.context_length)

    def read(self, texts: Sequence[str]) -> TextTokens:
        """Tokens of texts; with ``long_texts`` "chunks", all of them of texts that do not fit."""
        tokens = self.tokenize(texts)
        if self.long_texts == "cut":
            return TextTokens(tokens, {})
        room = self.context_length - 2
        full = (tokens.argmax(dim=-1) == room + 1).nonzero().flatten().tolist()
        chunks: dict[int, torch.Tensor] = {}
        for row in full:
            text = texts[int(row)]
            if len(byte_pairs(text)) > room:
                parts = split_text(text, tokens=lambda t: len(byte_pairs(t)), room=room)
                chunks[row] = self.tokenize(parts)
        return TextTokens(tokens, chunks)

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Raw features (B, D) of texts, long ones read as ``long_texts`` says."""
        device = next(self.parameters()).device
        return encode_tokens(self.read(texts).to(device), self.encode_text)

    def vocabulary(self) -> dict[int, str]:
        """Token id -> byte-pair entry; ``</w>`` ends a word."""
        return {token: entry for entry, token in _tokenizer().encoder.items()}

    def truncated_words(self, text: str) -> str:
        """The words of a text that the text tower does not read, "" when it reads them all.

        A word that is cut in the middle counts as not read.
        """
        if self.long_texts == "chunks":
            return ""
        room = self.context_length - 2  # start and end token
        tokenizer = _tokenizer()
        if len(tokenizer.encode(text)) <= room:
            return ""
        words = text.split()
        used = 0
        for index, word in enumerate(words):
            used += len(tokenizer.encode(word))
            if used > room:
                return " ".join(words[index:])
        return ""


def byte_pairs(text: str) -> list[int]:
    """CLIP's tokens of a text, without start and end."""
    return _tokenizer().encode(text)


def text_of_byte_pairs(tokens: Sequence[int]) -> str:
    """The text of CLIP's tokens, in lower case and with a space around each mark."""
    return _tokenizer().decode(list(tokens)).strip()


@lru_cache(maxsize=1)
def _tokenizer() -> open_clip.SimpleTokenizer:
    """CLIP's byte-pair tokenizer; its vocabulary ships inside open_clip."""
    return open_clip.SimpleTokenizer()


def crop_tokens(tokens: torch.Tensor) -> torch.Tensor:
    """Cut a batch of tokens to its longest caption.

    Exact for a causal tower: the feature is read at the end token, which sees what precedes it.

    Args:
        tokens: (B, L) int64; the end token has the highest id.

    Returns:
        (B, L') with L' <= L.
    """
    if tokens.numel() == 0:
        return tokens
    return tokens[:, : int(tokens.argmax(dim=-1).max()) + 1]


def towers_from_config(
    name: str,
    architecture: Mapping[str, Any],
    *,
    mean: Sequence[float] = CLIP_MEAN,
    std: Sequence[float] = CLIP_STD,
) -> Towers:
    """Randomly initialised towers of an open_clip configuration.

    Args:
        name: what to call them.
        architecture: ``embed_dim``, ``vision_cfg``, ``text_cfg``, optionally ``quick_gelu``.
        mean: per channel, of the image normalisation.
        std: per channel, of the image normalisation.

    Raises:
        CheckpointError: open_clip cannot build this configuration.
    """
    if str(architecture.get("vision_cfg", {}).get("timm_model_name", "")).startswith("pose_mini"):
        # Registers the trunk with timm; imported late because nothing else needs timm's registry.
        from autocompose.model import pose_mini  # noqa: F401
    try:
        return Towers(name, architecture, mean=mean, std=std)
    except (KeyError, TypeError, ValueError, RuntimeError, AssertionError) as error:
        reason = one_line(error)
        raise CheckpointError(
            f'the towers "{name}" cannot be built from their configuration: {reason}; '
            f"use one of {', '.join(BACKBONES)}"
        ) from error


def build_towers(backbone: str, *, pretrained: str | None = None, image_size: int = 0) -> Towers:
    """Build towers by name.

    Args:
        backbone: one of `BACKBONES`; ``ViT-B/32`` is read as ``ViT-B-32``.
        pretrained: an open_clip weights tag (downloaded), or a local file: openai/CLIP's,
            open_clip's, or ``tuned_clip_*.pt`` of the official code. `RANDOM` leaves random
            weights; pose-mini, which is trained from scratch, has them with None too.
        image_size: side of the squares that it reads, pixels; 0 for the backbone's own.

    Returns:
        Towers in eval mode (the official code never updates batch statistics either).

    Raises:
        ConfigError: the backbone is unknown.
        CheckpointError: the weights cannot be found, downloaded or read.
    """
    name = check_start(backbone, pretrained)
    if name == "pose-mini" and name not in open_clip.list_models():
        open_clip.add_model_config(CONFIG_FOLDER)
    architecture = open_clip.get_model_config(name)
    if architecture is None:
        raise CheckpointError(
            f'open_clip has no configuration "{name}"; install open_clip_torch 3.x'
        )
    if image_size:
        architecture["vision_cfg"]["image_size"] = image_size
    weights = None if pretrained == RANDOM else pretrained
    tag = get_pretrained_cfg(name, weights) if weights else {}
    if name != "pose-mini":
        # Files without a tag are OpenAI's or descend from them, and those use QuickGELU.
        architecture["quick_gelu"] = bool(tag.get("quick_gelu", False)) if tag else True
    towers = towers_from_config(
        name, architecture, mean=tag.get("mean") or CLIP_MEAN, std=tag.get("std") or CLIP_STD
    )
    if weights:
        file = _download(name, weights, tag) if tag else Path(weights)
        _load_weights(towers, file, weights)
    return towers.eval()


def check_start(backbone: str, pretrained: str | None) -> str:
    """Refuse to start a CLIP backbone from nothing without being told to.

    Returns:
        The backbone's name as open_clip writes it.

    Raises:
        ConfigError: the backbone is unknown.
        CheckpointError: no weights are named; the message says how to get some.
    """
    name = backbone.replace("/", "-")
    if name not in BACKBONES:
        raise ConfigError(f'backbone "{backbone}" is unknown; use one of {", ".join(BACKBONES)}')
    if pretrained is None and name != "pose-mini":
        raise CheckpointError(
            f"{name} starts from CLIP weights and none are named: give a tag that open_clip "
            "downloads (--pretrained openai) or a local file (--pretrained FILE), or use the "
            "bundled checkpoint checkpoints/pose-mini"
        )
    return name


def published_name(architecture: Mapping[str, Any]) -> str | None:
    """Which of `OPENAI_MODELS` a configuration is, None if of none."""
    for name in OPENAI_MODELS:
        known = open_clip.get_model_config(name) or {}
        if known and same_architecture(architecture, known):
            return name
    return None


def same_architecture(complete: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two configurations have the same sizes; ``other`` may leave open_clip's defaults out.

    Args:
        complete: names every size of its towers.
        other: as in open_clip's files.
    """
    return complete["embed_dim"] == other.get("embed_dim") and all(
        other.get(part, {}).get(key, value) == value
        for part in ("vision_cfg", "text_cfg")
        for key, value in complete[part].items()
    )


def _download(name: str, tag: str, entry: Mapping[str, Any]) -> Path:
    """The file of a weights tag, from open_clip's cache or the network."""
    failure = f'the weights "{tag}" of {name} cannot be downloaded'
    cached = _cached(entry)
    if cached is not None:
        return cached
    if not _reachable():
        # Asked first because the download itself retries for most of a minute, in many lines.
        raise CheckpointError(f"{failure} (no network); {WAYS_OUT}")
    try:
        return Path(download_pretrained(dict(entry)))
    except (OSError, RuntimeError, ValueError) as error:
        reason = one_line(error, 200)
        raise CheckpointError(f"{failure} ({reason}); {WAYS_OUT}") from error


def _cached(entry: Mapping[str, Any]) -> Path | None:
    """A file that an earlier download left in the Hugging Face cache."""
    from huggingface_hub import try_to_load_from_cache

    repository, _, file = str(entry.get("hf_hub", "")).rpartition("/")
    if not repository:
        return None
    names = [file] if file else ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"]
    for name in names:
        found = try_to_load_from_cache(repository, name)
        if isinstance(found, str):
            return Path(found)
    return None


def _reachable(*, seconds: float = 5.0) -> bool:
    """Whether the host of the weights answers; a proxy is trusted to."""
    if urllib.request.getproxies():
        return True
    from huggingface_hub.constants import ENDPOINT

    host = urllib.parse.urlparse(ENDPOINT).hostname or ""
    try:
        with socket.create_connection((host, 443), timeout=seconds):
            return True
    except OSError:
        return False


def _load_weights(towers: Towers, file: Path, asked: str) -> None:
    """Load an open_clip or OpenAI weights file into towers, strictly."""
    if not file.is_file():
        tags = ", ".join(list_pretrained_tags_by_model(towers.name)) or "none"
        raise CheckpointError(
            f'"{asked}" is neither a weights file nor a tag of {towers.name} '
            f"(tags: {tags}); {WAYS_OUT}"
        )
    try:
        saved = read_weights(file)
        if towers.name == "pose-mini":
            # A finished stage in OUT/progress holds the towers as a whole.
            saved = {name.removeprefix("clip."): tensor for name, tensor in saved.items()}
            towers.clip.load_state_dict(saved, strict=True)
        else:
            towers.clip.load_state_dict(clip_state(saved, file.name), strict=True)
    except (CheckpointError, RuntimeError, TypeError) as error:
        reason = one_line(error, 300)
        raise CheckpointError(
            f'"{file.name}" does not hold weights of {towers.name}: {reason}; {WAYS_OUT}'
        ) from error
