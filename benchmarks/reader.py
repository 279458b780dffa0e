"""How well claims are read in texts of a multimodal model and of people; no body is looked at.

Levels: ``limb`` counts side and limb, ``class`` the class of the change too, ``exact`` the whole
claim. Remarks (kind ``r``) may be found or left out. ``kind`` is the share of claims found (by
class) whose kind is right. Postures that the labels have no words for are not counted.
Intervals are 95 %, over 1,000 draws of texts. ``rules`` is the reader without the tagger.
The labels are a language model's: see ``tests/data/claims_mllm/README.md``.

Times are CPU time of this process for each text, and in multiples of what the rules take for the
same texts, which depends less on the machine.

Run ``python benchmarks/reader.py``; ``--only dev`` reads the sets whose name begins so.
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
from autocompose.language.reader.read import read_text  # noqa: E402
from autocompose.language.reader.rule_reader import read_by_rules  # noqa: E402
from autocompose.postures.postures import POSTURES  # noqa: E402
from autocompose.schema import BodyPart  # noqa: E402
from autocompose.tagger.claimed_change import ChangeKind  # noqa: E402

DATA = REPOSITORY / "tests" / "data" / "claims_mllm"
CAPTIONS = REPOSITORY / "tests" / "data" / "captions" / "fixmypose_valid_seen.json"
SETS = (
    "dev", "dev_parts", "dev_search", "dev_natural", "dev_human", "heldout", "heldout_human",
    "heldout_2", "heldout_parts", "heldout_search", "heldout_search_2", "heldout_natural",
    "heldout_human_2", "heldout_2_second", "heldout_2_settled",
)  # fmt: skip
Read = Callable[[str, BodyPart | None], Sequence[Claim]]
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
    """A text, its claims with their kinds, and the part that it is about, if known."""

    text: str
    claims: tuple[tuple[str, str], ...]
    about: BodyPart | None = None


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
    return compared(row, {(f"{c.side} {c.part}: {c.change}".strip(), c.kind.value) for c in claims})


def compared(row: LabelledText, read: set[tuple[str, str]]) -> Counts:
    """Compare claims and their kinds, whoever found them, with the labels of a text."""
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


def load(path: Path) -> list[LabelledText]:
    """Labelled texts of one file; of captions the file names the pair and the sentence."""
    rows = json.loads(CAPTIONS.read_text(encoding="utf-8"))
    captions = {row["id"]: row["sents"] for row in rows}
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["text"] if "text" in row else captions[row["pair"]][row["number"]]
        part = BodyPart(row["part"]) if "part" in row else None
        claims = tuple((claim[0], claim[1]) for claim in row["claims"])
        found.append(LabelledText(text, claims, part))
    return found


def table(rows: Sequence[LabelledText], read: Read) -> list[str]:
    """Precision and recall at each level with their intervals, and kinds, as cells."""
    return cells_of([count(row, labellable(read(row.text, row.about))) for row in rows])


def agreement(rows: Sequence[LabelledText], others: Sequence[LabelledText]) -> list[str]:
    """The same of another labeller, whose remarks are left out."""
    found = {other.text: {c for c in other.claims if c[1] != "r"} for other in others}
    return cells_of([compared(row, found[row.text]) for row in rows])


def cells_of(counts: Sequence[Counts]) -> list[str]:
    """Counts of all texts as cells."""
    levels = np.stack([c.levels for c in counts]).astype(float)  # (texts, levels, 3)
    draws = np.random.default_rng(0).integers(0, len(counts), (1000, len(counts)))
    drawn = levels[draws].sum(1)
    cells = []
    for i in range(len(LEVELS)):
        for column in (1, 2):
            right, of = levels[:, i, 0].sum(), max(levels[:, i, column].sum(), 1)
            low, high = np.percentile(100 * drawn[:, i, 0] / drawn[:, i, column], [2.5, 97.5])
            cells.append(f"{100 * right / of:.1f} ({low:.0f}-{high:.0f})")
    right, of = (sum(c.kinds[i] for c in counts) for i in (0, 1))
    return [*cells, f"{100 * right / max(of, 1):.1f}"]


def seconds(rows: Sequence[LabelledText], read: Read) -> float:
    """CPU seconds for each text, at best of three times."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        for row in rows:
            read(row.text, row.about)
        taken.append((time.process_time() - start) / len(rows))
    return min(taken)


def by_rules(text: str, about: BodyPart | None) -> Sequence[Claim]:
    """The rules alone."""
    return read_by_rules(text, about=about)


def shipped(text: str, about: BodyPart | None) -> Sequence[Claim]:
    """The shipped reader, which remembers no text."""
    return read_text(text, about)


def main() -> None:
    """Print the tables of docs/claims.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", default="", help="sets whose name begins so")
    options = parser.parse_args()
    heads = [f"{level} {what}" for level in LEVELS for what in ("precision", "recall")]
    print(f"| texts | reader | {' | '.join(heads)} | kind | ms per text | times the rules |")
    for name in SETS:
        if not name.startswith(options.only):
            continue
        rows = load(DATA / f"{name}.jsonl")
        base = seconds(rows, by_rules)
        for title, read in (("rules", by_rules), ("shipped", shipped)):
            each = seconds(rows, read)
            cells = " | ".join(table(rows, read))
            print(f"| {name} | {title} | {cells} | {1000 * each:.2f} | {each / base:.1f} |")
        if name == "heldout_2":
            cells = " | ".join(agreement(rows, load(DATA / "heldout_2_second.jsonl")))
            print(f"| {name} | second labeller | {cells} | | |")


if __name__ == "__main__":
    main()
