"""What must not change while modules move: figures, readings of labelled texts, official files."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from autocompose.data.preprocess import preprocess
from autocompose.model.checkpoint import load_official_clip, load_official_combiner
from autocompose.model.combiner import Combiner
from autocompose.postures.postures import POSTURES
from tests.frozen import (
    CHECKPOINT,
    DATA,
    DEMO,
    FIGURES,
    NAMES,
    demo_records,
    differences,
    program,
    sha256,
    write_json,
)

CAPTIONS = DATA / "captions" / "fixmypose_valid_seen.json"

# ---- verdicts, scores and reports

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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
