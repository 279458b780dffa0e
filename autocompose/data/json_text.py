"""Text and JSON files as they come from anybody: every value that is read can be written again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

from autocompose.errors import CaptionFileError

_LARGE = re.compile(r"[eE]\+?[0-9]{3}|[0-9]{309}")


def read_text(path: Path) -> str:
    """Read a UTF-8 file; a byte order mark before its first letter is left out.

    Raises:
        CaptionFileError: missing, unreadable, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaptionFileError(f"{path}: not UTF-8 text at byte {error.start}") from error
    except OSError as error:
        raise CaptionFileError(f"{path}: cannot be read ({error.strerror or error})") from error


def parse_json(text: str, where: str) -> object:
    """A JSON text as Python values, all of which can be written again.

    Args:
        text: of a file, or of one of its lines.
        where: what an error calls it.

    Raises:
        CaptionFileError: not JSON (the message has the line), nested too deeply, or with a number
            or half of a surrogate pair that cannot be written again.
    """
    try:
        # JSON itself has no NaN; a number such as 1e999 is infinite in Python.
        value = json.loads(text, parse_constant=_no_number, parse_float=_float_reader(text))
        if r"\ud" in text or r"\uD" in text:
            _check_unicode(value, where)
    except json.JSONDecodeError as error:
        raise CaptionFileError(
            f"{where}: line {error.lineno}, column {error.colno}: not JSON ({error.msg});"
            " correct the file or write it again"
        ) from error
    except RecursionError as error:
        raise CaptionFileError(f"{where}: nested too deeply to be a dataset file") from error
    except ValueError as error:
        # Python refuses integers of more than 4,300 digits: reading them takes quadratic time.
        said = str(error) if isinstance(error, _NumberError) else "a whole number is too long"
        raise CaptionFileError(f"{where}: {said}; correct the file or write it again") from error
    return value


def is_unicode(text: str) -> bool:
    """Whether a UTF-8 file can hold a text: it has no half of a surrogate pair.

    File names that are not UTF-8 have such halves in Python.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _NumberError(ValueError):
    """A number that JSON cannot hold."""


def _no_number(name: str) -> float:
    raise _NumberError(f"{name} is not a number that JSON can hold")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _NumberError(f"{digits[:40]} is too large a number")
    return value


def _float_reader(text: str) -> Callable[[str], float] | None:
    # Checking each of the 100,000s of numbers of a joints.json would double the time.
    return _finite if _LARGE.search(text) else None


def _check_unicode(value: object, where: str) -> None:
    """Refuse half of a surrogate pair in any text of a JSON value; the message has its place."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise CaptionFileError(
                f"{where}: character {error.start} is half of a surrogate pair; remove it"
            ) from error
    elif isinstance(value, list):
        for i, item in enumerate(value):
            _check_unicode(item, f"{where}[{i}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_unicode(key, where)
            _check_unicode(item, f"{where}: {key}")
