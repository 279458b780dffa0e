"""Retrieve over a gallery of shards whose picture files are elsewhere: it shows thumbnails."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from autocompose.model.checkpoint import save_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_files import save_gallery
from autocompose.retrieval.shards.gallery_folder import append_shards
from autocompose.retrieval.shards.thumbnails import PackedThumbnails, thumbnail
from autocompose.studio.engine import EngineSource, load_engine
from autocompose.studio.retrieve.retrieve_tab import reference_picture, search
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.workspace import find_workspace
from tests.model_fakes import tiny_model, write_pictures
from tests.studio_fakes import write_stick_dataset


@pytest.fixture
def studio(tmp_path):
    model = tiny_model()
    save_checkpoint(tmp_path / "model", model, train=None, metrics={}, card="")
    root = tmp_path / "far"
    for place, paths in enumerate((write_pictures(root, 4), write_pictures(root / "b", 2, seed=1))):
        small = PackedThumbnails.of([thumbnail(Image.open(path)) for path in paths])
        part = replace(embed_images(model, paths, root=root), thumbnails=small)
        save_gallery(part, tmp_path / "g") if not place else append_shards(tmp_path / "g", [part])
    source = EngineSource(tmp_path / "model", "d", "test", tmp_path / "g", gallery_images=root)
    workspace = find_workspace(cache=tmp_path / "cache")
    (tmp_path / "uploads").mkdir()
    config = StudioConfig(write_stick_dataset(tmp_path / "sticks", 3), tmp_path / "uploads")
    studio = Studio(config, lambda _, on_event: load_engine(source, workspace, on_event))
    studio.start()
    assert studio.wait_until_loaded(120)
    root.rename(tmp_path / "farther")
    return studio


def shown(view) -> Path:
    return Path(unquote(view.url.removeprefix("gradio_api/file=")))


def test_hits_and_references_are_shown_as_thumbnails_where_their_files_are_elsewhere(
    studio, tmp_path
):
    answer = search(studio, {"image": "b/picture_001.png", "text": "raise both arms", "k": 9})
    assert sorted(hit.picture.id for hit in answer.hits) == [
        "b/picture_000.png", *(f"picture_{i:03}.png" for i in range(4)),
    ]  # fmt: skip
    for view in [hit.picture for hit in answer.hits]:
        path = shown(view)
        assert path.is_relative_to(studio.config.uploads)
        there = tmp_path / "farther" / view.id
        assert path.read_bytes() == thumbnail(Image.open(there)), view.id
    first = shown(reference_picture(studio, {"image": "picture_002.png"}).picture)
    first.unlink()  # as uploads are, after an hour
    assert shown(reference_picture(studio, {"image": "picture_002.png"}).picture).is_file()


def test_a_file_that_is_at_hand_is_shown_itself(studio, tmp_path):
    (tmp_path / "farther").rename(tmp_path / "far")
    view = reference_picture(studio, {"image": "b/picture_000.png"}).picture
    assert shown(view) == tmp_path / "far" / "b" / "picture_000.png"
