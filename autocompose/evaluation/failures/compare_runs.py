"""Two error analyses of the same queries, query by query: what was fixed, what broke.

The sign test asks whether as many were fixed as broken could be chance (McNemar's exact test).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from autocompose.errors import ConfigError
from autocompose.evaluation.failures.asked_queries import AskedQuery


@dataclass(frozen=True)
class RunComparison:
    """What changed from one run to another.

    Args:
        within: a target up to this rank counts as found.
        shared: queries that both asked; only they are compared.
        fixed, broken: ids of queries found only now, and found only before; the largest change of
            rank first.
        better, worse: how many ranks fell and rose, found or not.
        p_value: two-sided, of fixed against broken; 1 where nothing changed.
    """

    within: int
    shared: int
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    better: int
    worse: int
    p_value: float


def compare_runs(
    before: Mapping[str, AskedQuery], after: Mapping[str, AskedQuery], *, within: int = 10
) -> RunComparison:
    """Compare the queries that two runs share.

    Args:
        before: id -> query of the run that is compared with.
        after: id -> query of the newer run.
        within: see `RunComparison`.

    Raises:
        ConfigError: they share no query.
    """
    shared = [i for i in after if i in before]
    if not shared:
        raise ConfigError(
            "the two runs share no query; compare runs of one split and one caption key"
        )
    gain = {i: math.log(before[i].rank / after[i].rank) for i in shared}
    hit = {i: (before[i].rank <= within, after[i].rank <= within) for i in shared}
    fixed = sorted((i for i in shared if hit[i] == (False, True)), key=lambda i: -gain[i])
    broken = sorted((i for i in shared if hit[i] == (True, False)), key=lambda i: gain[i])
    return RunComparison(
        within=within,
        shared=len(shared),
        fixed=tuple(fixed),
        broken=tuple(broken),
        better=sum(gain[i] > 0 for i in shared),
        worse=sum(gain[i] < 0 for i in shared),
        p_value=sign_test(len(fixed), len(broken)),
    )


def sign_test(more: int, less: int) -> float:
    """Two-sided exact p-value of ``more`` against ``less`` under a fair coin.

    >>> sign_test(5, 0)
    0.0625
    >>> sign_test(0, 0)
    1.0
    """
    total, least = more + less, min(more, less)
    tail = sum(math.comb(total, k) for k in range(least + 1))
    return min(1.0, float(2 * tail / 2**total))
