"""The official test scripts' tables from the official tiny checkpoints, on the command line."""

import csv
import json

import pytest

from autocompose.cli import main
from tests.model_fakes import PARITY

E2E, CLIP = PARITY / "e2e", PARITY / "clip"
RUNS = ("rn_clip", "rn_combiner", "vit_clip", "vit_combiner")


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


def official_files(kind: str, combiner: bool) -> list[object]:
    (clip,) = CLIP.glob(f"{kind}_tuned_clip_*.pt.gz")
    with_combiner = ["--combiner", CLIP / f"{kind}_combiner_99.pt"] if combiner else []
    return ["--clip", clip, *with_combiner, "--transform", "squarepad"]


def table(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_every_figure_and_every_ranking_is_the_official_one(name, tmp_path, capsys):
    kind, what = name.split("_")
    args = ["--dataset", E2E / "fixmypose_dataset", "--split", "test", "--json", "--top", "10"]
    files = official_files(kind, what == "combiner")
    assert run("evaluate", *files, *args, "--csv", tmp_path / "q.csv") == 0
    report = json.loads(capsys.readouterr().out)
    (expected,) = table(E2E / "expected" / name / "validation_metrics_test.csv")
    for k in ("1", "5", "10", "50"):
        assert report["recall"][k] == pytest.approx(float(expected[f"recall_at{k}"]), abs=1e-4)
    for k in ("1", "3", "5"):
        wanted = float(expected[f"group_recall_at{k}"])
        assert report["group_recall"][k] == pytest.approx(wanted, abs=1e-4)
    ours = table(tmp_path / "q.csv")
    columns = ["reference", "target", *(f"selection {i + 1}" for i in range(10))]
    theirs = table(E2E / "expected" / name / "top10_all_selection.csv")
    assert [[row[c] for c in columns] for row in ours] == [
        [row[c] for c in columns] for row in theirs
    ]
    correct = table(E2E / "expected" / name / "top10_correct_selection.csv")
    found = [(r["reference"], r["target"]) for r in ours if int(r["rank"]) <= 10]
    assert found == [(r["reference"], r["target"]) for r in correct]
    assert (report["num_queries"], report["num_gallery"]) == (14, 30)
    assert any("R@5 is 100 by construction" in note for note in report["notes"])


@pytest.mark.slow
def test_another_transform_gives_another_table(tmp_path, capsys):
    """The option reaches the pictures: these are drawn higher than wide."""
    tables = []
    for transform in ("squarepad", "square"):
        files = [*official_files("vit", combiner=False)[:-1], transform]
        args = ["--dataset", E2E / "fixmypose_dataset", "--csv", tmp_path / "q.csv"]
        assert run("evaluate", *files, *args) == 0
        tables.append((tmp_path / "q.csv").read_text())
    capsys.readouterr()
    assert tables[0] != tables[1]


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--checkpoint", "c", "--clip", "x.pt"],
        ["--combiner", "m.pt"],
        ["--checkpoint", "c", "--combiner", "m.pt"],
        ["--checkpoint", "c", "--transform", "square"],
        ["--clip", "x.pt", "--record"],
        ["--checkpoint", "c", "--top", "0"],
    ],
)
def test_contradicting_options_are_wrong_usage(args, capsys):
    assert run("evaluate", "--dataset", "d", *args) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["--clip", CLIP / "rn_combiner_99.pt"], 'key "CLIP"'),
        (["--clip", "gone.pt"], "not a file"),
        (
            [*official_files("rn", combiner=False)[:2], "--combiner", CLIP / "vit_combiner_99.pt"],
            "length 48",
        ),
    ],
)  # fmt: skip
def test_files_that_do_not_fit_are_one_line_and_exit_1(files, message, capsys):
    assert run("evaluate", *files, "--dataset", E2E / "fixmypose_dataset") == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
