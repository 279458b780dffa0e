"""Texts of a multimodal model are mirrored exactly or refused, and few are refused."""

from pathlib import Path

import pytest

from autocompose.data.dataset import open_dataset
from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.mirror import mirror_text

DEMO = Path(__file__).resolve().parents[1] / "annotations" / "demo"


@pytest.mark.slow
def test_few_texts_of_a_model_are_refused_and_the_others_come_back():
    pairs = [pair for pair in open_dataset(DEMO).pairs("train") if pair.texts.get("mllm")]
    texts = [text for pair in pairs for key in ("mllm", "reverse") for text in pair.texts[key]]
    assert len(texts) == 1440
    drawn = texts[::4]
    refused = 0
    for text in drawn:
        try:
            flipped = mirror_text(text)
        except AmbiguousSideError:
            refused += 1
        else:
            assert mirror_text(flipped) == text
    assert 0 < refused <= 0.05 * len(drawn)
