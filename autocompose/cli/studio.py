"""``autocompose studio``: serve the page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

_MODEL_PANEL = "Multimodal model for visitors"
_PEOPLE_PANEL = "Reviewers"

SPACE_OAUTH = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
"""What a Space with ``hf_oauth: true`` in README.md finds in its environment."""

Dataset = Annotated[
    Path | None,
    typer.Option(help="Dataset folder in the official layout.", show_default="annotations/demo"),
]
Checkpoint = Annotated[
    Path | None, typer.Option(help="Checkpoint folder.", show_default="checkpoints/pose-mini")
]
Gallery = Annotated[Path | None, typer.Option(help="Gallery folder made by `autocompose index`.")]
GalleryImages = Annotated[Path | None, typer.Option(help="Folder with the gallery's pictures.")]
AllowMissing = Annotated[
    bool, typer.Option("--allow-missing", help="Search the gallery without its damaged parts.")
]
Cache = Annotated[Path | None, typer.Option(help="Cache folder for embedded galleries and models.")]
PoseModel = Annotated[
    Path | None, typer.Option(help="Model file for estimating the joints of uploads.")
]
Host = Annotated[str, typer.Option(help="Address to listen on.", envvar="GRADIO_SERVER_NAME")]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Port to listen on.", envvar="GRADIO_SERVER_PORT")
]
MaxUpload = Annotated[
    float, typer.Option(min=0, help="Maximum size of an uploaded picture, in MB.")
]
StoreUrl = Annotated[
    str,
    typer.Option(
        help="Review store: sqlite:///FILE or postgresql://USER@HOST/NAME.",
        envvar="AUTOCOMPOSE_STORE",
        show_default="annotations/studio.sqlite3",
        rich_help_panel=_PEOPLE_PANEL,
    ),
]
UsersFile = Annotated[
    Path | None,
    typer.Option(
        help="Users file made by `autocompose review user`.",
        rich_help_panel=_PEOPLE_PANEL,
    ),
]
Administrators = Annotated[
    str | None,
    typer.Option(
        help="Hugging Face names of administrators, separated by commas (on a Space with sign-in).",
        envvar="AUTOCOMPOSE_ADMINISTRATORS",
        show_default="the Space's owner",
        rich_help_panel=_PEOPLE_PANEL,
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        help="Model that describes pairs for visitors. Your key is read from OPENAI_API_KEY"
        " and never shown.",
        envvar="AUTOCOMPOSE_MODEL",
        rich_help_panel=_MODEL_PANEL,
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        help="Endpoint URL, including /v1.",
        envvar="OPENAI_BASE_URL",
        show_default="OpenAI's",
        rich_help_panel=_MODEL_PANEL,
    ),
]
OwnKey = Annotated[
    bool,
    typer.Option(
        "--own-key", help="Let visitors use their own API key.", rich_help_panel=_MODEL_PANEL
    ),
]
CallsPerVisit = Annotated[
    int,
    typer.Option(
        help="Maximum number of calls on your key per visit.", rich_help_panel=_MODEL_PANEL
    ),
]
CallsPerHour = Annotated[
    int,
    typer.Option(
        help="Maximum number of calls on your key per hour, for all visitors together.",
        rich_help_panel=_MODEL_PANEL,
    ),
]
Mcp = Annotated[
    bool,
    typer.Option(
        "--mcp", help="Also serve the named endpoints as MCP tools (needs the extra mcp)."
    ),
]
Switch = Annotated[
    bool,
    typer.Option(
        help="Let visitors open the other datasets, checkpoints and galleries (folders under"
        " annotations/, checkpoints/ and galleries/)."
    ),
]


def studio(
    dataset: Dataset = None,
    split: Annotated[str, typer.Option(help="Split to show.")] = "test",
    checkpoint: Checkpoint = None,
    gallery: Gallery = None,
    gallery_images: GalleryImages = None,
    allow_missing: AllowMissing = False,
    cache: Cache = None,
    pose_model: PoseModel = None,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    max_upload_mb: MaxUpload = 10.0,
    store: StoreUrl = "",
    users: UsersFile = None,
    administrators: Administrators = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    own_key: OwnKey = False,
    calls_per_visit: CallsPerVisit = 120,
    calls_per_hour: CallsPerHour = 600,
    mcp: Mcp = False,
    switch: Switch = True,
) -> None:
    """Open the studio in the browser: Retrieve, Describe, Augment, Review and Errors.

    Without a dataset or a checkpoint the page opens too, and says how to get one.
    """
    # Gradio reads this when it is imported: nothing is sent or fetched at run time.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from autocompose.studio.serve import ModelChoice, ServeOptions, serve

    choice = ModelChoice(
        name=model or "",
        base_url=base_url,
        api_key=os.environ.get("OPENAI_API_KEY") or None,
        own_key=own_key,
        calls_per_visit=calls_per_visit,
        calls_per_hour=calls_per_hour,
    )
    serve(
        ServeOptions(
            dataset=dataset,
            split=split,
            checkpoint=checkpoint,
            gallery=gallery,
            gallery_images=gallery_images,
            allow_missing=allow_missing,
            cache=cache,
            pose_model=pose_model,
            host=host,
            port=port,
            max_upload_mb=max_upload_mb,
            store=store,
            users=users,
            administrators=_names(administrators),
            oauth=all(os.environ.get(name) for name in SPACE_OAUTH),
            model=choice if choice.name else None,
            mcp=mcp,
            switch=switch,
        )
    )


def _names(given: str | None) -> tuple[str, ...]:
    """The administrators; the Space's owner unless others, or an empty list, are set."""
    if given is None:
        owner = os.environ.get("SPACE_AUTHOR_NAME", "")
        # An empty variable, which typer passes over, means nobody.
        given = os.environ.get("AUTOCOMPOSE_ADMINISTRATORS", owner)
    return tuple(filter(None, map(str.strip, given.split(","))))
