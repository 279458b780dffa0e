"""The loop: a failing training text is found, sent to review, mended, and trained on again."""

from dataclasses import replace

import pytest

from autocompose.config import TrainConfig
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset, write_captions, write_joints, write_split
from autocompose.evaluation.failures.failure_records import Cause
from autocompose.language.sides.mirror import mirror_text
from autocompose.review.files.export import Format, export
from autocompose.review.files.imports import import_records
from autocompose.review.files.training_texts import with_accepted_texts
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.queue.next_items import Selection, selected_ids
from autocompose.review.store.records import Decision, Save
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.studio import StudioConfig
from autocompose.studio.errors import error_desk
from autocompose.studio.errors.error_desk import ErrorDesk
from autocompose.studio.server.state import Studio
from autocompose.training.run import train
from autocompose.workspace import Workspace
from tests.model_fakes import write_pictures
from tests.poses import ARMS_DOWN, with_joints
from tests.studio_fakes import hash_engine
from tests.training_fakes import TINY

ADA = Reviewer("ada", Role.ADMINISTRATOR)
LEFT_UP = {"left_elbow": (0.19, 0.72, 0), "left_wrist": (0.2, 0.97, 0), "left_hand": (0.2, 1.05, 0)}
RIGHT_UP = {f"right_{k[5:]}": (-x, y, z) for k, (x, y, z) in LEFT_UP.items()}
BODIES = (
    ARMS_DOWN,
    with_joints(ARMS_DOWN, **LEFT_UP),
    with_joints(ARMS_DOWN, **RIGHT_UP),
    with_joints(ARMS_DOWN, **LEFT_UP, **RIGHT_UP),
)
TEXTS = (
    "Raise your left arm straight above your head.",
    "Raise your right arm straight above your head.",
    "Raise both arms straight above your head.",
)
WRONG = (0, 2)
"""Person and body of the record whose text has its sides exchanged."""
PEOPLE = 3
CONFIG = TrainConfig(
    source="auto", mode="auto_1", cycle=False, text_epochs=0, combiner_epochs=500,
    combiner_batch=16, combiner_lr=3e-3, logit_scale=20.0,
)  # fmt: skip
MODEL = replace(TINY, projection_dim=128, hidden_dim=256)


def write_people(folder):
    """Pictures of noise, a standing body and three changes of it for each person."""
    paths = write_pictures(folder / "images", PEOPLE * len(BODIES), size=64)
    names = [path.name for path in paths]
    write_joints(
        folder / "joints.json",
        [
            PoseImage(
                path.name, path, joints=tuple(map(tuple, BODIES[i % len(BODIES)].tolist())),
                joints_origin=JointsOrigin.RENDERED,
            )
            for i, path in enumerate(paths)
        ],
    )  # fmt: skip
    rows = []
    for person in range(PEOPLE):
        first = person * len(BODIES)
        for body, text in enumerate(TEXTS, start=1):
            wrong = (person, body) == WRONG
            row = {
                "reference": names[first], "target": names[first + body],
                "img_set": names[first + 1 : first + len(BODIES)],
                "auto": [mirror_text(text) if wrong else text],
            }  # fmt: skip
            # The right text of the exchanged one is there three times: the model believes it.
            rows += [row] * (3 if (person, body) == (0, 1) else 1)
    write_captions(folder / "captions" / "train.json", rows)
    write_split(folder / "image_splits" / "train.json", names)
    return open_dataset(folder)


@pytest.fixture
def home(tmp_path):
    return Workspace(tmp_path / "annotations", tmp_path / "checkpoints", tmp_path / "cache")


def desk_of(home, checkpoint):
    dataset = home.annotations / "people"
    config = StudioConfig(
        dataset, home.cache, split="train", workspace=home,
        checkpoint=home.checkpoints / checkpoint,
    )  # fmt: skip
    studio = Studio(config, lambda s, _: hash_engine(dataset, tuple(i.id for i in s.images)))
    return ErrorDesk(studio, f"sqlite:///{home.annotations}/store.sqlite3", home.error_runs)


def evaluated(desk):
    """The queries of an evaluation of the training split as the page opens them."""
    asked = {"split": "train", "key": "auto", "joints": "none", "beyond": 1}
    error_desk.errors_run(desk, ADA, asked)
    assert desk.jobs.last.ended.wait(120)
    run, _ = desk.jobs.last.made
    assert run, desk.jobs.last.problem
    return run, desk.run(run)[0]


@pytest.mark.slow
def test_a_failing_text_is_found_mended_and_trained_on_until_it_succeeds(home):
    dataset = write_people(home.annotations / "people")
    train(dataset, home.checkpoints / "before", model=MODEL, config=CONFIG)
    desk = desk_of(home, "before")
    run, report = evaluated(desk)
    target = f"picture_{WRONG[1]:03d}.png"
    failure = next(one for one in report.failures if one.target == target)
    assert failure.cause in (Cause.SIDES, Cause.CONTRADICTED)

    # Sent to review, it stands first, with its reason; it is mended, all is accepted.
    error_desk.errors_send(desk, ADA, {"run": run, "query": failure.id})
    store = desk.store()
    path = dataset.root / "captions" / "train.json"
    import_records(store, read_caption_file(path), dataset=dataset, split="train", by="ada")
    for number, description in enumerate(selected_ids(store, Selection())):
        item = store.item(description)
        texts = item.state.judgement.phrasings
        if item.reasons and item.reasons[0].startswith("Error analysis"):
            assert texts == (failure.text,)
            texts = (mirror_text(texts[0]),)
        accepted = replace(item.original, phrasings=texts, verdict=Decision.ACCEPTED)
        store.save(Save(f"op{number}", description, item.state.revision, accepted, "ada"))
    reviewed = with_accepted_texts(dataset, store)
    assert export(store, path, format=Format.OFFICIAL, dataset="people", split="train").texts == 11

    # Trained on the accepted texts, the case succeeds; the tab says so of the new run.
    train(reviewed, home.checkpoints / "after", model=MODEL, config=CONFIG)
    desk = desk_of(home, "after")
    run, report = evaluated(desk)
    [query] = [one for one in report.queries if one.target == target]
    assert query.rank == 1 < failure.rank
    assert query.text == TEXTS[1]
    [(name, case)] = error_desk.errors_open(desk, {"run": run}).cases
    assert (name, case.rank, case.edited) == (query.id, failure.rank, True)
