"""The phrase banks, read from `writer.phrasings` into the form that wording needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from autocompose.language.words import gerund, participle, plural_of, third_person
from autocompose.language.writer.phrasings import (
    known_places,
    known_words,
    new_words,
    sentence_forms,
)
from autocompose.language.writer.phrasings.sentence_forms import SentenceFrame


class PhrasingBank(str, Enum):
    """Disjoint sets of sentence forms; all but ``new_words`` use the words of ``train``."""

    TRAIN = "train"
    VAL = "val"
    NEW_FORMS = "new_forms"
    NEW_WORDS = "new_words"


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb in all its forms, with its particle.

    Args:
        place: it takes a place ("put it *on* the hip").
        whole: its subject is the whole person.
    """

    base: str
    particle: str
    place: bool
    whole: bool
    third: str
    gerund: str
    participle: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause form and what it needs."""

    form: str
    slots: frozenset[str]
    particle: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """A frame with its forms parsed."""

    frame: SentenceFrame
    clauses: tuple[Clause, ...]
    person: tuple[Clause, ...]


@dataclass(frozen=True)
class Bank:
    """Everything one bank may write.

    Args:
        grammars: style -> its frames; ``mixed`` has those that are chosen by weight.
        actions, intransitive, person: (kind, move) -> verbs, see `known_words`.
        nouns: (kind, move or "") -> nouns.
    """

    grammars: dict[str, tuple[Grammar, ...]]
    weights: tuple[float, ...]
    actions: dict[tuple[str, str], tuple[Verb, ...]]
    intransitive: dict[tuple[str, str], tuple[Verb, ...]]
    person: dict[tuple[str, str], tuple[Verb, ...]]
    nouns: dict[tuple[str, str], tuple[str, ...]]
    levels: dict[str, tuple[str, ...]]
    degrees_after: dict[int, tuple[str, ...]]
    degrees_before: dict[int, tuple[str, ...]]
    analogies: dict[str, tuple[str, ...]]


Reached = tuple[str, str]
"""How a clause says where a part ends: as a goal ("to the hip") and as a place ("on the hip")."""

_FRAMES = {
    PhrasingBank.TRAIN: sentence_forms.TRAIN,
    PhrasingBank.VAL: sentence_forms.VAL,
    PhrasingBank.NEW_FORMS: sentence_forms.NEW_FORMS,
    PhrasingBank.NEW_WORDS: sentence_forms.NEW_WORDS,
}


@lru_cache(maxsize=4)
def bank(name: PhrasingBank) -> Bank:
    """Load a bank once."""
    words = new_words if name is PhrasingBank.NEW_WORDS else known_words
    places = new_words if name is PhrasingBank.NEW_WORDS else known_places

    def both(attribute: str) -> dict[tuple[str, str], str]:
        return {**getattr(known_words, attribute), **getattr(words, attribute)}

    frames = _FRAMES[name]
    grammars = {
        style: tuple(_grammar(f) for f in frames if f.style == style)
        for style in dict.fromkeys(f.style for f in frames)
    }
    mixed = [f for f in frames if f.weight > 0]
    grammars["mixed"] = tuple(_grammar(f) for f in mixed)
    return Bank(
        grammars=grammars,
        weights=tuple(f.weight for f in mixed),
        actions=_verbs(both("ACTIONS")),
        intransitive=_verbs(both("INTRANSITIVE")),
        person=_verbs(both("PERSON"), whole=True),
        nouns={key: _list(value) for key, value in both("NOUNS").items()},
        levels=places.LEVELS,
        degrees_after=words.DEGREES_AFTER,
        degrees_before=words.DEGREES_BEFORE,
        analogies=words.ANALOGIES,
    )


@lru_cache(maxsize=4096)
def reached(
    name: PhrasingBank, kind: str, move: str, side: str, result: tuple[str, ...]
) -> tuple[Reached, ...]:
    """All ways to say the state in which a fact ends; ``{d}`` stands for a determiner.

    Returns:
        Alternatives, empty when the state says nothing that the verb does not.
    """
    table = known_places.RESULTS
    if not result:
        options = _pairs(table.get((kind, move, ""), ""))
    elif result[0] in ("at", "on", "off", "together"):
        options = _places(bank(name), side, result)
    else:
        key = "bend" if kind in ("elbow", "knee") and move != "to_floor" else kind
        options = _pairs(table.get((key, move, result[0])) or table.get((key, "", result[0]), ""))
    options = tuple((_fill(g, side), _fill(p, side)) for g, p in options)
    if side == "both":
        options = tuple((_plural_place(g), _plural_place(p)) for g, p in options)
    return tuple((_determiner(g), _determiner(p)) for g, p in options)


@lru_cache(maxsize=256)
def tails(joint: str, state: str, side: str) -> tuple[str, ...]:
    """What the joint of a limb does meanwhile: "the elbow straight"; ``{d}`` as in `reached`."""
    found = []
    for text in known_places.TAILS[state]:
        text = text.replace("{joint}", f"{joint}s" if side == "both" else joint)
        if side == "both":
            text = text.replace("at a right angle", "at right angles")
        found.append(text.replace("the ", "{d} ", 1))
    return tuple(found)


def _places(words: Bank, side: str, result: tuple[str, ...]) -> tuple[Reached, ...]:
    levels = [_pair(text) for text in words.levels.get(result[1], ())]
    if result[0] == "together":
        if side == "both":
            return tuple((f"{t} {p}", f"{t} {p}") for t in known_places.TOGETHER for _, p in levels)
        return tuple(
            (f"{goal} {{other}} hand {p}", f"{place} {{other}} hand {p}")
            for goal, place in (("to the", "next to the"), ("over to the", "touching the"))
            for _, p in levels
        )
    if result[0] == "on":
        return tuple(_pair(text) for text in known_places.CONTACTS[result[1]])
    if result[0] == "off":
        leaving = known_places.LEAVING[result[1]]
        return ((leaving, leaving if leaving.startswith("away") else ""),)
    level, direction = result[1], result[2]
    special = [_pair(text) for text in known_places.SPECIAL_PLACES.get((level, direction), ())]
    if special and level == "over":
        plain = words.levels is known_places.LEVELS
        return tuple(special if plain else [*special[:1], *levels])
    combined = _combined(levels, direction)
    if special and words.levels is known_places.LEVELS:
        return tuple(special * 2 + combined[:3])
    return tuple(combined)


def _combined(levels: list[Reached], direction: str) -> list[Reached]:
    """Level and direction: "out to the side at chest height", "to chest height beside the body"."""
    combined = []
    for i, (goal, place) in enumerate(levels):
        for j, way in enumerate(known_places.DIRECTIONS[direction]):
            if direction in known_places.LEVEL_FIRST and (i + j) % 3:
                combined.append((f"{goal} {way}", f"{place} {way}"))
            else:
                combined.append((f"{way} {place}", f"{way} {place}"))
    return combined


_OTHER = {"left": "right", "right": "left", "both": "opposite", "": ""}
_BODY_NOUNS = (
    "body|back|hips?|chest|head|face|shoulders?|stomach|belly|waist|thighs?|knees?|sides?|legs?|"
    "lower back|"
    "(?:left|right|opposite) (?:hip|knee|shoulder|elbow|foot|hand|leg)"
)
_DETERMINED = re.compile(rf"\bthe (?=(?:{_BODY_NOUNS})\b)")


def _determiner(text: str) -> str:
    # "to the side" is a direction: "out to your side" is another place.
    return _DETERMINED.sub("{d} ", text).replace("to {d} side", "to the side")


def _plural_place(text: str) -> str:
    text = text.replace("the both ", "the ")
    for one in ("hip", "knee", "shoulder", "foot"):
        many = plural_of(one)
        text = text.replace(f"both {one}", many)
        text = text.replace(f"opposite {one}", f"opposite {many}")
        text = re.sub(
            rf"\b(to|by|beside|next to|of|on|near|touching) the {one}\b(?! height| level)",
            rf"\1 the {many}",
            text,
        )
    for one in ("hand", "elbow", "leg"):
        text = text.replace(f"opposite {one}", f"opposite {plural_of(one)}")
    text = text.replace("at a right angle", "at right angles")
    text = re.sub(r"\bthe thigh\b", "the thighs", text)
    return re.sub(r"\b(to|by|at) the side\b(?! of)", r"\1 the sides", text)


def _fill(text: str, side: str) -> str:
    return text.replace("{side}", side).replace("{other}", _OTHER[side])


def _pairs(text: str) -> tuple[Reached, ...]:
    return tuple(_pair(part) for part in text.split(", ")) if text.strip() else ()


def _pair(text: str) -> Reached:
    goal, _, place = text.partition(":")
    return goal.strip(), place.strip()


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _verbs(
    table: dict[tuple[str, str], str], *, whole: bool = False
) -> dict[tuple[str, str], tuple[Verb, ...]]:
    return {
        key: tuple(_verb(text, whole=whole) for text in _list(value))
        for key, value in table.items()
    }


def _verb(text: str, *, whole: bool) -> Verb:
    base, _, particle = text.partition("|")
    place = base.endswith("*")
    base = base.rstrip("*")
    return Verb(base, particle, place, whole, third_person(base), gerund(base), participle(base))


def _grammar(frame: SentenceFrame) -> Grammar:
    return Grammar(frame, tuple(map(_clause, frame.clauses)), tuple(map(_clause, frame.person)))


def _clause(form: str) -> Clause:
    slots = frozenset(re.findall(r"{(\w+)!?}", form))
    return Clause(form.replace("!}", "}"), slots, particle="{prt!}" in form)
