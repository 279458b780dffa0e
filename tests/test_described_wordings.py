"""Every declared wording of descriptions: its example is misread by the network and mended."""

import pytest

from autocompose.language.reader import read
from autocompose.language.reader.read import read_description
from autocompose.language.sides.mirror import mirror_text
from autocompose.tagger.spelled_words import exchange_sides
from autocompose.tagger.wordings import WORDINGS, Wording
from autocompose.verify.findings import SURE


def named(claims) -> dict[str, object]:
    return {f"{c.side} {c.part}: {c.change} {c.kind.value}".strip(): c for c in claims}


@pytest.mark.parametrize("row", WORDINGS, ids=lambda row: row.name)
def test_the_example_of_a_wording_is_read_as_it_means(row: Wording, monkeypatch):
    mended = named(read_description(row.example))
    flipped = named(read_description(mirror_text(row.example)))
    assert {exchange_sides(name) for name in flipped} == set(mended)
    monkeypatch.setattr(read, "wording_of", lambda *args, **more: None)
    before = named(read_description(row.example))
    if row.means == "nothing":
        assert row.read in before
        assert row.read not in mended
        return
    claim = mended[row.read]
    if row.means == "doubt":
        assert before[row.read].sure >= SURE > claim.sure
    elif row.means == "slight":
        assert (before[row.read].degree, claim.degree) == (None, 1)
    else:
        assert row.read not in before


def test_far_back_to_a_side_is_no_return():
    read = named(read_description("The left leg swings far back to the left, hips turning."))
    assert "left leg: back m" in read
