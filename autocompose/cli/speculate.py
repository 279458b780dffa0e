"""What ``pose generate --speculate`` and ``edit --speculate`` share, and ``pose views``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autocompose.cli.console import counts_in_words, say, show, show_json

if TYPE_CHECKING:
    from autocompose.body.change import Body
    from autocompose.lab.speculative.speculated import Speculated

_PANEL = "Speculative text (--speculate)"
SpeculateOption = Annotated[
    bool,
    typer.Option(
        "--speculate",
        help="Read the text as something that somebody does (hailing a taxi), and turn it into"
        " sentences about the body first. They are shown; give them as --text, changed or not, to"
        " have the last word.",
        rich_help_panel=_PANEL,
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        help="Ask this language model for the sentences, instead of the table of acts. The key is"
        " read from OPENAI_API_KEY.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        help="Endpoint URL (default: OPENAI_BASE_URL, else OpenAI).",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
SamplesOption = Annotated[
    int,
    typer.Option(min=1, max=20, help="Answers of the model that vote.", rich_help_panel=_PANEL),
]
TimeoutOption = Annotated[
    float,
    typer.Option(min=0.1, help="Timeout per call, in seconds.", rich_help_panel=_PANEL),
]


@dataclass(frozen=True)
class AskedOptions:
    """Who is asked for sentences.

    Args:
        model: name of a language model; None takes the table of acts.
        base_url: of its endpoint.
        samples: of its answers.
        timeout: of one call, seconds.
    """

    model: str | None = None
    base_url: str | None = None
    samples: int = 3
    timeout: float = 120.0


def sentences_of(text: str, asked: AskedOptions, *, start: Body | None = None) -> Speculated:
    """The sentences that a text is turned into, and one line that says where they come from.

    Args:
        text: what somebody does.
        asked: who is asked.
        start: the body that is changed, which the model is shown from four sides.

    Raises:
        TextError: the act is unknown; the message names the nearest.
        AutoComPoseError: no checkpoint with vectors of words, or no answer of the model.
    """
    from autocompose.errors import TextError

    if asked.model is None:
        found = _of_table(text)
    else:
        found = _of_model(text, asked.model, asked, start=start)
    if not found.known:
        raise TextError(found.note)
    if found.note:
        say(found.note)
    return found


def _of_table(text: str) -> Speculated:
    from autocompose.lab.speculative.act_words import ActWords
    from autocompose.lab.speculative.speculated import speculated
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.workspace import DEMO_CHECKPOINT, find_workspace

    towers = load_checkpoint(find_workspace().checkpoints / DEMO_CHECKPOINT).towers
    return speculated(text, ActWords.of_towers(towers))


def _of_model(text: str, model: str, options: AskedOptions, *, start: Body | None) -> Speculated:
    import asyncio

    from autocompose.cli.annotate import check_key, find_address
    from autocompose.lab.speculative.act_questions import ActsAsked, AskedModel, ask_act
    from autocompose.lab.wishes.four_views import four_views_jpeg

    address = find_address(options.base_url, options.timeout)
    check_key(address)
    asked = AskedModel(model, address.base_url, options.samples)
    views = None if start is None else four_views_jpeg(start.joints)

    async def ask() -> ActsAsked:
        async with address.connect(say) as mllm:
            return await ask_act(mllm, text, asked, views=views)

    answered = asyncio.run(ask())
    sent_back = f"; sent back: {counts_in_words(answered.rejected)}" if answered.rejected else ""
    say(
        f"{answered.calls} answers of {model}, {100 * answered.agreed:.0f} % agree on the"
        f" act{sent_back}"
    )
    return answered.found


def speculated_document(found: Speculated) -> dict[str, Any]:
    """How a text was turned into sentences, as JSON values."""
    return {
        "text": found.text,
        "act": found.act,
        "sentences": list(found.sentences),
        "source": found.source,
        "likeness": round(found.likeness, 3),
        "nearest": list(found.nearest),
    }


def numbered(path: Path | None, number: int) -> Path | None:
    """The file of the first, second or third body: ``pose.png``, ``pose-2.png`` ...

    >>> numbered(Path("pose.png"), 1), numbered(Path("pose.png"), 2)
    (PosixPath('pose.png'), PosixPath('pose-2.png'))
    """
    if path is None or number == 1:
        return path
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def views(
    body: Annotated[
        str, typer.Argument(help="A pose: an image, joints.json:ID or pose.bvh[:FRAME].")
    ],
    png: Annotated[Path, typer.Option(help="The picture to write, as PNG.")],
    size: Annotated[int, typer.Option(min=128, max=4096, help="Pixels of its side.")] = 512,
    person: Annotated[
        int, typer.Option(min=1, help="Which of several people in a photo, the largest first.")
    ] = 1,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a line.")
    ] = False,
) -> None:
    """Draw a pose from the front, from its left side, from behind and from its right side.

    Drawn from joints alone; the subject's left limbs are green, the right ones red.
    """
    import io

    from autocompose.data.body_source import body_at
    from autocompose.data.files import write_whole
    from autocompose.lab.wishes.four_views import FOUR_VIEWS, four_views
    from autocompose.workspace import find_workspace

    pose = body_at(body, find_workspace().models, person=person, on_note=say)
    stream = io.BytesIO()
    four_views(pose.joints, panel=size // 2).save(stream, "PNG")
    write_whole(png, stream.getvalue())
    if json_:
        show_json({"png": str(png), "views": list(FOUR_VIEWS)})
    else:
        show(f"wrote {png}: {', '.join(FOUR_VIEWS)}")
