"""Galleries of shards: opened whole or by what is left, added to, compacted; never half-written."""

import hashlib
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.errors import ConfigError, GalleryError, UnsafePathError
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.searchers.exact import ExactSearch, products
from autocompose.retrieval.shards import gallery_folder
from autocompose.retrieval.shards.gallery_folder import (
    append_shards,
    check_shards,
    compact,
    read_manifest,
    remove_pictures,
    write_shards,
)
from autocompose.retrieval.shards.halves import HALVED_ROWS, halved, stacked_halves
from autocompose.retrieval.shards.picture_notes import PictureNotes
from autocompose.retrieval.shards.row_stack import RowPlaces, RowStack
from autocompose.retrieval.shards.thumbnails import PackedThumbnails
from autocompose.schema import ImageInfo
from tests import warm
from tests.gallery_fakes import save_single_files
from tests.poses import T_POSE
from tests.test_gallery_bodies import known_image

ROOT = Path(__file__).resolve().parents[1]


def made(names: str, seed: int = 0, **changes: object) -> Gallery:
    """A gallery of one-letter names; every second picture has a body."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(len(names), 8)).astype(np.float32)
    norms = np.linalg.norm(rows, axis=1)
    infos = [ImageInfo(person=f"p{ord(name) % 3}", clip=f"c{seed}") for name in names]
    bodies = [known_image(n, T_POSE) if i % 2 else None for i, n in enumerate(names)]
    gallery = Gallery(
        tuple(names), rows / norms[:, None], "f", norms, "letters", bodies=GalleryBodies.of(bodies),
        notes=PictureNotes.of(infos, f"source {seed}"),
        thumbnails=PackedThumbnails.of([f"{seed}{name}".encode() for name in names]),
    )  # fmt: skip
    return replace(gallery, **changes) if changes else gallery


def assert_rows(gallery: Gallery, *expected: tuple[str, Gallery]) -> None:
    """A gallery has these rows, each as another gallery has it, in this order."""
    assert gallery.image_ids == tuple(name for name, _ in expected)
    for row, (name, of) in enumerate(expected):
        at = of.row(name)
        np.testing.assert_array_equal(gallery.embeddings[row], of.embeddings[at])
        assert gallery.norms[row] == of.norms[at]
        assert gallery.bodies.known[row] == (at % 2 == 1)
        assert gallery.notes.at(row) == of.notes.at(at)
        assert gallery.thumbnails[row] == of.thumbnails[at]


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(gallery_folder, "SHARD_ROWS", 2)


def test_rows_are_added_replaced_removed_and_compacted_with_all_that_is_known(
    tmp_path, small_shards
):
    first, more = made("abcde"), made("bfg", seed=1)
    save_gallery(first, tmp_path)
    assert [shard.rows for shard in read_manifest(tmp_path).shards] == [2, 2, 1]
    append_shards(tmp_path, [more])
    remove_pictures(tmp_path, ["c", "g"])
    rows = [("a", first), ("d", first), ("e", first), ("b", more), ("f", more)]
    opened = load_gallery(tmp_path)
    assert_rows(opened, *rows)
    np.testing.assert_array_equal(opened.bodies.joints[[1]][0], np.float32(T_POSE))
    files = {path: path.read_bytes() for path in tmp_path.rglob("shard-*/*")}
    compact(tmp_path, opened)
    assert [shard.removed for shard in read_manifest(tmp_path).shards] == [(), (), ()]
    assert_rows(load_gallery(tmp_path), *rows)
    assert_rows(opened, *rows)  # whoever has it open can go on reading
    assert not any(path.exists() and path.read_bytes() != old for path, old in files.items())


def test_adding_writes_new_files_and_leaves_the_old_ones_alone(tmp_path):
    save_gallery(made("abc"), tmp_path)
    (shard,) = tmp_path.glob("shard-*")
    before = {path.name: path.stat().st_mtime_ns for path in shard.iterdir()}
    append_shards(tmp_path, [made("d", seed=1)])
    append_shards(tmp_path, [made("d", seed=1)])  # the very same again
    assert {path.name: path.stat().st_mtime_ns for path in shard.iterdir()} == before
    assert load_gallery(tmp_path).image_ids == tuple("abcd")
    assert len(list(tmp_path.glob("shard-*"))) == 2
    with pytest.raises(GalleryError, match="twice: d"):
        append_shards(tmp_path, [made("d"), made("d", seed=2)])


def test_filters_are_masks_over_what_is_noted(tmp_path):
    save_gallery(made("abcdef"), tmp_path)
    append_shards(tmp_path, [made("gh", seed=1)])
    notes = load_gallery(tmp_path).notes
    assert notes.mask("person", ["p1"]).tolist() == [ord(c) % 3 == 1 for c in "abcdefgh"]
    assert notes.mask("source", ["source 1"]).tolist() == [False] * 6 + [True] * 2
    assert not notes.mask("clip", ["nothing"]).any()
    with pytest.raises(ConfigError, match='"age" is not noted'):
        notes.mask("age", ["1"])


def spoil(shard: Path, how: str) -> None:
    if how == "deleted":
        for path in shard.iterdir():
            path.unlink()
        shard.rmdir()
    elif how == "a file deleted":
        (shard / "joints.npy").unlink()
    elif how == "cut":
        content = (shard / "embeddings.npy").read_bytes()
        (shard / "embeddings.npy").write_bytes(content[:-4])
    else:
        content = bytearray((shard / "embeddings.npy").read_bytes())
        content[-1] ^= 1
        (shard / "embeddings.npy").write_bytes(content)


@pytest.mark.parametrize("how", ["deleted", "a file deleted", "cut", "a bit flipped"])
def test_a_bad_shard_is_named_and_the_rest_can_be_used(tmp_path, how, small_shards):
    first, more = made("ab"), made("cd", seed=1)
    write_shards(tmp_path, [first, more])
    bad = read_manifest(tmp_path).shards[0].name
    spoil(tmp_path / bad, how)
    with pytest.raises(GalleryError, match=f"{bad}.*--allow-missing") as caught:
        load_gallery(tmp_path)
    assert "\n" not in str(caught.value)
    left = load_gallery(tmp_path, allow_missing=True)
    assert_rows(left, ("c", more), ("d", more))
    assert bad in left.skipped[0]
    assert bad in check_shards(tmp_path)[0]
    append_shards(tmp_path, [first])  # the same images again mend it
    assert check_shards(tmp_path) == []
    assert_rows(load_gallery(tmp_path), *[(c, more) for c in "cd"], *[(c, first) for c in "ab"])


def test_nothing_left_is_an_error_even_where_parts_may_be_missing(tmp_path):
    save_gallery(made("ab"), tmp_path)
    spoil(next(tmp_path.glob("shard-*")), "deleted")
    with pytest.raises(GalleryError, match=r"is missing.*--force"):
        load_gallery(tmp_path, allow_missing=True)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "../elsewhere"}, GalleryError),
        ({"name": "shard-0123"}, GalleryError),
        ({"files": {"../ids": {"bytes": 1, "sha256": ""}}}, GalleryError),
        ({"rows": 3}, GalleryError),
        ({"removed": [9]}, GalleryError),
        ({"removed": [1, 1]}, GalleryError),
        ({"rows": "many"}, GalleryError),
        ({"files": {}}, GalleryError),
    ],
)
def test_a_tampered_manifest_is_one_clear_line(tmp_path, change, error):
    save_gallery(made("ab"), tmp_path)
    content = json.loads((tmp_path / "gallery.json").read_text())
    content["shards"][0] |= change
    (tmp_path / "gallery.json").write_text(json.dumps(content))
    with pytest.raises(error) as caught:
        load_gallery(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../b", "c:\\x", "a\\b"])
def test_names_that_lead_out_of_a_folder_are_refused(tmp_path, name):
    save_gallery(made("ab"), tmp_path)
    content = json.loads((tmp_path / "gallery.json").read_text())
    (shard,) = tmp_path.glob("shard-*")
    (shard / "ids").write_text(f"{name}\0b")
    files = content["shards"][0]["files"]
    text = (shard / "ids").read_bytes()
    files["ids"] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    (tmp_path / "gallery.json").write_text(json.dumps(content))
    with pytest.raises(UnsafePathError, match="points outside"):
        load_gallery(tmp_path)


def test_a_gallery_of_single_files_becomes_shards_when_it_is_written(tmp_path):
    old = made("abc")
    save_single_files(replace(old, notes=None, thumbnails=None), tmp_path)
    opened = load_gallery(tmp_path)
    save_gallery(opened, tmp_path)
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {"gallery.json", "shard"}
    np.testing.assert_array_equal(load_gallery(tmp_path).embeddings, old.embeddings)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_stack_gives_rows_as_one_array_does(data):
    lengths = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    whole = np.arange(sum(lengths) * 2).reshape(-1, 2)
    parts = np.split(whole, np.cumsum(lengths)[:-1])
    kept = [
        data.draw(st.none() | st.lists(st.integers(0, n - 1), min_size=1, unique=True).map(
            lambda rows: np.array(sorted(rows), dtype=np.intp)))
        for n in lengths
    ]  # fmt: skip
    live = np.concatenate([p if k is None else p[k] for p, k in zip(parts, kept, strict=True)])
    stack = RowStack(parts, RowPlaces(lengths, kept))
    rows = data.draw(st.lists(st.integers(-len(live), len(live) - 1), max_size=6))
    assert (len(stack), stack.shape, stack.ndim) == (len(live), live.shape, 2)
    np.testing.assert_array_equal(np.asarray(stack), live)
    np.testing.assert_array_equal(stack[np.array(rows, dtype=int)], live[np.array(rows, dtype=int)])
    np.testing.assert_array_equal(stack[live[:, 0] % 3 == 0], live[live[:, 0] % 3 == 0])
    np.testing.assert_array_equal(stack[1:3], live[1:3])
    np.testing.assert_array_equal(stack[-1], live[-1])
    for size in (1, 3, 100):
        spans = list(stack.spans(size))
        np.testing.assert_array_equal(np.concatenate([span.rows() for span in spans]), live)
        assert [span.start for span in spans] == np.cumsum([0, *map(len, spans[:-1])]).tolist()
    with pytest.raises(IndexError, match="outside"):
        stack[np.array([len(live)])]


def unit(rows: int, seed: int, width: int = 16) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(rows, width))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("way", ["float32", "rounded", "halves"])
@pytest.mark.parametrize("kind", ["apart", "alike", "equal"])
@pytest.mark.parametrize("asked", [1, 40])
def test_exact_search_finds_what_a_stable_sort_of_all_scores_finds(way, kind, asked, monkeypatch):
    """By pieces, over parts with removed rows, under a mask; in bfloat16 first, too."""
    monkeypatch.setattr("autocompose.retrieval.searchers.exact._SCORES_AT_ONCE", 1)
    monkeypatch.setattr("autocompose.retrieval.searchers.exact._LEAST_ROWS", 64)
    monkeypatch.setattr("autocompose.retrieval.searchers.exact.SPAN_ROWS", 64)
    rows, queries = unit(700, 0), unit(asked, 1)
    if kind == "alike":  # closer to each other than bfloat16 can tell
        rows = rows[:1] + 1e-4 * rows
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    if kind == "equal":
        rows = np.round(2 * rows) / 4
        queries = np.round(2 * queries) / 4
    kept = np.array([*range(0, 90), *range(95, 200)])
    places = RowPlaces([200, 500], [kept, None])
    stack = RowStack([rows[:200], rows[200:]], places)
    halves = stacked_halves([None, halved(rows[200:])], [rows[:200], rows[200:]], places)
    live = np.asarray(stack)
    scores = products(torch.from_numpy(queries), stack).numpy()
    np.testing.assert_allclose(scores, queries @ live.T, atol=1e-6)
    for allowed in (None, np.arange(len(live)) % 2 == 0, np.arange(len(live)) < 6):
        masked = scores.astype(np.float64)
        if allowed is not None:
            masked[:, ~allowed] = -np.inf
        order = np.argsort(-masked, axis=1, kind="stable")[:, :10]
        search = ExactSearch(stack, halves if way == "halves" else None, halve=way != "float32")
        found = search.search(torch.from_numpy(queries), 10, allowed=allowed)
        best = np.take_along_axis(masked, order, 1)
        np.testing.assert_allclose(found.scores, best, atol=2e-7)
        if kind != "alike":  # there the order hangs on the last bit
            assert found.rows.tolist() == np.where(np.isinf(best), -1, order).tolist()


def test_large_shards_keep_their_rows_in_bfloat16_too(tmp_path):
    def part(start: int, rows: int) -> Gallery:
        names = tuple(f"{i:05d}.jpg" for i in range(start, start + rows))
        return Gallery(names, unit(rows, start), "f" * 64, np.ones(rows, np.float32), "g")

    write_shards(tmp_path, [part(0, 30)])
    assert load_gallery(tmp_path).halves is None
    append_shards(tmp_path, [part(30, HALVED_ROWS)])
    remove_pictures(tmp_path, ["00003.jpg", "00700.jpg"])
    gallery = load_gallery(tmp_path)
    assert gallery.halves is not None
    rows = np.asarray(gallery.embeddings)
    assert np.array_equal(np.asarray(gallery.halves), halved(rows))
    asked = torch.from_numpy(unit(3, 9))
    found, wanted = (
        ExactSearch(rows, halves, halve=True).search(asked, 5) for halves in (gallery.halves, None)
    )
    assert found.rows.tolist() == wanted.rows.tolist()


def test_few_queries_are_scanned_in_halves_only_where_tiles_multiply_them(monkeypatch):
    rows, asked = unit(200, 0), torch.from_numpy(unit(2, 1))
    wanted = ExactSearch(rows, halve=False).search(asked, 5).rows.tolist()
    opposite = halved(-rows)
    for able in (False, True):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda able=able: able)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
        found = ExactSearch(rows, opposite).search(asked, 5).rows.tolist()
        assert (found == wanted) is not able


def test_of_a_large_shard_that_was_written_without_them_there_are_no_halves(tmp_path):
    rows = unit(HALVED_ROWS, 0)
    places = RowPlaces([len(rows)] * 2, [None, None])
    assert stacked_halves([halved(rows), None], [rows, rows], places) is None
    with pytest.raises(GalleryError, match="halves of shape"):
        Gallery(("a.jpg",), unit(1, 0), "f" * 64, np.ones(1, np.float32), halves=halved(rows))


def test_numbers_that_are_not_finite_are_not_ranked():
    rows = unit(100, 0)
    rows[70, 3] = np.nan
    with pytest.raises(GalleryError, match="not finite"):
        ExactSearch(rows).search(torch.from_numpy(unit(1, 1)), 5)
    with pytest.raises(GalleryError, match="not finite"):
        ExactSearch(rows, halved(rows), halve=True).search(torch.from_numpy(unit(1, 1)), 5)
    with pytest.raises(ConfigError, match="k is 0"):
        ExactSearch(rows).search(torch.from_numpy(unit(1, 1)), 0)


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_the_old_gallery_and_costs_the_next_run_nothing(tmp_path):
    """Five kills of a build and five of an addition; see `tests.killed_index`."""
    call = [sys.executable, "-m", "tests.killed_index", str(tmp_path), "5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = warm.run(call, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)
    assert len(runs) == 10
    for run in runs:
        assert run["code"] == -signal.SIGKILL, run
        # A kill after the manifest's rename finds the gallery as it is to be.
        assert run["after"] in ({"build": "none", "add": "old"}[run["mode"]], run["wanted"]), run
        assert (run["again"], run["end"], run["same files"]) == (0, run["wanted"], True), run
    assert sum(run["after"] != run["wanted"] for run in runs) >= 8
