"""Caption files in and out of the Review page, without a page: jobs, uploads, what is left out."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace

import pytest

from autocompose.data.row_files import write_dataset_folder, write_json_lines, write_parquet
from autocompose.errors import CaptionFileError, ConfigError, LoginError, TextError
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.queue.next_items import Selection, find
from autocompose.review.store.records import Decision, Save
from autocompose.schema import BodyPart, Event, PartDescription
from autocompose.studio.review import review_jobs
from autocompose.studio.review.review_answers import JobKind, JobReport, JobState
from autocompose.studio.review.review_desk import ReviewDesk, review_save
from autocompose.studio.review.review_files import (
    review_cancel,
    review_export,
    review_import,
    review_job,
    review_piece,
    review_triage,
    review_upload,
    unpacked,
)
from autocompose.studio.server.state import Studio, StudioConfig
from tests.studio_fakes import hash_engine, write_stick_dataset

ADA = Reviewer("ada", Role.ADMINISTRATOR)
BOB = Reviewer("bob", Role.REVIEWER)


@pytest.fixture
def desk(tmp_path):
    folder = write_stick_dataset(tmp_path / "sticks", n=5)
    config = StudioConfig(folder, tmp_path, store=f"sqlite:///{tmp_path}/s.sqlite3")
    desk = ReviewDesk(Studio(config, lambda studio, _: hash_engine(folder, ())), config.store)
    yield desk
    desk.store(create=True).close()


@pytest.fixture
def rows(desk):
    studio = desk.studio
    return json.loads((studio.dataset.root / "captions" / f"{studio.split}.json").read_text())


def ended(desk):
    job = desk.jobs.last()
    assert job.ended.wait(60)
    return job.view()


def upload(desk, name, content, who=ADA):
    for offset in range(0, len(content), review_jobs.PIECE):
        piece = content[offset : offset + review_jobs.PIECE]
        data = base64.b64encode(piece).decode()
        sent = {"name": name, "offset": offset, "data": data}
        assert review_upload(desk, who, sent).received == offset + len(piece)


def imported(desk, name, content, **more):
    upload(desk, name, content)
    review_import(desk, ADA, {"uploaded": True, "split": "val", **more})
    return ended(desk)


def downloaded(desk):
    job, offset, content = desk.jobs.last(), 0, b""
    while True:
        piece = review_piece(desk, ADA, {"job": job.id, "offset": offset})
        content += base64.b64decode(piece.data)
        offset = piece.following
        if not offset:
            return content


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return packed.getvalue()


@pytest.mark.parametrize("form", ["json", "jsonl", "parquet", "datasets"])
def test_every_form_comes_in_from_the_page_and_is_checked(desk, rows, tmp_path, form):
    path = tmp_path / f"mine.{form}"
    if form == "json":
        content = json.dumps(rows).encode()
    elif form == "datasets":
        write_dataset_folder(path, rows)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file in path.rglob("*"):
                archive.write(file, f"mine/{file.relative_to(path)}")
        content = packed.getvalue()
    else:
        {"jsonl": write_json_lines, "parquet": write_parquet}[form](path, rows)
        content = path.read_bytes()
    name = "mine.zip" if form == "datasets" else path.name
    job = imported(desk, name, content)
    assert (job.state, job.problem) == (JobState.DONE, "")
    assert (job.report.added, job.report.known, job.report.skipped) == (8, 0, 0)
    assert job.report.checked == 8
    assert find(desk.store(), Selection()).items[0].reasons != ()
    again = imported(desk, name, content)
    assert (again.report.added, again.report.known) == (0, 8)


def test_records_without_their_pictures_and_other_keys_are_named(desk, rows):
    rows[1]["target"] = "gone.png"
    rows[0]["their_notes"] = ["tall"]
    job = imported(desk, "val.json", json.dumps(rows).encode())
    assert job.state is JobState.DONE
    assert job.report.skipped == 2
    names = {left.name: left.why for left in job.report.left}
    assert f"{rows[1]['reference']} to gone.png" in names
    assert "gone.png" in names[f"{rows[1]['reference']} to gone.png"]
    assert "not reviewed" in names["their_notes"]


def test_a_file_that_cannot_be_read_fails_in_one_line_and_leaves_nothing(desk):
    job = imported(desk, "val.json", b"[1, 2")
    assert job.state is JobState.FAILED
    assert "val.json" in job.problem
    assert "\n" not in job.problem
    assert find(desk.store(), Selection()).total == 0
    with pytest.raises(ConfigError, match=r"one of \.json"):
        review_upload(desk, ADA, {"name": "a.exe", "offset": 0, "data": ""})
    with pytest.raises(ConfigError, match="piece of the file is missing"):
        review_upload(desk, ADA, {"name": "a.json", "offset": 9, "data": "AAAA"})
    with pytest.raises(ConfigError, match="damaged"):
        review_upload(desk, ADA, {"name": "a.json", "offset": 0, "data": "!"})
    with pytest.raises(ConfigError, match="no file has arrived"):
        review_import(desk, ADA, {"uploaded": True, "split": "val"})
    for split in ("", "../val", "a/b", "x" * 70):
        with pytest.raises(ConfigError, match="name the split"):
            review_import(desk, ADA, {"uploaded": True, "split": split})


def test_an_upload_has_a_bound_and_belongs_to_its_sender(desk, monkeypatch):
    monkeypatch.setattr(review_jobs, "MAX_FILE", 10)
    data = base64.b64encode(b"x" * 11).decode()
    with pytest.raises(ConfigError, match="larger than"):
        review_upload(desk, ADA, {"name": "a.json", "offset": 0, "data": data})
    eve = Reviewer("eve", Role.ADMINISTRATOR)
    upload(desk, "a.json", b"[]")
    with pytest.raises(ConfigError, match="no file has arrived"):
        review_import(desk, eve, {"uploaded": True, "split": "val"})


def test_a_zip_stays_inside_its_folder_and_within_bounds(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    for bad in ("../out.json", "/out.json", "a/../../out.json", "c:out.json"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(bad, "[]")
        with pytest.raises(CaptionFileError, match="points outside"):
            unpacked(path)
    path.write_bytes(zipped(a_DOT_json="[]", b_DOT_json="[]"))
    with pytest.raises(CaptionFileError, match="holds 2 caption files"):
        unpacked(path)
    path.write_bytes(b"PK no zip")
    with pytest.raises(CaptionFileError, match="not a zip"):
        unpacked(path)
    monkeypatch.setattr("autocompose.studio.review.review_files.MAX_UNPACKED", 5)
    path.write_bytes(zipped(a_DOT_json="[      ]"))
    with pytest.raises(CaptionFileError, match="more than"):
        unpacked(path)


def test_only_an_administrator_brings_files_in_and_out(desk):
    review_import(desk, ADA, {})
    ended(desk)
    calls = (
        review_upload, review_import, review_triage, review_export, review_job, review_cancel,
        review_piece,
    )  # fmt: skip
    for call in calls:
        with pytest.raises(LoginError):
            call(desk, BOB, {"name": "a.json", "data": ""})


def test_a_job_is_found_again_cancelled_and_dismissed(desk):
    review_import(desk, ADA, {})
    ended(desk)
    before = find(desk.store(), Selection()).total

    def endless(job):
        while True:
            job.listen(Event("wait", 1, 2))
            job.cancelled.wait(0.01)

    job = desk.jobs.start(JobKind.TRIAGE, "", endless)
    assert review_job(desk, ADA, {}).job.state is JobState.RUNNING
    with pytest.raises(ConfigError, match="another triage is running"):
        review_export(desk, ADA, {"format": "jsonl", "dataset": desk.studio.dataset_name,
                                  "split": desk.studio.split})  # fmt: skip
    review_cancel(desk, ADA, {"job": job.id})
    assert ended(desk).state is JobState.CANCELLED
    assert find(desk.store(), Selection()).total == before
    review_cancel(desk, ADA, {"job": job.id})
    assert review_job(desk, ADA, {}).job is None


def test_a_cancelled_import_leaves_the_store_as_it_was(desk, rows, monkeypatch):
    desk.store(create=True)
    listen = review_jobs.ReviewJob.listen

    def cancel_while_writing(job, event):
        if event.stage == "write the store":
            job.cancelled.set()
        listen(job, event)

    monkeypatch.setattr(review_jobs.ReviewJob, "listen", cancel_while_writing)
    job = imported(desk, "val.json", json.dumps(rows).encode())
    assert (job.state, job.report) == (JobState.CANCELLED, JobReport())
    assert find(desk.store(), Selection()).total == 0
    assert desk.store().verify().problems == ()


def test_an_export_holds_what_was_asked_for_and_names_blocked_rows(desk):
    review_import(desk, ADA, {})
    ended(desk)
    store, studio = desk.store(), desk.studio
    first, second, *_ = find(store, Selection()).items
    place = {"dataset": studio.dataset_name, "split": studio.split}
    wrong = (PartDescription(BodyPart.RIGHT_HAND, "Bring the left hand forward."),)
    # The store itself takes any text: a bulk action or an older studio may have let it in.
    for item, parts in ((first, ()), (second, wrong)):
        judgement = replace(item.state.judgement, verdict=Decision.ACCEPTED, parts=parts)
        store.save(Save(f"op-{item.id}", item.id, 0, judgement, "ada"))
    review_export(desk, ADA, {"format": "jsonl", "accepted": True, **place})
    job = ended(desk)
    assert (job.state, job.report.descriptions, job.report.skipped) == (JobState.DONE, 1, 1)
    assert second.reference in job.report.left[0].name
    assert "right hand" in job.report.left[0].why
    lines = [json.loads(line) for line in downloaded(desk).decode().splitlines()]
    assert {line["description"] for line in lines} == {first.id}
    assert job.report.size == len(downloaded(desk))
    review_export(desk, ADA, {"format": "official", "accepted": False, **place})
    job = ended(desk)
    assert (job.report.descriptions, job.report.skipped) == (7, 1)
    assert all({"reference", "target"} <= row.keys() for row in json.loads(downloaded(desk)))
    with pytest.raises(ConfigError, match="no longer there"):
        review_piece(desk, ADA, {"job": "other"})


def test_a_row_of_the_wrong_side_is_refused_when_it_is_accepted(desk):
    review_import(desk, ADA, {})
    ended(desk)
    item = find(desk.store(), Selection()).items[0]
    judgement = {
        "phrasings": list(item.state.judgement.phrasings), "verdict": "accepted",
        "parts": [["right_hand", "Bring the left hand forward."]], "flagged": False,
        "reasons": [], "wrong_parts": [], "note": "", "written": None,
    }  # fmt: skip
    sent = {"operation": "a", "id": item.id, "base": 0, "judgement": judgement}
    with pytest.raises(TextError, match="This row is the right hand"):
        review_save(desk, ADA, sent)
    rejected = {**sent, "judgement": {**judgement, "verdict": "rejected"}}
    assert review_save(desk, ADA, rejected).state.revision == 1
