"""A studio for browser tests: stick figures, a text with markup in it, answers that can be slow."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from gradio.utils import get_upload_folder

from autocompose.config import AnnotateConfig
from autocompose.retrieval.choices import AS_ASKED, SearchChoices
from autocompose.schema import ComposedQuery, RetrievalResult
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.studio.server.model_jobs import Annotator, ModelSetup
from autocompose.studio.server.shelf import OpenPlaces, Shelf
from autocompose.workspace import Workspace
from tests.studio_fakes import HashRetriever, hash_engine, write_stick_dataset

MARKUP = "<script>window.hacked=1</script> raise ${window.hacked=1} the {{left}} arm"


class SlowForSome(HashRetriever):
    """Takes a second for a text that asks for it, so that an older answer arrives last."""

    def retrieve(
        self,
        query: ComposedQuery,
        k: int = 10,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Rank after the pause the text asks for."""
        if "slowly" in query.text:
            time.sleep(1.0)
        return super().retrieve(query, k=k, scene=scene, choices=choices)


class OtherOrder(SlowForSome):
    """Ranks as another checkpoint would: not as the first."""

    def retrieve(
        self,
        query: ComposedQuery,
        k: int = 10,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Rank by other numbers."""
        other = replace(query, text=f"{query.text} otherwise")
        return super().retrieve(other, k=k, scene=scene, choices=choices)


def beside(folder: Path) -> Workspace:
    """Another small dataset and two checkpoints without weights."""
    if not (folder.parent / "more").exists():  # two servers may share a folder
        write_stick_dataset(folder.parent / "more", 5)
    for name in ("one", "two"):
        place = folder.parent / "checkpoints" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "config.json").write_text("{}")
    return Workspace(folder.parent, folder.parent / "checkpoints", folder.parent / "cache")


def main(folder: Path, port: int, base_url: str = "") -> None:
    """Write the pictures and serve them, with the model of an endpoint where one is given."""
    write_stick_dataset(folder)
    captions = folder / "captions" / "test.json"
    rows = json.loads(captions.read_text())
    for row in rows:
        row["sents"] = [MARKUP]
    captions.write_text(json.dumps(rows))

    def load(studio: Studio, _, kind: type[SlowForSome] = SlowForSome):
        ids = tuple(image.id for image in studio.images)
        return replace(hash_engine(studio.config.dataset, ids), retriever=kind(ids))

    def opened(places: OpenPlaces) -> Studio:
        kind = OtherOrder if places.checkpoint and places.checkpoint.name == "two" else SlowForSome
        other = replace(config, dataset=places.dataset or folder, checkpoint=places.checkpoint)
        return Studio(other, partial(load, kind=kind))

    annotator = None
    if base_url:
        config = AnnotateConfig(model="gpt-4o-mini")
        annotator = Annotator(ModelSetup(config, base_url, api_key="sk-operator", own_key=True))
    config = StudioConfig(folder, Path(get_upload_folder()))
    studio = Studio(config, load, annotator=annotator, shelf=Shelf(beside(folder), opened))
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
