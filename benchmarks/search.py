"""Exact search of a gallery on disk beside its peers: numpy, FAISS, usearch, local Qdrant.

    python benchmarks/search.py [--rows 10000 100000] [--width 512] [--graphs 100000]

Every size is one run: a gallery of shards is written, opened by a process of its own, and searched
by everything in turns, so that ratios hold on a busy machine. A time is the least processor time of
the repeats, in milliseconds, on one thread. "Reading" is the fastest of three ways to read every
byte of the matrix once. Peers that are not installed are left out; graphs, whose making takes
minutes, and Qdrant's local mode are left out above --graphs. Rows come in clusters, as pictures do.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery
from autocompose.retrieval.searchers.exact import ExactSearch
from autocompose.retrieval.shards.gallery_folder import SHARD_ROWS, append_shards, write_shards

K = 10
MANY = 256
Ways = dict[str, Callable[[torch.Tensor], np.ndarray]]


def unit(values: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def parts(rows: int, width: int, *, first: int = 0) -> Iterator[Gallery]:
    """A made gallery in parts: rows around 1,000 centres."""
    centres = np.random.default_rng(0).standard_normal((1_000, width), dtype=np.float32)
    for start in range(first, first + rows, SHARD_ROWS):
        rng = np.random.default_rng([1, start])
        count = min(SHARD_ROWS, first + rows - start)
        made = rng.standard_normal((count, width), dtype=np.float32)
        made += centres[rng.integers(0, len(centres), count)]
        ids = tuple(f"clip{i // 100:05d}/{i:07d}.jpg" for i in range(start, start + count))
        yield Gallery(ids, unit(made), "f" * 64, np.ones(count, np.float32), "made")


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """Processor time of a call, and what it gave."""
    begun = time.process_time()
    given = work()
    return time.process_time() - begun, given


def memory_mb(what: str) -> float:
    """A figure of this process in MB: ``VmRSS`` or ``VmHWM``."""
    text = Path("/proc/self/status").read_text()
    return int(text.split(f"{what}:")[1].split()[0]) / 1024


def opened_alone(folder: Path) -> dict[str, float]:
    """What a fresh process needs to open the gallery and to answer (called by ``--open``)."""
    before = memory_mb("VmRSS")
    begun = time.perf_counter()
    took, gallery = seconds(lambda: load_gallery(folder))
    wall = time.perf_counter() - begun
    assert isinstance(gallery, Gallery)
    search = ExactSearch(gallery.embeddings, gallery.halves)
    query = torch.from_numpy(gallery.embeddings[np.array([len(gallery) // 2])])
    search.search(query, K)
    gallery.row(gallery.image_ids[-1])
    return {
        "open, CPU s": took, "open, wall s": wall, "libraries, MB": before,
        "searched, MB": memory_mb("VmRSS"), "peak, MB": memory_mb("VmHWM"),
        "matrix, MB": len(gallery) * gallery.embeddings.shape[1] * 4 / 2**20,
    }  # fmt: skip


def fastest_reading(blocks: list[np.ndarray]) -> Callable[[], object]:
    """The fastest of three ways to read every byte once."""
    ways: list[Callable[[np.ndarray], object]] = [
        lambda block: np.bitwise_or.reduce(block.view(np.uint64).ravel()),
        lambda block: torch.from_numpy(block).view(torch.int32).max(),
        lambda block: block.max(),
    ]
    calls = [lambda way=way: [way(block) for block in blocks] for way in ways]
    return min(calls, key=lambda call: min(seconds(call)[0] for _ in range(2)))


def peers(matrix: np.ndarray, *, graphs: bool) -> Ways:
    """Other ways to search, each over its own copy or the same matrix."""

    def numpy_search(queries: torch.Tensor) -> np.ndarray:
        scores = queries.numpy() @ matrix.T
        some = np.argpartition(-scores, K, axis=1)[:, :K]
        order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
        return np.take_along_axis(some, order, 1)

    found: Ways = {"numpy": numpy_search}
    if find_spec("faiss"):
        import faiss

        from autocompose.retrieval.searchers.faiss_search import FaissSearch

        faiss.omp_set_num_threads(1)
        for name, graph in (("faiss flat", False), ("faiss HNSW", True)):
            if graph and not graphs:
                continue
            took, index = seconds(lambda graph=graph: FaissSearch.build(matrix, graph=graph))
            print(f"  {name} is made in {took:.1f} CPU s", flush=True)
            found[name] = lambda queries, index=index: index.search(queries, K).rows
    if graphs and find_spec("usearch"):
        from usearch.index import Index

        graph = Index(ndim=matrix.shape[1], metric="ip", dtype="f32")
        took, _ = seconds(lambda: graph.add(np.arange(len(matrix)), matrix, threads=1))
        print(f"  usearch is made in {took:.1f} CPU s", flush=True)

        def usearch_search(queries: torch.Tensor) -> np.ndarray:
            keys = graph.search(queries.numpy(), K, threads=1).keys
            return np.asarray(keys).astype(np.int64).reshape(len(queries), -1)

        found["usearch"] = usearch_search
    if graphs and find_spec("qdrant_client"):
        from autocompose.retrieval.searchers.qdrant_search import QdrantSearch, connect_qdrant

        client = connect_qdrant(":memory:")
        took, local = seconds(lambda: QdrantSearch.build(client, "made", matrix))
        print(f"  qdrant-client, local, is filled in {took:.1f} CPU s", flush=True)
        found["qdrant-client, local"] = lambda queries: local.search(queries, K).rows
    return found


def measured(rows: int, width: int, *, graphs: bool, repeats: int) -> None:
    """One size: write, open, search, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        took, _ = seconds(lambda: write_shards(folder, parts(rows, width)))
        print(f"\n{rows:,} x {width}, written in {took:.1f} CPU s", flush=True)
        alone = [sys.executable, __file__, "--open", name]
        told = json.loads(subprocess.run(alone, check=True, capture_output=True, text=True).stdout)
        print("  " + ", ".join(f"{key} {value:.2f}" for key, value in told.items()))
        print(f"  memory searched / matrix {told['searched, MB'] / told['matrix, MB']:.2f}")
        (added,) = parts(1_000, width, first=10_000_000)
        begun = time.perf_counter()
        took, _ = seconds(lambda: append_shards(folder, [added]))
        print(f"  1,000 rows added in {took:.2f} CPU s, {time.perf_counter() - begun:.2f} s")
        gallery = load_gallery(folder)
        blocks = [span.block for span in _spans(gallery)]
        matrix = np.concatenate(blocks)
        rng = np.random.default_rng(7)
        asked = matrix[rng.integers(0, len(matrix), MANY)]
        asked = torch.from_numpy(unit(asked + 0.05 * rng.standard_normal(asked.shape)))
        own = ExactSearch(gallery.embeddings, gallery.halves)
        plain = ExactSearch(gallery.embeddings, halve=False)
        ways: Ways = {
            "exact, from disk": lambda queries: own.search(queries, K).rows,
            "exact, float32 only": lambda queries: plain.search(queries, K).rows,
            **peers(matrix, graphs=graphs),
        }
        table(ways, asked, blocks, repeats=repeats)


def _spans(gallery: Gallery) -> Iterator:
    from autocompose.retrieval.shards.row_stack import spans

    return spans(gallery.embeddings, 1 << 30)


def table(ways: Ways, asked: torch.Tensor, blocks: list[np.ndarray], *, repeats: int) -> None:
    """Measure everything in turns and print a row for each."""
    one = {name: [] for name in ways}
    many = {name: [] for name in ways}
    answers: dict[str, np.ndarray] = {}
    read, reading = [], fastest_reading(blocks)
    for turn in range(repeats):
        read.append(seconds(reading)[0])
        for name, way in ways.items():
            one[name].append(seconds(lambda way=way: way(asked[:1]))[0])
            if turn < 2:
                took, rows = seconds(lambda way=way: way(asked))
                many[name].append(took)
                answers[name] = np.asarray(rows)
    wanted = answers["exact, float32 only"]
    print(f"  load average {os.getloadavg()[0]:.1f}; reading {1000 * min(read):.1f} ms")
    print("| | one query, ms | of one reading | 256 queries, ms | of numpy | recall@10 |")
    print("|---|---|---|---|---|---|")
    for name in ways:
        recall = np.mean([len(set(a) & set(b)) for a, b in zip(answers[name], wanted, strict=True)])
        print(
            f"| {name} | {1000 * min(one[name]):.1f} | {min(one[name]) / min(read):.2f} | "
            f"{1000 * min(many[name]):.0f} | {min(many[name]) / min(many['numpy']):.2f} | "
            f"{recall / K:.3f} |", flush=True,
        )  # fmt: skip


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--graphs", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.open is not None:
        print(json.dumps(opened_alone(chosen.open)))
        return
    for rows in chosen.rows:
        measured(rows, chosen.width, graphs=rows <= chosen.graphs, repeats=chosen.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nmost memory of this process, with all peers: {peak:.0f} MB")


if __name__ == "__main__":
    main()
