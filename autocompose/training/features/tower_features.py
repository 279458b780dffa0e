"""Features of the frozen towers, computed once and kept.

Both stages of the paper keep the image tower frozen in eval mode, and stage 2 the text tower too,
so each picture, its mirrored tensor and each text has one feature for the whole training. The
official code decodes and encodes them again at every step.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch.nn import functional as F

from autocompose.config import RunConfig
from autocompose.data.preprocess import MAX_BYTES, load_image, preprocess
from autocompose.errors import CheckpointError, ImageError
from autocompose.model.long_texts import encode_tokens
from autocompose.model.towers import Towers
from autocompose.schema import Event, OnEvent, PoseImage, Triplet
from autocompose.training.distributed import World
from autocompose.training.features.feature_cache import FeatureCache

T = TypeVar("T")
IMAGE_BATCH = 32
TEXT_BATCH = 256
SEGMENT = 2048
"""Images or texts after which what is there is written: what a kill can cost at most."""
SAFE_COSINE = 0.9999
"""Between features in bfloat16 and in float32, at least, for bfloat16 to be used."""


@dataclass(frozen=True, eq=False)
class FrozenFeatures:
    """Raw features of pictures, as they are and mirrored, or of texts.

    Args:
        rows: picture id, or text -> row of the cache.
        cache: holds the rows; mirrored pictures are features of the horizontally flipped *tensor*,
            as the official code flips.
        skipped: one line for each picture that could not be read.
    """

    rows: Mapping[str, int]
    cache: FeatureCache
    skipped: Mapping[str, str]

    def take(self, names: Sequence[str], *, mirrored: Sequence[bool] | None = None) -> torch.Tensor:
        """Features (B, D) float32 by picture id or text."""
        rows = np.array([self.rows[name] for name in names], dtype=np.int64)
        return self.cache.take(rows, 0 if mirrored is None else np.array(mirrored, dtype=np.int64))

    def of(self, triplets: Sequence[Triplet], role: str) -> torch.Tensor:
        """Features (B, D) of the ``reference`` or ``target`` of triplets."""
        names = [getattr(triplet, role) for triplet in triplets]
        return self.take(names, mirrored=[triplet.mirrored for triplet in triplets])


def image_features(
    towers: Towers,
    images: Sequence[PoseImage],
    *,
    transform: str,
    run: RunConfig | None = None,
    world: World | None = None,
    on_event: OnEvent,
) -> FrozenFeatures:
    """Features of pictures and of their mirrored tensors, from the cache where it has them.

    Args:
        towers: the image tower's weights, architecture and normalisation are part of the address.
        images: pictures with the same content share a feature.
        transform: see `autocompose.data.preprocess.preprocess`.
        run: where the cache is, loader workers, precision.
        world: each process encodes its share.
        on_event: called with progress.

    Returns:
        The features; pictures that cannot be read are named in ``skipped``.

    Raises:
        CheckpointError: the tower gives features that are not finite numbers.
        ImageError: a picture cannot be read and ``run.strict`` is set.
    """
    run, world = run or RunConfig(), world or World()
    kind = {
        "of": "images",
        "tower": fingerprint(towers, image=True),
        "transform": transform,
        "size": towers.image_size,
        "mean": list(towers.mean),
        "std": list(towers.std),
        "precision": "bfloat16" if run.bf16 else "float32",
    }
    if towers.look_twice:
        kind["look_twice"] = True
    cache = FeatureCache(run.cache, kind)
    encode = _Encoder(towers, world, bf16=run.bf16, on_event=on_event).images

    def load(address: str) -> torch.Tensor | ImageError:
        try:
            # Colour conversion comes last, as in the official transform.
            picture = load_image(fresh[address].path, rgb=False)
            return preprocess(
                picture, transform, towers.image_size, mean=towers.mean, std=towers.std
            )
        except ImageError as error:
            return error

    with ThreadPoolExecutor(max(1, run.workers)) as workers:
        addresses, skipped = _addresses(images, workers)
        fresh: dict[str, PoseImage] = {}
        for image in images:
            if image.id in addresses:
                fresh.setdefault(addresses[image.id], image)
        missing = _missing(cache, list(fresh), world)
        for start in range(0, len(missing), SEGMENT):
            part = missing[start : start + SEGMENT]
            mine = part[world.rows(len(part))]
            done: list[str] = []
            features: list[torch.Tensor] = []
            failed: dict[str, str] = {}
            for read, encoded, unread in _encoded(mine, load, encode, workers=workers):
                done, features, failed = done + read, features + encoded, failed | unread
                on_event(Event("image features", start + len(done), len(missing)))
            _keep(cache, done, features, world=world, on_event=on_event)
            for other in world.gather_objects(failed):
                skipped |= {i: other[a] for i, a in addresses.items() if a in other}
    for name in sorted(skipped):
        if run.strict:
            raise ImageError(skipped[name])
        on_event(Event("unreadable images", len(skipped), len(images), skipped[name]))
    readable = [name for name in addresses if name not in skipped]
    rows = cache.rows(addresses[name] for name in readable)
    return FrozenFeatures(dict(zip(readable, rows.tolist(), strict=True)), cache, skipped)


def text_features(
    towers: Towers,
    texts: Sequence[str],
    *,
    run: RunConfig | None = None,
    world: World | None = None,
    on_event: OnEvent,
) -> FrozenFeatures:
    """Features of texts under the frozen text tower, from the cache where it has them.

    Args:
        towers: the text tower's weights and architecture are part of the address.
        texts: distinct.
        run: where the cache is, and the precision.
        world: each process encodes its share.
        on_event: called with progress.

    Raises:
        CheckpointError: the tower gives features that are not finite numbers.
    """
    run, world = run or RunConfig(), world or World()
    precision = "bfloat16" if run.bf16 else "float32"
    kind = {"of": "texts", "tower": fingerprint(towers, image=False), "precision": precision}
    if towers.long_texts != "cut":
        kind["long_texts"] = towers.long_texts
    cache = FeatureCache(run.cache, kind)
    encode = _Encoder(towers, world, bf16=run.bf16, on_event=on_event).texts
    addresses = {text: hashlib.sha256(text.encode()).hexdigest() for text in texts}
    of = {address: text for text, address in addresses.items()}
    # Shortest first, so that batches crop well.
    ordered = sorted(addresses.values(), key=lambda a: (len(of[a]), of[a]))
    missing = _missing(cache, ordered, world)
    for start in range(0, len(missing), SEGMENT):
        part = missing[start : start + SEGMENT]
        mine = part[world.rows(len(part))]
        features = []
        for first in range(0, len(mine), TEXT_BATCH):
            batch = mine[first : first + TEXT_BATCH]
            features.append(encode([of[address] for address in batch]))
            on_event(Event("text features", start + first + len(batch), len(missing)))
        _keep(cache, mine, features, world=world, on_event=on_event)
    rows = cache.rows(addresses.values())
    return FrozenFeatures(dict(zip(addresses, rows.tolist(), strict=True)), cache, {})


def fingerprint(towers: Towers, *, image: bool) -> str:
    """sha256 over one tower's architecture and float32 weights."""
    digest = hashlib.sha256(json.dumps(towers.architecture, sort_keys=True).encode())
    for name, tensor in sorted(towers.clip.state_dict().items()):
        if name.startswith("visual.") == image and name not in ("logit_scale", "logit_bias"):
            digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


class _Encoder:
    """Frozen copies of the towers in the layout, precision and place that encode fastest."""

    def __init__(self, towers: Towers, world: World, *, bf16: bool, on_event: OnEvent) -> None:
        self._towers, self._world, self._tell = towers, world, on_event
        self._bf16 = bf16
        self._ready: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {}

    def images(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, 3, R, R) -> (B, 2, D): plain and mirrored."""
        pixels = pixels.to(self._world.device, memory_format=torch.channels_last)
        encode = self._encoder("image", pixels)
        return _finite(torch.stack([encode(pixels), encode(pixels.flip(-1))], dim=1))

    def texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Texts -> (B, 1, D)."""
        reading = self._towers.read(texts).to(self._world.device)
        encode = self._encoder("text", reading.tokens)
        return _finite(encode_tokens(reading, encode)[:, None])

    def _encoder(self, which: str, sample: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
        # Chosen at the first batch, because whether bfloat16 is safe is measured on it.
        if which not in self._ready:
            full = self._copy(which, torch.float32)
            self._ready[which] = full
            if self._bf16:
                half = self._copy(which, torch.bfloat16)
                cosine = _agreement(full, half, sample[:16])
                if cosine >= SAFE_COSINE:
                    self._ready[which] = half
                note = f"cosine {cosine:.6f}: {'used' if cosine >= SAFE_COSINE else 'not used'}"
                self._tell(Event(f"bfloat16 {which} tower", 1, 1, note))
        return self._ready[which]

    def _copy(self, which: str, dtype: torch.dtype) -> Callable[[torch.Tensor], torch.Tensor]:
        towers = copy.deepcopy(self._towers).eval().requires_grad_(False)
        towers.to(self._world.device, dtype)  # type: ignore[call-overload]
        towers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        encode = towers.encode_image if which == "image" else towers.encode_text

        def run(x: torch.Tensor) -> torch.Tensor:
            with torch.inference_mode():
                return encode(x.to(dtype) if x.is_floating_point() else x).float().cpu()

        return run


def _agreement(
    full: Callable[[torch.Tensor], torch.Tensor],
    half: Callable[[torch.Tensor], torch.Tensor],
    sample: torch.Tensor,
) -> float:
    """The smallest cosine between the features of a sample; 0 where bfloat16 does not run."""
    try:
        return float(F.cosine_similarity(full(sample), half(sample), dim=-1).min())
    except RuntimeError:  # a layer that mixes precisions
        return 0.0


def _address(image: PoseImage) -> str | ImageError:
    """sha256 of an image file's bytes."""
    try:
        if image.path.is_file() and image.path.stat().st_size <= MAX_BYTES:
            return hashlib.sha256(image.path.read_bytes()).hexdigest()
        load_image(image.path)  # says what is wrong with it
    except OSError as error:
        return ImageError(f'"{image.id}" cannot be read: {error.strerror or error}')
    except ImageError as error:
        return error
    return ImageError(f'"{image.id}" changed while it was read; start again')


def _addresses(
    images: Sequence[PoseImage], workers: ThreadPoolExecutor
) -> tuple[dict[str, str], dict[str, str]]:
    """The address of each picture, and one line for each that cannot be read, both by id."""
    addresses: dict[str, str] = {}
    skipped: dict[str, str] = {}
    for image, found in zip(images, workers.map(_address, images), strict=True):
        if isinstance(found, str):
            addresses[image.id] = found
        else:
            skipped[image.id] = str(found)
    return addresses, skipped


def _encoded(
    addresses: Sequence[str],
    load: Callable[[str], torch.Tensor | ImageError],
    encode: Callable[[torch.Tensor], torch.Tensor],
    *,
    workers: ThreadPoolExecutor,
) -> Iterator[tuple[list[str], list[torch.Tensor], dict[str, str]]]:
    """Batch by batch: the pictures that were read, their features, what is wrong with the others.

    The list of features is empty where no picture of a batch was read.
    """
    batches = [addresses[i : i + IMAGE_BATCH] for i in range(0, len(addresses), IMAGE_BATCH)]
    for batch, loaded in zip(batches, _ahead(workers, load, batches), strict=True):
        read: dict[str, torch.Tensor] = {}
        unread: dict[str, str] = {}
        for address, found in zip(batch, loaded, strict=True):
            if isinstance(found, ImageError):
                unread[address] = str(found)
            else:
                read[address] = found
        yield list(read), [encode(torch.stack(list(read.values())))] if read else [], unread


def _missing(cache: FeatureCache, ordered: Sequence[str], world: World) -> list[str]:
    """What any process lacks: processes on other machines may see other caches."""
    lacking = [address for address in ordered if address not in cache]
    everywhere = set().union(*world.gather_objects(lacking))
    return [address for address in ordered if address in everywhere]


def _keep(
    cache: FeatureCache,
    addresses: Sequence[str],
    features: Sequence[torch.Tensor],
    *,
    world: World,
    on_event: OnEvent,
) -> None:
    """Add what every process encoded; the first writes it."""
    own = torch.cat(list(features)) if features else None
    for theirs, rows in world.gather_objects((list(addresses), own)):
        if rows is None:
            continue
        try:
            cache.add(theirs, rows, write=world.main)
        except OSError as error:
            note = f"not written ({error.strerror or error}); kept in memory for this run"
            on_event(Event("feature cache", 0, 1, note))


def _ahead(
    workers: ThreadPoolExecutor, work: Callable[[str], T], batches: Sequence[Sequence[str]]
) -> Iterator[list[T]]:
    """Results batch by batch, with one batch decoded while another is encoded."""
    waiting: deque[list[Future[T]]] = deque()
    for batch in batches:
        waiting.append([workers.submit(work, item) for item in batch])
        if len(waiting) > 2:
            yield [future.result() for future in waiting.popleft()]
    while waiting:
        yield [future.result() for future in waiting.popleft()]


def _finite(features: torch.Tensor) -> torch.Tensor:
    if not bool(torch.isfinite(features).all()):
        raise CheckpointError(
            "the frozen tower gives features that are not finite numbers; use other weights"
        )
    return features
