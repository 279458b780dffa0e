"""``autocompose describe --provider openai`` over a real socket: files, report, reruns."""

import base64
import json

import pytest

from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.triplets import SamplingMode
from autocompose.describe.mllm.montage import view_pictures
from autocompose.schema import View
from tests.annotate_runs import KEY, PAIRS, forgetful, run, write_small_split
from tests.peers import model_server

pytestmark = pytest.mark.slow

KEYS = ["mllm", "reverse", "mirror", "mirror-reverse"]


@pytest.fixture(scope="module")
def server():
    with model_server() as peer:
        yield peer


@pytest.fixture
def peer(server, monkeypatch):
    return forgetful(server, monkeypatch)


@pytest.fixture
def dataset(tmp_path):
    return write_small_split(tmp_path / "tiny")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "val.json"


def report_of(dataset, out, peer, *more, code=0):
    path = out.with_name("report.json")
    assert run(dataset, out, peer, "--report", path, *more) == code
    return json.loads(path.read_text())


def test_a_split_is_annotated_in_all_views_and_the_official_loader_would_accept_it(
    peer, dataset, out, capsys
):
    report = report_of(dataset, out, peer, "--views", "generate", "--n", 3)
    assert report.pop("seconds") > 0
    assert report == {
        "pairs": PAIRS, "texts": dict.fromkeys(KEYS, 3 * PAIRS), "calls": 8 * PAIRS,
        "cache_hits": 0, "retries": 0, "discarded": {}, "cost_usd": None,
        "input_tokens": 900 * 8 * PAIRS, "output_tokens": 60 * 8 * PAIRS,
    }  # fmt: skip
    assert peer.get("/counts")["answered"] == 8 * PAIRS
    rows = json.loads(out.read_text())
    assert [set(row) - {"sents"} for row in rows] == [
        {"reference", "target", "img_set", *KEYS}
    ] * PAIRS
    assert rows[0]["sents"] == ["Move."]
    assert all(len(row[key]) == 3 for row in rows for key in KEYS)
    assert capsys.readouterr().out == ""
    # Our loader reads it back, and training has every key that the paper's mode asks for.
    (dataset / "captions" / "val.json").write_text(out.read_text())
    pairs = open_dataset(dataset).pairs("val")
    mode = SamplingMode.parse("mllm-mirror-reverse_3")
    assert str(mode) == "mllm-mirror-reverse_3"
    assert all(len(pair.texts[key]) == 3 for pair in pairs for key in KEYS)


def test_every_raw_answer_is_beside_the_captions_and_the_key_is_nowhere(peer, dataset, out, capsys):
    assert run(dataset, out, peer) == 0
    provenance = out.with_name("val.provenance.jsonl")
    lines = [json.loads(line) for line in provenance.read_text().splitlines()]
    assert [line["view"] for line in lines] == [view.value for view in View] * PAIRS
    assert all(len(line["calls"]) == 2 and line["calls"][0]["raw"] for line in lines)
    written = capsys.readouterr()
    assert KEY not in written.out + written.err
    for path in out.parent.iterdir():
        assert KEY.encode() not in path.read_bytes()
    assert peer.get("/counts")["keys"] == [f"Bearer {KEY}"]


def test_the_same_command_again_asks_nothing_and_writes_the_same(peer, dataset, out):
    report_of(dataset, out, peer)
    first = out.read_bytes()
    out.unlink()
    again = report_of(dataset, out, peer)
    assert (again["calls"], again["cache_hits"], again["input_tokens"]) == (0, 8 * PAIRS, 0)
    assert out.read_bytes() == first
    assert peer.get("/counts")["arrived"] == 8 * PAIRS


def picture(dataset, number=0) -> str:
    """What the server is shown of the forward view of a pair."""
    pair = open_dataset(dataset).pairs("val")[number]
    shown = view_pictures(pair, (View.FORWARD,), overlay=False, two_images=False)
    return base64.b64encode(shown[View.FORWARD][0]).decode()


def bad_first(peer, dataset, text="I see a person."):
    """The three answers about the first pair cannot be used."""
    bad = {"kind": "text", "text": text, "stage": "parts", "times": 3, "contains": picture(dataset)}
    peer.post("/faults", [bad])
    return ("--concurrency", 1, "--views", "forward")


def test_discards_are_counted_by_reason_and_told_beside_the_papers_rate(peer, dataset, out, capsys):
    report = report_of(dataset, out, peer, *bad_first(peer, dataset), code=3)
    assert report["discarded"] == {"invalid JSON": 1}
    assert report["texts"] == {**dict.fromkeys(KEYS, 0), "mllm": 3 * (PAIRS - 1)}
    assert (report["calls"], report["retries"]) == (3 + 2 * (PAIRS - 1), 2)
    err = capsys.readouterr().err
    assert "1 of 3 views (33.3%; paper about 2.5% of replies), forward: invalid JSON 1" in err
    # The pair keeps the text it had, and has no key of the discarded view.
    assert "3 rows; 2 of 3 pairs described" in err
    assert [list(row)[3:] for row in json.loads(out.read_text())] == [["sents"], *[["mllm"]] * 2]


def test_a_discarded_view_has_no_older_text_in_its_place(peer, dataset, out):
    path = dataset / "captions" / "val.json"
    rows = json.loads(path.read_text())
    old = [
        {**row, "mllm": ["Old text of another model."], "mirror": ["Not asked for."]}
        for row in rows
    ]
    write_captions(path, old)
    assert run(dataset, out, peer, *bad_first(peer, dataset)) == 3
    found = json.loads(out.read_text())
    assert [list(row)[3:] for row in found] == [
        ["sents", "mirror"], *[["mllm", "mirror"]] * 2
    ]  # fmt: skip
    assert "Old text of another model." not in out.read_text()


def test_in_the_splits_own_file_every_row_and_text_stays(peer, dataset, capsys):
    path = dataset / "captions" / "val.json"
    rows = json.loads(path.read_text())
    rows[0] |= {"mllm": ["Old text of another model."], "mine": 7}
    write_captions(path, rows)
    limit = ("--limit", 2)
    assert run(dataset, path, peer, *bad_first(peer, dataset), *limit) == 3
    assert "older texts that stay where there is no new one: mllm 1" in capsys.readouterr().err
    found = json.loads(path.read_text())
    assert [found[0], found[2]] == [rows[0], rows[2]]
    assert len(found[1]["mllm"]) == 3
    # The same command without a limit goes on with the rest.
    assert run(dataset, path, peer, "--views", "forward", "--retry-discarded") == 0
    assert all(len(row["mllm"]) == 3 for row in json.loads(path.read_text()))
    assert peer.get("/counts")["arrived"] == 3 + 2 * PAIRS


def test_a_row_without_any_text_is_left_out(peer, dataset, out):
    rows = json.loads((dataset / "captions" / "val.json").read_text())
    write_captions(dataset / "captions" / "val.json", rows[1:])
    assert run(dataset, out, peer, *bad_first(peer, dataset, "{}")) == 3
    assert [row["reference"] for row in json.loads(out.read_text())] == [rows[2]["reference"]]


@pytest.mark.parametrize(
    ("text", "options", "asks"),
    [
        ("", (), True),
        ("", ("--no-retry-discarded",), False),
        ("I see a person.", (), False),
        ("I see a person.", ("--retry-discarded",), True),
    ],
)
def test_a_rerun_asks_again_for_what_was_discarded_and_for_nothing_else(
    peer, dataset, out, text, options, asks
):
    assert run(dataset, out, peer, *bad_first(peer, dataset, text)) == 3
    first = json.loads(out.read_text())
    before = peer.get("/counts")["arrived"]
    assert run(dataset, out, peer, "--views", "forward", *options) == (0 if asks else 3)
    found = json.loads(out.read_text())
    assert len(found[0].get("mllm", ())) == (3 if asks else 0)
    assert found[1:] == first[1:]
    assert peer.get("/counts")["arrived"] - before == (2 if asks else 0)
    # Then it is answered, and nothing is asked any more.
    assert run(dataset, out, peer, "--views", "forward", *options) == (0 if asks else 3)
    assert peer.get("/counts")["arrived"] - before == (2 if asks else 0)


def test_answers_of_another_endpoint_are_not_taken_for_this_ones(peer, dataset, out):
    limit = ("--limit", 1, "--views", "forward")
    with model_server() as other:
        assert run(dataset, out, other, *limit) == 0
        assert run(dataset, out, peer, *limit) == 0
        assert run(dataset, out, other, *limit) == 0
        assert other.get("/counts")["arrived"] == 2
    assert peer.get("/counts")["arrived"] == 2


def test_where_every_view_is_discarded_it_is_an_error_and_the_captions_stay(
    peer, dataset, out, capsys
):
    peer.post("/faults", [{"kind": "text", "text": "{}", "stage": "parts", "times": 9}])
    report = report_of(dataset, out, peer, "--views", "forward", code=1)
    assert report["discarded"] == {"empty": PAIRS}
    assert (
        capsys.readouterr().err.splitlines()[-1].startswith("error: no pair was described: empty 3")
    )
    assert not out.exists()
    # The raw answers say why; they hide no side-car of an earlier run.
    lines = out.with_name("val.provenance.jsonl").read_text().splitlines()
    assert [json.loads(line)["discarded"] for line in lines] == ["empty"] * PAIRS
    out.write_text((dataset / "captions" / "val.json").read_text())
    before = (out.read_bytes(), out.with_name("val.provenance.jsonl").read_bytes())
    report_of(dataset, out, peer, "--views", "forward", "--no-retry-discarded", code=1)
    assert (out.read_bytes(), out.with_name("val.provenance.jsonl").read_bytes()) == before


def test_a_local_server_needs_no_key_and_may_be_named_in_the_environment(
    peer, dataset, out, monkeypatch
):
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_BASE_URL", peer.base_url)
    assert run(dataset, out, None, "--limit", 1) == 0
    assert len(json.loads(out.read_text())) == 1
