"""Shared by every test run: doctests leave out modules whose optional packages are missing."""

from importlib.util import find_spec

collect_ignore_glob: list[str] = ["benchmarks/*"]
if any(find_spec(name) is None for name in ("anny", "roma", "pyvista")):
    collect_ignore_glob.append("autocompose/synthesis/*")
