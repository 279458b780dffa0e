import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.evaluation.metrics import (
    bootstrap_ci,
    chance,
    group_problem,
    group_ranks,
    recall_at,
    target_ranks,
    top_rows,
)
from autocompose.model.combiner import Combiner
from autocompose.model.losses import element_wise_sum
from tests.model_fakes import PARITY

SCENARIOS = sorted(path.stem for path in (PARITY / "retrieval").glob("g*.npz"))


@pytest.mark.parametrize("tag", SCENARIOS)
def test_ranks_and_counts_equal_those_of_the_official_function(tag):
    stored = np.load(PARITY / "retrieval" / f"{tag}.npz")
    meta = json.loads((PARITY / "retrieval" / f"{tag}.json").read_text())
    rows = {name: row for row, name in enumerate(meta["index_names"])}
    index = stored["index_features"]
    index = index / np.linalg.norm(index, axis=1, keepdims=True)
    similarity = stored["predicted_features"] @ index.T
    reference = np.array([rows[q["reference"]] for q in meta["queries"]])
    target = np.array([rows[q["target"]] for q in meta["queries"]])
    groups = [[rows[name] for name in q["img_set"]] for q in meta["queries"]]
    ranks = target_ranks(similarity, target, reference)
    order = top_rows(similarity, target, reference, count=len(index))
    assert order.tolist() == stored["sorted_gallery_index"].tolist()
    within = group_ranks(similarity, target, reference, groups=groups)
    assert within is not None
    assert ranks.tolist() == stored["target_rank"].tolist()
    assert within.tolist() == stored["target_group_rank"].tolist()
    ours = {f"recall_at{k}": v for k, v in recall_at(ranks).items()}
    ours |= {f"group_recall_at{k}": v for k, v in recall_at(within, (1, 3, 5)).items()}
    for name, hits in meta["counts"].items():
        assert ours[name] == pytest.approx(100 * hits / meta["n_queries"], abs=1e-9)
        assert ours[name] == pytest.approx(meta["official"][name], abs=1e-4)


@pytest.mark.parametrize("tag", SCENARIOS)
def test_both_compositions_give_the_official_queries(tag):
    stored = np.load(PARITY / "retrieval" / f"{tag}.npz")
    meta = json.loads((PARITY / "retrieval" / f"{tag}.json").read_text())
    rows = [meta["index_names"].index(query["reference"]) for query in meta["queries"]]
    images = torch.from_numpy(stored["index_features"][rows])
    texts = torch.from_numpy(stored["text_features"])
    compose = element_wise_sum
    if meta["combining_function"] == "combiner":
        weights = {
            name.removeprefix("combiner_sd/"): torch.from_numpy(np.array(stored[name]))
            for name in stored.files
            if name.startswith("combiner_sd/")
        }
        projection, width = weights["text_projection_layer.weight"].shape
        combiner = Combiner(width, projection, len(weights["combiner_layer.bias"])).eval()
        combiner.load_state_dict(weights, strict=True)
        compose = combiner.combine
    with torch.no_grad():
        composed = compose(images, texts)
    assert np.abs(composed.numpy() - stored["predicted_features"]).max() < 1e-5


def test_a_toy_gallery_by_hand():
    # Rows: reference, target, distractor. The reference is closest and must not count.
    similarity = np.array([[0.9, 0.5, 0.7], [0.9, 0.8, 0.7]])
    target, reference = np.array([1, 1]), np.array([0, 0])
    assert target_ranks(similarity, target, reference).tolist() == [2, 1]
    assert target_ranks(similarity, target).tolist() == [3, 2]
    assert recall_at(np.array([2, 1])) == {"1": 50.0, "5": 100.0, "10": 100.0, "50": 100.0}


def test_ties_and_numbers_that_are_none_count_against_the_query():
    flat = np.zeros((1, 5))
    assert target_ranks(flat, np.array([2]), np.array([0])).tolist() == [4]
    broken = np.full((1, 5), np.nan)
    assert target_ranks(broken, np.array([2]), np.array([0])).tolist() == [4]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(3, 12), st.integers(0, 1000))
def test_counting_equals_sorting(queries, size, seed):
    random = np.random.default_rng(seed)
    similarity = random.permuted(np.tile(np.arange(size), (queries, 1)), axis=1).astype(float)
    pairs = np.array([random.choice(size, 2, replace=False) for _ in range(queries)])
    reference, target = pairs.T
    slow = []
    for row, ref, tgt in zip(similarity, reference, target, strict=True):
        order = [column for column in np.argsort(-row) if column != ref]
        slow.append(order.index(tgt) + 1)
    assert target_ranks(similarity, target, reference).tolist() == slow


@pytest.mark.parametrize(
    "groups",
    [
        [[0, 1, 2], [0, 1]],  # of different lengths
        [[0, 2], [0, 2]],  # without the target
        [[0, 1, 2], [1, 2, 3]],  # the reference inside one of them only
        [[0, 1, -1], [0, 1, 2]],  # a name outside the gallery in one of them
    ],
)
def test_groups_that_the_official_code_cannot_reshape_have_no_ranks(groups):
    similarity = np.random.default_rng(0).random((2, 4))
    assert group_ranks(similarity, np.array([1, 1]), np.array([0, 0]), groups=groups) is None


@pytest.mark.parametrize(
    ("groups", "query", "reason"),
    [
        ([[0, 1, 2], [0, 1]], 1, "leaves 1 gallery images without the reference"),
        ([[0, 1], [0, 2]], 1, "does not contain the target"),
        ([[0, 1, -1], [0, 1, 2]], 1, "leaves 2 .* that of the first query 1"),
        ([[0, 1], [1]], None, ""),
    ],
)
def test_groups_that_cannot_be_ranked_name_the_query_and_the_reason(groups, query, reason):
    problem = group_problem(np.array([1, 1]), np.array([0, 0]), groups=groups)
    if query is None:
        assert problem is None
    else:
        assert problem is not None
        assert problem[0] == query
        assert re.search(reason, problem[1])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(3, 9), st.integers(1, 12), st.integers(0, 1000))
def test_the_first_rows_agree_with_the_ranks_even_among_equals(queries, size, count, seed):
    random = np.random.default_rng(seed)
    similarity = random.integers(0, 4, (queries, size)).astype(float)
    similarity[0, random.integers(0, size)] = np.nan
    pairs = np.array([random.choice(size, 2, replace=False) for _ in range(queries)])
    reference, target = pairs.T
    first = top_rows(similarity, target, reference, count=count)
    ranks = target_ranks(similarity, target, reference)
    assert first.shape == (queries, min(count, size - 1))
    for row, ref, tgt, rank in zip(first.tolist(), reference, target, ranks, strict=True):
        assert ref not in row
        assert len(set(row)) == len(row)
        assert (row.index(tgt) + 1 == rank) if rank <= len(row) else (tgt not in row)


def test_groups_may_hold_the_reference_or_not():
    similarity = np.array([[0.9, 0.5, 0.7, 0.1]])
    target, reference = np.array([1]), np.array([0])
    for group in ([0, 1, 2, 3], [1, 2, 3]):
        ranks = group_ranks(similarity, target, reference, groups=[group])
        assert ranks is not None
        assert ranks.tolist() == [2]


def test_intervals_are_seeded_hold_the_estimate_and_shrink_with_more_queries():
    few = np.array([1, 30] * 20)
    many = np.tile(few, 25)
    assert bootstrap_ci(few, seed=3) == bootstrap_ci(few, seed=3)
    low, high = bootstrap_ci(few)["1"]
    assert low < 50.0 < high
    assert (low, high) == pytest.approx((35, 65), abs=3)  # 50 +- 1.96 * sqrt(.25 / 40)
    narrow_low, narrow_high = bootstrap_ci(many)["1"]
    assert (narrow_high - narrow_low) < (high - low) / 4
    assert bootstrap_ci(few)["50"] == (100.0, 100.0)


def test_chance_is_k_of_what_remains_and_at_most_all():
    assert chance(351)["10"] == pytest.approx(1000 / 350)
    assert chance(11)["50"] == 100.0
    random = np.random.default_rng(0).random((2000, 41))
    ranks = target_ranks(random, np.full(2000, 1), np.full(2000, 0))
    assert recall_at(ranks)["10"] == pytest.approx(chance(41)["10"], abs=4)
