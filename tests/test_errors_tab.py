"""Errors: runs that are kept, corrected, compared, and whose cases go to the review queue."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocompose.data.dataset import open_dataset, write_captions, write_joints, write_split
from autocompose.errors import (
    CaptionFileError,
    ConfigError,
    DatasetError,
    LoginError,
    UnsafePathError,
)
from autocompose.evaluation.failures import kept_runs, rules_version
from autocompose.evaluation.failures.asked_queries import AskedQuery, QueryFacets
from autocompose.evaluation.failures.compare_runs import compare_runs, sign_test
from autocompose.evaluation.failures.failure_file import read_failures
from autocompose.evaluation.failures.failure_records import Cause
from autocompose.evaluation.failures.find_failures import AskedSplit, find_failures
from autocompose.evaluation.failures.query_map import lay_out, near_duplicates
from autocompose.evaluation.protocol import embedded, evaluate
from autocompose.model.checkpoint import save_checkpoint
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.queue.next_items import Selection, Session, next_items
from autocompose.review.store.records import Decision, Save
from autocompose.schema import ComposedQuery, JointsOrigin, PoseImage
from autocompose.studio import StudioConfig
from autocompose.studio.errors import error_desk
from autocompose.studio.errors.error_desk import ErrorDesk
from autocompose.studio.errors.evaluations import splits_of
from autocompose.studio.server.job_state import JobState
from autocompose.studio.server.live_rank import live_rank
from autocompose.studio.server.state import Studio
from autocompose.workspace import Workspace
from tests.model_fakes import tiny_model, write_pictures
from tests.poses import ARMS_DOWN, T_POSE
from tests.studio_fakes import hash_engine

ADA = Reviewer("ada", Role.ADMINISTRATOR)
BEA = Reviewer("bea", Role.REVIEWER)
TEXTS = ("Raise your left arm.", "Raise both arms to the sides.", "Let both arms hang down.")
COUNT = 6


def write_toy(folder: Path) -> None:
    """Pictures of noise, every second one a T pose, and a text for each step."""
    paths = write_pictures(folder / "images", COUNT)
    names = [path.name for path in paths]
    bodies = [T_POSE if i % 2 else ARMS_DOWN for i in range(COUNT)]
    write_joints(
        folder / "joints.json",
        [
            PoseImage(
                path.name, path, joints=tuple(map(tuple, body.tolist())),
                joints_origin=JointsOrigin.RENDERED,
            )
            for path, body in zip(paths, bodies, strict=True)
        ],
    )  # fmt: skip
    rows = [
        {"reference": names[i], "target": names[i + 1], "img_set": names[i + 1 :],
         "sents": [TEXTS[i % 3]], "auto-reverse": ["Lower your left arm."]}
        for i in range(COUNT - 1)
    ]  # fmt: skip
    write_captions(folder / "captions" / "test.json", rows)
    write_split(folder / "image_splits" / "test.json", names)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("errors")
    write_toy(root / "annotations" / "toy")
    for name, seed in (("tiny", 0), ("other", 1)):
        save_checkpoint(
            root / "checkpoints" / name, tiny_model(seed), train=None, metrics={}, card=""
        )
    return root


@pytest.fixture
def desk(home, tmp_path):
    workspace = Workspace(home / "annotations", home / "checkpoints", home / "cache")
    dataset = home / "annotations" / "toy"
    config = StudioConfig(
        dataset, tmp_path, workspace=workspace, checkpoint=home / "checkpoints" / "tiny"
    )
    studio = Studio(config, lambda s, _: hash_engine(dataset, tuple(i.id for i in s.images)))
    studio.start()
    assert studio.wait_until_loaded(20)
    return ErrorDesk(studio, f"sqlite:///{tmp_path}/store.sqlite3", home / "annotations/errors")


def run(desk, who=ADA, **fields):
    asked = {"checkpoint": "tiny", "split": "test", "key": "sents", "joints": "none", "beyond": 1}
    error_desk.errors_run(desk, who, asked | fields)
    job = desk.jobs.last
    assert job.ended.wait(60)
    assert job.state is JobState.DONE, job.problem
    return job.made


def test_an_evaluation_is_run_once_and_then_kept(desk, monkeypatch):
    made, note = run(desk)
    assert note == ""
    opened = error_desk.errors_open(desk, {"run": made})
    assert len(opened.rows.id) == opened.num_queries == COUNT - 1
    report, _ = desk.run(made)
    assert [opened.rows.cause[i] >= 0 for i in range(COUNT - 1)] == [
        rank > 1 for rank in opened.rows.rank
    ]
    names = opened.rows.names
    assert names[opened.rows.parts[0][0]] == "arm"
    assert {names[target] for target in opened.rows.target} <= set(opened.pictures)
    # What is kept is read by what reads the command's document, and says the same.
    assert read_failures(desk.kept.folder / f"{made}.json") == report
    again = ErrorDesk(desk.studio, "", desk.kept.folder)
    monkeypatch.setattr(error_desk, "evaluate_run", None)
    assert run(again) == (made, "This evaluation was kept from before.")
    assert error_desk.errors_open(again, {"run": made}).rows == opened.rows
    (kept,) = (one for one in again.kept.runs() if one.id == made)
    assert not kept.older
    monkeypatch.setattr(kept_runs, "rules_fingerprint", lambda: "0123456789ab")
    (kept,) = (one for one in again.kept.runs() if one.id == made)
    assert kept.older
    assert run(again) == (made, f"This evaluation was kept from before.{error_desk.OLDER}")


def test_the_rules_are_those_of_the_files_that_decide(monkeypatch, tmp_path):
    package = Path(rules_version.__file__).parents[2]
    place = tmp_path / "autocompose"
    for name in rules_version._DECIDING:
        copied = shutil.copytree if (package / name).is_dir() else shutil.copy
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        copied(package / name, place / name)
    elsewhere = place / "evaluation" / "failures" / "rules_version.py"
    monkeypatch.setattr(rules_version, "__file__", str(elsewhere))
    found = rules_version.rules_fingerprint.__wrapped__
    before = found()
    assert before == rules_version.rules_fingerprint()
    (place / "studio").mkdir()
    (place / "studio" / "page.py").write_text("x = 1\n")
    assert found() == before
    with (place / "thresholds.py").open("a") as file:
        file.write("NEW = 1\n")
    changed = found()
    assert changed != before
    next((place / "tagger" / "weights").glob("*.safetensors")).write_bytes(b"other weights")
    assert found() not in (before, changed)


@pytest.mark.slow
def test_another_question_is_another_run(desk, home):
    first, _ = run(desk)
    others = {run(desk, joints="known")[0], run(desk, checkpoint="other")[0]}
    assert len({first, *others}) == 3
    boot = error_desk.errors_boot(desk, {})
    assert {first, *others} <= {one.id for one in boot.runs}
    assert boot.checkpoints == ("tiny", "other")
    assert [(c.name, c.keys) for c in splits_of(desk.studio)] == [("test", ("sents",))]
    image = next((home / "annotations/toy/images").iterdir())
    was = image.stat().st_mtime_ns
    os.utime(image, ns=(was, was + 10**9))  # a picture that changed is another question
    assert run(desk)[0] != first


def test_with_joints_each_query_has_the_rank_of_the_fused_scores(home):
    dataset, model = open_dataset(home / "annotations" / "toy"), tiny_model()
    report = evaluate(model, dataset, text_keys=("sents",), joints="known", top=2)
    assert report.with_joints is not None
    ranks = np.array([outcome.rank for outcome in report.outcomes_with_joints])
    assert 100 * (ranks <= 1).mean() == pytest.approx(
        report.with_joints.text_sets["new_forms"].recall["1"]
    )
    found = find_failures(model, AskedSplit(dataset, joints="known", beyond=0))
    assert [query.rank for query in found.queries] == ranks.tolist()
    assert (found.joints, len(found.failures)) == ("known", COUNT - 1)


def test_without_a_dataset_the_tab_opens_and_says_so(home, tmp_path):
    workspace = Workspace(home / "annotations", home / "checkpoints", home / "cache")
    studio = Studio(
        StudioConfig(tmp_path / "none", tmp_path, workspace=workspace),
        lambda *_: pytest.fail("nobody asked for a model"),
    )
    lost = ErrorDesk(studio, "", tmp_path / "runs")
    boot = error_desk.errors_boot(lost, {})
    assert (boot.dataset.state.value, boot.splits, boot.runs) == ("no_dataset", (), ())
    with pytest.raises(DatasetError, match="none"):
        error_desk.errors_run(lost, ADA, {"split": "test", "key": "sents"})


def test_only_an_administrator_starts_an_evaluation_or_opens_a_file(desk):
    for handler in (error_desk.errors_run, error_desk.errors_file, error_desk.errors_cancel):
        with pytest.raises(LoginError):
            handler(desk, BEA, {})
    for wrong in ({"checkpoint": "../tiny"}, {"split": "nope"}, {"key": "auto-reverse"}):
        with pytest.raises((ConfigError, AssertionError), match=r"workspace|texts under"):
            run(desk, **wrong)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/hosts", "annotations/../../x.json", "README.md", "a\0.json",
     "annotations/link.json"],
)  # fmt: skip
def test_a_file_outside_the_workspace_is_refused(desk, home, tmp_path, name):
    (tmp_path / "secret.json").write_text("{}")
    link = home / "annotations" / "link.json"
    if not link.is_symlink():
        link.symlink_to(tmp_path / "secret.json")
    with pytest.raises(UnsafePathError, match="copy it there"):
        error_desk.errors_file(desk, ADA, {"path": name})
    link.unlink()


def test_a_file_of_the_command_is_opened_and_a_damaged_one_named(desk, home):
    made, _ = run(desk)
    document = json.loads((desk.kept.folder / f"{made}.json").read_text())
    path = home / "annotations" / "mine.json"
    path.write_text(json.dumps(document))
    opened = error_desk.errors_file(desk, ADA, {"path": "annotations/mine.json"})
    assert (opened.question.file, opened.whole) == ("mine.json", True)
    assert opened.rows == error_desk.errors_open(desk, {"run": made}).rows
    for name in ("queries", "places", "duplicates"):  # as an older version wrote it
        document.pop(name)
    path.write_text(json.dumps(document))
    old = error_desk.errors_file(desk, ADA, {"path": "annotations/mine.json"})
    assert (old.whole, len(old.rows.id)) == (False, len(document["failures"]))
    with pytest.raises(ConfigError, match="failures only"):
        error_desk.errors_compare(desk, {"run": old.id, "before": made})
    for spoilt in ("{", "[]", '{"failures": [{}]}', json.dumps({**document, "recall": 3})):
        path.write_text(spoilt)
        with pytest.raises(CaptionFileError, match=r"mine\.json"):
            error_desk.errors_file(desk, ADA, {"path": "annotations/mine.json"})


def test_a_cause_is_corrected_by_hand_and_taken_back(desk):
    made, _ = run(desk)
    failure = desk.run(made)[0].failures[0]
    asked = {"run": made, "query": failure.id}
    error_desk.errors_correct(desk, BEA, {**asked, "cause": "small change"})
    elsewhere = ErrorDesk(desk.studio, "", desk.kept.folder)
    [kept] = error_desk.errors_open(elsewhere, {"run": made}).corrections
    assert (kept.query, kept.cause, kept.by) == (failure.id, Cause.SMALL, "bea")
    with pytest.raises(ConfigError, match="unknown"):
        error_desk.errors_correct(desk, BEA, {**asked, "cause": "bad luck"})
    error_desk.errors_correct(desk, BEA, {**asked, "cause": ""})
    assert error_desk.errors_open(elsewhere, {"run": made}).corrections == ()


def test_a_case_goes_to_the_head_of_the_queue_with_its_reason(desk):
    made, _ = run(desk)
    failure = desk.run(made)[0].failures[0]
    asked = {"run": made, "query": failure.id}
    sent = error_desk.errors_send(desk, BEA, asked).case
    assert (sent.rank, sent.sent_by, sent.verdict) == (failure.rank, "bea", Decision.PENDING)
    [item] = next_items(desk.store(), Session("s", "ada"), Selection(), count=1)
    assert (item.reference, item.target) == (failure.reference, failure.target)
    assert item.reasons[0].startswith(f"Error analysis: rank {failure.rank} of {COUNT - 1} (tiny)")
    # Decided, then sent again: it waits for a verdict again, and has one reason, not two.
    judgement = replace(item.state.judgement, verdict=Decision.ACCEPTED, phrasings=("Other.",))
    desk.store().save(Save("op", item.id, item.state.revision, judgement, "ada"))
    [(_, case)] = error_desk.errors_open(desk, {"run": made}).cases
    assert (case.verdict, case.edited) == (Decision.ACCEPTED, True)
    error_desk.errors_send(desk, BEA, asked)
    again = desk.store().item(item.id)
    assert again.state.judgement.verdict is Decision.PENDING
    assert again.state.judgement.phrasings == ("Other.",)
    assert sum(why.startswith("Error analysis") for why in again.reasons) == 1


def test_a_case_shows_its_pictures_and_claims(desk):
    made, _ = run(desk)
    failure = desk.run(made)[0].failures[0]
    case = error_desk.errors_case(desk, {"run": made, "query": failure.id})
    assert case.found
    assert case.found[0].id == next(n for n in failure.found if n != case.target.id)
    assert (case.cause, case.claims) == (failure.cause, failure.claims)
    with pytest.raises(ConfigError, match="no such query"):
        error_desk.errors_case(desk, {"run": made, "query": "x"})


def query(name, rank):
    return AskedQuery(name, "a", "b", "text", rank, QueryFacets())


def test_two_runs_are_compared_query_by_query():
    before = {
        name: query(name, rank) for name, rank in zip("abcde", (30, 20, 1, 9, 50), strict=True)
    }
    after = {name: query(name, rank) for name, rank in zip("abcdx", (2, 3, 40, 8, 1), strict=True)}
    found = compare_runs(before, after)
    assert (found.fixed, found.broken, found.shared) == (("a", "b"), ("c",), 4)
    assert (found.better, found.worse, found.p_value) == (3, 1, 1.0)
    assert sign_test(9, 1) == pytest.approx(2 * 11 / 1024)
    with pytest.raises(ConfigError, match="share no query"):
        compare_runs(before, {"x": after["x"]})


def test_the_map_is_that_of_the_principal_components():
    random = np.random.default_rng(0)
    rows = random.normal(size=(40, 8)).astype(np.float32) * np.array([5, 3, 1, 1, 1, 1, 1, 1], "f4")
    pictures, queries = lay_out(rows, rows[:3])
    left, sizes, _ = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    plane = left[:, :2] * sizes[:2]
    expected = np.linalg.norm(plane[:, None] - plane[None], axis=-1)
    found = np.linalg.norm(pictures[:, None] - pictures[None], axis=-1)
    np.testing.assert_allclose(found * np.abs(plane).max(), expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(queries, pictures[:3], atol=1e-6)


def test_pictures_that_are_all_but_the_same_are_listed(home):
    dataset = open_dataset(home / "annotations" / "toy")
    gallery = embedded(tiny_model(), dataset, "test")
    rows = np.random.default_rng(0).normal(size=gallery.embeddings.shape).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[2] = rows[1]
    images = {image.id: image for image in dataset.gallery("test")}
    ids = gallery.image_ids
    gallery = replace(gallery, embeddings=rows)
    found = near_duplicates(gallery, images)
    # Every second body is the same one; pictures 1 and 2 look alike and show other poses.
    same = {(ids[i], ids[j]) for i in range(COUNT) for j in range(i + 2, COUNT, 2)}
    assert {(pair.first, pair.second) for pair in found if pair.joints_m == 0} == same
    assert (found[-1].first, found[-1].second) == (ids[1], ids[2])
    assert found[-1].cosine == pytest.approx(1)
    assert [pair.first for pair in near_duplicates(gallery, {}, most=1)] == [ids[1]]


def test_the_rank_of_a_text_that_somebody_writes(desk):
    pair = desk.studio.pairs[0]
    asked = {"reference": pair.reference.id, "target": pair.target.id, "text": "Raise it."}
    told = live_rank(desk.studio, asked)
    hits = desk.studio.retrieve(
        ComposedQuery(pair.reference.path, "Raise it.", (pair.reference.id,)), COUNT
    ).hits
    assert told.of == len(hits) == COUNT - 1
    assert hits[told.rank - 1].image_id == pair.target.id
    assert "not in the gallery" in live_rank(desk.studio, {**asked, "target": "x.png"}).why
