"""Likeness of the scene, and whether a checkpoint's learnt score understands a gallery."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance

from autocompose.data.dataset import open_dataset
from autocompose.errors import GalleryError
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.balance import Balance
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.joint_trust import belong_together
from autocompose.retrieval.own_world import learnt_share
from autocompose.retrieval.scenes import WIDTH, comparable, look_of, looks_of, same_scene
from autocompose.retrieval.shards.gallery_folder import append_shards, remove_pictures
from autocompose.retrieval.shipped_index import load_shipped, shipped_index
from autocompose.retrieval.voices import Voices
from autocompose.schema import JointsOrigin
from tests.model_fakes import tiny_model, write_pictures

ROOT = Path(__file__).parent.parent
PHOTOS = ROOT / "tests" / "data" / "photos" / "images"


def test_photographs_of_one_camera_are_told_from_those_of_others():
    names = sorted(path.name for path in PHOTOS.glob("*.jpg"))
    rows = comparable(looks_of(names, PHOTOS))
    camera = np.array([name.split("_")[1] for name in names])
    for row, own in zip(rows, camera, strict=True):
        likely = same_scene(rows, row)
        assert likely[camera == own].min() > likely[camera != own].max()
        assert likely.max() <= 4.0


def test_a_look_depends_on_the_scene_and_hardly_on_size_and_light():
    with Image.open(PHOTOS / "beam_cam1_000.jpg") as photo:
        looks = [look_of(photo), look_of(photo.resize((500, 700))),
                 look_of(ImageEnhance.Brightness(photo).enhance(1.05)),
                 look_of(Image.new("RGB", (40, 30), (200, 30, 30)))]  # fmt: skip
    assert looks[0].shape == (WIDTH,)
    rows = comparable(np.stack(looks))
    assert same_scene(rows, rows[0]).tolist() == pytest.approx([4.0, 4.0, 4.0, -3.0], abs=0.7)


def test_colours_stay_with_the_pictures_of_a_gallery(tmp_path):
    paths = write_pictures(tmp_path / "p", 5)
    plain = embed_images(tiny_model(), paths)
    seen = replace(plain, looks=looks_of(plain.image_ids, tmp_path / "p"))
    save_gallery(seen, tmp_path / "g")
    again = load_gallery(tmp_path / "g")
    np.testing.assert_array_equal(again.looks, seen.looks)
    remove_pictures(tmp_path / "g", [again.image_ids[1]])
    fewer = load_gallery(tmp_path / "g")
    assert fewer.looks is not None
    np.testing.assert_array_equal(fewer.looks, np.delete(seen.looks, 1, axis=0))
    append_shards(tmp_path / "g", [again.part(0, 2)])
    joined = load_gallery(tmp_path / "g")
    np.testing.assert_array_equal(joined.looks[joined.row(again.image_ids[1])], seen.looks[1])
    append_shards(tmp_path / "g", [plain.part(0, 1)])
    assert load_gallery(tmp_path / "g").looks is None, "not known of all"
    save_gallery(plain, tmp_path / "g")
    assert load_gallery(tmp_path / "g").looks is None
    assert not list((tmp_path / "g").rglob("looks*"))
    with pytest.raises(GalleryError, match="colours"):
        replace(plain, looks=seen.looks[:2])


@pytest.fixture(scope="module")
def demo() -> tuple[object, Gallery, GalleryBodies]:
    """The checkpoint, 120 pictures of its test split from the shipped index, and their bodies."""
    checkpoint, dataset = ROOT / "checkpoints" / "pose-mini", ROOT / "annotations" / "demo"
    model = load_checkpoint(checkpoint)
    images = open_dataset(dataset).gallery("test")
    gallery = load_shipped(
        shipped_index(checkpoint, "demo", "test"), model, [one.path for one in images], name="demo"
    )
    assert gallery is not None
    known = {one.id: one for one in images}
    kept = gallery.part(0, 120)
    return model, kept, GalleryBodies.of([known[name] for name in kept.image_ids])


def strange(gallery: Gallery, bodies: GalleryBodies) -> Gallery:
    """As for a tower that never saw such pictures: what it sees has nothing to do with bodies."""
    other = np.random.default_rng(0).permutation(len(gallery))
    return replace(
        gallery, embeddings=gallery.embeddings[other], norms=gallery.norms[other], bodies=bodies
    )


def estimated(bodies: GalleryBodies) -> GalleryBodies:
    return replace(bodies, origins=np.full(len(bodies), 2, np.int8))


@pytest.mark.slow
def test_the_learnt_score_is_trusted_in_its_own_world_and_nowhere_else(demo):
    model, gallery, bodies = demo
    assert learnt_share(model, replace(gallery, bodies=bodies)) == 1.0
    assert learnt_share(model, gallery) == 1.0
    mixed = learnt_share(model, strange(gallery, bodies))
    assert mixed == 1.0, "the joints may be mixed up as well"
    assert learnt_share(model, strange(gallery, estimated(bodies))) == 0.0
    few = strange(gallery, estimated(bodies))
    few = few.part(0, 10)
    assert learnt_share(model, few) == 1.0, "too few to tell"


@pytest.mark.slow
def test_estimated_joints_belong_to_the_pictures_that_they_were_estimated_from(demo):
    _, gallery, bodies = demo
    embeddings = strange(gallery, bodies).embeddings
    assert not belong_together(embeddings, bodies)
    assert estimated(bodies).origin(0) is JointsOrigin.ESTIMATED
    assert belong_together(embeddings, estimated(bodies))


def balance(demo, *, own: bool) -> Balance:
    model, gallery, bodies = demo
    looks = np.zeros((len(gallery), WIDTH), np.uint8)
    looks[:, ::7] = np.random.default_rng(2).integers(0, 255, (len(gallery), WIDTH // 7 + 1))
    looks[1] = looks[0]
    gallery = replace(gallery, bodies=bodies)
    if not own:
        gallery = strange(gallery, estimated(bodies))
    return Balance(model, replace(gallery, looks=looks), Voices(gallery.embeddings, gallery.bodies))


@pytest.mark.slow
def test_the_scene_counts_as_far_as_the_learnt_score_does_not(demo):
    learnt = torch.linspace(0, 1, len(demo[1]))
    learnt[0] = float("-inf")
    home, away = balance(demo, own=True), balance(demo, own=False)
    assert (home.usual_scene, away.usual_scene) == (0.0, 1.0)
    same = home.base(learnt, lambda: learnt, 0)
    assert same.argmax() == len(learnt) - 1
    assert same[1:].std(unbiased=False).item() == pytest.approx(1.0, abs=1e-4)
    for one in (
        home.base(learnt, lambda: learnt, 0, scene=1.0),
        away.base(learnt, lambda: learnt, 0),
    ):
        assert one.argmax() == 1, "the picture of the same scene"
        assert one[1] - one[2:].max() > 1
    assert same[0] == float("-inf")
    # Even where nothing counts, the learnt score decides between equals.
    assert away.base(learnt, lambda: learnt, 0, scene=0.0).argmax() == len(learnt) - 1
