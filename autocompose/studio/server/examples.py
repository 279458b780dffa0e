"""The worked examples of Retrieve: short test queries of different people. No gradio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autocompose.data.files import read_json
from autocompose.errors import CaptionFileError
from autocompose.schema import PosePair

WORDS = range(9, 19)
"""Words of a text that is read at a glance."""

UPRIGHT = 0.85
"""Metres from floor to pelvis: a body on its feet is understood faster than one on the floor."""

GOOD_RANK = 5
"""Targets up to this rank are found well enough to choose by the look of the picture."""

SHOWN = 3
"""Examples on the page."""

PINNED = "examples.json"
"""File of a dataset folder with examples that somebody chose."""

CANDIDATES = 8
"""Per person; so many are tried with the model to pick the one it answers best."""


@dataclass(frozen=True)
class Example:
    """A query that somebody can click. ``pair.target`` is what should be found."""

    pair: PosePair
    text: str


def query_texts(pair: PosePair) -> tuple[str, ...]:
    """The test queries a caption file holds for a pair: ``sents``, or the rules' own texts."""
    return tuple(pair.texts.get("sents") or pair.texts.get("auto") or ())


def pinned_examples(dataset: Path, pairs: Sequence[PosePair]) -> tuple[Example, ...]:
    """The examples that a dataset folder names in `PINNED`; none where it has no such file.

    Args:
        dataset: the folder; the file is a list of ``{"reference", "target", "text"}``.
        pairs: on show; examples of other pairs are left out.
    """
    path = dataset / PINNED
    if not path.is_file():
        return ()
    try:
        rows = read_json(path)
    except CaptionFileError:
        return ()
    by_names = {(pair.reference.id, pair.target.id): pair for pair in pairs}
    found = []
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not isinstance(text := row.get("text"), str):
            continue
        pair = by_names.get((str(row.get("reference")), str(row.get("target"))))
        if pair is not None and text.strip():
            found.append(Example(pair, text.strip()))
    return tuple(found[:SHOWN])


def candidate_examples(pairs: Sequence[PosePair]) -> tuple[Example, ...]:
    """At most `CANDIDATES` examples per person, one per clip while there are enough clips.

    Upright bodies come first, among them texts of `WORDS` words that read like a sentence.
    """
    found: dict[str, list[Example]] = {}
    for pair in pairs:
        for text in query_texts(pair):
            found.setdefault(pair.reference.info.person or pair.id, []).append(Example(pair, text))
    return tuple(example for examples in found.values() for example in _first(examples))


def pick_examples(
    candidates: Sequence[Example], n: int = SHOWN, *, rank: Callable[[Example], int] | None = None
) -> tuple[Example, ...]:
    """One example per person, then more until there are ``n``.

    Targets that are found come first, among them upright bodies.

    Args:
        candidates: in order of preference per person.
        n: how many.
        rank: where a model ranks an example's target, from 1; None while there is no model.
    """
    ordered = list(candidates)
    if rank is not None:
        ranks = {id(example): rank(example) for example in candidates}
        ordered.sort(key=lambda e: (ranks[id(e)] > GOOD_RANK, not _upright(e), ranks[id(e)]))
    chosen: list[Example] = []
    for avoid_person in (True, False):
        for example in ordered:
            people = {other.pair.reference.info.person for other in chosen}
            used = {other.pair.id for other in chosen} | {other.text for other in chosen}
            person = example.pair.reference.info.person
            if len(chosen) < n and not used & {example.pair.id, example.text}:
                if avoid_person and person and person in people:
                    continue
                chosen.append(example)
    return tuple(chosen)


def _first(examples: list[Example]) -> list[Example]:
    ordered = sorted(examples, key=_awkwardness)
    clips: dict[str, Example] = {}
    for example in ordered:
        clips.setdefault(example.pair.reference.info.clip or example.pair.id, example)
    kept = list(clips.values())[:CANDIDATES]
    return kept + [e for e in ordered if e not in kept][: CANDIDATES - len(kept)]


def _awkwardness(example: Example) -> tuple[int, int, int]:
    text = example.text
    words = len(text.split())
    sentence = text[:1].isupper() and text.endswith(".")
    at_a_glance = 0 if words in WORDS else 1 + abs(words - 13)
    return (0 if _upright(example) else 1, at_a_glance, 0 if sentence else 1)


def _upright(example: Example) -> bool:
    floor = example.pair.reference.floor_y
    return floor is None or floor < -UPRIGHT
