"""Teach the tagger that reads the claims of model texts; writes its weights. Needs torch.

Taught on ``tests/data/claims_mllm/train.jsonl`` and ``parts.jsonl``, on the captions of people that
``tests/data/claims_human.txt`` names (``--human CAPTIONS``), and on texts that the rules read with
confidence: ``tests/data/claims_gold.txt`` and texts by rules of the demo. Sides are exchanged in
half of what is shown. ``--unlabelled`` files of more model texts, one JSON list each, are labelled
by the weights of ``--teacher`` and count 0.4. The labels are a language model's. Run
``python benchmarks/train_reader.py --seeds 1 2 --seconds 840 --out reader.safetensors``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
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

from claim_anchors import Anchored, Lesson, anchor  # noqa: E402

from autocompose.language.reader.rule_reader import read_by_rules  # noqa: E402
from autocompose.tagger.network import DILATIONS, HEADS, REACH  # noqa: E402
from autocompose.tagger.spelled_words import NUMBER, PIECES, other_side, pieces_of  # noqa: E402
from autocompose.tagger.tag import KINDS, SIDES, Tagger, label_of  # noqa: E402

DATA = REPOSITORY / "tests" / "data"
IGNORED = -100
BATCH, CHUNK = 32, 640


class TaggerNet(nn.Module):
    """`autocompose.tagger.network.Network` as torch trains it; the names of its weights agree."""

    def __init__(self, names: dict[str, list[str]], *, width: int = 144) -> None:
        super().__init__()
        labels, parts, spelt = len(names["labels"]), len(names["parts"]), 64 + 48 + 32
        self.word = nn.Embedding(len(names["words"]), 64, padding_idx=0)
        self.gram = nn.EmbeddingBag(PIECES, 48, mode="mean")
        nn.init.normal_(self.word.weight, std=0.3)
        nn.init.normal_(self.gram.weight, std=0.3)
        self.rin = nn.Linear(labels, 32, bias=False)
        self.rw = nn.Parameter(torch.zeros(labels))
        self.inp = nn.Linear(spelt, width)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, 2 * width, 3, padding=d, dilation=d) for d in DILATIONS
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in DILATIONS)
        last = nn.Linear(128, labels)
        nn.init.constant_(last.bias, -5.0)  # most words name no change
        self.lab = nn.Sequential(nn.Linear(width + spelt, 128), nn.GELU(), nn.Dropout(0.3), last)
        self.emb = nn.Embedding(labels, 32)
        self.q = nn.Linear(width + 32, 96)
        self.k, self.val = (nn.Linear(width + spelt, 96) for _ in range(2))
        self.rel = nn.Embedding(2 * REACH + 1, HEADS)
        nn.init.zeros_(self.rel.weight)
        mixed = width + 32 + 96 + 1 + len(SIDES) + parts
        self.mix = nn.Sequential(nn.Linear(mixed, 160), nn.GELU(), nn.Dropout(0.3))
        sizes = {
            "side": 4,
            "part": parts,
            "kind": 3,
            "place": len(names["places"]),
            "pside": 4,
            "neg": 2,
        }
        self.out = nn.ModuleDict({name: nn.Linear(160, size) for name, size in sizes.items()})

    def encode(
        self, ids: Tensor, grams: Tensor, starts: Tensor, read: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Words (B, T) in context: full, context, mask."""
        spelt = self.gram(grams, starts).view(*ids.shape, -1)
        x = torch.cat([self.word(ids), spelt, self.rin(read)], -1)
        x = F.dropout(x, 0.3, self.training)
        mask = ids > 0
        real = mask[..., None].float()
        y = self.inp(x) * real
        for conv, norm in zip(self.convs, self.norms, strict=True):
            z = conv(F.dropout(norm(y) * real, 0.15, self.training).transpose(1, 2)).transpose(1, 2)
            value, gate = z.chunk(2, -1)
            y = (y + value * gate.sigmoid()) * real
        context = F.dropout(F.layer_norm(y, y.shape[-1:]), 0.25, self.training)
        return torch.cat([context, x], -1), context, mask

    def details(
        self, encoded: tuple[Tensor, Tensor, Tensor], where: Tensor, told: Tensor
    ) -> dict[str, Tensor]:
        """Logits of the details of N changes; ``where`` (N, 3) is text, word and label."""
        full, context, mask = encoded
        text, at, label = where.T
        own = torch.cat([context[text, at], self.emb(label)], -1)
        split = (*full.shape[:2], HEADS, -1)
        keys, values = (
            layer(full).view(split)[text].transpose(1, 2) for layer in (self.k, self.val)
        )
        query = self.q(own).view(len(own), HEADS, 1, -1)
        scores = (query * keys).sum(-1) / query.shape[-1] ** 0.5
        far = (torch.arange(full.shape[1])[None] - at[:, None]).clamp(-REACH, REACH) + REACH
        scores = scores + self.rel(far).permute(0, 2, 1)
        scores = scores.masked_fill(~mask[text][:, None], -1e4)
        seen = (scores.softmax(-1)[..., None] * values).sum(2).flatten(1)
        mixed = self.mix(torch.cat([own, seen, told], -1))
        return {name: layer(mixed) for name, layer in self.out.items()}


def lessons_of(path: Path) -> list[Lesson]:
    """Labelled texts; part sentences a second time after their part, as ``about`` gives it."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        claims = [tuple(claim) for claim in row["claims"]]
        found.append(Lesson(row["text"], claims))
        if "part" in row:
            found.append(Lesson(f"the {row['part'].replace('_', ' ')}: {row['text']}", claims))
    return found


def ruled(text: str, claims: list[str] | None = None) -> Lesson:
    """A text as the rules read it; where people labelled it, only and all of their claims."""
    read = {
        f"{c.side} {c.part}: {c.change}".strip(): ("s" if c.state else "m", text[slice(*c.span)])
        for c in read_by_rules(text)
        if c.change.is_read
    }
    wanted = list(read) if claims is None else claims
    return Lesson(text, [(c, *read.get(c, ("", ""))) for c in wanted], weight=0.5)


def by_people(captions: Path | None, rng: random.Random) -> list[Lesson]:
    """Gold sentences, captions with hand labels, and some that only the rules read."""
    found = []
    for line in (DATA / "claims_gold.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            text, _, claims = line.partition("|")
            found.append(ruled(text.strip(), [c.strip() for c in claims.split(";") if c.strip()]))
    if captions is None:
        return found
    texts = {r["id"]: r["sents"] for r in json.loads(captions.read_text(encoding="utf-8"))}
    named = set()
    for name, upto in (("claims_human.txt", None), ("claims_human_new.txt", 40)):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line.strip() and not line.startswith("#")]
        for i, line in enumerate(lines):
            place, _, claims = line.partition("|")
            pair, _, number = place.partition("#")
            named.add(pair.strip())
            if upto is None or i < upto:
                text = texts[pair.strip()][int(number)]
                found.append(ruled(text, [c.strip() for c in claims.split(";") if c.strip()]))
    for line in (
        (DATA / "claims_mllm" / "heldout_human.jsonl").read_text(encoding="utf-8").splitlines()
    ):
        named.add(json.loads(line)["pair"])
    rest = [text for pair, said in sorted(texts.items()) if pair not in named for text in said]
    return found + [ruled(text) for text in rng.sample(rest, 120)]


def demo_texts() -> list[str]:
    """Texts by rules of the demo's training pairs."""
    path = REPOSITORY / "annotations" / "demo" / "captions" / "train.json"
    return sorted(
        {text for r in json.loads(path.read_text(encoding="utf-8")) for text in r["auto"]}
    )


def taught(text: str, teacher: Tagger) -> Lesson:
    """A text without labels, as other weights read it."""
    lesson = Lesson(text, [], weight=0.4)
    tags = teacher.tag(text, lambda _: lesson.hints)
    lesson.anchored = [
        Anchored(t.word, label_of(t.change), t.side, t.part, t.kind, t.change.place,
                 t.change.place_side, t.change.negated) for t in tags
    ]  # fmt: skip
    return lesson


def names_of(lessons: list[Lesson]) -> dict[str, list[str]]:
    """The closed vocabularies, by how often they occur."""
    words, labels, parts, places = Counter(), Counter(), Counter(), Counter()
    for lesson in lessons:
        words.update(word.text for word in lesson.words)
        for claim in lesson.anchored:
            labels.update((claim.label, other_side(claim.label)))
            parts[claim.part] += 1
            places[claim.place] += 1
    return {
        "words": ["<pad>", "<unk>", *sorted(w for w, n in words.items() if n >= 2)],
        "labels": sorted(label for label, n in labels.items() if n >= 5),
        "places": ["", *sorted(p for p, n in places.items() if n >= 4 and p)],
        "parts": sorted(p for p, n in parts.items() if n >= 3),
    }


class Batches:
    """Lessons -> tensors."""

    def __init__(self, names: dict[str, list[str]], rng: random.Random) -> None:
        self.row = {key: {n: i for i, n in enumerate(found)} for key, found in names.items()}
        self.rng = rng

    def batch(self, lessons: list[Lesson]) -> tuple[Tensor, ...]:
        """Ids, spelling, hints (B, T, L), labels (B, T, L), details (N, 9) and what hints told."""
        longest = max(len(lesson.words) for lesson in lessons)
        count, labels, parts = len(lessons), len(self.row["labels"]), len(self.row["parts"])
        ids = torch.zeros(count, longest, dtype=torch.long)
        read, wanted = torch.zeros(count, longest, labels), torch.zeros(count, longest, labels)
        grams: list[int] = []
        starts: list[int] = []
        details, told = [], []
        for b, lesson in enumerate(lessons):
            turn = other_side if self.rng.random() < 0.5 else str
            for t in range(longest):
                starts.append(len(grams))
                if t >= len(lesson.words):
                    grams.append(0)
                    continue
                word = turn(lesson.words[t].text)
                word = NUMBER if word.isdigit() and len(word) > 1 else word
                grams += pieces_of(word)
                ids[b, t] = 1 if self.rng.random() < 0.06 else self.row["words"].get(word, 1)
            hints = [] if self.rng.random() < 0.25 else self._hints(lesson, turn)
            for first, last, label, _, _ in hints:
                read[b, first:last, label] = 1
            for claim in lesson.anchored:
                label = self.row["labels"].get(turn(claim.label))
                if label is None:
                    continue
                wanted[b, claim.word, label] = 1
                kind = KINDS.index(claim.kind) if claim.kind else IGNORED
                details.append((
                    b, claim.word, label, SIDES.index(turn(claim.side)),
                    self.row["parts"].get(claim.part, IGNORED), kind,
                    self.row["places"].get(claim.place, IGNORED),
                    SIDES.index(turn(claim.place_side)), int(claim.negated),
                ))  # fmt: skip
                row = torch.zeros(1 + len(SIDES) + parts)
                for first, last, hinted, side, part in hints:
                    if hinted == label and first <= claim.word < last:
                        row[[0, 1 + side]] = 1
                        row[1 + len(SIDES) + part if part >= 0 else 0] = 1
                told.append(row)
        return (
            ids, torch.tensor(grams), torch.tensor(starts), read, wanted,
            torch.tensor(details, dtype=torch.long).view(-1, 9),
            torch.stack(told) if told else torch.zeros(0, 1 + len(SIDES) + parts),
        )  # fmt: skip

    def _hints(self, lesson: Lesson, turn) -> list[tuple[int, int, int, int, int]]:
        found = []
        for hint in lesson.hints:
            label = self.row["labels"].get(turn(label_of(hint.change)))
            at = [
                i for i, w in enumerate(lesson.words) if w.start < hint.end and w.end > hint.start
            ]
            if label is not None and at:
                part = self.row["parts"].get(hint.part, -1)
                found.append((at[0], at[-1] + 1, label, SIDES.index(turn(hint.side)), part))
        return found


def train(
    lessons: list[Lesson], names: dict[str, list[str]], *, seed: int, seconds: float
) -> TaggerNet:
    """One network; the learning rate falls to nearly nothing over the seconds."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    batches, net = Batches(names, rng), TaggerNet(names)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    start, steps, pool = time.monotonic(), 0, list(lessons)
    while True:
        rng.shuffle(pool)
        chunks = [
            sorted(pool[i : i + CHUNK], key=lambda r: len(r.words))
            for i in range(0, len(pool), CHUNK)
        ]
        rows = [chunk[i : i + BATCH] for chunk in chunks for i in range(0, len(chunk), BATCH)]
        rng.shuffle(rows)
        total = 0.0
        for some in rows:
            done = (time.monotonic() - start) / seconds
            if done >= 1:
                return net.eval()
            for group in optimizer.param_groups:
                group["lr"] = 2e-3 * min(1, (steps + 1) / 50) * max(0.02, 1 - done)
            loss = loss_of(net, batches.batch(some), [lesson.weight for lesson in some])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        sys.stdout.write(
            f"seed {seed}, {time.monotonic() - start:.0f} s: {total / len(rows):.2f}\n"
        )


def loss_of(net: TaggerNet, batch: tuple[Tensor, ...], weights: list[float]) -> Tensor:
    """Changes at words, and the details of those that are there; summed over a text."""
    ids, grams, starts, read, wanted, details, told = batch
    encoded = net.encode(ids, grams, starts, read)
    weight = torch.tensor(weights)
    logits = net.lab(encoded[0]) + read * net.rw
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    loss = (each * encoded[2][..., None]).sum((1, 2)) @ weight
    if len(details):
        found = net.details(encoded, details[:, :3], told)
        for column, name in enumerate(("side", "part", "kind", "place", "pside", "neg"), start=3):
            cost = F.cross_entropy(
                found[name], details[:, column], ignore_index=IGNORED, reduction="none"
            )
            loss = loss + (cost * weight[details[:, 0]]).sum()
    return loss / len(weights)


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


def main() -> None:
    """Teach, and write one file with all networks and their vocabulary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--human", type=Path, help="the captions that claims_human*.txt name")
    parser.add_argument("--unlabelled", type=Path, nargs="*", default=[])
    parser.add_argument("--teacher", type=Path, help="weights that label them")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=840, help="for each network")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(1)
    files = [DATA / "claims_mllm" / f"{name}.jsonl" for name in ("train", "parts")]
    told = [lesson for path in files for lesson in lessons_of(path)]
    demo = demo_texts()
    orders = by_people(options.human, rng)
    lessons = told + orders + [ruled(text) for text in rng.sample(demo, 120)]
    anchor(lessons)
    if options.unlabelled:
        teacher = Tagger(options.teacher)
        texts = sorted(
            {t for path in options.unlabelled for t in json.loads(path.read_text("utf-8"))}
        )
        lessons += [taught(text, teacher) for text in texts]
    names = names_of(lessons)
    weights: dict[str, Tensor] = {}
    for i, seed in enumerate(options.seeds):
        net = train(lessons, names, seed=seed, seconds=options.seconds)
        weights |= {f"{i}.{name}": w.half().contiguous() for name, w in net.state_dict().items()}
    more = [Lesson(text, []) for text in rng.sample(demo, 4000)]
    whole = lessons_of(DATA / "claims_mllm" / "train.jsonl")
    gold, people = orders[:126], orders[126:]
    shown = [(gold, 0.0, 20.0), (people, 0.0, 4.0), (more, 0.0, 6.0), (whole, 1.0, 20.0)]
    weights["style"] = style_of(names, shown).half()
    metadata = json.dumps({**names, "networks": len(options.seeds)}, separators=(",", ":"))
    save_file(weights, options.out, metadata={"names": metadata})


if __name__ == "__main__":
    main()
