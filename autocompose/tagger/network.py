"""The tagger's network, in numpy: words in context, the changes at each word, and their details.

Words (embedding, spelling, what the rules read there) pass through gated convolutions; a word and a
change that it names then look at all words to find part, side, kind and place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autocompose.tagger.spelled_words import pieces_of

Floats: TypeAlias = NDArray[np.floating]
DILATIONS = (1, 1, 2, 4, 1)
HEADS = 4
REACH = 40
"""Distance in words from which on distances count as one."""
_TINY = 1e-5
_MOST_WORDS = 20_000
"""Whose spelling is kept."""


@dataclass(frozen=True)
class Encoded:
    """The words of one text in context.

    Args:
        context: (T, H).
        full: (T, H + D): context beside the words themselves.
        keys: (T, HEADS, A) and ``values`` likewise: what a change may look at.
    """

    context: Floats
    full: Floats
    keys: Floats
    values: Floats


class Network:
    """The weights and what they compute.

    Args:
        weights: by name, of any float type.
    """

    def __init__(self, weights: dict[str, NDArray[np.floating]]) -> None:
        self._w = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
        self._spelt: dict[str, Floats] = {}
        self._convs: list[Floats] = []
        for i in range(len(DILATIONS)):
            kernel = self._w[f"convs.{i}.weight"]  # (2H, H, 3)
            flat = np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]))
            self._convs.append(flat)

    def encode(self, ids: list[int], words: list[str], hints: Floats) -> Encoded:
        """Put words into context.

        Args:
            ids: (T,) rows of the vocabulary.
            words: (T,) for their spelling.
            hints: (T, L) 1 where the rules read a change at a word.
        """
        w = self._w
        spelling = np.stack([self._spelling(word) for word in words])
        x = np.concatenate([w["word.weight"][ids], spelling, hints @ w["rin.weight"].T], axis=1)
        y = self._linear("inp", x)
        for i, dilation in enumerate(DILATIONS):
            normed = _normal(y) * w[f"norms.{i}.weight"] + w[f"norms.{i}.bias"]
            padded = np.pad(normed, ((dilation, dilation), (0, 0)))
            count = len(y)
            taps = [padded[k * dilation : k * dilation + count] for k in range(3)]
            z = np.concatenate(taps, axis=1) @ self._convs[i] + w[f"convs.{i}.bias"]
            half = z.shape[1] // 2
            y = y + z[:, :half] * _sigmoid(z[:, half:])
        context = _normal(y)
        full = np.concatenate([context, x], axis=1)
        shape = (len(ids), HEADS, -1)
        return Encoded(
            context,
            full,
            self._linear("k", full).reshape(shape),
            self._linear("val", full).reshape(shape),
        )

    def changes(self, encoded: Encoded, hints: Floats) -> Floats:
        """(T, L) probability that a word names a change."""
        hidden = _gelu(self._linear("lab.0", encoded.full))
        return _sigmoid(self._linear("lab.3", hidden) + hints * self._w["rw"])

    def details(
        self, encoded: Encoded, *, at: NDArray[np.intp], change: NDArray[np.intp], hints: Floats
    ) -> dict[str, Floats]:
        """Probabilities of part, side, kind, place, side of the place and negation.

        Args:
            encoded: from `encode`.
            at: (N,) words that name a change.
            change: (N,) which change.
            hints: (N, 5 + parts) side and part that the rules read for it.
        """
        w = self._w
        own = np.concatenate([encoded.context[at], w["emb.weight"][change]], axis=1)
        far = np.arange(len(encoded.context))[None] - at[:, None]
        far = np.clip(far, -REACH, REACH) + REACH
        near = w["rel.weight"][far].transpose(0, 2, 1)
        first = self._look(encoded, self._linear("q", own), near)
        again = self._look(encoded, self._linear("q2", np.concatenate([own, first], axis=1)), near)
        mixed = self._linear("mix.0", np.concatenate([own, first, again, hints], axis=1))
        mixed = _gelu(mixed)
        names = ("side", "part", "kind", "place", "pside", "neg")
        return {name: _softmax(self._linear(f"out.{name}", mixed)) for name in names}

    def _look(self, encoded: Encoded, query: Floats, near: Floats) -> Floats:
        """What N queries (N, A) see of all words, nearer or farther ones by ``near`` (N, H, T)."""
        heads = query.reshape(len(query), HEADS, -1)
        scores = np.einsum("nhd,thd->nht", heads, encoded.keys) / np.sqrt(heads.shape[-1])
        seen = np.einsum("nht,thd->nhd", _softmax(scores + near), encoded.values)
        return seen.reshape(len(query), -1)

    def _spelling(self, word: str) -> Floats:
        found = self._spelt.get(word)
        if found is None:
            found = self._w["gram.weight"][list(pieces_of(word))].mean(0)
            if len(self._spelt) < _MOST_WORDS:
                self._spelt[word] = found
        return found

    def _linear(self, name: str, x: Floats) -> Floats:
        return x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]


def _normal(x: Floats) -> Floats:
    centred = x - x.mean(1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(1, keepdims=True) + _TINY)


def _sigmoid(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -60, 60)))


def _softmax(x: Floats) -> Floats:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def _gelu(x: Floats) -> Floats:
    return 0.5 * x * (1.0 + np.tanh(0.7978846 * (x + 0.044715 * x * x * x)))
