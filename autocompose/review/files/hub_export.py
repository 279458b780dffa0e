"""The store's texts as a dataset on the Hub: one Parquet table a split, and a card that counts.

Each text carries its provenance and its review status, as in the Parquet export. After the push,
every table is fetched again from the very commit and counted.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocompose.data.files import write_whole
from autocompose.data.hub.push import Pushed, fetch_file, push_folder
from autocompose.data.row_files import read_parquet, write_parquet
from autocompose.errors import HubError
from autocompose.review.files.export import chosen_splits, count_descriptions, text_rows
from autocompose.review.store.review_store import Store, read_head

FOLDER = "reviewed"

_ABOUT = """
Each row says who wrote the text (`source`, `model`, `provenance`), what was decided and by whom
(`verdict`, `reviewer`, `reviewed_at`), and what it was before (`original`, `edited`). Texts of
source `auto` are written by rules from joints, those of `mllm` by a multimodal model: no person
wrote them, edited rows apart. Left and right are the subject's. Pictures are not included.
"""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class HubReport:
    """What was pushed, counted in what the Hub gives back."""

    pushed: Pushed
    descriptions: int
    texts: int


def export_to_hub(
    store: Store,
    repo: str,
    *,
    public: bool = False,
    only_accepted: bool = False,
    dataset: str | None = None,
    split: str | None = None,
) -> HubReport:
    """Push the store's texts to a dataset repository.

    Args:
        store: the store.
        repo: OWNER/NAME; made if it is not there.
        public: else only its owner sees it.
        only_accepted: else the latest state of everything.
        dataset: leave out the others.
        split: leave out the others.

    Raises:
        ReviewError: nothing to export.
        HubError: see `autocompose.data.hub.push.push_folder`; or the Hub gives back other texts
            than were sent.
    """
    chosen = chosen_splits(store, dataset, split)
    rows = text_rows(store, chosen, only_accepted=only_accepted)
    tables: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        tables.setdefault((row["dataset"], row["split"]), []).append(row)
    with tempfile.TemporaryDirectory(prefix="autocompose-hub-") as temporary:
        folder, back = Path(temporary, "sent"), Path(temporary, "back")
        for place, table in tables.items():
            write_parquet(folder / _path(place), table)
        write_whole(
            folder / "README.md", _card(store, rows, list(tables), only_accepted=only_accepted)
        )
        message = f"{len(rows)} texts from the review store"
        pushed = push_folder(folder, repo, own=FOLDER, message=message, public=public)
        for place, table in tables.items():
            found = read_parquet(fetch_file(pushed, _path(place), back))
            if found != table:
                raise HubError(
                    f"{pushed.repo}: {_path(place)} holds {len(found)} texts there, {len(table)}"
                    " were sent, and they differ; push again"
                )
    return HubReport(pushed, count_descriptions(rows), len(rows))


def _path(place: tuple[str, str]) -> str:
    return f"{FOLDER}/{place[0]}/{place[1]}.parquet"


def _card(
    store: Store, rows: Rows, places: Sequence[tuple[str, str]], *, only_accepted: bool
) -> str:
    with store.database.read() as connection:
        head = read_head(connection)
    lines = ["---", "tags:", "- autocompose-review", "configs:"]
    for name in dict.fromkeys(dataset for dataset, _ in places):
        lines += [f"- config_name: {name}", "  data_files:"]
        for place in places:
            if place[0] == name:
                lines += [f"  - split: {place[1]}", f"    path: {_path(place)}"]
    what = "what reviewers accepted" if only_accepted else "the latest state of every description"
    lines += ["---", "# Reviewed descriptions of pose transitions", ""]
    lines += [f"{len(rows)} texts: {what}.", _ABOUT, "| | | texts |", "|---|---|---|"]
    for column in ("verdict", "source", "view"):
        counted = sorted(Counter(row[column] for row in rows).items())
        lines += [f"| {column} | {value} | {count} |" for value, count in counted]
    lines += [f"| edited | | {sum(bool(row['edited']) for row in rows)} |", ""]
    lines += [f"Review log: {head.sequence} events; the last hash is `{head.hash}`.", ""]
    return "\n".join(lines)
