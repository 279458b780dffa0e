"""A frame: one verb of a text with its parts and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from autocompose.language.reader.items import Item
from autocompose.language.words import LOWER_LIMB, UPPER_LIMB


@dataclass(slots=True)
class Theme:
    """A part that a frame is about."""

    part: str
    side: str
    start: int
    end: int
    plural: bool = False
    coordinated: bool = False

    @property
    def limb(self) -> str:
        """``upper``, ``lower`` or empty."""
        if self.part in UPPER_LIMB:
            return "upper"
        return "lower" if self.part in LOWER_LIMB else ""

    def copy(self, start: int, end: int) -> Theme:
        """The same part, named at another place of the text."""
        return Theme(self.part, self.side, start, end, self.plural)


@dataclass(frozen=True, slots=True)
class Predicate:
    """Something said of the parts: a direction, a state, a height, a place."""

    kind: str
    value: str
    start: int
    end: int
    side: str = ""


@dataclass
class Frame:
    """A verb, its parts, and what is said of them."""

    acts: list[str] = field(default_factory=list)
    themes: list[Theme] = field(default_factory=list)
    predicates: list[Predicate] = field(default_factory=list)
    degree: int | None = None
    negated: bool = False
    ends: bool = False
    be: bool = False
    with_: bool = False
    takes_with: bool = False
    gapped: bool = False
    leading: bool = False
    person: bool = False
    you: bool = False
    still: bool = False
    kept: bool = False
    explained: bool = False
    participle: bool = False
    ending: bool = False
    viewer: bool = False
    stranger: bool = False
    start: int = 1 << 30
    finish: int = 0
    verb_end: int = 0
    word: str = ""

    @property
    def told(self) -> bool:
        """Whether something has been said after the first part was named."""
        return bool(self.themes) and any(p.start > self.themes[0].start for p in self.predicates)

    @property
    def has_place(self) -> bool:
        """Whether a place or height has been said."""
        return any(p.kind in ("place", "level", "thing") for p in self.predicates)

    def stretch(self, end: int) -> None:
        """Let the frame reach to a later place of the text."""
        self.finish = max(self.finish, end)

    def extend(self, item: Item) -> None:
        """Let the frame cover an item."""
        self.start = min(self.start, item.start)
        self.stretch(item.end)

    def add_act(self, item: Item) -> None:
        """Add a verb; a verb of motion replaces one that only keeps or has."""
        if self.gapped:
            self.acts.clear()
            self.gapped = False
        motion = item.value not in ("keep", "have")
        if motion and item.form in ("ing", "base", "third") and "keep" in self.acts:
            self.acts.remove("keep")
            self.kept = True
        self.acts.append(item.value)
        self.participle = item.form == "ed"
        self.ending = item.form == "ing"
        self.word = item.mark or self.word
        self.verb_end = max(self.verb_end, item.end)
        self.extend(item)

    def add_theme(self, theme: Theme) -> None:
        """Add a part."""
        self.themes.append(theme)
        self.start = min(self.start, theme.start)
        self.stretch(theme.end)

    def add(self, kind: str, value: str, start: int, end: int, *, side: str = "") -> None:
        """Add a predicate."""
        self.predicates.append(Predicate(kind, value, start, end, side))
        self.start = min(self.start, start)
        self.stretch(end)
