"""Texts of more tokens than the text tower reads: cut, or read in chunks.

In chunks, a text that does not fit is split at sentence ends, else at clauses, else between words;
each chunk is encoded like a text of its own, and the raw features are averaged, weighted by their
tokens. Raw, because composing needs raw features: the mean of raw features has their scale, and the
mean of one is itself. A text that fits goes the way it always went, bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

_BREAKS = (
    r"(?<=[.!?])\s+",
    r"(?<=[,;:])\s+|\s+(?=(?:and|but|then|while)\b)",
    r"\s+",
)
"""Where a text may be split, best first: sentences, clauses, words."""
_CHUNKS_A_PASS = 64


@dataclass(frozen=True, eq=False)
class TextTokens:
    """Tokens of a batch of texts.

    Args:
        tokens: (B, L) int64, each text or as much of it as fits.
        chunks: row -> (C, L) int64, C >= 2: a text that does not fit, all of it. Empty where long
            texts are cut.
    """

    tokens: torch.Tensor
    chunks: Mapping[int, torch.Tensor]

    def take(self, rows: torch.Tensor) -> TextTokens:
        """Some of the texts, in the order of ``rows``."""
        chosen = {
            place: self.chunks[row] for place, row in enumerate(rows.tolist()) if row in self.chunks
        }
        return TextTokens(self.tokens[rows], chosen)

    def to(self, device: torch.device | None) -> TextTokens:
        """The same, on a device."""
        moved = {row: chunk.to(device) for row, chunk in self.chunks.items()}
        return TextTokens(self.tokens.to(device), moved)


def encode_tokens(
    reading: TextTokens, encode: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Raw features (B, D) of texts, with gradients where ``encode`` has them.

    Args:
        reading: the texts.
        encode: (N, L) tokens -> (N, D) raw features.
    """
    # The rows of long texts stay in this pass though their features are not used: another shape of
    # the batch would round the features of its other texts differently.
    features = encode(reading.tokens)
    if not reading.chunks:
        return features
    chunks = torch.cat(list(reading.chunks.values()))
    parts = torch.cat([encode(part) for part in chunks.split(_CHUNKS_A_PASS)])
    means = []
    start = 0
    for rows in reading.chunks.values():
        # The end token has the highest id; start and end are no words.
        words = (rows.argmax(dim=-1) - 1).to(parts.dtype)
        own = parts[start : start + len(rows)]
        means.append((words / words.sum()) @ own)
        start += len(rows)
    long = torch.tensor(list(reading.chunks), device=features.device)
    return features.index_copy(0, long, torch.stack(means))


def split_text(text: str, *, tokens: Callable[[str], int], room: int) -> tuple[str, ...]:
    """A text in chunks that fit, in order; as few as filling them one after the other gives.

    Args:
        text: any length.
        tokens: how many tokens a text has.
        room: tokens that fit.

    >>> split_text("Sit down. Bend the knee, then turn.", tokens=lambda t: len(t.split()), room=4)
    ('Sit down.', 'Bend the knee,', 'then turn.')
    """
    return tuple(_split(text.strip(), tokens, room, breaks=_BREAKS))


def _split(
    text: str, tokens: Callable[[str], int], room: int, *, breaks: Sequence[str]
) -> list[str]:
    if tokens(text) <= room or len(text) < 2:
        return [text]
    if not breaks:  # one word of this many tokens: no place is better than another
        middle = len(text) // 2
        halves = (text[:middle], text[middle:])
        return [piece for half in halves for piece in _split(half, tokens, room, breaks=breaks)]
    chunks: list[str] = []
    for part in re.split(breaks[0], text):
        for piece in _split(part, tokens, room, breaks=breaks[1:]):
            if chunks and tokens(f"{chunks[-1]} {piece}") <= room:
                chunks[-1] += f" {piece}"
            else:
                chunks.append(piece)
    return chunks
