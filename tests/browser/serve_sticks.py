"""A studio for browser tests: stick figures, a text with markup in it, answers that can be slow."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from gradio.utils import get_upload_folder

from autocompose.config import AnnotateConfig
from autocompose.schema import ComposedQuery, RetrievalResult
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.studio.server.model_jobs import Annotator, ModelSetup
from tests.studio_fakes import HashRetriever, hash_engine, write_stick_dataset

MARKUP = "<script>window.hacked=1</script> raise ${window.hacked=1} the {{left}} arm"


class SlowForSome(HashRetriever):
    """Takes a second for a text that asks for it, so that an older answer arrives last."""

    def retrieve(
        self, query: ComposedQuery, k: int = 10, *, scene: float | None = None
    ) -> RetrievalResult:
        """Rank after the pause the text asks for."""
        if "slowly" in query.text:
            time.sleep(1.0)
        return super().retrieve(query, k=k, scene=scene)


def main(folder: Path, port: int, base_url: str = "") -> None:
    """Write the pictures and serve them, with the model of an endpoint where one is given."""
    write_stick_dataset(folder)
    captions = folder / "captions" / "test.json"
    rows = json.loads(captions.read_text())
    for row in rows:
        row["sents"] = [MARKUP]
    captions.write_text(json.dumps(rows))

    def load(studio: Studio, _):
        engine = hash_engine(folder, tuple(image.id for image in studio.images))
        object.__setattr__(engine, "retriever", SlowForSome(engine.image_ids))
        return engine

    annotator = None
    if base_url:
        config = AnnotateConfig(model="gpt-4o-mini")
        annotator = Annotator(ModelSetup(config, base_url, api_key="sk-operator", own_key=True))
    config = StudioConfig(folder, Path(get_upload_folder()))
    studio = Studio(config, load, annotator=annotator)
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
