"""The studio's verdicts on sentences, without a browser."""

from __future__ import annotations

import pytest

from autocompose.errors import AmbiguousSideError, ConfigError, UnknownBodyPartError
from autocompose.schema import PoseImage, PosePair
from autocompose.studio.augment.augment_tab import augment
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.verdict_chips import exchange_sides, verdicts
from tests.studio_fakes import hash_engine, write_stick_dataset


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Studio:
    folder = write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data")
    uploads = tmp_path_factory.mktemp("uploads")
    return Studio(
        StudioConfig(folder, uploads),
        lambda studio, _: hash_engine(folder, tuple(image.id for image in studio.images)),
    )


@pytest.fixture
def pair(studio) -> PosePair:
    """Left arm lifted from 32 to 43 degrees, right arm lowered by 117: see `studio_fakes`."""
    return studio.pairs[3]


def ask(studio: Studio, pair: PosePair, **fields: object):
    return verdicts(studio, {"pair": pair.id, **fields})


def test_each_sentence_gets_its_verdict_in_the_order_asked(studio, pair):
    answer = ask(studio, pair, texts=["Lower your right arm.", "Raise your right arm.", "Hello."])
    assert [t.verdict for t in answer.texts] == ["supported", "contradicted", "unknown"]
    (claim,) = answer.texts[0].claims
    assert claim.says == "right arm: down"
    assert "→" in claim.evidence
    assert (claim.start, claim.end) == (0, 20)


def test_a_part_sentence_is_about_its_part(studio, pair):
    rows = [{"part": "right_arm", "text": "Lower it."}, {"part": "right_arm", "text": "Raise."}]
    answer = ask(studio, pair, rows=rows)
    assert [r.verdict.verdict for r in answer.rows] == ["supported", "contradicted"]


def test_the_chip_says_the_worst_and_counts_all(studio, pair):
    answer = ask(studio, pair, texts=["Lower your right arm and raise your right hand."])
    (chip,) = answer.texts
    assert chip.verdict == "contradicted"
    assert chip.word == "1 supported, 1 contradicted"


def test_places_count_utf16_as_the_page_does(studio, pair):
    text = "\U0001f57a Lower your right arm."
    (chip,) = ask(studio, pair, texts=[text]).texts
    (claim,) = chip.claims
    shown = text.encode("utf-16-le")[2 * claim.start : 2 * claim.end].decode("utf-16-le")
    assert shown == "Lower your right arm"


def test_exchanged_sides_are_noticed_and_put_right(studio, pair):
    wrong = [{"part": "left_arm", "text": "Lower the left arm."}]
    assert ask(studio, pair, rows=wrong).swapped is True
    put = exchange_sides(studio, {"rows": wrong, "texts": ["Lower your left arm."]})
    assert [(row.part, row.text) for row in put.rows] == [("right_arm", "Lower the right arm.")]
    assert put.texts == ("Lower your right arm.",)
    again = [{"part": row.part, "text": row.text} for row in put.rows]
    assert ask(studio, pair, rows=again).swapped is False


def test_an_ambiguous_word_is_not_exchanged(studio):
    with pytest.raises(AmbiguousSideError):
        exchange_sides(studio, {"rows": [], "texts": ["Bring it right up to the left."]})


def test_pictures_without_joints_get_no_verdict(studio, tmp_path):
    assert verdicts(studio, {"pair": "", "texts": ["Sit."]}).texts == ()
    bare = PosePair(PoseImage("a", tmp_path / "a.jpg"), PoseImage("b", tmp_path / "b.jpg"))
    studio._pair_by_id["bare"] = bare
    assert verdicts(studio, {"pair": "bare", "texts": ["Sit."]}).texts == ()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"view": "sideways"}, ConfigError),
        ({"rows": ["no row"]}, ConfigError),
        ({"rows": [{"part": "wing", "text": "Flap."}]}, UnknownBodyPartError),
        ({"texts": ["a" * 5000]}, ConfigError),
    ],
)
def test_wrong_fields_are_refused(studio, pair, fields, error):
    with pytest.raises(error):
        ask(studio, pair, **fields)


def test_every_view_of_a_pair_supports_its_own_text(studio):
    contradicted = 0
    for pair in studio.pairs[:6]:
        for cell in augment(studio, {"pair": pair.id}).cells:
            assert (cell.verdict is None) == bool(cell.problem)
            contradicted += bool(cell.verdict) and cell.verdict.verdict == "contradicted"
    assert contradicted == 0
