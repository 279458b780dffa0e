"""A studio whose model loads until a file ``go`` appears, and then does not work."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gradio.utils import get_upload_folder

from autocompose.schema import Event
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.studio.server.state import LoadedEngine, OnEvent


def main(folder: Path, port: int) -> None:
    """Serve a dataset that is there."""

    def load(_: Studio, on_event: OnEvent) -> LoadedEngine:
        on_event(Event("Waiting for the test", 0, 1))
        while not (folder.parent / "go").exists():
            time.sleep(0.05)
        raise ZeroDivisionError("nobody foresaw this")

    studio = Studio(StudioConfig(folder, Path(get_upload_folder())), load)
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
