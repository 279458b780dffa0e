"""A studio over stick figures with one kept error analysis, made without a model."""

from __future__ import annotations

import sys
from pathlib import Path

from gradio.utils import get_upload_folder

from autocompose.data.dataset import open_dataset
from autocompose.evaluation.eval_report import QueryOutcome
from autocompose.evaluation.failures.asked_queries import AskedQuery, NearDuplicate, facets_of
from autocompose.evaluation.failures.failure_records import Failure, FailureReport
from autocompose.evaluation.failures.find_failures import explain
from autocompose.evaluation.failures.kept_runs import RunFolder, RunQuestion
from autocompose.evaluation.failures.rules_version import rules_fingerprint
from autocompose.schema import PoseImage
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.workspace import Workspace
from tests.studio_fakes import hash_engine, write_stick_dataset

FIRST, SECOND = "0" * 20, "1" * 20


def report(dataset, *, better: int = 0, rules: str = "") -> FailureReport:
    """Every pair asked in two texts; ranks grow with the pair, and ``better`` of them fell."""
    images: dict[str, PoseImage] = {image.id: image for image in dataset.gallery("test")}
    names = list(images)
    queries: list[AskedQuery] = []
    failures: list[Failure] = []
    for i, pair in enumerate(dataset.pairs("test")):
        text = pair.texts["sents"][0] if i % 2 else f"Bend both knees, step {i}."
        rank = 1 if i < better else 1 + 2 * i
        top = tuple(name for name in reversed(names) if name != pair.reference.id)[:5]
        outcome = QueryOutcome(pair.reference.id, pair.target.id, text, rank, top=top)
        at = (round(i / 15, 2), round(1 - i / 15, 2))
        facets = facets_of(outcome, images)
        queries.append(AskedQuery(
            outcome.id, outcome.reference, outcome.target, text, rank, facets, at
        ))  # fmt: skip
        if rank > 10:
            failures.append(explain(outcome, images, beyond=10))
    failures.sort(key=lambda failure: -failure.rank)
    return FailureReport(
        "tiny", dataset.name, "test", "sents", len(queries), len(names), 10, {"1": 6.7},
        tuple(failures), queries=tuple(queries), rules=rules,
        places={name: (i / 16, i / 16) for i, name in enumerate(names)},
        duplicates=(NearDuplicate(names[0], names[1], 0.999, 0.02),),
    )  # fmt: skip


def main(folder: Path, port: int, *asked: str) -> None:
    """Write dataset and runs, and serve them; asked for, with a ``model`` and as ``mcp`` tools."""
    home = folder / "annotations"
    write_stick_dataset(home / "sticks")
    dataset = open_dataset(home / "sticks")
    workspace = Workspace(home, folder / "checkpoints", folder / "cache")
    kept = RunFolder(workspace.error_runs)
    rules = rules_fingerprint()
    for run, joints, better, own in ((SECOND, "known", 7, rules), (FIRST, "none", 0, "earlier")):
        question = RunQuestion("tiny", dataset.name, "test", "sents", joints, 10)
        kept.keep(run, report(dataset, better=better, rules=own), question)

    def load(studio: Studio, _):
        return hash_engine(dataset.root, tuple(image.id for image in studio.images))

    if "model" in asked:
        from autocompose.model.checkpoint import save_checkpoint
        from tests.model_fakes import tiny_model

        tiny = workspace.checkpoints / "tiny"
        save_checkpoint(tiny, tiny_model(), train=None, metrics={}, card="")
    config = StudioConfig(
        dataset.root, Path(get_upload_folder()), workspace=workspace,
        store=f"sqlite:///{folder}/store.sqlite3", mcp="mcp" in asked,
    )  # fmt: skip
    studio = Studio(config, load)
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
