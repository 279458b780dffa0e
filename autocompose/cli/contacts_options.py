"""The options of ``autocompose contacts``: their types, names and help."""

from pathlib import Path
from typing import Annotated

import typer

_MODEL_PANEL = "Multimodal model (--model)"

TextOption = Annotated[
    str | None,
    typer.Option(
        help="A text whose touches are met: hands on the hips, arms crossed. Left and right are"
        " the subject's.",
        show_default=False,
    ),
]
TouchOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Two regions that touch, with a colon between; repeatable. A hand, an elbow or"
        " another limb without left or right may be of either side.",
        show_default=False,
    ),
]
AskedModelOption = Annotated[
    str | None,
    typer.Option(
        help="Ask this model what touches in the picture, and put its answers to the vote.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
EndpointOption = Annotated[
    str | None,
    typer.Option(
        help="Endpoint URL (default: OPENAI_BASE_URL, else OpenAI). The key is read from"
        " OPENAI_API_KEY.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
AnswersOption = Annotated[
    int, typer.Option(min=1, max=100, help="Number of answers.", rich_help_panel=_MODEL_PANEL)
]
VoteOption = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="Share of the answers that a touch needs.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
HeatOption = Annotated[
    float,
    typer.Option(min=0, max=2, help="Sampling temperature.", rich_help_panel=_MODEL_PANEL),
]
AnswerTokensOption = Annotated[
    int, typer.Option(min=16, help="Token limit per answer.", rich_help_panel=_MODEL_PANEL)
]
CallsOption = Annotated[
    int, typer.Option(min=1, max=1024, help="Calls in flight.", rich_help_panel=_MODEL_PANEL)
]
AnswerTimeOption = Annotated[
    float,
    typer.Option(min=1, help="Seconds to wait for one answer.", rich_help_panel=_MODEL_PANEL),
]
TokenPriceOption = Annotated[
    str | None,
    typer.Option(
        help="Dollars per million tokens in and out, IN,OUT.", rich_help_panel=_MODEL_PANEL
    ),
]
CostOption = Annotated[
    float | None,
    typer.Option(min=0, help="Dollars that may not be passed.", rich_help_panel=_MODEL_PANEL),
]
AnswerFileOption = Annotated[
    Path | None,
    typer.Option(
        help="File of stored answers, so that none is paid for twice.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
