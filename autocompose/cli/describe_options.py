"""The options of ``autocompose describe``: their types, names and help."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from autocompose.config import PromptSet, Style, ViewChoice

_MODEL_PANEL = "Multimodal provider (--provider openai)"
_SPREAD_PANEL = "Batch API and Ray (--provider openai)"


class Provider(str, Enum):
    """Who describes."""

    GEOMETRIC = "geometric"
    OPENAI = "openai"


class BatchStep(str, Enum):
    """What to do with the Batch API."""

    SUBMIT = "submit"
    COLLECT = "collect"


DatasetOption = Annotated[Path, typer.Option(help="Dataset folder in the official layout.")]
SplitOption = Annotated[str, typer.Option(help="Split to describe.")]
OutOption = Annotated[Path, typer.Option(help="Caption file to write.")]
ProviderNameOption = Annotated[
    Provider, typer.Option(help="geometric describes from the joints, openai from the pictures.")
]
ViewChoiceOption = Annotated[
    ViewChoice,
    typer.Option(
        help="generate: ask for all four views; derive: ask for forward and reverse, and"
        " mirror their texts; forward: one view only."
    ),
]
PhrasingsOption = Annotated[int, typer.Option("--n", min=1, max=5, help="Phrasings per view.")]
SeedOption = Annotated[int, typer.Option(help="Random seed for choosing phrasings (geometric).")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Describe only the first N pairs.")]
PoseModelOption = Annotated[
    Path | None,
    typer.Option(help="Model file for estimating missing joints (geometric)."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing. With openai, estimate calls and price.")
]
ReportOption = Annotated[Path | None, typer.Option(help="Write the counts to this JSON file.")]
ModelOption = Annotated[
    str | None, typer.Option(help="Model name at the endpoint.", rich_help_panel=_MODEL_PANEL)
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        help="Endpoint URL (default: OPENAI_BASE_URL, else OpenAI). The key is read from"
        " OPENAI_API_KEY.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
SamplesOption = Annotated[
    int | None,
    typer.Option(min=1, help="Number of Stage I answers per view.", rich_help_panel=_MODEL_PANEL),
]
AgreeOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Share of the samples that must agree on a claim.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
OverlayOption = Annotated[
    bool,
    typer.Option(
        "--overlay", help="Draw the skeleton on the pictures.", rich_help_panel=_MODEL_PANEL
    ),
]
TwoImagesOption = Annotated[
    bool,
    typer.Option(
        "--two-images",
        help="Send two pictures instead of one montage.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
StyleChoiceOption = Annotated[
    Style | None,
    typer.Option(
        help="full (or plain, its old name), reasoning (one indirect text of under 30 words), or"
        " search (three lengths, as people type them).",
        rich_help_panel=_MODEL_PANEL,
    ),
]
PromptsOption = Annotated[
    PromptSet | None,
    typer.Option(
        help="Prompts: mllm-1, or mllm-2 for shorter texts. Default: mllm-1, for search mllm-2.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
BanOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Word that no text may use. Repeatable. Replaces the default list.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
TemperatureOption = Annotated[
    float | None,
    typer.Option(min=0, max=2, help="Sampling temperature.", rich_help_panel=_MODEL_PANEL),
]
MaxTokensOption = Annotated[
    int | None,
    typer.Option(
        min=16,
        help="Token limit per answer; reasoning models need more.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
ConcurrencyOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="Maximum number of calls at the same time.", rich_help_panel=_MODEL_PANEL
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(min=0.1, help="Timeout per call, in seconds.", rich_help_panel=_MODEL_PANEL),
]
MaxCostOption = Annotated[
    float | None,
    typer.Option(
        min=0, help="Stop before the run costs more than this (USD).", rich_help_panel=_MODEL_PANEL
    ),
]
PriceOption = Annotated[
    str | None,
    typer.Option(
        help="IN,OUT: price in dollars per million tokens, for a model without a listed price.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
CacheOption = Annotated[
    Path | None,
    typer.Option(
        help="File for stored answers (default: next to OUT).", rich_help_panel=_MODEL_PANEL
    ),
]
RetryDiscardedOption = Annotated[
    bool | None,
    typer.Option(
        "--retry-discarded/--no-retry-discarded",
        help="Ask again where an earlier run accepted no answer; by default where the answers were"
        " empty, cut short or refused.",
        show_default=False,
        rich_help_panel=_MODEL_PANEL,
    ),
]
BatchOption = Annotated[
    BatchStep | None,
    typer.Option(
        help="Use the Batch API (half the price, answers within a day): submit, then collect"
        " until nothing is pending.",
        rich_help_panel=_SPREAD_PANEL,
    ),
]
BatchStateOption = Annotated[
    Path | None,
    typer.Option(
        help="File that records what was sent (default: next to OUT).",
        rich_help_panel=_SPREAD_PANEL,
    ),
]
RayOption = Annotated[
    bool, typer.Option("--ray", help="Run on Ray workers.", rich_help_panel=_SPREAD_PANEL)
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Number of worker processes, each with --concurrency calls.",
        rich_help_panel=_SPREAD_PANEL,
    ),
]
RayAddressOption = Annotated[
    str | None,
    typer.Option(help="Address of a running Ray cluster.", rich_help_panel=_SPREAD_PANEL),
]
