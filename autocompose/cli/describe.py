"""``autocompose describe``: write transition descriptions for the pairs of a split."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from autocompose.cli.console import (
    INCOMPLETE,
    counts_in_words,
    only_writer,
    progress,
    say,
    show_json,
)
from autocompose.cli.describe_options import (
    AgreeOption,
    BanOption,
    BaseUrlOption,
    BatchOption,
    BatchStateOption,
    BatchStep,
    CacheOption,
    ConcurrencyOption,
    DatasetOption,
    DryRunOption,
    LimitOption,
    MaxCostOption,
    MaxTokensOption,
    ModelOption,
    OutOption,
    OverlayOption,
    PhrasingsOption,
    PoseModelOption,
    PriceOption,
    PromptsOption,
    Provider,
    ProviderNameOption,
    RayAddressOption,
    RayOption,
    ReportOption,
    RetryDiscardedOption,
    SamplesOption,
    SeedOption,
    SplitOption,
    StyleChoiceOption,
    TemperatureOption,
    TimeoutOption,
    TwoImagesOption,
    ViewChoiceOption,
    WorkersOption,
)

if TYPE_CHECKING:
    from autocompose.describe.rules_run import RulesConfig, RulesReport


def describe(
    dataset: DatasetOption,
    split: SplitOption,
    out: OutOption,
    provider: ProviderNameOption = Provider.GEOMETRIC,
    views: ViewChoiceOption = "generate",
    n: PhrasingsOption = 3,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    pose_model: PoseModelOption = None,
    dry_run: DryRunOption = False,
    report: ReportOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    samples: SamplesOption = None,
    agree: AgreeOption = None,
    overlay: OverlayOption = False,
    two_images: TwoImagesOption = False,
    style: StyleChoiceOption = None,
    prompts: PromptsOption = None,
    ban: BanOption = None,
    temperature: TemperatureOption = None,
    max_tokens: MaxTokensOption = None,
    concurrency: ConcurrencyOption = None,
    timeout: TimeoutOption = None,
    max_cost: MaxCostOption = None,
    price: PriceOption = None,
    cache: CacheOption = None,
    retry_discarded: RetryDiscardedOption = None,
    batch: BatchOption = None,
    batch_state: BatchStateOption = None,
    ray: RayOption = False,
    workers: WorkersOption = None,
    ray_address: RayAddressOption = None,
) -> None:
    """Describe in words what changes between the two images of each pair.

    Texts made from joints are written under the keys auto, auto-reverse, auto-mirror and
    auto-mirror-reverse, texts by a multimodal model under mllm, reverse, mirror and mirror-reverse;
    --style search writes under search, search-reverse, search-mirror and search-mirror-reverse.
    Other texts in the file are kept. Exit code 3 means that the files are written but a view or
    text is missing; the counts on stderr tell which.
    """
    from autocompose.errors import ConfigError

    asked = {
        "model": model, "base_url": base_url, "samples": samples, "agree": agree,
        "overlay": overlay or None, "two_images": two_images or None,
        "style": style, "prompts": prompts,
        "banned": None if ban is None else tuple(ban), "temperature": temperature,
        "max_tokens": max_tokens,
        "concurrency": concurrency, "timeout": timeout, "max_cost": max_cost, "price": price,
        "cache": cache, "retry_discarded": retry_discarded, "batch": batch,
        "batch_state": batch_state, "ray": ray or None,
        "workers": workers, "ray_address": ray_address,
    }  # fmt: skip
    given = {name: value for name, value in asked.items() if value is not None}
    if provider is Provider.OPENAI:
        settings = {**given, "views": views, "n": n}
        _annotate(dataset, split, settings, limit, out, report, dry_run)
        return
    if given:
        name = "ban" if "banned" in given else next(iter(given)).replace("_", "-")
        raise ConfigError(f"--{name} is for a multimodal provider; geometric works from joints")
    from autocompose.describe.rules_run import RulesConfig
    from autocompose.schema import View

    chosen = (View.FORWARD,) if views == "forward" else tuple(View)
    config = RulesConfig(chosen, n, seed, limit)
    done = _describe_by_rules(dataset, split, config, None if dry_run else out, pose_model)
    _report_rules(done, out, report, dry_run=dry_run)


def _report_rules(done: RulesReport, out: Path, report: Path | None, *, dry_run: bool) -> None:
    """Say what rules described, and what is missing.

    Raises:
        DescriptionError: nothing was described.
        typer.Exit: 3 where a view is missing.
    """
    import json

    from autocompose.data.files import write_whole
    from autocompose.errors import DescriptionError

    if report is not None:
        write_whole(report, json.dumps(done.to_json(), indent=1) + "\n")
    if dry_run:
        show_json(done.to_json())
        return
    if done.rows is None:
        raise DescriptionError(
            f"no pair was described: {counts_in_words(done.discarded)}; {out} is not written"
        )
    say(f"wrote {out}: {done.rows} rows; {done.described} of {done.pairs} pairs described")
    if done.kept:
        say(f"older texts that stay where there is no new one: {counts_in_words(done.kept)}")
    if done.discarded_views:
        say(f"views without a text: {counts_in_words(done.discarded_views)}")
        raise typer.Exit(INCOMPLETE)


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
        Job,
        annotate_job,
        check_key,
        estimate_job,
        find_address,
        find_price,
    )
    from autocompose.cli.spread import batch_job, ray_job
    from autocompose.config import AnnotateConfig, from_json
    from autocompose.data.dataset import open_dataset
    from autocompose.data.lock import lock_file
    from autocompose.describe.annotate.annotate_run import AnnotationFiles
    from autocompose.describe.annotate.batch.batch_split import batch_price
    from autocompose.describe.annotate.ray_workers import ScaleOut
    from autocompose.errors import ConfigError

    base_url, timeout = settings.pop("base_url", None), settings.pop("timeout", 120.0)
    earlier = dataset / "captions" / f"{split}.json"
    files = AnnotationFiles(out, report, settings.pop("cache", None), earlier)
    given_price = settings.pop("price", None)
    batch, state = settings.pop("batch", None), settings.pop("batch_state", None)
    ray, workers = settings.pop("ray", False), settings.pop("workers", None)
    ray_address = settings.pop("ray_address", None)
    if batch and ray:
        raise ConfigError("--batch and --ray cannot be combined; use one of them")
    if (workers or ray_address) and not ray:
        raise ConfigError("--workers and --ray-address belong to --ray")
    if "model" not in settings:
        raise ConfigError("--provider openai needs --model; name a model of the endpoint")
    address = find_address(base_url, timeout)
    config = from_json(AnnotateConfig, {**settings, "endpoint": address.base_url})
    price = find_price(config.model, given_price)
    pairs = open_dataset(dataset).pairs(split)[:limit]
    job = Job(pairs, config, files, price if batch is None else batch_price(price))
    if dry_run:
        estimate_job(job)
        return
    check_key(address)
    with only_writer(lock_file(out)):
        if batch is not None:
            batch_job(job, address, state=state, collect=batch is BatchStep.COLLECT)
        elif ray:
            ray_job(job, address, ScaleOut(workers or 2, ray_address))
        else:
            annotate_job(job, address)


def _describe_by_rules(
    dataset: Path,
    split: str,
    config: RulesConfig,
    out: Path | None,
    pose_model: Path | None,
) -> RulesReport:
    """Describe a split by its joints."""
    from autocompose.data.dataset import open_dataset
    from autocompose.data.estimated_joints import PhotoJoints
    from autocompose.data.lock import lock_file
    from autocompose.describe.rules_run import describe_split
    from autocompose.workspace import find_workspace

    joints = PhotoJoints(find_workspace().models, pose_model, on_note=say)
    lock = nullcontext() if out is None else only_writer(lock_file(out))
    with lock, progress() as listener:
        return describe_split(
            open_dataset(dataset),
            split,
            out,
            joints=joints,
            config=config,
            on_event=listener,
            on_note=say,
        )
