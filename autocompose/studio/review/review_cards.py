"""A description as its card on the Review page shows it."""

from __future__ import annotations

from collections.abc import Sequence

from autocompose.data.captions.caption_keys import NEW_WORDS_KEY
from autocompose.errors import DatasetError
from autocompose.review.files.derive import derived_views
from autocompose.review.queue.signals import judge_of, read_marks
from autocompose.review.store.records import Judgement, ReviewItem
from autocompose.review.store.review_store import Store
from autocompose.schema import PosePair, Source, View
from autocompose.studio.review.review_answers import (
    CardView,
    JudgedAnswer,
    ReviewPair,
    judgement_view,
    state_view,
)
from autocompose.studio.server.pictures import view_pair
from autocompose.studio.server.row_check import RowProblem, row_problem
from autocompose.studio.server.state import Studio

_SOURCES = {
    Source.AUTO: "written by rules",
    Source.MLLM: "written by a multimodal model",
    Source.HUMAN: "written by a person",
}
_VIEWS = {
    View.FORWARD: "",
    View.REVERSE: "reversed",
    View.MIRROR: "mirrored",
    View.MIRROR_REVERSE: "mirrored and reversed",
}


def make_cards(studio: Studio, store: Store, found: Sequence[ReviewItem]) -> tuple[CardView, ...]:
    """All that the cards of some descriptions show."""
    derived = derived_views(store, found)
    return tuple(
        CardView(
            id=item.id,
            dataset=item.dataset,
            split=item.split,
            key=item.key,
            label=label(item),
            view=item.view.value,
            source=item.source.value,
            model=item.model,
            original=judgement_view(item.original),
            state=state_view(item.state),
            edited=item.edited,
            stale=item.stale,
            reasons=item.reasons,
            claims=item.claims,
            problems=row_problems(item.state.judgement),
            pair=_pictures(studio, item),
            derived=derived.get(item.id, ()),
        )
        for item in found
    )


def label(item: ReviewItem) -> str:
    """Who wrote a description and which view it is of, in words."""
    if item.key == NEW_WORDS_KEY:
        return "stress test, unseen words"
    raw = item.source is Source.MLLM and not item.edited
    words = (_SOURCES[item.source], _VIEWS[item.view], "not corrected" if raw else "")
    return ", ".join(word for word in words if word)


def row_problems(judgement: Judgement) -> tuple[RowProblem, ...]:
    """The part rows whose sentences speak of another side or part."""
    found = (row_problem(row.part, row.text) for row in judgement.parts)
    return tuple(problem for problem in found if problem is not None)


def judge_texts(studio: Studio, item: ReviewItem, judgement: Judgement) -> JudgedAnswer:
    """Hold a description's texts, as somebody is writing them, against its pictures' joints."""
    problems = row_problems(judgement)
    if item.dataset != studio.dataset_name or studio.dataset_problem:
        return JudgedAnswer(False, (), problems)
    try:
        judge = judge_of(item, studio.dataset)
    except DatasetError:
        return JudgedAnswer(False, (), problems)
    if judge is None:
        return JudgedAnswer(False, (), problems)
    return JudgedAnswer(True, read_marks(judge, judgement.phrasings)[0], problems)


def _pictures(studio: Studio, item: ReviewItem) -> ReviewPair | None:
    """Both pictures as the view shows them, or None where this studio serves another dataset."""
    if item.dataset != studio.dataset_name or studio.dataset_problem:
        return None
    try:
        reference, target = (studio.dataset.image(name) for name in item.images)
    except DatasetError:
        return None
    pair = view_pair(PosePair(reference, target), skeleton=True, view=item.view)
    return ReviewPair(pair.id, pair.reference, pair.target, item.view.mirrors)
