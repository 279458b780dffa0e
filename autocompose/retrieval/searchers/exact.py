"""Exact search: every row is read once, in pieces, from where it lies.

One query takes as long as reading the matrix. Many queries share one reading. Where the processor
multiplies bfloat16 in hardware, many queries are scanned in that, and few ones too where it does so
in tiles and the gallery keeps its rows in bfloat16. All rows that rounding could have kept from the
first k are scored again in float32, so that the answer is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.errors import ConfigError, GalleryError
from autocompose.model.half_precision import (
    multiplies_bfloat16,
    multiplies_bfloat16_in_tiles,
)
from autocompose.retrieval.searchers.searcher import Found, Mask
from autocompose.retrieval.shards.halves import Halves, from_bits
from autocompose.retrieval.shards.row_stack import RowStack, Span, spans

SPAN_ROWS = 65_536
"""Rows of one piece for one query."""
_SCORES_AT_ONCE = 1 << 20
_LEAST_ROWS = 1024
MANY = 32
"""Queries from which rounding all rows to bfloat16 is worth its while."""
_FEW_ALLOWED = 0.05
"""Share of allowed rows below which they are gathered instead of reading everything."""
_ROUNDING = 2.0**-8
"""Relative error of a number in bfloat16, at most."""
_SUMMING = 1e-4
"""What adding up in float32 may lose, generously."""
_MOST_AGAIN = 2_000
"""Rows a query may have to score again, on average, before float32 is the shorter way."""
_ONE_BY_ONE = 8
"""Queries of a piece up to which the best of each are taken by itself, which is quicker."""
_FEW_KEYS = 1_024
"""Rows that are compared one by one sooner than their best are chosen."""
_PAIRS_AT_ONCE = 16_384
_NO_KEY = torch.iinfo(torch.int64).min
_ROW_BITS = (1 << 32) - 1


def products(queries: torch.Tensor, rows: NDArray[np.float32] | RowStack) -> torch.Tensor:
    """All inner products (Q, N) of queries (Q, D) with rows (N, D)."""
    if isinstance(rows, np.ndarray):
        # No copy: a gallery read from disk is multiplied out of the page cache.
        return queries @ torch.from_numpy(rows).T
    found = torch.empty((len(queries), len(rows)))
    for span in spans(rows, SPAN_ROWS):
        scores = queries @ torch.from_numpy(span.block).T
        found[:, span.start : span.start + len(span)] = _counted(scores, span)
    return found


def _counted(scores: torch.Tensor, span: Span) -> torch.Tensor:
    return scores if span.kept is None else scores[:, torch.from_numpy(span.kept)]


class ExactSearch:
    """Finds the nearest rows by looking at all of them; equal scores in the order of rows.

    Args:
        rows: (N, D) unit rows, in memory or on disk.
        halves: (N, D) bits of the same rows in bfloat16, where they are kept.
        halve: scan in bfloat16 first; None where the processor is made for it.
    """

    def __init__(
        self,
        rows: NDArray[np.float32] | RowStack,
        halves: Halves | RowStack | None = None,
        *,
        halve: bool | None = None,
    ) -> None:
        self._rows, self._halves = rows, halves
        self._halve = multiplies_bfloat16() if halve is None else halve
        few = multiplies_bfloat16_in_tiles() if halve is None else halve
        self._least = 1 if few and halves is not None else MANY

    def __len__(self) -> int:
        """Rows that are searched."""
        return len(self._rows)

    def search(self, queries: torch.Tensor, k: int, *, allowed: Mask | None = None) -> Found:
        """The k nearest rows of each query, of those that are allowed.

        Args:
            queries: (Q, D) unit rows.
            k: how many, at most.
            allowed: (N,) which rows may be found; None for all.

        Raises:
            ConfigError: ``k`` is below 1.
            GalleryError: a row holds numbers that are not finite.
        """
        if k < 1:
            raise ConfigError(f"k is {k}; ask for at least 1 image")
        queries, k = queries.float().contiguous(), min(k, len(self))
        with torch.inference_mode():
            if allowed is not None and np.count_nonzero(allowed) < _FEW_ALLOWED * len(self):
                places = np.flatnonzero(allowed)
                found = _scan(queries, self._rows[places], k=k, allowed=None)
                found.rows[found.rows >= 0] = places[found.rows[found.rows >= 0]]
                return found
            if self._halve and len(queries) >= self._least:
                found = _scan_halved(queries, self._rows, self._halves, k=k, allowed=allowed)
                if found is not None:
                    return found
            return _scan(queries, self._rows, k=k, allowed=allowed)


def _piece(queries: torch.Tensor) -> int:
    return int(np.clip(_SCORES_AT_ONCE // max(len(queries), 1), _LEAST_ROWS, SPAN_ROWS))


def _masked(scores: torch.Tensor, span: Span, allowed: Mask | None) -> torch.Tensor:
    """The scores of the rows of a piece that count; minus infinity where they are not allowed.

    Raises:
        GalleryError: a row holds numbers that are not finite.
    """
    scores = _counted(scores, span)
    if allowed is not None:
        out = ~torch.from_numpy(allowed[span.start : span.start + len(span)])
        scores.masked_fill_(out, float("-inf"))
    return scores


def _best_of(scores: torch.Tensor, span: Span) -> torch.Tensor:
    best = scores.amax(1)
    if bool(torch.isnan(best).any()):
        raise GalleryError(
            f"rows {span.start} to {span.start + len(span) - 1} of the gallery hold values that are"
            " not finite numbers; index it again"
        )
    return best


def _scan(
    queries: torch.Tensor,
    rows: NDArray[np.float32] | RowStack,
    *,
    k: int,
    allowed: Mask | None,
) -> Found:
    best = torch.full((len(queries), k), _NO_KEY)
    floor = torch.full((len(queries),), float("-inf"))
    for span in spans(rows, _piece(queries)):
        scores = _masked(_scores_with(queries, span.block), span, allowed)
        # A row with the score of the last one so far comes after it, and stays out.
        better = torch.nonzero(_best_of(scores, span) > floor).flatten()
        if not len(better):
            continue
        if len(better) <= _ONE_BY_ONE:
            for query in better.tolist():
                found = _first_keys(scores[query], span.start, k=k, above=floor[query])
                best[query] = torch.cat([best[query], found]).topk(k).values
        else:
            keys = torch.cat([best[better], _keys(scores[better], span.start)], 1)
            best[better] = keys.topk(k).values
        floor[better] = _scores_of(best[better, -1])
    return Found(_rows_of(best).numpy(), _scores_of(best).numpy())


def _scores_with(queries: torch.Tensor, block: NDArray[np.float32]) -> torch.Tensor:
    if len(queries) == 1:
        # Nearly as fast as it reads; BLAS takes twice as long on processors it has no kernel for.
        return torch.from_numpy(np.einsum("nd,d->n", np.asarray(block), queries.numpy()[0]))[None]
    return queries @ torch.from_numpy(block).T


def _first_keys(scores: torch.Tensor, start: int, *, k: int, above: torch.Tensor) -> torch.Tensor:
    """The keys of scores (N,) over a limit: of all, or of the k best and their equals."""
    rows = torch.nonzero(scores > above).flatten()
    if len(rows) > max(k, _FEW_KEYS):
        last = scores.topk(min(k, len(scores))).values[-1]
        rows = torch.nonzero(scores >= last).flatten()
    return _key(scores[rows], rows + start)


def _keys(scores: torch.Tensor, start: int) -> torch.Tensor:
    """The keys of scores (Q, N) of rows from one on."""
    return _key(scores, torch.arange(start, start + scores.shape[1]))


def _key(scores: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Scores and their rows as whole numbers: larger is better, then earlier."""
    bits = (scores + 0.0).view(torch.int32).long()  # minus zero is zero
    rising = torch.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
    return (rising << 32) + (_ROW_BITS - rows)


def _scores_of(keys: torch.Tensor) -> torch.Tensor:
    rising = keys >> 32
    bits = torch.where(rising < 0, rising ^ 0x7FFFFFFF, rising).int()
    scores = bits.view(torch.float32)
    return torch.where(keys == _NO_KEY, float("-inf"), scores)


def _rows_of(keys: torch.Tensor) -> torch.Tensor:
    return torch.where(keys == _NO_KEY, -1, _ROW_BITS - (keys & _ROW_BITS))


def _scan_halved(
    queries: torch.Tensor,
    rows: NDArray[np.float32] | RowStack,
    halves: Halves | RowStack | None,
    *,
    k: int,
    allowed: Mask | None,
) -> Found | None:
    """Like `_scan`, by way of bfloat16; None where too many rows are too close to each other."""
    halved = queries.bfloat16()
    best = torch.full((len(queries), k), float("-inf"))
    # What rounding the query, the rows and their sums may change, for unit rows.
    lost = (
        (queries - halved.float()).norm(dim=1) + halved.float().norm(dim=1) * _ROUNDING + _SUMMING
    )
    close: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
    count = 0
    for start, scores in _rounded_scores(halved, rows if halves is None else halves, allowed):
        filling = bool((best[:, -1] == float("-inf")).any())
        if filling:
            first = scores.topk(min(k, scores.shape[1])).values.float()
            best = torch.cat([best, first], 1).topk(k).values
        least = _least(best[:, -1], lost)
        row, query = torch.nonzero(_rounded_down(least) <= scores.T).unbind(1)
        found = scores[query, row].float()
        new = found > best[query, -1]
        if not filling and bool(new.any()):
            some = (part[new].numpy() for part in (query, row, found))
            table = _first_of(*some, of=(len(queries), k))
            best = torch.cat([best, torch.from_numpy(table.scores)], 1).topk(k).values
        close.append((query, row + start, found))
        count += len(query)
        if count > _MOST_AGAIN * len(queries):
            return None
    query, row, found = (torch.cat(part) for part in zip(*close, strict=True))
    still = found >= _least(best[:, -1], lost)[query]
    pairs = query[still].numpy(), row[still].numpy()
    return _scored_again(queries, rows, pairs, k=k)


def _rounded_scores(
    halved: torch.Tensor, rows: NDArray[Any] | RowStack, allowed: Mask | None
) -> Iterator[tuple[int, torch.Tensor]]:
    """Scores (Q, n) in bfloat16 from a row on, of rows in float32 or their halves.

    For many queries they come piece by piece, for a single one all at once: there are few of them,
    and to choose among few scores takes as long as among many.
    """
    whole: list[torch.Tensor] = []
    for span in spans(rows, _piece(halved)):
        whole_numbers = span.block.dtype == np.uint16
        block = from_bits(span.block) if whole_numbers else torch.from_numpy(span.block).bfloat16()
        # One after the other by rows, which is the quicker product.
        scores = (block @ halved[0])[:, None] if len(halved) == 1 else block @ halved.T
        scores = _masked(scores.T, span, allowed)
        _best_of(scores, span)
        if len(halved) > 1:
            yield span.start, scores
        else:
            whole.append(scores)
    if whole:
        yield 0, torch.cat(whole, 1)


def _rounded_down(least: torch.Tensor) -> torch.Tensor:
    """Not above ``least``, in bfloat16, and above minus infinity, which stands for no score."""
    rounded = (least - least.abs() * _ROUNDING).bfloat16()
    return rounded.clamp(min=torch.finfo(torch.bfloat16).min)


def _least(last: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
    """The rounded score below which no row can be among the first k.

    The k rows at or above ``last`` have scores of at least ``last`` less the error of each step;
    a row with that score may be rounded down by as much again.
    """
    margin = 2 * lost + 2 * _ROUNDING * (last.abs() + 2 * lost)
    return torch.where(last > float("-inf"), last - margin, last)


def _scored_again(
    queries: torch.Tensor,
    rows: NDArray[np.float32] | RowStack,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    k: int,
) -> Found:
    """The first k of pairs of a query and a row, in float32."""
    query, row = pairs
    order = np.argsort(row, kind="stable")  # as they lie on disk
    query, row = query[order], row[order]
    scores = np.empty(len(row), np.float32)
    for start in range(0, len(row), _PAIRS_AT_ONCE):
        some = slice(start, start + _PAIRS_AT_ONCE)
        held = torch.from_numpy(np.asarray(rows[row[some]]))
        scores[some] = torch.einsum("nd,nd->n", held, queries[torch.from_numpy(query[some])])
    return _first_of(query, row, scores, of=(len(queries), k))


def _first_of(
    query: NDArray[np.int64], row: NDArray[np.int64], scores: NDArray[np.float32],
    *, of: tuple[int, int],
) -> Found:  # fmt: skip
    """The first k rows of each query, of pairs; ``of`` is the number of queries, and k."""
    order = np.lexsort((row, -scores, query))
    query, row, scores = query[order], row[order], scores[order]
    place = np.arange(len(query)) - np.searchsorted(query, query)
    first = place < of[1]
    found = Found(np.full(of, -1, np.int64), np.full(of, -np.inf, np.float32))
    found.rows[query[first], place[first]] = row[first]
    found.scores[query[first], place[first]] = scores[first]
    return found
