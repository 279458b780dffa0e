# ruff: noqa: E501 (tables: one entry a line reads best)
"""The sentence forms of the four banks. No clause form stands in two banks.

A text is written in one frame, so that its clauses share one grammar. Slots: ``{V} {Ving} {Ved}`` a verb that
moves the part (or that the person does), ``{Vi} {Vis} {Ving_i}`` one that the part does itself, ``{np}`` the
part, ``{prt}`` the verb's particle, ``{deg} {pdeg}`` degree after or before the verb, ``{goal} {loc}`` where it
ends (motion, place), ``{be} {it} {need}`` agreeing with the part, ``{who} {is} {whom}`` the person. A form with
``{loc}`` is used only where there is a place, ``{prt!}`` only where there is a particle.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SentenceFrame:
    """One way to write a whole text.

    Args:
        style: ``instruction``, ``description``, ``search``, ``analogy`` or ``short``.
        weight: how often it is chosen; 0 only when its style is asked for.
        clauses: forms for what a part does.
        person: forms for what the whole person does.
        openers: what may stand before the first clause; around ``{x}`` in an analogy.
        determiners: what may stand before a part.
        links: what may join two clauses of a sentence; the last of three or more gets it too.
        breaks: what may join two sentences; none: all is one sentence.
        analogies: forms around ``{x}``, a comparison; always last in the text.
        steady: forms around ``{np}``, the limbs that stay.
        head: stands before all when what the person does comes first and the parts after "with".
        plain: typed without capitals and full stop.
    """

    style: str
    weight: float
    clauses: tuple[str, ...]
    person: tuple[str, ...]
    openers: tuple[str, ...] = ("",)
    determiners: tuple[str, ...] = ("the",)
    links: tuple[str, ...] = (" and ",)
    breaks: tuple[str, ...] = ()
    analogies: tuple[str, ...] = ()
    steady: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    plain: bool = False


# fmt: off
_YOU = ("the", "the", "your", "your", "your")
_THEY = ("the", "the", "their", "his", "her")
_BARE = ("", "", "", "the")

TRAIN: tuple[SentenceFrame, ...] = (
    SentenceFrame(
        "instruction", 0.38,
        (
            "{V} {np} {prt} {deg} {goal}",
            "{V} {np} {prt} {goal}",
            "{V} {np} {prt} {goal}",
            "{V} {prt!} {np} {goal}",
            "{pdeg} {V} {np} {prt} {goal}",
            "start {Ving} {np} {prt} {deg} {goal}",
            "{V} {np} {prt} until {it} {be} {loc}",
            "{V} {np} {prt} so that {it} {be} {loc}",
        ),
        ("{V} {prt} {deg} {goal}",),
        (
            "", "", "", "", "", "now ", "please ", "first ", "you should ", "you need to ", "try to ",
            "make sure to ", "i want you to ", "from this pose, ", "to change the pose, ",
            "keep the same pose but ", "what you should do is ", "start here and ", "you only need to ",
            "let me see you ",
        ),
        _YOU,
        (" and ", " and ", " and ", ", then ", ", and "),
        (". ", ". ", ". then ", ". also ", ". now ", ". next, ", "; "),
        (", as if {x}", ", as if you are {x}", ", like someone {x}", ", as though {x}", ". it should look like someone {x}"),
        (", but keep {np} still", ". keep {np} in the same position", " and do not move {np}", ". leave {np} as they are"),
    ),
    SentenceFrame(
        "instruction", 0.08,
        ("have {np} {loc}", "have {np} {loc}", "make {np} {Vi} {prt} {goal}"),
        ("{V} {prt} {goal}",),
        ("", "", "now ", "please ", "you must ", "first "),
        _YOU,
        (" and ", " and ", ", then ", ", and "),
        (". ", ". then ", ". also "),
        (", as if {x}", ", like someone {x}"),
        (". keep {np} still", ", but do not move {np}"),
    ),
    SentenceFrame(
        "description", 0.13,
        ("{np} {Vis} {prt} {deg} {goal}", "{np} {Vis} {prt} {goal}", "{np} {be} {Ving_i} {prt} {goal}", "{np} {Vis} {prt} until {it} {be} {loc}"),
        ("{who} {Vis} {prt} {deg} {goal}",),
        ("", "", "", "now ", "this time ", "the change: ", "as can be seen, ", "in the next pose, ", "in the target, "),
        _THEY,
        (" and ", " and ", ", while ", " while "),
        (". ", ". ", ". also, ", "; "),
        (", as if {x}", ", like someone {x}", ". the person looks like someone {x}"),
        (", while {np} stay the same", ". {np} do not change", " with no change in {np}"),
    ),
    SentenceFrame(
        "description", 0.11,
        ("{np} {be} {Ved} {prt} {deg} {goal}", "{np} {be} {Ved} {prt} {goal}", "{np} {be} now {loc}"),
        ("{who} {is} {Ving} {prt} {deg} {goal}",),
        ("", "", "in the new pose, ", "in the end, ", "here, ", "same person, but "),
        _THEY,
        (" and ", " and ", ", while "),
        (". ", ". ", ". also, ", "; "),
        (", as if {x}", ", like someone {x}"),
        (", and {np} stay in place", ". {np} do not move"),
    ),
    SentenceFrame(
        "search", 0.12,
        ("{np} {loc}", "{np} {loc}", "{np} {Ved} {prt} {goal}"),
        ("{Ving} {prt} {goal}",),
        ("", "", "", "same person, ", "same pose but ", "a person, ", "show me this: ", "find someone who looks like this: ", "a person whose pose is: "),
        _BARE,
        (", ", ", ", " and "),
        ("; ", ", "),
        (", like someone {x}", ", as if {x}"),
        (", same {np}",),
        plain=True,
    ),
    SentenceFrame(
        "search", 0.1,
        ("{np} {Ved} {prt} {goal}", "{np} {Ved} {prt} {deg} {goal}", "{np} {loc}"),
        ("{Ving} {prt} {goal}",),
        ("", "", "find ", "looking for ", "show me "),
        ("", "the", "his", "her"),
        (" and ",),
        (),
        (", like someone {x}",),
        (", {np} not moved",),
        head=("someone", "a person", "the same person"),
        plain=True,
    ),
    SentenceFrame(
        "search", 0.08,
        ("{V} {np} {prt} {goal}", "{V} {np} {prt} {deg}", "{V} {np} {prt} {goal}"),
        ("{V} {prt} {deg}", "{V} {prt} {goal}"),
        ("", "", "", "same but ", "now ", "just "),
        ("", "", "", "your"),
        (", ", ", ", " and "),
        (", ", "; ", " then "),
        (", like someone {x}",),
        (", {np} the same",),
        plain=True,
    ),
    SentenceFrame(
        "analogy", 0.0,
        ("{V} {np} {prt} {goal}", "{V} {np} {prt} {deg} {goal}"),
        ("{V} {prt} {deg} {goal}",),
        ("as if {x}, ", "like someone {x}, ", "imagine you are {x}: ", "pretend you are {x}: ", "look as if you are {x}: "),
        _YOU,
        (" and ", " and ", ", then "),
        (". ", ". then ", ". also "),
    ),
    SentenceFrame(
        "short", 0.0,
        ("{V} {np} {prt} {goal}", "{V} {np} {prt}", "{V} {np} {goal}"),
        ("{V} {prt}", "{V} {prt}", "{V} {prt} {goal}"),
        ("", "", "", "", "now ", "please ", "just ", "same but "),
        ("", "", "the", "your"),
        (" and ", ", ", " and "),
        plain=True,
    ),
    SentenceFrame(
        "short", 0.0,
        ("{np} {loc}", "{np} {loc}", "{np} {Ved} {prt} {goal}"),
        ("{Ving} {prt}",),
        ("", "", "", "same but "),
        ("", "", "", "the"),
        (", ", " and "),
        plain=True,
    ),
)

VAL: tuple[SentenceFrame, ...] = (
    SentenceFrame(
        "instruction", 0.45,
        ("have {np} {Ved} {prt} {deg} {goal}", "have {np} {Ved} {prt} {goal}", "let {np} {Vi} {prt} {deg} {goal}"),
        ("have the person {V} {prt} {deg} {goal}",),
        ("", "", "now ", "please ", "this time, "),
        ("the",),
        (" and ", ", then "),
        (". ", ". then "),
        (", just like someone {x}",),
        (". {np} should stay as they are",),
    ),
    SentenceFrame(
        "description", 0.3,
        ("{np} should {Vi} {prt} {deg} {goal}", "{np} should be {Ved} {prt} {deg} {goal}", "{np} should be {loc}"),
        ("{who} should {V} {prt} {deg} {goal}",),
        ("", "", "in the end, ", "this time, "),
        _THEY,
        (" and ", ", and "),
        (". ", "; "),
        (", just like someone {x}",),
        (", and {np} should not move",),
    ),
    SentenceFrame(
        "search", 0.25,
        ("with {np} {Ved} {prt} {goal}", "with {np} {loc}"),
        ("seen {Ving} {prt} {goal}",),
        ("same person, ", "someone ", "a person "),
        ("the", "the", "his", "her"),
        (", ", " and "),
        (", ",),
        (", just like someone {x}",),
        (", {np} the same",),
        plain=True,
    ),
    SentenceFrame(
        "analogy", 0.0,
        ("have {np} {Ved} {prt} {goal}",),
        ("have the person {V} {prt} {goal}",),
        ("like a person {x}, ",),
        ("the",),
        (" and ",),
        (". ",),
    ),
    SentenceFrame("short", 0.0, ("{np} to be {loc}", "have {np} {Ved} {prt}"), ("the person to {V} {prt}",), ("",), ("", "the"), (" and ",), plain=True),
)

NEW_FORMS: tuple[SentenceFrame, ...] = (
    SentenceFrame(
        "instruction", 0.16,
        ("{np} must {Vi} {prt} {deg} {goal}", "{np} must be {Ved} {prt} {deg} {goal}", "{np} must be {loc}"),
        ("you must {V} {prt} {deg} {goal}",),
        ("", "", "next, ", "to look the same, "),
        ("the", "your"),
        (" and ", ", and "),
        (". ", ". also, ", "; "),
        (". look as if you are {x}",),
        (", but {np} must stay the same",),
    ),
    SentenceFrame(
        "instruction", 0.16,
        ("try {Ving} {np} {prt} {deg} {goal}", "try {Ving} {np} {prt} until {it} {be} {loc}"),
        ("try {Ving} {prt} {deg} {goal}",),
        ("", "", "from here, ", "please "),
        ("the", "your"),
        (" and ", ", then "),
        (". ", ". next, ", ". also "),
        (". look as if you are {x}",),
        (", but leave {np} as they are",),
    ),
    SentenceFrame(
        "instruction", 0.16,
        ("i want to see {np} {Ved} {prt} {deg} {goal}", "i want to see {np} {loc}"),
        ("i want to see you {V} {prt} {deg} {goal}",),
        ("", "", "now ", "this time "),
        ("the", "your"),
        (" and ", ", and "),
        (". ", ". also, "),
        (", as if you are {x}",),
        (", but do not move {np}",),
    ),
    SentenceFrame(
        "description", 0.18,
        ("you see {np} {Ving_i} {prt} {deg} {goal}", "you see {np} {Ving_i} {prt} until {it} {be} {loc}"),
        ("you see {whom} {Ving} {prt} {deg} {goal}",),
        ("", "here ", "in this pose, "),
        ("the", "the", "their", "her"),
        (" and ", ", and "),
        (". ", ". also, "),
        (", like a person {x}",),
        (", with {np} in the same position",),
    ),
    SentenceFrame(
        "description", 0.16,
        ("{np} {be} to be {Ved} {prt} {deg} {goal}", "{np} {be} to be {Ved} {prt} until {it} {be} {loc}", "{np} {be} to be {loc}"),
        ("{who} {is} to {V} {prt} {deg} {goal}",),
        ("", "in the next pose, ", "in the target, "),
        _THEY,
        (" and ", ", while "),
        (". ", "; "),
        (", like a person {x}",),
        (", with no change in {np}",),
    ),
    SentenceFrame(
        "search", 0.18,
        ("whose {np} {be} {Ved} {prt} {goal}", "whose {np} {be} {loc}"),
        ("who {is} {Ving} {prt} {goal}",),
        ("find someone ", "show me a person ", "the same person, "),
        ("",),
        (" and ", ", "),
        (),
        (", like a person {x}",),
        (", with {np} not moved",),
        plain=True,
    ),
    SentenceFrame(
        "analogy", 0.0,
        ("{np} must be {Ved} {prt} {goal}",),
        ("you must {V} {prt} {goal}",),
        ("to look like a person {x}, ",),
        ("the", "your"),
        (" and ",),
        (". ",),
    ),
    SentenceFrame("short", 0.0, ("get {np} {loc}", "get {np} {Ved} {prt}"), ("get the person to {V} {prt}",), ("",), ("", "the", "your"), (" and ", ", "), plain=True),
)

NEW_WORDS: tuple[SentenceFrame, ...] = (
    SentenceFrame(
        "instruction", 0.5,
        (
            "could you {V} {np} {prt} {deg} {goal}",
            "i'd {V} {np} {prt} {deg} {goal}",
            "{V} {np} {prt}, ending {loc}",
        ),
        ("could you {V} {prt} {deg} {goal}", "i'd {V} {prt} {deg} {goal}"),
        ("", "", "ok, ", "again, "),
        ("the", "your"),
        (", and ", ", and after that "),
        (". ", ". besides, "),
        (", similar to {x}",),
        (", no need to touch {np}", "; {np} can remain"),
    ),
    SentenceFrame(
        "description", 0.3,
        ("{np} {need} to be {Ved} {prt} {deg} {goal}", "{np} {be} being {Ved} {prt} {deg} {goal}"),
        ("{who} needs to {V} {prt} {deg} {goal}",),
        ("", "", "compared with before, "),
        _THEY,
        (" and ", ", whereas "),
        (". ", ". besides, "),
        (", resembling {x}",),
        (", {np} unchanged",),
    ),
    SentenceFrame(
        "search", 0.2,
        ("want {np} {Ved} {prt} {goal}", "want {np} {loc}"),
        ("want somebody {Ving} {prt} {goal}",),
        ("", "", "searching: "),
        ("", "the", "her"),
        (", ", " / "),
        (" / ",),
        (" ~ {x}",),
        (" / {np} unchanged",),
        plain=True,
    ),
    SentenceFrame("short", 0.0, ("want {np} {Ved} {prt}",), ("want somebody {Ving} {prt}",), ("",), ("", "the"), (", ",), plain=True),
)  # fmt: skip
