"""A resumed run draws from the texts it began with, or says that they changed."""

import json
from dataclasses import replace

import pytest

from autocompose.cli import main
from autocompose.data.dataset import open_dataset, write_captions
from autocompose.data.triplets import TripletSampler
from autocompose.errors import ConfigError, TrainingError
from autocompose.review.store.review_store import Store
from autocompose.training.features.text_snapshot import DrawnTexts
from autocompose.training.run import train
from tests import review_fakes
from tests.training_fakes import SHORT, TINY, write_tiny_dataset

ONE_STEP = replace(SHORT, text_epochs=1, combiner_epochs=1)


def drawn(pairs):
    return DrawnTexts.of(TripletSampler(pairs, "mllm-reverse_1", cycle=False, seed=0))


def test_only_what_may_be_drawn_counts(tmp_path):
    first, *rest = review_fakes.write_dataset(tmp_path / "tiny").pairs("train")
    before = drawn([first, *rest])
    assert before.texts == 8

    def with_texts(**texts):
        return drawn([replace(first, texts={**first.texts, **texts}), *rest])

    unseen = (first.texts["mllm"][0], "The second text is beyond k.")
    assert with_texts(mllm=unseen, mirror=("Another view.",)) == before
    assert with_texts(reverse=("New.",)).difference(before) == (
        "1 pair has other texts, 0 are new, 0 are gone; 8 texts then, 8 now"
    )
    assert drawn([*rest, first]).difference(before) == (
        "the same texts in another order; 8 texts then, 8 now"
    )
    assert (
        drawn(rest)
        .difference(before)
        .startswith("0 pairs have other texts, 0 are new, 1 is gone; 8 texts then, 6 now")
    )
    # Two records may name the same two pictures.
    assert (
        drawn([first, first, *rest])
        .difference(before)
        .startswith("0 pairs have other texts, 1 is new, 0 are gone; 8 texts then, 10 now")
    )


def test_the_note_is_kept_compared_and_never_half_read(tmp_path):
    texts = drawn(review_fakes.write_dataset(tmp_path / "tiny").pairs("train"))
    assert texts.keep(tmp_path, write=False)
    assert not (tmp_path / "texts.json").exists()
    assert texts.keep(tmp_path)
    assert not texts.keep(tmp_path)
    (tmp_path / "texts.json").write_text('{"texts": 3, "pairs": ["a')
    with pytest.raises(TrainingError, match="cannot be read"):
        texts.keep(tmp_path)


@pytest.mark.slow
def test_resuming_with_other_texts_is_refused_and_the_old_run_stays(tmp_path):
    dataset = write_tiny_dataset(tmp_path / "tiny")
    out = tmp_path / "out"
    train(dataset, out, model=TINY, config=ONE_STEP)
    kept = {path: path.read_bytes() for path in (out / "progress").iterdir() if path.is_file()}
    path = dataset.root / "captions" / "train.json"
    rows = json.loads(path.read_text())
    rows[0]["auto"] = ["kneel"]
    write_captions(path, rows[:-1])
    edited = open_dataset(dataset.root)
    message = "texts changed since the run .* began: 1 pair has .* 1 is gone; 48 texts then, 44 now"
    with pytest.raises(ConfigError, match=message):
        train(edited, out, model=TINY, config=ONE_STEP, resume=True)
    assert kept == {
        path: path.read_bytes() for path in (out / "progress").iterdir() if path.is_file()
    }
    # A run of an earlier version noted nothing: it goes on, and says so.
    (out / "progress" / "texts.json").unlink()
    told = []
    train(edited, out, model=TINY, config=ONE_STEP, resume=True, on_event=told.append)
    assert "did not note its texts" in next(e.message for e in told if e.stage == "training texts")
    # Without --resume there is nothing to mix.
    train(edited, out, model=TINY, config=ONE_STEP)


def test_a_text_accepted_meanwhile_stops_a_resumed_command(tmp_path, capsys, monkeypatch):
    dataset = review_fakes.write_dataset(tmp_path / "tiny")
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    out = tmp_path / "out"
    command = ["train", "--dataset", str(dataset.root), "--out", str(out), "--store", url,
               "--reviewed", "accepted", "--mode", "mllm_2", "--no-cycle"]  # fmt: skip

    # The run is stopped before anything is learnt: only what it notes of its texts matters here.
    class StopError(TrainingError):
        pass

    def stop(*_, **__):
        raise StopError("stopped by the test")

    monkeypatch.setattr("autocompose.training.run.build_towers", stop)

    def run(*options):
        with pytest.raises(SystemExit) as left:
            main([*command, *options])
        assert left.value.code == 1
        return capsys.readouterr().err

    with Store(url) as store:
        review_fakes.import_split(store, dataset)
        first, second, *_ = review_fakes.ids_of(store)
        store.save(review_fakes.accept("a", first, 0, store.item(first).original))
        assert "stopped by the test" in run()
        assert "stopped by the test" in run("--resume")
        store.save(review_fakes.accept("b", second, 0, store.item(second).original))
        said = " ".join(run("--resume").split())
        assert "0 pairs have other texts, 1 is new, 0 are gone; 2 texts then, 4 now" in said
        assert "train without --resume" in said
        assert "stopped by the test" in run()
