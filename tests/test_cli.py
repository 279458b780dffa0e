"""The command line's contract: help, exit codes, one JSON document on stdout."""

import json
import subprocess
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from autocompose import __version__
from autocompose.cli import EXAMPLES, main
from autocompose.cli.console import progress
from autocompose.config import STYLES, VIEW_CHOICES
from autocompose.errors import GalleryError
from autocompose.query_reading import HitClaim, QueryReading
from autocompose.schema import (
    Event,
    Hit,
    Provenance,
    RetrievalResult,
    Source,
    TransitionDescription,
)
from tests.one_line_errors import write_pair

COMMANDS = [
    *(
        "synthesize",
        "describe",
        "verify",
        "score",
        "estimate",
        "joints",
        "train",
        "train-ranker",
        "ablate",
    ),
    *("evaluate", "failures", "report", "convert", "index", "retrieve", "studio"),
]
HEAVY = ["torch", "gradio", "numpy", "open_clip", "openai", "datasets", "PIL", "vtk"]


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def dataset(tmp_path):
    return write_pair(tmp_path / "tiny")


@pytest.fixture
def fake_module(monkeypatch):
    """Stand in for a module of another room."""

    def put(name: str, **members: object) -> None:
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)

    return put


def test_every_arrow_is_a_command():
    assert [f.__name__.replace("_", "-") for f in EXAMPLES] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_in_an_example_of_the_command(command, capsys):
    assert run(command, "--help") == 0
    text = flat(capsys.readouterr().out)
    assert f"Example: autocompose {command} " in text
    example = text[text.index("Example:") :]
    assert "│" not in example
    assert "╰" not in example


@pytest.mark.slow
def test_help_loads_nothing_heavy():
    # One process per command would cost more than it tells: they share their imports.
    script = (
        "import sys\nfrom autocompose.cli import main\n"
        f"for command in {COMMANDS!r}:\n"
        "    try: main([command, '--help'])\n"
        "    except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert done.stdout.count("Example:") == len(COMMANDS)


def test_the_module_is_the_same_program():
    command = [sys.executable, "-m", "autocompose", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"autocompose {__version__}\n"


@pytest.mark.parametrize(
    "args",
    [
        ["unknown"],
        ["retrieve"],
        ["describe", "--dataset", "x", "--split", "s", "--out", "o", "--provider", "psychic"],
        ["index", "--checkpoint", "c", "--out", "o"],
        [
            "retrieve",
            "--checkpoint",
            "c",
            "--gallery",
            "g",
            "--reference",
            "r",
            "--text",
            "t",
            "-k0",
        ],
    ],
)
def test_wrong_usage_is_exit_2(args, capsys):
    assert run(*args) == 2
    assert capsys.readouterr().out == ""


def test_an_error_of_ours_is_one_line_and_exit_1(tmp_path, capsys):
    missing = tmp_path / "nowhere"
    code = run("describe", "--dataset", missing, "--split", "val", "--out", tmp_path / "o.json")
    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == ""
    assert captured.err.startswith(f"error: {missing}")
    assert captured.err.count("\n") == 1


def test_an_interrupt_is_exit_130(monkeypatch, dataset, tmp_path):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autocompose.describe.rules_run.describe_pair", interrupted)
    out = tmp_path / "out.json"
    assert run("describe", "--dataset", dataset, "--split", "val", "--out", out) == 130
    assert not out.exists()


@pytest.mark.parametrize("option", ["--views", "--style"])
def test_a_choice_that_no_setting_has_is_exit_2_and_names_those_there_are(option, capsys):
    args = ["describe", "--dataset", "x", "--split", "s", "--out", "o", option, "psychic"]
    assert run(*args) == 2
    said = flat(capsys.readouterr().err)
    for choice in VIEW_CHOICES if option == "--views" else STYLES:
        assert f"'{choice}'" in said


def test_settings_of_a_multimodal_provider_are_refused_for_geometric(dataset, tmp_path, capsys):
    args = ["describe", "--dataset", dataset, "--split", "val", "--out", tmp_path / "o.json"]
    assert run(*args, "--model", "any") == 1
    assert "--model is for a multimodal provider" in capsys.readouterr().err
    assert run(*args, "--ban", "stretch") == 1
    assert "--ban is for a multimodal provider" in capsys.readouterr().err


def describer(pair, *, view, n, seed):
    return TransitionDescription(
        pair_id=pair.id,
        view=view,
        source=Source.AUTO,
        parts=(),
        phrasings=tuple(f"{view.value} {i}" for i in range(n)),
        provenance=Provenance(provider="geometric"),
    )


def test_describe_writes_the_auto_keys_keeps_other_texts_and_reports(
    monkeypatch, dataset, tmp_path
):
    monkeypatch.setattr("autocompose.describe.rules_run.describe_pair", describer)
    out, report = tmp_path / "out.json", tmp_path / "report.json"
    args = ["describe", "--dataset", dataset, "--split", "val", "--out", out, "--report", report]
    assert run(*args, "--n", 2) == 0
    (row,) = json.loads(out.read_text())
    assert row["sents"] == ["Sit."]
    assert row["auto"] == ["forward 0", "forward 1"]
    assert row["auto-mirror-reverse"] == ["mirror-reverse 0", "mirror-reverse 1"]
    counts = json.loads(report.read_text())
    keys = ["auto", "auto-reverse", "auto-mirror", "auto-mirror-reverse"]
    assert counts["texts"] == dict.fromkeys(keys, 2)
    assert (counts["pairs"], counts["calls"], counts["cost_usd"]) == (1, 0, 0.0)


def test_a_dry_run_writes_nothing_and_prints_the_counts(monkeypatch, dataset, tmp_path, capsys):
    monkeypatch.setattr("autocompose.describe.rules_run.describe_pair", describer)
    out = tmp_path / "out.json"
    args = ["describe", "--dataset", dataset, "--split", "val", "--out", out, "--dry-run"]
    assert run(*args, "--views", "forward") == 0
    assert json.loads(capsys.readouterr().out)["texts"] == {"auto": 3}
    assert not out.exists()


@dataclass
class FakeRetriever:
    """Answers with one hit, and with the text's end as not read."""

    model: object
    gallery: object
    joints_of: object
    use_joints: bool
    searcher: object

    def retrieve(self, query, k, *, scene=None, choices=None):
        assert choices.only.given == {}
        assert self.searcher is None
        claims = (HitClaim("sit", "supported" if self.use_joints else "unknown", "sit 100%"),)
        reading = QueryReading(("sit",), ("quickly",), "little fits", judged=self.use_joints)
        hits = (Hit(1, "b.png", 0.5, claims),)
        return RetrievalResult(
            query, hits, query.exclude, 0.0, truncated="the end", reading=reading
        )


@pytest.fixture
def fake_retrieval(fake_module):
    gallery = type("FakeGallery", (), {"image_ids": ("a.png", "b.png")})()
    fake_module("autocompose.model.checkpoint", load_checkpoint=lambda folder: folder)
    fake_module(
        "autocompose.retrieval.gallery_files", load_gallery=lambda folder, **options: gallery
    )
    fake_module("autocompose.retrieval.search", ComposedRetriever=FakeRetriever)


RETRIEVE = ["retrieve", "--checkpoint", "c", "--gallery", "g", "--reference", "x/a.png"]


@pytest.mark.usefixtures("fake_retrieval")
def test_retrieve_prints_one_json_document_and_leaves_the_reference_out(capsys):
    assert run(*RETRIEVE, "--text", "sit", "--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "hits": [
            {
                "rank": 1, "image_id": "b.png", "score": 0.5,
                "claims": [{"text": "sit", "verdict": "supported", "evidence": "sit 100%"}],
            }
        ],
        "excluded": ["a.png"],
        "read_as": ["sit"],
        "not_understood": ["quickly"],
        "warning": "little fits",
        "judged": True,
    }  # fmt: skip
    assert '"the end"' in captured.err


@pytest.mark.usefixtures("fake_retrieval")
def test_retrieve_prints_lines_for_a_person(capsys):
    assert run(*RETRIEVE, "--text", "sit", "--exclude", "z.png") == 0
    printed = capsys.readouterr()
    assert printed.out == "   1  0.5000  b.png  1 of 1 claims met\n"
    assert "read as: sit\nnot understood: quickly\nnote: little fits\n" in printed.err
    assert run(*RETRIEVE, "--text", "sit", "--joints", "none") == 0
    assert capsys.readouterr().out == "   1  0.5000  b.png  0 of 1 claims met\n"


def test_an_error_over_several_lines_is_still_printed_as_one(fake_module, capsys):
    def refuse(_: object, **options: object) -> None:
        raise GalleryError("first\nsecond")

    fake_module("autocompose.model.checkpoint", load_checkpoint=refuse)
    fake_module("autocompose.retrieval.gallery_files", load_gallery=refuse)
    fake_module("autocompose.retrieval.search", ComposedRetriever=FakeRetriever)
    assert run(*RETRIEVE, "--text", "sit") == 1
    assert capsys.readouterr().err == "error: first second\n"


@pytest.mark.usefixtures("fake_retrieval")
def test_a_filter_that_names_no_value_is_refused(capsys):
    assert run(*RETRIEVE, "--text", "sit", "--only", "person") == 2
    assert "FIELD=VALUE" in " ".join(capsys.readouterr().err.split())


def test_progress_without_a_terminal_is_a_few_lines_on_stderr(capsys):
    with progress() as listener:
        for done in range(1001):
            listener(Event("embed", done, 1000))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 11
    assert captured.err.endswith("embed: 1000/1000\n")
