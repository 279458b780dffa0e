"""Shared by every test run: doctests leave out modules whose optional packages are missing."""

import gc
from collections import Counter
from importlib.util import find_spec

import pytest

collect_ignore_glob: list[str] = ["benchmarks/*"]
if any(find_spec(name) is None for name in ("anny", "roma", "pyvista")):
    collect_ignore_glob.append("autocompose/synthesis/*")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last, and the longest files first.

    The browser's driver leaves an event loop running in the main thread, behind which no command
    can start one. A long test that begins last keeps one worker busy while the others are idle, and
    so does a long file of browser tests, each of which stays with one worker.
    """
    inside = Counter(item.path for item in items if _is_browser(item))
    items.sort(
        key=lambda item: (
            _is_browser(item),
            item.path.name not in LONGEST,
            -inside[item.path],
        )
    )


def pytest_collection_finish() -> None:
    """Take what is there now out of the garbage collector, and let it look less often.

    A worker holds thousands of tests and all libraries: to go through them again and again takes
    a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


LONGEST = {
    "test_readme.py",
    "test_scale_out.py",
    "test_embed_workers.py",
    "test_resume.py",
    "test_python_versions.py",
    "test_accessibility.py",
}
"""Each has a test that takes a good part of a minute."""


def _is_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None
