"""The images of a folder, or of a zip file that somebody else made: bounded, and confined to it.

Sub-folders are searched too. Nothing is left out silently: an image that cannot be used has a line
that names it and says why.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autocompose.data.aside import held_aside
from autocompose.data.files import check_name, is_confined
from autocompose.errors import DatasetError, UnsafePathError, one_line

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"}
)
MAX_ENTRIES = 200_000
MAX_IMAGE_BYTES = 25_000_000
MAX_TOTAL_BYTES = 20_000_000_000


@dataclass(frozen=True)
class FoundImages:
    """What a folder or a zip file holds.

    Args:
        root: folder that names are relative to.
        paths: image files below ``root``, sorted by name.
        left_out: one line for each image that cannot be used: its name and the reason.
        others: names of the files that are not images by their ending.
    """

    root: Path
    paths: tuple[Path, ...]
    left_out: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def list_images(folder: Path) -> tuple[Path, ...]:
    """The image files of a folder and its sub-folders, by name.

    Raises:
        DatasetError: not a folder, or no image in it.
    """
    return find_images(folder).paths


def find_images(folder: Path) -> FoundImages:
    """The image files of a folder and its sub-folders, and what else it holds.

    Raises:
        DatasetError: not a folder, or no image in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is neither a folder of images nor a .zip file")
    found, left_out, others = [], [], []
    for path in _files(folder):
        # A name in another encoding holds bytes that no text can: they are shown as \\xe9.
        name = path.relative_to(folder).as_posix()
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        reason = "its name is not UTF-8; rename it" if name != shown else _unusable(path, folder)
        if path.suffix.lower() not in IMAGE_SUFFIXES and not path.is_dir():
            others.append(shown)
        elif reason:
            left_out.append(f"{shown}: {reason}")
        else:
            found.append((name, path))
    if not found:
        raise _no_image(folder)
    paths = tuple(path for _, path in sorted(found))
    return FoundImages(folder, paths, tuple(sorted(left_out)), tuple(sorted(others)))


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, and every linked folder, which is not entered."""
    for at, folders, files in os.walk(folder):
        linked = [name for name in folders if (Path(at) / name).is_symlink()]
        yield from (Path(at) / name for name in [*linked, *files])


def _unusable(path: Path, folder: Path) -> str:
    """Why an image is left out; empty where it is not."""
    if not is_confined(path, folder):
        return "a link to outside the folder; copy the file"
    if path.is_dir():
        return "a link to a folder; copy the folder"
    return "" if path.is_file() else "a link to nothing"


def _no_image(place: Path) -> DatasetError:
    return DatasetError(f"{place} holds no image ({', '.join(sorted(IMAGE_SUFFIXES))})")


def extract_images(
    archive: Path, out: Path, *, max_total_bytes: int = MAX_TOTAL_BYTES
) -> FoundImages:
    """Extract a zip's images, with the folders they lie in.

    Args:
        archive: the zip file. Sizes are checked as bytes are written, not as the archive claims.
        out: folder to write; made if missing.
        max_total_bytes: of all images together.

    Returns:
        The images. A damaged or encrypted one, or one that is too large, is left out and named.

    Raises:
        UnsafePathError: an entry points outside, or is a link.
        DatasetError: not a zip, too large as a whole, two images of one name, or no image.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return _extract(opened, archive, out, max_total_bytes=max_total_bytes)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise DatasetError(f"{archive} cannot be read as a zip file: {error}") from error


def _extract(
    opened: zipfile.ZipFile, archive: Path, out: Path, *, max_total_bytes: int
) -> FoundImages:
    entries = [entry for entry in opened.infolist() if not entry.filename.endswith("/")]
    if len(entries) > MAX_ENTRIES:
        raise DatasetError(f"{archive} has {len(entries)} entries; at most {MAX_ENTRIES}")
    names: dict[str, zipfile.ZipInfo] = {}
    left_out, others = [], []
    for entry in entries:
        check_name(entry.filename, str(archive))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UnsafePathError(f'{archive}: "{entry.filename}" is a link; pack the file itself')
        path = PurePosixPath(entry.filename)
        if path.suffix.lower() not in IMAGE_SUFFIXES or "__MACOSX" in path.parts:
            others.append(entry.filename)
            continue
        if path.as_posix() in names:
            raise DatasetError(
                f'{archive}: two images are named "{path}"; names are ids, make them differ'
            )
        names[path.as_posix()] = entry
    if not names:
        raise _no_image(archive)
    out.mkdir(parents=True, exist_ok=True)
    left = max_total_bytes
    written = []
    for name, entry in sorted(names.items()):
        try:
            left -= _write(opened, entry, out / name, left=left, archive=archive)
        except _BAD_ENTRY as error:
            left_out.append(f"{name}: {one_line(error)}")
        else:
            written.append(out / name)
    if not written:
        raise DatasetError(f"none of the images in {archive} can be read; the first: {left_out[0]}")
    return FoundImages(out, tuple(written), tuple(sorted(left_out)), tuple(sorted(others)))


class _TooLargeError(Exception):
    """One image of a zip file is larger than an image may be."""


_BAD_ENTRY = (
    _TooLargeError,
    zipfile.BadZipFile,  # a wrong checksum
    zlib.error,
    EOFError,
    NotImplementedError,  # a way of packing that Python does not know
    RuntimeError,  # encrypted
)


def _write(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, *, left: int, archive: Path
) -> int:
    written = 0
    with held_aside(path) as aside:
        with opened.open(entry) as source, aside.open("wb") as file:
            while chunk := source.read(1 << 20):
                written += len(chunk)
                if written > left:
                    raise DatasetError(
                        f'{archive}: "{entry.filename}" unpacks past its limit of {left:,} bytes'
                    )
                if written > MAX_IMAGE_BYTES:
                    raise _TooLargeError(f"more than {MAX_IMAGE_BYTES:,} bytes")
                file.write(chunk)
        aside.chmod(0o644)  # it was made private
        aside.replace(path)
    return written
