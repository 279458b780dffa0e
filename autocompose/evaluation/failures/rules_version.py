"""Which version of the rules explained a failure: a fingerprint of the files that decide it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

_DECIDING = (
    "thresholds.py", "body", "tagger", "postures", "language", "verify",
    "evaluation/failures/causes.py", "evaluation/failures/find_failures.py",
)  # fmt: skip
"""What reads a text, measures bodies, judges claims, and tells the cause of a failure."""
_KINDS = {".py", ".toml", ".json", ".txt", ".npz", ".safetensors"}


@lru_cache(maxsize=1)
def rules_fingerprint() -> str:
    """12 hex digits of the rules that this program explains failures by, data and weights included.

    Any change of their files gives another one, also where it changes no result.
    """
    package = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for name in _DECIDING:
        place = package / name
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in files:
            if path.suffix in _KINDS and path.is_file():
                digest.update(path.relative_to(package).as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
