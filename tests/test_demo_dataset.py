"""The committed demo dataset keeps what its card promises."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import INDEX, canonical, mean_joint_distance
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset
from autocompose.describe.geometric import PROMPT_VERSION, PhrasingBank, describe_pair
from autocompose.describe.views import mirror_texts
from autocompose.schema import View

ROOT = Path(__file__).parent.parent / "annotations" / "demo"
SPLITS = ("train", "val", "test")
LARGEST = 40_000_000  # bytes of the folder, which every clone downloads


def _card() -> str:
    return (ROOT / "card.md").read_text(encoding="utf-8")


def _promised(pattern: str) -> tuple[int, ...]:
    """The numbers in the first place of the card that fits."""
    found = re.search(pattern, _card())
    assert found is not None, pattern
    return tuple(int(number.replace(",", "")) for number in found.groups())


@pytest.fixture(scope="module")
def dataset():
    return open_dataset(ROOT)


def _looks(images) -> Counter:
    return Counter((image.info.person, image.info.camera) for image in images)


@pytest.mark.slow
def test_it_is_large_enough_and_small_enough(dataset):
    pairs = {split: len(dataset.pairs(split)) for split in SPLITS}
    assert pairs["train"] >= 1500
    assert pairs["val"] >= 200
    assert pairs["test"] >= 300
    assert len(dataset.gallery("test")) >= 350
    everything = [image for split in SPLITS for image in dataset.gallery(split)]
    assert len(everything) >= 900
    assert len({image.info.person for image in everything}) >= 6
    assert len({image.info.camera for image in everything}) >= 3
    assert sum(f.stat().st_size for f in ROOT.rglob("*") if f.is_file()) <= LARGEST


@pytest.mark.slow
def test_the_card_counts_the_pictures_of_each_split(dataset):
    shown = {split: len(dataset.gallery(split)) for split in SPLITS}
    for split in SPLITS:
        assert _promised(rf"\| {split} \| ([\d,]+) \|") == (shown[split],)
    assert _promised(r"`images/`: ([\d,]+) JPEG") == (sum(shown.values()),)
    listed = {image.id for split in SPLITS for image in dataset.gallery(split)}
    assert {path.name for path in (ROOT / "images").iterdir()} == listed


def test_every_picture_is_a_jpeg_of_the_size_that_the_card_names(dataset):
    side, other = _promised(r"(\d+) x (\d+), one clothed body")
    assert side == other >= 256
    for split in SPLITS:
        for image in dataset.gallery(split)[::29]:
            with Image.open(image.path) as picture:
                assert picture.format == "JPEG"
                assert picture.size == (side, side)


@pytest.mark.slow
def test_person_and_camera_are_constant_within_a_pair_and_poses_similar_but_not_equal(dataset):
    for split in SPLITS:
        for pair in dataset.pairs(split):
            assert pair.reference.info.person == pair.target.info.person
            assert pair.reference.info.camera == pair.target.info.camera
            gap = mean_joint_distance(np.array(pair.reference.joints), np.array(pair.target.joints))
            assert 0.09 < gap < 0.31
            assert pair.target.id in pair.image_set


def test_val_and_test_show_few_looks_so_that_who_is_shown_finds_nothing(dataset):
    for split in ("val", "test"):
        looks = _looks(dataset.gallery(split))
        assert len({person for person, _ in looks}) <= 3
        assert len(looks) <= 6
        assert min(looks.values()) >= 15
        assert all(count >= 90 for _, count in looks.most_common(3))


def test_no_clip_or_key_pose_stands_in_two_splits(dataset):
    sources = {
        split: {
            re.sub(r"(-v\d+|-\d{4})?m?$", "", part)
            for image in dataset.gallery(split)
            for part in image.info.clip.split("+")
        }
        for split in SPLITS
    }
    assert not sources["train"] & sources["test"]
    assert not sources["train"] & sources["val"]
    assert not sources["val"] & sources["test"]
    assert {"dance_b", "punch"} <= sources["test"]


def test_joints_are_canonical_and_lie_where_the_pixels_say(dataset):
    for split in SPLITS:
        images = dataset.gallery(split)[::17]
        joints = np.array([image.joints for image in images])
        # The hip line of cartwheels may be almost vertical; its heading then means nothing.
        hips = joints[:, INDEX["left_hip"]] - joints[:, INDEX["right_hip"]]
        level = np.hypot(hips[:, 0], hips[:, 2]) > 0.05
        assert np.allclose(canonical(joints)[level], joints[level], atol=0.01)
        pixels = np.array([image.pixels for image in images])
        assert pixels.min() >= 0
        assert pixels.max() <= _promised(r"(\d+) x \d+, one clothed body")[0]


def test_before_a_front_camera_the_subjects_left_is_on_the_right_of_the_picture(dataset):
    front = [
        image
        for image in dataset.gallery("test")
        if image.info.camera == "front" and image.joints[INDEX["head"]][1] > 0.4
    ]
    left, right = (
        np.array([image.pixels[INDEX[f"{side}_hip"]][0] for image in front])
        for side in ("left", "right")
    )
    assert (left > right).all()


@pytest.mark.slow
def test_the_texts_are_those_the_describer_writes_for_the_joints(dataset):
    """A fresh description of a pair equals the committed one: the files are not edited by hand.

    Texts of another version of the describer, which the card names, can only be counted.
    """
    written_by = re.search(r"geometric-\d+", (ROOT / "card.md").read_text())
    same_version = written_by is not None and written_by.group() == PROMPT_VERSION
    for pair in dataset.pairs("train")[::170]:
        for view, key in (
            (View.FORWARD, "auto"),
            (View.REVERSE, "auto-reverse"),
            (View.MIRROR, "auto-mirror"),
            (View.MIRROR_REVERSE, "auto-mirror-reverse"),
        ):
            fresh = describe_pair(pair, view=view, bank=PhrasingBank.TRAIN, n=3, seed=0)
            assert len(fresh.phrasings) == len(pair.texts[key]) == 3
            assert fresh.phrasings == pair.texts[key] or not same_version


@pytest.mark.slow
def test_test_queries_are_never_training_sentences_and_all_fit_the_text_tower(dataset):
    from autocompose.model.towers import CONTEXT_LENGTH, _tokenizer

    tokenizer = _tokenizer()
    long = {"mllm", "reverse", "mirror", "mirror-reverse"}
    train = [texts for p in dataset.pairs("train") for k, texts in p.texts.items() if k not in long]
    seen = {text for texts in train for text in texts}
    for pair in dataset.pairs("test"):
        assert set(pair.texts) == {"sents", "auto", "new-words"}
        assert not seen & set(pair.texts["sents"])
    some = [t for p in dataset.pairs("test") for texts in p.texts.values() for t in texts]
    some += sorted(seen)[::40]
    assert max(len(tokenizer.encode(text)) for text in some) <= CONTEXT_LENGTH - 2


@pytest.mark.slow
def test_the_mirrored_texts_of_models_are_exact_exchanges_of_their_sources():
    derived = {
        "mirror": "mllm",
        "mirror-reverse": "reverse",
        "search-mirror": "search",
        "search-mirror-reverse": "search-reverse",
    }
    counts = Counter()
    for split in ("train", "val"):
        for record in read_caption_file(ROOT / "captions" / f"{split}.json"):
            for key, source in derived.items():
                texts = record.phrasings.get(source, ())
                assert record.phrasings.get(key, ()) == mirror_texts(texts).texts
                counts[split, source] += bool(texts)
    (seen,) = _promised(r"`mllm`, `reverse` \(([\d,]+) ")
    typed = _promised(r"`search`, `search-reverse` \(([\d,]+)\D+([\d,]+)")
    assert counts["train", "mllm"] == counts["train", "reverse"] == seen >= 200
    for source in ("search", "search-reverse"):
        assert (counts["train", source], counts["val", source]) == typed
    assert counts["val", "mllm"] == 0


def test_search_texts_come_in_three_lengths():
    for split in ("train", "val"):
        for record in read_caption_file(ROOT / "captions" / f"{split}.json"):
            for key in ("search", "search-reverse"):
                if key in record.phrasings:
                    short, sentence, full = (len(t.split()) for t in record.phrasings[key])
                    assert short <= 8 < sentence + 3 <= 25 < full + 8 <= 52


def test_every_text_of_the_multimodal_model_has_its_parts_and_provenance_beside_it():
    records = read_caption_file(ROOT / "captions" / "train.json")
    keys = ("mllm", "reverse", "mirror", "mirror-reverse")
    texts = [text for record in records for text in record.texts if text.key in keys]
    beside = (ROOT / "captions" / "train.provenance.jsonl").read_text(encoding="utf-8")
    assert len(texts) == len(beside.splitlines()) >= 800
    for text in texts:
        assert text.parts
        assert text.model == "mllm"
        derived = "mirror" in text.key
        assert text.provenance["prompt_version"] == "mllm-1" + "+mirror-2" * derived
    searched = [text for record in records for text in record.texts if "search" in text.key]
    assert not any(text.parts for text in searched)
