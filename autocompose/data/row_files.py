"""Flat rows as files: JSON lines, Parquet, and a `datasets` folder; each whole or not at all.

All rows of one table have the same columns.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from autocompose.data.aside import held_aside
from autocompose.data.files import dumps, stream_whole, written_aside
from autocompose.data.json_text import parse_json, read_text
from autocompose.errors import CaptionFileError, DatasetError, WriteError

Rows = Sequence[Mapping[str, Any]]

_NO_ROW = "there is no row to write; accept some descriptions first"


_ROWS_AT_ONCE = 10_000
"""Rows of a Parquet file's group: what is in memory at once."""


def write_json_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line, each as it comes."""
    with stream_whole(path) as file:
        for row in rows:
            file.write((dumps(row) + "\n").encode("utf-8"))


def count_json_lines(path: Path) -> int:
    """How many JSON objects a file has, one a line; every line is parsed, none is kept.

    Raises:
        CaptionFileError: a line is no JSON (the message has its number).
    """
    count = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            parse_json(line.decode("utf-8"), f"{path}: record in line {number}")
            count += 1
    return count


def read_json_lines(path: Path) -> list[Any]:
    """Read one JSON value a line; blank lines are left out.

    Raises:
        CaptionFileError: unreadable, not UTF-8, or not JSON (the message has the line).
    """
    # Not splitlines: a text may hold U+2028, which is a line end to Python and none to JSON.
    lines = enumerate(read_text(path).split("\n"), start=1)
    return [parse_json(line, f"{path}: record in line {n}") for n, line in lines if line.strip()]


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a Parquet file in groups of rows.

    Args:
        path: of the file.
        rows: read twice, so that columns are typed by all rows: a first row of empty lists must not
            decide. Zero rows cannot be written, since nothing tells their columns.

    Raises:
        DatasetError: there is no row.
    """
    import pyarrow
    from pyarrow import parquet

    schemas = [pyarrow.Table.from_pylist(part).schema for part in _parts(rows)]
    if not schemas:
        raise DatasetError(_NO_ROW)
    schema = pyarrow.unify_schemas(schemas, promote_options="permissive")
    with written_aside(path) as aside, parquet.ParquetWriter(aside, schema) as writer:
        for part in _parts(rows):
            writer.write_table(pyarrow.Table.from_pylist(part, schema=schema))


def _parts(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(rows)
    while part := [dict(row) for row in islice(waiting, _ROWS_AT_ONCE)]:
        yield part


def count_parquet(path: Path) -> int:
    """How many rows a Parquet file has; every group is read, none is kept."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        return sum(group.num_rows for group in file.iter_batches(_ROWS_AT_ONCE))


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """Read a Parquet file.

    Raises:
        CaptionFileError: it cannot be read.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        return parquet.read_table(path).to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise CaptionFileError(f"{path}: cannot be read as Parquet ({error})") from error


def write_dataset_folder(path: Path, rows: Rows) -> None:
    """Write what `datasets.load_from_disk` reads.

    Raises:
        DatasetError: the folder is there and not empty.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DatasetError(f"{path} is there already; choose a folder that is not")
    table = _table(rows)
    try:
        with no_bars(), held_aside(path, folder=True) as aside:
            table.save_to_disk(str(aside / "whole"))
            if path.exists():
                path.rmdir()
            os.replace(aside / "whole", path)
    except OSError as error:
        raise WriteError.of(path, error) from error


def read_dataset_folder(path: Path) -> list[dict[str, Any]]:
    """Read what `write_dataset_folder`, or `datasets` itself, wrote.

    Raises:
        CaptionFileError: the folder holds no such dataset, or one of several splits.
    """
    import datasets

    try:
        found = datasets.load_from_disk(str(path))
    except (OSError, ValueError) as error:
        raise CaptionFileError(f"{path}: not a `datasets` folder ({error})") from error
    if isinstance(found, datasets.DatasetDict):
        raise CaptionFileError(
            f"{path}: holds the splits {', '.join(map(str, found))}; name the folder of one"
        )
    return found.to_list()


def _table(rows: Rows) -> Any:
    import datasets

    if not rows:
        raise DatasetError(_NO_ROW)
    # The columns of all rows at once: a first row of empty lists must not decide their type.
    return datasets.Dataset.from_list([dict(row) for row in rows])


@contextmanager
def no_bars() -> Iterator[None]:
    """`datasets` draws its bars on stderr, where this program's own progress is."""
    import datasets

    if not datasets.is_progress_bar_enabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()
