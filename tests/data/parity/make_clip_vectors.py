"""Makes the files of clip/ and e2e/ with the official code; needed only to change them.

    python tests/data/parity/make_clip_vectors.py OFFICIAL SOURCE

OFFICIAL is a checkout of the official repository (its ``src`` runs unchanged) and SOURCE a larger
set of vectors in the layout of this folder. ``clip-anytorch`` 2.6.0 must be importable. The models
of SOURCE are made smaller: every matrix but the projection of texts is put on a coarse grid, which
compresses well and stays float32, and the text tower of ``vit`` loses its second block. The images
are put on a grid too. Everything that follows from weights and images is computed again.
"""

from __future__ import annotations

import copy
import gzip
import json
import shutil
import sys
import tempfile
import types
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
FILES = {"rn": "rn_tuned_clip_49.pt.gz", "vit": "vit_tuned_clip_3.pt.gz"}
WHOLE = ("text_projection",)
"""Matrices that keep every digit, so that rounding them to float16 would show."""

GRID = 0.56
"""Width of a step of the grid in standard deviations."""

CYCLE_WEIGHT = 0.5
STORED_GRADIENTS = (
    "text_projection", "ln_final.weight", "positional_embedding",
    "transformer.resblocks.0.attn.in_proj_bias",
)  # fmt: skip
STORED_WEIGHTS = tuple(n for n in STORED_GRADIENTS if n != "positional_embedding")


def coarse(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """A matrix on a grid; anything else as it is."""
    if tensor.dim() < 2 or name in WHOLE:
        return tensor
    step = GRID * tensor.std()
    return (tensor / step).round() * step


def smaller(state: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    """Without the text tower's blocks from ``layers`` on, and with coarse matrices."""
    dropped = tuple(f"transformer.resblocks.{i}." for i in range(layers, 9))
    kept = {name: tensor for name, tensor in state.items() if not name.startswith(dropped)}
    return {name: coarse(name, tensor) for name, tensor in kept.items()}


def built(config: dict[str, Any], state: dict[str, torch.Tensor]) -> torch.nn.Module:
    """The official model in evaluation mode with these weights."""
    from clip.model import CLIP

    given = {**config, "vision_layers": config["vision_layers"]}
    if isinstance(given["vision_layers"], list):
        given["vision_layers"] = tuple(given["vision_layers"])
    model = CLIP(**given).float().eval()
    model.load_state_dict(state, strict=True)
    return model


def on_a_grid(images: np.ndarray) -> np.ndarray:
    return (np.round(images * 4) / 4).astype(np.float32)


def features(model: Any, combiner: Any, images: np.ndarray, tokens: np.ndarray) -> dict:
    """What the towers and the Combiner give for images and tokens."""
    pixels, ids = torch.from_numpy(images), torch.from_numpy(tokens).long()
    with torch.inference_mode():
        seen, read = model.encode_image(pixels), model.encode_text(ids)
        per_image, _ = model(pixels, ids)
        combined = combiner.combine_features(seen, read[: len(seen)])
    return {
        "images": images, "image_features": seen.numpy(), "text_features": read.numpy(),
        "logits_per_image": per_image.numpy(), "combined_image_i_text_i": combined.numpy(),
    }  # fmt: skip


def stage_one(model: Any, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Three steps of the official fine-tuning of the text tower with the cyclic loss."""
    from torch.nn import functional as F
    from utils import element_wise_sum  # pyright: ignore

    model = copy.deepcopy(model)
    for parameter in model.visual.parameters():
        parameter.requires_grad = False
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.999), eps=1e-7)
    criterion, ids = torch.nn.CrossEntropyLoss(), torch.arange(len(given["tokens"]))
    reference, target = (
        model.encode_image(torch.from_numpy(given[n])) for n in ("ref_images", "target_images")
    )
    parameters, out, losses = dict(model.named_parameters()), {}, []
    for step in range(4):
        text, back = (
            model.encode_text(torch.from_numpy(given[n]).long())
            for n in ("tokens", "tokens_reverse")
        )
        predicted = element_wise_sum(reference, text)
        logits = 100 * predicted @ F.normalize(target, dim=-1).T
        returned = element_wise_sum(predicted, back)
        reverse = 100 * returned @ F.normalize(reference, dim=-1).T
        loss = (1 - CYCLE_WEIGHT) * criterion(logits, ids) + CYCLE_WEIGHT * criterion(reverse, ids)
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            for name in STORED_GRADIENTS:
                out[f"grad_step0/{name}"] = parameters[name].grad.clone().numpy()
            rows = parameters["token_embedding.weight"].grad[given["used_token_ids"].tolist()]
            out["grad_step0/token_embedding_used_rows"] = rows.numpy()
        if step < 3:
            optimiser.step()
        if step == 2:
            out |= {f"after3/{n}": parameters[n].detach().clone().numpy() for n in STORED_WEIGHTS}
    names = ("ref_images", "target_images", "tokens", "tokens_reverse", "used_token_ids")
    return {**out, **{n: given[n] for n in names}, "losses": np.array(losses, np.float32)}


def tables(base: Path, models: dict[str, Any], sizes: dict[str, dict]) -> None:
    """The official test scripts' own tables, into e2e/expected."""
    import clip
    import clip_test  # pyright: ignore
    import combiner_test  # pyright: ignore

    experiment = types.SimpleNamespace(validate=nullcontext, log_metrics=lambda *_, **__: None)
    clip_test.experiment = combiner_test.experiment = experiment
    for kind in FILES:
        clip.load = lambda *_, kind=kind, **__: (copy.deepcopy(models[kind]), None)
        weights, mixer = base / f"{kind}.pt", HERE / "clip" / f"{kind}_combiner_99.pt"
        weights.write_bytes(gzip.decompress((HERE / "clip" / FILES[kind]).read_bytes()))
        common: dict[str, Any] = {
            "dataset": "fixmypose", "experiment_name": "parity", "clip_model_name": kind,
            "transform": "squarepad", "val_split": "test", "keep_selection": 10,
            "clip_model_path": str(weights),
        }  # fmt: skip
        for what, folder in (("clip", "clip_finetuned_on"), ("combiner", "combiner_trained_on")):
            out = base / "models" / kind / f"{folder}_fixmypose_parity"
            out.mkdir(parents=True)
            if what == "clip":
                clip_test.clip_test_cpr(**common)
            else:
                combiner_test.combiner_test_cpr(
                    **common, projection_dim=sizes[kind]["projection_dim"],
                    hidden_dim=sizes[kind]["hidden_dim"], combiner_model_path=str(mixer),
                )  # fmt: skip
            expected = HERE / "e2e" / "expected" / f"{kind}_{what}"
            expected.mkdir(parents=True, exist_ok=True)
            for path in sorted(out.glob("*.csv")):
                shutil.copy(path, expected)


def main(official: Path, source: Path) -> None:
    """Write clip/ and the tables of e2e/."""
    comet = types.ModuleType("comet_ml")
    comet.Experiment = object  # pyright: ignore
    sys.modules.setdefault("comet_ml", comet)
    base = Path(tempfile.mkdtemp())  # the official code reads datasets beside its own `src`
    shutil.copytree(official / "src", base / "src")
    shutil.copytree(HERE / "e2e" / "fixmypose_dataset", base / "fixmypose_dataset")
    sys.path.insert(0, str(base / "src"))
    from combiner import Combiner  # pyright: ignore

    import autocompose.model.torchvision_schemas  # noqa: F401  torchvision on a CPU

    meta = json.loads((source / "clip" / "meta.json").read_text())
    io, steps = np.load(source / "clip" / "io.npz"), np.load(source / "clip" / "stage1_steps.npz")
    tokens = io["tokens"]
    stored: dict[str, dict[str, np.ndarray]] = {"io": {"tokens": tokens}, "stage1_steps": {}}
    models, sizes, checkpoints = {}, {}, {}
    for kind, name in FILES.items():
        given = meta["checkpoints"][kind]
        config = {**given["config"]}
        if kind == "vit":
            config["transformer_layers"] = 1
        with gzip.open(source / "clip" / name) as file:
            saved = torch.load(file, map_location="cpu", weights_only=True)
        saved["CLIP"] = smaller(saved["CLIP"], config["transformer_layers"])
        with (HERE / "clip" / name).open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as file:
            torch.save(saved, file)
        models[kind] = built(config, saved["CLIP"])
        mixing = torch.load(HERE / "clip" / f"{kind}_combiner_99.pt", weights_only=True)["Combiner"]
        sizes[kind] = {key: given["combiner"][key] for key in ("projection_dim", "hidden_dim")}
        combiner = Combiner(config["embed_dim"], *sizes[kind].values()).eval()
        combiner.load_state_dict(mixing, strict=True)
        images = on_a_grid(io[f"{kind}/images"])
        found = features(models[kind], combiner, images, tokens)
        stored["io"] |= {f"{kind}/{key}": value for key, value in found.items()}
        taken = {n[len(kind) + 1 :]: steps[n] for n in steps.files if n.startswith(f"{kind}/")}
        taken |= {n: on_a_grid(taken[n]) for n in ("ref_images", "target_images")}
        walked = stage_one(models[kind], taken)
        stored["stage1_steps"] |= {f"{kind}/{key}": value for key, value in walked.items()}
        checkpoints[kind] = {"file": name, "epoch": saved["epoch"], "config": config}
    for name, arrays in stored.items():
        np.savez_compressed(HERE / "clip" / f"{name}.npz", **arrays)  # pyright: ignore
    kept = {"texts": meta["texts"], "checkpoints": checkpoints}
    (HERE / "clip" / "meta.json").write_text(json.dumps(kept, ensure_ascii=False) + "\n")
    tables(base, models, sizes)
    shutil.rmtree(base)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
