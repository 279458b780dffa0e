"""A small tower over joints that finds the body a text leads to, from the body it starts from.

It reads the text features of a checkpoint, which stay as they are, and the joints and measures of a
body. Like the checkpoint itself it is one embedding for what is searched and one for what is asked,
compared by their cosine. It is an optional file of a checkpoint, `POSE_VOICE_FILE`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors
from torch import nn
from torch.nn import functional as F

from autocompose.body.change import Bodies
from autocompose.body.measures import MEASURES, measure_poses
from autocompose.body.skeleton import INDEX, JOINTS, canonical
from autocompose.data.files import write_whole
from autocompose.errors import CheckpointError, one_line

POSE_VOICE_FILE = "pose_voice.safetensors"
MAX_BYTES = 8_000_000

WIDTH = 256
BODY_NUMBERS = 3 * len(JOINTS) + len(MEASURES) + 1
"""Joints in trunk lengths, measures, and whether the joints are estimated."""
_TEXT_SCALE = 4.0
"""Brings the numbers of a unit text feature near those of a body's."""
_FAR = 5.0


def body_numbers(bodies: Bodies, *, estimated: bool) -> NDArray[np.float32]:
    """What the tower reads of N bodies, (N, `BODY_NUMBERS`), not yet standardised.

    Args:
        bodies: unknown measures become NaN.
        estimated: the joints come from a picture and may be off by centimetres.
    """
    joints = canonical(bodies.joints.astype(np.float64))
    unknown = np.full(len(joints), np.nan)
    floors = unknown if bodies.floors is None else bodies.floors.astype(np.float64)
    trunk = np.linalg.norm(joints[:, INDEX["neck"]] - joints[:, INDEX["pelvis"]], axis=1)
    scaled = joints / np.maximum(trunk, 0.2)[:, None, None]
    columns = [
        scaled.reshape(len(joints), -1),
        measure_poses(joints, floor=floors),
        np.full((len(joints), 1), float(estimated)),
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


class PoseVoice(nn.Module):
    """Embeds bodies, and queries of a body and a text.

    Args:
        text_dim: D, of the checkpoint's text features.
        fingerprint: of the checkpoint whose text features it reads.
    """

    def __init__(self, text_dim: int, fingerprint: str = "") -> None:
        """Create randomly initialised layers."""
        super().__init__()
        self.text_dim = text_dim
        self.fingerprint = fingerprint
        self.mean: torch.Tensor
        self.spread: torch.Tensor
        self.register_buffer("mean", torch.zeros(BODY_NUMBERS))
        self.register_buffer("spread", torch.ones(BODY_NUMBERS))
        self.body = nn.Sequential(
            nn.Linear(BODY_NUMBERS, 512), nn.GELU(), nn.Dropout(0.1), nn.Linear(512, WIDTH)
        )
        self.change = nn.Sequential(
            nn.Linear(WIDTH + text_dim, 640), nn.GELU(), nn.Dropout(0.2), nn.Linear(640, WIDTH)
        )
        self.text = nn.Linear(text_dim, WIDTH)
        self.scale = nn.Parameter(torch.tensor(2.7))

    def standardise(self, numbers: torch.Tensor) -> None:
        """Take mean and spread of the training bodies (N, `BODY_NUMBERS`)."""
        known = ~numbers.isnan()
        count = known.sum(0).clamp(min=1)
        self.mean.copy_(numbers.nan_to_num(0.0).sum(0) / count)
        centred = (numbers - self.mean).nan_to_num(0.0)
        self.spread.copy_((centred.square().sum(0) / count).sqrt() + 1e-3)

    def bodies(self, numbers: torch.Tensor) -> torch.Tensor:
        """Unit (N, `WIDTH`) of bodies from `body_numbers`."""
        read = ((numbers - self.mean) / self.spread).nan_to_num(0.0).clamp(-_FAR, _FAR)
        return F.normalize(self.body(read), dim=-1)

    def queries(self, reference: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """Unit (N, `WIDTH`) of the bodies that texts lead to.

        Args:
            reference: (N, `WIDTH`) from `bodies`.
            text: (N, D) features of any length.
        """
        text = F.normalize(text, dim=-1)
        change = self.change(torch.cat([reference, _TEXT_SCALE * text], dim=-1))
        return F.normalize(reference + change + self.text(text), dim=-1)


def save_pose_voice(folder: Path, voice: PoseVoice) -> Path:
    """Write a tower beside the checkpoint it belongs to, in half precision.

    Args:
        folder: of the checkpoint.
        voice: trained on its text features.
    """
    tensors = {name: tensor.half().contiguous() for name, tensor in voice.state_dict().items()}
    about = {"fingerprint": voice.fingerprint, "text_dim": str(voice.text_dim)}
    path = Path(folder) / POSE_VOICE_FILE
    write_whole(path, to_safetensors(tensors, metadata={"about": json.dumps(about)}))
    return path


def load_pose_voice(folder: Path, fingerprint: str) -> PoseVoice | None:
    """The tower beside a checkpoint, in eval mode; None where there is none.

    Args:
        folder: of the checkpoint.
        fingerprint: of the checkpoint.

    Raises:
        CheckpointError: the file is damaged, or belongs to another checkpoint.
    """
    path = Path(folder) / POSE_VOICE_FILE
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["about"])
        voice = PoseVoice(int(about["text_dim"]), str(about["fingerprint"]))
        voice.load_state_dict({name: t.float() for name, t in load_file(path).items()})
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(
            f'{POSE_VOICE_FILE} of "{Path(folder).name}" cannot be used ({one_line(error, 120)}); '
            "train it again with `autocompose train-ranker`, or remove the file"
        ) from error
    if voice.fingerprint != fingerprint:
        raise CheckpointError(
            f'{POSE_VOICE_FILE} of "{Path(folder).name}" belongs to model '
            f"{voice.fingerprint[:12]}, not to {fingerprint[:12]}; train it again with "
            "`autocompose train-ranker`, or remove the file"
        )
    return voice.eval()
