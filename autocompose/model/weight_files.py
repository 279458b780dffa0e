"""Tensors out of a weights file that comes from anywhere: ``.pt``, ``.pt.gz``, safetensors.

Nothing in such a file is ever run. OpenAI distributes CLIP as TorchScript archives, which
``torch.load(weights_only=True)`` refuses; their tensors are read here by an unpickler that knows
tensors and inert modules only, and their code is left alone.
"""

from __future__ import annotations

import gzip
import io
import pickle
import re
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from autocompose.errors import CheckpointError, one_line

_STORAGES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
CLIP_KEY = "CLIP"
"""Under which the official code saves fine-tuned towers."""

# Numbers that OpenAI's archives keep beside the weights.
_NOT_WEIGHTS = ("input_resolution", "context_length", "vocab_size")
# What damaged or foreign files are known to raise in the readers below.
_UNREADABLE = (
    *(OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(pickle.UnpicklingError, zipfile.BadZipFile, zlib.error, SafetensorError),
)


def read_weights(path: Path) -> dict[str, Any]:
    """What a weights file holds, as saved: a state dict, or a dict around one.

    Args:
        path: ``.pt`` (pickle or TorchScript archive), the same compressed as ``.pt.gz``, or
            ``.safetensors``.

    Returns:
        The saved dict; for a TorchScript archive its state dict.

    Raises:
        CheckpointError: missing, damaged, no such file, or one that could run code.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f'"{path}" is not a file; give a weights file that exists')
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            if path.suffix == ".gz":  # both readers need to seek
                saved = _load(io.BytesIO(file.read()))
            else:
                saved = _load(cast(IO[bytes], file))
    except _UNREADABLE as error:
        raise CheckpointError(f'"{path.name}" cannot be read: {_reason(error)}') from error
    if not isinstance(saved, Mapping):
        raise CheckpointError(
            f'"{path.name}" holds a {type(saved).__name__}, not weights by name; save a state dict'
        )
    return dict(saved)


def clip_state(saved: Mapping[str, Any], name: str) -> dict[str, torch.Tensor]:
    """The state dict of a CLIP model out of what a file holds.

    Args:
        saved: see `read_weights`.
        name: of the file, for the message.

    Raises:
        CheckpointError: there is none in it.
    """
    inner: Mapping[str, Any] = saved
    for key in (CLIP_KEY, "state_dict"):
        if isinstance(saved.get(key), Mapping):
            inner = saved[key]
            break
    # DistributedDataParallel saves every name behind "module.".
    named = {re.sub(r"^module\.", "", key): value for key, value in inner.items()}
    state = {
        key: value
        for key, value in named.items()
        if isinstance(value, torch.Tensor) and key not in _NOT_WEIGHTS
    }
    if "visual.conv1.weight" not in state or "token_embedding.weight" not in state:
        raise CheckpointError(
            f'"{name}" does not hold a CLIP model{holds(saved)}; give a tuned_clip_*.pt file with '
            f'the key "{CLIP_KEY}" or an openai/CLIP state dict'
        )
    return state


def holds(saved: Mapping[str, Any]) -> str:
    """The first keys of a file, for a message."""
    keys = [str(key) for key in saved]
    return f" (its keys: {', '.join(keys[:3])}{', …' if len(keys) > 3 else ''})" if keys else ""


def _load(file: IO[bytes]) -> object:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                return _torchscript_state(archive)
    file.seek(0)
    return torch.load(file, map_location="cpu", weights_only=True)


def _reason(error: BaseException) -> str:
    # torch's own advice for an unsafe pickle is to load it unsafely: not repeated here.
    if "weights_only" in str(error):
        return "it holds more than plain tensors, which could run code; save its state dict alone"
    # What torch's readers stumble over in a foreign file is a bare key, an index or nothing.
    if isinstance(error, EOFError | KeyError | IndexError):
        return "it is damaged or no weights file; give a state dict saved by torch, or safetensors"
    return one_line(error, 200)


def _torchscript_state(archive: zipfile.ZipFile) -> dict[str, torch.Tensor]:
    """The tensors of a TorchScript archive under the names of its modules."""
    (entry,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
    prefix = entry[: -len("data.pkl")]
    root = _TorchScriptUnpickler(archive, prefix).load()
    state: dict[str, torch.Tensor] = {}
    _collect(root, "", state)
    return state


def _collect(module: object, prefix: str, state: dict[str, torch.Tensor]) -> None:
    for name, value in vars(module).items():
        if isinstance(value, torch.Tensor):
            state[prefix + name] = value
        elif isinstance(value, _Module):
            _collect(value, f"{prefix}{name}.", state)


class _Module:
    """Stands for any TorchScript class: holds what was saved of it and does nothing."""

    def __setstate__(self, state: Mapping[str, object]) -> None:
        self.__dict__.update(state)


class _TorchScriptUnpickler(pickle.Unpickler):
    """Builds tensors and inert modules; every other global of the pickle is refused."""

    def __init__(self, archive: zipfile.ZipFile, prefix: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{prefix}data.pkl")))
        self._archive = archive
        self._prefix = prefix

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "__torch__":
            return _Module
        known: dict[tuple[str, str], Callable[..., object]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
            ("torch.jit._pickle", "restore_type_tag"): lambda value, _: value,
        }
        if (module, name) in known:
            return known[module, name]
        if module == "torch.jit._pickle" and name.startswith("build_"):
            return list
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> torch.Tensor:
        _, dtype, key, _, count = pid
        entry = self._archive.getinfo(f"{self._prefix}data/{key}")
        if entry.file_size != count * dtype.itemsize:
            raise pickle.UnpicklingError(f"tensor {key} has {entry.file_size} bytes")
        content = bytearray(self._archive.read(entry))
        return torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)


def _tensor(
    storage: torch.Tensor, offset: int, size: Sequence[int], stride: Sequence[int], *_: object
) -> torch.Tensor:
    return torch.as_strided(storage, tuple(size), tuple(stride), offset).clone()
