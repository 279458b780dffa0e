# ruff: noqa: E501 (tables: one entry a line reads best)
"""The sentence forms of the four banks. No clause form stands in two banks.

Slots: ``{V} {Ving} {Ved}`` a verb that moves the part, ``{Vi} {Vis}`` one that the part does itself,
``{np}`` the part, ``{prt}`` the verb's particle, ``{deg} {pdeg}`` degree after or before the verb, ``{goal}
{loc}`` where it ends (motion, place), ``{be} {it}`` agreeing with the part. ``{a|b}`` is written out as two
forms. A form with ``{loc}`` is used only where there is a place, ``{prt!}`` only where there is a particle.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """One way to write a whole text.

    Args:
        weight: how often it is chosen.
        clauses: clause forms.
        openers: what may stand before the first clause; the empty string keeps it bare.
        joiners: what stands between two clauses.
        analogies: forms around ``{x}``, a comparison in -ing form; always last in the text.
        steady: forms around ``{np}``, the limbs that stay.
    """

    weight: float
    clauses: tuple[str, ...]
    openers: tuple[str, ...]
    joiners: tuple[str, ...]
    analogies: tuple[str, ...]
    steady: tuple[str, ...]


@dataclass(frozen=True)
class Forms:
    """The sentence forms of one bank."""

    styles: dict[str, Style]


TRAIN = Forms(
    {
        "instruction": Style(
            0.5,
            (
                "{V} {np} {prt} {deg} {goal}",
                "{V} {np} {prt} {deg} {goal}",
                "{V} {np} {prt} {goal}",
                "{V} {prt!} {np} {deg} {goal}",
                "{pdeg} {V} {np} {prt} {goal}",
                "{V} {np} {prt} so that {it} {be} {loc}",
                "{V} {np} {prt} so {it} {be} {loc}",
                "{V} {np} {prt} until {it} {be} {loc}",
                "{V} {np} {prt} {deg} and hold {them} {loc}",
                "have {np} {loc}",
                "let {np} be {loc}",
                "start {Ving} {np} {prt} {deg} {goal}",
                "{V} {np} {prt} and stop when {it} {be} {loc}",
            ),
            (
                "",
                "",
                "",
                "",
                "",
                "",
                "now ",
                "let me see you ",
                "please ",
                "first ",
                "you need to ",
                "you should ",
                "you must ",
                "try to ",
                "make sure to ",
                "i want you to ",
                "start here and ",
                "what you should do is ",
                "from this pose ",
                "keep the same pose but ",
                "to change the pose ",
                "you only need to ",
            ),
            (
                " and ",
                ", ",
                ". ",
                ", then ",
                " then ",
                ", and ",
                ". also ",
                ". then ",
                "; ",
                ". now ",
                ". next ",
            ),
            (
                ", as if {x}",
                " as if you are {x}",
                ", like someone {x}",
                " as though {x}",
                ". it should look like {x}",
                ", as if {x}",
            ),
            (
                ", {np} kept still",
                ", keep {np} still",
                ". keep {np} in the same position",
                " and do not move {np}",
                ". leave {np} as they are",
            ),
        ),
        "description": Style(
            0.25,
            (
                "{np} {Vis} {prt} {deg} {goal}",
                "{np} {Vis} {prt} {goal}",
                "{np} {be} {Ved} {prt} {deg} {goal}",
                "{np} {be} {Ved} {prt} {goal}",
                "{np} {be} {pdeg} {Ved} {prt} {goal}",
                "{np} {be} now {loc}",
                "{np} {Vis} {prt} until {it} {be} {loc}",
                "{np} {pdeg} {Vis} {prt} {goal}",
                "{np} {be} {Ving_i} {prt} {deg} {goal}",
                "the person has {np} {loc}",
            ),
            (
                "",
                "",
                "",
                "",
                "now ",
                "in the end ",
                "in the new pose ",
                "the change: ",
                "the same person, but ",
                "this time ",
                "here ",
                "in the target ",
            ),
            (" and ", ", ", ". ", ", while ", " while ", ", and ", "; ", ". also "),
            (
                ", as if {x}",
                ", like someone {x}",
                ". the person looks like someone {x}",
                ", as though {x}",
            ),
            (
                ", {np} stay the same",
                ". {np} do not change",
                " and {np} stay in place",
                " with no change in {np}",
            ),
        ),
        "search": Style(
            0.25,
            (
                "{np} {Ved} {prt} {deg} {goal}",
                "{np} {Ved} {prt} {goal}",
                "{np} {prt!} {loc}",
                "{np} {prt!} {deg}",
                "{np} {loc}",
                "{pdeg} {Ved} {np} {goal}",
                "{np} {deg} {prt!}",
            ),
            (
                "",
                "",
                "",
                "",
                "same but ",
                "same person with ",
                "person with ",
                "same pose with ",
                "someone with ",
                "show me ",
                "find ",
                "looking for ",
            ),
            (", ", ", ", " and ", "; ", ", plus "),
            (", {x}", ", like {x}", " as if {x}"),
            (", {np} same", ", same {np}", ", {np} not moved"),
        ),
        "terse": Style(
            0.12,
            (
                "{V} {np} {prt}",
                "{np} {Vis} {prt}",
                "{V} {np} {goal}",
                "{np} {Vis} {prt} {deg}",
                "{V} {np} {prt} {deg}",
            ),
            ("", "", "", "", "same but ", "now ", "just "),
            (", ", ", ", " and ", "; ", ". ", " then "),
            (", like {x}", ". like {x}"),
            (", {np} the same",),
        ),
    }
)

VAL = Forms(
    {
        "instruction": Style(
            0.5,
            (
                "have {np} {Ved} {prt} {deg} {goal}",
                "let {np} {Vi} {prt} {deg} {goal}",
                "keep {Ving} {np} {prt} until {it} {be} {loc}",
            ),
            ("", "", "now ", "please ", "this time "),
            (", then ", ". ", " and ", ", "),
            (". look like someone {x}", ", just like {x}"),
            (". {np} should stay as they are", ", with {np} kept still"),
        ),
        "description": Style(
            0.25,
            (
                "{np} should {Vi} {prt} {deg} {goal}",
                "{np} should be {Ved} {prt} {deg} {goal}",
                "{np} should be {loc}",
            ),
            ("", "", "this time, ", "in the end, "),
            (", ", ", and ", " and "),
            (", much like someone {x}",),
            (", and {np} stay still",),
        ),
        "with": Style(
            0.15,
            ("with {np} {Ved} {prt} {deg} {goal}", "with {np} {loc}"),
            ("", "", "the same person, ", "someone "),
            (", ", ", and ", " and "),
            (", much like someone {x}",),
            (", and {np} kept as they are",),
        ),
        "search": Style(
            0.2,
            (
                "{Ved} {np} {prt} {goal}",
                "{deg} {Ved} {np}, {loc}",
                "{np} now {loc}",
            ),
            ("", "", "person, "),
            (", ", " and "),
            (", just {x}",),
            (", {np} kept",),
        ),
    }
)

NEW_FORMS = Forms(
    {
        "instruction": Style(
            0.45,
            (
                "try {Ving} {np} {prt} {deg} {goal}",
                "make sure {np} {be} {Ved} {prt} {deg} {goal}",
                "i want {np} {Ved} {prt} {deg} {goal}",
                "{np} must be {Ved} {prt} {deg} {goal}",
                "{np} must {Vi} {prt} {deg} {goal}",
                "make {np} {Vi} {prt} {deg} {goal}",
                "do not stop {Ving} {np} {prt} until {it} {be} {loc}",
            ),
            ("", "", "", "please, ", "to look the same, ", "next, ", "from here, "),
            (". ", ", and ", ". also, ", "; "),
            (". look as if {x}", ", the way someone {x} looks"),
            (", but keep {np} as they are", ". {np} must stay the same"),
        ),
        "description": Style(
            0.35,
            (
                "what you should see is {np} {Ved} {prt} {deg} {goal}",
                "the change is {np} {Ving_i} {prt} {deg} {goal}",
                "{np} {be} to be {Ved} {prt} {deg} {goal}",
                "{loc} {be} {np}",
                "the target has {np} {Ved} {prt} {deg} {goal}",
                "you see {np} {Ving_i} {prt} {deg} {goal}",
            ),
            ("", "", "in this pose, "),
            (". ", ", ", " and ", "; "),
            (". someone {x} looks the same",),
            (". no change in {np}",),
        ),
        "search": Style(
            0.2,
            (
                "{np}: {Ved} {prt} {deg} {goal}",
                "look for {np} {Ved} {prt} {goal}",
                "{np} to be {loc}",
                "{Ving} {np} {prt} {deg} {goal}",
            ),
            ("", "", "looking for this: "),
            (", ", "; "),
            (" (like {x})",),
            (" ({np} the same)",),
        ),
    }
)

NEW_WORDS = Forms(
    {
        "instruction": Style(
            0.5,
            (
                "go ahead and {V} {np} {prt} {deg} {goal}",
                "{V} {np} {prt} {deg}, ending {loc}",
                "could you {V} {np} {prt} {deg} {goal}",
                "it would help to {V} {np} {prt} {deg} {goal}",
                "i'd {V} {np} {prt} {deg} {goal}",
                "{V} {np} {prt} {goal}, {deg!}",
            ),
            ("", "", "ok, ", "again, "),
            (". ", "; ", ", and after that "),
            (", think of somebody {x}", " - imagine {x}", ", similar to {x}"),
            (", no need to touch {np}", "; {np} can remain"),
        ),
        "description": Style(
            0.3,
            (
                "{np} {be} being {Ved} {prt} {deg} {goal}",
                "{np} {be} supposed to {Vi} {prt} {deg} {goal}",
                "there {be} {np}, {Ved} {prt} {deg} {goal}",
                "{np} {be} found {loc}",
            ),
            ("", "", "compared with before, "),
            (". ", ", whereas ", " and "),
            (", resembling somebody {x}",),
            (", {np} unchanged",),
        ),
        "search": Style(
            0.2,
            (
                "{np} = {Ved} {prt} {deg} {goal}",
                "want {np} {Ved} {prt} {goal}",
                "{np} ending {loc}",
            ),
            ("", "", "somebody whose change is: "),
            (" / ", ", "),
            (" ~ {x}",),
            (" / {np} unchanged",),
        ),
    }
)
