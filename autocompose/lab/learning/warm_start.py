"""The pose language model's first layers from the text tower of a checkpoint."""

from __future__ import annotations

import torch

from autocompose.errors import TrainingError
from autocompose.lab.lm.pieces import END, SPECIAL, START, Pieces
from autocompose.lab.lm.pose_lm import PoseLM
from autocompose.model.towers import Towers

_START_TOKEN, _END_TOKEN = 49406, 49407
_NAMES = {
    "ln_1": "ln_1", "ln_2": "ln_2", "mlp.c_fc": "c_fc", "mlp.c_proj": "c_proj",
    "attn.out_proj": "out",
}  # fmt: skip


def start_from_tower(model: PoseLM, towers: Towers, pieces: Pieces) -> None:
    """Copy word vectors, places and layers; the layers that the tower lacks stay as they are.

    Args:
        model: changed in place.
        towers: with a text tower of the model's width, of CLIP's form.
        pieces: that the model reads words with.

    Raises:
        TrainingError: the tower has another width or form.
    """
    tower = {name: value.float() for name, value in towers.clip.state_dict().items()}
    table = tower.get("token_embedding.weight")
    if table is None or table.shape[1] != model.config.width:
        raise TrainingError(
            f"the text tower of {towers.name} does not fit a pose model of width "
            f"{model.config.width}; start from checkpoints/pose-mini"
        )
    own = model.state_dict()
    own["words"][SPECIAL:] = table[torch.tensor(pieces.tokens)]
    own["special"][START], own["special"][END] = table[_START_TOKEN], table[_END_TOKEN]
    places = tower["positional_embedding"]
    shared = min(len(places), len(own["places"]))
    own["places"][:shared] = places[:shared]
    for i in range(len(model.blocks)):
        root = f"transformer.resblocks.{i}."
        if f"{root}ln_1.weight" not in tower:
            break
        for kind in ("weight", "bias"):
            own[f"blocks.{i}.qkv.{kind}"].copy_(tower[f"{root}attn.in_proj_{kind}"])
            for theirs, ours in _NAMES.items():
                own[f"blocks.{i}.{ours}.{kind}"].copy_(tower[f"{root}{theirs}.{kind}"])
