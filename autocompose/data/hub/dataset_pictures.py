"""The pictures inside a `datasets` folder, written out as files: bounded, and confined to a folder.

Both forms are read: what ``save_to_disk`` writes, and Parquet files. Pictures must be inside the
dataset; a row that names a file elsewhere is left out, so that no dataset makes this program read
files of its choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import datasets
from pyarrow import ArrowException, parquet

from autocompose.data.archive import (
    IMAGE_SUFFIXES,
    MAX_ENTRIES,
    MAX_IMAGE_BYTES,
    MAX_TOTAL_BYTES,
    FoundImages,
)
from autocompose.data.files import check_name, write_whole
from autocompose.data.hub.dataset_forms import is_saved_dataset
from autocompose.errors import DatasetError, UnsafePathError, one_line

_ROWS_AT_ONCE = 32
_ID_COLUMNS = ("id", "file_name", "image_id", "name")
_KINDS = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"RIFF": ".webp",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
}


def extract_pictures(
    folder: Path, out: Path, *, split: str = "", max_total_bytes: int = MAX_TOTAL_BYTES
) -> FoundImages:
    """Write the pictures of a dataset as files.

    Args:
        folder: either form.
        out: folder to write; made if missing.
        split: which split, where there are several.
        max_total_bytes: of all pictures together.

    Returns:
        The pictures under their ids, with row numbers for names where there are none. One that
        cannot be used is left out and named.

    Raises:
        DatasetError: not such a folder, several splits and none named, too large as a whole, two
            pictures of one name, or no picture.
        UnsafePathError: a name points outside.
    """
    written: dict[str, Path] = {}
    left_out = []
    left = max_total_bytes
    try:
        for number, (name, content, why) in enumerate(_pictures(folder, split)):
            if number >= MAX_ENTRIES:
                raise DatasetError(f"{folder} has more than {MAX_ENTRIES:,} pictures; split it")
            if not why and len(content) > MAX_IMAGE_BYTES:
                why = f"more than {MAX_IMAGE_BYTES:,} bytes"
            if why:
                left_out.append(f"{name}: {why}")
                continue
            check_name(name, str(folder))
            if name in written:
                raise DatasetError(
                    f'{folder}: two pictures are named "{name}"; names are ids, make them differ'
                )
            left -= len(content)
            if left < 0:
                raise DatasetError(f"{folder} holds more than {max_total_bytes:,} bytes; split it")
            written[name] = out / name
            write_whole(written[name], content)
    except (ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, UnsafePathError | DatasetError):
            raise
        raise DatasetError(f"{folder} cannot be read as a dataset: {one_line(error)}") from error
    if not written:
        rest = f"; the first: {left_out[0]}" if left_out else ""
        raise DatasetError(f"{folder} has no picture that can be used{rest}")
    paths = tuple(written[name] for name in sorted(written))
    return FoundImages(out, paths, tuple(sorted(left_out)))


def _pictures(folder: Path, split: str) -> Iterator[tuple[str, bytes, str]]:
    """Each picture's name and bytes, or why it is left out."""
    rows = _saved_rows(folder, split) if is_saved_dataset(folder) else _parquet_rows(folder, split)
    for number, (row, column) in enumerate(rows):
        cell = row[column]
        content = cell.get("bytes") if isinstance(cell, Mapping) else None
        told = next((row[name] for name in _ID_COLUMNS if isinstance(row.get(name), str)), None)
        if told is None and isinstance(cell, Mapping) and cell.get("path"):
            told = PurePosixPath(str(cell["path"])).name
        name = told or f"{number:06d}"
        if not content:
            yield name, b"", "the picture is not inside the dataset; save it with its pictures"
            continue
        if PurePosixPath(name).suffix.lower() not in IMAGE_SUFFIXES:
            kind = next((end for start, end in _KINDS.items() if content.startswith(start)), "")
            name += kind or ".jpg"  # Pillow looks at the content
        yield name, content, ""


def _saved_rows(folder: Path, split: str) -> Iterator[tuple[dict[str, Any], str]]:
    found = datasets.load_from_disk(str(folder))
    if isinstance(found, datasets.DatasetDict):
        if split not in found:
            raise DatasetError(
                f"{folder} has the splits {', '.join(map(str, found))}; name one with --split"
            )
        found = found[split]
    columns = [name for name, kind in found.features.items() if isinstance(kind, datasets.Image)]
    if not columns:
        has = ", ".join(found.features)
        raise DatasetError(f"{folder} has no column of pictures; it has {has}")
    plain = found.cast_column(columns[0], datasets.Image(decode=False))
    for row in plain:
        yield dict(row), columns[0]


def _parquet_rows(folder: Path, split: str) -> Iterator[tuple[dict[str, Any], str]]:
    files = sorted(folder.rglob("*.parquet"))
    if split:
        files = [path for path in files if split in (path.parent.name, path.name.split("-")[0])]
        if not files:
            raise DatasetError(f'{folder} has no Parquet file of the split "{split}"')
    some = False
    for path in files:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            column = next((one.name for one in schema if _holds_pictures(one.type)), None)
            if column is None:
                continue  # a table of texts beside the pictures
            some = True
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                yield from ((row, column) for row in batch.to_pylist())
    if not some:
        raise DatasetError(f"{folder} has no Parquet file with a column of pictures")


def _holds_pictures(kind: Any) -> bool:
    names = {kind.field(i).name for i in range(kind.num_fields)}
    return {"bytes", "path"} <= names
