"""Score a caption file: match texts with references, put bodies into the texts' view, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.body.change import BodyChange
from autocompose.data.captions.caption_keys import PREFERRED_KEYS, preferred_key
from autocompose.data.dataset import read_captions
from autocompose.errors import CaptionFileError, DatasetError, ImageError
from autocompose.evaluation.captions.scores import METRICS, ScoredPair, score_pairs
from autocompose.schema import Event, OnEvent, PosePair, View, caption_view

if TYPE_CHECKING:
    from autocompose.model.composed import ComposedModel

R_PRECISION = ("r_precision_1", "r_precision_2", "r_precision_3")
NO_MODEL = "a model must rank the texts; name one with --checkpoint"


@dataclass(frozen=True)
class ScoreSources:
    """What is scored against what.

    Args:
        captions: caption file with the texts.
        references: caption file they are held against.
        joints: a ``joints.json``; None for the one of the dataset that the files lie in.
        images: folder of the pictures; None for that dataset's.
        key: whose texts are scored; None for ``mllm``, else ``auto``, else ``sents``.
        reference_key: None for ``sents`` where there are any for this view, else ``key``.
    """

    captions: Path
    references: Path
    joints: Path | None = None
    images: Path | None = None
    key: str | None = None
    reference_key: str | None = None


@dataclass(frozen=True)
class ScoreReport:
    """How texts compare with reference texts, and with the bodies where those are known.

    Args:
        pairs: pairs that have both.
        texts: candidate texts scored.
        references: reference texts they were held against.
        unmatched: pairs of the candidate file that the references lack.
        scores: metric -> value; None where it was skipped.
        skipped: metric -> why, one line.
        notes: what a reader of the figures must know, one line each.
    """

    pairs: int
    texts: int
    references: int
    unmatched: int
    key: str
    reference_key: str
    scores: Mapping[str, float | None]
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def score_captions(
    sources: ScoreSources,
    *,
    model: ComposedModel | None = None,
    seed: int = 0,
    on_event: OnEvent | None = None,
) -> ScoreReport:
    """Compute every metric that the files, the libraries and the model allow.

    Args:
        sources: the files and keys.
        model: ranks the texts for R-precision; without it that is skipped.
        seed: of R-precision's pools.
        on_event: called with progress.

    Raises:
        CaptionFileError: a file is malformed, or no pair has texts under both keys.
    """
    root = _dataset_of(sources.references) or _dataset_of(sources.captions)
    joints = sources.joints
    if joints is None and root is not None and (root / "joints.json").is_file():
        joints = root / "joints.json"
    images = sources.images or (root / "images" if root else sources.captions.parent)
    given = read_captions(sources.captions, images=images, joints=joints)
    known = read_captions(sources.references, images=images, joints=joints)
    key = sources.key or _first_key(given, sources.captions)
    reference_key = sources.reference_key or _reference_key(known, key)
    pairs, scored = _match(given, known, (key, reference_key))
    done: list[str] = []

    def tell(metric: str) -> None:
        done.append(metric)
        if on_event is not None:
            on_event(Event("score", len(done), len(METRICS) - 1, metric))

    refused = _refused(scored, key) if key == reference_key else {}
    found = score_pairs(scored, refused=refused, on_metric=tell)
    ranked, skipped, notes = _rank(model, pairs, scored, asked=(key, seed), on_event=on_event)
    return ScoreReport(
        pairs=len(scored),
        texts=sum(len(pair.texts) for pair in scored),
        references=sum(len(pair.references) for pair in scored),
        unmatched=sum(bool(pair.texts.get(key)) for pair in given) - len(scored),
        key=key,
        reference_key=reference_key,
        scores={**found.values, **ranked},
        skipped={**found.skipped, **skipped},
        notes=(*found.notes, *notes),
    )


def _dataset_of(path: Path) -> Path | None:
    """The dataset that a caption file lies in."""
    root = path.absolute().parent.parent
    return (
        root if path.absolute().parent.name == "captions" and (root / "images").is_dir() else None
    )


def _first_key(pairs: Sequence[PosePair], path: Path) -> str:
    held = {key for pair in pairs for key in pair.texts}
    key = preferred_key(held)
    if key is not None:
        return key
    have = ", ".join(sorted(held)) or "no texts"
    raise CaptionFileError(
        f"{path} has no texts under {', '.join(PREFERRED_KEYS)} (it has {have});"
        " name one with --key"
    )


def _reference_key(pairs: Sequence[PosePair], key: str) -> str:
    people = any(pair.texts.get("sents") for pair in pairs)
    return "sents" if people and caption_view(key) is View.FORWARD else key


def _match(
    given: Sequence[PosePair], known: Sequence[PosePair], keys: tuple[str, str]
) -> tuple[list[PosePair], list[ScoredPair]]:
    """Pairs that have texts under both keys, and what is scored of each."""
    texts: dict[tuple[str, str], tuple[str, ...]] = {}
    for pair in known:
        at = (pair.reference.id, pair.target.id)
        texts[at] = texts.get(at, ()) + tuple(pair.texts.get(keys[1], ()))
    pairs, scored = [], []
    for pair in given:
        own = tuple(pair.texts.get(keys[0], ()))
        others = texts.get((pair.reference.id, pair.target.id), ())
        if own and others:
            pairs.append(pair)
            scored.append(ScoredPair(own, others, _bodies(pair, caption_view(keys[0]))))
    if not scored:
        raise CaptionFileError(
            f'no pair has texts under "{keys[0]}" and reference texts under "{keys[1]}";'
            " check the files, --key and --reference-key"
        )
    return pairs, scored


def _refused(scored: Sequence[ScoredPair], key: str) -> dict[str, str]:
    """The metrics that texts held against themselves would have in full, and why they have none."""
    if not all(set(pair.texts) <= set(pair.references) for pair in scored):
        return {}
    why = (
        f'the texts under "{key}" are their own references, so this would be 100; name another'
        " file with --references, or another key with --reference-key"
    )
    return dict.fromkeys(("bleu_4", "rouge_l", "meteor"), why)


def _bodies(pair: PosePair, view: View) -> BodyChange | None:
    """Both bodies as the texts of a view see them; None where the joints of one are unknown."""
    if pair.reference.joints is None or pair.target.joints is None:
        return None
    return BodyChange.of_pair(pair).seen_as(view)


def _rank(
    model: ComposedModel | None,
    pairs: Sequence[PosePair],
    scored: Sequence[ScoredPair],
    *,
    asked: tuple[str, int],
    on_event: OnEvent | None,
) -> tuple[dict[str, float | None], dict[str, str], tuple[str, ...]]:
    """R-precision of each pair's first text, or why there is none."""
    none: dict[str, float | None] = dict.fromkeys(R_PRECISION)
    if model is None:
        return none, dict.fromkeys(R_PRECISION, NO_MODEL), ()
    # Imported late: it loads torch, which a score without a model does not need.
    from autocompose.evaluation.captions.r_precision import r_precision

    key, seed = asked
    texts = [pair.texts[0] for pair in scored]
    try:
        found = r_precision(
            model, pairs, texts, view=caption_view(key), seed=seed, on_event=on_event
        )
    except (DatasetError, ImageError) as error:
        return none, dict.fromkeys(R_PRECISION, str(error)), ()
    spread = ", ".join(f"{value:.1f}" for value in found.spread.values())
    note = (
        f"R-precision: {found.num_pairs} first texts in pools of 32, 10 draws (spread {spread}"
        f" points), chance {found.chance['1']:.1f} % at 1; ranked by {model.config.backbone}"
        f" {model.fingerprint[:12]}"
    )
    return dict(zip(R_PRECISION, found.percent.values(), strict=True)), {}, (note,)
