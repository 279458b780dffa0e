"""Facts of change -> part sentences and whole phrasings, in the words of one bank.

Choice is the only randomness and comes from the generator that is passed in; what is said is
decided by `writer.select`, so a text can be short of a fact but never wrong about one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from autocompose.language.words import PARTS, SIDES, other_side, region_of
from autocompose.language.writer.aggregate import RARITY
from autocompose.language.writer.banks import Bank, Grammar, PhrasingBank, bank, reached
from autocompose.language.writer.clauses import Voice, noun_phrase, squeeze
from autocompose.language.writer.phrasings import known_words
from autocompose.language.writer.select import Fact, Facts
from autocompose.schema import BodyPart, PartDescription

WORD_BUDGET = {PhrasingBank.NEW_WORDS: 40}
"""Words of the changes in one text, 46 but where words are rare and CLIP splits them; with a
comparison all stay under 60 words and 77 tokens."""

STYLES = ("instruction", "description", "search", "analogy", "short")

_SIDED_FACTS = ("hand", "elbow", "upper_arm", "knee", "thigh", "foot")
_KIND_OF_FACT = {fact: PARTS[fact.replace("_", " ")].kind for fact in _SIDED_FACTS} | {
    "body": "hips", "turn": "hips", "lean": "torso", "tilt": "torso", "twist": "torso",
    "head": "head", "head_turn": "head", "head_tilt": "head",
}  # fmt: skip
"""Kind of a fact -> the kind of part that its sentence is about."""
_LIMB = {
    fact: region
    for fact, kind in _KIND_OF_FACT.items()
    if (region := region_of(kind)) in ("arm", "leg", "head")
}
_FIRST_IN_LIMB = {"elbow": 0, "knee": 0, "upper_arm": 1, "hand": 2, "thigh": 1, "foot": 2}
_SHORT_FACTS = 3  # more are no short query
_SHORT_SHARE = 0.4  # of the whole change; a query that says less could mean too many poses


def write_parts(facts: Facts) -> tuple[PartDescription, ...]:
    """One plain imperative sentence for each part that changes, biggest change first."""
    sentences: dict[BodyPart, list[str]] = {}
    words = bank(PhrasingBank.TRAIN)
    for fact in facts.single:
        if fact.kind == "feet":
            for side in SIDES:
                way = "away from" if fact.move == "apart" else "closer to"
                part = BodyPart.parse(f"{side} foot")
                sentences.setdefault(part, []).append(
                    f"move the {side} foot {way} the {other_side(side)} foot"
                )
            continue
        name = _KIND_OF_FACT[fact.kind]
        part = BodyPart.parse(f"{fact.side} {name}" if fact.side else name)
        sentences.setdefault(part, []).append(_plain(fact, words))
    return tuple(
        PartDescription(part, _sentence_case(" and ".join(clauses)))
        for part, clauses in sentences.items()
    )


def _plain(fact: Fact, words: Bank) -> str:
    key = (fact.kind, fact.move)
    options = reached(PhrasingBank.TRAIN, fact.kind, fact.move, fact.side, fact.result)
    goal, place = (text.replace("{d}", "the") for text in options[0]) if options else ("", "")
    degree = {1: "slightly", 2: "", 3: "" if goal else "a lot"}[fact.degree]
    if key not in words.actions:
        verb = words.person[key][0]
        return squeeze(f"{verb.base} {verb.particle} {degree} {goal}")
    verb = words.actions[key][0]
    goal = place if verb.place else goal
    if goal and fact.kind in ("elbow", "knee"):
        degree = ""
    particle = "" if f" {verb.particle} " in f" {goal} " else verb.particle
    noun = (words.nouns.get(key) or words.nouns[fact.kind, ""])[0]
    return squeeze(f"{verb.base} {noun_phrase(noun, fact.side)} {particle} {degree} {goal}")


def write_phrasings(
    facts: Facts,
    name: PhrasingBank,
    rng: random.Random,
    *,
    n: int = 1,
    style: str | None = None,
    neutral: bool = False,
) -> list[str]:
    """Write n texts about one pair; distinct where the facts allow it.

    Args:
        facts: what changes.
        name: the bank.
        rng: makes every choice.
        n: how many texts.
        style: one of `STYLES`; None mixes them, and one of three training texts is a short query
            where a few words tell most of the change.
        neutral: "their" stands where "his" or "her" was drawn.

    Returns:
        n texts, or none when nothing changes.
    """
    if not facts.merged:
        return []
    styles: list[str | None] = [style] * n
    if style is None and name is PhrasingBank.TRAIN:
        turn = rng.randrange(3)
        styles = ["short" if i % 3 == turn and _short(facts) else None for i in range(n)]
    texts: list[str] = []
    for wanted in styles:
        text = _write(facts, name, rng, wanted, neutral=neutral)
        for attempt in range(12):
            if text not in texts:
                break
            # Few words leave few ways to say them: then write a long one.
            again = wanted if attempt < 6 else style
            text = _write(facts, name, rng, again, neutral=neutral)
        texts.append(text)
    return texts


def _write(
    facts: Facts, name: PhrasingBank, rng: random.Random, style: str | None, *, neutral: bool
) -> str:
    grammar, comparison = _grammar(facts, name, rng, style)
    frame = grammar.frame
    voice = Voice(name, grammar, rng)
    if neutral and voice.determiner in ("his", "her"):
        voice.determiner = "their"
    chosen = _short(facts) or facts.merged[:2] if voice.short else _chosen(facts.merged, rng)
    opener = rng.choice(frame.openers).replace("{x}", comparison)
    if voice.determiner != "your":
        opener = opener.replace("your ", "the ")
    clauses, count = _clauses(chosen, voice, len(opener.split()))
    if frame.head:
        text = _headed(opener, clauses, voice)
    else:
        text = opener + _sentences([clause for clause, _ in clauses], voice)
    if not voice.short and not comparison:
        text += _ending(facts, voice, count)
    text = squeeze(text)
    if frame.plain or (voice.name is not PhrasingBank.NEW_FORMS and rng.random() < 0.3):
        return text
    return _sentence_case(text)


def _grammar(
    facts: Facts, name: PhrasingBank, rng: random.Random, style: str | None
) -> tuple[Grammar, str]:
    """The frame of a text, and the comparison that it is built on (only in an analogy)."""
    words = bank(name)
    if style is None:
        style = "mixed"
        if facts.analogy and rng.random() < 0.2:
            style = "analogy"
    if style == "analogy":
        if facts.analogy and "analogy" in words.grammars:
            return rng.choice(words.grammars[style]), rng.choice(words.analogies[facts.analogy])
        style = "mixed"
    if style == "mixed":
        return rng.choices(words.grammars["mixed"], words.weights)[0], ""
    return rng.choice(words.grammars.get(style) or words.grammars["mixed"]), ""


def _clauses(
    chosen: Sequence[Fact], voice: Voice, words: int
) -> tuple[list[tuple[str, bool]], int]:
    """Clauses that fit the budget, each with whether the whole person is its subject."""
    clauses: list[tuple[str, bool]] = []
    for group in _groups(chosen):
        previous = ""
        for fact in group:
            clause, noun, whole = voice.say(fact, previous, group)
            size = len(clause.split()) + 1
            if clauses and words + size > _budget(voice):
                continue
            if all(clause != other for other, _ in clauses):
                clauses.append((clause, whole))
                words += size
            previous = noun
    return clauses, words


def _headed(opener: str, clauses: Sequence[tuple[str, bool]], voice: Voice) -> str:
    """As "a person leaning forward with the left arm raised and both knees bent"."""
    does = [clause for clause, whole in clauses if whole]
    parts = [clause for clause, whole in clauses if not whole]
    text = opener + voice.rng.choice(voice.grammar.frame.head)
    if does:
        text += " " + _list(does, " and ")
    return text + " with " + _list(parts, " and ") if parts else text


def _sentences(clauses: Sequence[str], voice: Voice) -> str:
    """Join clauses into sentences of at most three."""
    frame, rng = voice.grammar.frame, voice.rng
    text, start = "", 0
    while start < len(clauses):
        left = len(clauses) - start
        size = left if left <= 2 or not frame.breaks else rng.choice((1, 2, 2, 3))
        part = clauses[start : start + size]
        link = rng.choice(frame.links)
        text += (rng.choice(frame.breaks) if text else "") + _list(part, link)
        start += size
    return text


def _list(clauses: Sequence[str], link: str) -> str:
    """As "a, b and c"; a comma keeps the last "and" apart from one inside a clause."""
    if len(clauses) < 2:
        return "".join(clauses)
    if link == " and " and any(" and " in c or ", " in c for c in clauses):
        link = ", and "
    return ", ".join(clauses[:-1]) + link + clauses[-1]


def _ending(facts: Facts, voice: Voice, words: int) -> str:
    """A comparison or what stays, where there is room."""
    frame, rng = voice.grammar.frame, voice.rng
    if words > _budget(voice) - 4:
        return ""
    if facts.analogy and rng.random() < 0.3:
        comparison = rng.choice(voice.words.analogies[facts.analogy])
        return rng.choice(frame.analogies).replace("{x}", comparison)
    if facts.steady and rng.random() < 0.2:
        steady = rng.choice(known_words.STEADY[facts.steady])
        return rng.choice(frame.steady).replace("{np}", steady)
    return ""


def _budget(voice: Voice) -> int:
    return WORD_BUDGET.get(voice.name, 46)


def _short(facts: Facts) -> tuple[Fact, ...]:
    """The few facts that tell most of the change; empty when a short query would be ambiguous."""
    scores = [f.weight * RARITY[f.kind] for f in facts.merged]
    needed = _SHORT_SHARE * sum(scores)
    told = 0.0
    for count, score in enumerate(scores[:_SHORT_FACTS], 1):
        told += score
        if told >= needed:
            return facts.merged[:count]
    return ()


def _chosen(merged: Sequence[Fact], rng: random.Random) -> list[Fact]:
    """Mostly everything; sometimes without minor details, sometimes only the main changes."""
    draw = rng.random()
    if draw < 0.55 or len(merged) <= 2:
        return list(merged)
    if draw < 0.8:
        return [f for i, f in enumerate(merged) if i < 2 or f.weight > 0.9 or rng.random() < 0.3]
    return list(merged[: rng.choice((2, 3, 4))])


def _groups(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Put what one limb does together, keeping the order of the biggest change of each limb."""
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        limb = _LIMB.get(fact.kind, fact.kind)
        groups.setdefault((limb, fact.side), []).append(fact)
    for group in groups.values():
        group.sort(key=lambda f: _FIRST_IN_LIMB.get(f.kind, 0))
    return list(groups.values())


def _sentence_case(text: str) -> str:
    sentences = [s[:1].upper() + s[1:] for s in text.split(". ")]
    return re.sub(r"\bi\b", "I", ". ".join(sentences).rstrip(",;")) + "."
