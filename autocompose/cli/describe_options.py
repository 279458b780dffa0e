"""The options of ``autocompose describe``: their types, names and help."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from autocompose.config import Style, ViewChoice

_MODEL_PANEL = "Multimodal provider (--provider openai)"
_SPREAD_PANEL = "Cheaper, or over many processes (--provider openai)"


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
    Provider, typer.Option(help="geometric works from joints, openai from the pictures.")
]
ViewChoiceOption = Annotated[
    ViewChoice,
    typer.Option(
        help="generate: all four views; derive: mirrored views from the texts of the other two;"
        " forward: one."
    ),
]
PhrasingsOption = Annotated[int, typer.Option("--n", min=1, max=5, help="Phrasings per view.")]
SeedOption = Annotated[int, typer.Option(help="Of the choice of phrasings (geometric).")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only the first N pairs.")]
PoseModelOption = Annotated[
    Path | None,
    typer.Option(help="Model file that estimates missing joints (geometric)."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing; openai: estimate calls and price.")
]
ReportOption = Annotated[Path | None, typer.Option(help="Write counts as JSON.")]
ModelOption = Annotated[
    str | None, typer.Option(help="Name at the endpoint.", rich_help_panel=_MODEL_PANEL)
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        help="Endpoint; default OPENAI_BASE_URL, else OpenAI's. The key is OPENAI_API_KEY.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
SamplesOption = Annotated[
    int | None,
    typer.Option(min=1, help="Stage I answers per view.", rich_help_panel=_MODEL_PANEL),
]
AgreeOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="Share of the samples a claim needs.", rich_help_panel=_MODEL_PANEL
    ),
]
OverlayOption = Annotated[
    bool,
    typer.Option("--overlay", help="Draw the skeleton.", rich_help_panel=_MODEL_PANEL),
]
TwoImagesOption = Annotated[
    bool,
    typer.Option("--two-images", help="Two pictures, not a montage.", rich_help_panel=_MODEL_PANEL),
]
StyleChoiceOption = Annotated[
    Style | None,
    typer.Option(
        help="reasoning: one indirect text of under 30 words.", rich_help_panel=_MODEL_PANEL
    ),
]
BanOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Word that no text may use; may be repeated; replaces the default list.",
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
        help="Of one answer; a model that thinks first needs more.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
ConcurrencyOption = Annotated[
    int | None, typer.Option(min=1, help="Calls in flight.", rich_help_panel=_MODEL_PANEL)
]
TimeoutOption = Annotated[
    float | None, typer.Option(min=0.1, help="Seconds a call.", rich_help_panel=_MODEL_PANEL)
]
MaxCostOption = Annotated[
    float | None,
    typer.Option(min=0, help="US dollars not to pass.", rich_help_panel=_MODEL_PANEL),
]
PriceOption = Annotated[
    str | None,
    typer.Option(
        help="IN,OUT in dollars per million tokens, for a model without a listed price.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
CacheOption = Annotated[
    Path | None,
    typer.Option(help="File of stored answers; default beside OUT.", rich_help_panel=_MODEL_PANEL),
]
BatchOption = Annotated[
    BatchStep | None,
    typer.Option(
        help="Half the price within a day, through the Batch API: submit, then collect until"
        " nothing waits.",
        rich_help_panel=_SPREAD_PANEL,
    ),
]
BatchStateOption = Annotated[
    Path | None,
    typer.Option(help="What was sent; default beside OUT.", rich_help_panel=_SPREAD_PANEL),
]
RayOption = Annotated[
    bool, typer.Option("--ray", help="Spread over workers.", rich_help_panel=_SPREAD_PANEL)
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes, each with --concurrency calls.", rich_help_panel=_SPREAD_PANEL
    ),
]
RayAddressOption = Annotated[
    str | None,
    typer.Option(help="Of a running cluster.", rich_help_panel=_SPREAD_PANEL),
]
