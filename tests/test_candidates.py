"""FixMyPose's own task: the target among the candidates of a query."""

import json

import numpy as np
import pytest
import torch

from autocompose.cli import main
from autocompose.data.dataset import write_captions, write_split
from autocompose.errors import CaptionFileError, DatasetError
from autocompose.evaluation.candidates import evaluate_candidates, read_candidates
from autocompose.model.checkpoint import save_checkpoint
from autocompose.retrieval.embed import embed_images
from tests.model_fakes import tiny_model, write_pictures

NAMES = [f"picture_{i:03d}.png" for i in range(12)]


def record(i: int) -> dict:
    """The reference is one of the ten, as in the published files."""
    others = [NAMES[(i + j) % 12] for j in range(10)]
    return {
        "uid": str(i),
        "img0": f"/somewhere/else/{NAMES[i]}",
        "sents": [f"turn by {i}", "never asked"],
        "ans_idx": 3,
        **{f"trg{j}": f"/somewhere/else/{name}" for j, name in enumerate(others)},
    }


def write(path, records):
    path.write_text(json.dumps(records))
    return path


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_accuracy_is_what_a_slow_choice_gives(model, tmp_path):
    images = tmp_path / "images"
    paths = write_pictures(images, 12)
    queries = read_candidates(write(tmp_path / "q.json", [record(i) for i in range(12)]))
    assert queries[2].text == "turn by 2"
    assert queries[2].candidates[queries[2].answer] == NAMES[5]
    report = evaluate_candidates(model, queries, images)
    gallery = embed_images(model, paths, root=images)
    right = 0
    for i, query in enumerate(queries):
        with torch.inference_mode():
            text = model.towers.encode_text(model.towers.tokenize([query.text]))
            composed = model.compose(gallery.raw(i), text)[0].numpy()
        rows = [gallery.row(name) for name in query.candidates]
        right += int(np.argmax(gallery.embeddings[rows] @ composed)) == query.answer
    assert report.accuracy == pytest.approx(100 * right / 12)
    assert (report.chance, report.num_queries, report.num_images) == (10.0, 12, 12)
    # The reference is among the candidates and closest to itself: alone it never finds another.
    assert report.image_only == 0.0
    assert report.accuracy_ci[0] <= report.accuracy <= report.accuracy_ci[1]


def test_a_query_without_all_its_images_is_named(model, tmp_path):
    images = tmp_path / "images"
    write_pictures(images, 11)  # the twelfth is missing
    (images / NAMES[0]).write_bytes(b"broken")
    queries = read_candidates(write(tmp_path / "q.json", [record(i) for i in range(12)]))
    complete = [q for q in queries if not {NAMES[0], NAMES[11]} & {q.reference, *q.candidates}]
    report = evaluate_candidates(model, queries, images)
    assert report.num_queries == len(complete) == 1
    assert any(NAMES[11] in line for line in report.skipped)
    with pytest.raises(DatasetError, match="none of 12 images"):
        evaluate_candidates(model, queries, tmp_path / "elsewhere")


@pytest.mark.slow
def test_the_command_line_keeps_it_apart(model, tmp_path, capsys):
    root = tmp_path / "fixmypose_dataset"
    write_pictures(root / "images", 12)
    row = {"reference": NAMES[0], "target": NAMES[1], "img_set": NAMES[1:4], "sents": ["turn"]}
    write_captions(root / "captions" / "test.json", [row])
    write_split(root / "image_splits" / "test.json", NAMES)
    save_checkpoint(tmp_path / "model", model, train=None, metrics={}, card="")
    queries = write(tmp_path / "q.json", [record(i) for i in range(12)])
    args = ["--checkpoint", tmp_path / "model", "--dataset", root, "--candidates", queries]
    for json_ in (True, False):
        with pytest.raises(SystemExit) as left:
            main(["evaluate", *map(str, args), *(["--json"] if json_ else [])])
        assert left.value.code == 0
        printed = capsys.readouterr().out
        if json_:
            report = json.loads(printed)
            assert (report["num_queries"], report["candidates"]["num_queries"]) == (1, 12)
            assert report["candidates"]["chance"] == 10.0
        else:
            assert "among its candidates: " in printed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ans_idx": 10}, "ans_idx 10 is not"),
        ({"ans_idx": "3"}, "ans_idx"),
        ({"sents": "one string"}, "list of texts"),
        ({"sents": []}, "list of texts"),
        ({"img0": "/"}, "outside"),
        ({"trg4": ".."}, "outside"),
    ],
)
def test_a_malformed_query_is_named(tmp_path, change, message):
    records = [record(0), {**record(1), **change}]
    with pytest.raises(DatasetError, match=message) as caught:
        read_candidates(write(tmp_path / "q.json", records))
    assert "q.json[1]" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [{}, [], ["text"], [{"img0": "a.png"}]])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    with pytest.raises(CaptionFileError, match=r"expected a"):
        read_candidates(write(tmp_path / "q.json", content))
