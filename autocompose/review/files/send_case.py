"""A query that fails, into the review queue: its description, opened again, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autocompose.data.captions.caption_records import CaptionRecord
from autocompose.data.dataset import PoseDataset
from autocompose.errors import ReviewError
from autocompose.review.files.imports import import_records
from autocompose.review.files.kept_texts import standing_description
from autocompose.review.queue.cases import note_case
from autocompose.review.queue.signals import measure_signals
from autocompose.review.store.records import Decision, Save
from autocompose.review.store.review_store import Store


@dataclass(frozen=True)
class CaseToSend:
    """What is sent.

    Args:
        record: of the caption file, with the texts of one key.
        position: of the record in its file.
        split: that it belongs to.
        reason: why the query fails, in one line.
        rank: of the target.
    """

    record: CaptionRecord
    position: int
    split: str
    reason: str
    rank: int


def send_case(
    store: Store, dataset: PoseDataset, case: CaseToSend, *, operation: str, by: str
) -> str:
    """Put a description at the head of the queue; one that was decided waits for a verdict again.

    Args:
        store: the store.
        dataset: that the pair belongs to.
        case: what is sent.
        operation: id that makes sending it twice harmless.
        by: who sends it.

    Returns:
        The description's id. It is imported where the store does not hold it yet.

    Raises:
        ReviewError: the record holds the texts of no key that is reviewed, or of several.
        StoreUnavailableError: the store is full, read-only or away.
    """
    record = case.record
    if len(record.texts) != 1:
        raise ReviewError(f"a record with {len(record.texts)} keys of texts; give it one")
    pair, key = (record.reference, record.target), record.texts[0].key
    place = (dataset.name, case.split)
    found = standing_description(store, place, pair, key=key)
    if not found:
        import_records(
            store, [record], dataset=dataset, split=case.split, by=by, first=case.position
        )
        found = standing_description(store, place, pair, key=key)
        if not found:
            raise ReviewError(f'texts under "{key}" are not reviewed; send others')
        measure_signals(store, dataset, only=[found])
    state = store.state(found)
    if state.judgement.verdict is not Decision.PENDING:
        again = replace(state.judgement, verdict=Decision.PENDING)
        store.save(Save(operation, found, state.revision, again, by))
    note_case(store, found, case.reason, rank=case.rank, by=by)
    return found
