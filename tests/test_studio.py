"""The studio's handlers, without a browser and without a model."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from autocompose.data.dataset import open_dataset
from autocompose.data.preprocess import load_image
from autocompose.errors import AutoComPoseError, CheckpointError, UnsafePathError
from autocompose.schema import BodyPart, PoseImage, PosePair
from autocompose.studio import build_studio
from autocompose.studio.augment.augment_tab import augment, mark_differences
from autocompose.studio.describe.describe_tab import describe_boot
from autocompose.studio.describe.description import describe
from autocompose.studio.describe.take_away import caption_row
from autocompose.studio.retrieve.retrieve_tab import reference_strip, retrieve_boot, search
from autocompose.studio.server.examples import (
    candidate_examples,
    pick_examples,
    pinned_examples,
)
from autocompose.studio.server.parts import part_view
from autocompose.studio.server.pictures import picture_url, to_page, view_picture
from autocompose.studio.server.state import Studio, StudioConfig, mixed
from autocompose.studio.server.transport import page_call, read_int
from autocompose.studio.server.uploads import check_upload
from tests.studio_fakes import hash_engine, write_stick_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data")


@pytest.fixture
def studio(folder, tmp_path) -> Studio:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    studio = Studio(
        StudioConfig(folder, uploads),
        lambda studio, _: hash_engine(folder, tuple(image.id for image in studio.images)),
    )
    studio.start()
    assert studio.wait_until_loaded(10)
    return studio


def built(studio: Studio):
    """Build inside a running loop: outside of one Gradio opens loops that it never closes."""

    async def inside():
        return build_studio(studio)

    # In a thread of its own: the browser driver keeps an event loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, inside()).result()


def upload(studio: Studio, name: str = "me.png", size: tuple[int, int] = (80, 60)) -> str:
    path = studio.config.uploads / name
    Image.new("RGB", size).save(path)
    return str(path)


# ---- Retrieve


def test_a_query_ranks_the_gallery_without_its_reference(studio):
    reference = studio.images[0].id
    answer = search(studio, {"text": "raise both arms", "image": reference, "k": 5})
    assert [hit.rank for hit in answer.hits] == [1, 2, 3, 4, 5]
    assert reference not in [hit.picture.id for hit in answer.hits]
    assert answer.excluded == 1
    assert answer.ranked == len(studio.images) - 1


def test_another_text_gives_another_order(studio):
    def order(text: str) -> list[str]:
        answer = search(studio, {"text": text, "image": studio.images[0].id, "k": 15})
        return [hit.picture.id for hit in answer.hits]

    assert order("raise both arms") != order("sit down")
    assert order("raise both arms") == order("  raise  both\narms ")


def test_a_worked_example_tells_where_its_target_stands_even_below_the_cards(studio):
    pair = studio.pairs[3]
    payload = {"text": "lift it", "image": pair.reference.id, "pair": pair.id, "k": 1}
    answer = search(studio, payload)
    everything = search(studio, {**payload, "k": 48})
    ranked = [hit.picture.id for hit in everything.hits]
    assert answer.target_rank == ranked.index(pair.target.id) + 1
    assert len(answer.hits) == 1
    assert studio.engine.retriever.queries[-1].target == pair.target.id


def test_words_past_the_context_are_named(studio):
    text = " ".join(f"word{i}" for i in range(70))
    answer = search(studio, {"text": text, "image": studio.images[0].id})
    assert answer.truncated.startswith("word60")


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_is_one_clear_sentence(studio, text):
    answer = page_call(search, studio)({"text": text, "image": studio.images[0].id})
    assert answer["ok"] is False
    assert answer["error"].startswith("Write what should change")
    assert "\n" not in answer["error"]


def test_an_uploaded_reference_leaves_nothing_out(studio):
    answer = search(studio, {"text": "sit", "upload": upload(studio), "k": 3})
    assert answer.excluded == 0
    assert answer.ranked == len(studio.images)


def test_the_reference_strip_shows_every_picture_once(studio):
    names = [view.id for view in reference_strip(studio, {}).pictures]
    assert sorted(names) == sorted(image.id for image in studio.images)


def test_worked_examples_show_different_people(studio):
    assert len({example.pair.reference.info.person for example in studio.examples}) == 3


def test_examples_that_the_model_ranks_high_are_preferred(studio):
    candidates = candidate_examples(studio.pairs)
    best = candidates[-1]
    picked = pick_examples(candidates, rank=lambda example: 1 if example is best else 9)
    assert picked[0] is best
    assert len({example.pair.id for example in picked}) == 3


def test_a_text_that_reads_at_a_glance_is_preferred():
    image = PoseImage("a.jpg", Path("a.jpg"))
    texts = ("x " * 40, "Raise the left arm over the head and bend the knee.", "raise it")
    (first, *_) = candidate_examples([PosePair(image, image, texts={"sents": texts})])
    assert first.text == texts[1]


def test_the_first_answer_to_a_visitor_is_small(studio):
    assert len(json.dumps(to_page(retrieve_boot(studio, {})))) < 60_000


# ---- the engine


def test_a_query_while_the_model_loads_says_so(folder, tmp_path):
    studio = Studio(StudioConfig(folder, tmp_path), lambda *_: hash_engine(folder, ()))
    answer = page_call(search, studio)({"text": "sit", "image": studio.images[0].id})
    assert "still loading" in answer["error"]


def test_a_missing_checkpoint_leaves_the_page_open_and_says_what_to_do(folder, tmp_path):
    def refuse(*_):
        raise CheckpointError("checkpoints/none does not exist")

    studio = Studio(StudioConfig(folder, tmp_path), refuse)
    studio.start()
    studio.wait_until_loaded(10)
    boot = retrieve_boot(studio, {})
    assert boot.status.state == "no_checkpoint"
    assert "--checkpoint" in boot.status.message
    assert describe(studio, {"pair": studio.pairs[0].id}).phrasings


def test_a_missing_dataset_leaves_the_page_open_and_says_what_to_do(tmp_path):
    studio = Studio(StudioConfig(tmp_path / "none", tmp_path), lambda *_: hash_engine(tmp_path, ()))
    assert "--dataset" in retrieve_boot(studio, {}).dataset.problem
    assert describe_boot(studio, {}).strip.pairs == ()
    built(studio)


# ---- uploads


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "", "/"])
def test_a_path_outside_the_upload_folder_is_refused(studio, path):
    with pytest.raises(AutoComPoseError):
        check_upload(studio, {"path": path})


def test_a_link_out_of_the_upload_folder_is_refused(studio, folder):
    link = studio.config.uploads / "link.jpg"
    link.symlink_to(studio.images[0].path)
    with pytest.raises(UnsafePathError):
        check_upload(studio, {"path": str(link)})


def test_an_unreadable_upload_is_one_line(studio):
    (studio.config.uploads / "x.png").write_bytes(b"not a picture")
    answer = page_call(check_upload, studio)({"path": str(studio.config.uploads / "x.png")})
    assert answer["ok"] is False
    assert "\n" not in answer["error"]


@pytest.mark.slow
def test_an_upload_over_the_limit_of_pixels_is_refused(studio):
    answer = page_call(check_upload, studio)({"path": upload(studio, size=(9000, 6000))})
    assert answer["ok"] is False


def test_a_good_upload_is_decoded_once_and_comes_back_with_its_size(studio, monkeypatch):
    decoded = []

    def counted(*args, **options):
        decoded.append(args)
        return load_image(*args, **options)

    monkeypatch.setattr("autocompose.data.preprocess.load_image", counted)
    assert check_upload(studio, {"path": upload(studio)}).width == 80
    assert len(decoded) == 1


# ---- Describe


def test_a_pair_has_part_rows_phrasings_and_an_author_that_is_no_person(studio):
    page = describe(studio, {"pair": studio.pairs[0].id, "seed": 0})
    assert len(page.phrasings) == 3
    assert page.rows
    assert page.source == "auto"
    assert "rules" in page.who
    assert "human" not in page.who
    assert page.pair.reference.bones


def test_two_uploads_without_joints_get_an_explanation(studio):
    payload = {"reference": upload(studio, "a.png"), "target": upload(studio, "b.png")}
    answer = page_call(describe, studio)(payload)
    assert answer["ok"] is True
    assert "without joints" in answer["explanation"]


def test_every_part_has_a_group_and_its_subject_side():
    for part in BodyPart:
        view = part_view(part)
        assert view.group in ("head", "arms", "torso", "legs")
        assert view.side == {"left": "L", "right": "R", None: ""}[part.side]


def test_an_edited_description_becomes_an_official_caption_row(studio):
    pair = studio.pairs[0]
    rows = [{"part": "left_arm", "text": "  Raise  it. "}]
    payload = {"pair": pair.id, "rows": rows, "phrasings": ["raise it", " "], "edited": True}
    row = caption_row(studio, payload).row
    assert (row["reference"], row["target"]) == (pair.reference.id, pair.target.id)
    assert pair.target.id in row["img_set"]
    assert row["auto"] == ["raise it"]
    assert row["parts"] == [{"part": "left_arm", "text": "Raise it."}]
    assert row["provenance"] == {
        "provider": "geometric", "source": "auto", "edited_in_studio": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rows": [{"part": "tail", "text": "wag"}], "phrasings": ["x"]}, "not a body part"),
        ({"rows": [{"part": "head", "text": " "}], "phrasings": ["x"]}, "sentence for the head"),
        ({"rows": [], "phrasings": [""]}, "No phrasing"),
        ({"rows": "all", "phrasings": ["x"]}, "not a list"),
        ({"rows": [3], "phrasings": ["x"]}, "reload"),
        ({"rows": [], "phrasings": [3]}, "send a text"),
    ],
)
def test_a_wrong_edit_is_one_clear_line(studio, fields, words):
    answer = page_call(caption_row, studio)({"pair": studio.pairs[0].id, **fields})
    assert words in answer["error"]


@pytest.mark.parametrize("handler", [describe, augment, caption_row])
def test_an_unknown_pair_is_one_clear_line(studio, handler):
    answer = page_call(handler, studio)({"pair": "<script>alert(1)</script>"})
    assert "pick another" in answer["error"]


# ---- Augment


def test_the_four_views_stand_in_reading_order_with_their_pictures(studio):
    pair = studio.pairs[1]
    cells = augment(studio, {"pair": pair.id}).cells
    assert [cell.view for cell in cells] == ["forward", "mirror", "reverse", "mirror-reverse"]
    assert [cell.mirrored for cell in cells] == [False, True, False, True]
    assert [cell.pair.reference.id for cell in cells] == [
        pair.reference.id, pair.reference.id, pair.target.id, pair.target.id,
    ]  # fmt: skip
    assert all(cell.words[0].text for cell in cells)


def test_a_pair_without_change_is_explained_in_its_cells(studio, folder):
    same = studio.pairs[0].reference
    studio._pair_by_id["same"] = type(studio.pairs[0])(same, same)
    cells = augment(studio, {"pair": "same"}).cells
    assert all(cell.problem for cell in cells)


def test_only_the_words_that_differ_are_marked():
    runs = mark_differences("Lower the right arm.", "Raise the left arm.")
    assert [(run.text, run.differs) for run in runs] == [
        ("Lower", True), ("the", False), ("right", True), ("arm.", False),
    ]  # fmt: skip


@given(st.text(), st.text())
def test_marking_loses_no_word(text, forward):
    assert " ".join(run.text for run in mark_differences(text, forward)).split() == text.split()


@given(st.text())
def test_a_text_has_no_difference_from_itself(text):
    assert not any(run.differs for run in mark_differences(text, text))


# ---- pictures and transport


def test_mirrored_bones_change_sides_and_flip(studio):
    plain = view_picture(studio.images[2], skeleton=True).bones
    flipped = view_picture(studio.images[2], skeleton=True, mirrored=True).bones
    for a, b in zip(plain, flipped, strict=True):
        assert b.x1 == pytest.approx(100 - a.x1, abs=0.02)
        assert b.y1 == a.y1
        assert {a.side, b.side} in ({"L", "R"}, {""})


def test_a_picture_name_with_odd_characters_is_quoted():
    assert picture_url(Path("/a b/<x>&#.jpg")) == "gradio_api/file=/a%20b/%3Cx%3E%26%23.jpg"


@pytest.mark.parametrize("payload", [None, 3, [], "x", {"text": 3}, {"text": "a", "k": "many"}])
def test_whatever_the_browser_sends_the_answer_is_one_line(studio, payload):
    answer = page_call(search, studio)(payload)
    assert answer["ok"] is False
    assert "\n" not in answer["error"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_moved_into_their_range(value):
    assert 1 <= read_int({"k": value}, "k", low=1, high=48, default=12) <= 48


@given(st.lists(st.integers()), st.integers(1, 20))
def test_mixing_loses_nothing(items, step):
    assert sorted(mixed(items, step)) == sorted(items)


def test_launch_serves_only_the_picture_folder_and_calls_nobody(studio, folder):
    page = built(studio)
    assert page.launch_options["allowed_paths"] == [str((folder / "images").resolve())]
    assert page.launch_options["run_history"] is False
    assert page.launch_options["max_file_size"] == studio.config.max_upload_bytes
    assert page.blocks.analytics_enabled is False
    assert "http" not in page.launch_options["css"]


def test_the_public_endpoints_answer_programs(studio):
    blocks = built(studio).blocks
    api = {fn.api_name: fn.fn for fn in blocks.fns.values()}
    assert set(api) == {"retrieve", "describe", "verify"}  # evaluate needs a workspace
    hits = api["retrieve"](studio.images[0].id, "raise an arm", 4)
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    text = api["describe"](studio.images[0].id, studio.images[5].id)
    assert text["source"] == "auto"


def test_a_dataset_may_pin_its_examples(tmp_path):
    root = write_stick_dataset(tmp_path / "pinned", n=6)
    first = next(iter(open_dataset(root).pairs("test", strict=False)))
    row = {"reference": first.reference.id, "target": first.target.id, "text": " Kneel down. "}
    others = [{**row, "target": "nobody.png"}, {**row, "text": 3}, "row", {**row, "text": " "}]
    (root / "examples.json").write_text(json.dumps([*others, row]))
    pairs = open_dataset(root).pairs("test", strict=False)
    assert [(e.pair.id, e.text) for e in pinned_examples(root, pairs)] == [
        (first.id, "Kneel down.")
    ]
    (root / "examples.json").write_text("[")
    assert pinned_examples(root, pairs) == ()
    (root / "examples.json").unlink()
    assert pinned_examples(root, pairs) == ()


@pytest.mark.slow
def test_the_examples_of_the_demo_are_found_first():
    dataset = open_dataset(Path(__file__).parents[1] / "annotations" / "demo")
    assert len(pinned_examples(dataset.root, dataset.pairs("test"))) == 3
