"""docs/photos.md: its commands run as they stand, on the photographs of tests/data/photos."""

import json
import re
import shlex
from pathlib import Path

import pytest

from autocompose.cli import main
from autocompose.errors import ConfigError
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery
from autocompose.retrieval.search import ComposedRetriever
from autocompose.schema import ComposedQuery

REPOSITORY = Path(__file__).resolve().parent.parent
PHOTOS = REPOSITORY / "tests" / "data" / "photos"


@pytest.mark.slow
def test_the_commands_of_the_tutorial_run_on_photographs(tmp_path, monkeypatch, capsys):
    text = (REPOSITORY / "docs" / "photos.md").read_text(encoding="utf-8")
    block = text.split("```")[1]
    for name in ("checkpoints", "tests"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    monkeypatch.chdir(tmp_path)
    told = []
    for line in re.findall(r"^autocompose (.+)$", block, re.MULTILINE):
        with pytest.raises(SystemExit) as left:
            main(shlex.split(line))
        assert int(left.value.code or 0) == 0
        told.append(capsys.readouterr())
    indexed, retrieved = told
    assert "36 images, 36 with joints" in indexed.err
    hits = retrieved.out.splitlines()
    assert len(hits) == 10
    assert all("claims met" in hit for hit in hits)
    assert "read as: " in retrieved.err
    check_the_queries(load_gallery(tmp_path / "runs" / "photos", root=PHOTOS / "images"))


def check_the_queries(gallery: Gallery) -> None:
    """The photographs are not the checkpoint's world, and their queries are answered anyway."""
    model = load_checkpoint(REPOSITORY / "checkpoints" / "pose-mini")
    retriever = ComposedRetriever(model, gallery)
    assert retriever.usual_scene == 1.0
    queries = json.loads((PHOTOS / "queries.json").read_text(encoding="utf-8"))
    ranks = []
    for asked in queries:
        target = Path(asked["target"]).name
        query = ComposedQuery(PHOTOS / asked["reference"], asked["text"], target=target)
        ranks.append(retriever.retrieve(query, k=1).target_rank)
    assert sum(0 < rank <= 5 for rank in ranks) >= 0.85 * len(ranks)


@pytest.mark.slow
def test_scene_looks_for_the_same_place_and_person():
    model = load_checkpoint(REPOSITORY / "checkpoints" / "pose-mini")
    photos = sorted((PHOTOS / "images").glob("*.jpg"))
    retriever = ComposedRetriever(model, embed_images(model, photos))
    query = ComposedQuery(photos[0], "raise the right arm above the head")

    def cameras(scene: float) -> list[str]:
        return [h.image_id.split("_")[1] for h in retriever.retrieve(query, k=11, scene=scene).hits]

    own = photos[0].name.split("_")[1]
    assert cameras(1.0).count(own) > cameras(0.0).count(own)
    plain = [hit.image_id for hit in retriever.retrieve(query, k=36).hits]
    assert plain == [hit.image_id for hit in retriever.retrieve(query, k=36, scene=0.0).hits]
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ConfigError, match="scene is"):
            retriever.retrieve(query, scene=wrong)
