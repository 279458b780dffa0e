"""Asking a gallery in other ways: balance, filters, mirrored, page after page, clause by clause."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from autocompose.body.skeleton import INDEX
from autocompose.config import RankingConfig
from autocompose.errors import ConfigError, TextError
from autocompose.language.sides.mirror import mirror_text
from autocompose.retrieval.attribution import attribute
from autocompose.retrieval.choices import PictureFilter, SearchChoices
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.mirrored import mirrored_bodies, standing_reference
from autocompose.retrieval.picture_filters import clips_in, filter_values
from autocompose.retrieval.query_clauses import clauses_of
from autocompose.retrieval.search import ComposedRetriever
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.schema import ComposedQuery, ImageInfo, JointsOrigin, PoseImage
from autocompose.studio.retrieve.wishes import part_wishes
from autocompose.verify.judge import check_text
from autocompose.verify.soft import ranking_claims
from tests.model_fakes import tiny_model, write_pictures
from tests.studio_fakes import stick_joints

BODIES = {
    "picture_000.png": (0, 0, 0.0),  # the reference: arms down, knees straight
    "picture_001.png": (170, 0, 0.0),  # left arm up
    "picture_002.png": (170, 0, 0.3),  # left arm up and knees bent
    "picture_003.png": (0, 0, 0.3),  # knees bent
    "picture_004.png": (0, 170, 0.0),  # right arm up
}
INFOS = {
    "picture_000.png": ImageInfo("p1", "front", "walk-0001", "mocap"),
    "picture_001.png": ImageInfo("p1", "left40", "walk-0007m+run-0001", "recombined"),
    "picture_002.png": ImageInfo("p2", "front", "run-0003", "mocap"),
    "picture_003.png": ImageInfo("p2", "left40", "side-kick", "authored"),
}
TEXT = "Raise your left arm and bend both knees."


def body_of(name: str, path: Path) -> PoseImage:
    joints: Any = tuple(tuple(point) for point in stick_joints(*BODIES[name]))
    info = INFOS.get(name, ImageInfo())
    return PoseImage(name, path, joints, None, -0.95, JointsOrigin.RENDERED, info)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    """Five bodies whose joints decide the order: the pictures themselves are noise."""
    model = tiny_model()
    model.ranking = RankingConfig(claims_rendered=50.0)
    pictures = write_pictures(tmp_path_factory.mktemp("bodies"), len(BODIES))
    return ComposedRetriever(model, embed_images(model, pictures, joints_of=body_of))


def query(retriever: ComposedRetriever, text: str = TEXT) -> ComposedQuery:
    return ComposedQuery(retriever.gallery.path("picture_000.png"), text)


def names(result) -> list[str]:
    return [hit.image_id for hit in result.hits]


# ---- clause by clause


def test_a_clause_that_is_left_out_moves_the_pictures_that_it_found(retriever):
    wanted = ("picture_002.png", "picture_001.png", "picture_003.png", "picture_000.png", "x")
    found = attribute(retriever, query(retriever), wanted)
    arm, knees = found.clauses
    assert (arm.text, arm.says) == ("Raise your left arm", ("left arm up",))
    assert (knees.text, knees.says) == ("bend both knees", ("both knees bent",))
    assert TEXT[slice(*knees.span)] == "bend both knees"
    # All of it finds arm and knees; without the arm the bent knees alone are best, and so on.
    assert (found.ranks[0], arm.ranks[2], knees.ranks[1]) == (1, 1, 1)
    assert arm.ranks[0] > 1
    assert knees.ranks[0] > 1
    assert found.ranks[3:] == (0, 0), "the reference is not ranked, and x is no picture"


def test_without_its_only_clause_a_query_is_likeness_to_the_picture(retriever):
    alone = attribute(retriever, query(retriever, "Raise your left arm."), ["picture_003.png"])
    picture = retriever.retrieve(query(retriever), choices=SearchChoices(balance=1.0))
    assert alone.clauses[0].ranks == (1 + names(picture).index("picture_003.png"),)
    assert alone.clauses[0].kept == alone.first == 4


def test_a_query_without_words_cannot_be_explained(retriever):
    with pytest.raises(TextError, match="left out"):
        attribute(retriever, query(retriever), choices=SearchChoices(balance=1.0))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Raise the left arm, lower the right one and look up.",
         [("Raise the left arm", "lower the right one and look up"),
          ("lower the right one", "Raise the left arm, look up"),
          ("look up", "Raise the left arm, lower the right one")]),
        ("bend the left knee to a right angle", [("bend the left knee to a right angle", "")]),
        ("raise both arms like a lion",
         [("raise both arms", "like a lion"), ("like a lion", "raise both arms")]),
        ("The person crouches down with the left hand on the floor",
         [("crouches down", "left hand on the floor"),
          ("left hand on the floor", "crouches down")]),
        ("…", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_where_the_reader_sees_another_thing(text, clauses):
    found = clauses_of(text, ranking_claims(text))
    assert [(one.text, one.rest) for one in found] == clauses


@example("make a star")
@given(st.text(alphabet="abc ,.and raise the left arm\n", max_size=60))
def test_clauses_are_stretches_of_the_text_that_do_not_overlap(text):
    found = clauses_of(text, ranking_claims(text))
    spans = [one.span for one in found]
    assert spans == sorted(spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert [text[a:b] for a, b in spans] == [one.text for one in found]


# ---- words, picture, or both


def test_words_alone_need_no_picture_and_start_from_a_standing_person(retriever):
    nowhere = ComposedQuery(Path("there is none.png"), "Raise your left arm.")
    found = retriever.retrieve(nowhere, choices=SearchChoices(balance=0.0))
    assert names(found)[0] == "picture_001.png"
    assert len(found.hits) == found.ranked == 5, "no picture is left out"
    other = retriever.retrieve(
        replace(nowhere, text="Raise your right arm."), choices=SearchChoices(balance=0.0)
    )
    assert names(other)[0] == "picture_004.png"


def test_the_picture_alone_is_ranked_by_likeness_and_needs_no_words(retriever):
    found = retriever.retrieve(query(retriever, ""), choices=SearchChoices(balance=1.0))
    vectors = retriever.gallery.embeddings
    likeness = vectors @ vectors[0]
    assert names(found) == [f"picture_00{i}.png" for i in np.argsort(-likeness[1:]) + 1]
    assert [hit.score for hit in found.hits] == pytest.approx(sorted(likeness[1:])[::-1], abs=1e-6)
    with pytest.raises(TextError):
        retriever.retrieve(query(retriever, ""))


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_near_an_end_the_balance_gives_the_order_of_that_end(retriever, end):
    near = SearchChoices(balance=abs(end - 1e-6))
    left_out = replace(query(retriever), exclude=("picture_000.png",))
    ends = retriever.retrieve(left_out, choices=SearchChoices(balance=end))
    assert names(retriever.retrieve(left_out, choices=near)) == names(ends)


def test_the_body_of_words_alone_stands_with_hanging_arms():
    body = standing_reference().bodies.body(0)
    assert body.joints[INDEX["left_hand"], 1] < body.joints[INDEX["left_hip"], 1]
    text = "Both knees are straight. Both feet are on the floor."
    said = [(one.claim.label, one.outcome.value) for one in check_text(text, body, body).claims]
    assert said
    assert {outcome for _, outcome in said} == {"supported"}, said


# ---- mirrored


def test_a_mirrored_query_is_that_of_the_flipped_picture(retriever, tmp_path):
    original = retriever.gallery.path("picture_001.png")
    flipped = tmp_path / "picture_001.png"
    ImageOps.mirror(Image.open(original)).save(flipped)
    model, gallery = retriever.model, retriever.gallery

    def flipped_body(name: str, path: Path) -> PoseImage:
        return replace(body_of("picture_004.png", path), id=name, info=ImageInfo())

    by_file = ComposedRetriever(model, gallery, joints_of=flipped_body)
    # The name is the gallery's, so that it is left out; it must not be taken for its body.
    elsewhere = flipped.rename(tmp_path / "flipped.png")
    plain = ComposedQuery(elsewhere, "Lower your right arm.", ("picture_001.png",))
    mirrored = retriever.retrieve(
        ComposedQuery(original, "Lower your right arm."), choices=SearchChoices(mirrored=True)
    )
    expected = by_file.retrieve(plain)
    assert names(mirrored) == names(expected)
    scores = [hit.score for hit in expected.hits]
    assert [hit.score for hit in mirrored.hits] == pytest.approx(scores, abs=1e-5)
    assert mirrored.hits[0].claims == expected.hits[0].claims


def test_mirrored_bodies_exchange_left_and_right_twice_gives_them_back(retriever):
    bodies = retriever.gallery.bodies
    once = mirrored_bodies(bodies)
    np.testing.assert_allclose(once.joints[1], bodies.joints[4], atol=1e-6)
    np.testing.assert_allclose(mirrored_bodies(once).joints, bodies.joints, atol=1e-6)


# ---- filters and pages


@pytest.mark.parametrize(
    ("only", "passed"),
    [
        (PictureFilter(person="p2"), {2, 3}),
        (PictureFilter(camera="left40"), {1, 3}),
        (PictureFilter(clip="run"), {1, 2}),
        (PictureFilter(source="mocap"), {2}),
        (PictureFilter(person="p2", clip="run"), {2}),
        (PictureFilter(person=("p1", "p2")), {1, 2, 3}),
        (PictureFilter(source=("mocap", ""), camera=()), {2}),
    ],
)
def test_a_filter_ranks_the_pictures_that_it_lets_through(retriever, only, passed):
    found = retriever.retrieve(query(retriever), choices=SearchChoices(only=only))
    assert set(names(found)) == {f"picture_00{i}.png" for i in passed}
    assert found.ranked == len(passed)


def test_a_clip_is_named_with_its_place_or_without(retriever):
    notes = retriever.gallery.notes
    assert notes is not None
    noted = notes.at(2)["clip"]
    assert noted != "run"
    choices = SearchChoices(only=PictureFilter.of({"clip": [noted]}))
    assert "picture_002.png" in names(retriever.retrieve(query(retriever), choices=choices))


def test_the_filter_of_the_page_and_of_the_command_line_are_one_record(retriever):
    asked = PictureFilter.of({"person": ["p2", "p1", "p2"], "clip": []})
    assert asked == PictureFilter(person=("p2", "p1"))
    assert asked.given == {"person": ("p2", "p1")}
    with pytest.raises(ConfigError, match='"name" is not noted; use one of person, camera, clip'):
        PictureFilter.of({"name": ["a"]})
    # One value that no picture has is a slip, beside others that there are.
    wrong = SearchChoices(only=PictureFilter(person=("p1", "p9")))
    with pytest.raises(ConfigError, match='no picture has person "p9"'):
        retriever.retrieve(query(retriever), choices=wrong)


def test_pictures_of_the_reference_s_own_clips_can_be_left_out(retriever):
    found = retriever.retrieve(query(retriever), choices=SearchChoices(other_clip=True))
    assert set(names(found)) == {"picture_002.png", "picture_003.png", "picture_004.png"}


def test_an_unknown_value_names_those_that_there_are(retriever):
    wrong = SearchChoices(only=PictureFilter(person="p9"))
    with pytest.raises(ConfigError, match='no picture has person "p9"; there is: p1, p2'):
        retriever.retrieve(query(retriever), choices=wrong)
    bare = ComposedRetriever(retriever.model, replace(retriever.gallery, notes=None))
    with pytest.raises(ConfigError, match="index them again"):
        bare.retrieve(query(retriever), choices=wrong)


def test_hits_come_page_after_page(retriever):
    whole = retriever.retrieve(query(retriever), k=4)
    rest = retriever.retrieve(query(retriever), k=4, choices=SearchChoices(skip=3))
    assert rest.hits == whole.hits[3:]
    assert rest.hits[0].rank == 4


@pytest.mark.parametrize("wrong", [{"balance": 1.1}, {"balance": -0.1}, {"skip": -1}])
def test_choices_out_of_their_bounds_are_refused(wrong):
    with pytest.raises(ConfigError):
        SearchChoices(**wrong)


# ---- what pictures can be filtered by


def test_filters_offer_what_is_noted_the_most_frequent_first(retriever, tmp_path):
    save_gallery(retriever.gallery, tmp_path)
    assert filter_values(load_gallery(tmp_path).notes) == {
        "person": ("p1", "p2"),
        "camera": ("front", "left40"),
        "clip": ("run", "walk", "side-kick"),
        "source": ("mocap", "authored", "recombined"),
    }


def test_a_pose_of_two_clips_belongs_to_both():
    assert clips_in("punch-0023m+dance_b-0123m") == ("punch", "dance_b")
    assert clips_in("side-kick") == ("side-kick",)
    assert clips_in("") == ()


def test_nothing_known_is_no_notes():
    assert PictureNotes.of_images([None, PoseImage("a", Path("a"))]) is None


# ---- the body map


@pytest.mark.parametrize("found", part_wishes(), ids=lambda found: found.part.part)
def test_a_wish_of_the_body_map_is_read_on_the_side_that_was_clicked(found):
    assert len(set(found.wishes)) == len(found.wishes) >= 2
    for wish in found.wishes:
        claims = [claim for claim in ranking_claims(wish) if claim.change.is_read]
        assert claims, wish
        side = {"L": "left", "R": "right"}.get(found.part.side)
        if side:
            assert {claim.side or claim.change.place_side for claim in claims} == {side}, wish


def test_the_right_side_s_wishes_are_the_left_side_s_mirrored():
    wishes = {found.part.part: found.wishes for found in part_wishes()}
    for name, own in wishes.items():
        if name.startswith("left_"):
            other = wishes[name.replace("left_", "right_", 1)]
            assert tuple(mirror_text(wish) for wish in own) == other
