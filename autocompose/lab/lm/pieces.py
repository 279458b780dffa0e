"""The words that the pose language model reads, and the fewer that it writes.

Texts are cut by the byte pairs of CLIP, whose list ships with open_clip. The model keeps only some
of them: those of its training texts, which it can also write, and common ones, which it only reads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import torch

from autocompose.errors import CheckpointError
from autocompose.model.towers import byte_pairs, text_of_byte_pairs

PAD, START, END, UNKNOWN = range(4)
SPECIAL = 4
_KNOWN_WORDS = 20_000  # whose rows are kept, so that a long list of texts is read quickly

_TIGHT = re.compile(r"\s+([,.;:!?%)])|(\()\s+|\s+(['’]\w)|(\d)\s+(?=\d)")
_SENTENCE = re.compile(r"(^|[.!?]\s+)([a-z])")


class Pieces:
    """Byte pairs of texts as rows of a table.

    Args:
        tokens: CLIP's number of each piece; the first ``written`` of them the model can write.
        written: how many that are.
    """

    def __init__(self, tokens: Sequence[int], *, written: int) -> None:
        self.tokens, self.written = list(tokens), written
        self._row = {token: SPECIAL + i for i, token in enumerate(self.tokens)}
        self._words: dict[str, list[int]] = {}

    @classmethod
    def of_texts(cls, texts: Iterable[str], *, common: int) -> Pieces:
        """The pieces of training texts, then CLIP's below ``common`` that are not in them."""
        words = Counter(word for text in texts for word in text.lower().split())
        counts: Counter[int] = Counter()
        for word, count in words.items():
            for token in byte_pairs(word):
                counts[token] += count
        own = sorted(counts, key=lambda token: (-counts[token], token))
        return cls([*own, *(t for t in range(common) if t not in counts)], written=len(own))

    def __len__(self) -> int:
        """Rows of the table of everything that can be read, special ones included."""
        return SPECIAL + len(self.tokens)

    @property
    def writable(self) -> int:
        """Rows that can be written; they come first."""
        return SPECIAL + self.written

    def rows(self, text: str) -> list[int]:
        """The rows of a text, without start and end."""
        found: list[int] = []
        for word in text.lower().split():
            if word not in self._words:
                if len(self._words) >= _KNOWN_WORDS:
                    self._words.clear()
                self._words[word] = [self._row.get(token, UNKNOWN) for token in byte_pairs(word)]
            found += self._words[word]
        return found

    def read(self, texts: Sequence[str], *, longest: int) -> torch.Tensor:
        """(B, L) rows with start and end, padded to the longest text of the batch.

        Args:
            texts: B.
            longest: L at most; longer texts lose their end, never the end mark.
        """
        rows = [[START, *self.rows(text)[: longest - 2], END] for text in texts]
        return padded(rows)

    def text(self, rows: Sequence[int]) -> str:
        """The text of rows, up to the end mark, with its marks set tight."""
        found = []
        for row in rows:
            if row == END:
                break
            if SPECIAL <= row < len(self):
                found.append(self.tokens[row - SPECIAL])
        words = _TIGHT.sub(lambda m: "".join(g for g in m.groups() if g), text_of_byte_pairs(found))
        return _SENTENCE.sub(lambda m: m.group(1) + m.group(2).upper(), words)

    def stored(self) -> dict[str, torch.Tensor]:
        """As tensors, for a file."""
        return {
            "pieces.tokens": torch.tensor(self.tokens, dtype=torch.int32),
            "pieces.written": torch.tensor([self.written], dtype=torch.int32),
        }

    @classmethod
    def restored(cls, tensors: dict[str, torch.Tensor]) -> Pieces:
        """From the tensors of `stored`.

        Raises:
            CheckpointError: they are not there, or no such list.
        """
        try:
            tokens = [int(token) for token in tensors["pieces.tokens"]]
            written = int(tensors["pieces.written"][0])
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise CheckpointError(f"the pose model has no list of words ({error})") from error
        if not 0 < written <= len(tokens) or len(set(tokens)) != len(tokens):
            raise CheckpointError("the pose model's list of words is damaged; copy it again")
        return cls(tokens, written=written)


def padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """(B, L) int64 rows, filled up with `PAD`."""
    longest = max((len(row) for row in rows), default=0)
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows], dtype=torch.int64)
