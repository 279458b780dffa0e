"""The pose language model as a folder: weights, tokenizer, words, settings, figures and a card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors

from autocompose.config import from_json
from autocompose.data.files import write_whole
from autocompose.errors import CheckpointError, ConfigError, one_line
from autocompose.lab.lm.pieces import Pieces
from autocompose.lab.lm.pose_lm import PoseLM, PoseLMConfig
from autocompose.lab.tokens.limb_codes import KINDS, LimbCodes

FORMAT = 1
WEIGHTS, CODES, CONFIG = "pose_lm.safetensors", "pose_codes.safetensors", "config.json"
MAX_BYTES = 80_000_000


@dataclass(eq=False)
class PoseLab:
    """A trained pose language model with all that it needs.

    Args:
        model: in eval mode.
        codes: the pose tokenizer.
        pieces: the words.
        about: JSON values: what it was trained on, from which tower it started.
        fingerprint: of everything that decides its answers; empty until it is saved or loaded.
    """

    model: PoseLM
    codes: LimbCodes
    pieces: Pieces
    about: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""


def save_limb_codes(path: Path, codes: LimbCodes) -> None:
    """Write a tokenizer to a safetensors file.

    Raises:
        WriteError: it cannot be written.
    """
    write_whole(path, to_safetensors(_books(codes)))


def load_limb_codes(path: Path) -> LimbCodes:
    """Read a tokenizer.

    Raises:
        CheckpointError: the file is missing, damaged or no tokenizer.
    """
    try:
        _check_size(path)
        books = {name: tensor.numpy() for name, tensor in load_file(path).items()}
        kinds = {kind: np.asarray(books[kind], dtype=np.float32) for kind in KINDS}
        shapes = {book.shape[:2] for book in kinds.values()}
        good = all(book.ndim == 3 and np.isfinite(book).all() for book in kinds.values())
        if len(shapes) != 1 or not good:
            raise ValueError("its books do not fit each other")
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f'"{path.name}" is no pose tokenizer ({one_line(error, 120)}); copy the folder again'
        ) from error
    return LimbCodes(kinds)


def save_pose_lab(folder: Path, lab: PoseLab, *, metrics: Mapping[str, Any], card: str) -> Path:
    """Write all files of a model, the configuration last.

    Args:
        folder: made where it is missing.
        lab: what to save; its weights are stored in half precision.
        metrics: JSON values.
        card: Markdown: what the model is, how it was made, what it is not for.

    Raises:
        WriteError: a file cannot be written.
    """
    folder = Path(folder)
    weights = {n: t.half().contiguous() for n, t in lab.model.state_dict().items()}
    stored = to_safetensors({**weights, **lab.pieces.stored()})
    books = to_safetensors(_books(lab.codes))
    lab.fingerprint = hashlib.sha256(stored + books).hexdigest()
    config = {
        "format": FORMAT,
        "model": asdict(lab.model.config),
        "about": dict(lab.about),
        "fingerprint": lab.fingerprint,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / WEIGHTS, stored)
    write_whole(folder / CODES, books)
    write_whole(folder / "metrics.json", _json(metrics))
    write_whole(folder / "card.md", card)
    write_whole(folder / CONFIG, _json(config))
    return folder


def load_pose_lab(folder: Path) -> PoseLab:
    """Read a model in float32, in eval mode, and check it against its fingerprint.

    Raises:
        CheckpointError: the folder is missing, incomplete, damaged, or from a newer version.
    """
    folder = Path(folder)
    if not (folder / CONFIG).is_file():
        raise CheckpointError(
            f'"{folder}" holds no pose model (no {CONFIG}); train one with `autocompose pose train`'
        )
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if int(config["format"]) > FORMAT:
            raise ValueError(f"it has format {config['format']}, this program reads up to {FORMAT}")
        for name in (WEIGHTS, CODES):
            _check_size(folder / name)
        content = (folder / WEIGHTS).read_bytes() + (folder / CODES).read_bytes()
        if hashlib.sha256(content).hexdigest() != config["fingerprint"]:
            raise ValueError(f"its weights are not those that {CONFIG} was written with")
        tensors = load_file(folder / WEIGHTS)
        pieces = Pieces.restored(tensors)
        settings = from_json(PoseLMConfig, config["model"])
        model = PoseLM(settings, words=len(pieces), writable=pieces.writable)
        weights = {n: t.float() for n, t in tensors.items() if not n.startswith("pieces.")}
        model.load_state_dict(weights)
        about = dict(config["about"])
    except (
        SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError, RecursionError,
        ConfigError,
    ) as error:  # fmt: skip
        raise CheckpointError(
            f'the pose model "{folder.name}" is damaged or incomplete ({one_line(error, 200)}); '
            "copy it again, or train one with `autocompose pose train`"
        ) from error
    codes = load_limb_codes(folder / CODES)
    if (codes.levels, codes.size) != (settings.levels, settings.codes):
        raise CheckpointError(f'the tokenizer of "{folder.name}" belongs to another model')
    return PoseLab(model.eval(), codes, pieces, about, str(config["fingerprint"]))


def _books(codes: LimbCodes) -> dict[str, torch.Tensor]:
    return {kind: torch.from_numpy(book).contiguous() for kind, book in codes.books.items()}


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} has more than {MAX_BYTES} bytes")


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
