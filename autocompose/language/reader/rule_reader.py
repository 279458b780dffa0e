"""Free text -> claims: which part does what, on which side, how much, and where the text says so.

The text is read once from left to right. A *frame* is one verb with its parts and what is said of
them; a new verb, a new subject or the end of a sentence closes it. What the grammar does not
understand becomes a claim with the change ``unclear``, which no body can support or contradict.
"""

from __future__ import annotations

from dataclasses import replace

from autocompose.language.reader.claims import Claim
from autocompose.language.reader.frames import Frame
from autocompose.language.reader.part_reader import PartReader
from autocompose.language.reader.tokens import Item, tokenize
from autocompose.schema import BodyPart


def read_by_rules(text: str, *, about: BodyPart | None = None) -> tuple[Claim, ...]:
    """Read what a text claims about a body, by rules alone.

    Args:
        text: one or more sentences, instructions or descriptions.
        about: the part that the text belongs to: "bend it" and "raise slightly" are about it.

    Returns:
        Claims in the order of the text; empty where it says nothing about a body.
    """
    reader = _Reader()
    if about is not None:
        reader.begin_with(about)
    for item in tokenize(text):
        reader.take(item)
    reader.close()
    return tuple(sorted(reader.claims, key=lambda claim: claim.span))


class _Reader(PartReader):
    """Adds verbs and boundaries of sentences and clauses."""

    def take(self, item: Item) -> None:
        """Read one more item."""
        if self.simile:
            over = self.joined and (item.kind == "part" or item.form == "base")
            if not over and item.kind not in ("stop", "while", "end"):
                self.joined = item.kind in ("and", "comma", "then")
                return
            self.simile = False
        if item.kind == "stop" and item.value.isspace() and self._waits():
            # Forms lose their commas: "turn your shoulders  hips and head to the left".
            item = replace(item, kind="comma")
        getattr(self, f"_{item.kind}")(item)
        if item.kind not in ("and", "comma", "then", "word"):
            self.joined = False
        self.last = item

    def _waits(self) -> bool:
        """Whether the verb so far needs a direction or a place."""
        frame = self.frame
        open_acts = {"turn", "lean", "move", "have", "keep"}
        ready = bool(frame.acts and frame.themes) and not frame.predicates
        return ready and set(frame.acts) <= open_acts

    def _stop(self, item: Item) -> None:
        self.close()
        self.ends = False
        self.named = {}
        self.frame = Frame()
        self.degree = None
        self.viewer = False
        self.joined = False

    def _end(self, item: Item) -> None:
        self.frame.explained = True
        self.close()
        self.ends = True
        self.frame = Frame(ends=True)

    def _tobe(self, item: Item) -> None:
        """``the arm is to be raised``; else ``bring it up to be at shoulder height``."""
        frame = self.frame
        if frame.themes and not frame.predicates and not (set(frame.acts) - {"have", "keep"}):
            frame.be = True
        else:
            self._end(item)

    def _while(self, item: Item) -> None:
        self.close()
        self.ends = False
        self.frame = Frame()
        self.degree = None

    def _then(self, item: Item) -> None:
        self.joined = True

    def _and(self, item: Item) -> None:
        self.joined = True
        self._hanging()
        self.prep = None if self.prep is None or self.frame.predicates else self.prep

    def _comma(self, item: Item) -> None:
        self.joined = True
        self._hanging()
        self.prep = None
        self.negated = None

    # Verbs

    def _verb(self, item: Item) -> None:
        act, form = item.value, item.form
        if self.ends and self.joined and form == "base":
            # "until it is on the floor, let the trunk lean": an order again
            self.ends = False
            self.close()
        if self.joined and form == "base" and self._stops_doing():
            self.close()  # "stop leaning, stand up": only the first is not wanted
        frame = self.frame
        negated = self.negated
        if self.joined and frame.acts == ["move"] and not frame.predicates:
            frame.explained = True  # "take your arm and bring it down"
        self.prep = None
        if act in ("have", "keep") and (frame.acts or frame.themes) and not frame.predicates:
            if frame.themes and not frame.acts and form != "ing":
                frame.add_act(item)  # "the left arm stays ..."
                return
            if not frame.themes and set(frame.acts) <= {"keep", "have"}:
                frame.add_act(item)
                return
        if not frame.acts and not frame.themes and not frame.predicates:
            self._start(item)
        elif self._joins(item):
            frame.add_act(item)
        elif self._goes_on(item):
            subjects = [t.copy(item.start, item.end) for t in frame.themes]
            self.close()  # "the arm should be bent and raised"
            for subject in subjects:
                self.frame.add_theme(subject)
            self.frame.be = True
            self.frame.add_act(item)
        else:
            self._split_subject(item)
            self._start(item)
        if negated is not None:
            self.frame.negated = True
            self.frame.start = min(self.frame.start, negated.start)
            self.negated = None
        if self.going_on or (item.form == "ing" and self.frame.kept and act in ("lean", "look")):
            self.frame.ends = True
        self.going_on = False
        self.prep = None

    def _stops_doing(self) -> bool:
        """``stop leaning``: the frame so far says what shall end."""
        return self.frame.negated and self.frame.ending and not self.frame.themes

    def _joins(self, item: Item) -> bool:
        frame = self.frame
        if self.joined:
            # "raise and straighten your left arm"; "the arms and legs bend"
            if frame.acts and not frame.themes and not frame.predicates:
                return True
            return (
                not frame.acts
                and bool(frame.themes)
                and not frame.predicates
                and item.form in ("third", "ed")
            )
        if frame.gapped and not frame.predicates and self.last is not None:
            return self.last.kind in ("part", "be")
        if frame.predicates and not frame.be:
            return item.form == "ed" and not frame.acts and not frame.has_place
        if frame.themes:
            if frame.themes[-1].coordinated and item.value in ("face", "point"):
                return False  # "lift both hands, palms facing up"
            passive = not frame.acts or set(frame.acts) <= {"have", "keep", "be", "hold", "look"}
            return passive or (item.form in ("ed", "ing") and item.value in ("face", "point"))
        return set(frame.acts) <= {"have", "keep", "be", "look"} or item.form == "ing"

    def _goes_on(self, item: Item) -> bool:
        """Whether the verb is a second one of the same passive: ``is bent and raised``."""
        frame = self.frame
        after = self.last is not None and self.last.kind == "and"
        return after and item.form == "ed" and frame.be and bool(frame.themes and frame.told)

    def _split_subject(self, item: Item) -> None:
        """``raise your left arm and your right leg bends``: the last part starts a new frame."""
        frame = self.frame
        last = self.last
        subject_before = last is not None and last.kind in ("part", "on", "deg", "then")
        finite = item.form == "third" or (item.form in ("ed", "ing") and subject_before)
        if finite and len(frame.themes) > 1 and frame.themes[-1].coordinated and not self.joined:
            subject = frame.themes.pop()
            self.close()
            self.frame.add_theme(subject)
        elif finite and len(frame.themes) == 1 and frame.gapped and not frame.predicates:
            frame.acts.clear()
            return
        else:
            self.close()

    def _start(self, item: Item) -> None:
        if self.frame.acts or self.frame.predicates:
            self.close()
        self.frame.add_act(item)
        if self.degree is not None:
            self.frame.degree = self.degree
            self.degree = None

    def _be(self, item: Item) -> None:
        frame = self.frame
        again = self.last is not None and self.last.kind == "and" and bool(frame.themes)
        if again and not frame.themes[-1].coordinated and frame.predicates:
            subjects = [t.copy(item.start, item.end) for t in frame.themes]
            self.close()  # "the head looks down and is tilted": the same subject
            for subject in subjects:
                self.frame.add_theme(subject)
        elif frame.predicates or (frame.acts and frame.themes and not frame.gapped):
            if frame.themes and frame.themes[-1].coordinated and not frame.told:
                subject = frame.themes.pop()
                self.close()
                self.frame.add_theme(subject)
            elif frame.acts and frame.themes and set(frame.acts) <= {"have", "keep"}:
                return
            else:
                self.close()
        elif frame.gapped:
            frame.acts.clear()
        self.frame.be = True
        self.frame.extend(item)
