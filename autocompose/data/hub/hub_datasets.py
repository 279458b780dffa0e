"""Datasets as Hugging Face ``datasets``: one folder, the images inside it, out and in again.

::

    <folder>/README.md           what `datasets.load_dataset` reads: the three configurations
    <folder>/pairs/<split>       reference, target, img_set and every text key, by split
    <folder>/galleries/<split>   id, in the order of the split file
    <folder>/images/full         id, image (the file's own bytes), width, height, joints, ...

Each table is a set of Parquet files or, in the form ``datasets``, what ``save_to_disk`` writes.
Nothing is fetched, and nothing is written outside the folder. What is read back equals what was
written: captions, galleries, joints and the bytes of every image.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as parquet
from PIL import Image, UnidentifiedImageError
from pyarrow import ArrowException

from autocompose.data.aside import held_aside
from autocompose.data.counted import counted
from autocompose.data.dataset import PoseDataset, open_dataset, write_captions, write_split
from autocompose.data.files import check_name, write_whole
from autocompose.data.joints_file import write_joints
from autocompose.data.row_files import no_bars
from autocompose.errors import DatasetError, one_line
from autocompose.schema import ImageInfo, JointsOrigin, OnEvent, PoseImage, PosePair

FORMS = ("parquet", "datasets")
SHARD_BYTES = 400_000_000
"""Image bytes per Parquet file, at most (one larger image stands alone)."""

_TABLES = ("pairs", "galleries", "images")
_EVERY = "full"
_INFO_TEXTS = ("person", "camera", "clip", "pose")
_SPLIT = re.compile(r"\w+(\.\w+)*")  # what `datasets` takes as the name of a split


def write_hub(
    dataset: PoseDataset, out: Path, *, form: str = "parquet", on_event: OnEvent | None = None
) -> Path:
    """Write a dataset with its images as a folder that `datasets.load_dataset` opens.

    Args:
        dataset: in the official layout.
        out: must not exist yet, or be empty.
        form: ``parquet`` (to share) or ``datasets`` (`load_from_disk`, memory-mapped).
        on_event: called with progress.

    Returns:
        ``out``, there as a whole or not at all.

    Raises:
        DatasetError: the form is unknown, ``out`` is taken, no split has captions, a split's name
            does not fit, or a record of the dataset is not sound.
    """
    if form not in FORMS:
        raise DatasetError(f'form "{form}" is unknown; use one of {", ".join(FORMS)}')
    if not dataset.splits:
        raise DatasetError(f"{dataset.root} has no captions/<split>.json; add one to convert it")
    for split in dataset.splits:
        if not _SPLIT.fullmatch(split) or split == "all":  # "all" means their union
            raise DatasetError(
                f'split "{split}": `datasets` takes letters, digits and _; rename it'
            )
    galleries = {
        split: dataset.gallery(split)
        for split in dataset.splits
        if (dataset.root / "image_splits" / f"{split}.json").is_file()
    }
    with _aside(out) as folder:
        pairs = {split: dataset.pairs(split) for split in dataset.splits}
        every = list(dict.fromkeys(key for rows in pairs.values() for key in _text_keys(rows)))
        texts = datasets.Sequence(datasets.Value("string"))
        names = {"reference": datasets.Value("string"), "target": datasets.Value("string")}
        for split, rows in pairs.items():
            # Every split has every column, its own ones first and in its own order.
            keys = list(dict.fromkeys([*_text_keys(rows), *every]))
            features = datasets.Features({**names, "img_set": texts, **dict.fromkeys(keys, texts)})
            records = [
                {
                    "reference": pair.reference.id,
                    "target": pair.target.id,
                    "img_set": list(pair.image_set),
                    **{k: list(pair.texts[k]) if k in pair.texts else None for k in keys},
                }
                for pair in rows
            ]
            _write_table([records], features, folder / "pairs", name=split, form=form)
        id_only = datasets.Features({"id": datasets.Value("string")})
        for split, gallery in galleries.items():
            records = [{"id": image.id} for image in gallery]
            _write_table([records], id_only, folder / "galleries", name=split, form=form)
        images = _named_images(dataset, pairs.values(), galleries.values())
        images = counted(images, len(images), "write images", on_event=on_event)
        _write_table(_shards(images), _image_features(), folder / "images", name=_EVERY, form=form)
        if form == "parquet":
            write_whole(folder / "README.md", _readme(dataset, folder))
        elif (dataset.root / "card.md").is_file():
            shutil.copyfile(dataset.root / "card.md", folder / "README.md")
    return out


def read_hub(source: Path, root: Path, *, on_event: OnEvent | None = None) -> PoseDataset:
    """Write the official layout from a folder that `write_hub` made, or that was downloaded.

    Args:
        source: either form.
        root: must not exist yet, or be empty.
        on_event: called with progress.

    Returns:
        The dataset at ``root``, there as a whole or not at all.

    Raises:
        DatasetError: ``source`` is not such a folder, ``root`` is taken, or a table is damaged.
        UnsafePathError: an image is named outside the images folder.
    """
    if not source.is_dir():
        raise DatasetError(f"{source} is not a folder; give a dataset's folder that exists")
    for name in ("pairs", "images"):
        if not (source / name).is_dir():
            raise DatasetError(
                f"{source} has no folder {name}/; give one that `autocompose convert` wrote"
            )
    with _aside(root) as folder:
        bodies: list[PoseImage] = []
        size = (0, 0)
        for row in _rows(source / "images" / _EVERY, on_event):
            image = _read_image(row, folder / "images", str(source))
            if image.joints is not None:
                bodies.append(image)
                size = (row["width"], row["height"])
        for split, rows in _splits(source / "pairs"):
            write_captions(folder / "captions" / f"{split}.json", [_record(row) for row in rows])
        if (source / "galleries").is_dir():
            for split, rows in _splits(source / "galleries"):
                write_split(folder / "image_splits" / f"{split}.json", [row["id"] for row in rows])
        if bodies:
            write_joints(folder / "joints.json", bodies, image_size=size)
        try:
            _check(folder)
        except DatasetError as error:  # it names the folder that will not be there
            raise type(error)(str(error).replace(str(folder), str(root))) from error
        if (source / "README.md").is_file():
            card = (source / "README.md").read_text(encoding="utf-8")
            write_whole(folder / "card.md", re.sub(r"\A---\n.*?\n---\n", "", card, flags=re.DOTALL))
    return open_dataset(root)


def _check(folder: Path) -> None:
    """Refuse what the tables may hold and a dataset may not, before anything is in place."""
    made = open_dataset(folder)
    for split in made.splits:
        made.pairs(split)
        if (folder / "image_splits" / f"{split}.json").is_file():
            made.gallery(split)


def _text_keys(rows: Sequence[PosePair]) -> list[str]:
    return list(dict.fromkeys(key for pair in rows for key in pair.texts))


def _image_features() -> datasets.Features:
    number, text = datasets.Value("float64"), datasets.Value("string")
    table = datasets.Sequence(datasets.Sequence(number))
    whole = datasets.Value("int32")
    return datasets.Features(
        {
            "id": text,
            "image": datasets.Image(decode=True),
            "width": whole,
            "height": whole,
            "joints": table,
            "pixels": table,
            "floor_y": number,
            "heading": number,
            "built": datasets.Sequence(text),
            "visibility": datasets.Sequence(number),
            "joints_origin": text,
            **dict.fromkeys(_INFO_TEXTS, text),
            "seconds": number,
        }
    )


def _named_images(
    dataset: PoseDataset,
    pairs: Iterable[Sequence[PosePair]],
    galleries: Iterable[Sequence[PoseImage]],
) -> list[PoseImage]:
    """Every image that a gallery or a pair names, once; those of a group only where they exist."""
    found = {image.id: image for gallery in galleries for image in gallery}
    for rows in pairs:
        for pair in rows:
            found.setdefault(pair.reference.id, pair.reference)
            found.setdefault(pair.target.id, pair.target)
            for name in pair.image_set:
                if name not in found and (dataset.root / "images" / name).is_file():
                    found[name] = dataset.image(name)
    return list(found.values())


def _shards(images: Iterable[PoseImage]) -> Iterator[list[dict[str, Any]]]:
    """Rows of images, a table of at most `SHARD_BYTES` at a time, so that memory holds one."""
    shard: list[dict[str, Any]] = []
    size = 0
    for image in images:
        content = image.path.read_bytes()
        if shard and size + len(content) > SHARD_BYTES:
            yield shard
            shard, size = [], 0
        shard.append(_image_row(image, content))
        size += len(content)
    yield shard


def _image_row(image: PoseImage, content: bytes) -> dict[str, Any]:
    try:
        with Image.open(io.BytesIO(content)) as opened:  # reads the header only
            width, height = opened.size
    except UnidentifiedImageError as error:  # its words name an object in memory
        raise DatasetError(f'"{image.id}" is not an image; replace or remove it') from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DatasetError(
            f'"{image.id}" is not an image ({error}); replace or remove it'
        ) from error
    return {
        "id": image.id,
        "image": {"bytes": content, "path": image.id},
        "width": width,
        "height": height,
        "joints": image.joints,
        "pixels": image.pixels,
        "floor_y": image.floor_y,
        "heading": image.heading,
        "built": list(image.built),
        "visibility": image.visibility,
        "joints_origin": None if image.joints_origin is None else image.joints_origin.value,
        **{key: getattr(image.info, key) for key in _INFO_TEXTS},
        "seconds": image.info.seconds,
    }


def _read_image(row: Mapping[str, Any], folder: Path, where: str) -> PoseImage:
    try:
        name, content = str(row["id"]), row["image"]["bytes"]
        origin = row.get("joints_origin")
        image = PoseImage(
            id=check_name(name, where),
            path=folder / name,
            joints=row.get("joints"),
            pixels=row.get("pixels"),
            floor_y=row.get("floor_y"),
            heading=row.get("heading"),
            built=tuple(row.get("built") or ()),
            visibility=None if row.get("visibility") is None else tuple(row["visibility"]),
            joints_origin=None if origin is None else JointsOrigin(origin),
            info=ImageInfo(
                **{key: row.get(key) or "" for key in _INFO_TEXTS}, seconds=row.get("seconds")
            ),
        )
        if not isinstance(content, bytes):
            raise TypeError("no bytes inside")
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{where}: an image row is damaged ({error}); write it again") from error
    if image.path.exists():
        raise DatasetError(f'{where}: "{name}" is listed twice; name each image once')
    image.path.parent.mkdir(parents=True, exist_ok=True)
    image.path.write_bytes(content)
    return image


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A caption record: keys that this row has no value for are left out."""
    return {key: value for key, value in row.items() if value is not None}


def _write_table(
    shards: Iterable[list[dict[str, Any]]],
    features: datasets.Features,
    folder: Path,
    *,
    name: str,
    form: str,
) -> None:
    folder.mkdir(exist_ok=True)
    if form == "datasets":
        rows = [row for shard in shards for row in shard]
        _table(rows, features).save_to_disk(folder / name)
        return
    for number, shard in enumerate(shards):
        suffix = f"-{number:05d}" if number else ""
        _table(shard, features).to_parquet(folder / f"{name}{suffix}.parquet")


def _table(rows: list[dict[str, Any]], features: datasets.Features) -> datasets.Dataset:
    columns = {key: [row[key] for row in rows] for key in features}
    return datasets.Dataset.from_dict(columns, features=features)


def _splits(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name in _files(folder):
        yield name, list(_rows(folder / name))


def _files(folder: Path) -> dict[str, list[Path]]:
    """The Parquet files of each table of a folder, or the folder that holds its Arrow files."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.suffix == ".parquet":
            found.setdefault(re.sub(r"(-\d{5})?\.parquet$", "", path.name), []).append(path)
    return found


def _rows(table: Path, on_event: OnEvent | None = None) -> Iterator[dict[str, Any]]:
    """The rows of one table in either form, image bytes as they are."""
    stage = f"read {table.parent.name}"
    try:
        if table.is_dir():
            loaded = datasets.Dataset.load_from_disk(table)
            for name, feature in loaded.features.items():
                if isinstance(feature, datasets.Image):
                    loaded = loaded.cast_column(name, datasets.Image(decode=False))
            rows = counted(loaded, len(loaded), stage, on_event=on_event)
            yield from rows  # pyright: ignore[reportReturnType]
            return
        files = _files(table.parent).get(table.name)
        if not files:
            raise DatasetError(f"{table}.parquet does not exist; copy the whole folder")
        total = sum(parquet.read_metadata(file).num_rows for file in files)
        yield from counted(_parquet_rows(files), total, stage, on_event=on_event)
    except (ArrowException, OSError, ValueError, KeyError) as error:
        reason = one_line(error, 200)
        raise DatasetError(f"{table} is damaged ({reason}); write or copy it again") from error


def _readme(dataset: PoseDataset, folder: Path) -> str:
    """The configurations for `datasets.load_dataset`, then the dataset's own card."""
    lines = ["---", "configs:"]
    for table in _TABLES:
        if not (folder / table).is_dir():
            continue
        lines += [f"- config_name: {table}", "  data_files:"]
        for name, files in _files(folder / table).items():
            lines += [f"  - split: {name}", "    path:"]
            lines += [f"    - {table}/{file.name}" for file in files]
        lines += ["  default: true"] if table == "pairs" else []
    card = dataset.root / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else f"# {dataset.name}\n"
    return "\n".join([*lines, "---", text])


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` to write in; it takes the place of ``out`` if all went well."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(f"{out} is not empty; name a folder that does not exist yet")
    try:
        with held_aside(out, folder=True) as folder:
            folder.chmod(0o755)  # it was made private
            with no_bars():
                yield folder
            if out.exists():
                out.rmdir()
            os.replace(folder, out)
    except OSError as error:
        raise DatasetError(
            f"{out} cannot be written: {error.strerror or error}; choose another place"
        ) from error


def _parquet_rows(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=256):
            yield from batch.to_pylist()
