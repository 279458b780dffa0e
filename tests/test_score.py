"""describe/scores and `autocompose score`: figures by hand, and the command."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.change import BodyChange
from autocompose.cli import main
from autocompose.data.dataset import read_captions
from autocompose.data.joints_file import write_joints
from autocompose.describe.geometric import describe_joints
from autocompose.errors import CaptionFileError, DatasetError, MissingExtraError, TextError
from autocompose.evaluation.captions import text_metrics
from autocompose.evaluation.captions.r_precision import POOL, pool_precision, r_precision
from autocompose.evaluation.captions.score_file import NO_MODEL
from autocompose.evaluation.captions.scores import (
    METRICS,
    NO_JOINTS,
    ScoredPair,
    score_pairs,
)
from autocompose.evaluation.captions.text_metrics import bleu_4, cider, distinct, meteor, rouge_l
from autocompose.schema import PoseImage, PosePair, View, caption_view
from tests.model_fakes import tiny_model, write_pictures
from tests.poses import ARMS_DOWN, with_joints

LEFT_UP = "Raise the left arm straight up."
RIGHT_UP = "Raise the right arm straight up."
ARM_UP = with_joints(
    ARMS_DOWN, left_elbow=(0.19, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0)
)
ARM_UP_KNEE_BENT = with_joints(
    ARM_UP, right_ankle=(-0.1, -0.5, -0.4), right_foot=(-0.1, -0.64, -0.42)
)


def test_bleu_by_hand():
    # Precisions 4/5, 3/4, 2/3, 1/2: their product is 0.2, and lengths are equal.
    assert bleu_4(["a b c d e"], [["a b c d f"]]) == pytest.approx(100 * 0.2**0.25)
    assert bleu_4(["A b c d", "e f g h"], [["a b c d"], ["x", "e f g h"]]) == pytest.approx(100)


@pytest.mark.slow
def test_rouge_by_hand():
    # "raise the arm" is the longest common subsequence: 3 of 4 words both ways.
    assert rouge_l(["raise the left arm"], [["raise the right arm"]]) == pytest.approx(75.0)
    assert rouge_l(["a b"], [["x", "a b"]]) == pytest.approx(100.0)


def test_cider_by_hand():
    # Nothing is shared by the documents, so an equal text has cosine 1 at every n, times 10.
    texts = ["a b c d", "e f g h"]
    assert cider(texts, [[text] for text in texts]) == pytest.approx(10.0)
    assert cider(texts, [[text] for text in reversed(texts)]) == pytest.approx(0.0)


def test_distinct_by_hand():
    assert distinct(["a b a", "A, b"], 1) == pytest.approx(2 / 5)
    assert distinct(["a b a", "A, b"], 2) == pytest.approx(2 / 3)
    assert distinct(["a"], 2) == 0.0


JAVA = """#!{python}
import sys
open({starts!r}, "a").write("started\\n")
for line in sys.stdin:
    kind, *rest = line.rstrip("\\n").split(" ||| ")
    if kind == "SCORE":
        print(f"{{rest[-1].split()[0]}} {{len(rest) - 1}}", flush=True)
    else:
        print("\\n".join("0.25" for _ in rest) + "\\n" + f"0.{{len(rest)}}", flush=True)
"""


def test_meteor_speaks_the_protocol_of_its_program(monkeypatch, tmp_path):
    java = tmp_path / "java"
    starts = tmp_path / "starts"
    java.write_text(JAVA.format(python=sys.executable, starts=str(starts)))
    java.chmod(0o755)
    monkeypatch.setattr(text_metrics.shutil, "which", lambda name: str(java))
    # The program gets every text with all its references, then all counts at once; its last line
    # is the score of the whole. It starts once.
    assert meteor(["a b", "c", "d"], [["x"], ["y", "z"], ["w"]]) == pytest.approx(30.0)
    assert starts.read_text() == "started\n"
    java.write_text(f"#!{sys.executable}\nraise SystemExit('broken data')\n")
    with pytest.raises(TextError, match="ended with code 1: broken data"):
        meteor(["a"], [["b"]])


@pytest.mark.slow
def test_meteor_gives_a_text_that_is_its_reference_the_most():
    if shutil.which("java") is None:
        pytest.skip("there is no Java here")
    references = [["raise the left arm"], ["sit down"]]
    # One is its reference, one is not: Java takes ten seconds to start, so both are asked at once.
    assert 50.0 < meteor(["raise the left arm", "look at me"], references) < 80.0


def test_meteor_without_java_is_named(monkeypatch):
    monkeypatch.setattr(text_metrics.shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="Java"):
        meteor(["a"], [["a"]])


@pytest.mark.parametrize(
    ("module", "metric"),
    [
        ("sacrebleu.metrics.bleu", bleu_4),
        ("rouge_score.rouge_scorer", rouge_l),
        ("pycocoevalcap.cider.cider", cider),
    ],
)
def test_a_missing_library_is_one_line_that_says_what_to_install(monkeypatch, module, metric):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"autocompose\[metrics\]") as caught:
        metric(["a"], [["a"]])
    assert "\n" not in str(caught.value)


@pytest.fixture(autouse=True)
def without_java(monkeypatch, request):
    """The Java program takes seconds; the tests of METEOR itself keep it."""
    if "meteor" not in request.node.name:
        monkeypatch.setattr(text_metrics.shutil, "which", lambda name: None)


def bodies() -> BodyChange:
    return BodyChange.of(ARMS_DOWN, ARM_UP)


@pytest.mark.slow
def test_what_cannot_be_computed_is_none_and_has_a_reason():
    scores = score_pairs([ScoredPair((LEFT_UP,), (LEFT_UP,))])
    assert tuple(scores.values) == METRICS
    assert {name for name, value in scores.values.items() if value is None} == set(scores.skipped)
    assert scores.skipped["claim_precision"] == NO_JOINTS
    assert "Java" in scores.skipped["meteor"]
    assert "joints are not known" in scores.notes[0]
    with pytest.raises(TextError, match="nothing to score"):
        score_pairs([])


def test_claims_are_counted_against_the_body_of_the_right_side():
    true = score_pairs([ScoredPair((LEFT_UP,), (LEFT_UP,), bodies())]).values
    false = score_pairs([ScoredPair((RIGHT_UP,), (LEFT_UP,), bodies())]).values
    assert true["claim_precision"] == 100.0
    assert true["claim_recall"] == 100.0
    assert false["claim_precision"] == 0.0
    assert false["claim_recall"] == 0.0
    assert true["body_part_match"] == 1.0  # the left arm is named by both, and moved
    assert false["body_part_match"] == 0.0
    assert true["direction_match"]
    assert not false["direction_match"]


def test_a_part_that_did_not_move_counts_only_where_bodies_are_unknown():
    text = "Raise the left arm, keep the right leg."
    known = score_pairs([ScoredPair((text,), (text,), bodies())])
    unknown = score_pairs([ScoredPair((text,), (text,))])
    assert known.values["body_part_match"] == 1.0
    assert unknown.values["body_part_match"] == 2.0


def test_texts_made_from_joints_claim_the_truth():
    before, after = ARMS_DOWN, ARM_UP_KNEE_BENT
    texts = describe_joints(before, after, n=3).phrasings
    scores = score_pairs([ScoredPair(texts, texts[:1], BodyChange.of(before, after))])
    assert scores.values["claim_precision"] == 100.0
    assert (scores.values["claim_recall"] or 0.0) >= 50.0  # a short phrasing tells of one limb
    flipped = BodyChange.of(before, after).seen_as(View.MIRROR)
    wrong = score_pairs([ScoredPair(texts, texts[:1], flipped)])
    assert (wrong.values["claim_precision"] or 0.0) < 20.0


def words(count: int) -> list[str]:
    return [f"text {i}" for i in range(count)]


def test_r_precision_of_a_perfect_a_blind_and_a_broken_model():
    texts = words(40)
    perfect = pool_precision(texts, lambda i, pool: (pool == i).astype(float), seed=0)
    assert perfect.percent == {"1": 100.0, "2": 100.0, "3": 100.0}
    blind = pool_precision(texts, lambda i, pool: np.zeros(len(pool)), seed=0)
    broken = pool_precision(texts, lambda i, pool: np.full(len(pool), np.nan), seed=0)
    assert blind.percent["3"] == broken.percent["3"] == 0.0
    second = pool_precision(texts, lambda i, pool: -abs(pool - i - 0.6), seed=0)
    assert second.percent["1"] < 50.0 < second.percent["2"] == 100.0


def test_r_precision_of_guesses_is_chance_and_repeats_with_its_seed():
    random = np.random.default_rng(1)
    table = random.normal(size=(300, 300))
    found = pool_precision(words(300), lambda i, pool: table[i, pool], seed=3)
    assert found.percent["1"] == pytest.approx(100 / POOL, abs=2.0)
    assert found.percent["3"] == pytest.approx(300 / POOL, abs=3.0)
    assert found.chance["1"] == pytest.approx(3.125)
    again = pool_precision(words(300), lambda i, pool: table[i, pool], seed=3)
    assert again == found


def test_equal_texts_are_never_rivals_and_a_pool_needs_32():
    texts = words(31) + ["text 0"] * 20
    with pytest.raises(DatasetError, match="32 different texts"):
        pool_precision(texts, lambda i, pool: np.zeros(len(pool)), seed=0)
    pools = []
    texts += ["one more"]
    pool_precision(texts, lambda i, pool: pools.append((i, pool)) or np.zeros(len(pool)), seed=0)
    for own, pool in pools:
        assert [texts[i] for i in pool].count(texts[own]) == 1


def test_r_precision_asks_the_model_in_the_view_of_the_texts(tmp_path):
    paths = write_pictures(tmp_path, 34)
    images = [PoseImage(path.name, path) for path in paths]
    pairs = [PosePair(images[i], images[(i + 1) % 34]) for i in range(34)]
    model = tiny_model()
    found = {view: r_precision(model, pairs, words(34), view=view) for view in View}
    assert all(0.0 <= report.percent["1"] <= 100.0 for report in found.values())
    swapped = [PosePair(pair.target, pair.reference) for pair in pairs]
    assert r_precision(model, swapped, words(34)) == found[View.REVERSE]
    with pytest.raises(DatasetError, match="32"):
        r_precision(model, pairs[:5], words(5))


def test_the_view_of_a_key():
    assert caption_view("mllm") is View.FORWARD
    assert caption_view("mirror-reverse") is View.MIRROR_REVERSE
    assert caption_view("auto-reverse") is View.REVERSE
    assert caption_view("something-else") is View.FORWARD


@pytest.fixture
def files(tmp_path):
    """Captions and references in the official format, and joints: the left arm goes up."""
    joints = [ARMS_DOWN, ARM_UP]
    images = [
        PoseImage(name, tmp_path / name, tuple(map(tuple, pose.tolist())))
        for name, pose in zip(("a.jpg", "b.jpg"), joints, strict=True)
    ]
    write_joints(tmp_path / "joints.json", images)
    row = {"reference": "a.jpg", "target": "b.jpg", "img_set": ["b.jpg"]}
    extra = {"reference": "b.jpg", "target": "a.jpg", "img_set": ["a.jpg"], "mllm": ["Sit."]}
    texts = {"mllm": [LEFT_UP, "Lift your left hand."], "mirror": [RIGHT_UP], "parts": [{"a": 1}]}
    (tmp_path / "captions.json").write_text(json.dumps([{**row, **texts}, extra]))
    people = {"sents": [LEFT_UP, "left arm up"], "mirror": [RIGHT_UP]}
    (tmp_path / "odd.json").write_text(json.dumps([{**row, "mirror": [RIGHT_UP]}]))
    (tmp_path / "references.json").write_text(json.dumps([{**row, **people}]))
    return tmp_path


def call(capsys, files: Path, *args: object) -> tuple[int, str, str]:
    named = ["--captions", files / "captions.json", "--references", files / "references.json"]
    with pytest.raises(SystemExit) as left:
        main(["score", *map(str, (*named, *args))])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


@pytest.mark.slow
def test_the_command_prints_one_json_document(files, capsys):
    code, out, err = call(capsys, files, "--joints", files / "joints.json", "--json")
    assert code == 0
    report = json.loads(out)
    assert (report["pairs"], report["texts"], report["references"]) == (1, 2, 2)
    assert (report["key"], report["reference_key"], report["unmatched"]) == ("mllm", "sents", 1)
    assert report["scores"]["claim_precision"] == 100.0
    assert report["scores"]["r_precision_1"] is None
    assert report["skipped"]["r_precision_1"] == NO_MODEL
    assert NO_MODEL in err


def test_a_mirrored_key_is_held_against_the_mirrored_body(files, capsys):
    code, out, _ = call(
        capsys, files, "--joints", files / "joints.json", "--key", "mirror", "--json"
    )
    assert code == 0
    report = json.loads(out)
    assert report["reference_key"] == "mirror"
    assert report["scores"]["claim_precision"] == 100.0


def test_the_command_prints_a_table_and_says_what_it_left_out(files, capsys):
    code, out, err = call(capsys, files)
    assert code == 0
    assert out.splitlines()[0].startswith("2 texts (mllm) of 1 pairs, 2 references (sents)")
    assert "bleu_4" in out
    assert f"skipped claim_precision, claim_recall: {NO_JOINTS}" in err


def test_texts_that_are_their_own_references_get_no_full_marks(files, capsys):
    itself = ["--references", files / "captions.json", "--joints", files / "joints.json"]
    code, out, err = call(capsys, files, *itself, "--json")
    assert code == 0
    report = json.loads(out)
    assert (report["key"], report["reference_key"]) == ("mllm", "mllm")
    for name in ("bleu_4", "rouge_l", "meteor"):
        assert report["scores"][name] is None
        assert "are their own references" in report["skipped"][name]
    assert report["scores"]["claim_precision"] is not None
    assert 'skipped bleu_4, rouge_l, meteor: the texts under "mllm" are their own' in err
    # One text that differs makes it a comparison.
    rows = json.loads((files / "captions.json").read_text())
    rows[0]["mllm"][0] = "Raise the left arm."
    (files / "other.json").write_text(json.dumps(rows))
    code, out, _ = call(capsys, files, "--references", files / "other.json", "--json")
    assert "are their own references" not in out


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--key", "reverse"], "no pair has texts"),
        (["--reference-key", "auto"], "no pair has texts"),
        (["--joints", "absent.json"], "cannot be read"),
        (["--captions", "odd.json"], "name one with --key"),
    ],
)
def test_a_call_that_cannot_be_answered_is_one_line(files, capsys, monkeypatch, args, why):
    monkeypatch.chdir(files)
    code, out, err = call(capsys, files, *args)
    assert (code, out) == (1, "")
    assert why in err.splitlines()[-1]


def test_captions_are_read_without_images_and_bad_ones_are_named(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps([{"reference": "a", "target": "b", "mllm": ["x"], "who": [1]}]))
    (pair,) = read_captions(path, images=tmp_path)
    assert (pair.reference.id, dict(pair.texts), pair.image_set) == ("a", {"mllm": ("x",)}, ())
    path.write_text(json.dumps([{"reference": "a", "target": "b", "mllm": "x"}]))
    with pytest.raises(CaptionFileError, match="one string"):
        read_captions(path, images=tmp_path)
