"""How fast the Errors tab opens and filters runs of 600 and of 20,000 queries, in Chromium.

    python benchmarks/errors_page.py [--sizes 600 20000] [--rounds 5]

The runs are made up: queries about the demo's test pictures, a fifth of them failures. A studio
serves them without a model. Opening is from the address to the list and the first case on show,
the document and its modules included; a filter is from the choice to the new recalls on show.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from gradio.utils import get_upload_folder
from playwright.sync_api import sync_playwright

from autocompose.data.dataset import open_dataset
from autocompose.evaluation.failures.asked_queries import AskedQuery, QueryFacets
from autocompose.evaluation.failures.failure_records import Cause, Failure, FailureReport
from autocompose.evaluation.failures.kept_runs import RunFolder, RunQuestion
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PARTS = ("arm", "hand", "elbow", "knee", "leg", "head", "torso", "foot")


def made_up(images, count: int) -> FailureReport:
    """A run of so many queries."""
    draw = random.Random(0)
    queries, failures = [], []
    for i in range(count):
        reference, target, found = draw.sample(images, 3)
        rank = 1 + int(draw.paretovariate(0.7)) if draw.random() < 0.9 else draw.randrange(11, 380)
        text = f"Raise the left arm {i} times and then bend the right knee to a right angle."
        info = target.info
        facets = QueryFacets(
            tuple(draw.sample(PARTS, 2)), ("move", "angle"), draw.randrange(3, 50), info.person,
            info.camera, info.clip, info.pose,
        )  # fmt: skip
        at = (draw.uniform(-1, 1), draw.uniform(-1, 1))
        queries.append(AskedQuery(f"{i:016x}", reference.id, target.id, text, rank, facets, at))
        if rank > 10:
            failures.append(Failure(
                f"{i:016x}", reference.id, target.id, text, rank, None, (found.id, target.id),
                draw.choice(list(Cause)), "a made-up reason", 0.2, 0.3, (),
            ))  # fmt: skip
    failures.sort(key=lambda one: -one.rank)
    places = {image.id: (draw.uniform(-1, 1), draw.uniform(-1, 1)) for image in images}
    return FailureReport(
        "made up", "demo", "test", "sents", count, len(images), 10, {"1": 50.0}, tuple(failures),
        queries=tuple(queries), places=places,
    )  # fmt: skip


def measured(page, address: str, run: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of opening, and of choosing a filter."""
    opened, filtered = [], []
    for _ in range(rounds):
        page.goto("about:blank")
        began = time.perf_counter()
        page.goto(f"{address}/?tab=errors&run={run}", wait_until="commit")
        page.wait_for_selector("#errors [data-case]", timeout=120_000)
        opened.append(time.perf_counter() - began)
        for part in (*PARTS[:3], ""):
            filtered.append(page.evaluate(_FILTER, part) / 1000)
    return opened, filtered


_FILTER = """part => new Promise(done => {
  const select = document.querySelector('#errors select[name=part]');
  const recalls = document.querySelector('#errors .ac-recalls');
  const began = performance.now();
  new MutationObserver((_, watcher) => {
    watcher.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }).observe(recalls, { subtree: true, childList: true, characterData: true, attributes: true });
  select.value = part;
  select.dispatchEvent(new Event('change', { bubbles: true }));
})"""


def main() -> None:
    """Print a row for each size."""
    from tests.browser.chromium import FLAGS, chromium_path, free_port

    parser = argparse.ArgumentParser(description="Opening and filtering runs.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[600, 20_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    dataset = open_dataset(ROOT / "annotations" / "demo")
    images = list(dataset.gallery("test"))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        workspace = Workspace(home / "annotations", home / "checkpoints", home / "cache")
        kept = RunFolder(workspace.error_runs)
        for size in arguments.sizes:
            question = RunQuestion("made up", "demo", "test", "sents", "none", 10)
            kept.keep(f"{size:020d}", made_up(images, size), question)
        config = StudioConfig(dataset.root, Path(get_upload_folder()), workspace=workspace)
        studio = Studio(config, lambda *_: None)  # pyright: ignore[reportArgumentType]
        port = free_port()
        built = build_studio(studio)
        built.launch(
            server_name="127.0.0.1", server_port=port, quiet=True, prevent_thread_lock=True
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            for size in arguments.sizes:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                address = f"http://127.0.0.1:{port}"
                opened, filtered = measured(page, address, f"{size:020d}", arguments.rounds)
                page.close()
                print(
                    f"{size:>7,} queries: opened first {opened[0]:.2f} s, then"
                    f" {statistics.median(opened[1:] or opened):.2f} s; filter median"
                    f" {1000 * statistics.median(filtered):.0f} ms, slowest"
                    f" {1000 * max(filtered):.0f} ms",
                    flush=True,
                )
            browser.close()
        built.blocks.close()


if __name__ == "__main__":
    main()
