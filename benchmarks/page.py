"""What the page weighs and how soon it can be used, on the demo in a headless Chromium.

    python benchmarks/page.py [--repeats 5] [-- arguments of app.py]

Each repeat is a browser context of its own, with nothing cached, at 1440 x 900. Usable is when the
query box of Retrieve takes text, counted from the start of the navigation. An empty document of the
same server, timed in the same run, shows what the machine itself costs. Bytes are as they travel,
compressed. Saves of Review go to a store of the benchmark's own.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.browser.chromium import free_port, launched, served  # noqa: E402

SIZE = {"width": 1440, "height": 900}
USABLE = "() => document.querySelector('#ac-change')?.checkVisibility()"
TYPED = "raise both arms and bend the right knee"
_SAID = "document.querySelector('#retrieve .ac-said q')"
_WATCH = f"""() => {{
  window.shown = [];
  const look = () => {{
    const text = {_SAID}?.textContent;
    const last = window.shown.at(-1)?.text;
    if (text && text !== last) window.shown.push({{ text, at: performance.now() }});
  }};
  window.watcher?.disconnect();
  window.watcher = new MutationObserver(look);
  window.watcher.observe(document.querySelector('#retrieve'),
    {{ subtree: true, childList: true, characterData: true }});
  document.querySelector('#ac-change').addEventListener('input', () => {{
    window.lastKey = performance.now();
  }});
}}"""
DEMO = REPOSITORY / "annotations" / "demo"


def main() -> None:
    """Serve the demo, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--decisions", type=int, default=30)
    parser.add_argument("app", nargs="*", help="arguments of app.py")
    chosen = parser.parse_args()
    port = free_port()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/review.sqlite3"
        captions = str(DEMO / "captions" / "test.json")
        command = [sys.executable, "-m", "autocompose", "review", "import", captions]
        command += ["--dataset", str(DEMO), "--store", store]
        subprocess.run(command, cwd=REPOSITORY, check=True, stderr=subprocess.DEVNULL)
        serve = [sys.executable, "app.py", "--port", str(port), "--store", store, *chosen.app]
        with served(serve, port, 300) as address, launched() as browser:
            open_once(browser, address)  # the server's own first answer is not the page's
            report_opening(browser, address, chosen.repeats)
            report_typing(browser, address)
            report_visitors(browser, address, visitors=chosen.visitors)
            report_review(browser, address, chosen.decisions)
            report_rest(browser, address)
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


def open_once(browser, address: str) -> dict[str, float]:
    """Open Retrieve with nothing cached; bytes by kind, requests, milliseconds."""
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    asked: list[str] = []
    weight: list[float] = []
    devtools.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    devtools.on("Network.loadingFinished", lambda event: weight.append(event["encodedDataLength"]))
    page.goto(address, wait_until="commit")
    page.wait_for_function(USABLE, timeout=120_000)
    usable = page.evaluate("performance.now()")
    page.wait_for_selector("#retrieve .ac-example", timeout=120_000)
    examples = page.evaluate("performance.now()")
    page.wait_for_load_state("networkidle")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    here = urlsplit(address).netloc
    outside = [
        url for url in asked if urlsplit(url).scheme != "data" and urlsplit(url).netloc != here
    ]
    own = [url for url in asked if urlsplit(url).scheme != "data"]
    page.goto(f"{address}/studio-page/none", wait_until="load")
    empty = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    context.close()
    return {
        "weight, MB": sum(weight) / 1e6,
        "requests": len(own),
        "requests to other hosts": len(outside),
        "empty document, ms": empty,
        "first paint, ms": painted or 0.0,
        "query box usable, ms": usable,
        "examples shown, ms": examples,
    }


def report_opening(browser, address: str, repeats: int) -> None:
    """Print the medians and the worst of some openings."""
    found = [open_once(browser, address) for _ in range(repeats)]
    for name in found[0]:
        values = [one[name] for one in found]
        print(f"{name:>26}  {statistics.median(values):8.2f}  worst {max(values):8.2f}")


def report_typing(browser, address: str, text: str = TYPED) -> None:
    """Type 40 letters at several speeds; print what was shown, and how long after the last key."""
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.locator("#retrieve .ac-strip [data-image]").first.click(timeout=120_000)
    late, older, seen = [], 0, 0
    for pause in (0, 40, 120, 250, 300, 400):  # a query is sent after a rest of 240 ms
        page.fill("#ac-change", "")
        page.evaluate(_WATCH)
        page.type("#ac-change", text, delay=pause)
        wait = f"() => {_SAID}?.textContent === {text!r}"
        page.wait_for_function(wait, timeout=60_000)
        shown = page.evaluate("() => window.shown")
        late.append(shown[-1]["at"] - page.evaluate("() => window.lastKey"))
        lengths = [len(one["text"]) for one in shown]
        older += sum(b < a for a, b in itertools.pairwise(lengths))
        older += sum(not text.startswith(one["text"]) for one in shown)
        seen += len(shown)
    late.sort()
    middle = statistics.median(late)
    print(f"{'last key to its answer, ms':>26}  {middle:8.2f}  worst {late[-1]:8.2f}")
    print(f"{'answers shown while typing':>26}  {seen:8d}  of an older text {older:8d}")
    context.close()


def report_visitors(browser, address: str, *, visitors: int, rounds: int = 8) -> None:
    """Print how long a query takes when many ask at once: the page's own call, sent again."""
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.locator("#retrieve .ac-strip [data-image]").first.click(timeout=120_000)
    with page.expect_request(lambda request: TYPED in (request.post_data or "")) as asked:
        page.fill("#ac-change", TYPED)
        page.press("#ac-change", "Enter")
    call, body = asked.value, asked.value.post_data
    headers = {"Content-Type": call.headers["content-type"]}
    context.close()

    def visit(visitor: int) -> list[float]:
        times = []
        with httpx.Client(timeout=120) as client:
            for turn in range(rounds):
                said = body.replace(TYPED, f"{TYPED} {visitor} {turn}")  # no answer is kept
                begun = time.perf_counter()
                answer = client.post(call.url, content=said.encode(), headers=headers)
                times.append(1000 * (time.perf_counter() - begun))
                if not answer.is_success or '"hits"' not in answer.text:
                    raise RuntimeError(f"no answer: {answer.status_code} {answer.text[:200]}")
        return times

    for many in (1, visitors):
        with ThreadPoolExecutor(many) as pool:
            times = sorted(t for each in pool.map(visit, range(many)) for t in each)
        p95 = times[int(0.95 * (len(times) - 1))]
        name = f"{many} at once, a query, ms"
        print(f"{name:>26}  {statistics.median(times):8.2f}  p95   {p95:8.2f}")


def report_review(browser, address: str, decisions: int) -> None:
    """Print how long the page takes to show the next item and to have a decision stored."""
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/?tab=review")
    page.wait_for_selector("#review .ac-reviewtext textarea", timeout=120_000)
    page.wait_for_timeout(3000)
    for wait, name in ((_SHOWN, "next item shown, ms"), (_SAVED, "decision stored, ms")):
        times = [page.evaluate(_ACCEPT_AND_WAIT, wait) for _ in range(decisions)]
        times.sort()
        p95 = times[int(0.95 * (len(times) - 1))]
        print(f"{name:>26}  {statistics.median(times):8.2f}  p95   {p95:8.2f}")
    context.close()


def report_rest(browser, address: str, *, settle: int = 8_000, seconds: int = 5) -> None:
    """Print what share of a processor the browser takes while nobody touches the page (Linux)."""
    page = browser.new_page(viewport=SIZE)
    page.goto(address)
    for tab in ("Retrieve", "Describe", "Augment", "Review", "Pose lab", "Errors"):
        page.get_by_role("tab", name=tab).click(timeout=120_000)
        page.wait_for_timeout(settle)
        before = _browser_seconds()
        page.wait_for_timeout(1000 * seconds)
        share = 100 * (_browser_seconds() - before) / seconds
        print(f"{tab + ' at rest, % CPU':>26}  {share:8.1f}")
    page.close()


def _browser_seconds() -> float:
    """Processor time of all processes of Chromium."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"chrom" in (place / "cmdline").read_bytes():
                ticks += sum(
                    map(int, (place / "stat").read_text().rsplit(")", 1)[1].split()[11:13])
                )
        except OSError:
            continue  # it has ended
    return ticks / os.sysconf("SC_CLK_TCK")


_SHOWN = "document.querySelector('#review [aria-current=true]')?.dataset.item !== before"
_SAVED = "document.querySelector('#review .ac-status').dataset.unsaved === '0'"
_ACCEPT_AND_WAIT = """async (wait) => {
  const before = document.querySelector('#review [aria-current=true]')?.dataset.item;
  const done = new Function('before', `return ${wait}`);
  const start = performance.now();
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
  do await new Promise((next) => setTimeout(next, 0)); while (!done(before));
  return performance.now() - start;
}"""


if __name__ == "__main__":
    main()
