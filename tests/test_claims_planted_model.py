"""Errors planted in a multimodal model's texts: one each, where text and joints allow it."""

from collections import Counter
from pathlib import Path

import pytest

from autocompose.data.dataset import open_dataset
from autocompose.language.sides.mirror import mirror_text
from benchmarks.claims_planted_model import KINDS, planted_texts

DEMO = Path(__file__).resolve().parents[1] / "annotations" / "demo"


@pytest.mark.slow
def test_each_planted_text_has_one_error_of_its_kind():
    pairs = [pair for pair in open_dataset(DEMO).pairs("train") if pair.texts.get("mllm")]
    planted = list(planted_texts(pairs, seed=0))
    counts = Counter(row.kind for row in planted)
    assert set(counts) == set(KINDS)
    assert counts["none"] == 6 * len(pairs) == 1440
    for row in planted:
        if row.kind == "none":
            assert row.text == row.original
        elif row.kind == "sides":
            assert mirror_text(row.text) == row.original != row.text
        elif row.kind == "invented":
            assert row.text == f"{row.original} {row.now}"
        else:
            assert row.now != row.was
            assert row.text.count(row.now) > row.original.count(row.now)
            (side,) = {"left", "right"} & set(row.was.lower().split())
            assert side in row.now.lower().split()
    assert planted == list(planted_texts(pairs, seed=0))
