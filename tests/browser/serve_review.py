"""A studio with a review store, for tests that stop it hard and start it again on the same data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradio.utils import get_upload_folder
from sqlalchemy import Connection

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset
from autocompose.review.files.imports import import_records
from autocompose.review.people.logins import Surroundings, choose_login
from autocompose.review.queue.signals import measure_signals
from autocompose.review.store.database import Database
from autocompose.review.store.review_store import Store
from autocompose.studio import Studio, StudioConfig, build_studio
from tests.studio_fakes import hash_engine, write_stick_dataset

PICTURES = 90
HARD = (
    "<script>window.hacked=1</script> raise ${window.hacked=1} the {{left}} arm",
    "\u202eright to left\u202c نص 👩🏽‍🦽",
    "long " * 2000,
)


def fill(folder: Path, url: str) -> None:
    """Write the pictures and put their captions, some of them hard to show, into a new store."""
    write_stick_dataset(folder, n=PICTURES)
    captions = folder / "captions" / "test.json"
    rows = json.loads(captions.read_text())
    for row, text in zip(rows, HARD, strict=False):
        row["sents"] = [text]
    for i, row in enumerate(rows[20:26]):  # of a model, with the views that derive from it
        row["mllm"] = [f"Raise the left arm slowly, {i}.", f"Lift the left hand, {i}."]
        row["reverse"] = [f"Lower the left arm slowly, {i}."]
        row["mirror"] = [f"Raise the right arm slowly, {i}.", f"Lift the right hand, {i}."]
        row["provenance"] = {"provider": "openai", "model": f"model-{i % 2}"}
        row["parts"] = [{"part": "left_arm", "text": "Raise the left arm."}]
    captions.write_text(json.dumps(rows))
    dataset = open_dataset(folder)
    with Store(url) as store:
        found = read_caption_file(captions)
        import_records(store, found, dataset=dataset, split="test", by="importer")
        measure_signals(store, dataset)


def let_disks_fail(folder: Path) -> None:
    """While there is a file ``full``, the database cannot grow; with ``readonly``, not be written.

    Both are SQLite's own refusals, made where a disk or a permission would make them.
    """
    write = Database.write

    @contextmanager
    def limited(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            full = (folder / "full").exists()
            connection.exec_driver_sql(f"PRAGMA max_page_count={1 if full else 10**9}")
            readonly = int((folder / "readonly").exists())
            connection.exec_driver_sql(f"PRAGMA query_only={readonly}")
            try:
                if full:  # what people write might still fit into a page that is there
                    connection.exec_driver_sql("CREATE TABLE filler AS SELECT zeroblob(9999999)")
                yield connection
            finally:
                # The connection goes back to the pool; a read-only one could not begin a write.
                connection.exec_driver_sql("PRAGMA query_only=0")

    Database.write = limited  # pyright: ignore[reportAttributeAccessIssue]


def main(folder: Path, port: int, url: str, users: str = "") -> None:
    """Serve the dataset and its store, made where they are not there yet."""
    if not folder.exists():
        fill(folder, url)
    let_disks_fail(folder.parent)
    login = choose_login(Surroundings(users=Path(users) if users else None))
    config = StudioConfig(folder, Path(get_upload_folder()), store=url, login=login)
    studio = Studio(
        config, lambda studio, _: hash_engine(folder, tuple(i.id for i in studio.images))
    )
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
