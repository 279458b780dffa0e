"""A studio with a review store, for tests that stop it hard and start it again on the same data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradio.utils import get_upload_folder
from sqlalchemy import Connection

from autocompose.data.layout import open_dataset
from autocompose.review.caption_records import read_caption_file
from autocompose.review.database import Database
from autocompose.review.imports import import_records
from autocompose.review.logins import Surroundings, choose_login
from autocompose.review.signals import measure_signals
from autocompose.review.store import Store
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
    captions.write_text(json.dumps(rows))
    dataset = open_dataset(folder)
    with Store(url) as store:
        found = read_caption_file(captions, dataset)
        import_records(store, found, dataset=dataset, split="test", by="importer")
        measure_signals(store, dataset)


def let_disks_fill_up(mark: Path) -> None:
    """While the file ``mark`` exists, the database may not grow by a page: SQLite's "disk full"."""
    write = Database.write

    @contextmanager
    def limited(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            pages = 1 if mark.exists() else 10**9
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            yield connection

    Database.write = limited  # pyright: ignore[reportAttributeAccessIssue]


def main(folder: Path, port: int, url: str, users: str = "") -> None:
    """Serve the dataset and its store, made where they are not there yet."""
    if not folder.exists():
        fill(folder, url)
    let_disks_fill_up(folder.with_name("full"))
    login = choose_login(Surroundings(users=Path(users) if users else None))
    config = StudioConfig(folder, Path(get_upload_folder()), store=url, login=login)
    studio = Studio(
        config, lambda studio, _: hash_engine(folder, tuple(i.id for i in studio.images))
    )
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
