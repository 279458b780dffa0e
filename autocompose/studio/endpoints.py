"""Typed endpoints for programs, by name: retrieve, describe, verify and evaluate.

The page itself calls its own server functions. What a program gets here it gets by HTTP, by
gradio's clients, or as a tool of the Model Context Protocol: gradio reads names, types and the
docstrings below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from autocompose.errors import AutoComPoseError, ConfigError, DescriptionError, LoginError, one_line
from autocompose.evaluation.failures.failure_records import FailureReport
from autocompose.review.people.logins import LocalLogin, PasswordLogin
from autocompose.schema import Event
from autocompose.studio.describe.describe_tab import describe_api
from autocompose.studio.errors.error_desk import ErrorDesk, read_question
from autocompose.studio.retrieve.retrieve_tab import retrieve_api
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import MAX_TEXT
from autocompose.verify.judge import PairJudge


def add_endpoints(studio: Studio, desk: ErrorDesk | None) -> None:
    """Add the endpoints to the page that is being built.

    Args:
        studio: that answers.
        desk: keeps evaluations; without one there is no ``evaluate``.
    """

    def retrieve(image: str, text: str, k: int = 10) -> list[dict[str, str | float]]:
        """Rank the gallery for a reference picture and a change in words.

        Args:
            image: file name of a picture of the gallery; it is left out of the ranking.
            text: what should change, at most 77 tokens; left and right are the subject's.
            k: how many pictures to return, 1 to 48.

        Returns:
            Rows of rank, image (a gallery file name) and score (cosine, -1 to 1), best first.
        """
        return retrieve_api(studio, image, text, k)

    def describe(reference: str, target: str, view: str = "forward") -> dict[str, Any]:
        """Describe what changes between two dataset pictures, by rules over their joints.

        Args:
            reference: file name of the first picture.
            target: file name of the second picture.
            view: forward, reverse, mirror or mirror-reverse.

        Returns:
            Part sentences, phrasings, and their source (auto: written by rules, not by a person).
        """
        return describe_api(studio, reference, target, view)

    def verify(reference: str, target: str, text: str) -> dict[str, Any]:
        """Hold the claims of a text against the joints of two pictures.

        Args:
            reference: file name of the picture before the change.
            target: file name of the picture after it.
            text: what changes; left and right are the subject's.

        Returns:
            claims: words, claim, outcome (supported, contradicted or unknown) and the numbers;
            sides_swapped: whether the text fits much better with left and right swapped.
        """
        return _said(lambda: _verified(studio, reference, target, text))

    def evaluate(
        split: str = "test", key: str = "sents", joints: str = "known", checkpoint: str = ""
    ) -> dict[str, Any]:
        """Measure retrieval on a split of the dataset, and why queries fail. This takes a while.

        Args:
            split: of the dataset on show, such as test or val.
            key: caption key whose texts are asked, such as sents.
            joints: what the ranking uses beside the pictures: known, none or estimated.
            checkpoint: name of a checkpoint of the workspace; the one on show when empty.

        Returns:
            recall (percent, by K), queries, gallery, beyond (targets after this rank are
            failures), causes (how many failures have each), and the run's id in Errors.
        """
        return _said(lambda: _evaluated(desk, split, key, joints=joints, checkpoint=checkpoint))

    _endpoint(retrieve, "retrieve", together=2)
    _endpoint(describe, "describe", together=2)
    _endpoint(verify, "verify", together=2)
    if desk is not None:
        _endpoint(evaluate, "evaluate", together=1)


def _endpoint(fn: Callable[..., Any], name: str, *, together: int) -> None:
    group = "engine" if together > 1 else name
    gr.api(fn, api_name=name, concurrency_limit=together, concurrency_id=group)


def _said(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer; what was wrong becomes the one line that gradio hands to programs."""
    try:
        return answer()
    except AutoComPoseError as error:
        raise gr.Error(one_line(error)) from error


def _verified(studio: Studio, reference: str, target: str, text: str) -> dict[str, Any]:
    if not 0 < len(text.strip()) <= MAX_TEXT:
        raise ConfigError(f"the text has {len(text)} characters; write 1 to {MAX_TEXT}")
    before, after = studio.image(reference), studio.image(target)
    if not before.joints or not after.joints:
        raise DescriptionError("nothing is known of the joints of these pictures")
    with studio.slot():
        report = PairJudge.of_images(before, after).check(text)
    return {
        "claims": [
            {
                "words": text[slice(*found.claim.span)],
                "claim": f"{found.claim.label}: {found.claim.change}",
                "outcome": found.outcome.value,
                "evidence": found.evidence,
            }
            for found in report.claims
        ],
        "sides_swapped": report.sides_swapped,
    }


def _evaluated(
    desk: ErrorDesk | None, split: str, key: str, *, joints: str, checkpoint: str
) -> dict[str, Any]:
    if desk is None:
        raise ConfigError("this studio has no workspace to keep evaluations in")
    if not isinstance(desk.studio.config.login, LocalLogin | PasswordLogin):
        # Whoever reaches this address could keep its cores busy.
        raise LoginError("evaluations of this studio are started on its page, under Errors")
    question = read_question(
        desk, {"split": split, "key": key, "joints": joints, "checkpoint": checkpoint}
    )
    run, _ = desk.ask(question, _unheard)
    return _figures(desk.run(run)[0], run)


def _unheard(event: Event) -> None:
    """Nobody watches the progress of a program's call."""


def _figures(report: FailureReport, run: str) -> dict[str, Any]:
    return {
        "run": run,
        "recall": dict(report.recall),
        "queries": report.num_queries,
        "gallery": report.num_gallery,
        "beyond": report.beyond,
        "causes": report.causes,
    }
