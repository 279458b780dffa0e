"""Galleries as versions up to 0.2 wrote them, in one array file of each kind."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from autocompose.retrieval.gallery import Gallery


def save_single_files(gallery: Gallery, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stamp = hashlib.sha256(json.dumps([gallery.image_ids, gallery.fingerprint]).encode())
    names = {key: f"{key}-{stamp.hexdigest()[:16]}.npy" for key in ("embeddings", "norms")}
    for key, name in names.items():
        np.save(folder / name, np.asarray(getattr(gallery, key)), allow_pickle=False)
    if gallery.bodies is not None:
        names["bodies"] = f"bodies-{stamp.hexdigest()[:16]}.npz"
        (folder / names["bodies"]).write_bytes(gallery.bodies.to_bytes())
    content = {
        "format": 1,
        "name": gallery.name,
        "fingerprint": gallery.fingerprint,
        "files": names,
        "skipped": list(gallery.skipped),
        "image_ids": list(gallery.image_ids),
    }
    (folder / "gallery.json").write_text(json.dumps(content))
