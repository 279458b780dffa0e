"""A studio that estimates joints of uploads; its retriever answers by the body that it is given."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from gradio.utils import get_upload_folder

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.retrieval.choices import AS_ASKED, SearchChoices
from autocompose.retrieval.gallery_bodies import JointsOf
from autocompose.schema import ComposedQuery, Event, OnEvent, PoseImage, RetrievalResult
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.studio.server.state import LoadedEngine
from autocompose.workspace import find_workspace
from tests.studio_fakes import HashRetriever, hash_engine, write_stick_dataset


class ByPlace(HashRetriever):
    """Ranks by where in the picture the body stands, and how much the scene counts."""

    def retrieve(
        self,
        query: ComposedQuery,
        k: int = 10,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Hash what was heard."""
        heard = f"{query.text} {_side(query.body)} {scene}"
        found = super().retrieve(
            ComposedQuery(query.reference, heard, query.exclude), k=k, choices=choices
        )
        return replace(found, query=query, truncated="", target_rank=0)


def _side(body: PoseImage | None) -> str:
    if body is None or body.pixels is None:
        return "nowhere"
    return "first" if body.pixels[0][0] < 241 else "second"


def main(folder: Path, port: int) -> None:
    """Serve stick figures; uploads are estimated by the model that ships."""
    write_stick_dataset(folder, 6)

    def load(studio: Studio, _) -> LoadedEngine:
        ids = tuple(image.id for image in studio.images)
        return replace(hash_engine(folder, ids), retriever=ByPlace(ids), estimate=estimate)

    def estimate(_: JointsOf, listen: OnEvent) -> tuple[LoadedEngine, str]:
        engine = studio.engine
        for done in range(engine.gallery_size):
            time.sleep(0.3)
            listen(Event("Looking for joints", done + 1, engine.gallery_size))
        return replace(engine, with_joints=engine.gallery_size), ""

    joints = PhotoJoints(find_workspace().models)
    config = StudioConfig(folder, Path(get_upload_folder()))
    studio = Studio(config, load, joints=joints)
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
