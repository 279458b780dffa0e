"""From an image file to the square tensor a tower reads, bit for bit as the official code does it.

Source: the official data_utils.py. Pillow only: torchvision does no more than these calls.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pi_heif
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from autocompose.config import TRANSFORMS
from autocompose.errors import ConfigError, ImageError, one_line

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
TARGET_RATIO = 1.25
"""Long side / short side above which targetpad pads (official argument)."""

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SQUARE_PIXELS = 200_000_000
"""Pixels of the padded or resized picture; only a sliver such as 1 x 40,000 passes this."""

# Pillow can open more, but some of those formats start other programs (EPS) or hold no picture.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "BMP", "GIF", "TIFF", "PPM")
DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes of grey pictures with 16 bits; its own conversion clips them to white."""
# What Pillow's decoders are known to raise on damaged files, apart from its own errors.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


def load_image(
    source: Path | str | bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_BYTES,
    rgb: bool = True,
    upright: bool = False,
    name: str | None = None,
) -> Image.Image:
    """Read one image completely, within bounds that are checked before any pixel is decoded.

    Args:
        source: a file, or the bytes of one.
        max_pixels: width x height allowed.
        max_bytes: size of the file allowed.
        rgb: convert to RGB. Pass False before `preprocess`: the official order converts last.
        upright: apply the EXIF turn. The official code ignores it, so dataset files keep False;
            a photo that a person uploads should stand as they see it.
        name: how an error calls the image; the file name by default.

    Returns:
        The first frame, in RGB unless ``rgb`` is False.

    Raises:
        ImageError: missing, unreadable, cut short, of zero size, too large, or not a picture.
    """
    if isinstance(source, bytes):
        label, content = name or "the image", source
        if len(content) > max_bytes:
            raise _too_many_bytes(label, len(content), max_bytes)
    else:
        label = name or Path(source).name
        content = read_bounded(Path(source), label, max_bytes)
    if not content:
        raise ImageError(f'"{label}" is empty (0 bytes); choose another image')
    Image.init()  # Pillow knows only some formats until it is asked for all
    pi_heif.register_heif_opener()
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(label, image.size, max_pixels)
            image.load()
            loaded = ImageOps.exif_transpose(image) if upright else image.copy()
        return _as_rgb(loaded) if rgb else loaded
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            f'"{label}" has far more than the {max_pixels:,} pixels allowed; make it smaller'
        ) from None
    except UnidentifiedImageError:
        raise ImageError(
            f'"{label}" is not an image this program reads; use JPEG, PNG, WebP, AVIF, HEIC, BMP,'
            " GIF or TIFF"
        ) from None
    except _DECODE_ERRORS as error:
        raise ImageError(
            f'"{label}" is damaged and cannot be decoded ({one_line(error)}); save it again'
        ) from None


def _as_rgb(image: Image.Image) -> Image.Image:
    """8 bits a channel; a grey picture of 16 bits keeps its shades."""
    if image.mode in DEEP:
        deep = np.clip(np.asarray(image, dtype=np.int64), 0, 65535)
        image = Image.fromarray((deep // 257).astype(np.uint8))
    return image if image.mode == "RGB" else image.convert("RGB")


def preprocess(
    image: Image.Image,
    kind: str = "squarepad",
    size: int = 224,
    *,
    mean: Sequence[float] = CLIP_MEAN,
    std: Sequence[float] = CLIP_STD,
) -> torch.Tensor:
    """Make an image a square tensor: pad, resize, centre crop, and only then convert to RGB.

    The order is the official one and it shows: palette images are resized with nearest neighbour,
    CMYK is padded with white, and an odd padding leaves a picture one pixel off square.

    Args:
        image: in its file's own mode (`load_image` with ``rgb=False``) for bit-exact output.
        kind: ``squarepad`` pads to the longer side, ``targetpad`` to a ratio of at most 1.25,
            ``square`` does not pad.
        size: side of the output, pixels.
        mean: per channel, of values in 0..1.
        std: per channel.

    Returns:
        float32 (3, size, size), normalised.

    Raises:
        ConfigError: the kind is unknown.
        ImageError: zero size, or so long and thin that the padded picture would not fit in memory.
    """
    if kind not in TRANSFORMS:
        raise ConfigError(f'transform "{kind}" is unknown; use one of {", ".join(TRANSFORMS)}')
    if min(image.size) < 1:
        raise ImageError(f"an image of {image.width} x {image.height} pixels has no content")
    padded = _pad(image, kind)
    cropped = _centre_crop(_resize(padded, size), size)
    pixels = np.array(cropped.convert("RGB"), dtype=np.uint8)  # (size, size, 3)
    tensor = torch.from_numpy(pixels).permute(2, 0, 1).contiguous().float().div(255)
    return tensor.sub(torch.tensor(mean).view(3, 1, 1)).div(torch.tensor(std).view(3, 1, 1))


def read_bounded(path: Path, label: str = "", max_bytes: int = MAX_BYTES) -> bytes:
    """Read a regular file of at most ``max_bytes``; the size is looked at first.

    Args:
        path: of the file.
        label: how an error calls it; its name by default.
        max_bytes: size of the file allowed.

    Raises:
        ImageError: no file, unreadable, or too large.
    """
    label = label or path.name
    try:
        # A pipe or device has no size to check, and reading it may never end.
        if not path.is_file():
            raise ImageError(f'"{label}" is not a file; choose an image that exists')
        size = path.stat().st_size
        if size > max_bytes:
            raise _too_many_bytes(label, size, max_bytes)
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f'"{label}" cannot be read: {one_line(error)}') from None


def _too_many_bytes(label: str, size: int, max_bytes: int) -> ImageError:
    return ImageError(
        f'"{label}" has {size / 2**20:.1f} MB; at most {max_bytes / 2**20:.0f} MB are allowed'
    )


def _check_size(label: str, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(f'"{label}" is {width} x {height} pixels and has no content')
    if width * height > max_pixels:
        raise ImageError(
            f'"{label}" is {width} x {height} = {width * height:,} pixels; at most '
            f"{max_pixels:,} are allowed, make it smaller"
        )


def _check_sliver(image: Image.Image, width: int, height: int) -> None:
    if width * height > MAX_SQUARE_PIXELS:
        raise ImageError(
            f"an image of {image.width} x {image.height} pixels is too long and thin to be made "
            "square; crop it"
        )


def _pad(image: Image.Image, kind: str) -> Image.Image:
    """Zero-pad as SquarePad or TargetPad do; halves are cut, so an odd difference stays one off."""
    width, height = image.size
    longer = float(max(width, height))
    if kind == "square":
        return image
    if kind == "targetpad":
        if longer / min(width, height) < TARGET_RATIO:
            return image
        longer /= TARGET_RATIO
    across = max(int((longer - width) / 2), 0)
    down = max(int((longer - height) / 2), 0)
    _check_sliver(image, width + 2 * across, height + 2 * down)
    # Even when all four are zero: expand re-creates the palette, as torchvision's pad does.
    return ImageOps.expand(image, border=(across, down, across, down), fill=0)


def _resize(image: Image.Image, size: int) -> Image.Image:
    """Bicubic with antialiasing, the shorter side becomes ``size``."""
    width, height = image.size
    shorter, longer = sorted((width, height))
    long_size = int(size * longer / shorter)
    target = (size, long_size) if width <= height else (long_size, size)
    _check_sliver(image, *target)
    return image if target == image.size else image.resize(target, Image.Resampling.BICUBIC)


def _centre_crop(image: Image.Image, size: int) -> Image.Image:
    """Crop ``size`` x ``size`` from the middle, offsets by Python's rounding (half to even)."""
    left = round((image.width - size) / 2.0)
    top = round((image.height - size) / 2.0)
    return image.crop((left, top, left + size, top + size))
