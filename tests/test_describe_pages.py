"""What Describe asks the server: sources, other words, row checks, and the way into the store."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.describe.joined_parts import join_sentences
from autocompose.errors import ConfigError, LoginError, TextError
from autocompose.review.files.imports import import_records
from autocompose.review.people.logins import NoLogin
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.store.records import Decision, Save
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, PartDescription
from autocompose.studio.describe.describe_tab import describe_boot
from autocompose.studio.describe.description import describe, rephrase
from autocompose.studio.describe.take_away import DescribeDesk, caption_row, describe_save
from autocompose.studio.server.row_check import check_rows
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.transport import answered, page_call
from autocompose.studio.server.verdict_chips import verdicts
from tests.studio_fakes import hash_engine, write_stick_dataset

ADA = Reviewer("ada", Role.ADMINISTRATOR)
BOB = Reviewer("bob", Role.REVIEWER)
MODEL_PARTS = [{"part": "left_arm", "text": "Lift the left arm."}]
WRONG = {"part": "right_hand", "text": "Bring the left hand forward."}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Stick figures; a model wrote texts for the first pair."""
    root = write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=6)
    path = root / "captions" / "test.json"
    rows = json.loads(path.read_text("utf-8"))
    rows[0] |= {
        "mllm": ["Lift your left arm."], "reverse": ["Put it down."], "parts": MODEL_PARTS,
        "provenance": {"provider": "models.example", "model": "gpt-x", "prompt_version": "m-1"},
    }  # fmt: skip
    path.write_text(json.dumps(rows), encoding="utf-8")
    return root


def studio_of(folder: Path, uploads: Path, **config: object) -> Studio:
    settings = StudioConfig(folder, uploads, **config)  # pyright: ignore
    return Studio(settings, lambda *_: hash_engine(folder, ()))


@pytest.fixture
def studio(folder, tmp_path) -> Studio:
    return studio_of(folder, tmp_path)


@pytest.fixture
def desk(folder, tmp_path) -> DescribeDesk:
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    return DescribeDesk(studio_of(folder, tmp_path, store=url), url)


def written(studio: Studio, number: int = 1, **fields: object) -> dict[str, object]:
    """What the page sends of a pair as its author wrote it, with changes."""
    pair = studio.pairs[number]
    page = describe(studio, {"pair": pair.id, "writer": fields.get("writer", "rules")})
    rows = [{"part": row.part, "text": row.text} for row in page.rows]
    sent = {"pair": pair.id, "source": page.source, "rows": rows, "operation": os.urandom(8).hex()}
    return {**sent, "phrasings": list(page.phrasings), "edited": False, **fields}


# ---- who wrote it


def test_a_pair_with_texts_of_a_model_has_two_authors(studio):
    rules = describe(studio, {"pair": studio.pairs[0].id})
    assert (rules.stored, rules.writer, rules.source) == (True, "rules", "auto")
    model = describe(studio, {"pair": studio.pairs[0].id, "writer": "mllm"})
    assert (model.writer, model.source) == ("mllm", "mllm")
    assert model.phrasings == ("Lift your left arm.",)
    assert [(row.part, row.text) for row in model.rows] == [("left_arm", "Lift the left arm.")]
    assert [(view.view, view.texts) for view in model.views] == [("reverse", ("Put it down.",))]
    assert "multimodal model" in model.who
    assert "nobody corrected it" in model.who
    assert ("Model", "gpt-x") in [(fact.name, fact.value) for fact in model.facts]


def test_a_pair_without_them_is_the_rules(studio):
    page = describe(studio, {"pair": studio.pairs[1].id, "writer": "mllm"})
    assert (page.stored, page.writer, page.source) == (False, "rules", "auto")


def test_a_models_row_names_its_own_author(studio):
    sent = written(studio, 0, writer="mllm")
    row = caption_row(studio, sent).row
    assert row["mllm"] == ["Lift your left arm."]
    assert row["provenance"]["provider"] == "models.example"
    assert row["provenance"]["model"] == "gpt-x"


def test_several_sentences_about_a_part_stand_in_one_row(studio, folder):
    pair = studio.pairs[0]
    rows = json.loads((folder / "captions" / "test.json").read_text("utf-8"))
    assert rows[0]["reference"] == pair.reference.id
    twice = [*MODEL_PARTS, {"part": "left_arm", "text": "Keep it straight."}]
    other = folder.parent / "twice"
    if not other.exists():
        (other / "captions").mkdir(parents=True)
        for name in ("images", "image_splits", "joints.json"):
            (other / name).symlink_to(folder / name)
        rows[0]["parts"] = twice
        (other / "captions" / "test.json").write_text(json.dumps(rows), encoding="utf-8")
    page = describe(studio_of(other, folder), {"pair": pair.id, "writer": "mllm"})
    (row,) = page.rows
    assert row.text == "Lift the left arm. Keep it straight."


# ---- rows and verdicts


def test_a_row_that_speaks_of_another_side_is_told_and_never_written(studio):
    pair = studio.pairs[1]
    (row,) = verdicts(studio, {"pair": pair.id, "rows": [WRONG]}).rows
    assert row.problem is not None
    assert row.problem.why.endswith("speaks of the left hand.")
    assert row.problem.meant == "left_hand"
    answer = page_call(caption_row, studio)({"pair": pair.id, "rows": [WRONG], "phrasings": ["x"]})
    assert answer["error"] == row.problem.why


def test_rows_are_checked_without_joints_too(studio):
    found = verdicts(studio, {"rows": [WRONG], "texts": ["Sit."]})
    assert (found.judged, found.texts, found.rows[0].verdict) == (False, (), None)
    assert found.rows[0].problem is not None


@pytest.mark.parametrize(
    ("part", "text", "meant"),
    [
        ("right_wrist", "Bend the left wrist.", "left_wrist"),
        ("left_hand", "Bend the right elbow.", "right_elbow"),
        ("head", "Lower the hips.", "hips"),
        ("head", "Bend both knees.", ""),
    ],
)
def test_a_wrong_row_names_the_row_that_is_meant(studio, part, text, meant):
    (row,) = verdicts(studio, {"rows": [{"part": part, "text": text}]}).rows
    assert row.problem is not None
    assert row.problem.meant == meant
    assert row.problem.why.endswith(f"the {meant.replace('_', ' ') or 'both knees'}.")


def test_a_part_has_one_sentence():
    head = BodyPart.HEAD
    rows = (PartDescription(head, "Turn left."), PartDescription(head, "Turn right."))
    with pytest.raises(TextError, match="head has two sentences"):
        check_rows(rows)
    assert check_rows(rows[:1]) == rows[:1]


def test_a_phrasing_with_every_side_wrong_is_offered_the_swap(studio):
    pair = studio.pairs[3]  # the right arm goes down by 106 degrees
    right = "Lower your right arm and keep the left one up."
    wrong = "Lower your left arm and keep the right one up."
    found = verdicts(studio, {"pair": pair.id, "texts": [right, wrong]})
    said = [text.swapped for text in found.texts]
    assert said[0] is False
    arms = verdicts(studio, {"pair": pair.id, "texts": ["Lower the left arm to the side."]})
    assert said[1] is True or arms.texts[0].swapped is True


# ---- other words


def test_the_rules_give_other_words_for_their_own_parts(studio):
    sent = written(studio)
    fresh = rephrase(studio, {**sent, "seed": 1})
    assert fresh.joined is False
    assert fresh.phrasings
    assert not set(fresh.phrasings) & set(sent["phrasings"])  # pyright: ignore


def test_edited_parts_are_joined_word_for_word(studio):
    rows = [{"part": "head", "text": "Look up."}, {"part": "hips", "text": "Sit down."}]
    found = rephrase(studio, {**written(studio), "rows": rows})
    assert found.joined
    assert found.phrasings[0] == "Look up. Sit down."
    known = list(found.phrasings)
    assert rephrase(studio, {**written(studio), "rows": rows, "phrasings": known}).phrasings == ()
    with pytest.raises(TextError):
        rephrase(studio, {**written(studio), "rows": [WRONG]})


def test_joined_sentences_keep_every_word():
    parts = [
        PartDescription(BodyPart.HEAD, "Look up"),
        PartDescription(BodyPart.HIPS, " T-pose hips  stay."),
        PartDescription(BodyPart.TORSO, "Lean left!"),
    ]
    plain, comma, semicolon = join_sentences(parts)
    assert plain == "Look up. T-pose hips stay. Lean left!"
    assert comma == "Look up, T-pose hips stay, and lean left."
    assert semicolon == "Look up; T-pose hips stay; lean left."
    two = [PartDescription(BodyPart.HEAD, "Look up. Then down."), parts[2]]
    assert join_sentences(two) == ("Look up. Then down. Lean left!",)
    assert join_sentences([]) == ()
    assert join_sentences(parts[:1]) == ("Look up.",)


# ---- into the store


def test_the_first_text_makes_the_store_and_the_same_text_changes_nothing(desk):
    sent = written(desk.studio)
    first = describe_save(desk, ADA, sent)
    # Revision 0 is what the caption file holds, and the rules write other words by now.
    assert (first.revision, first.added, first.changed) == (1, True, True)
    again = describe_save(desk, ADA, {**sent, "operation": "again"})
    assert (again.id, again.revision, again.added, again.changed) == (first.id, 1, False, False)
    item = desk.store().item(first.id)
    pair = desk.studio.pairs[1]
    assert (item.reference, item.target, item.key) == (pair.reference.id, pair.target.id, "auto")
    assert item.claims  # measured at once, so that the queue knows it
    assert desk.store().verify().problems == ()


def test_an_edit_becomes_a_revision_that_waits_for_a_verdict(desk):
    sent = written(desk.studio)
    first = describe_save(desk, ADA, sent)
    store = desk.store()
    state = store.state(first.id)
    accepted = dataclasses.replace(state.judgement, verdict=Decision.ACCEPTED)
    store.save(Save("accept", first.id, state.revision, accepted, "bob"))
    edited = {**sent, "phrasings": ["Lift it higher."], "operation": "edit"}
    done = describe_save(desk, BOB, edited)
    assert (done.id, done.added, done.changed) == (first.id, False, True)
    now = store.state(first.id)
    assert now.judgement.phrasings == ("Lift it higher.",)
    assert now.judgement.verdict is Decision.PENDING
    assert done.revision == now.revision
    assert store.history(first.id)[-1].reviewer == "bob"


def test_the_original_is_that_of_the_caption_file_so_that_a_later_import_fits(desk):
    edited = {**written(desk.studio), "phrasings": ["Lift it higher."]}
    done = describe_save(desk, ADA, edited)
    studio = desk.studio
    found = read_caption_file(studio.dataset.root / "captions" / "test.json")
    report = import_records(
        desk.store(), found, dataset=studio.dataset, split=studio.split, by="ada"
    )
    assert report.superseded == 0
    assert report.known == 1
    item = desk.store().item(done.id)
    assert item.original.phrasings == ("Raise the left arm, step 1.",)
    assert item.state.judgement.phrasings == ("Lift it higher.",)


def test_a_models_text_keeps_its_author_in_the_store(desk):
    done = describe_save(desk, ADA, written(desk.studio, 0, writer="mllm"))
    item = desk.store().item(done.id)
    assert (item.key, item.source.value, item.model) == ("mllm", "mllm", "gpt-x")
    assert item.original.parts[0].text == "Lift the left arm."


def test_who_may_not_add_a_description_is_told(desk):
    with pytest.raises(Exception, match="no review store") as told:
        describe_save(desk, BOB, written(desk.studio))
    assert "\n" not in str(told.value)
    Store(desk.url).close()
    with pytest.raises(LoginError, match="administrator"):
        describe_save(desk, BOB, written(desk.studio))


def test_what_cannot_be_saved_says_why_in_one_line(desk, studio, tmp_path):
    wrong = {**written(desk.studio), "rows": [WRONG]}
    with pytest.raises(TextError, match="speaks of the left hand"):
        describe_save(desk, ADA, wrong)
    with pytest.raises(ConfigError, match="no review store"):
        describe_save(DescribeDesk(studio, ""), ADA, written(studio))
    away = DescribeDesk(studio, f"sqlite:///{tmp_path}/file/store.sqlite3")
    (tmp_path / "file").write_text("no folder")
    answer = answered(written(studio), lambda fields: describe_save(away, ADA, fields))
    assert answer["ok"] is False
    assert answer["kind"] == "StoreUnavailableError"
    assert "\n" not in answer["error"]


def test_a_store_that_is_read_only_says_so(desk, tmp_path):
    describe_save(desk, ADA, written(desk.studio))
    frozen = f"sqlite:///file:{tmp_path}/store.sqlite3?mode=ro&uri=true"
    edited = {**written(desk.studio), "phrasings": ["Other."], "operation": "b"}
    fresh = DescribeDesk(desk.studio, frozen)
    answer = answered(edited, lambda fields: describe_save(fresh, ADA, fields))
    assert answer["kind"] == "StoreUnavailableError"
    assert "can only be read" in answer["error"]
    assert "\n" not in answer["error"]


# ---- own pictures


def test_own_pictures_are_offered_only_where_something_describes_them(folder, tmp_path):
    studio = studio_of(folder, tmp_path)
    assert describe_boot(studio, {}).own.described is False
    assert describe_boot(studio, {}).own.advice == ""
    studio.joints = PhotoJoints(tmp_path / "models")
    told = describe_boot(studio, {}).own
    assert told.described is False
    assert "--get-model" in told.advice


def test_a_visitor_without_a_shell_is_told_nothing_about_commands(folder, tmp_path):
    studio = studio_of(folder, tmp_path, login=NoLogin("no sign-in"))
    studio.joints = PhotoJoints(tmp_path / "models")
    assert describe_boot(studio, {}).own.advice == ""


def test_a_model_file_that_is_there_opens_the_tiles(folder, tmp_path, monkeypatch):
    studio = studio_of(folder, tmp_path)
    file = tmp_path / "own.task"
    file.write_bytes(b"x")
    studio.joints = PhotoJoints(tmp_path / "models", file)
    monkeypatch.setattr("autocompose.body.sources.photo.find_spec", lambda name: object())
    assert describe_boot(studio, {}).own.described is True
    monkeypatch.setattr("autocompose.body.sources.photo.find_spec", lambda name: None)
    assert "autocompose[pose]" in describe_boot(studio, {}).own.advice
