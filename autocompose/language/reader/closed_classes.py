# ruff: noqa: E501, SIM905 (tables: one entry a line reads best, and words read best unquoted)
"""Closed classes of words that decide how the word beside them is read."""

from __future__ import annotations

DETERMINERS = frozenset("your the his her their my our its yor you'r yoru a an".split())
POSSESSED = frozenset("your the his her their my our yoru its".split())
NAMED = POSSESSED | {"that", "this", "those", "these"}
"""Words before a part that is known by what it was like: "that raised arm", "the bent leg"."""
_SAME = {
    "your": "his her their its yor ur yur subject's person's", "foot": "foot's", "hand": "hand's",
    "waist": "waste", "height": "hight", "knee": "keen",
}  # fmt: skip
ALIKE: dict[str, str] = {other: word for word, others in _SAME.items() for other in others.split()}
"""Words that are read as another: determiners, and three that no rule of spelling can tell."""
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
    " change walk jump return slump spin lunge squat cross join crouch kneel sink".split()
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
    "direction angle height level distance way time as line side with exact amount for".split()
)
"""After ``the same``: no claim that the part stays."""
OPEN_ENDED = DETERMINERS | frozenset("to of and at with both each".split())
STILL_ADVERB = frozenset("is are be one will that".split())
AFTER_SIDE = DETERMINERS | frozenset(
    "direction more just only too again with this there most that same hand handed or bit can even almost both each".split()
)
"""After ``to the left``: these do not make it the name of a thing."""
SIDE_OF = frozenset(
    {"closer", "near", "beside", "behind", "front", "above", "below", "higher", "line"}
)
"""``closer to your left``: the other one of the same part."""
AS_CLAUSE = frozenset("you your you're both they".split())
COMPARED = frozenset(
    "same high far low much long way height level angle direction well just such".split()
)
"""Before ``as``: it compares and starts no clause."""
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
