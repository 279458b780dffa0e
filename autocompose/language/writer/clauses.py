"""One fact -> one clause, in the frame and the words that a text has settled on."""

from __future__ import annotations

import random
from collections.abc import Sequence

from autocompose.language.words import is_plural, plural_of
from autocompose.language.writer.banks import (
    Bank,
    Clause,
    Grammar,
    PhrasingBank,
    Verb,
    bank,
    reached,
    tails,
)
from autocompose.language.writer.part_facts import Fact
from autocompose.language.writer.phrasings import known_words

_ALSO = {way: way for way in ("up", "down", "out", "back")} | {"in": "inward", "front": "forward"}
_POSSESSIVE = ("your", "his", "her", "their")
_WHO = {"his": ("he", "him"), "her": ("she", "her")}
_OPENS_WITH_VERB = ("{V}", "{Ving}", "{pdeg}")
_BENDS = ("elbow", "knee")
_GRADUAL = ("lean", "tilt", "twist", "head", "head_turn", "turn")  # "lean forward a little"
_ACTIVE = frozenset({"advance", "reach", "step"})  # nobody says "the foot is stepped forward"
_TRAVELS = ("hand", "thigh", "foot", "upper_arm")  # "bend it until it is bent" says it twice
_SPLIT = ("up", "down", "out", "back")  # particles that may stand before the part
_NEEDS_END = frozenset(
    {"bring", "come", "drift", "ease", "go", "guide", "hold", "move", "place", "position", "pull",
     "push", "put", "reach", "send", "set", "shift", "slide", "step", "swing", "take", "travel"}
)  # fmt: skip


class Voice:
    """The choices that hold for one text: bank, frame, determiner, and the forms it has used."""

    def __init__(self, name: PhrasingBank, grammar: Grammar, rng: random.Random) -> None:
        self.name, self.grammar, self.rng = name, grammar, rng
        self.words: Bank = bank(name)
        self.determiner = rng.choice(grammar.frame.determiners)
        self._used: set[str] = set()

    @property
    def short(self) -> bool:
        """Whether this is a query of a few words."""
        return self.grammar.frame.style == "short"

    def is_whole(self, fact: Fact) -> bool:
        """Whether only the whole person can do this ("kneel")."""
        return (fact.kind, fact.move) not in self.words.actions

    def say(self, fact: Fact, previous: str, group: Sequence[Fact]) -> tuple[str, str, bool]:
        """Write one clause.

        Args:
            fact: what to say.
            previous: the noun of the clause before, about the same limb, or empty.
            group: all facts of that limb.

        Returns:
            The clause, the noun it used, and whether its subject is the whole person.
        """
        rng = self.rng
        options = reached(self.name, fact.kind, fact.move, fact.side, fact.result)
        if self.short and len(options) > 1:
            options = sorted(rng.sample(options, 2), key=lambda o: len(o[0]) + len(o[1]))[:1]
        goal, place = rng.choice(options) if options else ("", "")
        clause, verb = self._form(fact, place)
        if not clause.form.startswith(_OPENS_WITH_VERB) and "loc" in clause.slots:
            self._used.add(clause.form)
        whole = verb is not None and verb.whole
        noun = "foot" if whole and fact.kind == "foot" else self._noun(fact, group)
        plural = not whole and (fact.side == "both" or is_plural(noun))
        phrase = self._phrase(fact, noun, previous, clause, plural=plural)
        if verb is not None and verb.place:
            goal = place
        ending = place if "loc" in clause.slots else goal
        particle = self._particle(fact, verb, ending)
        if whole and "{np}" in particle:
            particle, goal = particle.replace("{np}", phrase), ""
        if whole and fact.kind == "body" and goal == "low to the ground" and verb is not None:
            particle = particle.replace("down", "").strip() or "down"
        after, before = self._degrees(fact, clause, ended=bool(ending), whole=whole)
        who, whom = _WHO.get(self.determiner, ("the person", "the person"))
        text = clause.form.format(
            V=verb.base if verb else "", Vi=verb.base if verb else "",
            Ving=verb.gerund if verb else "", Ving_i=verb.gerund if verb else "",
            Ved=verb.participle if verb else "",
            Vis="" if verb is None else verb.base if plural else verb.third,
            np=phrase, prt=particle, deg=after, pdeg=before, goal=goal, loc=place,
            be="are" if plural else "is",
            need="need" if plural else "needs", it="they" if plural else "it",
            who=who, whom=whom, **{"is": "is"},
        )  # fmt: skip
        return squeeze(self._determined(text + self._tail(fact))), noun, whole

    def _form(self, fact: Fact, place: str) -> tuple[Clause, Verb | None]:
        """A clause form whose needs this fact meets, and a verb for it."""
        key, rng, words = (fact.kind, fact.move), self.rng, self.words
        if fact.kind == "kneel" and fact.side == "both" and fact.move == "kneel":
            key = ("kneel", "kneel_both")
        people = words.person.get(key, ())
        if fact.kind == "foot" and fact.side == "both":
            people = ()
        only = key not in words.actions
        if people and (only or rng.random() < 0.5):
            clauses = [c for c in self.grammar.person if not c.particle] or self.grammar.person
            return rng.choice(clauses), rng.choice(people)
        clauses = self.grammar.clauses
        for attempt in range(24):
            clause = rng.choice(clauses)
            slots = clause.slots
            if "loc" in slots and (not place or ("it" in slots and fact.kind not in _TRAVELS)):
                continue
            if clause.form in self._used and attempt < 8:
                continue
            verb = self._verb(clause, key, place)
            if verb is not None or not slots & {"V", "Ving", "Ved", "Vi", "Vis", "Ving_i"}:
                return clause, verb
        return self._fallback(key, place)

    def _verb(self, clause: Clause, key: tuple[str, str], place: str) -> Verb | None:
        slots, words = clause.slots, self.words
        if slots & {"Vi", "Vis", "Ving_i"}:
            verbs = words.intransitive[key]
        elif slots & {"V", "Ving", "Ved"}:
            verbs = words.actions[key]
        else:
            return None
        verb = self.rng.choice(verbs)
        if verb.place and not (place and "goal" in slots):
            verb = next((v for v in verbs if not v.place), None)
        if verb is None or ("prt" not in slots and verb.particle):
            return None
        if verb.base in _ACTIVE and "Ved" in slots:
            return None
        if clause.particle and verb.particle not in _SPLIT:
            return None
        ended = verb.particle or (place and "goal" in slots)
        return verb if ended or verb.base not in _NEEDS_END else None

    def _fallback(self, key: tuple[str, str], place: str) -> tuple[Clause, Verb]:
        """A form that takes any verb: every fact can be said with it."""
        known = [
            *self.grammar.clauses,
            *(c for g in self.words.grammars["mixed"] for c in g.clauses),
        ]
        clause = next(
            c for c in known
            if {"prt", "goal"} <= c.slots and "loc" not in c.slots and not c.particle
        )  # fmt: skip
        intransitive = bool(clause.slots & {"Vi", "Vis", "Ving_i"})
        verbs = (self.words.intransitive if intransitive else self.words.actions)[key]
        return clause, next((v for v in verbs if not v.place or place), verbs[0])

    def _noun(self, fact: Fact, group: Sequence[Fact]) -> str:
        nouns = self.words.nouns
        if fact.tail:
            on = fact.result[:1] in (("on",), ("together",))
            if fact.kind == "hand":
                return "hand" if on else known_words.ARM
            if fact.kind == "thigh" and fact.move in ("up", "down"):
                return known_words.LEG
        if fact.result and (fact.kind, fact.result[0]) in nouns:
            return self.rng.choice(nouns[fact.kind, fact.result[0]])
        noun = self.rng.choice(
            nouns.get((fact.kind, fact.move)) or nouns.get((fact.kind, ""), ("",))
        )
        elbow_too = any(f.kind == "elbow" for f in group)
        arm = fact.kind == "hand" and fact.result[:1] == ("at",) and not elbow_too
        if arm and self.name is not PhrasingBank.NEW_WORDS and self.rng.random() < 0.4:
            return known_words.ARM
        return noun

    def _phrase(self, fact: Fact, noun: str, previous: str, clause: Clause, *, plural: bool) -> str:
        if previous and self.determiner and self.rng.random() < 0.25 and "whose" not in clause.form:
            return f"{'those' if plural else 'that'} {plural_of(noun) if plural else noun}"
        if fact.side != "both":
            return squeeze(f"{self.determiner} {fact.side} {noun}")
        both = self.determiner == "" or self.rng.random() < 0.65
        if both and "whose" not in clause.form:
            return f"both {plural_of(noun)}"
        return squeeze(f"{self.determiner} {plural_of(noun)}")

    def _particle(self, fact: Fact, verb: Verb | None, ending: str) -> str:
        particle = verb.particle.replace("{side}", fact.side) if verb is not None else ""
        if fact.also and verb is not None and not verb.place and not self.short:
            straight = not any(word in ending for word in ("out", "back", "forward", "front"))
            if straight and self.rng.random() < 0.3:
                more = _ALSO[fact.also]
                particle = f"{particle} and {more}" if particle else more
        words = ending.split()
        fixed = " to the " in f" {particle}" or "{np}" in particle
        return "" if not fixed and any(word in words for word in particle.split()) else particle

    def _degrees(self, fact: Fact, clause: Clause, *, ended: bool, whole: bool) -> tuple[str, str]:
        """Degree words for after and before the verb; a named end often makes them needless."""
        if (
            fact.degree == 2
            or fact.move.startswith(("centre", "upright"))
            or (whole and fact.degree == 3 and fact.kind.startswith("head"))
            or (whole and fact.kind not in _GRADUAL)
            or (ended and (fact.kind in _BENDS or fact.degree == 3))
        ):
            return "", ""
        if self.rng.random() < (0.6 if ended else 0.15):
            return "", ""
        if "pdeg" in clause.slots:
            return "", self.rng.choice(self.words.degrees_before[fact.degree])
        return self.rng.choice(self.words.degrees_after[fact.degree]), ""

    def _tail(self, fact: Fact) -> str:
        if not fact.tail or (self.short and fact.tail[1] != "straight"):
            return ""
        text = self.rng.choice(tails(fact.tail[0], fact.tail[1], fact.side))
        return f", {text.replace('{d} ', '')}" if self.grammar.frame.head else f" with {text}"

    def _determined(self, text: str) -> str:
        """Fill in whose: the body's nouns inside places need no other owner than the text's."""
        inner = "the"
        if self.determiner in _POSSESSIVE and self.rng.random() < 0.6:
            inner = self.determiner
        elif self.determiner == "" and self.grammar.frame.plain and self.rng.random() < 0.5:
            inner = ""
        return text.replace("{d}", inner)


def noun_phrase(noun: str, side: str) -> str:
    """``the left hand``, ``both hands``, ``the head``."""
    return f"both {plural_of(noun)}" if side == "both" else squeeze(f"the {side} {noun}")


def squeeze(text: str) -> str:
    """Single spaces, none before a mark."""
    return " ".join(text.split()).replace(" ,", ",").replace(" .", ".").replace(" :", ":")
