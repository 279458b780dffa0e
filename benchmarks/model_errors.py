"""How often a multimodal model errs about bodies, by part and kind, with and without overlay.

    python benchmarks/model_errors.py --overlay FILE --plain FILE

FILE is a caption file of the demo's training pairs with texts under ``mllm``. A claim counts as
contradicted by the joints. Not every such verdict is the model's fault:
``tests/data/verdicts_looked_up.jsonl`` has those that were looked up in pictures and joints by a
language model, and whose fault they were; the first table counts them, and how many of each the
judge of today still contradicts. Intervals are 95 %, over draws of pairs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.data.dataset import open_dataset  # noqa: E402
from autocompose.describe.views import swap_pair  # noqa: E402
from autocompose.language.reader.claims import ClaimVerdict, Outcome  # noqa: E402
from autocompose.schema import PosePair  # noqa: E402
from autocompose.tagger.claimed_change import ChangeKind  # noqa: E402
from autocompose.verify.judge import PairJudge  # noqa: E402
from benchmarks.reader import LIMB  # noqa: E402

LOOKED_UP = REPOSITORY / "tests" / "data" / "verdicts_looked_up.jsonl"
FAULTS = ("model", "borderline", "reader", "judge")
KINDS = {"m": "movement", "s": "state at the end", "r": "remark"}
_CHANGES = {
    ChangeKind.MOVE: "direction", ChangeKind.ANGLE: "bend", ChangeKind.TURN: "turn",
    ChangeKind.LEAN: "lean or tilt", ChangeKind.TILT: "lean or tilt", ChangeKind.HEIGHT: "height",
    ChangeKind.PLACE: "place", ChangeKind.GAP: "distance", ChangeKind.POSTURE: "posture",
}  # fmt: skip


@dataclass(frozen=True)
class LookedUp:
    """One contradicted claim that was looked up."""

    drawn: str
    reference: str
    target: str
    key: str
    text: str
    claim: str
    span: tuple[int, int]
    fault: str


def demo_pairs() -> dict[tuple[str, str], PosePair]:
    """The demo's training pairs by their images."""
    pairs = open_dataset(REPOSITORY / "annotations" / "demo").pairs("train")
    return {(pair.reference.id, pair.target.id): pair for pair in pairs}


def looked_up(pairs: Mapping[tuple[str, str], PosePair]) -> list[LookedUp]:
    """The verdicts that were looked up, with the texts of the demo."""
    found = []
    for line in LOOKED_UP.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        names = row["reference"], row["target"]
        texts = pairs[names[::-1] if row["key"] == "reverse" else names].texts[row["key"]]
        found.append(
            LookedUp(
                row["set"], *names, row["key"], texts[row["index"]], row["claim"],
                (row["span"][0], row["span"][1]), row["fault"],
            )
        )  # fmt: skip
    return found


def still_contradicted(row: LookedUp, pairs: Mapping[tuple[str, str], PosePair]) -> bool:
    """Whether the judge of today contradicts the claim."""
    names = row.reference, row.target
    pair = swap_pair(pairs[names[::-1]]) if row.key == "reverse" else pairs[names]
    verdicts = PairJudge.of_images(pair.reference, pair.target).check(row.text).claims
    return any(
        v.outcome is Outcome.CONTRADICTED
        and v.claim.span == row.span
        and f"{v.claim.label}: {v.claim.change}" == row.claim
        for v in verdicts
    )


def groups_of(verdict: ClaimVerdict) -> Iterable[tuple[str, str]]:
    """The rows of the table that a claim counts in."""
    claim = verdict.claim
    yield "all", ""
    yield "part", LIMB.get(claim.part, claim.part)
    yield "kind", KINDS[claim.kind.value]
    yield "change", _CHANGES.get(claim.change.kind, "other")


def judged(
    records: Sequence[dict], pairs: Mapping[tuple[str, str], PosePair]
) -> list[dict[tuple[str, str], np.ndarray]]:
    """For each pair, (contradicted, told) by row; claims that joints cannot tell are left out."""
    found = []
    for record in records:
        pair = pairs[record["reference"], record["target"]]
        judge = PairJudge.of_images(pair.reference, pair.target)
        counts: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(3))
        for text in record["mllm"]:
            for verdict in judge.check(text).claims:
                if verdict.claim.change.is_read:
                    wrong = verdict.outcome is Outcome.CONTRADICTED
                    right = verdict.outcome is Outcome.SUPPORTED
                    for group in groups_of(verdict):
                        counts[group] += (wrong, wrong or right, 1)
        found.append(counts)
    return found


def shares(found: Sequence[dict[tuple[str, str], np.ndarray]], group: tuple[str, str]) -> str:
    """Claims, and contradicted per hundred of all claims and of those that are decided."""
    rows = np.stack([np.asarray(counts.get(group, np.zeros(3))) for counts in found])
    draws = rows[np.random.default_rng(0).integers(0, len(rows), (2000, len(rows)))].sum(1)
    cells = [f"{rows[:, 2].sum():.0f}"]
    for of in (2, 1):
        share = 100 * rows[:, 0].sum() / max(rows[:, of].sum(), 1)
        low, high = np.percentile(100 * draws[:, 0] / np.maximum(draws[:, of], 1), [2.5, 97.5])
        cells.append(f"{share:.1f} ({low:.1f}-{high:.1f})")
    return " | ".join(cells)


def difference(
    overlay: Sequence[dict[tuple[str, str], np.ndarray]],
    plain: Sequence[dict[tuple[str, str], np.ndarray]],
) -> str:
    """Points by which contradicted claims are more frequent without overlay, on the same pairs."""
    rows = np.stack([[counts["all", ""] for counts in side] for side in (overlay, plain)])
    draws = np.random.default_rng(0).integers(0, rows.shape[1], (2000, rows.shape[1]))
    drawn = rows[:, draws].sum(2)
    gaps = 100 * (drawn[1, :, 0] / drawn[1, :, 2] - drawn[0, :, 0] / drawn[0, :, 2])
    total = rows.sum(1)
    gap = 100 * (total[1, 0] / total[1, 2] - total[0, 0] / total[0, 2])
    low, high = np.percentile(gaps, [2.5, 97.5])
    return f"{gap:+.1f} ({low:+.1f} to {high:+.1f})"


def show_faults(pairs: Mapping[tuple[str, str], PosePair]) -> None:
    """Whose fault the verdicts were that were looked up, and what is left of them."""
    rows = looked_up(pairs)
    counts = Counter((row.drawn, row.fault) for row in rows)
    left = Counter((row.drawn, row.fault) for row in rows if still_contradicted(row, pairs))
    write = sys.stdout.write
    write("| drawn | " + " | ".join(f"{fault}, left" for fault in FAULTS) + " |\n")
    for drawn in dict.fromkeys(row.drawn for row in rows):
        cells = [f"{counts[drawn, fault]}, {left[drawn, fault]}" for fault in FAULTS]
        write(f"| {drawn} | {' | '.join(cells)} |\n")


def main() -> None:
    """Print the tables of docs/claims.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--overlay", type=Path)
    parser.add_argument("--plain", type=Path)
    options = parser.parse_args()
    pairs = demo_pairs()
    show_faults(pairs)
    if not (options.overlay and options.plain):
        return
    overlay, plain = (
        json.loads(path.read_text(encoding="utf-8")) for path in (options.overlay, options.plain)
    )
    both = {(r["reference"], r["target"]) for r in plain}
    same = [r for r in overlay if (r["reference"], r["target"]) in both]
    order = {(r["reference"], r["target"]): r for r in plain}
    plain = [order[r["reference"], r["target"]] for r in same]
    tables = [judged(records, pairs) for records in (overlay, same, plain)]
    groups = Counter(group for counts in tables[0] for group in counts)
    sys.stdout.write("\n| row | overlay, 240 pairs | overlay, 60 pairs | plain, the same 60 |\n")
    for group in sorted(groups):
        cells = " | ".join(shares(table, group) for table in tables)
        sys.stdout.write(f"| {' '.join(group)} | {cells} |\n")
    sys.stdout.write(f"without overlay: {difference(tables[1], tables[2])} points\n")


if __name__ == "__main__":
    main()
