# ruff: noqa: SIM905 (words read best unquoted)
"""The part of the reader that knows parts, pronouns, places and what is said of them."""

from __future__ import annotations

from dataclasses import replace

from autocompose.language.reader.frames import Frame, Theme
from autocompose.language.reader.items import Item
from autocompose.language.reader.reader_state import WHOLE_BODY, ReaderState
from autocompose.language.words import LOWER_LIMB, PAIRED, UPPER_LIMB, other_side

_AROUND_YOU = frozenset({"front", "behind", "beside", "near", "above"})
_LEVELS = frozenset({"shoulder", "head", "hip", "chest"})
_ALONE = frozenset({"stand", "squat", "lie", "look"})
_THING_PREPS = frozenset(
    "toward at to from away front behind beside near closer line on".split()
)  # fmt: skip


def _many(theme: Theme) -> bool:
    return theme.plural or theme.side == "both"


class PartReader(ReaderState):
    """What to do with parts and with words about them."""

    def _part(self, item: Item) -> None:
        frame = self.frame
        if item.value == "same":
            if not (frame.themes or self.themes):
                return
            same = (frame.themes or self.themes)[-1].part
            item = replace(item, value=same, mark=same)
        if self.prep is not None and self._is_place(item):
            self._landmark(item)
            return
        if "touch" in frame.acts and frame.themes and not self.joined:
            self._touch(item)
            return
        theme = Theme(item.value, self._resolve(item), item.start, item.end, item.plural)
        previous = self.last
        if previous is not None and previous.kind == "prep" and previous.value == "with":
            if frame.acts and not frame.themes and self._takes_with():
                frame.takes_with = True
            else:
                self.close()
                self.ends = True
                self.frame = Frame(ends=True, with_=True)
        elif previous is not None and previous.kind == "part" and self._apposed(theme):
            return
        elif frame.themes:
            if frame.told:
                self._gap()
            elif self.joined and self._complete():
                self.close()
                self.frame = Frame(ends=True, with_=True)
            elif self.joined:
                theme.coordinated = True
            else:
                self._gap()
        elif (
            self.joined
            and frame.acts
            and (frame.you or set(frame.acts) & _ALONE or frame.word in WHOLE_BODY)
        ):
            self.ends = False
            self.close()  # "stand up and the elbows bend"
        elif frame.predicates and self.joined:
            # "until it is straight and that arm ...": what was said is of the parts before.
            self.ends = False
            self.close()
        elif (
            frame.predicates
            and not (frame.acts or frame.negated or frame.leading)
            and not self.ends
        ):
            self.close()
        self.frame.add_theme(theme)
        self._mind(theme)
        self.prep = None

    def _complete(self) -> bool:
        """``step back with the left foot, the right hand in front``: the second part is new."""
        frame = self.frame
        last = frame.themes[-1]
        said = bool(frame.predicates)
        after = frame.participle and frame.verb_end > last.end and not frame.be
        # "Until they almost touch, both hands overhead": they touch each other, not the hands.
        touching = "touch" in frame.acts and frame.verb_end > last.end
        return (said and frame.takes_with) or (after and not frame.leading) or touching

    def _takes_with(self) -> bool:
        """``step back with your right foot``: the part that does it comes last."""
        frame = self.frame
        limbs = {"move", "touch", "clasp", "advance", "withdraw"}
        if frame.participle or frame.has_place or frame.word in WHOLE_BODY:
            return False
        return set(frame.acts) - {"have"} <= limbs

    def _touch(self, item: Item) -> None:
        """``touch your knee with your hand`` and ``your hand should touch your knee``."""
        frame, prep = self.frame, self.prep
        if prep is not None and prep.value == "with":
            place = frame.themes.pop()
            self.frame.add("place", f"on {place.part}", place.start, item.end, side=place.side)
            frame.add_theme(
                Theme(item.value, self._resolve(item), item.start, item.end, item.plural)
            )
            self._mind(frame.themes[-1])
        else:
            side = self._resolve(item)
            frame.add("place", f"on {item.mark}", item.start, item.end, side=side)
        self.prep = None

    def _apposed(self, theme: Theme) -> bool:
        """``right arm elbow``: the second noun makes the first one precise."""
        themes = self.frame.themes
        if not themes or self.joined or theme.side:
            return False
        parts = {themes[-1].part, theme.part}
        same = parts <= UPPER_LIMB or parts <= LOWER_LIMB
        if same:
            themes[-1].part = theme.part
            themes[-1].end = theme.end
            self.frame.stretch(theme.end)
        return same

    def _gap(self) -> None:
        """``left foot forward and right foot back``: the verb is said once."""
        frame = self.frame
        acts, be = list(frame.acts), frame.be
        ends, with_ = frame.ends, frame.with_
        negated = frame.negated
        self.close()
        self.frame = Frame(ends=ends, with_=with_, gapped=True, be=be, negated=negated)
        self.frame.acts = acts

    def _resolve(self, item: Item) -> str:
        """Side of a part, from the word before it or from what was named before."""
        if item.value not in PAIRED:
            return item.side if item.side in ("left", "right") else ""
        limb = "upper" if item.value in UPPER_LIMB | {"shoulder"} else "lower"
        known = self.sided.get(limb, "")
        if item.value in ("toes", "fingers") and item.side == "both" and self.last is not None:
            named = self.named.get(limb, set())
            return next(iter(named)) if len(named) == 1 else "both"
        if item.side == "other":
            return other_side(known)
        if item.side == "that":
            return known
        if item.side == "" and not item.plural:
            named = {t.side for t in (self.frame.themes or self.themes) if t.limb == limb}
            if not named and item.value != "shoulder":
                named = set(self.named.get(limb, ()))
            return named.pop() if len(named) == 1 else ""
        return "" if item.side == "one" else item.side

    def _is_place(self, item: Item) -> bool:
        prep = self.prep
        assert prep is not None
        if prep.value in ("with", "for", "inside"):
            return False
        if prep.value == "of":
            return self._of(item)
        return not self.joined or prep.value in ("between",)

    def _of(self, item: Item) -> bool:
        """``the palm of your left hand`` moves the palm; elsewhere ``of`` names a place."""
        themes = self.frame.themes
        if self.frame.predicates and self.frame.predicates[-1].kind == "thing":
            return True  # "to the right of your right leg"
        if themes and not self.frame.predicates and not self.joined:
            themes[-1].side = themes[-1].side or self._resolve(item)
            self._mind(themes[-1])
            self.frame.stretch(item.end)
            return True
        return False

    def _landmark(self, item: Item) -> None:
        prep = self.prep
        if prep is None or prep.value == "of":
            self.prep = None
            return
        if self.negated is not None:
            self.frame.negated = True
            self.negated = None
        themes = self.frame.themes
        held = prep.value == "on" and item.mark in ("hand", "foot") and not self.frame.predicates
        if held and themes and themes[-1].part in ("fingers", "toes", "palm"):
            themes[-1].side = self._resolve(item)  # "the fingers on your left hand"
            self.prep = None
            return
        bends = "bend" in self.frame.acts or any(p.value == "bent" for p in self.frame.predicates)
        joint = prep.value == "at" and item.mark in ("knee", "elbow")
        if joint and bends and not self.frame.themes:
            self.frame.add_theme(Theme(item.mark, self._resolve(item), item.start, item.end, True))
            self.prep = None
            return
        side = self._resolve(item) if item.kind == "part" else item.side
        if item.side == "" and not item.plural and item.kind == "part":
            side = ""
        turning = bool({"turn", "lean", "look", "face"} & set(self.frame.acts))
        if item.mark == "side" and item.side and turning:
            self.frame.add("dir", item.side, prep.start, item.end)
        elif prep.value == "line" and prep.start and item.mark in _LEVELS:
            self.frame.add("level", item.mark, prep.start, item.end)
        else:
            self.frame.add("place", f"{prep.value} {item.mark}", prep.start, item.end, side=side)
        self.prep = None

    def _mark(self, item: Item) -> None:
        if self.prep is not None and self.prep.value not in ("with", "for", "of"):
            self._landmark(item)

    def _pron(self, item: Item) -> None:
        frame = self.frame
        if self.prep is not None or (frame.themes and not self._fresh()):
            self.prep = None
            return
        if frame.themes and self._fresh():
            self.close()
        themes = [t for t in self.themes]
        if item.value == "they" and len(themes) == 1 and not _many(themes[0]):
            frame.stranger = True  # "the arms follow the torso; keep them still"
            return
        if item.value == "it" and len(themes) > 1:
            themes = [t for t in themes if not t.plural][-1:] or themes[-1:]
        for theme in themes:
            self.frame.add_theme(theme.copy(item.start, item.end))

    def _fresh(self) -> bool:
        return self.joined and bool(self.frame.predicates or self.frame.acts)

    def _you(self, item: Item) -> None:
        if self.prep is not None and self.prep.value in _AROUND_YOU:
            self._landmark(Item("mark", "body", item.start, item.end, mark="body"))
            return
        self.prep = None
        if self.frame.themes or self.frame.predicates or self.frame.acts:
            if self.frame.acts and not self.frame.themes and not self.frame.predicates:
                self.frame.you = set(self.frame.acts) <= {"have", "keep"}
                return
            self.close()
        self.frame.you = True

    def _dir(self, item: Item) -> None:
        if self.negated is not None:
            self.frame.negated = True
        if item.value in ("left", "right") and self._tells_of_thing(item):
            return
        if item.mark == "straight" and {t.part for t in self.frame.themes} & {"torso", "body"}:
            item = replace(item, value="upright")  # "the torso is straight up"
        self._attach("dir", item)
        self.prep = None

    def _tells_of_thing(self, item: Item) -> bool:
        """``the lamp on the left``, ``the table next to you``: where a thing of the room is."""
        last = self.last
        said = self.frame.predicates
        thing = bool(said) and said[-1].kind == "thing" and not self.joined
        return thing and last is not None and last.kind == "word"

    def _state(self, item: Item) -> None:
        if self.negated is not None:
            self.frame.negated = True
            self.negated = None
        frame = self.frame
        if item.value == "wide" and self.prep is not None and self.prep.value == "closer":
            frame.add("dir", "together", self.prep.start, item.end)  # "closer to shoulder width"
            self.prep = None
            return
        if (
            item.value in ("bent", "straight", "90")
            and len(frame.themes) > 1
            and frame.themes[-1].coordinated
            and not frame.predicates
            and {"up", "down", "bend", "straighten"} & set(frame.acts)
        ):
            # "lower the head, the left arm now bent"
            subject = frame.themes.pop()
            self.close()
            self.frame.add_theme(subject)
        self._attach("state", item)

    def _level(self, item: Item) -> None:
        if self.prep is not None and self.prep.value in ("above", "below", "higher"):
            mark = "head" if item.value == "over" else item.value
            self.frame.add("place", f"{self.prep.value} {mark}", self.prep.start, item.end)
        else:
            self._attach("level", item)
        self.prep = None

    def _attach(self, kind: str, item: Item) -> None:
        frame = self.frame
        frame.add(kind, item.value, item.start, item.end)
        if not frame.acts and not frame.themes:
            frame.leading = True

    def _prep(self, item: Item) -> None:
        if self.frame.acts == ["stand"] and not self.frame.predicates and not self.frame.themes:
            self.frame.stranger = True  # "stand on one leg", "stand in your spot": nobody gets up
        self.prep = item

    def _on(self, item: Item) -> None:
        """``still leaning``: the verb that follows says how it stays."""
        self.going_on = True

    def _deg(self, item: Item) -> None:
        frame = self.frame
        if (frame.acts or frame.themes) and not (self.joined and frame.predicates):
            if frame.degree is None:
                frame.degree = int(item.value)
            frame.stretch(item.end)
        else:
            self.degree = int(item.value)

    def _neg(self, item: Item) -> None:
        if self.joined and self.frame.predicates:
            self.close()
        self.negated = item

    def _stay(self, item: Item) -> None:
        frame = self.frame
        if frame.themes and not frame.acts and not frame.predicates:
            frame.add("state", "still", item.start, item.end)
            return
        self.close()
        self.frame.still = True
        self.frame.start = item.start
        self.frame.finish = item.end

    def _simile(self, item: Item) -> None:
        self.close()
        self.simile = True

    def _viewer(self, item: Item) -> None:
        self.frame.viewer = True
        self.frame.extend(item)

    def _clock(self, item: Item) -> None:
        self.frame.add("dir", "clock", item.start, item.end)

    def _word(self, item: Item) -> None:
        if self.prep is not None and self.prep.value in _THING_PREPS:
            self.frame.add("thing", self.prep.value, self.prep.start, item.end)
            self.prep = None
        elif self.prep is not None and self.prep.value == "of" and self.frame.themes:
            if not self.frame.predicates and not self.joined:
                self.frame.themes.pop()  # "the hands of the clock" are no hands
            self.prep = None
        elif self.frame.acts and self.frame.acts[-1] == "face" and not self.frame.predicates:
            self.frame.add("thing", "toward", item.start, item.end)
        elif self.prep is None and item.mark and not self.frame.themes:
            self.frame.stranger = True  # "keep your balance": about nothing that was named before
