"""The phrase banks, read from `autocompose.pose.phrasings` into the form that wording needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from autocompose.pose.phrasings import known_words, new_words, sentence_forms
from autocompose.pose.phrasings.sentence_forms import Forms
from autocompose.pose.phrasings.verb_forms import gerund, participle, third_person


class PhrasingBank(str, Enum):
    """Disjoint sets of sentence forms; all but ``new_words`` use the words of ``train``."""

    TRAIN = "train"
    VAL = "val"
    NEW_FORMS = "new_forms"
    NEW_WORDS = "new_words"


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb in all its forms, with its particle; ``place`` marks "put it *on* the hip"."""

    base: str
    particle: str
    place: bool
    third: str
    gerund: str
    participle: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause form and what it needs."""

    form: str
    slots: frozenset[str]
    particle: bool
    degree: bool


@dataclass(frozen=True)
class Bank:
    """Everything one bank may write.

    Args:
        clauses: style -> clause forms.
        actions, intransitive, person: (kind, move) -> verbs, see `known_words`.
        nouns: (kind, move or "") -> nouns.
    """

    forms: Forms
    clauses: dict[str, tuple[Clause, ...]]
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


@lru_cache(maxsize=4)
def bank(name: PhrasingBank) -> Bank:
    """Load a bank once."""
    forms = {
        PhrasingBank.TRAIN: sentence_forms.TRAIN,
        PhrasingBank.VAL: sentence_forms.VAL,
        PhrasingBank.NEW_FORMS: sentence_forms.NEW_FORMS,
        PhrasingBank.NEW_WORDS: sentence_forms.NEW_WORDS,
    }[name]
    new = name is PhrasingBank.NEW_WORDS
    words = new_words if new else known_words

    def both(attribute: str) -> dict:
        return {**getattr(known_words, attribute), **getattr(words, attribute)}

    return Bank(
        forms=forms,
        clauses={key: tuple(_clause(c) for c in s.clauses) for key, s in forms.styles.items()},
        actions=_verbs(both("ACTIONS")),
        intransitive=_verbs(both("INTRANSITIVE")),
        person=_verbs(words.PERSON),
        nouns={key: _list(value) for key, value in both("NOUNS").items()},
        levels=words.LEVELS,
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
    if not result:
        options = _pairs(known_words.RESULTS.get((kind, move, ""), ""))
    elif result[0] in ("at", "on", "together"):
        options = _places(bank(name), side, result)
    else:
        key = "bend" if kind in ("elbow", "knee") else kind
        table = known_words.RESULTS
        options = _pairs(table.get((key, move, result[0])) or table.get((key, "", result[0]), ""))
    if side == "both":
        options = tuple((_plural_place(g), _plural_place(p)) for g, p in options)
    return tuple((_determiner(g), _determiner(p)) for g, p in options)


def _places(words: Bank, side: str, result: tuple[str, ...]) -> tuple[Reached, ...]:
    levels = [_pair(text) for text in words.levels.get(result[1], ())]
    if result[0] == "together":
        if side == "both":
            return tuple((f"{t} {p}", f"{t} {p}") for t in known_words.TOGETHER for _, p in levels)
        other = _OTHER[side]
        return tuple(
            (f"{goal} {other} hand {p}", f"{place} {other} hand {p}")
            for goal, place in (("to the", "next to the"), ("over to the", "touching the"))
            for _, p in levels
        )
    if result[0] == "on":
        texts = known_words.CONTACTS[result[1]]
        names = {"side": side, "other": _OTHER[side]}
        return tuple(_pair(_fill(text, names)) for text in texts)
    level, direction = result[1], result[2]
    options = [_pair(text) for text in known_words.SPECIAL_PLACES.get((level, direction), ())]
    keep_level = words.levels is not known_words.LEVELS
    if options and not keep_level:
        return tuple(options * 2) + tuple(_combined(levels, direction)[:4])
    return tuple(_combined(levels, direction))


def _combined(levels: list[Reached], direction: str) -> list[Reached]:
    combined = []
    for i, (goal, place) in enumerate(levels):
        for j, way in enumerate(known_words.DIRECTIONS[direction]):
            if (i + j) % 2:
                combined.append((f"{way} {goal}", f"{way} {place}"))
            else:
                combined.append((f"{goal} {way}", f"{place} {way}"))
    return combined


_OTHER = {"left": "right", "right": "left", "both": "opposite", "": ""}
_BODY_NOUNS = (
    "body|back|hips?|chest|head|face|shoulders?|stomach|belly|waist|thighs?|knees?|sides?|legs?|"
    "lower back|"
    "(?:left|right|opposite) (?:hip|knee|shoulder|elbow|foot|hand)"
)
_DETERMINED = re.compile(rf"\bthe (?=(?:{_BODY_NOUNS})\b)")


def _determiner(text: str) -> str:
    return _DETERMINED.sub("{d} ", text)


def _plural_place(text: str) -> str:
    text = text.replace("the both ", "the ")
    for one, many in (
        ("hip", "hips"),
        ("knee", "knees"),
        ("shoulder", "shoulders"),
        ("foot", "feet"),
    ):
        text = text.replace(f"both {one}", many)
        text = re.sub(
            rf"\b(to|by|beside|next to|of|touching) the {one}\b(?! height| level)",
            rf"\1 the {many}",
            text,
        )
    text = re.sub(r"\bthe thigh\b", "the thighs", text)
    return re.sub(r"\b(to|by|at) the side\b(?! of)", r"\1 the sides", text)


def _fill(text: str, names: dict[str, str]) -> str:
    return text.replace("{side}", names["side"]).replace("{other}", names["other"])


def _pairs(text: str) -> tuple[Reached, ...]:
    return tuple(_pair(part) for part in text.split(", ")) if text.strip() else ()


def _pair(text: str) -> Reached:
    goal, _, place = text.partition(":")
    return goal.strip(), place.strip()


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _verbs(table: dict[tuple[str, str], str]) -> dict[tuple[str, str], tuple[Verb, ...]]:
    return {key: tuple(_verb(text) for text in _list(value)) for key, value in table.items()}


def _verb(text: str) -> Verb:
    base, _, particle = text.partition("|")
    place = base.endswith("*")
    base = base.rstrip("*")
    return Verb(base, particle, place, third_person(base), gerund(base), participle(base))


def _clause(form: str) -> Clause:
    slots = frozenset(re.findall(r"{(\w+)!?}", form))
    return Clause(
        form.replace("!}", "}"), slots, particle="{prt!}" in form, degree="{deg!}" in form
    )
