"""The query of a page as a command and as Python, quoted so that it runs as it stands."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from autocompose.errors import ConfigError
from autocompose.retrieval.choices import BOTH, SearchChoices
from autocompose.studio.retrieve.asked import PageQuery, read_asked
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import LoadedEngine, Studio
from autocompose.studio.server.transport import Handler, read_int, read_text

OWN_PICTURE = "Put the path of your own picture in place of its name."
NO_JOINTS_IN_PYTHON = "The Python code knows no joints of it; the command estimates them."


@dataclass(frozen=True)
class QueryCode:
    """A query to take along.

    Args:
        command: one line for a POSIX shell.
        python: a whole script.
        note: what is to be put in by hand, else empty.
    """

    command: str
    python: str
    note: str


def query_code(studio: Studio, payload: Page) -> QueryCode:
    """The query of the page as code that gives the same hits.

    Args:
        studio: the loaded studio.
        payload: as `read_asked` reads it.

    Raises:
        ConfigError: it is not known where the model of this studio came from.
        AutoComPoseError: what `search` raises.
    """
    asked = read_asked(studio, payload)
    engine = studio.engine
    if engine.checkpoint is None:
        raise ConfigError("it is not known which checkpoint this studio runs; ask its operator")
    own = bool(read_text(payload, "upload")) and asked.choices.needs_picture
    person = read_int(payload, "person", low=1, high=99, default=1) if own else 1
    note = f"{OWN_PICTURE} {NO_JOINTS_IN_PYTHON}" if own else ""
    return QueryCode(
        command=_command(studio, engine, asked, own=own, person=person),
        python=_python(studio, engine, asked, own=own),
        note=note,
    )


def _command(
    studio: Studio, engine: LoadedEngine, asked: PageQuery, *, own: bool, person: int
) -> str:
    assert engine.checkpoint is not None, "the caller has looked"
    words = ["autocompose", "retrieve", f"--checkpoint={_place(engine.checkpoint)}"]
    if engine.gallery is not None:
        words.append(f"--gallery={_place(engine.gallery)}")
    else:
        words += [f"--dataset={_place(studio.config.dataset)}", f"--split={studio.split}"]
    if asked.choices.needs_picture:
        words.append(f"--reference={_reference(asked, own=own)}")
        left_out = [name for name in asked.query.exclude if name != asked.query.reference.name]
        words += [f"--exclude={name}" for name in left_out]
    if asked.choices.needs_words:
        words.append(f"--text={asked.query.text}")
    words.append(f"--top-k={asked.k}")
    if person > 1:
        words.append(f"--person={person}")
    if asked.scene is not None:
        words.append(f"--scene={asked.scene:g}")
    words += _choice_options(asked.choices)
    return shlex.join(words)


def _choice_options(choices: SearchChoices) -> list[str]:
    found = [] if choices.balance == BOTH else [f"--balance={choices.balance:g}"]
    given = choices.only.given.items()
    found += [f"--only={name}={value}" for name, values in given for value in values]
    found += ["--other-clip"] if choices.other_clip else []
    return found + (["--mirrored"] if choices.mirrored else [])


def _python(studio: Studio, engine: LoadedEngine, asked: PageQuery, *, own: bool) -> str:
    assert engine.checkpoint is not None, "the caller has looked"
    choices = asked.choices
    lines = [
        "from pathlib import Path",
        "",
        "from autocompose.model.checkpoint import load_checkpoint",
        "from autocompose.retrieval.choices import PictureFilter, SearchChoices",
        "from autocompose.retrieval.search import ComposedRetriever",
        "from autocompose.schema import ComposedQuery",
    ]
    load = [
        f"checkpoint = Path({_place(engine.checkpoint)!r})",
        "model = load_checkpoint(checkpoint)",
    ]
    if engine.gallery is not None:
        lines.insert(4, "from autocompose.retrieval.gallery_files import load_gallery")
        load.append(f"gallery = load_gallery(Path({_place(engine.gallery)!r}))")
    else:
        lines.insert(2, "from autocompose.data.dataset import open_dataset")
        lines.insert(6, "from autocompose.retrieval.split_gallery import split_gallery, with_known")
        lines.append("from autocompose.workspace import find_workspace")
        load += [
            f"dataset = open_dataset(Path({_place(studio.config.dataset)!r}))",
            f"images = dataset.gallery({studio.split!r})",
            "gallery = split_gallery(",
            f"    model, images, (dataset.name, {studio.split!r}),",
            "    checkpoint=checkpoint, workspace=find_workspace(),",
            ")",
            "gallery = with_known(gallery, images)",
        ]
    reference = _reference(asked, own=own) if choices.needs_picture else ""
    only = ", ".join(f"{name}={value!r}" for name, value in choices.only.given.items())
    ask = [
        "retriever = ComposedRetriever(model, gallery)",
        f"text = {asked.query.text!r}",
        f"query = ComposedQuery(Path({reference!r}), text, {asked.query.exclude!r})",
        "choices = SearchChoices(",
        f"    balance={choices.balance:g}, only=PictureFilter({only}),",
        f"    other_clip={choices.other_clip}, mirrored={choices.mirrored},",
        ")",
        f"result = retriever.retrieve(query, k={asked.k}, scene={asked.scene!r}, choices=choices)",
        "for hit in result.hits:",
        "    print(hit.rank, round(hit.score, 4), hit.image_id)",
    ]
    return "\n".join([*lines, "", *load, *ask, ""])


def _reference(asked: PageQuery, *, own: bool) -> str:
    """Where the reference is; of a visitor's picture only its name is told."""
    path = asked.query.reference
    return path.name if own else _place(path)


def _place(path: Path) -> str:
    """A path as the operator would type it: relative to the folder that the studio runs in."""
    whole, here = path.resolve(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)


CODE_HANDLERS: tuple[Handler, ...] = (query_code,)
