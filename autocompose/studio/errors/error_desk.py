"""What the Errors page asks: runs that are kept, one of them in full, and what to do with a case.

Everybody may look. Who starts an evaluation or opens a file must be an administrator; who notes a
cause or sends a case to the queue must be a reviewer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.captions.caption_records import CaptionRecord
from autocompose.errors import (
    AutoComPoseError,
    ConfigError,
    DatasetError,
    ReviewError,
    UnsafePathError,
    WriteError,
    one_line,
)
from autocompose.evaluation.failures.asked_queries import AskedQuery
from autocompose.evaluation.failures.compare_runs import RunComparison, compare_runs
from autocompose.evaluation.failures.failure_file import read_failures
from autocompose.evaluation.failures.failure_records import Cause, Failure, FailureReport
from autocompose.evaluation.failures.kept_runs import (
    Correction,
    RunFolder,
    RunQuestion,
    content_id_of,
    question_id,
)
from autocompose.review.files.send_case import CaseToSend, send_case
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.queue.cases import ReviewCase, cases_of
from autocompose.schema import OnEvent, PoseImage
from autocompose.studio.errors.error_answers import (
    CorrectionView,
    ErrorCase,
    ErrorJobAnswer,
    ErrorsBoot,
    RunAnswer,
    SentAnswer,
)
from autocompose.studio.errors.error_jobs import ErrorJobs, Made
from autocompose.studio.errors.evaluations import (
    BEYOND,
    JOINTS,
    checkpoints_of,
    evaluate_run,
    open_checkpoint,
    splits_of,
)
from autocompose.studio.errors.run_rows import CAUSES, run_answer
from autocompose.studio.server.caption_texts import with_key
from autocompose.studio.server.opening import dataset_view
from autocompose.studio.server.pictures import Page, PictureView, picture_url, view_picture
from autocompose.studio.server.state import Studio
from autocompose.studio.server.store_opener import StoreOpener
from autocompose.studio.server.transport import NothingToSay, read_choice, read_int, read_text

OPEN = 3
"""Runs that stay open in memory."""

OLDER = " Its causes were told by other rules than today's: evaluate again to use those."

PICTURES = 4
"""Pictures found instead that a case shows."""


class ErrorDesk(StoreOpener):
    """The runs of one studio.

    Args:
        studio: whose dataset and checkpoints are asked.
        url: of the review store; empty where there is none.
        folder: of the runs that are kept.
    """

    def __init__(self, studio: Studio, url: str, folder: Path) -> None:
        super().__init__(url)
        self.studio = studio
        self.kept = RunFolder(folder)
        self.jobs = ErrorJobs()
        self._open: OrderedDict[str, tuple[FailureReport, RunQuestion]] = OrderedDict()
        self._opening = threading.Lock()

    def remember(self, run: str, report: FailureReport, question: RunQuestion) -> None:
        """Hold a run in memory, also where no file could be written."""
        with self._opening:
            self._open[run] = (report, question)
            while len(self._open) > OPEN:
                self._open.popitem(last=False)

    def run(self, run: str) -> tuple[FailureReport, RunQuestion]:
        """A run, from memory or from its file.

        Raises:
            ConfigError: there is none of that id.
            CaptionFileError: its file is damaged.
        """
        with self._opening:
            if run in self._open:
                self._open.move_to_end(run)
                return self._open[run]
        report = self.kept.read(run)
        about = next(one for one in self.kept.runs() if one.id == run)
        self.remember(run, report, about.question)
        return report, about.question

    def ask(self, question: RunQuestion, on_event: OnEvent, *, again: bool = False) -> Made:
        """Evaluate, or find what was kept; the run's id, and one line about it.

        Raises:
            AutoComPoseError: the checkpoint cannot be loaded, or the split not be asked.
        """
        opened = open_checkpoint(self.studio, question.checkpoint, on_event)
        run = question_id(question, self.studio.dataset, model=opened.decides)
        if self.kept.holds(run) and not again:
            older = any(one.older for one in self.kept.runs() if one.id == run)
            return run, f"This evaluation was kept from before.{OLDER if older else ''}"
        report = evaluate_run(self.studio, opened, question, on_event)
        return run, _keep(self, run, report, question)

    def cases(self, question: RunQuestion) -> dict[tuple[str, str], ReviewCase]:
        """The cases of a run's pairs in the review queue; none where there is no store."""
        if not self.url:
            return {}
        try:
            store = self.store()
            return dict(cases_of(store, question.dataset, question.split, key=question.key))
        except ReviewError:
            return {}


LookingHandler = Callable[[ErrorDesk, Page], Any]
ActingHandler = Callable[[ErrorDesk, Reviewer, Page], Any]


def errors_boot(desk: ErrorDesk, payload: Page) -> ErrorsBoot:
    """What can be asked, and the runs that are kept."""
    studio = desk.studio
    there = not studio.dataset_problem
    job = desk.jobs.last
    return ErrorsBoot(
        dataset=dataset_view(studio),
        splits=splits_of(studio) if there else (),
        checkpoints=tuple(checkpoints_of(studio)),
        joints=JOINTS,
        causes=CAUSES,
        runs=desk.kept.runs(),
        job=None if job is None else job.view(),
        review=bool(desk.url),
    )


def errors_job(desk: ErrorDesk, payload: Page) -> ErrorJobAnswer:
    """The evaluation that runs, or the last one that did."""
    job = desk.jobs.last
    return ErrorJobAnswer(None if job is None else job.view(), desk.kept.runs())


def errors_open(desk: ErrorDesk, payload: Page) -> RunAnswer:
    """A run in full."""
    run = read_text(payload, "run")
    report, question = desk.run(run)
    studio = desk.studio
    here = question.dataset == studio.dataset_name and not studio.dataset_problem
    return run_answer(
        run,
        report,
        question,
        folder=picture_url(studio.dataset.root / "images") + "/" if here else "",
        corrections=desk.kept.corrections(run),
        cases=desk.cases(question),
    )


def errors_case(desk: ErrorDesk, payload: Page) -> ErrorCase:
    """One query with its pictures, its claims and its cause."""
    report, _, failure = _case(desk, payload)
    query = _query(report, payload)
    found = () if failure is None else tuple(n for n in failure.found if n != query.target)
    claims = () if failure is None else failure.claims
    return ErrorCase(
        query=query.id,
        text=query.text,
        rank=query.rank,
        other_rank=None if failure is None else failure.other_rank,
        reference=_picture(desk, query.reference),
        target=_picture(desk, query.target),
        found=tuple(_picture(desk, name) for name in found[:PICTURES]),
        cause=None if failure is None else failure.cause,
        reason="" if failure is None else failure.reason,
        change_m=None if failure is None else failure.change_m,
        found_m=None if failure is None else failure.found_m,
        claims=claims,
        tells=sum(claim.tells_apart for claim in claims),
    )


def errors_compare(desk: ErrorDesk, payload: Page) -> RunComparison:
    """Two runs of the same queries, query by query."""
    within = read_int(payload, "within", low=1, high=1000, default=BEYOND)
    both = [desk.run(read_text(payload, name))[0] for name in ("before", "run")]
    if any(len(report.queries) != report.num_queries for report in both):
        raise ConfigError("one of these runs has failures only; run its evaluation again")
    before, after = ({query.id: query for query in report.queries} for report in both)
    return compare_runs(before, after, within=within)


LOOKING: tuple[LookingHandler, ...] = (
    errors_boot, errors_job, errors_open, errors_case, errors_compare,
)  # fmt: skip
"""Handlers for everybody."""


def errors_run(desk: ErrorDesk, who: Reviewer, payload: Page) -> ErrorJobAnswer:
    """Begin an evaluation; one that was kept is opened instead, unless ``again`` is set."""
    who.require(Role.ADMINISTRATOR)
    question = read_question(desk, payload)
    again = payload.get("again") is True

    def work(on_event: OnEvent) -> Made:
        return desk.ask(question, on_event, again=again)

    return ErrorJobAnswer(desk.jobs.start(question, work).view(), desk.kept.runs())


def read_question(desk: ErrorDesk, payload: Page) -> RunQuestion:
    """What a page or a program asks to be evaluated.

    Raises:
        DatasetError: no dataset is open.
        ConfigError: the split has no texts under the key, or the joints are none of the choices.
    """
    studio = desk.studio
    if studio.dataset_problem:
        raise DatasetError(studio.dataset_problem)
    joints, split = read_text(payload, "joints") or "none", read_text(payload, "split")
    if joints not in JOINTS:
        raise ConfigError(f'joints "{joints[:20]}" is unknown; use one of {", ".join(JOINTS)}')
    chosen = {choice.name: choice.keys for choice in splits_of(studio)}
    key = read_text(payload, "key")
    if key not in chosen.get(split, ()):
        raise ConfigError(f'split "{split[:40]}" has no texts under "{key[:40]}"; choose another')
    return RunQuestion(
        checkpoint=read_text(payload, "checkpoint") or next(iter(checkpoints_of(studio)), ""),
        dataset=studio.dataset_name,
        split=split,
        key=key,
        joints=joints,
        beyond=read_int(payload, "beyond", low=1, high=1000, default=BEYOND),
    )


def errors_file(desk: ErrorDesk, who: Reviewer, payload: Page) -> RunAnswer:
    """Open a file that ``autocompose failures --json`` wrote inside the workspace."""
    who.require(Role.ADMINISTRATOR)
    path = _confined(desk.studio, read_text(payload, "path").strip())
    report = read_failures(path)
    question = RunQuestion(
        report.checkpoint, report.dataset, report.split, report.text_key, report.joints,
        report.beyond, path.name,
    )  # fmt: skip
    run = content_id_of(report)
    _keep(desk, run, report, question)
    return errors_open(desk, {"run": run})


def errors_cancel(desk: ErrorDesk, who: Reviewer, payload: Page) -> NothingToSay:
    """Cancel the evaluation that runs, or put away the one that has ended."""
    who.require(Role.ADMINISTRATOR)
    desk.jobs.cancel(read_text(payload, "job"))
    return NothingToSay()


def errors_correct(desk: ErrorDesk, who: Reviewer, payload: Page) -> CorrectionView:
    """Note the cause of a failure as somebody saw it; an empty one takes it back."""
    _, _, failure = _case(desk, payload)
    if failure is None:
        raise ConfigError("this query found its target; only failures have a cause")
    named = read_text(payload, "cause")
    cause = read_choice(Cause, named) if named else None
    correction = None if cause is None else Correction(cause, who.name)
    desk.kept.correct(read_text(payload, "run"), failure.id, correction=correction)
    return CorrectionView(failure.id, cause, who.name if cause else "")


def errors_send(desk: ErrorDesk, who: Reviewer, payload: Page) -> SentAnswer:
    """Send a query's text to the head of the review queue, with the cause as its reason."""
    report, question, failure = _case(desk, payload)
    query, studio = _query(report, payload), desk.studio
    if question.dataset != studio.dataset_name or studio.dataset_problem:
        raise DatasetError(f'the dataset "{question.dataset}" is not open in this studio')
    position, record = _record(studio, question.split, query)
    seen = desk.kept.corrections(read_text(payload, "run")).get(query.id)
    cause = "found" if failure is None else (seen.cause if seen else failure.cause).value
    why = "" if failure is None or seen else f": {failure.reason}"
    reason = f"rank {query.rank} of {report.num_gallery - 1} ({question.checkpoint}), {cause}{why}"
    case = CaseToSend(with_key(record, question.key), position, question.split, reason, query.rank)
    store = desk.store(create=True)
    with studio.slot():
        send_case(store, studio.dataset, case, operation=uuid4().hex, by=who.name)
    cases = desk.cases(question)
    return SentAnswer(query.id, cases[query.reference, query.target])


ACTING: tuple[ActingHandler, ...] = (
    errors_run, errors_file, errors_cancel, errors_correct, errors_send,
)  # fmt: skip
"""Handlers that are told who asks."""


def _keep(desk: ErrorDesk, run: str, report: FailureReport, question: RunQuestion) -> str:
    """Keep a run in memory and on disk; says so where there is no file."""
    desk.remember(run, report, question)
    try:
        desk.kept.keep(run, report, question)
    except WriteError as error:
        return f"The run is not kept: {one_line(error)}"
    return ""


def _case(desk: ErrorDesk, payload: Page) -> tuple[FailureReport, RunQuestion, Failure | None]:
    report, question = desk.run(read_text(payload, "run"))
    wanted = read_text(payload, "query")
    failure = next((one for one in report.failures if one.id == wanted), None)
    return report, question, failure


def _record(studio: Studio, split: str, query: AskedQuery) -> tuple[int, CaptionRecord]:
    """The first record of a query's pair, and its place in the caption file."""
    path = studio.dataset.root / "captions" / f"{split}.json"
    for position, record in enumerate(read_caption_file(path)):
        if (record.reference, record.target) == (query.reference, query.target):
            return position, record
    raise DatasetError("the caption file no longer has this pair; run the evaluation again")


def _query(report: FailureReport, payload: Page) -> AskedQuery:
    wanted = read_text(payload, "query")
    for query in report.queries:
        if query.id == wanted:
            return query
    raise ConfigError("this run has no such query; choose another")


def _picture(desk: ErrorDesk, name: str) -> PictureView:
    """A picture of the open dataset with its skeleton, or its name alone."""
    studio = desk.studio
    try:
        return view_picture(studio.dataset.image(name), skeleton=True)
    except AutoComPoseError:
        shown = view_picture(PoseImage(name, Path(name)))
        return PictureView(name, "", shown.alt, name, "not in this studio")


def _confined(studio: Studio, name: str) -> Path:
    """A JSON file below one of the workspace's folders, links followed.

    Raises:
        ConfigError: nothing was named.
        UnsafePathError: the path leads elsewhere.
    """
    workspace = studio.config.workspace
    if workspace is None or not name:
        raise ConfigError("name a file that autocompose failures --json wrote")
    roots = [workspace.annotations, workspace.checkpoints, workspace.cache]
    base = workspace.annotations.parent
    path = (base / name).resolve() if "\0" not in name else Path()
    inside = any(path.is_relative_to(root.resolve()) for root in roots)
    if not inside or path.suffix != ".json":
        folders = ", ".join(root.name for root in roots)
        raise UnsafePathError(f"the file is a .json file below one of {folders}; copy it there")
    return path
