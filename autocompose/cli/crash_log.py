"""The last line of defence: an error that nobody foresaw becomes one line that names a log file."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence

from autocompose import __version__
from autocompose.errors import one_line

UNFORESEEN = 70
"""Exit code of an error that nobody foresaw (EX_SOFTWARE of sysexits.h)."""
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
_SECRETS = (
    re.compile(r"(?<=://)([^\s/@:]*):[^\s/@]+@"),  # the password of a store's URL
    re.compile(r"\b(?:sk|hf)[-_][A-Za-z0-9_-]{6,}"),  # keys of model endpoints and of the Hub
    re.compile(r"(?i)(?<=bearer )\S+"),
)


def crash_line(
    error: BaseException, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> str:
    """Write the traceback of an error to a log file, and give the line for a person.

    The log is a new file in the folder for temporary files, readable by its owner only, and holds
    no key: neither a value of the environment whose name speaks of one, nor what looks like one.

    Args:
        error: as it was raised.
        arguments: of the command line.
        environment: whose secrets are taken out; the process's own by default.
    """
    known = os.environ if environment is None else environment
    told = without_secrets("".join(traceback.format_exception(error)), known)
    command = without_secrets(" ".join(arguments), known)
    about = f"autocompose {__version__}, Python {sys.version.split()[0]}, {platform.platform()}"
    said = without_secrets(f"{type(error).__name__}: {one_line(error, 300)}", known)
    try:
        handle, path = tempfile.mkstemp(prefix="autocompose-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{about}\nautocompose {command}\n\n{told}")
    except OSError as full:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{where.filename}, line {where.lineno}"
        return f"unexpected {said} at {place}; no log can be written ({full.strerror})"
    return f"unexpected {said}; please report it with {path}, which says where"


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """A text with ``***`` in place of keys and passwords.

    >>> without_secrets("postgresql://ada:pw@host/x and sk-1234567890", {})
    'postgresql://ada:***@host/x and ***'
    """
    for name, value in environment.items():
        if len(value) >= 6 and _SECRET_NAME.search(name):
            text = text.replace(value, "***")
    first, *others = _SECRETS
    text = first.sub(r"\1:***@", text)
    for pattern in others:
        text = pattern.sub("***", text)
    return text
