"""Images out of a zip file that somebody else made: bounded, and confined to one folder."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from autocompose.data.files import check_name
from autocompose.errors import DatasetError, UnsafePathError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
MAX_ENTRIES = 200_000
MAX_IMAGE_BYTES = 25_000_000
MAX_TOTAL_BYTES = 20_000_000_000


def list_images(folder: Path) -> tuple[Path, ...]:
    """The image files directly in a folder, by name.

    Raises:
        DatasetError: not a folder, or no image in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is neither a folder of images nor a .zip file")
    files = (path for path in folder.iterdir() if path.is_file())
    found = sorted(path for path in files if path.suffix.lower() in IMAGE_SUFFIXES)
    if not found:
        raise DatasetError(f"{folder} holds no image ({', '.join(sorted(IMAGE_SUFFIXES))})")
    return tuple(found)


def extract_images(
    archive: Path, out: Path, *, max_total_bytes: int = MAX_TOTAL_BYTES
) -> tuple[Path, ...]:
    """Extract a zip's images into one flat folder; other files in it are left alone.

    Args:
        archive: the zip file. Sizes are checked as bytes are written, not as the archive claims.
        out: folder to write; made if missing.
        max_total_bytes: of all images together.

    Raises:
        UnsafePathError: an entry points outside, or is a link.
        DatasetError: not a zip, encrypted, too large, two images of one name, or no image.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return _extract(opened, archive, out, max_total_bytes=max_total_bytes)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        # RuntimeError is what zipfile raises for an encrypted entry.
        raise DatasetError(f"{archive} cannot be read as a zip file: {error}") from error


def _extract(
    opened: zipfile.ZipFile, archive: Path, out: Path, *, max_total_bytes: int
) -> tuple[Path, ...]:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        raise DatasetError(f"{archive} has {len(entries)} entries; at most {MAX_ENTRIES}")
    names: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        check_name(entry.filename, str(archive))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UnsafePathError(f'{archive}: "{entry.filename}" is a link; pack the file itself')
        path = PurePosixPath(entry.filename)
        if path.suffix.lower() not in IMAGE_SUFFIXES or "__MACOSX" in path.parts:
            continue
        if path.name in names:
            raise DatasetError(
                f'{archive}: two images are named "{path.name}"; names are ids, make them differ'
            )
        names[path.name] = entry
    if not names:
        raise DatasetError(f"{archive} holds no image ({', '.join(sorted(IMAGE_SUFFIXES))})")
    out.mkdir(parents=True, exist_ok=True)
    left = max_total_bytes
    for name, entry in names.items():
        left -= _write(opened, entry, out / name, limit=min(left, MAX_IMAGE_BYTES), archive=archive)
    return tuple(out / name for name in sorted(names))


def _write(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, *, limit: int, archive: Path
) -> int:
    aside = path.with_name(f".{path.name}.part")
    written = 0
    try:
        with opened.open(entry) as source, aside.open("wb") as file:
            while chunk := source.read(1 << 20):
                written += len(chunk)
                if written > limit:
                    raise DatasetError(
                        f'{archive}: "{entry.filename}" unpacks past its limit of {limit:,} bytes'
                    )
                file.write(chunk)
        shutil.move(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return written
