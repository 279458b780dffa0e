"""The options of ``autocompose retrieve``: their types, names and help."""

from pathlib import Path
from typing import Annotated, Literal

import typer

CheckpointOption = Annotated[Path, typer.Option(help="Checkpoint folder.")]
GalleryOption = Annotated[
    Path | None, typer.Option(help="Gallery folder made by index.", show_default=False)
]
SplitOfOption = Annotated[
    Path | None,
    typer.Option(
        "--dataset",
        help="Search a split of this dataset instead of a gallery, as the studio does.",
        show_default=False,
    ),
]
SplitNameOption = Annotated[str, typer.Option("--split", help="Split to search, with --dataset.")]
ReferenceOption = Annotated[
    Path | None,
    typer.Option(
        help="Image of the person to start from. Not needed with --balance 0.", show_default=False
    ),
]
TextOption = Annotated[
    str,
    typer.Option(
        help="What should change. Left and right are the subject's. Not needed with --balance 1.",
        show_default=False,
    ),
]
TopOption = Annotated[int, typer.Option("-k", "--top-k", min=1, help="How many hits.")]
ExcludeOption = Annotated[list[str] | None, typer.Option(help="Gallery id to exclude. Repeatable.")]
JointsOption = Annotated[
    Literal["auto", "none"],
    typer.Option(
        help="auto: where joints are known of the gallery and of the reference, what the text"
        " says of the body counts too. none: the learnt score alone."
    ),
]
PersonOption = Annotated[
    int,
    typer.Option(min=1, help="Which of several people in the reference: 1 is the largest."),
]
SceneOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="0 to 1: how far likeness of the whole picture (same place and person) takes the"
        " place of the learnt score.",
        show_default="1 where the learnt score does not understand the gallery, else 0",
    ),
]
BalanceOption = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="0: the words alone, as from a person who stands with hanging arms. 0.5: the"
        " reference changed as the text says. 1: likeness to the reference alone.",
    ),
]
MirroredOption = Annotated[
    bool, typer.Option("--mirrored", help="Start from the reference flipped left to right.")
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Rank only pictures with this FIELD=VALUE; fields: person, camera, clip, source."
        " Repeatable: values of one field add up, fields narrow."
    ),
]
SearchOption = Annotated[
    Literal["exact", "faiss", "hnsw", "qdrant"],
    typer.Option(
        help="exact: read every row. faiss, hnsw: an index of FAISS (extra faiss); hnsw is a"
        " graph that is kept with the gallery. qdrant: a Qdrant server (extra qdrant)."
    ),
]
QdrantUrlOption = Annotated[
    str,
    typer.Option(help="Address of the Qdrant server. Its key is read from QDRANT_API_KEY."),
]
AllowMissingOption = Annotated[
    bool,
    typer.Option("--allow-missing", help="Search the gallery without its damaged parts."),
]
OtherClipOption = Annotated[
    bool,
    typer.Option(
        "--other-clip",
        help="Leave out pictures that share a clip with the reference.",
    ),
]
ExplainOption = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Leave each clause of the text out in turn, and say how the ranks change.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of lines.")
]
