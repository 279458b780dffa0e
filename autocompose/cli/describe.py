"""``autocompose describe``: write transition descriptions for the pairs of a split."""

from __future__ import annotations

import time
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autocompose.cli.console import progress, say, show_json

if TYPE_CHECKING:
    from autocompose.schema import View

_MODEL_PANEL = "Multimodal provider (--provider openai)"
_SPREAD_PANEL = "Cheaper, or over many processes (--provider openai)"


class Provider(str, Enum):
    """Who describes."""

    GEOMETRIC = "geometric"
    OPENAI = "openai"


class Views(str, Enum):
    """Which views get texts. From joints every view is computed, so derive equals generate."""

    GENERATE = "generate"
    DERIVE = "derive"
    FORWARD = "forward"


class BatchStep(str, Enum):
    """What to do with the Batch API."""

    SUBMIT = "submit"
    COLLECT = "collect"


class Style(str, Enum):
    """How a multimodal model writes."""

    PLAIN = "plain"
    REASONING = "reasoning"


def describe(
    dataset: Annotated[Path, typer.Option(help="Dataset folder in the official layout.")],
    split: Annotated[str, typer.Option(help="Split to describe.")],
    out: Annotated[Path, typer.Option(help="Caption file to write.")],
    provider: Annotated[
        Provider, typer.Option(help="geometric works from joints, openai from the pictures.")
    ] = Provider.GEOMETRIC,
    views: Annotated[
        Views,
        typer.Option(
            help="generate: all four views; derive: mirrored views from the texts of the other two;"
            " forward: one."
        ),
    ] = Views.GENERATE,
    n: Annotated[int, typer.Option("--n", min=1, max=5, help="Phrasings per view.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the choice of phrasings (geometric).")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N pairs.")] = None,
    pose_model: Annotated[
        Path | None,
        typer.Option(help="Model file that estimates missing joints (geometric)."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; openai: estimate calls and price.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write counts as JSON.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Name at the endpoint.", rich_help_panel=_MODEL_PANEL)
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            help="Endpoint; default OPENAI_BASE_URL, else OpenAI's. The key is OPENAI_API_KEY.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(min=1, help="Stage I answers per view.", rich_help_panel=_MODEL_PANEL),
    ] = None,
    agree: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Share of the samples a claim needs.", rich_help_panel=_MODEL_PANEL
        ),
    ] = None,
    overlay: Annotated[
        bool,
        typer.Option("--overlay", help="Draw the skeleton.", rich_help_panel=_MODEL_PANEL),
    ] = False,
    two_images: Annotated[
        bool,
        typer.Option(
            "--two-images", help="Two pictures, not a montage.", rich_help_panel=_MODEL_PANEL
        ),
    ] = False,
    style: Annotated[
        Style | None,
        typer.Option(
            help="reasoning: one indirect text of under 30 words.", rich_help_panel=_MODEL_PANEL
        ),
    ] = None,
    ban: Annotated[
        list[str] | None,
        typer.Option(
            help="Word that no text may use; may be repeated; replaces the default list.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, max=2, help="Sampling temperature.", rich_help_panel=_MODEL_PANEL),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=16,
            help="Of one answer; a model that thinks first needs more.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Calls in flight.", rich_help_panel=_MODEL_PANEL)
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds a call.", rich_help_panel=_MODEL_PANEL)
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="US dollars not to pass.", rich_help_panel=_MODEL_PANEL),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option(
            help="IN,OUT in dollars per million tokens, for a model without a listed price.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="File of stored answers; default beside OUT.", rich_help_panel=_MODEL_PANEL
        ),
    ] = None,
    batch: Annotated[
        BatchStep | None,
        typer.Option(
            help="Half the price within a day, through the Batch API: submit, then collect until"
            " nothing waits.",
            rich_help_panel=_SPREAD_PANEL,
        ),
    ] = None,
    batch_state: Annotated[
        Path | None,
        typer.Option(help="What was sent; default beside OUT.", rich_help_panel=_SPREAD_PANEL),
    ] = None,
    ray: Annotated[
        bool, typer.Option("--ray", help="Spread over workers.", rich_help_panel=_SPREAD_PANEL)
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes, each with --concurrency calls.", rich_help_panel=_SPREAD_PANEL
        ),
    ] = None,
    ray_address: Annotated[
        str | None,
        typer.Option(help="Of a running cluster.", rich_help_panel=_SPREAD_PANEL),
    ] = None,
) -> None:
    """Describe in words what changes between the two images of each pair.

    Texts made from joints stand under the keys auto, auto-reverse, auto-mirror and
    auto-mirror-reverse, those of a multimodal model under mllm, reverse, mirror and mirror-reverse;
    other texts that a file already has are kept.
    """
    from autocompose.errors import ConfigError

    asked = {
        "model": model, "base_url": base_url, "samples": samples, "agree": agree,
        "overlay": overlay or None, "two_images": two_images or None,
        "style": None if style is None else style.value,
        "banned": None if ban is None else tuple(ban), "temperature": temperature,
        "max_tokens": max_tokens,
        "concurrency": concurrency, "timeout": timeout, "max_cost": max_cost, "price": price,
        "cache": cache, "batch": batch, "batch_state": batch_state, "ray": ray or None,
        "workers": workers, "ray_address": ray_address,
    }  # fmt: skip
    given = {name: value for name, value in asked.items() if value is not None}
    if provider is Provider.OPENAI:
        _annotate(
            dataset, split, {**given, "views": views.value, "n": n}, limit, out, report, dry_run
        )
        return
    if given:
        name = "ban" if "banned" in given else next(iter(given)).replace("_", "-")
        raise ConfigError(f"--{name} is for a multimodal provider; geometric works from joints")
    target = None if dry_run else out
    counts = _describe_split(dataset, split, target, _chosen(views), n, seed, limit, pose_model)
    if report is not None:
        import json

        from autocompose.data.files import write_whole

        write_whole(report, json.dumps(counts, indent=1) + "\n")
    if dry_run:
        show_json(counts)
    else:
        say(f"wrote {out}: {counts['pairs']} pairs")


def _annotate(
    dataset: Path,
    split: str,
    settings: dict[str, Any],
    limit: int | None,
    out: Path,
    report: Path | None,
    dry_run: bool,
) -> None:
    """Describe a split by a multimodal model, or say what that would cost."""
    from autocompose.cli.annotate import (
        Endpoint,
        Output,
        annotate_split,
        estimate_split,
        find_price,
    )
    from autocompose.cli.spread import batch_price, batch_split, ray_split
    from autocompose.config import AnnotateConfig, from_json
    from autocompose.data.dataset import open_dataset
    from autocompose.errors import ConfigError

    endpoint = Endpoint(settings.pop("base_url", None), settings.pop("timeout", 120.0))
    output = Output(out, report, settings.pop("cache", None))
    given_price = settings.pop("price", None)
    batch, state = settings.pop("batch", None), settings.pop("batch_state", None)
    ray, workers = settings.pop("ray", False), settings.pop("workers", None)
    ray_address = settings.pop("ray_address", None)
    if batch and ray:
        raise ConfigError("--batch and --ray exclude each other; a batch needs no workers")
    if (workers or ray_address) and not ray:
        raise ConfigError("--workers and --ray-address belong to --ray")
    if "model" not in settings:
        raise ConfigError("--provider openai needs --model, the name of a model at the endpoint")
    config = from_json(AnnotateConfig, settings)
    price = find_price(config.model, given_price)
    pairs = open_dataset(dataset).pairs(split)[:limit]
    if batch is not None:
        price = batch_price(price)
    if dry_run:
        estimate_split(pairs, config, output, price=price)
    elif batch is not None:
        collect = batch is BatchStep.COLLECT
        batch_split(pairs, config, endpoint, output, state=state, collect=collect, price=price)
    elif ray:
        ray_split(
            pairs, config, endpoint, output, workers=workers or 2, address=ray_address, price=price
        )
    else:
        annotate_split(pairs, config, endpoint, output, price=price)


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
    pose_model: Path | None = None,
) -> dict[str, object]:
    """Describe and write a split; the counts are the report of cli.md."""
    import dataclasses

    from autocompose.data.dataset import open_dataset, write_captions
    from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
    from autocompose.describe.geometric import describe_pair
    from autocompose.errors import DescriptionError
    from autocompose.schema import Event, Source, caption_key
    from autocompose.workspace import find_workspace

    started = time.monotonic()
    pairs = open_dataset(dataset).pairs(split)[:limit]
    joints = PhotoJoints(find_workspace().models, pose_model)
    texts: Counter[str] = Counter()
    discarded: Counter[str] = Counter()
    rows = []
    with progress() as listener:
        for done, pair in enumerate(pairs, start=1):
            written = dict(pair.texts)
            try:
                seen, missing = joints.complete_pair(pair), ""
            except NO_ESTIMATE as error:
                seen, missing = pair, str(error)
            for view in views:
                key = caption_key(Source.AUTO, view)
                try:
                    description = describe_pair(seen, view=view, n=n, seed=seed)
                except DescriptionError as error:
                    reason = "no joints" if missing else "nothing changes"
                    if not discarded[reason]:
                        names = f"{pair.reference.id} -> {pair.target.id}"
                        say(f"discarded {names}: {missing or error}")
                    discarded[reason] += 1
                    break
                written[key] = description.phrasings
                texts[key] += len(description.phrasings)
            rows.append(dataclasses.replace(pair, texts=written))
            listener(Event("describe", done, len(pairs)))
    if joints.estimated:
        say(f"{joints.estimated} pictures have no joints of their own; theirs are estimated")
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
