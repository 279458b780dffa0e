"""Planted errors are found and right texts are not accused; hand labels of captions are met."""

from collections import Counter
from pathlib import Path

import pytest

from autocompose.data.dataset import open_dataset
from benchmarks.claims import HELD_OUT, LABELS, NEW_LABELS, human_labels, read_rates, study
from tests.human_captions import CAPTIONS

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def rates() -> tuple[dict[str, float], int]:
    """Percent of texts found wrong by kind of error, over the held-out banks; their number."""
    dataset = open_dataset(REPOSITORY / "annotations" / "demo")
    pairs = [pair for split in ("val", "test") for pair in dataset.pairs(split)]
    texts: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for i, name in enumerate(HELD_OUT):
        tally = study(list(pairs[i::4][:190]), name, seed=i)
        texts.update(tally.texts)
        found.update(tally.detected)
    return {kind: 100 * found[kind] / texts[kind] for kind in texts}, sum(texts.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "least"), [("sides", 95), ("direction", 95), ("part", 90), ("invented", 90)]
)
def test_planted_errors_are_found(rates, kind, least):
    found, texts = rates
    assert texts >= 2000
    assert found[kind] >= least


@pytest.mark.slow
def test_right_texts_are_rarely_accused(rates):
    assert rates[0]["none"] <= 2


@pytest.mark.parametrize(
    ("labels", "least_precision", "least_recall"),
    [(LABELS, 90, 75), (NEW_LABELS, 88, 80)],
    ids=["labelled", "new"],
)
def test_human_captions_are_read_as_labelled_by_hand(labels, least_precision, least_recall):
    precision, recall = read_rates(human_labels(labels, CAPTIONS))
    assert precision >= least_precision
    assert recall >= least_recall


def test_no_caption_is_labelled_twice():
    places = [
        line.partition("|")[0].strip()
        for path in (LABELS, NEW_LABELS)
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    assert len(places) == 230
    assert len(set(places)) == 230
