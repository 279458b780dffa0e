"""``autocompose review``: captions into the review store, decisions out, counts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import example, progress, say, show, show_json
from autocompose.workspace import DEFAULT_STORE

if TYPE_CHECKING:
    from autocompose.review.queue.signals import SignalReport

review = typer.Typer(
    help="Import captions for review, export decisions, show statistics, verify the log,"
    " manage reviewers.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreUrl = Annotated[
    str,
    typer.Option(
        help="Review store: sqlite:///FILE or postgresql://USER@HOST/NAME.",
        envvar="AUTOCOMPOSE_STORE",
    ),
]


@review.command(
    "import",
    epilog=example(
        "autocompose review import annotations/demo/captions/val.json --dataset annotations/demo"
    ),
)
def import_captions(
    file: Annotated[
        Path,
        typer.Argument(
            help="Captions: an official .json file, .jsonl, .parquet or a datasets folder."
        ),
    ],
    dataset: Annotated[Path, typer.Option(help="Dataset folder with the pictures.")],
    split: Annotated[
        str | None, typer.Option(help="Split of the captions (default: the file's name).")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace texts that are already in the store.")
    ] = False,
    reviewer: Annotated[
        str, typer.Option(help="Name to record in the log for this import.")
    ] = "local",
    check: Annotated[
        bool,
        typer.Option(
            "--triage/--no-triage",
            help="Check the texts against the joints and order the queue, as `review triage` does.",
        ),
    ] = True,
    store: StoreUrl = DEFAULT_STORE,
) -> None:
    """Import a caption file into the review store. Importing it again changes nothing."""
    from autocompose.data.captions.caption_files import read_caption_file
    from autocompose.data.dataset import open_dataset
    from autocompose.review.files.imports import import_records
    from autocompose.review.queue.signals import measure_signals
    from autocompose.review.store.review_store import Store

    opened = open_dataset(dataset)
    found = read_caption_file(file)
    checked = None
    with Store(store) as opened_store, progress() as listener:
        report = import_records(
            opened_store,
            found,
            dataset=opened,
            split=split or file.stem,
            by=reviewer,
            replace=replace,
            on_event=listener,
        )
        if check and report.added:
            where = split or file.stem
            checked = measure_signals(opened_store, opened, split=where, on_event=listener)
    say(
        f"{report.records} records, {report.descriptions} descriptions, {report.texts} texts:"
        f" {report.added} added, {report.known} known, {report.superseded} superseded"
    )
    if checked is not None:
        _say_checked(checked)


@review.command(
    "export",
    epilog=example("autocompose review export --format official --out reviewed --only accepted"),
)
def export_texts(
    out: Annotated[
        Path | None,
        typer.Option(help="File to write, or a folder for datasets or several official splits."),
    ] = None,
    format: Annotated[
        str, typer.Option(help="official, jsonl, parquet, datasets, or hub (Hugging Face).")
    ] = "official",
    repo: Annotated[
        str | None,
        typer.Option(
            help="With hub: OWNER/NAME. The token is HF_TOKEN or the one from `hf auth login`."
        ),
    ] = None,
    public: Annotated[
        bool,
        typer.Option("--public", help="With hub: make the repository public (default: private)."),
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="accepted: export accepted descriptions only.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Export only this dataset of the store.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Export only this split.")] = None,
    store: StoreUrl = DEFAULT_STORE,
) -> None:
    """Export the reviewed texts: the latest state of all of them, or the accepted ones."""
    from autocompose.errors import ConfigError
    from autocompose.review.files.export import Format, export
    from autocompose.review.store.review_store import Store

    formats = [*(f.value for f in Format), "hub"]
    if format not in formats:
        raise ConfigError(f'format "{format}" is unknown; use one of {", ".join(formats)}')
    if only not in (None, "accepted"):
        raise ConfigError(f'--only "{only}" is unknown; use accepted, or leave it out for all')
    if format == "hub":
        if repo is None or out is not None:
            raise ConfigError("--format hub needs --repo OWNER/NAME, and no --out")
        from autocompose.review.files.hub_export import export_to_hub

        with Store(store, create=False) as opened:
            sent = export_to_hub(
                opened,
                repo,
                public=public,
                only_accepted=only == "accepted",
                dataset=dataset,
                split=split,
            )
        seen = "private" if sent.pushed.private else "public"
        say(
            f"pushed {sent.descriptions} descriptions, {sent.texts} texts to {sent.pushed.url}"
            f" ({seen}, commit {sent.pushed.commit[:12]})"
        )
        return
    if out is None or repo is not None or public:
        raise ConfigError(f"--format {format} needs --out; --repo and --public go with hub")
    with Store(store, create=False) as opened:
        report = export(
            opened,
            out,
            format=Format(format),
            only_accepted=only == "accepted",
            dataset=dataset,
            split=split,
        )
    written = ", ".join(str(path) for path in report.paths)
    say(f"wrote {report.descriptions} descriptions, {report.texts} texts: {written}")


@review.command("triage", epilog=example("autocompose review triage --dataset annotations/demo"))
def triage(
    dataset: Annotated[
        Path, typer.Option(help="Dataset folder that the captions were imported with.")
    ],
    split: Annotated[
        str | None, typer.Option(help="Measure only this split. Required for ranks.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Also rank each text's target with this model.")
    ] = None,
    store: StoreUrl = DEFAULT_STORE,
) -> None:
    """Check every text against the joints and order the queue by expected error."""
    from autocompose.data.dataset import open_dataset
    from autocompose.errors import ConfigError
    from autocompose.review.queue.signals import Ranks, measure_signals
    from autocompose.review.store.review_store import Store

    if checkpoint is not None and split is None:
        raise ConfigError("ranks are within one split's gallery; name it with --split")
    opened = open_dataset(dataset)
    with Store(store, create=False) as decisions, progress() as listener:
        ranks = Ranks()
        if checkpoint is not None and split is not None:
            from autocompose.model.checkpoint import load_checkpoint
            from autocompose.review.queue.ranks import measure_ranks

            model = load_checkpoint(checkpoint)
            ranks = measure_ranks(decisions, opened, model, split=split, on_event=listener)
        report = measure_signals(decisions, opened, split=split, ranks=ranks, on_event=listener)
    _say_checked(report)


@review.command("stats", epilog=example("autocompose review stats --json"))
def show_stats(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    store: StoreUrl = DEFAULT_STORE,
) -> None:
    """Show how many descriptions the store holds and how many are done."""
    from autocompose.review.quality.dashboard import count_store
    from autocompose.review.store.review_store import Store

    with Store(store, create=False) as opened:
        stats = dataclasses.asdict(count_store(opened))
    if json:
        show_json(stats)
        return
    for name, value in stats.items():
        show(f"{name:>12}  {value}")


@review.command("verify", epilog=example("autocompose review verify"))
def verify_store(store: StoreUrl = DEFAULT_STORE) -> None:
    """Check that the log is complete and unchanged, and that the store matches it."""
    from autocompose.errors import ReviewError
    from autocompose.review.store.review_store import Store

    with Store(store, create=False) as opened:
        report = opened.verify()
    for problem in report.problems[1:]:
        say(problem)
    if not report.sound:
        count = len(report.problems)
        raise ReviewError(f"{report.problems[0]}; {count} problem(s), restore a backup")
    show(f"{report.events} events, no problems; the last hash is {report.head}")


@review.command(
    "user", epilog=example("autocompose review user ada --role administrator --users users.json")
)
def set_user(
    name: Annotated[str, typer.Argument(help="User name: letters, digits and . @ _ -")],
    users: Annotated[Path, typer.Option(help="Users file. Created if it does not exist.")],
    role: Annotated[str, typer.Option(help="Role: reviewer or administrator.")] = "reviewer",
    hugging_face: Annotated[
        bool,
        typer.Option(
            "--hugging-face",
            help="The user signs in with Hugging Face on a Space, without a password.",
        ),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the user.")] = False,
) -> None:
    """Add, change or remove a reviewer. The password is asked for, or read from stdin."""
    from autocompose.errors import ConfigError
    from autocompose.review.people.users import Role, Users

    roles = [r.value for r in Role]
    if role not in roles:
        raise ConfigError(f'role "{role}" is unknown; use one of {", ".join(roles)}')
    known = Users(users)
    if remove:
        known.remove(name)
        say(f"removed {name}")
        return
    if hugging_face:
        known.add_hugging_face(name, role=Role(role))
    else:
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True)
        known.add(name, password, role=Role(role))
    say(f"{name} is a {role} in {users}")


def _say_checked(report: SignalReport) -> None:
    if not report.judged:
        say(f"{report.descriptions} descriptions, not checked: their pictures have no joints")
        return
    say(
        f"{report.descriptions} descriptions, {report.judged} with joints: {report.contradicted}"
        f" with a contradicted claim, {report.sides_swapped} with left and right that look swapped"
    )
