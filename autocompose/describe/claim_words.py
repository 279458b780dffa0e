# ruff: noqa: E501, SIM905 (tables: one entry a line reads best, and words read best unquoted)
"""Closed classes of words that decide how the word beside them is read."""

from __future__ import annotations

DETERMINERS = frozenset("your the his her their my our its yor you'r yoru a an".split())
POSSESSED = frozenset("your the his her their my our yoru its".split())
ALIKE: dict[str, str] = {
    word: "your" for word in "his her their its yor yoru ur subject's person's".split()
}
"""Read as ``your``, so that every table needs one form only."""
RIGHT_ADVERB = frozenset(
    "behind above below under next in on at up down by beside over away now angle angles through back"
    " against where here there before after out inside underneath across".split()
)
"""After ``right`` without an article: "right behind" names no side."""
STRAIGHT_ADVERB = frozenset(
    "out up down ahead forward forwards in back to over at away towards toward".split()
)
NOUN_TOO = frozenset(
    "turn look step place position set point part angle stand rest square bow arch hold swing fold"
    " plant close open kick park drop slide curl twist lift face reach push press pose stretch see"
    " shift pitch tip hang lead roll shake pull view stare watch allow run land switch punch wave"
    " change walk jump return slump spin lunge squat cross join crouch kneel".split()
)
"""Verbs that are nouns after an article."""
ADJECTIVES = frozenset(
    "half deep slight full low small big more degree opposite same long wide".split()
)
LEADING = frozenset("your the both of that those".split())
OPENS = DETERMINERS | frozenset("both each that those it them this these".split())
NUMBERS = frozenset("one two three four five six eight ten few couple half several".split())
LENGTH_ENDS = frozenset("apart away from in off behind ahead".split())
SAME_WHAT = frozenset(
    "direction angle height level distance way time as line side with exact amount".split()
)
"""After ``the same``: no claim that the part stays."""
PHRASE_ENDS = frozenset(
    "and toward towards to close closer but across until from by at on next with behind directly so as while".split()
)
"""After ``in`` or ``over``: it was an adverb."""
PARTICIPLES = {
    "bent": "bend", "flexed": "bend", "straightened": "straighten", "extended": "straighten",
    "outstretched": "straighten", "unbent": "straighten", "crossed": "cross",
}  # fmt: skip
QUANTITY = {
    "both": "both", "each": "both", "two": "both", "all": "both", "either": "one", "one": "one",
    "other": "other", "opposite": "other", "that": "that", "those": "that", "this": "that",
    "these": "that", "same": "that", "another": "one",
}  # fmt: skip
