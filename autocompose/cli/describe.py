"""``autocompose describe``: write transition descriptions for the pairs of a split."""

from __future__ import annotations

import time
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show_json

if TYPE_CHECKING:
    from autocompose.schema import View

_MODEL_PANEL = "Multimodal provider (not in this version)"


class Provider(str, Enum):
    """Who describes."""

    GEOMETRIC = "geometric"
    OPENAI = "openai"


class Views(str, Enum):
    """Which views get texts. From joints every view is computed, so derive equals generate."""

    GENERATE = "generate"
    DERIVE = "derive"
    FORWARD = "forward"


def describe(
    dataset: Annotated[Path, typer.Option(help="Dataset folder in the official layout.")],
    split: Annotated[str, typer.Option(help="Split to describe.")],
    out: Annotated[Path, typer.Option(help="Caption file to write.")],
    provider: Annotated[
        Provider, typer.Option(help="geometric works from joints.")
    ] = Provider.GEOMETRIC,
    views: Annotated[Views, typer.Option(help="All four views, or forward only.")] = Views.GENERATE,
    n: Annotated[int, typer.Option("--n", min=1, max=5, help="Phrasings per view.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the choice of phrasings.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N pairs.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Describe, write nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write counts as JSON.")] = None,
    model: Annotated[str | None, typer.Option(rich_help_panel=_MODEL_PANEL)] = None,
    base_url: Annotated[str | None, typer.Option(rich_help_panel=_MODEL_PANEL)] = None,
    samples: Annotated[int | None, typer.Option(rich_help_panel=_MODEL_PANEL)] = None,
    agree: Annotated[float | None, typer.Option(rich_help_panel=_MODEL_PANEL)] = None,
    overlay: Annotated[bool, typer.Option("--overlay", rich_help_panel=_MODEL_PANEL)] = False,
    concurrency: Annotated[int | None, typer.Option(rich_help_panel=_MODEL_PANEL)] = None,
    max_cost: Annotated[float | None, typer.Option(rich_help_panel=_MODEL_PANEL)] = None,
) -> None:
    """Describe in words what changes between the two images of each pair.

    Texts made from joints stand under the keys auto, auto-reverse, auto-mirror and
    auto-mirror-reverse; the texts a file already has are kept.
    """
    from autocompose.errors import ConfigError

    if provider is Provider.OPENAI:
        raise ConfigError(
            "the multimodal provider openai is not in this version; use --provider geometric,"
            " which describes from joints"
        )
    asked = {
        "--model": model, "--base-url": base_url, "--samples": samples, "--agree": agree,
        "--overlay": overlay or None, "--concurrency": concurrency, "--max-cost": max_cost,
    }  # fmt: skip
    given = [name for name, value in asked.items() if value is not None]
    if given:
        raise ConfigError(f"{given[0]} is for a multimodal provider; geometric works from joints")
    target = None if dry_run else out
    counts = _describe_split(dataset, split, target, _chosen(views), n, seed, limit)
    if report is not None:
        import json

        from autocompose.data.files import write_whole

        write_whole(report, json.dumps(counts, indent=1) + "\n")
    if dry_run:
        show_json(counts)
    else:
        say(f"wrote {out}: {counts['pairs']} pairs")


def _chosen(views: Views) -> tuple[View, ...]:
    from autocompose.schema import View

    return (View.FORWARD,) if views is Views.FORWARD else tuple(View)


def _describe_split(
    dataset: Path,
    split: str,
    out: Path | None,
    views: tuple[View, ...],
    n: int,
    seed: int,
    limit: int | None,
) -> dict[str, object]:
    """Describe and write a split; the counts are the report of cli.md."""
    import dataclasses

    from autocompose.data.layout import open_dataset, write_captions
    from autocompose.describe.geometric import describe_pair
    from autocompose.errors import DescriptionError
    from autocompose.schema import Event, Source, caption_key

    started = time.monotonic()
    pairs = open_dataset(dataset).pairs(split)[:limit]
    texts: Counter[str] = Counter()
    discarded: Counter[str] = Counter()
    rows = []
    with progress() as listener:
        for done, pair in enumerate(pairs, start=1):
            written = dict(pair.texts)
            for view in views:
                key = caption_key(Source.AUTO, view)
                try:
                    description = describe_pair(pair, view=view, n=n, seed=seed)
                except DescriptionError as error:
                    reason = "nothing changes" if pair.reference.joints else "no joints"
                    if not discarded[reason]:
                        say(f"discarded {pair.reference.id} -> {pair.target.id}: {error}")
                    discarded[reason] += 1
                    break
                written[key] = description.phrasings
                texts[key] += len(description.phrasings)
            rows.append(dataclasses.replace(pair, texts=written))
            listener(Event("describe", done, len(pairs)))
    if out is not None:
        write_captions(out, rows)
    return {
        "pairs": len(pairs),
        "texts": dict(texts),
        "calls": 0,
        "cache_hits": 0,
        "retries": 0,
        "discarded": dict(discarded),
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "seconds": round(time.monotonic() - started, 3),
    }
