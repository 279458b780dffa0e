"""Between a page and a handler: read fields, answer with JSON, turn errors into one line.

What a browser sends is untrusted: each field is read by name, checked and bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from autocompose.errors import (
    AutoComPoseError,
    ConfigError,
    ImageError,
    one_line,
)
from autocompose.schema import ImageInfo, PoseImage, PosePair, View, content_id
from autocompose.studio.server.pictures import Page, to_page
from autocompose.studio.server.state import Studio

MAX_TEXT = 4000
"""Characters of one text field. 77 tokens are about 400; the text encoder cuts the rest."""

MAX_ROWS = 64
"""Items of one list field."""

UPLOAD_MAX_PIXELS = 24_000_000
"""A phone's picture; larger ones are refused before they are decoded."""

Choice = TypeVar("Choice", bound=Enum)
Handler = Callable[[Studio, Page], Any]
"""Answers one call of the page with a record, which the page gets whole (`to_page`)."""


def page_call(handler: Handler, studio: Studio) -> Callable[[Any], Page]:
    """A handler as a `gr.HTML` server function of the same name."""

    def call(payload: Any) -> Page:
        return answered(payload, partial(handler, studio))

    call.__name__ = handler.__name__
    return call


def answered(payload: Any, handle: Callable[[Page], Any]) -> Page:
    """What a page gets for what it sent.

    An `AutoComPoseError` becomes ``{"error": "one line"}``, which the page shows in place. Every
    other answer carries ``ok``: a server function resolves to undefined when the server is down.
    """
    try:
        if not isinstance(payload, dict):
            raise ConfigError("the page sent no fields; reload it")
        answer = handle(payload)
        return {"ok": True, **(answer if isinstance(answer, dict) else to_page(answer))}
    except AutoComPoseError as error:
        return {"ok": False, "error": one_line(error), "kind": type(error).__name__}


def read_text(payload: Page, name: str) -> str:
    """A text field; absent means empty.

    Raises:
        ConfigError: not a text, or longer than `MAX_TEXT`.
    """
    value = payload.get(name, "")
    if not isinstance(value, str):
        raise ConfigError(f'field "{name}" is {type(value).__name__}; send a text')
    if len(value) > MAX_TEXT:
        raise ConfigError(f'"{name}" has {len(value)} characters; write at most {MAX_TEXT}')
    return value


def read_int(payload: Page, name: str, *, low: int, high: int, default: int) -> int:
    """A whole number, moved into ``low..high``.

    Raises:
        ConfigError: not a whole number.
    """
    value = payload.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f'field "{name}" is not a number; send {low} to {high}')
    if value != value or value in (float("inf"), float("-inf")):
        raise ConfigError(f'field "{name}" is not a number; send {low} to {high}')
    return max(low, min(high, int(value)))


def read_rows(payload: Page, name: str) -> list[Any]:
    """A list field of at most `MAX_ROWS` items.

    Raises:
        ConfigError: not a list, or too long.
    """
    value = payload.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise ConfigError(f'field "{name}" is not a list of at most {MAX_ROWS} items')
    return value


def read_choice(kind: type[Choice], value: str) -> Choice:
    """A member of an enumeration by its value.

    Raises:
        ConfigError: there is no such value; the message lists those that there are.
    """
    allowed = [one.value for one in kind]
    if value not in allowed:
        name = kind.__name__.lower()
        raise ConfigError(f'{name} "{value[:40]}" is unknown; use one of {", ".join(allowed)}')
    return kind(value)


def read_view(payload: Page) -> View:
    """The view that a page names; without one it is the pair as it is."""
    return read_choice(View, read_text(payload, "view") or View.FORWARD.value)


def check_upload(studio: Studio, payload: Page) -> Page:
    """Open an uploaded picture within the limits of bytes and pixels; say how large it is."""
    path, (width, height) = _open_upload(studio, payload, "path")
    return {"path": str(path), "width": width, "height": height}


def read_upload(studio: Studio, payload: Page, name: str) -> Path:
    """The path of an uploaded picture that can be read.

    Raises:
        UnsafePathError: the path leads out of the upload folder.
        ImageError: unreadable, too many bytes or pixels.
    """
    return _open_upload(studio, payload, name)[0]


def _open_upload(studio: Studio, payload: Page, name: str) -> tuple[Path, tuple[int, int]]:
    """An upload that was decoded once: its path, and its width and height."""
    from autocompose.data.preprocess import load_image

    path = studio.uploaded(read_text(payload, name))
    size, limit = path.stat().st_size, studio.config.max_upload_bytes
    if size > limit:
        raise ImageError(
            f"the picture has {size / 2**20:.1f} MB; this studio takes up to {limit / 2**20:.0f} MB"
        )
    return path, load_image(path, max_pixels=UPLOAD_MAX_PIXELS, max_bytes=limit).size


def read_pair(studio: Studio, payload: Page) -> tuple[PosePair, bool]:
    """The pair of the dataset, or of two uploads; and whether it is uploaded.

    Raises:
        ConfigError: neither is named.
        AutoComPoseError: there is no such pair, or an upload cannot be used.
    """
    pair_id = read_text(payload, "pair")
    if pair_id:
        return studio.pair(pair_id), False
    if not (read_text(payload, "reference") and read_text(payload, "target")):
        raise ConfigError("Pick a pair above, or upload a reference and a target picture.")
    reference = read_upload(studio, payload, "reference")
    target = read_upload(studio, payload, "target")
    info = ImageInfo(pose="uploaded")
    images = [PoseImage(upload_id(path), path, info=info) for path in (reference, target)]
    return PosePair(images[0], images[1]), True


def upload_id(path: Path) -> str:
    """The id of an upload: its name alone is not one, phones call every picture ``image.jpg``."""
    return content_id(str(path))
