"""Which form of a `datasets` folder a folder is, told without loading that library."""

from __future__ import annotations

from pathlib import Path


def is_saved_dataset(folder: Path) -> bool:
    """Whether ``save_to_disk`` of `datasets` wrote a folder."""
    return any((folder / name).is_file() for name in ("dataset_info.json", "dataset_dict.json"))


def is_dataset_folder(folder: Path) -> bool:
    """Whether a folder is such a dataset or holds Parquet files, and is no folder of images."""
    return is_saved_dataset(folder) or next(folder.rglob("*.parquet"), None) is not None
