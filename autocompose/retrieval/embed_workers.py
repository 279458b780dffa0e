"""Images embedded by Ray workers (extra ``ray``), on this machine or on a cluster.

Every worker loads the checkpoint and reads its share of the batches; what it finds travels back to
the caller, who alone writes. Pictures and checkpoint must be readable under the same paths
everywhere.
"""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.preprocess import read_bounded
from autocompose.describe.annotate.ray_workers import ScaleOut, running_ray
from autocompose.errors import AutoComPoseError, ImageError
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.index_run import EmbeddedSoFar, Embedder, ReadImages, read_images

Named = Sequence[tuple[str, Path]]


def on_workers(
    checkpoint: Path, kept: EmbeddedSoFar, *, scale: ScaleOut, models: Path | None = None
) -> Embedder:
    """Embeds batches in worker processes.

    Args:
        checkpoint: folder that every worker loads.
        kept: contents that it holds are not embedded again.
        scale: how many workers, and where.
        models: folder of the model that estimates joints; None leaves joints out.
    """
    worker = (checkpoint.resolve(), None if models is None else models.resolve())

    def embed(batches: Sequence[Named]) -> Iterator[ReadImages]:
        # Ray's executor must end before Ray does; see `annotate_with_ray`.
        with running_ray(scale), closing(_rows(batches, kept, scale, worker=worker)) as rows:
            ready: dict[int, ReadImages] = {}
            for number in range(len(batches)):
                while number not in ready:
                    row = next(rows)
                    result = pickle.loads(row["result"])
                    if isinstance(result, AutoComPoseError):
                        raise result
                    if result.batch is not None:
                        kept.add(result.batch)  # at once: a batch that is early is not lost
                    ready[int(row["number"])] = replace(result, batch=None)
                yield ready.pop(number)

    return embed


def _rows(
    batches: Sequence[Named],
    kept: EmbeddedSoFar,
    scale: ScaleOut,
    *,
    worker: tuple[Path, Path | None],
) -> Generator[dict[str, Any]]:
    """Numbered results: of batches that an earlier run knew all of, then as workers finish."""
    import ray.data

    left = []
    for number, batch in enumerate(batches):
        known = _known(batch, kept) if len(kept) else None
        if known is None:
            left.append({"number": number, "named": pickle.dumps(batch)})
        else:
            yield {"number": number, "result": pickle.dumps(known)}
    if not left:
        return
    results = ray.data.from_items(left, override_num_blocks=len(left)).map_batches(
        _EmbedWorker,
        fn_constructor_args=worker,
        batch_size=1,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(size=min(scale.workers, len(left))),
        num_cpus=1,
    )
    yield from results.iter_rows()


def _known(batch: Named, kept: EmbeddedSoFar) -> ReadImages | None:
    """A batch whose contents are all known; None where one is not, or cannot be read."""
    keys = []
    for image_id, path in batch:
        try:
            key = sha256(read_bounded(path)).hexdigest()
        except ImageError:
            return None
        if key not in kept:
            return None
        keys.append((image_id, key))
    return ReadImages(tuple(keys), (), None)


class _EmbedWorker:
    """One process of the pool."""

    def __init__(self, checkpoint: Path, models: Path | None) -> None:
        self._model = load_checkpoint(checkpoint)
        self._estimator = None if models is None else PhotoJoints(models)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        results = []
        for held in batch["named"]:
            named = [(image_id, path.absolute()) for image_id, path in pickle.loads(held)]
            # As rows: an exception in a worker would arrive wrapped, with a page of traces.
            try:
                result = read_images(
                    self._model, named, known=frozenset(), estimator=self._estimator
                )
            except AutoComPoseError as error:
                result = error
            results.append(pickle.dumps(result))
        return {"number": [int(number) for number in batch["number"]], "result": results}
