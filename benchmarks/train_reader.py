"""Teach the tagger that reads what texts claim of bodies; writes its weights. Needs torch.

Two stages. A teacher learns from labelled texts: ``tests/data/claims_mllm/train.jsonl``,
``parts.jsonl`` and ``train_human.jsonl``, other captions with hand labels, sentences of
``tests/data/claims_gold.txt``, and texts by rules of the demo as the rules read them. It then reads
what a model and people wrote and nobody labelled. The second network learns from all of it; what
the teacher labelled counts 0.4. What is kept is a running mean of its weights. Sides are exchanged
in half of what is shown. The labels of model texts are a language model's. Run

``python benchmarks/train_reader.py --passes 30 --out teacher.safetensors`` and then
``python benchmarks/train_reader.py --passes 50 --teacher teacher.safetensors --out
autocompose/tagger/weights/reader.safetensors``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

REPOSITORY = Path(__file__).resolve().parents[1]
for folder in (REPOSITORY, REPOSITORY / "benchmarks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import reader_lessons as texts_of  # noqa: E402
from claim_anchors import Lesson, anchor  # noqa: E402
from reader_net import TaggerNet, begin_alike, loss_of  # noqa: E402

from autocompose.tagger.spelled_words import NUMBER, other_side  # noqa: E402
from autocompose.tagger.tag import Tagger  # noqa: E402

BATCH, CHUNK = 32, 640
RATE, LEAST = 2e-3, 0.02
KEPT = 0.998
"""Of the running mean of the weights, after each step."""
SAVED = 10
"""Passes after which the weights so far are written."""
TOWER = REPOSITORY / "checkpoints" / "pose-mini" / "text_tower.safetensors"


def train(
    lessons: list[Lesson],
    names: dict[str, list[str]],
    *,
    seed: int,
    passes: int,
    more: list[Lesson],
    keep: Callable[[TaggerNet], None],
) -> None:
    """Teach one network; the learning rate falls to nearly nothing over the passes.

    Args:
        lessons: all are shown in every pass.
        names: the closed vocabularies.
        seed: of the weights and of the order.
        passes: over the lessons.
        more: lessons of which each pass shows a quarter.
        keep: what to do with the network of the running mean, now and then and at the end.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)
    batches, net = texts_of.Batches(names, rng, pool=lessons), TaggerNet(names)
    begin_alike(net, names["words"], TOWER)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-3)
    mean = {name: w.detach().clone() for name, w in net.state_dict().items()}
    start, steps = time.process_time(), 0
    for done in range(passes):
        rows = _batched(lessons, more, rng)
        total = 0.0
        for i, some in enumerate(rows):
            left = 1 - (done + i / len(rows)) / passes
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, (steps + 1) / 50) * max(LEAST, left)
            weights = torch.tensor([lesson.weight for lesson in some])
            loss = loss_of(net, batches.batch(some), weights)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
            kept = min(KEPT, steps / (steps + 10))
            for name, w in net.state_dict().items():
                mean[name].lerp_(w, 1 - kept)
        spent = time.process_time() - start
        print(f"seed {seed}, pass {done + 1}, {spent:.0f} s: {total / len(rows):.2f}", flush=True)
        if done % SAVED == SAVED - 1 or done == passes - 1:
            shown = TaggerNet(names)
            shown.load_state_dict(mean)
            keep(shown.eval())


def _batched(
    lessons: list[Lesson], more: list[Lesson], rng: random.Random
) -> list[list[Lesson]]:
    """Batches of texts of like length, in any order."""
    pool = lessons + rng.sample(more, len(more) // 4)
    rng.shuffle(pool)
    rows = []
    for i in range(0, len(pool), CHUNK):
        chunk = sorted(pool[i : i + CHUNK], key=lambda r: len(r.words))
        rows += [chunk[k : k + BATCH] for k in range(0, len(chunk), BATCH)]
    rng.shuffle(rows)
    return rows


def style_of(names: dict[str, list[str]], shown: list[tuple[list[Lesson], float, float]]) -> Tensor:
    """Weights of words, and a bias last; positive for texts worded like a model's descriptions.

    Args:
        names: of the networks.
        shown: texts, 1 for descriptions by a model or 0 for others, and what each text counts.
    """
    row = {word: i for i, word in enumerate(names["words"])}
    lessons = [(lesson, y, weight) for texts, y, weight in shown for lesson in texts]
    counts = np.zeros((len(lessons), len(row) + 1), dtype=np.float32)
    for i, (lesson, _, _) in enumerate(lessons):
        texts = [w.text for w in lesson.words if other_side(w.text) == w.text]
        for text in texts:
            word = NUMBER if text.isdigit() and len(text) > 1 else text
            counts[i, row.get(word, 1)] += 1 / len(texts) ** 0.5
        counts[i, -1] = 1
    x, weight = torch.from_numpy(counts), torch.zeros(len(row) + 1, requires_grad=True)
    y, each = (torch.tensor([found[k] for found in lessons]) for k in (1, 2))
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


def save(net: TaggerNet, names: dict[str, list[str]], *, style: Tensor, path: Path) -> None:
    """Write a network, the classifier of wordings and their vocabulary as one file."""
    weights = {f"0.{name}": w.half().contiguous() for name, w in net.state_dict().items()}
    metadata = json.dumps({**names, "networks": 1}, separators=(",", ":"))
    save_file(weights | {"style": style.half()}, path, metadata={"names": metadata})


def main() -> None:
    """Teach, and write one file with the network and its vocabulary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passes", type=int, default=30)
    parser.add_argument("--teacher", type=Path, help="weights that label more texts")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(options.seed)
    files = [texts_of.MODEL / f"{name}.jsonl" for name in ("train", "parts")]
    told = [lesson for path in files for lesson in texts_of.lessons_of(path)]
    demo = texts_of.demo_texts()
    captions = texts_of.captions_of(texts_of.DATA / "captions" / "fixmypose_valid_seen.json")
    gold, people = texts_of.gold_lessons(), texts_of.caption_lessons(captions)
    lessons = [*told, *gold, *people, *(texts_of.ruled(text) for text in rng.sample(demo, 120))]
    anchor(lessons)
    bare = [Lesson(text, []) for text in texts_of.unlabelled_texts(rng)]
    bare += [Lesson(text, []) for text in texts_of.unlabelled_captions(captions)]
    names = texts_of.names_of(lessons, bare)
    ruled = [Lesson(text, []) for text in rng.sample(demo, 4000)]
    whole = texts_of.lessons_of(files[0])
    shown = [(gold, 0.0, 20.0), (people, 0.0, 4.0), (ruled, 0.0, 6.0), (whole, 1.0, 20.0)]
    style = style_of(names, shown)
    more = []
    if options.teacher:
        teacher = Tagger(options.teacher)
        more = [texts_of.taught(lesson.text, teacher) for lesson in bare]
    print(f"{len(lessons)} labelled texts, {len(more)} more, {len(names['words'])} words", flush=True)
    keep = partial(save, names=names, style=style, path=options.out)
    train(lessons, names, seed=options.seed, passes=options.passes, more=more, keep=keep)


if __name__ == "__main__":
    main()
