"""Accessibility by axe-core, from the copy that `axe_playwright_python` bundles (MPL-2.0)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tests.browser.chromium import missing

EXCLUDED: tuple[str, ...] = ()
"""Selectors of Gradio's own elements that break a rule and cannot be mended here, each as narrow
as it can be, with the reason beside it. None is needed with Gradio 6.31.0."""


def axe_source() -> str:
    """The text of axe-core; without it the test is skipped, or fails in CI."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        missing("axe-core is missing; pip install axe-playwright-python")
        raise AssertionError
    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe's default set that ask for colours; all others ask for the document."""


def violations(page, *only: str) -> list[str]:
    """One line for each element that breaks a rule of axe's default set, or one of ``only``."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_source())
    # A style that is still on its way has colours of its own; a light that breathes never arrives.
    page.wait_for_function(
        "() => document.getAnimations().every(one => one.playState !== 'running'"
        " || one.effect.getComputedTiming().iterations === Infinity)"
    )
    found = page.evaluate(
        "([no, only]) => axe.run({ exclude: no.map(one => [one]) }, { resultTypes: ['violations'],"
        " ...(only.length ? { runOnly: { type: 'rule', values: only } } : {}) })",
        [list(EXCLUDED), list(only)],
    )
    return [
        f"{rule['id']}: {node['html'][:120]} ({' '.join(node['failureSummary'].split())})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
