"""The words of a text with the gaps between them, as the rules for sides look at them."""

from __future__ import annotations

import re

from autocompose.language.sides.side_words import BODY, WORDS

_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE_BREAK = re.compile(r"[.,;:!?()\[\]{}\"“”…\n\r—–]|\s{2,}|\s-\s")
SIDES = ("left", "right")


class SpacedWords:
    """The words of a text in lower case, with the gaps between them."""

    def __init__(self, text: str) -> None:
        found = list(_WORD.finditer(text))
        self.spans = [match.span() for match in found]
        self.words = [match.group().lower() for match in found]
        ends = [0, *(end for _, end in self.spans)]
        starts = [*(start for start, _ in self.spans), len(text)]
        self.gaps = [text[end:start] for end, start in zip(ends, starts, strict=True)]

    def at(self, i: int) -> str:
        """The word at ``i``; empty outside the text."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def breaks(self, i: int) -> bool:
        """Whether a clause ends between the words ``i - 1`` and ``i``."""
        if not 0 < i < len(self.words):
            return True
        # Two spaces stand for a full stop in many captions, but not after "the".
        slip = self.gaps[i].isspace() and self.words[i - 1] in WORDS["clinging"]
        return not slip and bool(_CLAUSE_BREAK.search(self.gaps[i]))

    def near(self, i: int, steps: int) -> str:
        """The word ``steps`` after (or before) ``i`` in the same clause; empty beyond it."""
        low, high = (i + 1, i + steps) if steps > 0 else (i + steps + 1, i)
        return "" if any(self.breaks(k) for k in range(low, high + 1)) else self.at(i + steps)

    def joined(self, i: int, mark: str) -> bool:
        """Whether a single ``mark`` stands between the words ``i - 1`` and ``i``."""
        return 0 < i < len(self.words) and self.gaps[i] == mark


def is_noun(word: str, *, scene: bool = False) -> bool:
    """Whether a word is a part that may have a side, or with ``scene`` what a room has."""
    single = word[:-1] if word.endswith("s") and len(word) > 3 else word
    return {word, single} & BODY != set() or (scene and {word, single} & WORDS["scene"] != set())
