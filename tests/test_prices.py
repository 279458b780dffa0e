"""describe/prices and estimate: what calls cost, before and after, and that unknown is not free."""

import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate import price_estimate as estimate
from autocompose.describe.annotate.price_estimate import estimate_run
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.prices import (
    ImageTokens,
    ModelPrice,
    price_table,
    read_price,
    request_tokens,
    worst_cost,
)
from autocompose.describe.mllm.prompts import parts_request
from autocompose.errors import ConfigError
from tests.annotation_fakes import good, make_pair
from tests.scripted_runs import run_scripted

CONFIG = AnnotateConfig("gpt-4o-mini")


def test_the_table_has_a_date_and_every_row_a_price():
    table = price_table()
    assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", table.date)
    assert all(price.input > 0 and price.output > 0 for price in table.models.values())
    assert all(price.source == table.date for price in table.models.values())


def test_snapshots_and_providers_names_are_found_and_others_are_not():
    table = price_table()
    assert table.find("gpt-4o-mini-2024-07-18") == table.models["gpt-4o-mini"]
    assert table.find("openai/gpt-4o") == table.models["gpt-4o"]
    # Its own row, not that of the later snapshots.
    assert table.find("gpt-4o-2024-05-13").input == 5.0
    for unknown in ("gpt-4o-mini-tuned", "smollm2-135m", "gpt-4", ""):
        assert table.find(unknown) is None


def test_a_cost_by_hand():
    assert ModelPrice(2.5, 10.0).cost(1_000_000, 100_000) == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("size", "tokens"),
    # The vendor's own worked examples: 1024 x 1024 and 2048 x 4096 at high detail.
    [((1024, 1024), 765), ((2048, 4096), 1105), ((512, 274), 255), ((513, 100), 425)],
)
def test_image_tokens_by_tiles(size, tokens):
    assert ImageTokens(85, 170).count(*size) == tokens


def test_image_tokens_by_patches():
    assert ImageTokens(patch=1.0).count(512, 274) == 16 * 9
    assert ImageTokens(patch=1.62).count(4096, 4096) == 2489


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_image_tokens_do_not_depend_on_the_pictures_turn(width, height):
    for rule in (ImageTokens(), ImageTokens(patch=1.5)):
        assert rule.count(width, height) == rule.count(height, width) > 0


def test_a_given_price_is_read_and_nonsense_is_refused():
    assert read_price("1,2") == ModelPrice(1.0, 2.0)
    for text in ("1", "1,2,3", "a,b", "-1,2", "nan,1", "1,inf", ""):
        with pytest.raises(ConfigError, match="IN,OUT"):
            read_price(text)


def test_the_worst_cost_covers_the_whole_output_limit_and_the_picture(tmp_path):
    from autocompose.describe.mllm.montage import view_pictures
    from autocompose.schema import View

    ((files),) = view_pictures(make_pair(tmp_path), [View.FORWARD]).values()
    price = ModelPrice(1.0, 10.0, ImageTokens(85, 170))
    request = parts_request(files, CONFIG, drawn=False)
    bare = dataclasses.replace(request, images=())
    assert request_tokens(request, price.image) == request_tokens(bare, price.image) + 255
    assert worst_cost(request, price) > price.cost(request_tokens(request), CONFIG.max_tokens)


@pytest.mark.parametrize(("views", "calls"), [("generate", 8), ("derive", 4), ("forward", 2)])
def test_an_estimate_counts_the_calls_of_a_run(tmp_path, views, calls):
    pairs = [make_pair(tmp_path, i) for i in range(3)]
    config = dataclasses.replace(CONFIG, views=views)
    with ResponseCache() as cache:
        found = estimate_run(pairs, config, cache=cache, price=price_table().find(config.model))
        run, _ = run_scripted(pairs, config, cache)
        again = estimate_run(pairs, config, cache=cache)
    assert (found.calls, found.cached) == (3 * calls, 0) == (run.report.calls, 0)
    assert (again.calls, again.cached, again.input_tokens) == (0, 3 * calls, 0)
    assert found.cost_usd > 0
    assert again.cost_usd is None
    assert 0 < found.image_tokens < found.input_tokens
    assert json.loads(json.dumps(found.to_json()))["estimated"] is True


def test_an_estimate_with_several_samples_counts_them(tmp_path):
    config = dataclasses.replace(CONFIG, samples=5)
    with ResponseCache() as cache:
        assert estimate_run([make_pair(tmp_path)], config, cache=cache).calls == 4 * 6


@pytest.mark.parametrize("stage", ["parts", "phrasings"])
@pytest.mark.parametrize(
    ("bad", "retry"),
    [("", None), ("", False), ("no JSON", None), ("no JSON", True), ("no JSON", False)],
)
@pytest.mark.parametrize("samples", [1, 3])
def test_an_estimate_foresees_what_is_asked_again(tmp_path, stage, bad, retry, samples):
    config = dataclasses.replace(CONFIG, samples=samples, retry_discarded=retry)
    pairs = [make_pair(tmp_path)]

    def refused(request):
        return bad if request.stage == stage else good(request)

    with ResponseCache() as cache:
        run_scripted(pairs, config, cache, refused)
        found = estimate_run(pairs, config, cache=cache)
        run, _ = run_scripted(pairs, config, cache)
    assert found.calls == run.report.calls
    asked_again = bad == "" if retry is None else retry
    assert (found.calls > 0) is asked_again


def test_an_estimate_knows_answers_that_were_accepted_after_feedback(tmp_path):
    pairs = [make_pair(tmp_path)]

    def hesitant(request):
        return good(request) if request.feedback else "let me think"

    with ResponseCache() as cache:
        run_scripted(pairs, CONFIG, cache, hesitant)
        found = estimate_run(pairs, CONFIG, cache=cache)
    assert found.calls == 0
    assert found.cached == 4 * 2 * 2  # each question was asked twice


def test_a_large_run_is_extrapolated_from_some_of_its_pairs(tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "PAIRS_LOOKED_AT", 10)
    pairs = [make_pair(tmp_path)] * 55
    config = dataclasses.replace(CONFIG, views="forward")
    with ResponseCache() as cache:
        found = estimate.estimate_run(pairs, config, cache=cache)
    assert (found.pairs, found.calls, found.looked_at) == (55, 110, 10)


def test_no_pairs_cost_nothing():
    with ResponseCache() as cache:
        found = estimate_run([], CONFIG, cache=cache, price=ModelPrice(1, 1))
    assert (found.calls, found.cost_usd) == (0, 0.0)
