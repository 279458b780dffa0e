"""Texts that the tagger is taught on, and the batches that it is shown."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from claim_anchors import Anchored, Lesson
from reader_net import IGNORED
from torch import Tensor

from autocompose.language.reader.rule_reader import read_by_rules
from autocompose.tagger.spelled_words import NUMBER, other_side, pieces_of
from autocompose.tagger.tag import KINDS, SIDES, Tagger, label_of

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "tests" / "data"
MODEL = DATA / "claims_mllm"
DEMO = REPOSITORY / "annotations" / "demo" / "captions"
CAPTIONS = DATA / "captions" / "fixmypose_valid_seen.json"
TAUGHT = ("train", "train_2", "parts", "train_search", "train_natural", "train_natural_2")
"""Files of labelled texts that the tagger is taught on; ``train_human`` has only names of texts."""
Turn = Callable[[str], str]


def lines_of(path: Path) -> list[dict]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def lessons_of(path: Path, captions: dict[str, list[str]] | None = None) -> list[Lesson]:
    """Labelled texts; part sentences a second time after their part, as ``about`` gives it."""
    found = []
    for row in lines_of(path):
        claims = [(*claim, "")[:3] for claim in row["claims"]]
        text = row["text"] if captions is None else captions[row["pair"]][row["number"]]
        found.append(Lesson(text, claims))
        if "part" in row:
            found.append(Lesson(about(row["part"], text), claims))
    return found


def about(part: str, text: str) -> str:
    """A sentence after the part that it belongs to."""
    return f"the {part.replace('_', ' ')}: {text}"


def ruled(text: str, claims: list[str] | None = None, *, weight: float = 0.5) -> Lesson:
    """A text as the rules read it; where it is labelled, only and all of its claims."""
    read = {
        f"{c.side} {c.part}: {c.change}".strip(): ("s" if c.state else "m", text[slice(*c.span)])
        for c in read_by_rules(text)
        if c.change.is_read
    }
    wanted = list(read) if claims is None else claims
    return Lesson(text, [(c, *read.get(c, ("", ""))) for c in wanted], weight=weight)


def captions_of(path: Path) -> dict[str, list[str]]:
    """Pair -> what people wrote about it."""
    return {row["id"]: row["sents"] for row in json.loads(path.read_text(encoding="utf-8"))}


def _listed(path: Path) -> list[tuple[str, list[str]]]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            head, _, claims = line.partition("|")
            found.append((head.strip(), [c.strip() for c in claims.split(";") if c.strip()]))
    return found


def gold_lessons() -> list[Lesson]:
    """Short sentences with hand labels."""
    return [ruled(text, claims) for text, claims in _listed(DATA / "claims_gold.txt")]


def caption_lessons(captions: dict[str, list[str]]) -> list[Lesson]:
    """Captions of people with labels, none of those held out."""
    found = []
    for name, upto in (("claims_human.txt", None), ("claims_human_new.txt", 40)):
        for place, claims in _listed(DATA / name)[:upto]:
            pair, _, number = place.partition("#")
            found.append(ruled(captions[pair.strip()][int(number)], claims, weight=0.8))
    return found + lessons_of(MODEL / "train_human.jsonl", captions)


def held_out_pairs() -> set[str]:
    """Pairs of which a caption is held out or in dev."""
    held = {p.partition("#")[0].strip() for p, _ in _listed(DATA / "claims_human_new.txt")[40:]}
    names = ("dev_human", "heldout_human", "heldout_human_2")
    return held | {row["pair"] for name in names for row in lines_of(MODEL / f"{name}.jsonl")}


def demo_texts(keys: Sequence[str] = ("auto",)) -> list[str]:
    """Texts of the demo's training pairs under some caption keys."""
    rows = json.loads((DEMO / "train.json").read_text(encoding="utf-8"))
    return sorted({text for row in rows for key in keys for text in row.get(key, [])})


def texts_in(*names: str) -> set[str]:
    """The texts of labelled files."""
    return {row["text"] for name in names for row in lines_of(MODEL / f"{name}.jsonl")}


def unlabelled_texts(rng: random.Random, *, searched: int = 1500) -> list[str]:
    """What a model wrote about the demo and nobody labelled: texts, part sentences, search texts.

    Texts of a view of which any phrasing is held out or in dev are left out, parts too.
    """
    unseen = texts_in("dev", "heldout", "heldout_2")
    known = unseen | texts_in(*TAUGHT, "dev_parts", "dev_search")
    known |= texts_in("heldout_parts", "heldout_search", "heldout_search_2")
    texts, parts = set(), set()
    for row in lines_of(DEMO / "train.provenance.jsonl"):
        written = row["source"] == "mllm" and row["view"] in ("forward", "reverse")
        if written and not unseen & set(row["phrasings"]):
            texts |= set(row["phrasings"])
            told = [p for p in row["parts"] if p["text"] not in known]
            parts |= {about(p["part"], p["text"]) for p in told} | {p["text"] for p in told}
    sought = rng.sample(demo_texts(("search", "search-reverse")), searched)
    return sorted((texts | parts | set(sought)) - known)


def taught(text: str, teacher: Tagger) -> Lesson:
    """A text without labels, as other weights read it; what they doubt counts by their doubt."""
    lesson = Lesson(text, [], weight=0.4)
    tags = teacher.tag(text, lambda _: lesson.hints, found=0.1)
    lesson.anchored = [
        Anchored(t.word, label_of(t.change), t.side, t.part, t.kind, t.change.place,
                 t.change.place_side, t.change.negated, chance=t.probability) for t in tags
    ]  # fmt: skip
    return lesson


def names_of(lessons: Iterable[Lesson], more: Iterable[Lesson] = ()) -> dict[str, list[str]]:
    """The closed vocabularies, by how often they occur; words of ``more`` texts too."""
    words, labels, parts, places = Counter(), Counter(), Counter(), Counter()
    for lesson in lessons:
        words.update(word.text for word in lesson.words)
        for claim in lesson.anchored:
            labels.update((claim.label, other_side(claim.label)))
            parts[claim.part] += 1
            places[claim.place] += 1
    for lesson in more:
        words.update(word.text for word in lesson.words)
    return {
        "words": ["<pad>", "<unk>", *sorted(w for w, n in words.items() if n >= 2)],
        "labels": sorted(label for label, n in labels.items() if n >= 5),
        "places": ["", *sorted(p for p, n in places.items() if n >= 4 and p)],
        "parts": sorted(p for p, n in parts.items() if n >= 3),
    }


@dataclass(frozen=True)
class Shown:
    """Words, hints and claims of a lesson, or of the first sentences of one or two."""

    words: list[str]
    hints: list[tuple[int, int, str, str, str]]
    claims: list[Anchored]


class Batches:
    """Lessons -> tensors; now and then only the first sentences of a text, or those of two."""

    def __init__(
        self, names: dict[str, list[str]], rng: random.Random, *, pool: Sequence[Lesson]
    ) -> None:
        self.row = {key: {n: i for i, n in enumerate(found)} for key, found in names.items()}
        self.rng = rng
        self.pool = pool
        self._whole: dict[int, Shown] = {}

    def batch(self, lessons: list[Lesson]) -> tuple[Tensor, ...]:
        """Ids, spelling, hints (B, T, L), labels (B, T, L), details (N, 9) and what hints told."""
        shown = [self._shown(lesson) for lesson in lessons]
        longest = max(len(one.words) for one in shown)
        count, labels, parts = len(lessons), len(self.row["labels"]), len(self.row["parts"])
        ids = torch.zeros(count, longest, dtype=torch.long)
        read, wanted = torch.zeros(count, longest, labels), torch.zeros(count, longest, labels)
        grams: list[int] = []
        starts: list[int] = []
        details, told = [], []
        for b, one in enumerate(shown):
            turn = other_side if self.rng.random() < 0.5 else str
            for t in range(longest):
                starts.append(len(grams))
                if t >= len(one.words):
                    grams.append(0)
                    continue
                word = turn(one.words[t])
                grams += pieces_of(word)
                ids[b, t] = 1 if self.rng.random() < 0.06 else self.row["words"].get(word, 1)
            hints = [] if self.rng.random() < 0.25 else self._hints(one, turn)
            for first, last, label, _, _ in hints:
                read[b, first:last, label] = 1
            for claim in one.claims:
                label = self.row["labels"].get(turn(claim.label))
                if label is None:
                    continue
                wanted[b, claim.word, label] = claim.chance
                if claim.chance < 0.5:
                    continue
                details.append((b, claim.word, label, *self._details(claim, turn)))
                row = torch.zeros(1 + len(SIDES) + parts)
                for first, last, hinted, side, part in hints:
                    if hinted == label and first <= claim.word < last:
                        row[[0, 1 + side]] = 1
                        row[1 + len(SIDES) + part if part >= 0 else 0] = 1
                told.append(row)
        return (
            ids, torch.tensor(grams), torch.tensor(starts), read, wanted,
            torch.tensor(details, dtype=torch.long).view(-1, 9),
            torch.stack(told) if told else torch.zeros(0, 1 + len(SIDES) + parts),
        )  # fmt: skip

    def _details(self, claim: Anchored, turn: Turn) -> tuple[int, ...]:
        return (
            SIDES.index(turn(claim.side)),
            self.row["parts"].get(claim.part, IGNORED),
            KINDS.index(claim.kind) if claim.kind else IGNORED,
            self.row["places"].get(claim.place, IGNORED),
            SIDES.index(turn(claim.place_side)),
            int(claim.negated),
        )

    def _shown(self, lesson: Lesson) -> Shown:
        chance = self.rng.random()
        if chance < 0.6:
            return self._as_a_whole(lesson)
        first = self._beginning(self._as_a_whole(lesson))
        if chance < 0.8:
            return first
        other = self._beginning(self._as_a_whole(self.rng.choice(self.pool)))
        if len(first.words) + len(other.words) > 90:
            return first
        by = len(first.words)
        return Shown(
            first.words + other.words,
            first.hints + [(a + by, b + by, *rest) for a, b, *rest in other.hints],  # pyright: ignore
            first.claims + [_moved(claim, by) for claim in other.claims],
        )

    def _as_a_whole(self, lesson: Lesson) -> Shown:
        found = self._whole.get(id(lesson))
        if found is None:
            texts = [w.text for w in lesson.words]
            words = [NUMBER if text.isdigit() and len(text) > 1 else text for text in texts]
            hints = []
            for hint in lesson.hints:
                at = [
                    i
                    for i, w in enumerate(lesson.words)
                    if w.start < hint.end and w.end > hint.start
                ]
                if at:
                    label = label_of(hint.change)
                    hints.append((at[0], at[-1] + 1, label, hint.side, hint.part))
            found = self._whole[id(lesson)] = Shown(words, hints, lesson.anchored)
        return found

    def _beginning(self, one: Shown) -> Shown:
        """The first sentences: what they refer to stands in them."""
        ends = [i + 1 for i, word in enumerate(one.words) if word == "."]
        if len(ends) < 2:
            return one
        end = self.rng.choice(ends)
        return Shown(
            one.words[:end],
            [hint for hint in one.hints if hint[1] <= end],
            [claim for claim in one.claims if claim.word < end],
        )

    def _hints(self, one: Shown, turn: Turn) -> list[tuple[int, int, int, int, int]]:
        found = []
        for first, last, label, side, part in one.hints:
            row = self.row["labels"].get(turn(label))
            if row is not None:
                parts = self.row["parts"].get(part, -1)
                found.append((first, last, row, SIDES.index(turn(side)), parts))
        return found


def _moved(claim: Anchored, by: int) -> Anchored:
    return Anchored(
        claim.word + by, claim.label, claim.side, claim.part, claim.kind, claim.place,
        claim.place_side, claim.negated, claim.chance,
    )  # fmt: skip
