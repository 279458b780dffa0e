"""``autocompose describe --provider openai`` over a real socket: files, report, price, ends."""

import base64
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autocompose.cli import main
from autocompose.data.dataset import open_dataset, write_captions, write_split
from autocompose.data.triplets import SamplingMode
from autocompose.describe.mllm.montage import view_pictures
from autocompose.schema import View
from tests.annotation_fakes import make_pair
from tests.peers import llama_server, model_server
from tests.warm import Program
from tests.warm import run as run_program

REPOSITORY = Path(__file__).resolve().parents[1]
KEY = "sk-secret-0123456789"
KEYS = ["mllm", "reverse", "mirror", "mirror-reverse"]
PAIRS = 3


@pytest.fixture(scope="module")
def server():
    with model_server() as peer:
        yield peer


@pytest.fixture
def peer(server, monkeypatch):
    server.post("/faults", [])
    server.post("/forget", {})
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    return server


@pytest.fixture
def dataset(tmp_path):
    root = tmp_path / "tiny"
    for sub in ("images", "captions", "image_splits"):
        (root / sub).mkdir(parents=True)
    rows, names = [], []
    for number in range(PAIRS):
        pair = make_pair(root / "images", number)
        names += [pair.reference.id, pair.target.id]
        texts = {"sents": ["Move."]} if number == 0 else {}
        rows.append({"reference": names[-2], "target": names[-1], "img_set": names[-1:], **texts})
    write_captions(root / "captions" / "val.json", rows)
    write_split(root / "image_splits" / "val.json", names)
    return root


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "val.json"


def arguments(dataset, out, peer, *more):
    args = [
        "describe",
        "--dataset",
        dataset,
        "--split",
        "val",
        "--provider",
        "openai",
        "--out",
        out,
    ]
    if peer is not None:
        args += ["--base-url", peer.base_url]
    return [str(arg) for arg in [*args, "--model", "M", *more]]


def run(*args) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments(*args))
    return left.value.code


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


def test_a_dry_run_needs_no_key_asks_nothing_and_writes_nothing(
    peer, dataset, out, capsys, monkeypatch
):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(SystemExit) as left:
        main(
            [
                *arguments(dataset, out, None, "--dry-run")[:-3],
                "--model",
                "gpt-4o-mini",
                "--dry-run",
            ]
        )
    assert left.value.code == 0
    written = capsys.readouterr()
    found = json.loads(written.out)
    assert (found["pairs"], found["calls"], found["estimated"]) == (PAIRS, 8 * PAIRS, True)
    assert 0 < found["cost_usd"] < 1
    assert 0 < found["image_tokens"] < found["input_tokens"]
    assert "estimate for 3 pairs" in written.err
    assert "list price of 20" in written.err
    assert not out.parent.exists()
    assert peer.get("/counts")["arrived"] == 0


def test_a_price_limit_stops_before_it_is_passed_and_keeps_what_is_done(peer, dataset, out, capsys):
    # A call costs 900 x 1 + 60 x 10 dollars per million and could cost about 0.0128.
    limit = ["--price", "1,10", "--max-cost", "0.018", "--views", "forward", "--concurrency", 1]
    path = out.with_name("report.json")
    assert run(dataset, out, peer, "--report", path, *limit) == 1
    err = capsys.readouterr().err
    assert "--max-cost $0.018" in err.splitlines()[-1]
    report = json.loads(path.read_text())
    assert 0 < report["cost_usd"] <= 0.018
    assert out.exists()
    more = ["--price", "1,10", "--max-cost", "1", "--views", "forward"]
    assert run(dataset, out, peer, *more) == 0
    assert peer.get("/counts")["arrived"] == 2 * PAIRS


def test_a_limit_for_a_model_of_unknown_price_is_refused_before_a_call(peer, dataset, out, capsys):
    assert run(dataset, out, peer, "--max-cost", 1) == 1
    err = capsys.readouterr().err
    assert "--price IN,OUT" in err
    assert err.count("\n") == 1
    assert peer.get("/counts")["arrived"] == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401, "message": f"bad {KEY}"}, "refused the API key"),
        ({"status": 404, "message": "no such model"}, 'does not serve a model "M"'),
        ({"status": 500, "message": "image input is not supported"}, "does not read images"),
        ({"status": 429, "code": "insufficient_quota"}, "no credit left"),
    ],
)
def test_when_no_call_can_pass_one_line_says_why(peer, dataset, out, capsys, fault, words):
    peer.post("/faults", [{"kind": "status", "times": 99, **fault}])
    assert run(dataset, out, peer, "--concurrency", 2) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert len(errors) == 1
    assert words in errors[0]
    assert KEY not in errors[0]
    assert not out.exists()
    assert not out.with_name("val.provenance.jsonl").exists()
    assert peer.get("/counts")["arrived"] <= 4


def test_a_real_server_without_eyes_is_one_clear_line(dataset, out, capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with llama_server() as llama:
        assert run(dataset, out, llama) == 1
    err = capsys.readouterr().err
    assert err.startswith('error: model "M" at http://127.0.0.1')
    assert "does not read images" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--samples", "99"], "samples 99 is outside"),
        (["--price", "free"], "IN,OUT"),
        (["--base-url", "ftp://x"], "is not an endpoint"),
    ],
)
def test_a_setting_out_of_range_is_one_line(peer, dataset, out, capsys, more, words):
    assert run(dataset, out, peer, *more) == 1
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_without_a_model_or_a_key_it_says_what_is_missing(peer, dataset, out, capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert run(dataset, out, None) == 1
    assert "set OPENAI_API_KEY" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(arguments(dataset, out, peer)[:-2])
    assert "--provider openai needs --model" in capsys.readouterr().err


def test_a_local_server_needs_no_key_and_may_be_named_in_the_environment(
    peer, dataset, out, monkeypatch
):
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_BASE_URL", peer.base_url)
    assert run(dataset, out, None, "--limit", 1) == 0
    assert len(json.loads(out.read_text())) == 1


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_keep_what_is_done_and_end_with_130(dataset, out, monkeypatch, number):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with model_server(latency=0.4) as slow:
        command = [sys.executable, "-m", "autocompose"]
        command += arguments(
            dataset, out, slow, "--concurrency", "2", "--report", out.with_name("r")
        )
        process = Program(command, cwd=REPOSITORY, env=os.environ)
        until = time.monotonic() + 150
        while slow.get("/counts")["answered"] < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert not list(out.parent.glob(".*.part"))
        written = json.loads(out.read_text()) if out.exists() else []
        described = sum("mllm" in row for row in written)
        assert f"{described} of 3 pairs described" in err or not out.exists()
        arrived = slow.get("/counts")["answered"]
        assert 2 <= arrived < 8 * PAIRS
        # Every answer that came is stored: the same command asks for the rest only.
        done = run_program(command, cwd=REPOSITORY, env=os.environ)
        assert done.returncode == 0, done.stderr
        assert slow.get("/counts")["answered"] == 8 * PAIRS
        assert json.loads(out.with_name("r").read_text())["cache_hits"] == arrived
