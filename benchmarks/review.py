"""The review store with 50,000 descriptions: start, next item, save, filter, twenty reviewers.

``python benchmarks/review.py [--store URL]`` prints one table with the limit beside each figure.
A reviewer here is a thread of the server's process that takes an item, looks at it for a second on
average, saves a verdict, and filters the list now and then: several times the pace of a person.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from PIL import Image  # noqa: E402

from autocompose.data.captions.caption_records import CaptionRecord, CaptionText  # noqa: E402
from autocompose.data.dataset import PoseDataset, open_dataset  # noqa: E402
from autocompose.review.files.imports import import_records  # noqa: E402
from autocompose.review.queue.next_items import (  # noqa: E402
    Order,
    Selection,
    Session,
    find,
    next_items,
    release,
)
from autocompose.review.queue.triage import Signals, store_signals  # noqa: E402
from autocompose.review.store.records import ClaimMark, Decision, Save  # noqa: E402
from autocompose.review.store.review_store import Store  # noqa: E402
from autocompose.schema import BodyPart, PartDescription, View  # noqa: E402

KEYS = ("mllm", "reverse", "mirror", "mirror-reverse")
WORDS = [
    "raise",
    "lower",
    "bend",
    "straighten",
    "turn",
    "lift",
    "the",
    "your",
    "left",
    "right",
    "arm",
    "elbow",
    "knee",
    "leg",
    "hand",
    "head",
    "torso",
    "slightly",
    "further",
    "forward",
    "back",
    "up",
    "down",
    "while",
    "keeping",
    "shoulder",
    "height",
    "hip",
]
LIMITS = {"start": 10.0, "next item": 0.05, "save": 0.05, "filter": 0.3, "filtered queue": 0.3}
"""Seconds: the start as a whole, the others at the 95th percentile for one reviewer."""

MEASURED = ("next item", "save", "filter", "filtered queue")
CROWD_FACTOR = 2.0
THINK = (0.5, 1.5)
"""Seconds between an item and its verdict."""

SELECTIONS = (
    Selection(view=View.REVERSE, verdict=Decision.PENDING),
    Selection(model="model-1", split="train"),
    Selection(part=BodyPart.LEFT_KNEE),
    Selection(claim_verdict="contradicted", part=BodyPart.LEFT_ARM),
    Selection(contradicted=False, verdict=Decision.PENDING),
    Selection(text="left knee"),
    Selection(text="zebra"),
    Selection(reviewer="reviewer 0", verdict=Decision.ACCEPTED),
    Selection(edited=True),
)

Times = dict[str, list[float]]


def fill(store: Store, root: Path, count: int) -> None:
    """Import ``count`` descriptions of three texts each, with claims on a third of them."""
    dataset = _two_pictures(root)
    rng = random.Random(0)
    parts = list(BodyPart)

    def text() -> str:
        return " ".join(rng.choices(WORDS, k=40)).capitalize() + "."

    def description(number: int, key: str) -> CaptionText:
        rows = tuple(PartDescription(part, text()) for part in rng.sample(parts, 4))
        model = f"model-{number % 3}"
        texts = (text(), text(), text())
        return CaptionText("a.png", "b.png", number, key, texts, rows, model, {"model": model})

    def record(number: int) -> CaptionRecord:
        texts = tuple(description(number, key) for key in KEYS)
        row = {"reference": "a.png", "target": "b.png", "img_set": ["b.png"]}
        row |= {text.key: list(text.phrasings) for text in texts}
        return CaptionRecord("a.png", "b.png", number, row, texts)

    records = [record(number) for number in range(count // len(KEYS))]
    import_records(store, records, dataset=dataset, split="train", by="benchmark")
    everything = find(store, Selection(), order=Order.SEQUENTIAL, limit=count).items
    measured = {}
    for item in everything[::3]:
        verdicts = rng.choices(("supported", "contradicted", "unknown"), k=4)
        marks = [
            ClaimMark(row.part.value, "up", verdict, "left knee 92° -> 171°")
            for row, verdict in zip(item.original.parts, verdicts, strict=True)
        ]
        measured[item.id] = Signals(tuple(marks), target_rank=rng.randint(1, 400), gallery_size=400)
    store_signals(store, measured)


def _two_pictures(root: Path) -> PoseDataset:
    for folder in ("images", "captions"):
        (root / folder).mkdir(parents=True)
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(root / "images" / name)
    return open_dataset(root)


def measure_start(url: str) -> float:
    """Seconds from a new process to the first item on its way to a page."""
    script = (
        "import sys\n"
        "from autocompose.review.queue.next_items import Selection, Session, next_items\n"
        "from autocompose.review.store.review_store import Store\n"
        "with Store(sys.argv[1], create=False) as store:\n"
        "    assert len(next_items(store, Session('start', 'ada'), Selection())) == 20\n"
    )
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", script, url], cwd=REPOSITORY, check=True)
    return time.perf_counter() - begun


def review(store: Store, name: str, rounds: int, think: tuple[float, float]) -> Times:
    """What one reviewer waits for: twenty items first, then one more for each verdict."""
    rng = random.Random(name)
    session = Session(name, name)
    times: Times = defaultdict(list)

    def timed(what: str, work: Callable[[], object]) -> object:
        begun = time.perf_counter()
        done = work()
        times[what].append(time.perf_counter() - begun)
        return done

    queue = list(next_items(store, session, Selection(), count=20))
    for i in range(rounds):
        held = [item.id for item in queue]
        more = timed(
            "next item",
            lambda held=held: next_items(store, session, Selection(), held=held, count=1),
        )
        queue += more  # type: ignore[operator]
        time.sleep(rng.uniform(*think))
        item = queue.pop(0)
        judgement = replace(item.state.judgement, verdict=Decision.ACCEPTED)
        save = Save(f"{name}-{i}", item.id, item.state.revision, judgement, name, active_ms=1000)
        timed("save", lambda save=save: store.save(save))
        if rng.random() < 0.2:
            # By chance, so that the crowd does not ask the same at the same moment.
            selection = rng.choice(SELECTIONS)
            # As on the page: what is decided is listed, what waits is handed out (and given back).
            decided = selection.verdict is Decision.ACCEPTED or selection.edited
            if decided or rng.random() < 0.5:
                timed("filter", lambda selection=selection: find(store, selection))
            else:
                other = Session(f"{name} filters", name)
                timed("filtered queue", lambda s=selection, o=other: next_items(store, o, s))
                release(store, other)
    return times


def crowd(store: Store, people: int, rounds: int) -> Times:
    """Everybody at once."""
    times: Times = defaultdict(list)

    def work(name: str) -> None:
        for what, seconds in review(store, name, rounds, THINK).items():
            times[what].extend(seconds)

    threads = [threading.Thread(target=work, args=(f"reviewer {i}",)) for i in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]


def main() -> None:
    """Fill a store, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: review.py --count 5000")
    parser.add_argument("--store", help="an empty store (a temporary SQLite file)")
    parser.add_argument("--count", type=int, default=50_000, help="descriptions (50000)")
    parser.add_argument("--people", type=int, default=20, help="reviewers at once (20)")
    parser.add_argument("--rounds", type=int, default=90, help="verdicts each (90)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.store or f"sqlite:///{folder}/review.sqlite3"
        begun = time.perf_counter()
        with Store(url) as store:
            fill(store, Path(folder) / "pictures", options.count)
            print(f"import of {options.count} descriptions: {time.perf_counter() - begun:.1f} s")
            rows = [("start", 1, [measure_start(url)], 1.0)]
            alone = review(store, "alone", 4 * options.rounds, (0.0, 0.0))
            rows += [(what, 1, alone[what], 1.0) for what in MEASURED]
            together = crowd(store, options.people, options.rounds)
            rows += [(what, options.people, together[what], CROWD_FACTOR) for what in MEASURED]
            print(f"{'':14}{'reviewers':>10}{'n':>7}{'p50 ms':>9}{'p95 ms':>9}{'limit ms':>10}")
            for what, people, seconds, factor in rows:
                middle = statistics.median(seconds)
                high = p95(seconds) if len(seconds) > 1 else seconds[0]
                limit = LIMITS[what] * factor
                verdict = "" if high <= limit else "  OVER"
                print(
                    f"{what:14}{people:>10}{len(seconds):>7}{1000 * middle:>9.1f}"
                    f"{1000 * high:>9.1f}{1000 * limit:>10.0f}{verdict}"
                )
            begun = time.perf_counter()
            report = store.verify()
            print(f"verify: {report.events} events, {time.perf_counter() - begun:.1f} s,"
                  f" {'sound' if report.sound else report.problems[0]}")  # fmt: skip


if __name__ == "__main__":
    main()
