"""What was not understood of a query, what says nothing of a pose, and what no picture shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocompose.data.dataset import open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.query_words import NO_POSE, NOT_THERE, not_understood, says_nothing
from autocompose.retrieval.search import ComposedRetriever
from autocompose.retrieval.shipped_index import load_shipped, shipped_index
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import ComposedQuery, JointsOrigin, PoseImage
from autocompose.verify.soft import ranking_claims
from tests import vocabulary
from tests.poses import ARMS_DOWN, SQUAT, T_POSE

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"


def nothing(text: str) -> bool:
    return says_nothing(text, ranking_claims(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise the left arm and wink", ("wink",)),
        ("Bend both knees.", ()),
        ("raise the blorfed left arm, blorfed", ("blorfed",)),
        ("hebe den linken Arm", ("hebe", "linken")),
        ("swivel the torso to the left", ()),
        ("", ()),
    ],
)
def test_words_that_are_neither_known_nor_read_are_named_once(text, words):
    found = not_understood(text, ranking_claims(text))
    assert tuple(word for word in found if word in words) == words
    assert len(found) == len(set(found))
    if not words:
        assert found == ()


@pytest.mark.slow
def test_most_of_what_is_no_pose_is_caught_and_hardly_a_query_is_refused():
    strings = json.loads((DATA / "no_pose.json").read_text(encoding="utf-8"))
    caught = {key: np.mean([nothing(t) for t in strings[key]]) for key in strings if key != "about"}
    assert caught["tuned_on"] == 1
    assert caught["reported"] > 0.95
    assert caught["idioms_tuned_on"] > 0.8
    assert caught["reported_later"] > 0.8
    natural = json.loads((DATA / "natural_test.json").read_text(encoding="utf-8"))["queries"]
    file = ROOT / "annotations" / "demo" / "captions" / "test.json"
    records = json.loads(file.read_text(encoding="utf-8"))
    good = [query["text"] for query in natural] + [r["new-words"][0] for r in records]
    assert np.mean([nothing(text) for text in good]) <= 0.01


def test_the_committed_vocabulary_is_that_of_the_training_texts():
    assert vocabulary.OUT.read_text(encoding="utf-8") == vocabulary.content()


def picture(name: str, joints: np.ndarray) -> PoseImage:
    body = tuple(tuple(float(x) for x in point) for point in joints)
    return PoseImage(name, Path(name), body, joints_origin=JointsOrigin.RENDERED)  # type: ignore[arg-type]


def test_what_no_body_of_the_gallery_does_is_not_there():
    images = [picture("t", T_POSE), picture("s", SQUAT)]
    start = Reference.of(picture("d", ARMS_DOWN))
    assert start is not None
    gallery = Voices(np.eye(2, dtype=np.float32), GalleryBodies.of(images))
    assert gallery.is_there(ranking_claims("stretch both arms out to the sides"), start)
    assert gallery.is_there(ranking_claims("squat down"), start)
    assert not gallery.is_there(ranking_claims("lie on your back"), start)
    assert gallery.is_there(ranking_claims("a cat on a mat"), start), "nothing is asked"
    unsure = Voices(np.eye(3, dtype=np.float32), GalleryBodies.of([*images, None]))
    assert unsure.is_there(ranking_claims("lie on your back"), start), "an unknown body may"


@pytest.mark.slow
def test_a_result_warns_of_words_without_a_pose_and_of_poses_that_are_not_there():
    folder = ROOT / "checkpoints" / "pose-mini"
    model = load_checkpoint(folder)
    images = open_dataset(ROOT / "annotations" / "demo").gallery("test")
    paths = [image.path for image in images]
    gallery = load_shipped(shipped_index(folder, "demo", "test"), model, paths, name="demo")
    assert gallery is not None
    retriever = ComposedRetriever(model, replace(gallery, bodies=GalleryBodies.of(images)))

    def reading(text: str):
        return retriever.retrieve(ComposedQuery(paths[0], text), k=1).reading

    assert reading("cat").warning == NO_POSE
    assert reading("hebe den linken Arm").not_understood == ("hebe", "den", "linken")
    assert reading("hang from a bar").warning == NOT_THERE
    fine = reading("raise the left arm")
    assert (fine.warning, fine.not_understood, fine.judged) == ("", (), True)
