"""The file beside a caption file: every raw answer, and who wrote what, one view a line."""

from __future__ import annotations

import json
from dataclasses import asdict

from autocompose.describe.annotate.results import ModelCall, PairAnnotation, ViewAnnotation


def provenance_lines(annotation: PairAnnotation) -> str:
    """One JSON object a line for each view of a pair, discarded ones too.

    A line has the pair's images, the view, the texts with the support of each claim, and every
    call: request hash, model, time, tokens, the raw answer, and why it was not accepted.
    """
    return "".join(
        json.dumps(_record(annotation, view), ensure_ascii=False) + "\n"
        for view in annotation.views
    )


def _record(annotation: PairAnnotation, view: ViewAnnotation) -> dict[str, object]:
    pair = annotation.pair
    record: dict[str, object] = {
        "pair": pair.id,
        "reference": pair.reference.id,
        "target": pair.target.id,
        "view": view.view.value,
    }
    if view.description is not None:
        described = view.description
        record |= {
            "id": described.id,
            "source": described.source.value,
            "parts": [{"part": row.part.value, "text": row.text} for row in described.parts],
            "phrasings": list(described.phrasings),
            "provider": described.provenance.provider,
            "model": described.provenance.model,
            "prompt_version": described.provenance.prompt_version,
            "created_at": described.provenance.created_at,
        }
    else:
        record |= {"discarded": view.discarded, "detail": view.detail}
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
