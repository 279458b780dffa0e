"""Facts of change -> part sentences and whole phrasings, in the words of one bank.

Choice is the only randomness and comes from the generator that is passed in; what is said is
decided by `autocompose.pose.facts`, so a text can be short of a fact but never wrong about one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from autocompose.pose.facts import Fact, Facts
from autocompose.pose.lexicon import Bank, Clause, PhrasingBank, Verb, bank, reached
from autocompose.pose.phrasings import known_words
from autocompose.schema import BodyPart, PartDescription

WORD_BUDGET = 56
"""Words of one text; measured, these stay under CLIP's 77 tokens. The smallest changes go first."""

_LIMB = {
    "hand": "arm", "elbow": "arm", "upper_arm": "arm", "knee": "leg", "thigh": "leg", "foot": "leg",
    "head": "head", "head_turn": "head", "head_tilt": "head",
}  # fmt: skip
_FIRST_IN_LIMB = {"elbow": 0, "knee": 0, "upper_arm": 1, "hand": 2, "thigh": 1, "foot": 2}
_PLURAL = {"foot": "feet", "thigh": "thighs"}
_ALWAYS_PLURAL = frozenset({"feet", "shoulders", "hips", "collarbones", "eyes"})
_ALSO = {
    "up": "up",
    "down": "down",
    "out": "out",
    "in": "inward",
    "front": "forward",
    "back": "back",
}
_POSTURES = frozenset(
    {"upright", "bent_over", "face_down", "face_up", "left_side", "right_side", "inverted"}
)
_NEEDS_PART = frozenset({"it", "be", "them", "loc"})  # slots that speak of a named part
_REPEATABLE = (
    "{V}",
    "{np}",
    "{pdeg}",
    "{Ved}",
)  # a form that opens with fixed words sounds odd twice
_DETERMINERS = {
    "instruction": ("the", "the", "the", "your", "your", "your", ""),
    "description": ("the", "the", "the", "your", "their", "his", "her", "the subject's"),
    "search": ("", "", "", "", "the", "his", "her"),
    "terse": ("", "", "", "the", "your"),
    "with": ("the", "the", "their", "his", "her"),
}
_LISTS = frozenset({"search", "terse"})  # styles that people type without capitals or full stops
_PARTS = {
    "hand": "hand", "elbow": "elbow", "upper_arm": "arm", "knee": "knee", "thigh": "leg",
    "foot": "foot", "body": "hips", "lean": "torso", "tilt": "torso", "twist": "torso",
    "head": "head", "head_turn": "head", "head_tilt": "head",
}  # fmt: skip


def write_parts(facts: Facts) -> tuple[PartDescription, ...]:
    """One plain imperative sentence for each part that changes, biggest change first."""
    sentences: dict[BodyPart, list[str]] = {}
    words = bank(PhrasingBank.TRAIN)
    for fact in facts.single:
        if fact.kind == "feet":
            for side, other in (("left", "right"), ("right", "left")):
                way = "away from" if fact.move == "apart" else "closer to"
                part = BodyPart.parse(f"{side} foot")
                sentences.setdefault(part, []).append(
                    f"move the {side} foot {way} the {other} foot"
                )
            continue
        name = _PARTS[fact.kind]
        part = BodyPart.parse(f"{fact.side} {name}" if fact.side else name)
        sentences.setdefault(part, []).append(_plain(fact, words))
    return tuple(
        PartDescription(part, _sentence_case(" and ".join(clauses)))
        for part, clauses in sentences.items()
    )


def _plain(fact: Fact, words: Bank) -> str:
    verb = words.actions[fact.kind, fact.move][0]
    noun = _nouns(fact, words)[0]
    options = reached(PhrasingBank.TRAIN, fact.kind, fact.move, fact.side, fact.result)
    goal = options[0][0].replace("{d}", "the").replace("{you}", "the body") if options else ""
    particle = "" if _contains(goal, verb.particle) else verb.particle
    degree = {1: "slightly", 2: "", 3: "a lot"}[fact.degree]
    if goal and fact.kind in ("elbow", "knee"):
        degree = ""
    return _squeeze(
        f"{verb.base} {_noun_phrase(noun, fact.side, 'the', None)} {particle} {degree} {goal}"
    )


def write_phrasings(
    facts: Facts, name: PhrasingBank, rng: random.Random, *, n: int = 1, style: str | None = None
) -> list[str]:
    """Write n texts about one pair; distinct where the facts allow it.

    Args:
        facts: what changes.
        name: the bank.
        rng: makes every choice.
        n: how many texts.
        style: ``instruction``, ``description`` or ``search``; None mixes them.

    Returns:
        n texts, or none when nothing changes.
    """
    if not facts.merged:
        return []
    texts: list[str] = []
    for _ in range(n):
        text = _write(facts, name, rng, style)
        for _ in range(12):
            if text not in texts:
                break
            text = _write(facts, name, rng, style)
        texts.append(text)
    return texts


def _write(facts: Facts, name: PhrasingBank, rng: random.Random, style_key: str | None) -> str:
    words = bank(name)
    if style_key is None:
        style_key = rng.choices(
            list(words.forms.styles), [s.weight for s in words.forms.styles.values()]
        )[0]
    style = words.forms.styles[style_key]
    determiner = rng.choice(_DETERMINERS[style_key])
    groups = _groups(_chosen(facts.merged, rng))
    if rng.random() < 0.15:
        groups = groups[:5]
        rng.shuffle(groups)
    opener = rng.choice(style.openers)
    text, count = opener, len(opener.split())
    joiner = ""
    used: set[str] = set()
    long = sum(len(group) for group in groups) > 5  # short clauses leave room for every change
    first_pick = True
    for group in groups:
        previous = ""
        for fact in group:
            clause, noun = _say(
                fact, name, words, style_key, determiner, previous, group, used, rng
            )
            if long and rng.random() < 0.7:
                second = _say(fact, name, words, style_key, determiner, previous, group, used, rng)
                if len(second[0].split()) < len(clause.split()):
                    clause, noun = second
            link = "" if first_pick else (" and " if previous and style_key not in _LISTS else None)
            if link is None:
                link = rng.choice(style.joiners)
                if " and " in link and joiner == link:
                    link = ", "
            size = len(clause.split()) + len(link.split())
            if count + size > WORD_BUDGET and not first_pick:
                continue
            text += link + clause
            joiner = link
            count += size
            previous = noun
            first_pick = False
    text = _finish(text, count, facts, words, style_key, determiner, rng)
    return text


def _finish(
    text: str,
    count: int,
    facts: Facts,
    words: Bank,
    style_key: str,
    determiner: str,
    rng: random.Random,
) -> str:
    """Add a comparison or what stays, where there is room, then the punctuation."""
    style = words.forms.styles[style_key]
    if facts.analogy and rng.random() < 0.45 and count < WORD_BUDGET - 8:
        comparison = rng.choice(words.analogies[facts.analogy])
        if determiner != "your":
            comparison = comparison.replace("your ", "their ")
        text += rng.choice(style.analogies).replace("{x}", comparison)
    elif facts.steady and rng.random() < 0.2 and count < WORD_BUDGET - 8:
        text += rng.choice(style.steady).replace(
            "{np}", rng.choice(known_words.STEADY[facts.steady])
        )
    text = _squeeze(text)
    if style_key not in _LISTS and rng.random() < 0.6:
        return _sentence_case(text)
    return text


def _chosen(merged: Sequence[Fact], rng: random.Random) -> list[Fact]:
    """Mostly everything; sometimes without minor details, sometimes only the main changes."""
    draw = rng.random()
    if draw < 0.7 or len(merged) <= 2:
        return list(merged)
    if draw < 0.9:
        return [f for i, f in enumerate(merged) if i < 2 or f.weight > 0.9 or rng.random() < 0.4]
    return list(merged[: rng.choice((2, 3))])


def _groups(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Put what one limb does together, keeping the order of the biggest change of each limb."""
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        limb = _LIMB.get(fact.kind, fact.kind)
        groups.setdefault((limb, fact.side), []).append(fact)
    for group in groups.values():
        group.sort(key=lambda f: _FIRST_IN_LIMB.get(f.kind, 0))
    return list(groups.values())


def _say(
    fact: Fact,
    name: PhrasingBank,
    words: Bank,
    style_key: str,
    determiner: str,
    previous: str,
    group: Sequence[Fact],
    used: set[str],
    rng: random.Random,
) -> tuple[str, str]:
    """One clause about one fact, and the noun it used; ``used`` holds the forms not to repeat."""
    options = reached(name, fact.kind, fact.move, fact.side, fact.result)
    goal, place = rng.choice(options) if options else ("", "")
    clause, verb = _form(fact, words, style_key, place, used, rng)
    if not clause.form.startswith(_REPEATABLE):
        used.add(clause.form)
    slots = clause.slots
    noun = rng.choice(_nouns(fact, words))
    if fact.kind == "hand" and fact.result[0] == "at" and name is not PhrasingBank.NEW_WORDS:
        straight = any(f.kind == "elbow" and f.result[0] in ("straight", "slight") for f in group)
        if rng.random() < (0.6 if straight else 0.2) and fact.move != "to":
            noun = "arm"
    plural = fact.side == "both" or noun in _ALWAYS_PLURAL
    person = (
        verb is not None
        and bool(slots & {"V", "Ving"})
        and not slots & _NEEDS_PART
        and _is_person(fact, words, verb)
    )
    if person:
        phrase = ""
    elif previous and determiner and rng.random() < 0.6:
        phrase = f"{'those' if plural else 'that'} {_many(noun) if plural else noun}"
    else:
        phrase = _noun_phrase(noun, fact.side, determiner, rng)
    if "Ved" in slots and clause.form.startswith(("{Ved}", "{pdeg}", "{deg}")):
        phrase = phrase.replace("both of ", "").replace("both ", "")
    if verb is not None and verb.place and place:
        goal = place
    particle = verb.particle if verb is not None else ""
    if fact.also and verb is not None and rng.random() < 0.5:
        more = _ALSO[fact.also]
        particle = f"{particle} and {more}" if particle else more
    ending = place if "loc" in slots else goal
    if particle and any(_contains(ending, word) for word in particle.split() if len(word) > 1):
        particle = particle if " to the " in f" {particle}" else ""
    after, before = _degrees(fact, words, bool(ending) and not clause.degree, rng)
    if clause.degree and not after:
        after = rng.choice(words.degrees_after[fact.degree])
    if "deg" in slots and "pdeg" in slots:
        before = ""
    text = clause.form.format(
        V=verb.base if verb else "", Ving=verb.gerund if verb else "",
        Ved=verb.participle if verb else "", Vi=verb.base if verb else "",
        Ving_i=verb.gerund if verb else "",
        Vis="" if verb is None else verb.base if plural else verb.third,
        np=phrase, prt=particle, deg=after, pdeg=before, goal=goal, loc=place,
        be="are" if plural else "is", it="they" if plural else "it",
        them="them" if plural else "it",
    )  # fmt: skip
    inner = (
        determiner
        if determiner in ("your", "his", "her", "their") and rng.random() < 0.6
        else "the"
    )
    you = "you" if determiner == "your" else "the person"
    return _squeeze(text.replace("{d}", inner).replace("{you}", you)), noun


def _form(
    fact: Fact, words: Bank, style_key: str, place: str, used: set[str], rng: random.Random
) -> tuple[Clause, Verb | None]:
    """A clause form whose needs this fact meets, and a verb for it."""
    clauses = words.clauses[style_key]
    for attempt in range(30):
        clause = rng.choice(clauses) if attempt < 24 else clauses[attempt % len(clauses)]
        slots = clause.slots
        if "loc" in slots and not place:
            continue
        if attempt < 24 and clause.form in used:
            continue
        if clause.degree and (fact.degree == 2 or fact.kind in ("elbow", "knee")):
            continue
        if slots & {"Vi", "Vis", "Ving_i"}:
            verbs = words.intransitive[fact.kind, fact.move]
        elif slots & {"V", "Ving"}:
            verbs = words.actions[fact.kind, fact.move]
            people = words.person.get((fact.kind, fact.move))
            if people and not slots & _NEEDS_PART and rng.random() < 0.5:
                verbs = people
        elif "Ved" in slots or "prt" in slots:
            verbs = words.actions[fact.kind, fact.move]
        else:
            return clause, None
        verb = rng.choice(verbs)
        if verb.place and not place:
            verb = next((v for v in verbs if not v.place), verb)
        if clause.particle and (not verb.particle or " " in verb.particle):
            continue
        if verb.place and "goal" not in slots:
            continue
        if ("prt" not in slots and verb.particle) or (verb.place and not place):
            continue
        return clause, verb
    return _fallback(words, fact)


def _is_person(fact: Fact, words: Bank, verb: Verb) -> bool:
    return verb in words.person.get((fact.kind, fact.move), ())


def _fallback(words: Bank, fact: Fact) -> tuple[Clause, Verb]:
    """The first form of the first style that takes any verb: every fact can be said with it."""
    clause = next(
        c for cs in words.clauses.values() for c in cs if "prt" in c.slots and "loc" not in c.slots
        and "Vi" not in c.slots and not c.particle and not c.degree
    )  # fmt: skip
    verbs = words.actions[fact.kind, fact.move]
    return clause, next((v for v in verbs if not v.place), verbs[0])


def _degrees(fact: Fact, words: Bank, ended: bool, rng: random.Random) -> tuple[str, str]:
    """Degree words for after and before the verb; a named end state often makes them needless."""
    if fact.degree == 2 or (ended and fact.kind in ("elbow", "knee")):
        return "", ""
    if rng.random() < (0.6 if ended else 0.15):
        return "", ""
    return rng.choice(words.degrees_after[fact.degree]), rng.choice(
        words.degrees_before[fact.degree]
    )


def _nouns(fact: Fact, words: Bank) -> tuple[str, ...]:
    nouns = words.nouns
    if fact.result and (fact.kind, fact.result[0]) in nouns:
        return nouns[fact.kind, fact.result[0]]
    if fact.kind == "body" and fact.move in _POSTURES:
        return nouns["body", "posture"]
    return nouns.get((fact.kind, fact.move)) or nouns[fact.kind, ""]


def _noun_phrase(noun: str, side: str, determiner: str, rng: random.Random | None) -> str:
    if side != "both":
        return _squeeze(f"{determiner} {side} {noun}")
    nouns = _many(noun)
    if rng is None or determiner == "":
        return f"both {nouns}"
    draw = rng.random()
    if determiner == "the":
        return f"both {nouns}" if draw < 0.75 else f"the {nouns}"
    if draw < 0.4:
        return f"both {nouns}"
    return f"both of {determiner} {nouns}" if draw < 0.6 else f"{determiner} {nouns}"


def _many(noun: str) -> str:
    if noun in _ALWAYS_PLURAL:
        return noun
    head, _, last = noun.rpartition(" ")
    return f"{head} {_PLURAL.get(last, last + 's')}".strip()


def _contains(text: str, word: str) -> bool:
    return bool(word) and f" {word} " in f" {text} "


def _squeeze(text: str) -> str:
    return " ".join(text.split()).replace(" ,", ",").replace(" .", ".").replace(" :", ":")


def _sentence_case(text: str) -> str:
    sentences = [s[:1].upper() + s[1:] for s in text.split(". ")]
    return ". ".join(sentences).rstrip(",;") + "."
