"""Training and evaluation as the official code does them, beside ours, in one run.

    python benchmarks/training.py            # RN50, 224 px: about a quarter of an hour on two cores
    python benchmarks/training.py --quick    # a small tower: under a minute, for a look

The official way is written here and in training_ways.py from its description (it is not the
official code): every step decodes and encodes the reference and the target image and both texts of
77 tokens again, although the towers that encode them are frozen. Both ways start from the same
weights, see the same triplets in the same order, drop the same units, and compute in float32; their
losses are compared step by step. Pictures and texts are those of a dataset in the official layout.
Weights are random: nothing here says how well anything retrieves.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.config import RunConfig, TrainConfig  # noqa: E402
from autocompose.data.triplets import TripletSampler  # noqa: E402
from autocompose.evaluation.metrics import target_ranks  # noqa: E402
from autocompose.model.combiner import Combiner  # noqa: E402
from autocompose.model.losses import cyclic_loss  # noqa: E402
from autocompose.model.towers import Towers, towers_from_config  # noqa: E402
from autocompose.schema import PosePair, Triplet  # noqa: E402
from autocompose.training.features.tower_features import image_features, text_features  # noqa: E402
from autocompose.training.loop.two_stages import train_combiner, train_text_tower  # noqa: E402
from benchmarks.training_ways import (  # noqa: E402
    Measured,
    compare,
    encode_official,
    pixels,
    silent,
    through_curves,
    timed,
    train_official,
    training_pairs,
)

# open_clip comes in with the towers, which prepare torchvision for it.
# isort: split
import open_clip  # noqa: E402

_OFFICIAL_CHUNK = 32  # images or texts that the official Combiner training encodes at once


@dataclass(frozen=True)
class Size:
    """How much work is done."""

    text_batch: int
    combiner_batch: int
    steps: int
    projection_dim: int
    hidden_dim: int
    queries: int
    gallery: int


FULL = Size(128, 512, 2, 2560, 5120, 1000, 4000)
QUICK = Size(16, 32, 2, 128, 256, 200, 1000)


def main() -> None:
    """Run every comparison and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small tower and few pairs")
    parser.add_argument("--dataset", type=Path, default=Path("annotations/demo"))
    parser.add_argument("--steps", type=int, help="steps of each way")
    parser.add_argument("--only", nargs="*", choices=PARTS, help="some of the comparisons")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else FULL
    if chosen.steps:
        size = replace(size, steps=chosen.steps)
    towers = build(quick=chosen.quick)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"{torch.get_num_threads()} threads, torch {torch.__version__}; load "
        f"{os.getloadavg()[0]:.1f}; {'small tower' if chosen.quick else 'RN50'}, "
        f"{towers.image_size} px, float32, {size.steps} steps a way\n"
    )
    figures: dict[str, Any] = {"quick": chosen.quick, "size": asdict(size)}
    with tempfile.TemporaryDirectory() as scratch:
        for name in chosen.only or PARTS:
            figures[name] = PARTS[name](towers, chosen.dataset, size, Path(scratch))
            print(flush=True)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")
    bad = [name for name, f in figures.items() if isinstance(f, dict) and f.get("same") is False]
    if bad:
        sys.exit(f"the two ways differ in {', '.join(bad)}")


def build(*, quick: bool) -> Towers:
    """Random towers whose features differ from picture to picture."""
    architecture = open_clip.get_model_config("RN50")
    assert architecture is not None
    architecture["quick_gelu"] = True
    if quick:
        architecture["embed_dim"] = 64
        architecture["vision_cfg"] |= {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16}
        architecture["text_cfg"] |= {"width": 64, "heads": 2, "layers": 2}
    torch.manual_seed(0)
    towers = towers_from_config("benchmark", architecture).eval()
    for name, parameter in towers.clip.named_parameters():
        if "bn3.weight" in name:  # starts at zero, which would make all pictures alike
            torch.nn.init.ones_(parameter)
    return towers


def combiner_stage(towers: Towers, data: Path, size: Size, scratch: Path) -> dict[str, Any]:
    """Stage 2: an epoch of the Combiner."""
    config = TrainConfig(
        source="auto", mode="auto-mirror-reverse_3", combiner_batch=size.combiner_batch,
        combiner_epochs=size.steps,
    )  # fmt: skip
    pairs = training_pairs(data, size.combiner_batch)
    sampler = TripletSampler(pairs, config.mode, cycle=True, seed=0)
    torch.manual_seed(0)
    start = Combiner(towers.feature_dim, size.projection_dim, size.hidden_dim)
    images = {i.id: i for pair in pairs for i in (pair.reference, pair.target)}

    def official() -> Measured:
        combiner = copy.deepcopy(start)
        torch.manual_seed(config.seed)
        optimiser = torch.optim.Adam(combiner.parameters(), lr=config.combiner_lr)
        combiner.train()

        def step(batch: Sequence[Triplet]) -> torch.Tensor:
            with torch.no_grad():
                encoded = [
                    encode_official(towers, images, batch[i : i + _OFFICIAL_CHUNK])
                    for i in range(0, len(batch), _OFFICIAL_CHUNK)
                ]
            reference, target, text, back = (torch.cat(part) for part in zip(*encoded, strict=True))
            return cyclic_loss(reference, target, text, back, compose=combiner.combine)

        return train_official(sampler, config.combiner_epochs, step, optimiser)

    run = RunConfig(cache=scratch / "features")
    with timed() as once:
        frozen = image_features(
            towers, list(images.values()), transform="squarepad", run=run, on_event=silent
        )
        # Training encodes every text that can be drawn; here those that these epochs draw do.
        triplets = [t for epoch in range(size.steps) for t in sampler.epoch(epoch)]
        drawn = {text for t in triplets for text in (t.text, t.reverse_text or "")}
        texts = text_features(towers, sorted(drawn), run=run, on_event=silent)

    def ours() -> Measured:
        combiner = copy.deepcopy(start)
        return through_curves(
            scratch, "stage 2", config, frozen, sampler,
            lambda bench: train_combiner(combiner, texts, bench),
        )  # fmt: skip

    return compare(
        f"Combiner epoch, batch {size.combiner_batch}", official(), ours(), seconds_once=once[1]
    )


def text_stage(towers: Towers, data: Path, size: Size, scratch: Path) -> dict[str, Any]:
    """Stage 1 on the dataset's texts."""
    return _text_stage(towers, training_pairs(data, size.text_batch), size, scratch)


def short_text_stage(towers: Towers, data: Path, size: Size, scratch: Path) -> dict[str, Any]:
    """Stage 1 on their first twenty words."""
    pairs = [
        replace(
            pair,
            texts={
                key: tuple(" ".join(text.split()[:20]) for text in texts)
                for key, texts in pair.texts.items()
            },
        )
        for pair in training_pairs(data, size.text_batch)
    ]
    return _text_stage(towers, pairs, size, scratch)


def _text_stage(
    towers: Towers, pairs: Sequence[PosePair], size: Size, scratch: Path
) -> dict[str, Any]:
    config = TrainConfig(
        source="auto", mode="auto-mirror-reverse_3", text_batch=size.text_batch,
        text_epochs=size.steps,
    )  # fmt: skip
    sampler = TripletSampler(pairs, config.mode, cycle=True, seed=0)
    images = {i.id: i for pair in pairs for i in (pair.reference, pair.target)}
    tokens = towers.tokenize([t for p in pairs for k in sampler.mode.keys for t in p.texts[k][:3]])
    lengths = tokens.argmax(dim=-1) + 1

    def official() -> Measured:
        tuned = copy.deepcopy(towers)
        tuned.image_tower.requires_grad_(False)
        optimiser = torch.optim.AdamW(list(tuned.text_parameters()), lr=config.text_lr, eps=1e-7)

        def step(batch: Sequence[Triplet]) -> torch.Tensor:
            reference, target, text, back = encode_official(tuned, images, batch)
            return cyclic_loss(reference, target, text, back)

        return train_official(sampler, config.text_epochs, step, optimiser)

    with timed() as once:
        frozen = image_features(
            towers, list(images.values()), transform="squarepad",
            run=RunConfig(cache=scratch / "features"), on_event=silent,
        )  # fmt: skip

    def ours() -> Measured:
        tuned = copy.deepcopy(towers)
        return through_curves(
            scratch,
            "stage 1",
            config,
            frozen,
            sampler,
            lambda bench: train_text_tower(tuned, bench),
        )

    name = f"text stage, batch {size.text_batch}, {float(lengths.float().mean()):.0f} tokens"
    return compare(name, official(), ours(), seconds_once=once[1])


def evaluation(towers: Towers, data: Path, size: Size, scratch: Path) -> dict[str, Any]:
    """Recalls by sorting names and comparing strings, and by counting ranks."""
    del towers, data, scratch
    generator = torch.Generator().manual_seed(0)
    gallery = F.normalize(torch.randn(size.gallery, 512, generator=generator), dim=-1)
    queries = F.normalize(torch.randn(size.queries, 512, generator=generator), dim=-1)
    names = np.array([f"image_{i:06d}.jpg" for i in range(size.gallery)])
    reference = np.arange(size.queries)
    target = reference + 1

    def official() -> list[float]:
        distances = 1 - queries @ gallery.T
        order = torch.argsort(distances, dim=-1).numpy()
        ranked = names[order]
        ranked = ranked[ranked != names[reference][:, None]].reshape(len(order), -1)
        labels = ranked == names[target][:, None]
        return [100 * float(labels[:, :k].sum()) / len(labels) for k in (1, 5, 10, 50)]

    def ours() -> list[float]:
        ranks = target_ranks((queries @ gallery.T).numpy(), target, reference)
        return [100 * float((ranks <= k).sum()) / len(ranks) for k in (1, 5, 10, 50)]

    with timed() as slow:
        expected = official()
    with timed() as fast:
        found = ours()
    ratio = slow[0] / fast[0]
    print(
        f"evaluation, {size.queries} queries in a gallery of {size.gallery}: sorting names "
        f"{slow[0]:.2f} s, counting ranks {fast[0]:.3f} s, {ratio:.0f}x; recalls "
        f"{'the same' if expected == found else 'DIFFER'}"
    )
    return {"ratio": ratio, "same": expected == found}


def encoding(towers: Towers, data: Path, size: Size, scratch: Path) -> dict[str, Any]:
    """What each way of encoding with a frozen tower gains, and what it does to the features."""
    del scratch
    pairs = training_pairs(data, _OFFICIAL_CHUNK)
    images = {i.id: i for pair in pairs for i in (pair.reference,)}
    batch = torch.stack([pixels(towers, image) for image in images.values()])
    tokens = towers.tokenize([pair.texts["auto"][0] for pair in pairs])
    half = copy.deepcopy(towers).to(torch.bfloat16)  # type: ignore[call-overload]
    wide = copy.deepcopy(towers).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    half_wide = copy.deepcopy(half).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    wide_batch = batch.contiguous(memory_format=torch.channels_last)
    ways: dict[str, Callable[[], torch.Tensor]] = {
        "image float32": lambda: towers.encode_image(batch),
        "image float32 channels_last": lambda: wide.encode_image(wide_batch),
        "image bfloat16 channels_last": lambda: half_wide.encode_image(wide_batch.bfloat16()),
        "text 77 tokens float32": lambda: towers.encode_text(tokens, crop=False),
        "text cropped float32": lambda: towers.encode_text(tokens),
        "text cropped bfloat16": lambda: half.encode_text(tokens),
    }
    found: dict[str, Any] = {}
    print("| frozen tower | items/s | items/CPU-s | least cosine with float32 |\n|---|---|---|---|")
    for name, way in ways.items():
        with torch.inference_mode():
            way()
            with timed() as took:
                features = way().float()
        count = len(batch) if name.startswith("image") else len(tokens)
        base = found.get(f"{name.split()[0]} features", features)
        found[f"{name.split()[0]} features"] = base
        cosine = float(F.cosine_similarity(base, features, dim=-1).min())
        found[name] = {
            "per_second": count / took[0],
            "per_cpu_second": count / took[1],
            "cosine": cosine,
        }
        speeds = f"{count / took[0]:.1f} | {count / took[1]:.1f}"
        print(f"| {name} | {speeds} | {cosine:.6f} |")
    return {k: v for k, v in found.items() if not k.endswith("features")}


def gradient_caching(towers: Towers, data: Path, size: Size, scratch: Path) -> dict[str, Any]:
    """What passes of a quarter of the batch cost in time, and that they change no loss."""
    config = TrainConfig(
        source="auto", mode="auto-mirror-reverse_3", text_batch=size.text_batch,
        text_epochs=size.steps,
    )  # fmt: skip
    pairs = training_pairs(data, size.text_batch)
    sampler = TripletSampler(pairs, config.mode, cycle=True, seed=0)
    images = {i.id: i for pair in pairs for i in (pair.reference, pair.target)}
    run = RunConfig(cache=scratch / "features")
    frozen = image_features(
        towers, list(images.values()), transform="squarepad", run=run, on_event=silent
    )
    found = []
    for chunk in (None, size.text_batch // 4):
        tuned = copy.deepcopy(towers)
        found.append(
            through_curves(
                scratch, "stage 1", config, frozen, sampler,
                lambda bench, tuned=tuned: train_text_tower(tuned, bench), chunk=chunk,
            )
        )  # fmt: skip
    whole, cached = found
    apart = max(abs(a - b) for a, b in zip(whole.losses, cached.losses, strict=True))
    cost = cached.cpu_seconds / whole.cpu_seconds
    print(
        f"gradient caching, text stage, {size.text_batch // 4} of {size.text_batch} pairs a pass: "
        f"{cost:.2f}x the processor time, losses apart by {apart:.1e}"
    )
    return {"cost": cost, "apart": apart, "same": apart < 1e-3}


PARTS: dict[str, Callable[[Towers, Path, Size, Path], dict[str, Any]]] = {
    "combiner": combiner_stage,
    "short-texts": short_text_stage,
    "texts": text_stage,
    "evaluation": evaluation,
    "encoding": encoding,
    "gradient-caching": gradient_caching,
}


if __name__ == "__main__":
    main()
