"""The act of the table that words are nearest to, by the word vectors of a checkpoint's text tower.

A text is the mean of the vectors of its words; words that many acts have count less. How near it is
to an act is a mixture of its nearest name, of all names of the act together, and of how well each
word of the text is explained by one of theirs: "surfing the internet" is near to surfing, but
nothing in it explains the internet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.errors import ConfigError
from autocompose.lab.speculative.act_table import ACTS, Act
from autocompose.model.towers import Towers, byte_pairs

Floats = NDArray[np.float64]

KNOWN = 0.66
"""Likeness from which an act is taken to be meant. Chosen on the first half of
`autocompose.lab.measured.act_phrases`."""
_NAME, _ALL = 0.6, 0.4
_EXPLAINED = 0.3
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_EMPTY = frozenset((
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "without",
    "into", "onto", "up", "down", "out", "off", "over", "under", "and", "or", "as", "like",
    "is", "are", "was", "be", "being", "been", "it", "its", "it's", "one", "one's", "someone",
    "somebody", "something", "anybody", "person", "people", "man", "woman", "his", "her",
    "their", "them", "they", "he", "she", "who", "whom", "that", "this", "those", "these", "my",
    "your", "our", "own", "oneself", "himself", "herself", "just", "very", "some",
    "any", "do", "does", "doing", "done", "have", "has", "having", "get", "gets", "getting",
    "got", "go", "goes", "going", "make", "makes", "making",
))  # fmt: skip
"""Words that tell no act from another."""


@dataclass(frozen=True)
class NearAct:
    """An act, and how near a text is to it: 1 where they are the same words."""

    act: Act
    likeness: float


class ActWords:
    """Finds acts by the vectors of words.

    Args:
        table: (W, D) one vector for each byte pair of CLIP.
        acts: that are known.

    Raises:
        ConfigError: the table has too few rows.
    """

    def __init__(self, table: NDArray[np.float32], acts: Mapping[str, Act] = ACTS) -> None:
        if table.ndim != 2 or len(table) < 1000:
            raise ConfigError(f"a table of shape {table.shape} holds no vectors of words")
        self._table = table
        self._acts = list(acts.values())
        self._vectors: dict[str, Floats] = {}
        names = [[act.name, *act.names] for act in self._acts]
        spoken = [{word for name in some for word in act_words(name)} for some in names]
        self._seen = Counter(word for some in spoken for word in some)
        self._names = [np.stack([self._mean(act_words(name)) for name in some]) for some in names]
        self._whole = [_unit(some.mean(0)) for some in self._names]
        self._spoken = [np.stack([self._vector(word) for word in sorted(some)]) for some in spoken]

    @classmethod
    def of_towers(cls, towers: Towers) -> ActWords:
        """With the word vectors of a text tower.

        Raises:
            ConfigError: the tower reads no byte pairs of CLIP.
        """
        state = towers.clip.state_dict()
        for name in ("token_embedding.weight", "text.token_embedding.weight"):
            if name in state:
                return cls(state[name].float().cpu().numpy())
        raise ConfigError(f"the text tower of {towers.name} has no vectors of words")

    def nearest(self, text: str, count: int = 3) -> list[NearAct]:
        """The acts that a text is nearest to, the nearest first; none where it has no words.

        Args:
            text: what somebody does.
            count: how many at most.
        """
        words = act_words(text)
        if not words:
            return []
        own = np.stack([self._vector(word) for word in words])
        mean = self._mean(words)
        near = []
        for act, names, whole, spoken in zip(
            self._acts, self._names, self._whole, self._spoken, strict=True
        ):
            alike = _NAME * float((names @ mean).max()) + _ALL * float(whole @ mean)
            explained = float(np.clip((own @ spoken.T).max(1), 0, 1).mean())
            near.append(NearAct(act, (1 - _EXPLAINED) * alike + _EXPLAINED * explained))
        return sorted(near, key=lambda one: -one.likeness)[:count]

    def _mean(self, words: Sequence[str]) -> Floats:
        shares = [1 / max(self._seen[word], 1) ** 0.5 for word in words]
        return _unit(
            np.sum([w * self._vector(word) for w, word in zip(shares, words, strict=True)], axis=0)
        )

    def _vector(self, word: str) -> Floats:
        if word not in self._vectors:
            rows = [row for row in byte_pairs(word) if row < len(self._table)]
            found = self._table[rows].mean(0) if rows else np.zeros(self._table.shape[1])
            if len(self._vectors) > 20_000:
                self._vectors.clear()
            self._vectors[word] = _unit(found.astype(np.float64))
        return self._vectors[word]


def act_words(text: str) -> list[str]:
    """The words of a text that may tell an act; all of them where none does.

    >>> act_words("Someone is hailing a taxi")
    ['hailing', 'taxi']
    """
    words = _WORD.findall(text.lower())
    return [word for word in words if word not in _EMPTY] or words


def _unit(vector: Floats) -> Floats:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
