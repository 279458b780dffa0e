"""Teach the tagger that reads what texts claim of bodies; writes its weights. Needs torch.

It learns from labelled texts: ``train``, ``parts``, ``train_search``, ``train_natural`` and
``train_human.jsonl`` of ``tests/data/claims_mllm``, other captions with hand labels, sentences of
``tests/data/claims_gold.txt``, and texts by rules of the demo as the rules read them. What a model
wrote and nobody labelled is labelled by the weights of ``--teacher`` and counts 0.4. What is kept
is a running mean of the weights. Sides are exchanged in half of what is shown. The labels of model
texts are a language model's. docs/claims.md says which runs made the shipped weights.

Run ``python benchmarks/train_reader.py --teacher TEACHER.safetensors --out READER.safetensors``.
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

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

REPOSITORY = Path(__file__).resolve().parents[1]
for folder in (REPOSITORY, REPOSITORY / "benchmarks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import reader_lessons as texts_of  # noqa: E402
from claim_anchors import Lesson, anchor  # noqa: E402
from reader_net import TaggerNet, begin_alike, loss_of, read_net  # noqa: E402
from reader_wording import wording_of  # noqa: E402

from autocompose.tagger.tag import Tagger  # noqa: E402

BATCH, CHUNK = 32, 640
LEAST = 0.15
"""Of the learning rate, at the end."""
KEPT = 0.998
"""Of the running mean of the weights, after each step."""
SHARE = 6
SAVED = 5
"""Passes after which the weights so far are written."""
TOWER = REPOSITORY / "checkpoints" / "pose-mini" / "text_tower.safetensors"


def train(
    net: TaggerNet,
    lessons: list[Lesson],
    names: dict[str, list[str]],
    *,
    seed: int,
    passes: int,
    more: list[Lesson],
    rate: float,
    keep: Callable[[TaggerNet], None],
) -> None:
    """Teach a network; the learning rate falls over the passes.

    Args:
        net: as it begins.
        lessons: all are shown in every pass.
        names: the closed vocabularies.
        seed: of the weights and of the order.
        passes: over the lessons.
        more: lessons of which each pass shows one in `SHARE`.
        rate: of learning, at most.
        keep: what to do with the network of the running mean, now and then and at the end.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)
    batches = texts_of.Batches(names, rng, pool=lessons)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-3)
    mean = {name: w.detach().clone() for name, w in net.state_dict().items()}
    start, steps = time.process_time(), 0
    for done in range(passes):
        rows = _batched(lessons, more, rng)
        total = 0.0
        for i, some in enumerate(rows):
            left = 1 - (done + i / len(rows)) / passes
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1, (steps + 1) / 50) * (LEAST + (1 - LEAST) * left)
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
            shown = TaggerNet(names, width=net.width)
            shown.load_state_dict(mean)
            keep(shown.eval())


def _batched(lessons: list[Lesson], more: list[Lesson], rng: random.Random) -> list[list[Lesson]]:
    """Batches of texts of like length, in any order."""
    pool = lessons + rng.sample(more, len(more) // SHARE)
    rng.shuffle(pool)
    rows = []
    for i in range(0, len(pool), CHUNK):
        chunk = sorted(pool[i : i + CHUNK], key=lambda r: len(r.words))
        rows += [chunk[k : k + BATCH] for k in range(0, len(chunk), BATCH)]
    rng.shuffle(rows)
    return rows


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
    parser.add_argument("--rate", type=float, default=2e-3, help="of learning, at the start")
    parser.add_argument("--teacher", type=Path, help="weights that label more texts")
    parser.add_argument("--start", type=Path, help="weights to go on from, with their vocabulary")
    parser.add_argument("--network", type=int, default=0, help="which of the networks of --start")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(1)  # the same texts and words whatever the seed
    files = [texts_of.MODEL / f"{name}.jsonl" for name in texts_of.TAUGHT]
    told = [lesson for path in files for lesson in texts_of.lessons_of(path)]
    people = texts_of.caption_lessons(texts_of.captions_of(texts_of.CAPTIONS))
    ruled = [texts_of.ruled(text) for text in rng.sample(texts_of.demo_texts(), 120)]
    lessons = [*told, *texts_of.gold_lessons(), *people, *ruled]
    anchor(lessons)
    bare = [Lesson(text, []) for text in texts_of.unlabelled_texts(rng)]
    torch.manual_seed(options.seed)
    if options.start:
        net, names = read_net(options.start, options.network)
    else:
        names = texts_of.names_of(lessons, bare)
        net = TaggerNet(names)
        begin_alike(net, names["words"], TOWER)
    style = wording_of(names["words"])
    more = []
    if options.teacher:
        teacher = Tagger(options.teacher)
        more = [texts_of.taught(lesson.text, teacher) for lesson in bare]
    print(
        f"{len(lessons)} labelled texts, {len(more)} more, {len(names['words'])} words", flush=True
    )
    keep = partial(save, names=names, style=style, path=options.out)
    net.train()
    told = {"seed": options.seed, "passes": options.passes, "rate": options.rate}
    train(net, lessons, names, more=more, keep=keep, **told)


if __name__ == "__main__":
    main()
