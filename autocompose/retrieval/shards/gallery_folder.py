"""A gallery's folder: shards that are only ever added, and ``gallery.json``, which names them.

``gallery.json`` is written last, so that a reader, or a run that was killed, finds the gallery as
it was before or as it is after. Pictures are removed by naming their rows in it. Whoever writes
holds the folder's lock; see `autocompose.data.lock`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autocompose.data.files import some, write_whole
from autocompose.errors import FingerprintError, GalleryError, one_line
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.shards.halves import stacked_halves
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.retrieval.shards.row_stack import RowPlaces, stacked
from autocompose.retrieval.shards.shard_files import (
    SHARD_NAME,
    FileStamp,
    Shard,
    ShardContent,
    read_ids,
    read_shard,
    spoilt,
    write_shard,
)
from autocompose.retrieval.shards.thumbnails import StackedThumbnails

FORMAT = 2
MANIFEST = "gallery.json"
SHARD_ROWS = 25_000
"""Pictures of a shard, at most."""
CHECKED_BYTES = 50_000_000
"""Galleries up to this size are read whole and checked at every opening."""
MANY_SHARDS = 64
_OURS = re.compile(
    r"shard-[0-9a-f]{16}|(embeddings|norms|looks)-[0-9a-f]{16}\.npy|bodies-[0-9a-f]{16}\.npz"
)


@dataclass(frozen=True)
class Manifest:
    """What ``gallery.json`` says.

    Args:
        name: what people call the gallery.
        fingerprint: of the model that embedded it.
        width: columns of the embeddings.
        shards: in the order of their rows.
        skipped: one line per image that the last run could not embed.
    """

    name: str
    fingerprint: str
    width: int
    shards: tuple[Shard, ...]
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Pictures that count."""
        return sum(shard.live for shard in self.shards)

    @property
    def removed(self) -> int:
        """Rows on disk that no longer count."""
        return sum(len(shard.removed) for shard in self.shards)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Manifest:
        """Read the content of the file.

        Raises:
            ValueError: it names a shard that cannot be, or rows that are not there.
            KeyError: it lacks something.
            TypeError: something in it is of another kind.
        """
        shards = []
        for one in content["shards"]:
            if not SHARD_NAME.fullmatch(one["name"]):
                raise ValueError(f"{one['name']!r} is not a shard of a gallery")
            files = {}
            for name, stamp in one["files"].items():
                if not re.fullmatch(r"[a-z_]+(\.npy|\.json)?", name):
                    raise ValueError(f"{name!r} is not a file of a shard")
                files[name] = FileStamp(int(stamp["bytes"]), str(stamp["sha256"]))
            shard = Shard(one["name"], int(one["rows"]), files, tuple(map(int, one["removed"])))
            rising = list(shard.removed) == sorted(set(shard.removed))
            if not rising or any(not 0 <= row < shard.rows for row in shard.removed):
                raise ValueError(f"{shard.name} has removed rows that it does not have")
            shards.append(shard)
        return cls(
            str(content["name"]), str(content["fingerprint"]), int(content["width"]),
            tuple(shards), tuple(map(str, content["skipped"])),
        )  # fmt: skip

    def to_text(self) -> str:
        """The content of the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False) + "\n"


def open_shards(
    folder: Path, content: Mapping[str, Any], *, root: Path | None, allow_missing: bool = False
) -> Gallery:
    """The gallery of a folder; its large arrays stay on disk.

    Args:
        folder: of the gallery.
        content: of its ``gallery.json``.
        root: folder of its images, where they can be shown.
        allow_missing: leave out shards that cannot be used, and name them in ``skipped``.

    Raises:
        GalleryError: a shard is missing or damaged (it is named), or the manifest is.
        UnsafePathError: an image id points outside the gallery's folder.
    """
    manifest = Manifest.of(content)
    check = sum(shard.bytes for shard in manifest.shards) <= CHECKED_BYTES
    opened, live, lost = [], [], []
    for shard in manifest.shards:
        try:
            why = spoilt(folder, shard) if check else ""
            if why:
                raise ValueError(why)
            opened.append(read_shard(folder, shard, width=manifest.width))
            live.append(shard)
        except (OSError, ValueError, KeyError, EOFError) as error:
            lost.append(f"{shard.live} pictures of a shard: {one_line(error)}")
    if lost and (not allow_missing or not opened):
        rest = (
            "index the folder again with --force"
            if not opened
            else "use --allow-missing to leave them out, or index again with --force"
        )
        raise GalleryError(f'the gallery "{folder.name}" is damaged ({"; ".join(lost)}); {rest}')
    if not opened:
        raise GalleryError(f'the gallery "{folder.name}" is damaged (no shards); index it again')
    return _joined(manifest, live, opened, root=root, lost=lost)


def _joined(
    manifest: Manifest,
    shards: Sequence[Shard],
    opened: Sequence[ShardContent],
    *,
    root: Path | None,
    lost: Sequence[str],
) -> Gallery:
    kept = [shard.kept() for shard in shards]
    places = RowPlaces([shard.rows for shard in shards], kept)
    ids: list[str] = []
    for one, rows in zip(opened, kept, strict=True):
        ids += one.image_ids if rows is None else [one.image_ids[row] for row in rows.tolist()]
    norms = np.asarray(stacked([one.norms for one in opened], places))
    notes = None
    if any(one.notes is not None for one in opened):
        each = [one.notes or PictureNotes.unknown(len(one.image_ids)) for one in opened]
        notes = PictureNotes.joined(
            [one if rows is None else one.take(rows) for one, rows in zip(each, kept, strict=True)]
        )
    looks = [one.looks for one in opened if one.looks is not None]
    held = tuple(one.thumbnails for one in opened)
    embeddings = [one.embeddings for one in opened]
    return Gallery(
        image_ids=tuple(ids),
        embeddings=stacked(embeddings, places),
        halves=stacked_halves([one.halves for one in opened], embeddings, places),
        fingerprint=manifest.fingerprint,
        norms=norms,
        name=manifest.name,
        root=root,
        skipped=(*manifest.skipped, *lost),
        bodies=GalleryBodies.stack([one.bodies or len(one.image_ids) for one in opened], places),
        looks=stacked(looks, places) if len(looks) == len(opened) else None,
        notes=notes,
        thumbnails=StackedThumbnails(held, places) if any(held) else None,
    )


def read_manifest(folder: Path) -> Manifest | None:
    """What the folder's ``gallery.json`` says; None where there is none of this form.

    Raises:
        GalleryError: it cannot be read.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest.of(content) if content["format"] == FORMAT else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GalleryError(
            f'the gallery "{folder.name}" is damaged ({one_line(error)}); make it again with '
            "`autocompose index`"
        ) from error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GalleryError(
            f'the gallery "{folder}" cannot be written: {error.strerror or error}'
        ) from error


def write_shards(
    folder: Path, chunks: Iterable[Gallery], *, skipped: Sequence[str] = ()
) -> Manifest:
    """Write a gallery in place of the one that is there, if any.

    Args:
        folder: made where it is missing.
        chunks: the pictures, in order; each becomes a shard or more. At least one.
        skipped: one line per image that could not be embedded.

    Raises:
        GalleryError: the folder cannot be written, or an image comes twice.
        FingerprintError: the chunks were embedded by different models.
    """
    return _append(folder, None, chunks, skipped=skipped)


def append_shards(
    folder: Path, chunks: Iterable[Gallery], *, skipped: Sequence[str] = ()
) -> Manifest:
    """Add pictures; one whose id is there already takes the place of the old one.

    Args:
        folder: of a gallery of shards.
        chunks: the pictures, in order.
        skipped: one line per image that could not be embedded.

    Raises:
        GalleryError: there is no gallery, it is damaged, or it cannot be written.
        FingerprintError: the pictures were embedded by another model.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise GalleryError(f'"{folder}" holds no gallery; make one with `autocompose index`')
    return _append(folder, manifest, chunks, skipped=skipped)


def _append(
    folder: Path, manifest: Manifest | None, chunks: Iterable[Gallery], *, skipped: Sequence[str]
) -> Manifest:
    new: list[Shard] = []
    first: Gallery | None = None
    seen: set[str] = set()
    with _writing(folder):
        for chunk in chunks:
            first = first or chunk
            known = manifest.fingerprint if manifest else first.fingerprint
            if chunk.fingerprint != known:
                raise FingerprintError(
                    f'the gallery "{folder.name}" was embedded by model {known[:12]}, the added '
                    f"images by {chunk.fingerprint[:12]}; index all of them with one checkpoint"
                )
            if not seen.isdisjoint(chunk.image_ids):
                twice = [name for name in chunk.image_ids if name in seen]
                raise GalleryError(f"images come twice: {some(twice)}; names are ids")
            seen.update(chunk.image_ids)
            for start in range(0, len(chunk), SHARD_ROWS):
                new.append(write_shard(folder, chunk.part(start, start + SHARD_ROWS)))
        if manifest is None:
            if first is None:
                raise GalleryError("there are no images to index; choose a folder that holds some")
            width = first.embeddings.shape[1]
            manifest = Manifest(first.name, first.fingerprint, width, ())
        old = [_without(shard, _rows_of(folder, shard, seen)) for shard in manifest.shards]
        shards = [shard for shard in old if shard.live]
        return _put(folder, replace(manifest, shards=(*shards, *new), skipped=tuple(skipped)))


def _rows_of(folder: Path, shard: Shard, names: set[str]) -> list[int]:
    """The rows of a shard that have one of some names; of a shard that cannot be read, none."""
    try:
        ids = read_ids(folder, shard)
    except (OSError, ValueError):
        return []  # opening the gallery says what is wrong with it
    return [] if names.isdisjoint(ids) else [row for row, one in enumerate(ids) if one in names]


def _without(shard: Shard, rows: Iterable[int]) -> Shard:
    return replace(shard, removed=tuple(sorted({*shard.removed, *rows})))


def remove_pictures(folder: Path, image_ids: Iterable[str]) -> Manifest:
    """Take pictures out: their rows stay on disk and no longer count; see `compact`.

    Args:
        folder: of a gallery of shards.
        image_ids: of pictures.

    Raises:
        GalleryError: there is no gallery, an id is not in it, or nothing would be left.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise GalleryError(f'"{folder}" holds no gallery; make one with `autocompose index`')
    wanted, found, shards = set(image_ids), set(), []
    for shard in manifest.shards:
        rows = set(_rows_of(folder, shard, wanted)) - set(shard.removed)
        if rows:
            ids = read_ids(folder, shard)
            found.update(ids[row] for row in rows)
        shards.append(_without(shard, rows))
    if wanted - found:
        unknown = some(sorted(wanted - found))
        raise GalleryError(f'not in the gallery "{manifest.name}": {unknown}; check the ids')
    left = [shard for shard in shards if shard.live]
    if not left:
        raise GalleryError(
            f'removing {len(wanted)} images leaves "{manifest.name}" empty; keep one'
        )
    with _writing(folder):
        return _put(folder, replace(manifest, shards=tuple(left)))


def compact(folder: Path, gallery: Gallery) -> Manifest:
    """Write the pictures that count anew, in as few shards as they fill.

    Args:
        folder: of the gallery.
        gallery: as it was opened from there.

    Raises:
        GalleryError: the folder cannot be written.
    """
    chunks = (
        gallery.part(start, start + SHARD_ROWS) for start in range(0, len(gallery), SHARD_ROWS)
    )
    return write_shards(folder, chunks, skipped=gallery.skipped)


def check_shards(folder: Path) -> list[str]:
    """Read every byte of a gallery; one line for each shard that is not what was written.

    Raises:
        GalleryError: there is no gallery of shards.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise GalleryError(f'"{folder}" holds no gallery of shards; there is nothing to check')
    found = ((shard, spoilt(folder, shard)) for shard in manifest.shards)
    return [f"{shard.live} pictures: {why}" for shard, why in found if why]


def _put(folder: Path, manifest: Manifest) -> Manifest:
    """Make a manifest the gallery's, then clear away what it no longer names."""
    write_whole(folder / MANIFEST, manifest.to_text())
    named = {shard.name for shard in manifest.shards}
    for entry in folder.iterdir():
        if not _OURS.fullmatch(entry.name) or entry.name in named or entry.is_symlink():
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return manifest
