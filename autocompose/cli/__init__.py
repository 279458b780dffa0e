"""The command line: one subcommand per arrow of the data flow, each a thin front on one function.

Exit codes: 0 done, 1 an error this package raised (one line on stderr), 2 wrong usage, 3 files
written but something that was asked for is missing, 70 an error that nobody foresaw (one line that
names a log file), 130 cancelled.
Commands import what they need only when they run, which keeps ``--help`` fast.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from autocompose import __version__
from autocompose.cli.ablate import ablate
from autocompose.cli.console import example, say, show, sigterm_as_ctrl_c, write_any_letter
from autocompose.cli.contacts import contacts
from autocompose.cli.convert import convert
from autocompose.cli.crash_log import UNFORESEEN, crash_line
from autocompose.cli.describe import describe
from autocompose.cli.edit import edit
from autocompose.cli.estimate import estimate
from autocompose.cli.evaluate import evaluate
from autocompose.cli.evaluate_lab import evaluate_lab
from autocompose.cli.failures import failures, report
from autocompose.cli.index import index
from autocompose.cli.joints import joints
from autocompose.cli.pose import pose
from autocompose.cli.poses import poses
from autocompose.cli.retrieve import retrieve
from autocompose.cli.review import review
from autocompose.cli.score import score
from autocompose.cli.studio import studio
from autocompose.cli.synthesize import synthesize
from autocompose.cli.train import train
from autocompose.cli.train_ranker import train_ranker
from autocompose.cli.verify import verify
from autocompose.cli.which import which
from autocompose.errors import AutoComPoseError, one_line

app = typer.Typer(
    name="autocompose",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # square brackets in a help text are meant; Rich would take them out
    context_settings={"help_option_names": ["-h", "--help"]},
)

EXAMPLES = {
    synthesize: example("autocompose synthesize --out data/demo --people 6 --pairs 2000"),
    describe: example(
        "autocompose describe --dataset annotations/demo --split val --provider geometric"
        " --out val.json"
    ),
    verify: example(
        "autocompose verify --captions annotations/demo/captions/val.json"
        " --joints annotations/demo/joints.json"
    ),
    score: example(
        "autocompose score --captions val.json --references annotations/demo/captions/val.json"
        " --joints annotations/demo/joints.json --json"
    ),
    estimate: example("autocompose estimate --images photos/ --out joints.json"),
    joints: example("autocompose joints --dataset data/mine --images frame_{:04d}.jpg clip.bvh"),
    train: example(
        "autocompose train --dataset annotations/demo --preset demo --out checkpoints/mine"
    ),
    train_ranker: example(
        "autocompose train-ranker --checkpoint checkpoints/mine --dataset annotations/demo"
    ),
    ablate: example(
        "autocompose ablate --dataset annotations/demo --study recipe --seeds 3 --out runs/recipe"
        " --pretrained runs/demo/progress/text-tower.pt"
    ),
    evaluate: example(
        "autocompose evaluate --checkpoint checkpoints/pose-mini --dataset annotations/demo"
        " --split test --json"
    ),
    failures: example(
        "autocompose failures --checkpoint checkpoints/pose-mini --dataset annotations/demo"
        " --split test --json"
    ),
    report: example(
        "autocompose report --checkpoint checkpoints/pose-mini --dataset annotations/demo"
        " --split test --out runs/report.html"
    ),
    convert: example(
        "autocompose convert --dataset annotations/demo --out runs/demo-parquet --format parquet"
    ),
    index: example(
        "autocompose index --checkpoint checkpoints/pose-mini --images photos/ --out gallery/"
    ),
    retrieve: example(
        "autocompose retrieve --checkpoint checkpoints/pose-mini --gallery gallery/"
        ' --reference me.jpg --text "raise the left arm"'
    ),
    studio: example("autocompose studio --dataset annotations/demo --port 7860"),
}
for _command, _example in EXAMPLES.items():
    app.command(epilog=_example)(_command)
app.command(
    epilog=example(
        'autocompose edit --reference me.jpg --text "raise the left arm" --png edited.png'
    )
)(edit)
app.command(
    epilog=example(
        'autocompose contacts me.jpg --text "hands on the hips" --png refined.png',
        'autocompose contacts joints.json:me.jpg --touch "left hand:right knee"',
    )
)(contacts)
app.command(
    epilog=example(
        "autocompose evaluate-lab --checkpoint checkpoints/pose-lm-mini --dataset annotations/demo"
    )
)(evaluate_lab)
app.command(epilog=example('autocompose which group.jpg --text "the one with the arms crossed"'))(
    which
)
app.add_typer(
    poses, name="poses", epilog=example("autocompose poses add mocap/ --out data/poses.npz")
)
app.add_typer(pose, name="pose", epilog=example('autocompose pose generate --text "sit down"'))
app.add_typer(review, name="review", epilog=example("autocompose review stats --json"))


def _version(*, value: bool) -> None:
    if value:
        show(f"autocompose {__version__}")
        raise typer.Exit


@app.callback(epilog=example("autocompose retrieve --help"))
def _program(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda value: _version(value=value),
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Describe pose transitions, train on them, and retrieve images by a pose and a change."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the program on ``args`` (default: the process's own) and leave with its exit code."""
    arguments = sys.argv[1:] if args is None else list(args)
    write_any_letter()
    try:
        with sigterm_as_ctrl_c():
            app(args=arguments, prog_name="autocompose")
    except AutoComPoseError as error:
        say(f"error: {one_line(error)}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("cancelled")
        sys.exit(130)
    except SystemExit as left:
        # Typer has made an exit of Ctrl-C, without a word.
        if isinstance(getattr(left.__context__, "__cause__", None), KeyboardInterrupt):
            say("cancelled")
        raise
    except MemoryError:
        say("error: there is not enough memory for this; use smaller inputs or a larger machine")
        sys.exit(1)
    except Exception as error:
        say(f"error: {crash_line(error, arguments)}")
        sys.exit(UNFORESEEN)
