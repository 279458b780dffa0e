"""Several processes that train one model: who does which rows, and how they agree.

Every process draws the same batches and computes its share of the rows. The composed features of
all shares are gathered, so that each process sees the loss of the *whole* batch with all of its
negatives; gradients flow into the own rows only and their sum over processes is the gradient of one
process that does everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from autocompose.errors import TrainingError

T = TypeVar("T")
# The others wait while the first process pretrains pose-mini, which takes most of an hour.
_PATIENCE = timedelta(hours=12)


@dataclass(frozen=True)
class World:
    """The processes of one training.

    Args:
        rank: of this process; 0 is the only one that writes files.
        size: how many there are.
        device: where this process computes.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def main(self) -> bool:
        """Whether this process writes files and tells of progress."""
        return self.rank == 0

    def rows(self, count: int, rank: int | None = None) -> slice:
        """The share of ``count`` rows that a process computes; shares differ by one at most.

        >>> [World(r, 3).rows(8) for r in range(3)]
        [slice(0, 3, None), slice(3, 6, None), slice(6, 8, None)]
        """
        rank = self.rank if rank is None else rank
        base, extra = divmod(count, self.size)
        start = rank * base + min(rank, extra)
        return slice(start, start + base + (rank < extra))

    def gather(self, local: torch.Tensor, count: int) -> torch.Tensor:
        """Rows (n, ...) of every process -> all ``count`` rows; the gradient reaches the own."""
        return local if self.size == 1 else _gather_rows(local, self, count)

    def gather_objects(self, value: T) -> list[T]:
        """What every process has, in order of rank."""
        if self.size == 1:
            return [value]
        found: list[Any] = [None] * self.size
        dist.all_gather_object(found, value)
        return found

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace each gradient by its sum over processes, in one message."""
        if self.size == 1:
            return
        wanted = [p for p in parameters if p.requires_grad]
        # A parameter without a gradient here may have one elsewhere: all send the same layout.
        flat = torch.cat(
            [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in wanted]
        )
        dist.all_reduce(flat)
        parts = flat.split([p.numel() for p in wanted])
        for parameter, part in zip(wanted, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def share(self, module: torch.nn.Module) -> None:
        """Give every process the first one's weights and buffers."""
        if self.size > 1:
            for tensor in module.state_dict().values():
                here = tensor.to(self.device)  # nccl sends what is on the device only
                dist.broadcast(here, src=0)
                tensor.copy_(here)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process."""
        if self.size == 1:
            return flag
        votes = torch.tensor(int(flag), device=self.device)
        dist.all_reduce(votes)
        return bool(votes)


@contextmanager
def joined(
    environment: Mapping[str, str], *, device: str = "cpu", expected: int | None = None
) -> Iterator[World]:
    """Join the processes that ``torchrun`` started; alone where it did not.

    Args:
        environment: of this process, with torchrun's ``RANK``, ``WORLD_SIZE`` and ``LOCAL_RANK``.
        device: ``cpu`` (gloo) or ``cuda`` (nccl, one device per local rank).
        expected: how many processes there must be; a launcher that quietly starts one is an error.

    Yields:
        The world, after every process has been counted.

    Raises:
        TrainingError: the processes are not as many as announced or expected.
    """
    announced = _number(environment, "WORLD_SIZE", 1)
    place = _device(device, _number(environment, "LOCAL_RANK", 0))
    if announced == 1:
        _check(1, expected)
        yield World(device=place)
        return
    if not dist.is_available():
        raise TrainingError("this torch is built without torch.distributed; train in one process")
    dist.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        world = World(dist.get_rank(), dist.get_world_size(), place)
        counted = torch.ones((), device=place)
        dist.all_reduce(counted)
        if not int(counted) == world.size == announced:
            raise TrainingError(
                f"WORLD_SIZE announces {announced} processes, {int(counted)} answered; "
                "start again with torchrun --nproc-per-node N"
            )
        _check(world.size, expected)
        yield world
    finally:
        dist.destroy_process_group()


def _check(size: int, expected: int | None) -> None:
    if expected is not None and size != expected:
        raise TrainingError(
            f"{expected} processes were asked for and {size} run; start with "
            f"torchrun --nproc-per-node {expected} -m autocompose train ..."
        )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal():
        raise TrainingError(f'{name} is "{text}", not a number; torchrun sets it')
    return int(text)


def _device(name: str, local_rank: int) -> torch.device:
    if name == "cpu":
        return torch.device("cpu")
    if name != "cuda" or not torch.cuda.is_available():
        raise TrainingError(f'device "{name}" is not here; use cpu, or cuda where torch sees one')
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def _gather_rows(local: torch.Tensor, world: World, count: int) -> torch.Tensor:
    result: Any = _GatherRows.apply(local, world, count)
    return result


class _GatherRows(torch.autograd.Function):
    """All-gather along the first axis, of shares that may differ by one row."""

    @staticmethod
    def forward(ctx: Any, local: torch.Tensor, world: World, count: int) -> torch.Tensor:
        ctx.own = world.rows(count)
        longest = -(-count // world.size)
        padded = local.new_zeros(longest, *local.shape[1:])
        padded[: len(local)] = local
        parts = [torch.empty_like(padded) for _ in range(world.size)]
        dist.all_gather(parts, padded)
        shares = [world.rows(count, rank) for rank in range(world.size)]
        return torch.cat([p[: s.stop - s.start] for p, s in zip(parts, shares, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        # Every process computes the same loss of all rows, so its own rows' gradient is complete.
        return gradients[0][ctx.own], None, None
