"""Annotation at scale against a local server that answers after 300 ms.

``python benchmarks/annotation.py`` prints two tables:

- calls: one client, two 60 kB pictures attached to each request, the share of the ideal
  concurrency / latency that it reaches, and how much faster than a loop it is;
- pairs: the whole pipeline over 10,000 pairs (pictures read, both stages, every answer written to
  disk), with the memory of the process as it goes.

The server runs in a process of its own; it shares the cores with the client.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from itertools import islice, permutations
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from PIL import Image, ImageFilter  # noqa: E402

from autocompose.config import AnnotateConfig  # noqa: E402
from autocompose.describe.annotate.pipeline import annotate  # noqa: E402
from autocompose.describe.annotate.results import PairAnnotation  # noqa: E402
from autocompose.describe.mllm.answer_store import ResponseCache  # noqa: E402
from autocompose.describe.mllm.client import ModelRequest, OpenAIMLLM, ResponseSchema  # noqa: E402
from autocompose.describe.mllm.prompts import parts_schema  # noqa: E402
from autocompose.schema import PoseImage, PosePair  # noqa: E402
from tests.peers import model_server  # noqa: E402

LATENCY = 0.3
"""Seconds; of a hosted model it is 1 to 10, which asks less of the client."""

PICTURE_BYTES = 60_000
SYSTEM = "You compare two poses of one person. " * 40


def picture(seed: int, size: int = 424) -> Image.Image:
    """A picture whose JPEG file has about `PICTURE_BYTES`."""
    noise = Image.frombytes("RGB", (size, size), random.Random(seed).randbytes(3 * size * size))
    return noise.filter(ImageFilter.GaussianBlur(1.1))


def request(number: int, pictures: tuple[bytes, ...], schema: ResponseSchema) -> ModelRequest:
    """A Stage I call that differs from every other."""
    return ModelRequest("parts", "local", SYSTEM, f"Pair {number}.", pictures, schema)


async def measure_calls(
    base_url: str, concurrency: int, pictures: tuple[bytes, ...], seconds: float
) -> float:
    """Calls a second at one concurrency, after every connection was used once."""
    schema = parts_schema(may_be_empty=False)
    async with OpenAIMLLM(base_url=base_url) as mllm:
        warm = (mllm.answer(request(-1 - i, pictures, schema)) for i in range(concurrency))
        await asyncio.gather(*warm)
        total = max(20, round(seconds * concurrency / LATENCY))
        numbers = iter(range(total))

        async def worker() -> None:
            for number in numbers:
                await mllm.answer(request(number, pictures, schema))

        started = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        return total / (time.perf_counter() - started)


def calls_table(concurrencies: list[int], files: list[Path], seconds: float) -> None:
    """Print calls a second, share of the ideal, and ratio to a loop."""
    pictures = tuple(path.read_bytes() for path in files[:2])
    print(f"\ncalls, two pictures of {len(pictures[0]) / 1000:.0f} kB each, {LATENCY:g} s latency")
    print(f"{'concurrency':>12} {'calls/s':>9} {'ideal':>8} {'share':>7} {'to a loop':>10}")
    with model_server(LATENCY) as server:
        loop = 0.0
        for concurrency in concurrencies:
            rate = asyncio.run(measure_calls(server.base_url, concurrency, pictures, seconds))
            loop = loop or rate
            ideal = concurrency / LATENCY
            print(
                f"{concurrency:>12} {rate:>9.1f} {ideal:>8.1f} {rate / ideal:>7.2f}"
                f" {rate / loop:>9.1f}x",
                flush=True,
            )


def pairs_table(total: int, concurrency: int, files: list[Path], folder: Path) -> None:
    """Print pairs a second and the memory of the process over the run."""
    images = [PoseImage(path.name, path) for path in files]
    pairs = [PosePair(a, b) for a, b in islice(permutations(images, 2), total)]
    config = AnnotateConfig(
        model="local", views="forward", two_images=True, concurrency=concurrency
    )
    print(f"\n{len(pairs)} pairs, forward view (two calls each), concurrency {concurrency}")
    print(f"{'pairs':>12} {'seconds':>9} {'pairs/s':>9} {'memory MB':>10}", flush=True)
    done = 0
    started = time.perf_counter()

    def on_pair(annotation: PairAnnotation) -> None:
        nonlocal done
        done += 1
        assert annotation.descriptions, annotation.views
        if done % max(1, total // 10) == 0:
            seconds = time.perf_counter() - started
            print(
                f"{done:>12} {seconds:>9.1f} {done / seconds:>9.1f} {resident_mb():>10.0f}",
                flush=True,
            )

    async def run(base_url: str) -> None:
        with ResponseCache(folder / "answers.sqlite") as cache:
            async with OpenAIMLLM(base_url=base_url) as mllm:
                await annotate(pairs, mllm, config, cache=cache, on_pair=on_pair, keep=False)

    with model_server(LATENCY) as server:
        asyncio.run(run(server.base_url))
        counts = server.get("/counts")
    ideal = concurrency / LATENCY
    rate = counts["answered"] / (time.perf_counter() - started)
    print(f"{counts['answered']} calls, {rate:.0f} a second, {rate / ideal:.2f} of the ideal")


def resident_mb() -> float:
    """Memory of this process that is in RAM now, MB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    """Read the options and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, nargs="*", default=[1, 8, 32, 128])
    parser.add_argument("--seconds", type=float, default=12.0, help="of one row, at best")
    parser.add_argument("--pairs", type=int, default=10_000, help="0 leaves the second table out")
    parser.add_argument("--pairs-concurrency", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for seed in range(101):  # 10,100 ordered pairs
            files.append(folder / f"{seed}.jpg")
            picture(seed).save(files[-1], quality=88)
        if options.concurrency:
            calls_table(options.concurrency, files, options.seconds)
        if options.pairs:
            pairs_table(options.pairs, options.pairs_concurrency, files, folder)


if __name__ == "__main__":
    main()
