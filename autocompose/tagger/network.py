"""The tagger's network, in numpy: words in context, the changes at each word, and their details.

Words (embedding, spelling, what the rules read there) pass through gated convolutions; a word and a
change that it names then look twice at all words to find part, side, kind and place.
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
_SEEN = ("k", "val", "lab.0")
"""Layers that look at the context and at the words themselves."""
_DETAILS = ("side", "part", "kind", "place", "pside", "neg")


@dataclass(frozen=True)
class Encoded:
    """The words of one text in context.

    Args:
        context: (T, H).
        keys: (HEADS, A, T) and ``values`` (HEADS, T, A): what a change may look at.
        hidden: (T, 128) of what tells the changes at each word.
    """

    context: Floats
    keys: Floats
    values: Floats
    hidden: Floats


class Network:
    """The weights and what they compute.

    Args:
        weights: by name, of any float type.
    """

    def __init__(self, weights: dict[str, NDArray[np.floating]]) -> None:
        self._w = {
            name: np.ascontiguousarray(value, dtype=np.float32) for name, value in weights.items()
        }
        w = self._w
        self._spelt: dict[str, Floats] = {}
        self._convs: list[Floats] = []
        for i in range(len(DILATIONS)):
            kernel = w[f"convs.{i}.weight"]  # (2H, H, 3)
            flat = np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]))
            self._convs.append(flat)
        # One product each for what looks at the words, at their context, and for the details.
        self._width = width = len(w["inp.bias"])
        self._sizes = [len(w[f"{name}.bias"]) for name in _SEEN]
        wide = [w[f"{name}.weight"] for name in _SEEN]
        self._words = _stacked(w["inp.weight"], *(part[:, width:] for part in wide))
        self._words_bias = np.concatenate([w[f"{name}.bias"] for name in ("inp", *_SEEN)])
        self._context = _stacked(*(part[:, :width] for part in wide))
        self._out = _stacked(*(w[f"out.{name}.weight"] for name in _DETAILS))
        self._out_bias = np.concatenate([w[f"out.{name}.bias"] for name in _DETAILS])
        ends = np.cumsum([len(w[f"out.{name}.bias"]) for name in _DETAILS])
        self._ends = [int(end) for end in ends]

    def encode(self, ids: list[int], words: list[str], hints: Floats) -> Encoded:
        """Put words into context.

        Args:
            ids: (T,) rows of the vocabulary.
            words: (T,) for their spelling.
            hints: (T, L) 1 where the rules read a change at a word.
        """
        w, count, width = self._w, len(ids), self._width
        spelling = np.stack([self._spelling(word) for word in words])
        x = np.concatenate([w["word.weight"][ids], spelling, hints @ w["rin.weight"].T], axis=1)
        told = x @ self._words + self._words_bias
        y = told[:, :width]
        most = max(DILATIONS)
        padded = np.zeros((count + 2 * most, width), dtype=np.float32)
        for i, dilation in enumerate(DILATIONS):
            inside = padded[most : most + count]
            np.multiply(_normal(y), w[f"norms.{i}.weight"], out=inside)
            inside += w[f"norms.{i}.bias"]
            starts = (most - dilation, most, most + dilation)
            taps = [padded[start : start + count] for start in starts]
            z = np.concatenate(taps, axis=1) @ self._convs[i]
            z += w[f"convs.{i}.bias"]
            y = y + z[:, :width] * _sigmoid(z[:, width:])
        context = _normal(y)
        seen = told[:, width:] + context @ self._context
        keys, values, hidden = np.split(seen, np.cumsum(self._sizes)[:-1], axis=1)
        return Encoded(
            context,
            keys.reshape(count, HEADS, -1).transpose(1, 2, 0),
            values.reshape(count, HEADS, -1).transpose(1, 0, 2),
            _gelu(hidden),
        )

    def changes(self, encoded: Encoded, hints: Floats) -> Floats:
        """(T, L) probability that a word names a change."""
        return _sigmoid(self._linear("lab.3", encoded.hidden) + hints * self._w["rw"])

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
        near = w["rel.weight"][np.clip(far, -REACH, REACH) + REACH].transpose(2, 0, 1)
        first = self._look(encoded, self._linear("q", own), near)
        seen = [own, first]
        if "q2.weight" in w:  # the first weights of this package looked once
            asked = self._linear("q2", np.concatenate(seen, axis=1))
            seen.append(self._look(encoded, asked, near))
        mixed = _gelu(self._linear("mix.0", np.concatenate([*seen, hints], axis=1)))
        told = np.split(mixed @ self._out + self._out_bias, self._ends[:-1], axis=1)
        return {name: _softmax(part) for name, part in zip(_DETAILS, told, strict=True)}

    def _look(self, encoded: Encoded, query: Floats, near: Floats) -> Floats:
        """What N queries (N, A) see of all words, nearer or farther ones by ``near`` (H, N, T)."""
        heads = query.reshape(len(query), HEADS, -1).transpose(1, 0, 2)
        scores = heads @ encoded.keys / np.float32(heads.shape[-1] ** 0.5) + near
        seen = _softmax(scores) @ encoded.values
        return seen.transpose(1, 0, 2).reshape(len(query), -1)

    def _spelling(self, word: str) -> Floats:
        found = self._spelt.get(word)
        if found is None:
            found = self._w["gram.weight"][list(pieces_of(word))].mean(0)
            if len(self._spelt) < _MOST_WORDS:
                self._spelt[word] = found
        return found

    def _linear(self, name: str, x: Floats) -> Floats:
        return x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]


def _stacked(*weights: Floats) -> Floats:
    """(in, all outs) of layers (out, in) that look at the same."""
    return np.ascontiguousarray(np.concatenate(weights).T)


def _normal(x: Floats) -> Floats:
    centred = x - np.add.reduce(x, 1, keepdims=True) / x.dtype.type(x.shape[1])
    square = np.einsum("th,th->t", centred, centred)[:, None] / x.shape[1]
    centred /= np.sqrt(square + _TINY)
    return centred


def _sigmoid(x: Floats) -> Floats:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _softmax(x: Floats) -> Floats:
    raised = np.exp(x - x.max(-1, keepdims=True))
    raised /= raised.sum(-1, keepdims=True)
    return raised


def _gelu(x: Floats) -> Floats:
    return 0.5 * x * (1.0 + np.tanh(0.7978846 * (x + 0.044715 * x * x * x)))
