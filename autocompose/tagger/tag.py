"""Text -> tags: which words of a text claim what of which part.

A tag stands at the word that names the change ("raise", "bent", "behind"). `Tagger.tag` shows the
network every text with the side that it names first as left, so a mirrored text gets exactly the
mirrored tags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from safetensors import SafetensorError, safe_open

from autocompose.errors import CheckpointError
from autocompose.tagger.claimed_change import Change
from autocompose.tagger.network import Floats, Network
from autocompose.tagger.spelled_words import (
    NUMBER,
    Word,
    begins_right,
    exchange_sides,
    other_side,
    split_words,
)

WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"
FOUND = 0.5
"""Probability from which a word is said to name a change; lower finds more and errs more."""
SIDES = ("", "left", "right", "both")
KINDS = ("m", "s", "r")
_UNKNOWN = 1
_RELATED = frozenset(
    {"in line with", "level with", "away from", "closer to", "weight on", "above", "below", "under",
     "between", "past", "on", "off", "near", "toward", "to", "outside", "inside", "at"}
)  # fmt: skip
_NUMBERS = {
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "right": 90, "hundred": 100,
}  # fmt: skip
_NEAR = 5
"""Words within which the number of an angle stands."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What the rules read: a change of a part between ``start`` and ``end`` in characters."""

    start: int
    end: int
    side: str
    part: str
    change: Change
    kind: str = "m"


@dataclass(frozen=True, slots=True)
class Tag:
    """What a word of a text claims, or several words where the rules see what nobody can judge.

    Args:
        word: which word of the text names the change.
        last: the last such word; ``word`` where the network found it.
        start: of the words, in characters of the text; ``end`` likewise.
        side: ``left``, ``right``, ``both`` or empty.
        part: as in the labelled texts: ``arm``, ``knee``, ``torso`` ...
        change: with its place.
        kind: ``m`` movement, ``s`` state at the end, ``r`` remark on the start or what stays.
        probability: that the word names the change.
        sure: that all of this is read right: the product of its probabilities.
    """

    word: int
    last: int
    start: int
    end: int
    side: str
    part: str
    change: Change
    kind: str
    probability: float
    sure: float = 1.0

    def mirrored(self, words: Sequence[Word]) -> Tag:
        """The same of the mirrored text, which has these words."""
        side, change = other_side(self.side), self.change.mirrored()
        start, end = words[self.word].start, words[self.last].end
        return replace(self, start=start, end=end, side=side, change=change)


ReadByRules: TypeAlias = Callable[[str], tuple[Hint, ...]]


def _nothing(text: str) -> tuple[Hint, ...]:
    return ()


def label_of(change: Change) -> str:
    """The network's label of a change: without place, number and negation."""
    bare = Change(change.kind, change.way)
    words = str(change.plain())
    if words.endswith(" height"):
        return f"{change.way} height"
    if change.place or change.way in ("in front", "behind", "beside"):
        return {"in front": "in front of"}.get(change.way, str(bare))
    head, _, number = words.rpartition(" ")
    return f"{head} #" if number.isdigit() else words


class Tagger:
    """The shipped network and its vocabulary.

    Raises:
        CheckpointError: the file is missing or not such a network.
    """

    def __init__(self, path: Path = WEIGHTS) -> None:
        try:
            with safe_open(path, framework="numpy") as file:
                self._names = json.loads((file.metadata() or {})["names"])
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise CheckpointError(
                f"{path}: not the weights of the reader ({error}); reinstall the package"
            ) from None
        self._style = np.asarray(weights.pop("style"), dtype=np.float32)
        self._networks = [
            Network({n[2:]: w for n, w in weights.items() if n.startswith(f"{i}.")})
            for i in range(int(self._names["networks"]))
        ]
        self._word = {word: row for row, word in enumerate(self._names["words"])}
        self._label = {label: row for row, label in enumerate(self._names["labels"])}
        self._part = {part: row for row, part in enumerate(self._names["parts"])}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The changes that it knows, without their places."""
        return tuple(self._names["labels"])

    def tag(self, text: str, read: ReadByRules = _nothing, *, found: float = FOUND) -> list[Tag]:
        """Find what a text claims.

        Args:
            text: any English.
            read: the rules, for what they read in the text or in its mirror image.
            found: probability from which a tag counts.

        Returns:
            Tags in the order of the text. What the rules see and cannot read stays, with
            probability 0, where the network found nothing.
        """
        words = split_words(text)
        if not words:
            return []
        if begins_right(words):
            tags = self._tag_left(exchange_sides(text), read, found)
            return [tag.mirrored(words) for tag in tags]
        return self._tag_left(text, read, found)

    def _tag_left(self, text: str, read: ReadByRules, found: float) -> list[Tag]:
        """Tags of a text whose first side is left."""
        words = split_words(text)
        given = [(hint, *_covered(hint, words)) for hint in read(text)]
        told = [self._hint(*one) for one in given if one[0].change.is_read]
        ruled = np.zeros((len(words), len(self._label)), dtype=np.float32)
        for first, last, label, _, _ in told:
            if label >= 0:
                ruled[first:last, label] = 1
        tags = self._found(words, ruled, told=told, found=found)
        at = {tag.word for tag in tags}
        for hint, first, last in given:
            if not hint.change.is_read and first < last and not at & set(range(first, last)):
                start, end = words[first].start, words[last - 1].end
                tags.append(
                    Tag(
                        first,
                        last - 1,
                        start,
                        end,
                        hint.side,
                        hint.part,
                        hint.change,
                        hint.kind,
                        0.0,
                    )
                )
        return sorted(tags, key=lambda tag: tag.word)

    def _found(
        self,
        words: list[Word],
        ruled: Floats,
        *,
        told: list[tuple[int, int, int, int, int]],
        found: float,
    ) -> list[Tag]:
        """What the network finds, beside what the rules read."""
        spelled = [_spelled(word) for word in words]
        ids = [self._word.get(word, _UNKNOWN) for word in spelled]
        encoded = [network.encode(ids, spelled, ruled) for network in self._networks]
        pairs = list(zip(self._networks, encoded, strict=True))
        chances = _mean([network.changes(e, ruled) for network, e in pairs])
        at, change = (chances > found).nonzero()
        if not len(at):
            return []
        hints = self._told(at, change, told)
        each = [network.details(e, at=at, change=change, hints=hints) for network, e in pairs]
        spread = {name: _mean([d[name] for d in each]) for name in each[0]}
        details = {name: rows.argmax(-1).tolist() for name, rows in spread.items()}
        sure = np.prod([rows.max(-1) for rows in spread.values()], axis=0).tolist()
        return [
            self._tag(
                words,
                word,
                self.labels[label],
                rows={name: row[i] for name, row in details.items()},
                chance=float(chances[word, label]),
                sure=sure[i],
            )
            for i, (word, label) in enumerate(zip(at.tolist(), change.tolist(), strict=True))
        ]

    def describes(self, text: str) -> bool:
        """Whether a text is worded like a description by a model, not like orders by people.

        A linear classifier of the words; it knows no sides.
        """
        words = [_spelled(w) for w in split_words(text)]
        words = [word for word in words if other_side(word) == word]
        rows = [self._word.get(word, _UNKNOWN) for word in words]
        evidence = self._style[rows].sum() / max(len(rows), 1) ** 0.5
        return float(evidence + self._style[-1]) > 0

    def _hint(self, hint: Hint, first: int, last: int) -> tuple[int, int, int, int, int]:
        row = self._label.get(label_of(hint.change), -1) if first < last else -1
        return first, last, row, SIDES.index(hint.side), self._part.get(hint.part, -1)

    def _told(
        self, at: np.ndarray, change: np.ndarray, given: list[tuple[int, int, int, int, int]]
    ) -> Floats:
        told = np.zeros((len(at), 1 + len(SIDES) + len(self._part)), dtype=np.float32)
        for i, (word, label) in enumerate(zip(at.tolist(), change.tolist(), strict=True)):
            for first, last, row, side, part in given:
                if row == label and first <= word < last:
                    told[i, 0] = told[i, 1 + side] = 1
                    if part >= 0:
                        told[i, 1 + len(SIDES) + part] = 1
        return told

    def _tag(
        self,
        words: list[Word],
        at: int,
        label: str,
        *,
        rows: dict[str, int],
        chance: float,
        sure: float,
    ) -> Tag:
        place = self._names["places"][rows["place"]]
        side, place_side = SIDES[rows["side"]], SIDES[rows["pside"]]
        said = _said(label, words, at, place=f"{place_side} {place}".strip() if place else "")
        change = Change.parse(f"not {said}" if rows["neg"] else said)
        word = words[at]
        part = self._names["parts"][rows["part"]]
        kind = KINDS[rows["kind"]]
        return Tag(at, at, word.start, word.end, side, part, change, kind, chance, chance * sure)


@lru_cache(maxsize=1)
def shipped_tagger() -> Tagger:
    """The tagger of this package, loaded once."""
    return Tagger()


def _covered(hint: Hint, words: list[Word]) -> tuple[int, int]:
    """``[first, last)`` of the words that a hint covers; (0, 0) where there is none."""
    at = [i for i, w in enumerate(words) if w.start < hint.end and w.end > hint.start]
    return (at[0], at[-1] + 1) if at else (0, 0)


def _mean(values: list[Floats]) -> Floats:
    return values[0] if len(values) == 1 else np.mean(values, axis=0)


def _spelled(word: Word) -> str:
    return NUMBER if word.text.isdigit() and len(word.text) > 1 else word.text


def _said(label: str, words: list[Word], at: int, *, place: str) -> str:
    """A label with its place or number, in the notation of changes."""
    if label.endswith(" height"):
        return f"{label[:-7]} {place or 'shoulder'} height"
    if label == "in front of":
        return f"in front of {place}" if place else "in front"
    if label in ("behind", "beside") or label in _RELATED:
        return f"{label} {place}".strip()
    if label.endswith(" #"):
        number = _number(words, at)
        plain = {"bent #": "bend"}.get(label, label[:-2])
        return plain if number is None else f"{label[:-2]} {number}"
    return label


def _number(words: list[Word], at: int) -> int | None:
    """The number of degrees nearest to a word."""
    near = sorted(
        range(max(at - _NEAR, 0), min(at + _NEAR + 1, len(words))), key=lambda i: abs(i - at)
    )
    for i in near:
        text = words[i].text
        angle = i + 1 < len(words) and words[i + 1].text in ("angle", "angles", "angled")
        if text.isdigit():
            return int(text)
        if text in _NUMBERS and (text != "right" or angle):
            after = words[i + 2].text if i + 2 < len(words) else ""
            ones = (
                {"five": 5}.get(after if words[i + 1].text == "-" else words[i + 1].text, 0)
                if i + 1 < len(words)
                else 0
            )
            return _NUMBERS[text] + ones
    return None
