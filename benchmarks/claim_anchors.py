"""Labelled claims -> the word of the text that names each claim, for teaching the tagger.

The labels say in which words a claim stands. Which of them names the change ("lift" of "lift the
left arm") is estimated from all texts: a word counts for a change by how often they meet and by how
seldom the word meets other changes. Two claims never share a word and a change: the second one of
"lift the right arm and leg" stands at "leg".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from autocompose.language.reader.rule_reader import read_by_rules
from autocompose.tagger.claimed_change import Change
from autocompose.tagger.spelled_words import Word, split_words
from autocompose.tagger.tag import Hint, label_of

ROUNDS = 6
SILENT = frozenset({
    "the", "a", "an", "your", "you", "of", "it", "its", "and", "with", "to", "that", "this",
    "is", "are", "be", "while", "then", "so", "as", "by", "for", "his", "her", "their", "both",
    "<gap>", "-", ",", ".", ";", ":", "(", ")",
})  # fmt: skip
_SAME_PART = {
    "hip": "hips", "sole": "foot", "ankle": "foot", "back": "torso", "wrist": "hand",
    "chin": "head", "face": "head", "neck": "head", "eyes": "gaze", "chest": "torso",
    "waist": "torso", "lower leg": "shin",
}  # fmt: skip
_PART_WORDS = {
    "arm": "arm arms", "hand": "hand hands wrist wrists fist", "elbow": "elbow elbows",
    "leg": "leg legs", "knee": "knee knees", "foot": "foot feet", "thigh": "thigh thighs",
    "shin": "shin shins", "head": "head face", "gaze": "gaze eyes look",
    "torso": "torso trunk chest back", "body": "body weight you", "hips": "hips pelvis hip",
    "forearm": "forearm forearms", "heel": "heel heels", "toes": "toes toe",
    "shoulder": "shoulder shoulders", "palm": "palm palms",
}  # fmt: skip
PART_OF_WORD = {word: part for part, words in _PART_WORDS.items() for word in words.split()}


@dataclass(frozen=True)
class Anchored:
    """A claim at its word; ``chance`` is below 1 where other weights found it."""

    word: int
    label: str
    side: str
    part: str
    kind: str
    place: str
    place_side: str
    negated: bool
    chance: float = 1.0


@dataclass
class Lesson:
    """A text, what it claims, and what the rules read in it."""

    text: str
    claims: list[tuple[str, str, str]]
    weight: float = 1.0
    words: list[Word] = field(default_factory=list)
    anchored: list[Anchored] = field(default_factory=list)
    hints: tuple[Hint, ...] = ()

    def __post_init__(self) -> None:
        """Split the text and let the rules read it."""
        self.words = split_words(self.text)
        self.hints = tuple(
            Hint(*c.span, c.side, c.part, c.change)
            for c in read_by_rules(self.text)
            if c.change.is_read
        )


def read_claim(claim: str) -> tuple[str, str, Change]:
    """Side, part and change of a label, in the closed vocabulary of the tagger."""
    head, words = (part.strip() for part in claim.split(":", 1))
    first = head.split(" ", 1)[0]
    side = first if first in ("left", "right", "both") else ""
    part = head[len(side) :].strip()
    words = re.sub(r"\b(buttocks?|pelvis)\b", "hips", words)
    words = re.sub(r"\b(stomach|abdomen)\b", "belly", words)
    words = words.replace("beyond ", "past ").replace("less weight on", "weight on")
    return side, _SAME_PART.get(part, part), Change.parse(words)


def anchor(lessons: list[Lesson]) -> None:
    """Find the word of every claim, in place."""
    spans = [[_covered(lesson, claim[2]) for claim in lesson.claims] for lesson in lessons]
    read = [[read_claim(claim[0]) for claim in lesson.claims] for lesson in lessons]
    scores: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in range(ROUNDS):
        scores = _estimate(lessons, spans, read, scores)
    for lesson, covered, claims in zip(lessons, spans, read, strict=True):
        taken: set[tuple[int, str]] = set()
        placed: dict[int, Anchored] = {}
        for k in sorted(range(len(claims)), key=lambda k: len(covered[k])):
            side, part, change = claims[k]
            label = label_of(change)
            word = _word(lesson, covered[k], (label, part), scores, taken)
            if word is not None:
                taken.add((word, label))
                placed[k] = Anchored(
                    word, label, side, part, lesson.claims[k][1], change.place,
                    change.place_side, change.negated,
                )  # fmt: skip
        lesson.anchored = [placed[k] for k in sorted(placed)]


def _covered(lesson: Lesson, said: str) -> list[int]:
    """The words in which a claim stands; all where the label does not say."""
    start = lesson.text.find(said) if said else 0
    end = start + len(said) if said else len(lesson.text)
    inside = [i for i, w in enumerate(lesson.words) if w.start < end and w.end > start]
    telling = [i for i in inside if lesson.words[i].text not in SILENT]
    return telling or inside


def _estimate(lessons, spans, read, scores):
    met: dict[tuple[str, str], float] = defaultdict(float)
    for lesson, covered, claims in zip(lessons, spans, read, strict=True):
        for (_, _, change), words, claim in zip(claims, covered, lesson.claims, strict=True):
            if not claim[2] or not words:
                continue
            keys = [(lesson.words[i].text, label_of(change)) for i in words]
            total = sum(scores[key] for key in keys)
            for key in keys:
                met[key] += scores[key] / total
    of_label: dict[str, float] = defaultdict(float)
    of_word: dict[str, float] = defaultdict(float)
    for (word, label), value in met.items():
        of_label[label] += value
        of_word[word] += value
    found: dict[tuple[str, str], float] = defaultdict(lambda: 1e-6)
    for (word, label), value in met.items():
        found[word, label] = value / (of_label[label] + 5) * value / (of_word[word] + 2) + 1e-6
    return found


def _word(
    lesson: Lesson,
    covered: Iterable[int],
    what: tuple[str, str],
    scores: dict[tuple[str, str], float],
    taken: set[tuple[int, str]],
) -> int | None:
    label, part = what
    best = sorted(covered, key=lambda i: (-scores[lesson.words[i].text, label], i))
    if not best:
        return None
    if (best[0], label) not in taken:
        return best[0]
    free = [i for i in best if (i, label) not in taken]
    named = sorted(i for i in free if PART_OF_WORD.get(lesson.words[i].text) == part)
    later = [i for i in named if i > best[0]]
    return next(iter(later or named or free), None)
