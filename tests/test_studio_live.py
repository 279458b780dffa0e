"""The studio's model: what a visitor may start, what is shown, what is limited, what is hidden."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from autocompose.config import AnnotateConfig
from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest, encode_chat
from autocompose.errors import ModelUnavailableError
from autocompose.studio.describe.describe_tab import describe_boot
from autocompose.studio.describe.description import describe
from autocompose.studio.describe.live_pages import (
    LiveStarted,
    live_answers,
    live_cancel,
    live_poll,
    live_start,
)
from autocompose.studio.describe.take_away import caption_row
from autocompose.studio.server.model_jobs import Annotator, ModelSetup
from autocompose.studio.server.pictures import to_page
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.transport import page_call
from tests.model_server import answer_text
from tests.studio_fakes import hash_engine, write_stick_dataset

KEY = "sk-visitor-9876543210"


class FakeModel:
    """Answers like tests/model_server.py; from request ``held`` on only while ``gate`` is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.held = 1
        self.requests: list[ModelRequest] = []
        self.keys: list[str | None] = []
        self.texts: list[str] = []
        self.error: Exception | None = None

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        self.requests.append(request)
        while len(self.requests) >= self.held and not self.gate.is_set():
            await asyncio.sleep(0.005)
        if self.error is not None:
            raise self.error
        if self.texts:
            return ModelAnswer(self.texts.pop(0), 10, 5)
        return ModelAnswer(answer_text(request.stage, encode_chat(request)), 900, 60)

    @asynccontextmanager
    async def connect(self, setup: ModelSetup, key: str | None):
        self.keys.append(key)
        yield self


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_stick_dataset(tmp_path_factory.mktemp("sticks") / "data", n=6)


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


def open_studio(folder: Path, uploads: Path, model: FakeModel, **setup: object) -> Studio:
    config = AnnotateConfig(model="gpt-4o-mini")
    options = {"base_url": "https://models.example/v1", "api_key": "sk-operator", **setup}
    annotator = Annotator(ModelSetup(config, **options), model.connect)  # pyright: ignore
    return Studio(
        StudioConfig(folder, uploads), lambda *_: hash_engine(folder, ()), annotator=annotator
    )


@pytest.fixture
def studio(folder, tmp_path, model) -> Studio:
    return open_studio(folder, tmp_path, model)


def finish(studio: Studio, started: LiveStarted) -> tuple[list[dict], dict]:
    """All events of a job, asked for as the page does, and its last progress."""
    events, after, until = [], 0, time.monotonic() + 20
    while time.monotonic() < until:
        page = to_page(live_poll(studio, {"job": started.job, "after": after}))
        events += page["events"]
        after = page["after"]
        if page["state"] != "running":
            return events, page
        time.sleep(0.01)
    raise AssertionError(f"the job did not end: {events}")


def run(studio: Studio, **payload: object) -> tuple[list[dict], dict]:
    return finish(studio, live_start(studio, {"pair": studio.pairs[0].id, **payload}))


def kinds(events: list[dict], view: str = "forward") -> list[str]:
    return [event["kind"] for event in events if event["view"] == view]


def test_the_stages_come_one_after_the_other(studio):
    events, end = run(studio, all_views=True)
    assert kinds(events) == ["asking", "parts", "asking", "texts"]
    parts = next(event for event in events if event["kind"] == "parts")
    assert {"part", "label", "side", "group", "text"} == set(parts["rows"][0])
    assert [len(event["texts"]) for event in events if event["kind"] == "texts"] == [3] * 4
    forward = next(i for i, event in enumerate(events) if event["kind"] == "texts")
    assert all(event["view"] == "forward" for event in events[: forward + 1])
    assert {event["view"] for event in events} == {
        "forward", "reverse", "mirror", "mirror-reverse", "",
    }  # fmt: skip
    assert (end["state"], end["calls"], end["input_tokens"]) == ("done", 8, 8 * 900)
    assert end["cost_usd"] > 0


def test_only_the_forward_view_is_asked_for_when_that_is_all(studio):
    events, end = run(studio)
    assert end["calls"] == 2
    assert kinds(events, "reverse") == []


def test_a_dataset_pair_is_paid_for_once(studio, model):
    run(studio)
    _, end = run(studio)
    assert (end["calls"], end["cached"]) == (0, 2)
    assert len(model.requests) == 2


def test_edited_parts_are_phrased_anew_each_time(studio, model):
    rows = [{"part": "neck", "text": "Tilt the neck forward."}]
    for _ in range(2):
        events, end = run(studio, phrase=True, rows=rows)
        assert kinds(events) == ["asking", "texts"]
        assert end["calls"] == 1
    assert all(request.stage == "phrasings" for request in model.requests)
    assert all("Tilt the neck forward." in request.user for request in model.requests)


def test_phrasing_without_parts_is_one_clear_line(studio):
    answer = page_call(live_start, studio)({"pair": studio.pairs[0].id, "phrase": True})
    assert "No parts left" in answer["error"]


def test_a_visitors_sentences_are_bounded(studio, model):
    rows = [{"part": part, "text": "x" * 1500} for part in ("head", "neck", "hips")]
    payload = {"pair": studio.pairs[0].id, "phrase": True, "rows": rows}
    assert "4500 characters" in page_call(live_start, studio)(payload)["error"]
    assert model.requests == []


def test_an_answer_that_is_sent_back_is_told_and_kept_raw(studio, model):
    model.texts = ["I cannot help <script>alert(1)</script>"]
    started = live_start(studio, {"pair": studio.pairs[0].id})
    events, _ = finish(studio, started)
    assert kinds(events)[:2] == ["asking", "again"]
    answers = live_answers(studio, {"job": started.job}).answers
    assert answers[0].text == "I cannot help <script>alert(1)</script>"
    assert answers[0].problem
    assert [a.attempt for a in answers if a.stage == "parts"] == [1, 2]


def test_answers_that_stay_broken_are_discarded_with_their_reason(studio, model):
    model.texts = ["no"] * 3
    events, end = run(studio)
    assert end["state"] == "done"
    discarded = events[-2]
    assert discarded["kind"] == "discarded"
    assert "JSON" in discarded["note"]


def test_cancelling_keeps_what_is_written(studio, model):
    model.gate.clear()
    model.held = 2  # Stage I is answered, Stage II hangs
    started = live_start(studio, {"pair": studio.pairs[0].id, "all_views": True})
    until = time.monotonic() + 20
    while len(model.requests) < 2 and time.monotonic() < until:
        time.sleep(0.005)
    live_cancel(studio, {"job": started.job})
    events, end = finish(studio, started)
    assert end["state"] == "cancelled"
    assert "parts" in kinds(events)
    assert events[-1]["kind"] == "end"


def test_a_refused_key_is_one_line_and_never_shown(folder, tmp_path, model):
    studio = open_studio(folder, tmp_path, model, own_key=True, api_key=None)
    model.error = ModelUnavailableError("the endpoint\nrefused the API key (401)")
    started = live_start(studio, {"pair": studio.pairs[0].id, "key": f" {KEY} "})
    events, end = finish(studio, started)
    assert end["state"] == "failed"
    assert events[-1]["note"] == "the endpoint refused the API key (401)"
    assert model.keys == [KEY]
    raw = to_page(live_answers(studio, {"job": started.job}))
    seen = json.dumps([events, end, raw, to_page(describe_boot(studio, {}))])
    assert KEY not in seen
    assert KEY not in repr(vars(studio.annotator))


def test_the_operators_key_is_never_sent_to_a_page(studio):
    events, end = run(studio)
    page = json.dumps([to_page(describe_boot(studio, {})), events, end])
    assert "sk-operator" not in page
    assert "sk-operator" not in repr(studio.annotator.setup)


def test_a_visitor_without_a_needed_key_is_told(folder, tmp_path, model):
    studio = open_studio(folder, tmp_path, model, own_key=True, api_key=None)
    assert describe_boot(studio, {}).model.key == "needed"
    answer = page_call(live_start, studio)({"pair": studio.pairs[0].id})
    assert "your own API key" in answer["error"]


def test_a_key_is_refused_where_the_operator_takes_none(studio, model):
    answer = page_call(live_start, studio)({"pair": studio.pairs[0].id, "key": KEY})
    assert "does not accept API keys" in answer["error"]
    assert KEY not in answer["error"]
    assert model.keys == []


@pytest.mark.parametrize("key", ["x" * 400, "sk\n123", "schlüssel"])
def test_a_key_that_is_none_is_not_repeated(folder, tmp_path, model, key):
    studio = open_studio(folder, tmp_path, model, own_key=True)
    answer = page_call(live_start, studio)({"pair": studio.pairs[0].id, "key": key})
    assert answer["error"] == "that is not an API key; paste it again"


def test_a_visitor_cannot_choose_model_or_endpoint(studio, model):
    run(studio, model="gpt-5-pro", base_url="http://169.254.169.254/v1")
    assert {request.model for request in model.requests} == {"gpt-4o-mini"}


def test_only_as_many_jobs_run_at_once_as_the_operator_allows(studio, model):
    model.gate.clear()
    jobs = [live_start(studio, {"pair": pair.id}) for pair in studio.pairs[:2]]
    answer = page_call(live_start, studio)({"pair": studio.pairs[2].id})
    assert "busy" in answer["error"]
    model.gate.set()
    for job in jobs:
        assert finish(studio, job)[1]["state"] == "done"


def test_a_visit_and_an_hour_have_their_limits(folder, tmp_path, model):
    studio = open_studio(folder, tmp_path, model, calls_per_visit=3, calls_per_hour=5)
    run(studio, visit="a")
    _, end = run(studio, visit="a", pair=studio.pairs[1].id)
    assert end["state"] == "failed"
    _, end = run(studio, visit="b", pair=studio.pairs[1].id)
    assert end["state"] == "done"
    events, end = run(studio, visit="c", pair=studio.pairs[2].id)
    assert "an hour" in events[-1]["note"]
    assert len(model.requests) == 5


def test_a_visitors_own_key_is_not_counted_against_the_operators_limits(folder, tmp_path, model):
    studio = open_studio(folder, tmp_path, model, own_key=True, calls_per_visit=1)
    assert run(studio, key=KEY)[1]["state"] == "done"
    assert run(studio)[1]["state"] == "failed"  # nor are its answers handed to others


def test_an_unforeseen_fault_ends_the_job(studio, model, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    model.error = KeyError("nobody thought of this")
    events, end = run(studio)
    assert end["state"] == "failed"
    assert "log" in events[-1]["note"]


def test_uploads_of_one_name_are_two_pictures_for_the_model(studio, model, tmp_path):
    paths = []
    for folder, shade in (("a", 40), ("b", 200)):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "image.jpg")
        Image.new("RGB", (64, 48), (shade,) * 3).save(paths[-1])
    upload = {"reference": str(paths[0]), "target": str(paths[1])}
    page = describe(studio, upload)
    assert "Let the model" in page.explanation
    _, end = finish(studio, live_start(studio, upload))
    assert end["state"] == "done"
    (montage,) = model.requests[0].images
    picture = Image.open(__import__("io").BytesIO(montage))
    left, right = (picture.getpixel((x, picture.height // 2)) for x in (10, picture.width - 10))
    assert abs(left[0] - right[0]) > 100  # pyright: ignore
    row = caption_row(studio, {**upload, "source": "mllm", "phrasings": ["x"]}).row
    assert row["reference"] == row["target"] == "image.jpg"


def test_model_texts_are_saved_under_the_official_keys(studio):
    row = caption_row(
        studio,
        {
            "pair": studio.pairs[0].id, "source": "mllm", "phrasings": ["go"],
            "views": {"reverse": ["back"], "mirror": ["go left"], "tail": ["x"]},
            "rows": [{"part": "neck", "text": "Bend."}],
        },
    ).row  # fmt: skip
    assert (row["mllm"], row["reverse"], row["mirror"]) == (["go"], ["back"], ["go left"])
    assert "auto" not in row
    assert "tail" not in row
    assert row["provenance"]["model"] == "gpt-4o-mini"
    assert row["provenance"]["provider"] == "models.example"


def test_without_a_model_nothing_can_be_started(folder, tmp_path):
    studio = Studio(StudioConfig(folder, tmp_path), lambda *_: hash_engine(folder, ()))
    assert describe_boot(studio, {}).model is None
    for handler in (live_start, live_poll, live_cancel, live_answers):
        answer = page_call(handler, studio)({"pair": studio.pairs[0].id, "job": "x"})
        assert "--model" in answer["error"]


def test_an_unknown_job_is_one_clear_line(studio):
    assert "start it again" in page_call(live_poll, studio)({"job": "guess"})["error"]
