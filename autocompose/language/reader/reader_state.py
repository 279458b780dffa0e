"""The state of a reading: the open frame, what was named before, and the claims so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from autocompose.language.reader.claims import Claim
from autocompose.language.reader.frames import Frame, Theme
from autocompose.language.reader.grammar import claims_of
from autocompose.language.reader.items import Item
from autocompose.language.reader.lexicon import INTRANSITIVE, inflections
from autocompose.language.words import kind_of, part_of
from autocompose.schema import BodyPart

_PERSON_ACTS = frozenset({"lie", "turn", "lean", "look", "face", "squat", "stand"})
WHOLE_BODY = frozenset(form for verb in INTRANSITIVE.split(", ") for form in inflections(verb))


@dataclass
class ReaderState:
    """What a reading remembers, and how an open frame becomes claims."""

    claims: list[Claim] = field(default_factory=list)
    frame: Frame = field(default_factory=Frame)
    themes: list[Theme] = field(default_factory=list)  # of the last frame that had some
    sided: dict[str, str] = field(default_factory=dict)  # limb -> side last named
    named: dict[str, set[str]] = field(default_factory=dict)  # limb -> sides of this sentence
    last: Item | None = None
    prep: Item | None = None
    joined: bool = False  # an "and" or a comma since the last meaningful item
    degree: int | None = None
    negated: Item | None = None
    viewer: bool = False
    about: Theme | None = None  # the part that a part sentence belongs to
    going_on: bool = False
    simile: bool = False  # inside "as if ...": about somebody else
    ends: bool = False  # inside "so that ...": what follows is a state

    def begin_with(self, part: BodyPart) -> None:
        """Let what names no part be about this one."""
        self.about = Theme(part_of(kind_of(part)), part.side or "", 0, 0)
        self.themes = [self.about]
        self._mind(self.about)

    def close(self) -> None:
        """Turn the open frame into claims and start a new one."""
        frame = self.frame
        if self.viewer:
            frame.viewer = True
        self._hanging()
        waiting = (frame.ends or self.about is not None) and not frame.you
        if waiting and frame.predicates and not (frame.themes or frame.acts or frame.stranger):
            frame.themes = list(self.themes)
        if frame.acts and not frame.themes and not frame.person:
            self._give_themes(frame)
        self.claims.extend(c for c in claims_of(frame) if not self._said(c))
        if frame.themes:
            self.themes = list(frame.themes)
        self.frame = Frame(ends=self.ends)
        self.prep = None
        self.negated = None

    def _hanging(self) -> None:
        """``back behind``, ``move it across``: of the body, where nothing follows."""
        prep = self.prep
        if prep is not None and prep.value in ("behind", "across") and self.frame.themes:
            self.frame.add("place", f"{prep.value} body", prep.start, prep.end)
            self.prep = None

    def _said(self, claim: Claim) -> bool:
        """Whether the same was claimed just before ("bend it until it is bent")."""
        return any(
            (c.part, c.side, c.change) == (claim.part, claim.side, claim.change)
            for c in self.claims[-4:]
        )

    def _give_themes(self, frame: Frame) -> None:
        if frame.stranger:
            return
        acts = set(frame.acts)
        upward = any(p.value == "up" for p in frame.predicates)
        raised = bool(acts & {"up", "straighten"}) and upward
        raised = raised or ("down" in acts and any(p.value == "down" for p in frame.predicates))
        raised = raised or frame.word in WHOLE_BODY
        raised = raised or any(p.value == "at waist" for p in frame.predicates)
        if self.about is not None and self.themes == [self.about]:
            frame.themes = [self.about]
        elif acts & _PERSON_ACTS or frame.acts == ["bend"] or frame.you or raised:
            frame.person = True
        elif self.themes and (frame.predicates or acts & {"bend", "straighten", "up", "down"}):
            frame.themes = [t for t in self.themes]
        elif acts & {"up", "down"} or (frame.predicates and acts & {"move"}):
            frame.person = True

    def _mind(self, theme: Theme) -> None:
        if theme.limb and theme.side:
            self.sided[theme.limb] = theme.side
            self.named.setdefault(theme.limb, set()).add(theme.side)
