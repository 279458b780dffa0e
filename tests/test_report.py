"""The CSV and the HTML report of an evaluation."""

import csv
import re
from dataclasses import replace

import pytest
from PIL import Image

from autocompose.errors import WriteError
from autocompose.evaluation.breakdown import by_length, by_part, over_phrasings
from autocompose.evaluation.eval_report import EvalReport, QueryOutcome
from autocompose.evaluation.report import SHOWN_QUERIES, write_csv, write_html

OUTCOMES = (
    QueryOutcome("a.png", "b.png", 'raise "both", arms', 1, 1, ("b.png", "c.png")),
    QueryOutcome("b.png", "c.png", "<script>alert(1)</script> & lean", 3, None, ("a.png", "d.png")),
)
RECALL = {"1": 50.0, "5": 100.0}
REPORT = EvalReport(
    recall=RECALL,
    recall_ci={"1": (12.5, 87.5), "5": (100.0, 100.0)},
    group_recall={"1": 50.0},
    median_rank=2.0,
    num_queries=2,
    num_gallery=4,
    baselines={"image_only": RECALL, "chance": {"1": 33.333, "5": 100.0}},
    baselines_ci={"image_only": {"1": (0.0, 60.0), "5": (90.0, 100.0)}},
    checkpoint="tiny <b>",
    dataset="toy",
    split="test",
    skipped=("gone.png: <missing>",),
    notes=("a note",),
    outcomes=OUTCOMES,
)


def test_the_csv_has_one_row_per_query_and_reads_back(tmp_path):
    write_csv(REPORT, tmp_path / "deep" / "q.csv")
    with (tmp_path / "deep" / "q.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "query": OUTCOMES[0].id,
        "reference": "a.png",
        "target": "b.png",
        "text": 'raise "both", arms',
        "rank": "1",
        "group_rank": "1",
        "selection 1": "b.png",
        "selection 2": "c.png",
    }
    assert second["group_rank"] == ""
    assert second["query"] != first["query"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x", "raise the left arm")', None),
        ("+1+cmd|' /C calc'!A0", None),
        ("-2+3", None),
        ("@SUM(1)", None),
        ("-2.5", "-2.5"),
        ("raise the left arm - slowly", "raise the left arm - slowly"),
    ],
)
def test_a_cell_is_never_a_formula(text, cell, tmp_path):
    odd = replace(OUTCOMES[0], reference="=a.png", target="@b.png", text=text, top=("-c.png",))
    write_csv(replace(REPORT, outcomes=(odd,)), tmp_path / "q.csv")
    with (tmp_path / "q.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == (cell or "'" + text)
    assert (row["reference"], row["target"], row["selection 1"]) == (
        "'=a.png",
        "'@b.png",
        "'-c.png",
    )
    assert row["rank"] == "1"


def test_a_query_keeps_its_id_whatever_it_finds():
    assert replace(OUTCOMES[0], rank=9, top=()).id == OUTCOMES[0].id
    assert replace(OUTCOMES[0], text="other").id != OUTCOMES[0].id


def test_the_page_is_escaped_needs_no_other_file_and_has_every_figure(tmp_path):
    for name in ("a", "b", "c", "d"):
        Image.new("RGB", (300, 200), "red").save(tmp_path / f"{name}.png")
    pictures = {f"{name}.png": tmp_path / f"{name}.png" for name in ("a", "b", "c")}
    (tmp_path / "c.png").write_bytes(b"broken")
    write_html(REPORT, tmp_path / "r.html", pictures=pictures)
    page = (tmp_path / "r.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; lean" in page
    assert "tiny &lt;b&gt;" in page
    assert "gone.png: &lt;missing&gt;" in page
    assert "a note" in page
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    for figure in ("50.00", "[12.5, 87.5]", "33.33", "Median rank 2", "within img_set"):
        assert figure in page
    assert "damaged" in page or "not an image" in page  # c.png says what is wrong with it
    assert page.count('<figure class="target">') == 2  # found, and shown behind the hits


def test_the_page_has_a_row_for_each_source_and_view(tmp_path):
    row = {
        "source": "auto", "view": "mirror-reverse", "recall": RECALL, "num_queries": 7,
        "recall_ci": {"1": (12.5, 87.5), "5": (99.0, 100.0)},
    }  # fmt: skip
    write_html(
        replace(REPORT, views={"auto-mirror-reverse": row}), tmp_path / "a.html", pictures={}
    )
    page = (tmp_path / "a.html").read_text()
    assert "By source and view" in page
    assert "<td>auto, mirror-reverse</td>" in page
    assert "[99.0, 100.0]" in page
    write_html(REPORT, tmp_path / "b.html", pictures={})
    assert "By source and view" not in (tmp_path / "b.html").read_text()


def test_a_page_without_pictures_names_the_images(tmp_path):
    many = tuple(replace(OUTCOMES[0], text=f"text {i}", rank=i + 1) for i in range(100))
    write_html(replace(REPORT, outcomes=many), tmp_path / "r.html", pictures=None)
    page = (tmp_path / "r.html").read_text()
    assert "<img" not in page
    assert page.count('class="query"') == SHOWN_QUERIES
    assert "text 0<" in page
    assert "text 99<" in page
    write_html(replace(REPORT, outcomes=()), tmp_path / "none.html", pictures=None)
    assert "queries, from" not in (tmp_path / "none.html").read_text()


def test_length_classes_hold_every_query_once_and_are_computed_by_hand():
    texts = {1: "one " * 10, 2: "one " * 11, 4: "one " * 20, 9: "one " * 99}
    outcomes = [replace(OUTCOMES[0], text=text, rank=rank) for rank, text in texts.items()]
    found = by_length(outcomes)
    assert list(found) == ["1-10", "11-20", "41+"]
    assert sum(part.num_queries for part in found.values()) == 4
    assert (found["11-20"].recall["1"], found["11-20"].recall["5"]) == (0.0, 100.0)
    assert found["11-20"].median_rank == 3.0


def test_a_query_counts_for_every_part_that_its_text_asks_to_change():
    texts = {1: "raise the left arm", 4: "bend the right knee and raise both arms", 9: "hello"}
    outcomes = [replace(OUTCOMES[0], text=text, rank=rank) for rank, text in texts.items()]
    found = by_part(outcomes)
    assert list(found) == ["arm", "knee"]
    assert (found["arm"].num_queries, found["arm"].recall["1"]) == (2, 50.0)
    assert (found["knee"].num_queries, found["knee"].median_rank) == (1, 4.0)


def test_the_spread_over_phrasings_by_hand():
    ranks = [(1, 2, 9), (3, 1, 1), (5,), ()]
    outcomes = [replace(OUTCOMES[0], phrasing_ranks=found) for found in ranks]
    spread = over_phrasings(outcomes)
    assert spread is not None
    assert (spread.count, spread.num_queries) == (3, 2)
    assert spread.mean["1"] == 50.0  # one of two queries under each phrasing
    assert (spread.lowest["5"], spread.highest["5"]) == (50.0, 100.0)
    assert spread.rank_spread == pytest.approx((9 + 3) / 2)
    assert over_phrasings(outcomes[2:]) is None


def test_the_page_tells_lengths_and_phrasings(tmp_path):
    outcomes = tuple(replace(outcome, phrasing_ranks=(1, 4)) for outcome in OUTCOMES)
    recall = {"1": 50.0, "5": 100.0, "10": 100.0, "50": 100.0}
    write_html(
        replace(REPORT, outcomes=outcomes, recall=recall, baselines={}, recall_ci={}),
        tmp_path / "r.html",
        pictures=None,
    )
    page = (tmp_path / "r.html").read_text()
    assert "1-10 words" in page
    assert "<td>arm</td>" in page
    assert "2 phrasings of 2 queries" in page


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for write in (write_csv, lambda r, p: write_html(r, p, pictures=None)):
        with pytest.raises(WriteError, match="cannot be written") as caught:
            write(REPORT, tmp_path / "file" / "x")
        assert "\n" not in str(caught.value)
