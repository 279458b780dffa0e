"""Shared by every test run: doctests leave out modules whose optional packages are missing."""

from collections import Counter
from importlib.util import find_spec

import pytest

collect_ignore_glob: list[str] = ["benchmarks/*"]
if any(find_spec(name) is None for name in ("anny", "roma", "pyvista")):
    collect_ignore_glob.append("autocompose/synthesis/*")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last, and the longest test first.

    The browser's driver leaves an event loop running in the main thread, behind which no command
    can start one. A long test that begins last keeps one worker busy while the others are idle, and
    so does a long file of browser tests, each of which stays with one worker.
    """
    inside = Counter(item.path for item in items if _is_browser(item))
    items.sort(
        key=lambda item: (
            _is_browser(item),
            not item.name.startswith(LONGEST),
            item.path.name != LONGEST_IN_A_BROWSER,
            -inside[item.path],
        )
    )


LONGEST = "test_the_commands_run_from_top_to_bottom"
LONGEST_IN_A_BROWSER = "test_accessibility.py"
"""Has few tests, but looks at every state of the page."""


def _is_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None
