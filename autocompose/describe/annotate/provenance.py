"""What the side-car of a caption file says of a model's work: every raw answer, and the support."""

from __future__ import annotations

from dataclasses import asdict

from autocompose.data.captions.side_car import described_line, discarded_line, side_car_line
from autocompose.describe.annotate.results import ModelCall, PairAnnotation, ViewAnnotation
from autocompose.schema import Source, TextStyle


def provenance_lines(annotation: PairAnnotation, style: TextStyle = TextStyle.FULL) -> str:
    """One JSON object a line for each view of a pair, discarded ones too.

    A line has the pair's images, the view, the texts with the support of each claim, and every
    call: request hash, model, time, tokens, the raw answer, and why it was not accepted.

    Args:
        annotation: the pair with its views.
        style: of the texts that were asked for.
    """
    return "".join(side_car_line(_record(annotation, view, style)) for view in annotation.views)


def _record(
    annotation: PairAnnotation, view: ViewAnnotation, style: TextStyle
) -> dict[str, object]:
    if view.description is not None:
        record = described_line(annotation.pair, view.description)
    else:
        record = discarded_line(
            annotation.pair,
            view.view,
            Source.MLLM,
            reason=view.discarded,
            detail=view.detail,
            style=style,
        )
    if view.derived_from is not None:
        record |= {"derived_from": view.derived_from.value, "refused": list(view.refused)}
    if view.support:
        record["support"] = [
            {**asdict(claim), "part": claim.part.value, "share": round(claim.share, 3)}
            for claim in view.support
        ]
    record["calls"] = [_call(call) for call in view.calls]
    return record


def _call(call: ModelCall) -> dict[str, object]:
    answer = call.answer
    return {
        "stage": call.stage,
        "sample": call.sample,
        "attempt": call.attempt,
        "request_sha256": call.request_sha256,
        "model": answer.model,
        "created_at": answer.created_at,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "tokens_estimated": answer.estimated,
        "seconds": round(answer.seconds, 3),
        "finish_reason": answer.finish_reason,
        "stored_already": call.cached,
        "problem": call.problem,
        "raw": answer.text,
    }
