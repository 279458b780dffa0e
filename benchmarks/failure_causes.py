"""How often the computed cause of a failed query is the one that was seen on its pictures.

    python benchmarks/failure_causes.py [--checkpoint checkpoints/pose-mini]

The labels are a language model's (tests/data/failure_causes.json says how they were made), for
failures of the shipped checkpoint; queries that another checkpoint answers are counted apart. The
thresholds were set on the rows ``tune``, of the validation split.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from autocompose.data.dataset import open_dataset
from autocompose.evaluation.failures.find_failures import (
    AskedSplit,
    find_failures,
    training_words,
)
from autocompose.evaluation.protocol import embedded
from autocompose.model.checkpoint import load_checkpoint, read_checkpoint_info

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print agreement and the most frequent disagreements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoints" / "pose-mini")
    arguments = parser.parse_args()
    labels = json.loads((ROOT / "tests" / "data" / "failure_causes.json").read_text("utf-8"))
    dataset = open_dataset(ROOT / "annotations" / "demo")
    model = load_checkpoint(arguments.checkpoint)
    words = training_words(dataset, read_checkpoint_info(arguments.checkpoint).train)
    computed: dict[tuple[str, str], str] = {}
    for split in dict.fromkeys(row["split"] for row in labels["rows"]):
        gallery = embedded(model, dataset, split)
        for key in dict.fromkeys(r["key"] for r in labels["rows"] if r["split"] == split):
            sys.stderr.write(f"explaining {split} {key}\n")
            asked = AskedSplit(dataset, split, key, gallery=gallery)
            found = find_failures(model, asked, training_words=words)
            computed |= {(key, f.id): f.cause.value for f in found.failures}
    for name in ("tune", "report"):
        rows = [row for row in labels["rows"] if row["set"] == name]
        known = [row for row in rows if (row["key"], row["id"]) in computed]
        pairs = [(row["cause"], computed[row["key"], row["id"]]) for row in known]
        right = sum(seen == told for seen, told in pairs)
        print(f"{name}: {right} of {len(known)} agree; {len(rows) - len(known)} are answered now")
        for (seen, told), count in Counter(p for p in pairs if p[0] != p[1]).most_common():
            print(f"  {count:>3}  seen: {seen}; computed: {told}")


if __name__ == "__main__":
    main()
