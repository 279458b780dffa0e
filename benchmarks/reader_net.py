"""The tagger's network as torch trains it: its layers, its loss, and words that begin alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from autocompose.model import torchvision_schemas  # noqa: F401 - before open_clip, see there
from autocompose.tagger.network import DILATIONS, HEADS, REACH
from autocompose.tagger.spelled_words import PIECES
from autocompose.tagger.tag import SIDES

IGNORED = -100
DETAILS = ("side", "part", "kind", "place", "pside", "neg")
WORD, SPELLING, READ = 64, 48, 32
WIDTH = 160


class TaggerNet(nn.Module):
    """`autocompose.tagger.network.Network` as torch trains it; the names of its weights agree."""

    def __init__(self, names: dict[str, list[str]], *, width: int = WIDTH) -> None:
        super().__init__()
        self.width = width
        labels, parts, spelt = len(names["labels"]), len(names["parts"]), WORD + SPELLING + READ
        self.word = nn.Embedding(len(names["words"]), WORD, padding_idx=0)
        self.gram = nn.EmbeddingBag(PIECES, SPELLING, mode="mean")
        nn.init.normal_(self.word.weight, std=0.3)
        nn.init.normal_(self.gram.weight, std=0.3)
        self.rin = nn.Linear(labels, READ, bias=False)
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
        self.q2 = nn.Linear(width + 32 + 96, 96)
        self.k, self.val = (nn.Linear(width + spelt, 96) for _ in range(2))
        self.rel = nn.Embedding(2 * REACH + 1, HEADS)
        nn.init.zeros_(self.rel.weight)
        mixed = width + 32 + 2 * 96 + 1 + len(SIDES) + parts
        self.mix = nn.Sequential(nn.Linear(mixed, 160), nn.GELU(), nn.Dropout(0.3))
        sizes = (4, parts, 3, len(names["places"]), 4, 2)
        self.out = nn.ModuleDict(
            {name: nn.Linear(160, size) for name, size in zip(DETAILS, sizes, strict=True)}
        )

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
        """Logits of the details of N changes; ``where`` (N, 3) is text, word and label, by text."""
        full, context, mask = encoded
        text, at, label = where.T.contiguous()
        own = torch.cat([context[text, at], self.emb(label)], -1)
        keys, values = (
            layer(full).view(*full.shape[:2], HEADS, -1).transpose(1, 2)
            for layer in (self.k, self.val)
        )  # (B, HEADS, T, A)
        far = (torch.arange(full.shape[1])[None] - at[:, None]).clamp(-REACH, REACH) + REACH
        near = self.rel(far).masked_fill(~mask[text][..., None], -1e4)  # (N, T, HEADS)
        # Details side by side for each text, so that one product serves all of them.
        place = torch.arange(len(text)) - torch.searchsorted(text, text)
        rows = int(place.max()) + 1
        nearby = near.new_zeros(len(full), rows, *near.shape[1:]).index_put((text, place), near)
        nearby = nearby.permute(0, 3, 1, 2)

        def look(query: Tensor) -> Tensor:
            wide = query.new_zeros(len(full), rows, query.shape[-1])
            wide = wide.index_put((text, place), query).view(len(full), rows, HEADS, -1)
            scores = wide.transpose(1, 2) @ keys.transpose(2, 3) / wide.shape[-1] ** 0.5 + nearby
            return (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)[text, place]

        first = look(self.q(own))
        again = look(self.q2(torch.cat([own, first], -1)))
        mixed = self.mix(torch.cat([own, first, again, told], -1))
        return {name: layer(mixed) for name, layer in self.out.items()}


def loss_of(net: TaggerNet, batch: tuple[Tensor, ...], weights: Tensor) -> Tensor:
    """Changes at words, and the details of those that are there; summed over a text.

    Args:
        net: in training.
        batch: from `reader_lessons.Batches`.
        weights: (B,) what each text counts.
    """
    ids, grams, starts, read, wanted, details, told = batch
    encoded = net.encode(ids, grams, starts, read)
    logits = net.lab(encoded[0]) + read * net.rw
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    loss = (each * encoded[2][..., None]).sum((1, 2)) @ weights
    if len(details):
        found = net.details(encoded, details[:, :3], told)
        for column, name in enumerate(DETAILS, start=3):
            cost = F.cross_entropy(
                found[name], details[:, column], ignore_index=IGNORED, reduction="none"
            )
            loss = loss + (cost * weights[details[:, 0]]).sum()
    return loss / len(weights)


def read_net(path: Path, number: int) -> tuple[TaggerNet, dict[str, list[str]]]:
    """A network of a file of weights, and its vocabulary.

    A network that looked once at the words gets a second look, which changes nothing at first.
    """
    with safe_open(path, framework="pt") as file:
        names = json.loads(file.metadata()["names"])
        head = f"{number}."
        found = {n: file.get_tensor(n).float() for n in file.keys() if n.startswith(head)}  # noqa: SIM118
    names.pop("networks")
    weights = {name[len(head) :]: w for name, w in found.items()}
    width = len(weights["inp.bias"])
    net = TaggerNet(names, width=width)
    if "q2.weight" not in weights:
        weights |= {name: w for name, w in net.state_dict().items() if name.startswith("q2.")}
        mix, after = weights["mix.0.weight"], width + 32 + 96
        nothing = mix.new_zeros(len(mix), 96)
        weights["mix.0.weight"] = torch.cat([mix[:, :after], nothing, mix[:, after:]], 1)
    net.load_state_dict(weights)
    return net, names


def begin_alike(net: TaggerNet, words: Sequence[str], tower: Path) -> None:
    """Let the words of like meaning begin alike: from the token vectors of a text tower.

    Args:
        net: whose ``word`` is set in place; words that few texts have profit.
        words: of its vocabulary, in their order.
        tower: ``text_tower.safetensors`` of a checkpoint with CLIP's tokens.
    """
    from open_clip.tokenizer import SimpleTokenizer

    with safe_open(tower, framework="pt") as file:
        vectors = file.get_tensor("token_embedding.weight").float()
    tokenizer = SimpleTokenizer()
    rows = torch.stack([vectors[tokenizer.encode(word) or [0]].mean(0) for word in words])
    rows = rows - rows.mean(0)
    _, _, axes = torch.linalg.svd(rows, full_matrices=False)
    found = rows @ axes[:WORD].T
    found = 0.3 * found / found.std()
    with torch.no_grad():
        net.word.weight[2:] = found[2:]  # not of what stands for nothing and for all others
