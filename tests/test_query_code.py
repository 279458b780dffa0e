"""A query of the page as a command and as Python: both are run, and give the page's hits."""

from __future__ import annotations

import json
import shlex
from functools import partial

import pytest

from autocompose.cli import main
from autocompose.errors import ConfigError
from autocompose.model.checkpoint import save_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_files import save_gallery
from autocompose.studio import Studio, StudioConfig
from autocompose.studio.engine import EngineSource, load_engine
from autocompose.studio.retrieve.query_code import query_code
from autocompose.studio.retrieve.retrieve_tab import search
from autocompose.workspace import find_workspace
from tests.model_fakes import tiny_model
from tests.studio_fakes import hash_engine, write_stick_dataset

NASTY = "raise the left arm; it's `$(touch hacked)` \"quoted\" \\ and 'done' ]]> {x}"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio over stick figures with a real model, though a tiny one."""
    root = tmp_path_factory.mktemp("work dir")
    folder = write_stick_dataset(root / "stick's data", 6)
    model = tiny_model()
    save_checkpoint(root / "tiny", model, train=None, metrics={}, card="")
    workspace = find_workspace(root, cache=root / "cache")

    def load(studio: Studio, on_event):
        source = EngineSource(root / "tiny", studio.dataset_name, studio.split, known=studio.images)
        return load_engine(source, workspace, on_event)

    (root / "uploads").mkdir()
    studio = Studio(StudioConfig(folder, root / "uploads"), load)
    studio.start()
    assert studio.wait_until_loaded(60)
    return studio


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    """What runs here keeps its galleries out of the repository's cache."""
    elsewhere = partial(find_workspace, cache=tmp_path_factory.mktemp("cache"))
    monkeypatch.setattr("autocompose.workspace.find_workspace", elsewhere)


def hits_of_command(command: str, capsys) -> list[str]:
    words = shlex.split(command)
    assert words[0] == "autocompose"
    with pytest.raises(SystemExit) as left:
        main([*words[1:], "--json"])
    assert left.value.code == 0
    return [hit["image_id"] for hit in json.loads(capsys.readouterr().out)["hits"]]


def hits_of_python(script: str, capsys) -> list[str]:
    exec(compile(script, "copied.py", "exec"), {})  # what is copied is what is run
    return [line.split()[-1] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    "asked",
    [
        {"text": NASTY, "k": 4},
        {"text": "--text=raise both arms", "balance": 0.3, "other_clip": False, "scene": 0.5},
        {"text": "sit down", "balance": 0, "only_person": "p1"},
        {"text": "sit down", "balance": 0, "only_person": ["p0", "p2"], "only_camera": ["front"]},
        {"text": "", "balance": 1, "mirrored": True, "only_camera": "front"},
    ],
    ids=["quotes", "both", "words", "two persons", "picture"],
)
def test_what_is_copied_finds_what_the_page_shows(studio, asked, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    payload = {"image": studio.images[1].id, "k": 3, **asked}
    shown = [hit.picture.id for hit in search(studio, payload).hits]
    code = query_code(studio, payload)
    capsys.readouterr()
    assert hits_of_command(code.command, capsys) == shown
    assert hits_of_python(code.python, capsys) == shown
    assert list(tmp_path.iterdir()) == [], "nothing of the text was run"
    assert code.note == ""


@pytest.mark.slow
def test_a_gallery_of_its_own_is_named(studio, tmp_path, capsys):
    engine = studio.engine
    pictures = [image.path for image in studio.images]
    gallery = embed_images(engine.retriever.model, pictures, root=pictures[0].parent)
    save_gallery(gallery, tmp_path / "gallery")
    source = EngineSource(
        engine.checkpoint, "sticks", "test", gallery=tmp_path / "gallery",
        gallery_images=pictures[0].parent,
    )  # fmt: skip
    own = Studio(studio.config, lambda _, on: load_engine(source, find_workspace(tmp_path), on))
    own.start()
    assert own.wait_until_loaded(60)
    payload = {"image": studio.images[0].id, "text": "raise both arms", "k": 2}
    shown = [hit.picture.id for hit in search(own, payload).hits]
    code = query_code(own, payload)
    assert f"--gallery={tmp_path / 'gallery'}" in code.command
    assert hits_of_command(code.command, capsys) == shown
    assert hits_of_python(code.python, capsys) == shown
    # What stands over a gallery is what it notes of its own pictures, whatever the dataset is.
    assert studio.status().rendered
    assert not own.status().rendered


def test_of_an_upload_only_its_name_is_told(studio):
    path = studio.config.uploads / "me.jpg"
    path.write_bytes(studio.images[0].path.read_bytes())
    code = query_code(studio, {"upload": str(path), "text": "sit", "person": 1})
    assert str(studio.config.uploads) not in code.command + code.python
    assert "--reference=me.jpg" in code.command
    assert "your own picture" in code.note


def test_a_studio_without_a_checkpoint_says_so(tmp_path):
    folder = write_stick_dataset(tmp_path / "data", 3)
    studio = Studio(
        StudioConfig(folder, tmp_path), lambda one, _: hash_engine(folder, (one.images[0].id,))
    )
    studio.start()
    assert studio.wait_until_loaded(10)
    with pytest.raises(ConfigError, match="which checkpoint"):
        query_code(studio, {"image": studio.images[0].id, "text": "sit"})
