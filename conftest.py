"""Shared by every test run: doctests leave out modules whose optional packages are missing."""

from importlib.util import find_spec

import pytest

collect_ignore_glob: list[str] = ["benchmarks/*"]
if any(find_spec(name) is None for name in ("anny", "roma", "pyvista")):
    collect_ignore_glob.append("autocompose/synthesis/*")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver leaves an event loop running in the main thread.

    Commands that start a loop of their own could not run behind it.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
