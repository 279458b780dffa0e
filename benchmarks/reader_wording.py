"""Teach the classifier that decides who reads a text: its words, model's or people's.

Texts, part sentences, search texts and wishes of a model count as a model's; captions of people,
sentences of ``claims_gold.txt`` and texts by rules as others. Run
``python benchmarks/reader_wording.py WEIGHTS`` to teach it anew for a file of weights.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

REPOSITORY = Path(__file__).resolve().parents[1]
for folder in (REPOSITORY, REPOSITORY / "benchmarks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import reader_lessons as texts_of  # noqa: E402

from autocompose.body.change import Bodies  # noqa: E402
from autocompose.body.paircodes import transition_codes  # noqa: E402
from autocompose.data.dataset import open_dataset  # noqa: E402
from autocompose.language.writer.banks import PhrasingBank  # noqa: E402
from autocompose.language.writer.realise import write_phrasings  # noqa: E402
from autocompose.language.writer.select import read_facts  # noqa: E402
from autocompose.tagger.spelled_words import NUMBER, other_side, split_words  # noqa: E402

MODEL, OTHERS = 1.0, 0.0
PAIRS = 1200
Shown = list[tuple[list[str], float, float]]
"""Texts, whose they are, and what each text counts."""


def wording_of(words: list[str]) -> Tensor:
    """Weights of words, and a bias last; positive for texts worded like a model's.

    Args:
        words: the vocabulary of the networks.
    """
    rng = random.Random(1)
    captions = texts_of.captions_of(texts_of.CAPTIONS)
    held = texts_of.held_out_pairs()
    people = sorted(t for pair, said in captions.items() if pair not in held for t in said)
    written = texts_of.unlabelled_texts(rng, searched=3000)
    sought = set(texts_of.demo_texts(("search", "search-reverse")))
    labelled = texts_of.texts_in("train", "train_search")
    parts = [t for t in written if t not in sought and not t.startswith("the ") and len(t) < 160]
    shown: Shown = [
        ([lesson.text for lesson in texts_of.gold_lessons()], OTHERS, 200.0),
        (people, OTHERS, 8.0),
        (rng.sample(texts_of.demo_texts(("auto", "auto-reverse")), 8000), OTHERS, 30.0),
        (by_all_banks(rng), OTHERS, 30.0),
        (sorted(labelled), MODEL, 5.0),
        ([text for text in written if text in sought], MODEL, 5.0),
        (sorted({*parts, *texts_of.texts_in("parts")}), MODEL, 5.0),
        (sorted(texts_of.texts_in("train_natural")), MODEL, 60.0),
    ]
    return fitted(words, shown)


def by_all_banks(rng: random.Random) -> list[str]:
    """Texts by rules in the phrasings that the training captions lack, about training pairs."""
    pairs = open_dataset(REPOSITORY / "annotations" / "demo").pairs("train")[:PAIRS]
    sides = ("reference", "target")
    joints = [np.array([getattr(p, s).joints for p in pairs], dtype=np.float64) for s in sides]
    floors = [np.array([getattr(p, s).floor_y for p in pairs], dtype=np.float64) for s in sides]
    codes = transition_codes(*map(Bodies, joints, floors))
    return [
        text
        for facts in read_facts(codes)
        for name in (PhrasingBank.VAL, PhrasingBank.NEW_FORMS, PhrasingBank.NEW_WORDS)
        for text in write_phrasings(facts, name, rng, n=2)
    ]


def fitted(words: list[str], shown: Shown) -> Tensor:
    """A logistic regression on the words of texts, without the sides among them."""
    row = {word: i for i, word in enumerate(words)}
    texts = [(text, y, weight) for some, y, weight in shown for text in some]
    counts = np.zeros((len(texts), len(row) + 1), dtype=np.float32)
    for i, (text, _, _) in enumerate(texts):
        said = [w.text for w in split_words(text) if other_side(w.text) == w.text]
        for each in said:
            word = NUMBER if each.isdigit() and len(each) > 1 else each
            counts[i, row.get(word, 1)] += 1 / len(said) ** 0.5
        counts[i, -1] = 1
    x, weight = torch.from_numpy(counts), torch.zeros(len(row) + 1, requires_grad=True)
    y, each = (torch.tensor([found[k] for found in texts]) for k in (1, 2))
    optimizer = torch.optim.Adam([weight], lr=0.5)
    for _ in range(600):
        cost = F.binary_cross_entropy_with_logits(x @ weight, y, reduction="none")
        loss = (cost * each).mean() + 2e-5 * (weight**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = weight.detach()
    found[-1] -= 0.25  # in doubt the rules read
    return found


def main() -> None:
    """Write the weights again with a classifier taught anew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("weights", type=Path)
    path = parser.parse_args().weights
    torch.set_num_threads(1)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    weights["style"] = wording_of(json.loads(metadata["names"])["words"]).half()
    save_file(weights, path, metadata=metadata)


if __name__ == "__main__":
    main()
