"""Images embedded over Ray workers are those that one process embeds."""

import hashlib
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from autocompose.errors import ConfigError
from autocompose.retrieval.embed_workers import _known
from autocompose.retrieval.gallery_files import load_gallery
from autocompose.retrieval.index_run import FOLDER, EmbeddedBatch, EmbeddedSoFar
from tests.browser.chromium import REPOSITORY, missing
from tests.model_fakes import write_pictures
from tests.test_index import checkpoint, index  # noqa: F401 (fixtures)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_workers_give_the_gallery_of_one_process(
    index, checkpoint, tmp_path, monkeypatch  # noqa: F811
):  # fmt: skip
    if find_spec("ray") is None:
        missing("ray is not installed (extra ray)")
    monkeypatch.setenv("HOME", str(tmp_path))  # Ray keeps the token of a local cluster there
    photos = tmp_path / "photos"
    write_pictures(photos, 70)  # two batches
    (photos / "broken.png").write_bytes(b"\x89PNG")
    code, said = index("--images", photos, "--joints", "none", out="alone")
    assert code == 3, said
    # In a process of its own: Ray's warnings about itself would be errors here.
    call = [sys.executable, "-m", "autocompose", "index", "--ray", "--joints", "none"]
    call += ["--checkpoint", str(checkpoint), "--images", str(photos)]
    done = subprocess.run(
        [*call, "--out", str(tmp_path / "spread")], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 3, done.stderr
    assert "left out broken.png: " in done.stderr
    alone, spread = (load_gallery(tmp_path / name) for name in ("alone", "spread"))
    assert spread.image_ids == alone.image_ids
    np.testing.assert_allclose(spread.embeddings, alone.embeddings, atol=1e-6)
    assert spread.thumbnails[69] == alone.thumbnails[69]
    assert not (tmp_path / "spread" / FOLDER).exists()
    assert spread.skipped == alone.skipped


def test_a_batch_goes_to_no_worker_where_all_of_it_is_known(tmp_path):
    paths = write_pictures(tmp_path / "photos", 2)
    named = [(path.name, path) for path in paths]
    keys = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    kept = EmbeddedSoFar(tmp_path / "kept", "a" * 64)
    kept.add(
        EmbeddedBatch((keys[0],), np.ones((1, 3), np.float32), (b"",), np.zeros((1, 320), np.uint8))
    )
    assert _known(named, kept) is None
    found = _known(named[:1], kept)
    assert (found.keys, found.batch) == (((paths[0].name, keys[0]),), None)
    assert _known([("gone.png", tmp_path / "gone.png")], kept) is None


def test_a_number_of_workers_that_cannot_be_is_refused(index, tmp_path):  # noqa: F811
    write_pictures(tmp_path / "photos", 1)
    call = ("--images", tmp_path / "photos", "--joints", "none", "--ray", "--workers", 20_000)
    code, said = index(*call)
    assert code == 1
    assert str(ConfigError("workers 20000 is outside 1..10000")) in said
