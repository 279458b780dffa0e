"""How well claims are read in texts of a multimodal model and of people; no body is looked at.

Levels: ``limb`` counts side and limb, ``class`` the class of the change too, ``exact`` the whole
claim. Remarks (kind ``r``) may be found or left out. ``kind`` is the share of claims found (by
class) whose kind is right. Postures that the labels have no words for are not counted.
Intervals are 95 %, over 1,000 draws of texts. ``rules`` is the reader without the tagger.
The labels are a language model's: see ``tests/data/claims_mllm/README.md``.

Run ``python benchmarks/reader.py``; ``--human CAPTIONS`` adds the captions that the files name.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.language.reader.claims import Claim  # noqa: E402
from autocompose.language.reader.read import read_claims  # noqa: E402
from autocompose.language.reader.rule_reader import read_by_rules  # noqa: E402
from autocompose.postures.postures import POSTURES  # noqa: E402
from autocompose.tagger.claimed_change import ChangeKind  # noqa: E402

DATA = REPOSITORY / "tests" / "data" / "claims_mllm"
LEVELS = ("limb", "class", "exact")
LIMB = {
    "elbow": "arm", "forearm": "arm", "hand": "arm", "upper arm": "arm", "wrist": "arm",
    "fingers": "arm", "palm": "arm", "knee": "leg", "thigh": "leg", "shin": "leg",
    "lower leg": "leg", "foot": "leg", "heel": "leg", "toes": "leg", "sole": "leg", "ankle": "leg",
    "chest": "torso", "body": "torso", "hips": "torso", "back": "torso", "waist": "torso",
    "gaze": "head", "chin": "head", "face": "head", "neck": "head", "nose": "head", "eyes": "head",
}  # fmt: skip
CLASSES = [
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^not ", "not"), (r"\b(height|high)\b", "height"), (r"^(up|down)$", ""),
        (r"^(forward|back)$", ""), (r"^(in|out|across)$", ""), (r"^(left|right|center)$", ""),
        (r"^(bend|bent|flexed|tuck|round)", "bend"), (r"^straighten", "straighten"),
        (r"^(turn|face|look)", "turn"), (r"^(lean|tilt|slope)", "lean"),
        (r"^(point|hang)", "point"),
        (r"^(together|closer|near|to |toward)", "near"), (r"^(apart|away|wide)", "apart"),
        (r"^(upright|level|flat|vertical)", "level"), (r"^still", "still"),
        (r"^(in front|behind|beside|above|below|under|over|between|past|on |off |ahead|in line)",
         "place"),
    )
]  # fmt: skip


@dataclass(frozen=True)
class LabelledText:
    """A text and its claims, each with its kind."""

    text: str
    claims: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Counts:
    """Claims right, read and wanted at each level (3, 3), and kinds (right, of)."""

    levels: np.ndarray
    kinds: tuple[int, int]


def key_of(claim: str, level: str) -> tuple[str, ...]:
    """What of a claim counts at a level."""
    if level == "exact":
        return (claim.strip(),)
    head, change = (words.strip() for words in claim.split(":", 1))
    first = head.split(" ", 1)[0]
    side = first if first in ("left", "right", "both") else ""
    part = head[len(side) :].strip()
    limb = LIMB.get(part, part)
    if level == "limb":
        return side, limb
    named = next((name or change for pattern, name in CLASSES if pattern.search(change)), "other")
    return side, limb, named


def count(row: LabelledText, claims: Sequence[Claim]) -> Counts:
    """Compare what was read in one text with its labels."""
    read = {(f"{c.side} {c.part}: {c.change}".strip(), c.kind.value) for c in claims}
    names = {name for name, _ in read}
    found = []
    for level in LEVELS:
        wanted = Counter(key_of(c, level) for c, kind in row.claims if kind != "r")
        free = Counter(key_of(c, level) for c, kind in row.claims if kind == "r")
        got = Counter(key_of(c, level) for c in names)
        extra = got - wanted
        counted = got.total() - (extra & free).total()
        found.append(((wanted & got).total(), counted, wanted.total()))
    kinds: dict[tuple[str, ...], list[str]] = {}
    for claim, kind in row.claims:
        kinds.setdefault(key_of(claim, "class"), []).append(kind)
    right = of = 0
    for name, kind in sorted(read):
        left = kinds.get(key_of(name, "class"))
        if left:
            of += 1
            right += left.pop(0) == kind
    return Counts(np.array(found), (right, of))


_LABELLED = ("kneel", "squat", "sit", "lie", "lunge", "half squat", "side lunge")


def labellable(claims: Sequence[Claim]) -> list[Claim]:
    """The claims that were read, without postures and acts for which the labels have no words.

    The labels say ``squatting``, ``kneeling`` and the like; a kick or crossed arms are a class of
    their own, which nobody labelled.
    """
    return [
        c
        for c in claims
        if c.change.is_read
        and (
            c.change.kind is not ChangeKind.POSTURE
            or c.change.way not in POSTURES
            or c.change.way.startswith(_LABELLED)
        )
    ]


def load(path: Path, captions: Path | None = None) -> list[LabelledText]:
    """Labelled texts of one file; captions give the texts where the file only names them."""
    texts = {}
    if captions is not None:
        rows = json.loads(captions.read_text(encoding="utf-8"))
        texts = {row["id"]: row["sents"] for row in rows}
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["text"] if "text" in row else texts[row["pair"]][row["number"]]
        found.append(LabelledText(text, tuple((claim[0], claim[1]) for claim in row["claims"])))
    return found


def table(rows: Sequence[LabelledText], read: Callable[[str], Sequence[Claim]]) -> list[str]:
    """Precision and recall at each level with their intervals, and kinds, as cells."""
    counts = [count(row, labellable(read(row.text))) for row in rows]
    levels = np.stack([c.levels for c in counts]).astype(float)  # (texts, levels, 3)
    draws = np.random.default_rng(0).integers(0, len(rows), (1000, len(rows)))
    drawn = levels[draws].sum(1)
    cells = []
    for i in range(len(LEVELS)):
        for column in (1, 2):
            right, of = levels[:, i, 0].sum(), max(levels[:, i, column].sum(), 1)
            low, high = np.percentile(100 * drawn[:, i, 0] / drawn[:, i, column], [2.5, 97.5])
            cells.append(f"{100 * right / of:.1f} ({low:.0f}-{high:.0f})")
    right, of = (sum(c.kinds[i] for c in counts) for i in (0, 1))
    return [*cells, f"{100 * right / max(of, 1):.1f}"]


def main() -> None:
    """Print the tables of docs/claims.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--human", type=Path, help="the captions that heldout_human.jsonl names")
    options = parser.parse_args()
    sets = {"dev": load(DATA / "dev.jsonl"), "held out": load(DATA / "heldout.jsonl")}
    if options.human:
        sets["people, held out"] = load(DATA / "heldout_human.jsonl", options.human)
    heads = [f"{level} {what}" for level in LEVELS for what in ("precision", "recall")]
    sys.stdout.write(f"| texts | reader | {' | '.join(heads)} | kind | ms per text |\n")
    for title, rows in sets.items():
        for name, read in (("rules", read_by_rules), ("shipped", read_claims)):
            start = time.process_time()
            for row in rows:
                read(row.text)
            each = 1000 * (time.process_time() - start) / len(rows)
            cells = " | ".join(table(rows, read))
            sys.stdout.write(f"| {title} | {name} | {cells} | {each:.1f} |\n")


if __name__ == "__main__":
    main()
