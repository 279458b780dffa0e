"""What must not change while modules move: texts, fingerprints, stored things, figures and names.

The expected values in ``tests/data/frozen`` were written by the code as it was before the move. A
change of one of them is a change of something that people have measured, stored or scripted; it
needs a decision, not a new value here. Nothing below imports a module that may move: it goes
through the command line, the names of `autocompose` itself and the import paths that are promised.

- ``names.json``: commands, options, JSON keys, records, errors and settings. More of each may come.
- ``texts.json``: digests of the describer's texts and of the committed files, and a few texts.
- ``figures.json``: what the commands and the official loaders print and give.
- ``gallery``: twelve demo pictures, indexed with ``checkpoints/pose-mini``.
- ``answers.sqlite3.gz``: the stored answers of three runs of ``describe --provider openai``.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import gzip
import hashlib
import importlib
import inspect
import io
import json
import math
import os
import re
import runpy
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import autocompose
from autocompose import config, errors, schema
from autocompose.data.captions.caption_files import write_captions
from autocompose.data.preprocess import preprocess
from autocompose.describe.views import mirror_text
from autocompose.errors import AmbiguousSideError, DescriptionError
from autocompose.evaluation import eval_report
from autocompose.model.checkpoint import load_official_clip, load_official_combiner
from autocompose.model.combiner import Combiner
from autocompose.postures.postures import POSTURES
from autocompose.schema import ComposedQuery, View
from tests.browser.chromium import REPOSITORY, free_port

DATA = REPOSITORY / "tests" / "data"
FROZEN = DATA / "frozen"
DEMO = REPOSITORY / "annotations" / "demo"
CHECKPOINT = REPOSITORY / "checkpoints" / "pose-mini"
CAPTIONS = DATA / "captions" / "fixmypose_valid_seen.json"

NAMES: dict[str, Any] = json.loads((FROZEN / "names.json").read_text(encoding="utf-8"))
TEXTS: dict[str, Any] = json.loads((FROZEN / "texts.json").read_text(encoding="utf-8"))
FIGURES: dict[str, Any] = json.loads((FROZEN / "figures.json").read_text(encoding="utf-8"))


def program(*args: object) -> str:
    """What ``python -m autocompose`` prints; in this process, so that torch is imported once."""
    before, printed, code = sys.argv, io.StringIO(), None
    sys.argv = ["autocompose", *map(str, args)]
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_module("autocompose", run_name="__main__")
    except SystemExit as left:
        code = left.code
    finally:
        sys.argv = before
    assert code in (None, 0), f"exit code {code}: autocompose {' '.join(map(str, args))}"
    return printed.getvalue()


def sha256(content: object) -> str:
    """Of bytes as they are, of anything else as JSON."""
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def differences(frozen: Any, found: Any, at: str = "") -> list[str]:
    """Where a document says something else than the frozen one; new keys say nothing else."""
    if isinstance(frozen, dict) and isinstance(found, dict):
        lost = [f"{at}/{key} is gone" for key in frozen if key not in found]
        both = [key for key in frozen if key in found]
        return lost + [d for k in both for d in differences(frozen[k], found[k], f"{at}/{k}")]
    if isinstance(frozen, list) and isinstance(found, (list, tuple)):
        if len(frozen) != len(found):
            return [f"{at} had {len(frozen)} values, has {len(found)}"]
        rows = enumerate(zip(frozen, found, strict=True))
        return [d for i, (a, b) in rows for d in differences(a, b, f"{at}/{i}")]
    if isinstance(frozen, float) and isinstance(found, (int, float)):
        same = math.isclose(frozen, found, rel_tol=1e-5, abs_tol=1e-5)
    else:
        same = type(frozen) is type(found) and frozen == found
    return [] if same else [f"{at} was {frozen!r}, is {found!r}"]


def without_model_texts(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records without the texts of language models, which the demo has had since 0.2.0."""
    return [
        {key: value for key, value in record.items() if not key.startswith("search")}
        for record in records
    ]


def demo_records(split: str) -> list[dict[str, Any]]:
    path = DEMO / "captions" / f"{split}.json"
    return without_model_texts(json.loads(path.read_text(encoding="utf-8")))


def write_json(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


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


@pytest.mark.parametrize("name", TEXTS["described"])
def test_pairs_are_described_to_the_letter_in_every_view_and_bank(demo_pairs, name):
    (bank,) = [bank for bank in phrase_banks() if bank.value == name]
    assert len(demo_pairs) == 60
    assert described_digests(demo_pairs, bank) == TEXTS["described"][name]


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


def test_a_request_that_was_not_asked_has_no_answer(answers, tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}"
    options = ("--dry-run", "--n", 4)  # later options win
    planned = json.loads(annotate(answers, "montage", nobody, tmp_path / "out.json", *options))
    assert planned["calls"] > 0


# ---- figures


VERIFIED = {"own": ("sents", 0, 60), "auto": ("auto", 0, 60), "foreign": ("sents", 1, 240)}


def in_order(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reader tells claims of one clause in an order that follows Python's hash seed."""
    return sorted(claims, key=lambda claim: json.dumps(claim, sort_keys=True))


def verified(folder: Path, name: str) -> dict[str, object]:
    """Verdicts on records with their own texts, or with those of the next record."""
    key, shift, count = VERIFIED[name]
    records = demo_records("test")
    rows = [{**records[i], key: records[i + shift][key]} for i in range(count)]
    path = write_json(folder / "captions" / "test.json", rows)
    printed = program(
        "verify", "--captions", path, "--joints", DEMO / "joints.json", "--key", key, "--json"
    )
    lines = [json.loads(line) for line in printed.splitlines()]
    verdicts = Counter(claim["verdict"] for line in lines for claim in line["claims"])
    for line in lines:
        assert line.keys() >= set(NAMES["keys"]["verify"])
        for claim in line["claims"]:
            assert claim.keys() >= set(NAMES["keys"]["verify claim"])
    return {
        "texts": len(lines),
        "sides_swapped": sum(line["sides_swapped"] for line in lines),
        "verdicts": dict(sorted(verdicts.items())),
        "sha256": sha256([{**line, "claims": in_order(line["claims"])} for line in lines]),
    }


@pytest.mark.parametrize("name", VERIFIED)
def test_verify_gives_the_same_verdicts_and_evidence(name, tmp_path):
    assert verified(tmp_path, name) == FIGURES["verify"][name]


CLAIM_SCORES = (
    *("body_part_match", "direction_match", "claim_precision", "claim_recall"),
    *("distinct_1", "distinct_2"),
)


def scored(folder: Path) -> dict[str, Any]:
    """The metrics that need no library and no Java, of 40 records."""
    records = demo_records("test")[:40]
    path = write_json(folder / "captions" / "test.json", records)
    printed = program(
        "score", "--captions", path, "--references", path, "--joints", DEMO / "joints.json",
        "--key", "new-words", "--reference-key", "sents", "--json",
    )  # fmt: skip
    found = json.loads(printed)
    found["scores"] = {name: found["scores"][name] for name in CLAIM_SCORES}
    return {key: found[key] for key in ("pairs", "texts", "references", "scores", "notes")}


def test_score_gives_the_same_matches_and_claim_figures(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))  # METEOR would start Java and take ten seconds
    assert differences(FIGURES["score"], scored(tmp_path)) == []


def evaluated(folder: Path) -> dict[str, Any]:
    """The report on 25 test pairs of one person over their own pictures, and each query's rank."""
    records = [r for r in demo_records("test") if r["reference"].endswith("_p5_right40.jpg")][:25]
    names = {name for r in records for name in (r["reference"], r["target"], *r["img_set"])}
    write_json(folder / "mini" / "captions" / "test.json", records)
    write_json(folder / "mini" / "image_splits" / "test.json", sorted(names))
    (folder / "mini" / "images").symlink_to(DEMO / "images")
    printed = program(
        "evaluate", "--checkpoint", CHECKPOINT, "--dataset", folder / "mini", "--split", "test",
        "--phrasings", "--json", "--csv", folder / "queries.csv",
    )  # fmt: skip
    with (folder / "queries.csv").open(encoding="utf-8", newline="") as file:
        ranks = [int(row["rank"]) for row in csv.DictReader(file)]
    found = json.loads(printed)
    assert found.pop("checkpoint") == str(CHECKPOINT)
    return {**found, "ranks": ranks}


def test_evaluate_gives_the_same_report(tmp_path):
    found = evaluated(tmp_path)
    assert differences(FIGURES["evaluate"], found) == []
    assert {*found, "checkpoint"} >= set(NAMES["keys"]["evaluate"])
    assert found["baselines"].keys() >= set(NAMES["keys"]["evaluate baselines"])


# ---- claims that people labelled

LABELS = {"human": "claims_human.txt", "human, new": "claims_human_new.txt"}
TRUNK_MOVES = ("lean", "turn", "upright", "center", "up", "down")
ONE_OF = {"feet": "foot", "toes": "toes", "fingers": "fingers"}


def label_rows(name: str) -> Iterator[tuple[str, set[str]]]:
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            place, _, claims = line.partition("|")
            yield place.strip(), {c.strip() for c in claims.split(";") if c.strip()}


def named(claim: dict[str, Any]) -> str:
    """A claim as the label files write it: ``both knee: bend``."""
    part = claim["part"]
    if part.startswith("both "):
        many = part.removeprefix("both ")
        part = f"both {ONE_OF.get(many, many[:-1])}"
    return f"{part}: {claim['change']}"


def comparable(claim: str) -> str:
    """As ``benchmarks/claims.py`` compares readings: the trunk has many names."""
    part, _, change = claim.partition(": ")
    if part in ("body", "torso", "both shoulder") and change.split()[0] in TRUNK_MOVES:
        part = "trunk"
    if change == "apart" and ("arm" in part or "hand" in part):
        change = "out"
    return f"{part}: {change.replace('behind back', 'behind')}"


def is_posture(change: str) -> bool:
    """Whether a claim is of a posture or act, which the captions' labels leave out."""
    return change.removeprefix("not ").removeprefix("left ").removeprefix("right ") in POSTURES


def read_sentences(folder: Path, sentences: list[str]) -> list[list[dict[str, Any]]]:
    """The claims in sentences, read beside the bodies of some pair."""
    record = {**demo_records("test")[0], "sents": sentences}
    path = write_json(folder / "captions" / "read.json", [record])
    printed = program(
        "verify", "--captions", path, "--joints", DEMO / "joints.json", "--key", "sents", "--json"
    )
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["text"] for line in lines] == sentences
    return [line["claims"] for line in lines]


def reading_rates(
    folder: Path, rows: list[tuple[str, set[str]]], *, exact: bool
) -> dict[str, object]:
    """Precision and recall in percent, and a digest of every claim that is read."""
    read = read_sentences(folder, [text for text, _ in rows])
    same = str if exact else comparable
    silent = () if exact else ("unclear", "viewer")
    hit = wrong = missed = 0
    for (_, gold), claims in zip(rows, read, strict=True):
        labels = {same(claim) for claim in gold}
        told = [claim for claim in claims if exact or not is_posture(claim["change"])]
        found = {same(named(claim)) for claim in told if claim["change"] not in silent}
        hit += len(found & labels)
        wrong += len(found - labels)
        missed += len(labels - found)
    readings = [[[c["part"], c["change"], c["span"]] for c in in_order(claims)] for claims in read]
    return {
        "sentences": len(rows),
        "precision": 100 * hit / (hit + wrong),
        "recall": 100 * hit / (hit + missed),
        "sha256": sha256(readings),
    }


def test_the_gold_sentences_are_read_as_before(tmp_path):
    found = reading_rates(tmp_path, list(label_rows("claims_gold.txt")), exact=True)
    assert differences(FIGURES["claims"]["gold"], found) == []


def human_rows(name: str) -> list[tuple[str, set[str]]]:
    captions = json.loads(CAPTIONS.read_text(encoding="utf-8"))
    texts = {row["id"]: row["sents"] for row in captions}
    rows = []
    for place, claims in label_rows(LABELS[name]):
        pair, _, number = place.partition("#")
        rows.append((texts[pair.strip()][int(number)], claims))
    return rows


@pytest.mark.parametrize("name", LABELS)
def test_captions_of_people_are_read_as_before(name, tmp_path):
    found = reading_rates(tmp_path, human_rows(name), exact=False)
    assert differences(FIGURES["claims"][name], found) == []


# ---- official files and transforms


def numbers(*shape: int, scale: float = 0.1, seed: int = 0) -> torch.Tensor:
    """Weights that look random and are the same everywhere: numpy keeps this generator's stream."""
    drawn = np.random.RandomState(seed).standard_normal(shape)
    return torch.from_numpy(np.asarray(scale * drawn, dtype=np.float32))


def write_combiner(path: Path) -> dict[str, torch.Tensor]:
    empty = Combiner(6, 10, 14).state_dict()
    shapes = {name: list(value.shape) for name, value in empty.items()}
    assert shapes == FIGURES["official"]["combiner parameters"]
    state = {
        name: numbers(*shape, scale=0.5, seed=i) for i, (name, shape) in enumerate(shapes.items())
    }
    torch.save({"epoch": 3, "Combiner": state}, path)
    return state


def combined(folder: Path) -> list[list[float]]:
    state = write_combiner(folder / "combiner_3.pt")
    combiner = load_official_combiner(folder / "combiner_3.pt")
    assert isinstance(combiner, Combiner)
    assert all(torch.equal(combiner.state_dict()[name], value) for name, value in state.items())
    with torch.inference_mode():
        return combiner.combine(numbers(2, 6, scale=2), numbers(2, 6, scale=2, seed=1)).tolist()


def test_an_official_combiner_loads_and_composes_as_before(tmp_path):
    assert differences(FIGURES["official"]["combined"], combined(tmp_path)) == []


def residual_block(prefix: str, width: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "attn.in_proj_weight": (3 * width, width), "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width), "attn.out_proj.bias": (width,),
        "mlp.c_fc.weight": (4 * width, width), "mlp.c_fc.bias": (4 * width,),
        "mlp.c_proj.weight": (width, 4 * width), "mlp.c_proj.bias": (width,),
    }  # fmt: skip
    shapes |= {f"ln_{i}.{kind}": (width,) for i in (1, 2) for kind in ("weight", "bias")}
    return {f"{prefix}transformer.resblocks.0.{name}": shape for name, shape in shapes.items()}


def write_clip(path: Path) -> None:
    """A tiny vision transformer and text transformer, under the names of openai/CLIP."""
    width, dim, words = 64, 16, 500
    shapes: dict[str, tuple[int, ...]] = {
        "visual.conv1.weight": (width, 3, 16, 16), "visual.class_embedding": (width,),
        "visual.positional_embedding": (5, width), "visual.proj": (width, dim),
        "positional_embedding": (77, width), "token_embedding.weight": (words, width),
        "text_projection": (width, dim), "logit_scale": (),
    }  # fmt: skip
    for name in ("visual.ln_pre", "visual.ln_post", "ln_final"):
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    shapes |= residual_block("visual.", width) | residual_block("", width)
    state = {name: numbers(*shapes[name], seed=i) for i, name in enumerate(sorted(shapes))}
    for name in state:
        if re.search(r"ln_\w+\.weight$", name):
            state[name] = state[name] + 1
    torch.save({"epoch": 3, "CLIP": state}, path)


def clip_features(folder: Path) -> dict[str, list[list[float]]]:
    write_clip(folder / "tuned_clip_3.pt")
    towers = load_official_clip(folder / "tuned_clip_3.pt")
    tokens = torch.zeros(2, 77, dtype=torch.long)
    tokens[0, :5] = torch.tensor([498, 3, 141, 59, 499])
    tokens[1, :3] = torch.tensor([498, 26, 499])
    with torch.inference_mode():
        images = towers.encode_image(numbers(2, 3, 32, 32, scale=1.5))
        texts = towers.encode_text(tokens)
    return {"images": images.tolist(), "texts": texts.tolist()}


def test_an_official_clip_loads_and_gives_the_same_features(tmp_path):
    assert differences(FIGURES["official"]["clip"], clip_features(tmp_path)) == []


def prepared(kind: str) -> dict[str, object]:
    pattern = np.arange(90 * 50 * 3, dtype=np.int64).reshape(90, 50, 3)
    image = Image.fromarray((pattern * 37 % 251).astype(np.uint8))
    pixels = preprocess(image, kind=kind, size=64)
    return {
        "shape": list(pixels.shape),
        "dtype": str(pixels.dtype),
        "sha256": sha256(pixels.numpy().astype("<f4").tobytes()),
    }


@pytest.mark.parametrize("kind", FIGURES["official"]["preprocess"])
def test_pictures_are_prepared_bit_for_bit(kind):
    assert prepared(kind) == FIGURES["official"]["preprocess"][kind]


# ---- names


def shown_options(text: str) -> list[str]:
    """The options that a help page declares: dashes at the start of a row."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    rows = re.findall(r"(?m)^[│| ]*\*?[ ]*(-[-\w]+(?:[ ,/]+-[-\w]+)*)", plain)
    return sorted({option for row in rows for option in re.split(r"[ ,/]+", row)})


def help_page(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "250")
    if command != "app.py":
        return program(*command.split(), "--help")
    printed = io.StringIO()
    monkeypatch.setattr(sys, "argv", ["app.py", "--help"])
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as left:
        runpy.run_path(str(REPOSITORY / "app.py"), run_name="__main__")
    assert left.value.code in (None, 0)
    return printed.getvalue()


@pytest.mark.parametrize("command", NAMES["options"])
def test_every_command_still_has_its_options(command, monkeypatch):
    frozen = NAMES["options"][command]
    assert [o for o in frozen if o not in shown_options(help_page(command, monkeypatch))] == []


def test_the_process_lists_every_command():
    environment = {**os.environ, "COLUMNS": "250", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-m", "autocompose", "--help"],
        capture_output=True, text=True, check=True, env=environment, cwd=REPOSITORY,
    )  # fmt: skip
    commands = {name.split()[0] for name in NAMES["options"]} - {"app.py"}
    shown = set(re.findall(r"(?m)^[│| ]*([a-z]+) {2}", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)))
    assert commands - shown == set()


def test_review_stats_has_its_keys(tmp_path):
    path = write_json(tmp_path / "captions.json", demo_records("val")[:4])
    store = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    program("review", "import", path, "--dataset", DEMO, "--split", "val", "--store", store)
    found = json.loads(program("review", "stats", "--json", "--store", store))
    assert found.keys() >= set(NAMES["keys"]["review stats"])
    assert differences(FIGURES["review stats"], found) == []


def test_the_package_still_gives_its_names():
    for name in NAMES["package"]:
        assert getattr(autocompose, name) is not None
    assert set(NAMES["package"]) <= set(autocompose.__all__)


@pytest.mark.parametrize("path", NAMES["import paths"])
def test_a_promised_import_path_works(path):
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def plain(field: dataclasses.Field[Any]) -> object:
    """A field's default as JSON can hold it."""
    value = field.default
    if value is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else "made"
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Enum) else value


def record_fields() -> dict[str, dict[str, object]]:
    """Fields of the records and of the settings with their defaults, members of the enums."""
    found: dict[str, dict[str, object]] = {}
    for module in (schema, config, eval_report):
        for name, kind in vars(module).items():
            if not isinstance(kind, type) or kind.__module__ != module.__name__:
                continue
            if dataclasses.is_dataclass(kind):
                found[name] = {field.name: plain(field) for field in dataclasses.fields(kind)}
            elif issubclass(kind, Enum):
                found[name] = {member.name: member.value for member in kind}
    return found


def test_records_and_settings_keep_their_fields_and_defaults():
    assert differences(NAMES["records"], record_fields()) == []


def error_tree() -> dict[str, list[str]]:
    kinds = {n: k for n, k in vars(errors).items() if isinstance(k, type)}
    return {
        name: [base.__name__ for base in kind.__mro__[1:] if base.__module__ == errors.__name__]
        for name, kind in kinds.items()
        if issubclass(kind, Exception) and kind.__module__ == errors.__name__
    }


def test_errors_keep_their_names_and_parents():
    found = error_tree()
    for name, parents in NAMES["errors"].items():
        assert name in found
        assert set(parents) <= set(found[name]), name


def test_stored_ids_and_caption_keys_are_made_as_before():
    written = (schema.Source.AUTO, schema.Source.MLLM)
    keys = {f"{s.value} {v.value}": schema.caption_key(s, v) for s in written for v in View}
    assert schema.content_id("a.jpg", "b.jpg") == FIGURES["ids"]["content"]
    assert keys == FIGURES["ids"]["keys"]
