"""What must not change while modules move: texts, checkpoints, galleries and stored answers."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import inspect
import json
import shutil
import sqlite3
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autocompose
from autocompose import schema
from autocompose.data.captions.caption_files import write_captions
from autocompose.describe.views import mirror_text
from autocompose.errors import AmbiguousSideError, DescriptionError
from autocompose.schema import ComposedQuery, View
from tests.browser.chromium import free_port
from tests.frozen import (
    CHECKPOINT,
    DEMO,
    FIGURES,
    FROZEN,
    NAMES,
    TEXTS,
    demo_records,
    differences,
    program,
    sha256,
    without_model_texts,
)

# ---- texts


@pytest.fixture(scope="module")
def demo_pairs() -> list[schema.PosePair]:
    dataset = autocompose.open_dataset(DEMO)
    return [pair for split in ("val", "test") for pair in dataset.pairs(split)[:30]]


def described_digests(pairs: list[schema.PosePair], bank: Enum) -> dict[str, str]:
    found = {}
    for view in View:
        rows = []
        for pair in pairs:
            text = autocompose.describe_pair(pair, view=view, bank=bank)  # pyright: ignore
            parts = [[part.part.value, part.text] for part in text.parts]
            rows.append([text.id, parts, list(text.phrasings)])
        found[view.value] = sha256(rows)
    return found


def phrase_banks() -> list[Enum]:
    default = inspect.signature(autocompose.describe_pair).parameters["bank"].default
    assert isinstance(default, Enum)
    return list(type(default))


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS["described"])
def test_pairs_are_described_to_the_letter_in_every_view_and_bank(demo_pairs, name):
    (bank,) = [bank for bank in phrase_banks() if bank.value == name]
    assert len(demo_pairs) == 60
    assert described_digests(demo_pairs, bank) == TEXTS["described"][name]


@pytest.mark.slow
@pytest.mark.parametrize("row", TEXTS["examples"], ids=lambda row: row["view"])
def test_a_pair_is_described_in_the_same_words(demo_pairs, row):
    pair = demo_pairs[row["pair"]]
    found = autocompose.describe_pair(pair, view=View(row["view"]))
    assert pair.id == row["id"]
    assert list(found.phrasings) == row["phrasings"]
    assert [[part.part.value, part.text] for part in found.parts] == row["parts"]


def test_a_pair_without_joints_is_still_refused(demo_pairs):
    bare = dataclasses.replace(demo_pairs[0].reference, joints=None)
    with pytest.raises(DescriptionError, match="no joints"):
        autocompose.describe_pair(dataclasses.replace(demo_pairs[0], reference=bare))


@pytest.mark.parametrize("name", TEXTS["files"])
def test_the_committed_annotations_are_the_same_bytes(name):
    assert sha256((DEMO / name).read_bytes()) == TEXTS["files"][name]


@pytest.mark.slow
@pytest.mark.parametrize("split", ["val", "test"])
def test_pairs_and_texts_of_the_demo_are_written_again_to_the_byte(split, tmp_path):
    (tmp_path / "images").symlink_to(DEMO / "images")
    for folder in ("captions", "image_splits"):
        (tmp_path / folder).mkdir()
    for name in ("joints.json", "card.md", f"image_splits/{split}.json"):
        shutil.copy(DEMO / name, tmp_path / name)
    program("synthesize", "--texts-only", "--seed", 0, "--pairs", 1700, "--out", tmp_path)
    written = (tmp_path / "captions" / f"{split}.json").read_bytes()
    assert sha256(written) == TEXTS["by_rules"][split]


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_the_texts_by_rules_stay_to_the_letter_where_models_wrote_beside_them(split, tmp_path):
    by_model = {key for key, m in schema.CAPTION_MEANINGS.items() if m.source is schema.Source.MLLM}
    rows = [{k: v for k, v in row.items() if k not in by_model} for row in demo_records(split)]
    write_captions(tmp_path / "rules.json", rows)
    assert sha256((tmp_path / "rules.json").read_bytes()) == TEXTS["by_rules"][split]


def flipped_captions(split: str) -> dict[str, object]:
    """Every text of a split with left and right exchanged, and how many are refused."""
    texts, refused = [], 0
    for record in demo_records(split):
        for key, values in record.items():
            if isinstance(values, list) and key != "img_set":
                for text in values:
                    try:
                        texts.append(mirror_text(text))
                    except AmbiguousSideError:
                        refused += 1
    return {"texts": len(texts), "refused": refused, "sha256": sha256(texts)}


@pytest.mark.slow
def test_left_and_right_are_exchanged_in_captions_as_before():
    assert flipped_captions("test") == TEXTS["flipped"]


@pytest.mark.parametrize("text", TEXTS["mirrored"])
def test_a_text_is_flipped_as_before_or_refused_as_before(text):
    expected = TEXTS["mirrored"][text]
    if expected is None:
        with pytest.raises(AmbiguousSideError):
            mirror_text(text)
    else:
        assert mirror_text(text) == expected


def describe_with_joints(folder: Path, name: str) -> dict[str, object]:
    """The report of a run, and a digest of the captions that it wrote."""
    out, report = folder / f"{name}.json", folder / f"{name}-report.json"
    options = {"plain": [], "seeded": ["--views", "forward", "--n", 5, "--seed", 3]}[name]
    program(
        "describe", "--dataset", DEMO, "--split", "val", "--limit", 15, "--out", out,
        "--report", report, *options,
    )  # fmt: skip
    counts = json.loads(report.read_text())
    return {
        **counts,
        "seconds": None,
        "sha256": sha256(without_model_texts(json.loads(out.read_text()))),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "seeded"])
def test_describe_writes_the_same_captions_and_report(name, tmp_path):
    found = describe_with_joints(tmp_path, name)
    assert differences(FIGURES["describe"][name], found) == []
    assert found.keys() >= set(NAMES["keys"]["describe report"])


# ---- checkpoints and galleries


@pytest.fixture(scope="module")
def model() -> Any:
    return autocompose.load_checkpoint(CHECKPOINT)


def test_the_shipped_checkpoint_has_the_same_fingerprint_and_published_figures(model):
    assert model.fingerprint == FIGURES["checkpoint"]["fingerprint"]
    saved = json.loads((CHECKPOINT / "config.json").read_text())
    assert saved["fingerprint"] == FIGURES["checkpoint"]["fingerprint"]
    recorded = json.loads((CHECKPOINT / "metrics.json").read_text())
    assert differences(FIGURES["checkpoint"]["metrics"], recorded) == []


@dataclasses.dataclass(frozen=True)
class Indexed:
    """A gallery folder as its files say."""

    content: dict[str, Any]
    embeddings: np.ndarray
    norms: np.ndarray


def read_folder(folder: Path) -> Indexed:
    content = json.loads((folder / "gallery.json").read_text(encoding="utf-8"))
    if content["format"] == 2:
        (shard,) = folder.glob("shard-*")
        content["image_ids"] = (shard / "ids").read_text(encoding="utf-8").split("\0")
        return Indexed(content, np.load(shard / "embeddings.npy"), np.load(shard / "norms.npy"))
    arrays = {key: np.load(folder / name) for key, name in content["files"].items()}
    return Indexed(content, arrays["embeddings"], arrays["norms"])


@pytest.mark.slow
def test_index_embeds_pictures_as_before(tmp_path):
    kept = read_folder(FROZEN / "gallery")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in kept.content["image_ids"]:
        shutil.copy(DEMO / "images" / name, pictures)
    program("index", "--checkpoint", CHECKPOINT, "--images", pictures, "--out", tmp_path / "new")
    made = read_folder(tmp_path / "new")
    assert len(kept.content["image_ids"]) == 12
    assert made.content["image_ids"] == kept.content["image_ids"]
    assert made.content["fingerprint"] == kept.content["fingerprint"]
    assert made.content["skipped"] == []
    np.testing.assert_allclose(made.embeddings, kept.embeddings, rtol=0, atol=1e-5)
    np.testing.assert_allclose(made.norms, kept.norms, rtol=1e-5)


@pytest.fixture
def gallery(tmp_path) -> Path:
    return Path(shutil.copytree(FROZEN / "gallery", tmp_path / "gallery"))


def retrieve(gallery: Path, name: str) -> dict[str, Any]:
    asked = FIGURES["retrieve"][name]
    printed = program(
        "retrieve", "--checkpoint", CHECKPOINT, "--gallery", gallery, "-k", 4, "--json",
        "--reference", DEMO / "images" / asked["reference"], "--text", asked["text"],
    )  # fmt: skip
    return json.loads(printed)


@pytest.mark.parametrize("name", FIGURES["retrieve"])
def test_a_gallery_of_before_opens_and_gives_the_same_answer(gallery, name):
    found = retrieve(gallery, name)
    assert differences(FIGURES["retrieve"][name]["answer"], found) == []
    assert found.keys() >= set(NAMES["keys"]["retrieve"])
    assert found["hits"][0].keys() >= set(NAMES["keys"]["retrieve hit"])


def test_python_retrieves_what_the_command_line_does(model):
    kept = read_folder(FROZEN / "gallery")
    gallery = autocompose.Gallery(
        image_ids=tuple(kept.content["image_ids"]),
        embeddings=kept.embeddings,
        fingerprint=kept.content["fingerprint"],
        norms=kept.norms,
    )
    retriever = autocompose.ComposedRetriever(model, gallery)
    for asked in FIGURES["retrieve"].values():
        reference = DEMO / "images" / asked["reference"]
        query = ComposedQuery(reference, asked["text"], exclude=(asked["reference"],))
        found = retriever.retrieve(query, k=4)
        hits = [dataclasses.asdict(hit) for hit in found.hits]
        assert differences(asked["answer"]["hits"], hits) == []
        assert list(found.excluded) == asked["answer"]["excluded"]


# ---- stored answers

RUNS: dict[str, list[object]] = {
    "montage": ["--limit", 2],
    "overlay": [
        *("--limit", 1, "--views", "derive", "--overlay", "--two-images"),
        *("--samples", 3, "--agree", 0.6, "--n", 2),
    ],
    "reasoning": [
        *("--limit", 1, "--views", "forward", "--style", "reasoning", "--n", 1),
        *("--temperature", 0.3, "--ban", "stretch", "--max-tokens", 300),
    ],
}


def annotate(cache: Path, run: str, address: str, out: Path, *options: object) -> str:
    """``describe --provider openai`` with the settings of a run."""
    return program(
        "describe", "--dataset", DEMO, "--split", "val", "--provider", "openai",
        "--model", "frozen-1", "--base-url", f"{address}/v1", "--timeout", 2, "--cache", cache,
        "--out", out, "--report", out.with_name("report.json"), *RUNS[run], *options,
    )  # fmt: skip


def annotated(out: Path) -> dict[str, object]:
    """What a run wrote: its report, and digests of its texts and of the requests behind them."""
    rows = json.loads(out.read_text(encoding="utf-8"))
    texts = [
        [row["reference"], row["target"], {key: row[key] for key in MODEL_KEYS if key in row}]
        for row in rows
    ]
    report = json.loads(out.with_name("report.json").read_text())
    return {**report, "seconds": None, "sha256": sha256(texts)}


MODEL_KEYS = [schema.caption_key(schema.Source.MLLM, view) for view in View]


@pytest.fixture
def answers(tmp_path) -> Path:
    """A copy of the stored answers, as a run opens it for writing."""
    path = tmp_path / "answers.sqlite3"
    path.write_bytes(gzip.decompress((FROZEN / "answers.sqlite3.gz").read_bytes()))
    return path


def stored_keys(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM answers ORDER BY key")]


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_answers_of_before_are_found_under_the_key_of_their_request(run, answers, tmp_path):
    frozen = FIGURES["annotate"][run]
    nobody = f"http://127.0.0.1:{free_port()}"
    keys = stored_keys(answers)
    planned = json.loads(annotate(answers, run, nobody, tmp_path / "out.json", "--dry-run"))
    assert differences(FIGURES["planned"][run], planned) == [], "a request has another key"
    annotate(answers, run, nobody, tmp_path / "out.json")
    found = annotated(tmp_path / "out.json")
    assert found["calls"] == 0
    assert differences(frozen, found) == []
    assert found.keys() >= set(NAMES["keys"]["describe report"])
    assert stored_keys(answers) == keys


@pytest.mark.slow
def test_a_request_that_was_not_asked_has_no_answer(answers, tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}"
    options = ("--dry-run", "--n", 4)  # later options win
    planned = json.loads(annotate(answers, "montage", nobody, tmp_path / "out.json", *options))
    assert planned["calls"] > 0
