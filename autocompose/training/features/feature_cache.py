"""Features on disk by the content they were made from.

A cache is a folder of segments. A segment is a ``.npy`` file, memory-mapped when read, beside a
``.json`` file that lists the address of each row. The list is written last, so that a segment is
there whole or not at all, and adding images adds a segment and touches no other.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autocompose.data.files import write_whole

FORMAT = 1
_WORST_ROUNDING = 1e-3
"""Of a row, relative to its length; float16 rounds ordinary features by 3e-4."""


class FeatureCache:
    """Rows (S, D) by address: S = 2 for images (plain, mirrored), 1 for texts.

    Args:
        folder: holds one folder per kind; None keeps the features in memory.
        kind: everything besides the content that features depend on: the tower's fingerprint, the
            transform, the precision. Another kind is another folder, so nothing stale is read.
    """

    def __init__(self, folder: Path | None, kind: Mapping[str, Any]) -> None:
        self._kind = {"format": FORMAT, **kind}
        stamp = hashlib.sha256(json.dumps(self._kind, sort_keys=True).encode()).hexdigest()
        self.folder = None if folder is None else folder / stamp[:16]
        self._segments: list[np.ndarray] = []
        self._rows: dict[str, int] = {}
        self._count = 0
        if self.folder is not None:
            for listing in sorted(self.folder.glob("*.json")):
                self._open(listing)

    def __contains__(self, address: object) -> bool:
        """Whether the features of this content are here."""
        return address in self._rows

    def __len__(self) -> int:
        """Number of addresses."""
        return len(self._rows)

    def add(self, addresses: Sequence[str], features: torch.Tensor, *, write: bool) -> None:
        """Add rows.

        Args:
            addresses: one per row.
            features: (n, S, D) float32.
            write: also to disk, in one segment; readable features stay even if that fails.

        Raises:
            OSError: the segment cannot be written. The rows are there in memory.
        """
        array = _narrow(features)
        self._append(addresses, array)
        if not write or self.folder is None:
            return
        content = io.BytesIO()
        np.save(content, array, allow_pickle=False)
        name = hashlib.sha256("\n".join(addresses).encode()).hexdigest()[:16]
        write_whole(self.folder / f"{name}.npy", content.getvalue())
        listing = {**self._kind, "addresses": list(addresses)}
        write_whole(self.folder / f"{name}.json", json.dumps(listing))
        # From here on the file backs the rows, as it will in the next run.
        self._segments[-1] = np.load(self.folder / f"{name}.npy", mmap_mode="r")

    def rows(self, addresses: Iterable[str]) -> np.ndarray:
        """Row numbers of addresses, for `take`.

        Raises:
            KeyError: an address is not here.
        """
        return np.array([self._rows[address] for address in addresses], dtype=np.int64)

    def take(self, rows: np.ndarray, sides: np.ndarray | int = 0) -> torch.Tensor:
        """Features (B, D) float32 of rows.

        Args:
            rows: (B,) from `rows`.
            sides: (B,) which of the S features of each row.
        """
        sides = np.broadcast_to(sides, rows.shape)
        starts = np.cumsum([0, *(len(segment) for segment in self._segments)])
        of = np.searchsorted(starts, rows, side="right") - 1
        out = np.empty((len(rows), self._segments[0].shape[-1]), dtype=np.float32)
        for number in np.unique(of):
            here = of == number
            out[here] = self._segments[number][rows[here] - starts[number], sides[here]]
        return torch.from_numpy(out)

    def _open(self, listing: Path) -> None:
        """Map one segment; a damaged one counts as absent and is made again."""
        try:
            addresses = json.loads(listing.read_text(encoding="utf-8"))["addresses"]
            array = np.load(listing.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            return
        if array.ndim == 3 and len(array) == len(addresses):
            self._append(addresses, array)

    def _append(self, addresses: Sequence[str], array: np.ndarray) -> None:
        self._segments.append(array)
        for offset, address in enumerate(addresses):
            self._rows[address] = self._count + offset
        self._count += len(array)


def _narrow(features: torch.Tensor) -> np.ndarray:
    """float16 where that keeps every row; float32 for towers with huge or tiny features."""
    rounded = features.half()
    error = (rounded.float() - features).norm(dim=-1)
    fits = bool((error <= _WORST_ROUNDING * features.norm(dim=-1)).all())
    return (rounded if fits else features).cpu().numpy()
