"""Speed of codes and texts: 10,000 pairs to codes and four views of texts on one core.

    OMP_NUM_THREADS=1 python benchmarks/geometry.py [--pairs 10000] [--dataset annotations/demo]

Pairs are drawn from the dataset's poses with joints. Times are CPU seconds of this process, so that
a busy machine does not change them much; wall seconds stand beside. The loop does the same for a
part of the pairs, one by one, and is scaled up.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autocompose.body.change import Bodies
from autocompose.body.paircodes import transition_codes
from autocompose.data.joints_file import read_joints
from autocompose.describe.geometric import PhrasingBank, sample_views
from autocompose.language.writer.select import read_facts

Timed = tuple[float, float]
LIMIT = 60.0
"""CPU seconds that 10,000 pairs may take (the project's promise)."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=200, help="pairs that the loop is timed on")
    parser.add_argument("--dataset", type=Path, default=Path("annotations/demo"))
    options = parser.parse_args()
    images = list(read_joints(options.dataset / "joints.json", options.dataset / "images").values())
    joints = np.array([image.joints for image in images])
    floors = np.array([np.nan if i.floor_y is None else i.floor_y for i in images])
    rows = np.random.default_rng(0).integers(len(images), size=(options.pairs, 2))
    reference, target = (Bodies(joints[row], floors[row]) for row in rows.T)

    def codes() -> None:
        transition_codes(reference, target)

    def facts() -> None:
        read_facts(transition_codes(reference, target))

    def views() -> None:
        sample_views(reference, target, bank=PhrasingBank.TRAIN, seed=0)

    def loop() -> None:
        for i in range(options.loop):
            one = (Bodies(joints[row[i : i + 1]], floors[row[i : i + 1]]) for row in rows.T)
            sample_views(*one, bank=PhrasingBank.TRAIN, seed=i)

    sample_views(joints[:4], joints[4:8], bank=PhrasingBank.TRAIN, seed=0)  # loads the banks
    scale = options.pairs / options.loop
    table = [
        ("codes", timed(codes), 1.0),
        ("codes and facts", timed(facts), 1.0),
        ("codes and four views of texts", timed(views), 1.0),
        (f"the same, pair by pair (x{scale:.0f})", timed(loop), scale),
    ]
    print(f"{options.pairs} pairs, {len(images)} poses of {options.dataset}")
    print(f"| {'step':<40} | CPU s | wall s | pairs / CPU s |")
    print(f"|{'-' * 42}|------:|-------:|--------------:|")
    for name, (cpu, wall), factor in table:
        rate = options.pairs / (cpu * factor)
        print(f"| {name:<40} | {cpu * factor:5.1f} | {wall * factor:6.1f} | {rate:13.0f} |")
    whole, single = table[2][1][0], table[3][1][0] * scale
    print(f"batch against loop: {single / whole:.1f} times faster")
    if whole * 10_000 / options.pairs > LIMIT:
        sys.exit(f"too slow: {whole:.1f} CPU s for {options.pairs} pairs; at most {LIMIT:.0f} s")


def timed(work: Callable[[], None]) -> Timed:
    """CPU and wall seconds of one run."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()
