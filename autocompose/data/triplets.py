"""Which triplets a caption file yields in training: the official sampling rules.

A mode is ``<source>[-mirror][-reverse]_<k>``. Per item a view is drawn, then one of the first k
texts of that view. Views with ``reverse`` exchange the images, views with ``mirror`` flip both.
``search`` is a source too: what a model wrote as people search. Sources may be mixed, as in
``auto+search-reverse_3``: a pair needs the texts of the first and draws from the first k of each.
With the cyclic loss the item also carries a text of the view that leads back.

Where the official code silently emits None, this one leaves the pair out up front, counts it and
names it: no text under a key of the mode. ``auto`` takes the same view commands as ``mllm``, which
is ours, as are ``search`` and mixtures.

Source: the official ``data_utils.CPRDataset.__getitem__``.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from autocompose.errors import ConfigError
from autocompose.schema import PosePair, Source, TextStyle, Triplet, View, caption_key

MAX_TEXTS = 5
_GRAMMAR = (
    "<source>[+<source>][-mirror][-reverse]_<k>, e.g. mllm-mirror-reverse_3, auto-reverse_2,"
    " human_1, auto+search-reverse_3"
)
_WRITERS = {
    **{source.value: (source, TextStyle.FULL) for source in Source},
    "search": (Source.MLLM, TextStyle.SEARCH),
}


@dataclass(frozen=True)
class SamplingMode:
    """Whose texts are sampled, from which views, and how many per view.

    Args:
        texts: k, how many of a view's texts are used, at most `MAX_TEXTS`.
        style: of the texts; only a multimodal model writes as people search.
        mixed: names of further sources whose texts are drawn from where a pair has them.
    """

    source: Source
    mirror: bool = False
    reverse: bool = False
    texts: int = 3
    style: TextStyle = TextStyle.FULL
    mixed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if not 1 <= self.texts <= MAX_TEXTS:
            raise ConfigError(f"k = {self.texts} texts per view is outside 1..{MAX_TEXTS}")
        if (self.source, self.style) not in _WRITERS.values():
            raise ConfigError(f"{self.source.value} has no texts in the style {self.style.value}")
        if "human" in (self.source.value, *self.mixed) and (self.mirror or self.reverse):
            raise ConfigError(
                "human texts exist for the forward view only; use human_<k>, no mirror or reverse"
            )

    @classmethod
    def parse(cls, text: str) -> SamplingMode:
        """Read a mode: ``mllm-mirror-reverse_3``; the official experiment name ``human-3`` too.

        Raises:
            ConfigError: the mode is outside the grammar; the message says where.

        >>> SamplingMode.parse("mllm-reverse_3").views
        (<View.FORWARD: 'forward'>, <View.REVERSE: 'reverse'>)
        """
        match = re.fullmatch(r"(?P<commands>[^_]*?)[_-](?P<k>[0-9]+)", text)
        if match is None:
            raise ConfigError(f'mode "{text}" has no number of texts at its end; use {_GRAMMAR}')
        commands = [c for part in match["commands"].split("-") for c in part.split("+")]
        sources = [c for c in commands if c in _WRITERS]
        unknown = [c for c in commands if c not in {*sources, "mirror", "reverse"}]
        if unknown:
            raise ConfigError(f'mode "{text}": "{unknown[0]}" is unknown; use {_GRAMMAR}')
        if len(set(commands)) < len(commands):
            raise ConfigError(f'mode "{text}" names a command twice; use {_GRAMMAR}')
        if not sources or match["commands"].count("+") != len(sources) - 1:
            raise ConfigError(
                f'mode "{text}" must name exactly one of {", ".join(_WRITERS)}, or several joined'
                f" by +; use {_GRAMMAR}"
            )
        source, style = _WRITERS[sources[0]]
        return cls(
            source,
            "mirror" in commands,
            "reverse" in commands,
            int(match["k"]),
            style=style,
            mixed=tuple(sources[1:]),
        )

    def from_source(self, source: str, *, explicit: bool) -> SamplingMode:
        """The same views and k of another source.

        Args:
            source: mllm, search, auto or human.
            explicit: the mode was written out too, so that another source in it is a contradiction.

        Raises:
            ConfigError: unknown source, a contradiction, or views the source has no texts for.
        """
        if source not in _WRITERS:
            raise ConfigError(f'source "{source}" is unknown; use one of {", ".join(_WRITERS)}')
        if explicit and "+".join(self.sources) != source:
            raise ConfigError(f'source "{source}" contradicts mode "{self}"; name the same in both')
        writer, style = _WRITERS[source]
        human = writer is Source.HUMAN
        return replace(
            self,
            source=writer,
            style=style,
            mixed=(),
            mirror=self.mirror and not human,
            reverse=self.reverse and not human,
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources, that of the texts which a pair must have first."""
        searched = self.style is TextStyle.SEARCH
        return ("search" if searched else self.source.value, *self.mixed)

    @property
    def views(self) -> tuple[View, ...]:
        """The views drawn from; mirror and reverse together bring mirror-reverse."""
        views = [View.FORWARD]
        if self.mirror:
            views.append(View.MIRROR)
        if self.reverse:
            views.append(View.REVERSE)
        if self.mirror and self.reverse:
            views.append(View.MIRROR_REVERSE)
        return tuple(views)

    @property
    def keys(self) -> tuple[str, ...]:
        """The caption keys a record must have."""
        return tuple(caption_key(self.source, view, self.style) for view in self.views)

    def drawn_keys(self, view: View) -> tuple[str, ...]:
        """The caption keys whose texts are drawn from in a view, where a record has them."""
        writers = (_WRITERS[name] for name in self.sources)
        return tuple(caption_key(source, view, style) for source, style in writers)

    def drawn_texts(self, pair: PosePair, view: View) -> tuple[str, ...]:
        """The texts of a pair that a view draws from: the first k of each source."""
        keys = self.drawn_keys(view)
        return tuple(text for key in keys for text in pair.texts.get(key, ())[: self.texts])

    def __str__(self) -> str:
        """The mode as it is parsed."""
        mirror, reverse = "-mirror" * self.mirror, "-reverse" * self.reverse
        return f"{'+'.join(self.sources)}{mirror}{reverse}_{self.texts}"


@dataclass(frozen=True)
class Experiment:
    """What the name of an official experiment says.

    Args:
        mode: what is sampled.
        cycle: with or without the cyclic loss; None where the name leaves it open.
    """

    mode: SamplingMode
    cycle: bool | None

    @classmethod
    def parse(cls, name: str) -> Experiment:
        """Read ``human-N``, ``auto-N[-cycle]``, ``mllm[-mirror][-reverse]_N[-cycle]``, or a mode.

        The official ``auto-N-cycle`` draws both ``auto`` and ``auto-reverse``; ``human-N`` and
        ``auto-N`` have no cycle. A bare mode (``mllm-reverse_3``) leaves it open.

        Raises:
            ConfigError: see `SamplingMode.parse`; or human texts with the cycle.

        >>> str(Experiment.parse("auto-3-cycle").mode)
        'auto-reverse_3'
        """
        bare = name.removesuffix("-cycle")
        mode = SamplingMode.parse(bare)
        if bare != name:
            if mode.source is Source.HUMAN:
                raise ConfigError(
                    f'experiment "{name}": human texts exist for the forward view only, and the '
                    "cyclic loss needs reverse texts; use human-<k>"
                )
            return cls(replace(mode, reverse=True) if mode.source is Source.AUTO else mode, True)
        named = re.fullmatch(r"(human|auto)-[0-9]+", name) is not None
        return cls(mode, False if named else None)


class TripletSampler:
    """Draws one triplet per pose pair and epoch.

    Args:
        pairs: of a training split.
        mode: what to sample, or its text form.
        cycle: add the text of the way back.
        seed: of every draw; the same seed and epoch give the same triplets on every machine.

    Raises:
        ConfigError: an illegal mode, or the cyclic loss without reverse texts.
    """

    def __init__(
        self, pairs: Iterable[PosePair], mode: SamplingMode | str, *, cycle: bool, seed: int
    ) -> None:
        self.mode = SamplingMode.parse(mode) if isinstance(mode, str) else mode
        if cycle and not self.mode.reverse:
            add = "" if self.mode.source is Source.HUMAN else "add -reverse to the mode or "
            raise ConfigError(
                f'the cyclic loss needs reverse texts, mode "{self.mode}" has none;'
                f" {add}use --no-cycle"
            )
        self.cycle = cycle
        self.seed = seed
        kept: list[PosePair] = []
        dropped: Counter[str] = Counter()
        left_out: list[str] = []
        for pair in pairs:
            lacking = [key for key in self.mode.keys if not pair.texts.get(key)]
            if lacking:
                dropped[f"no {', '.join(lacking)}"] += 1
                left_out.append(
                    f"{pair.reference.id} -> {pair.target.id}: no text under {', '.join(lacking)}"
                )
            else:
                kept.append(pair)
        self.kept: tuple[PosePair, ...] = tuple(kept)
        self.dropped: Mapping[str, int] = dict(dropped)
        self.left_out: tuple[str, ...] = tuple(left_out)

    def __len__(self) -> int:
        """Triplets per epoch."""
        return len(self.kept)

    def epoch(self, number: int, *, shuffle: bool = True) -> tuple[Triplet, ...]:
        """One triplet per kept pair, in shuffled order.

        Args:
            number: counts from 0; resuming at an epoch needs no replay of the earlier ones.
            shuffle: False keeps the order of the pairs.
        """
        # A string seed is hashed by its content: the same on every machine and Python version.
        rng = random.Random(f"triplets:{self.seed}:{number}")
        triplets = [self._draw(pair, rng) for pair in self.kept]
        if shuffle:
            rng.shuffle(triplets)
        return tuple(triplets)

    def outcomes(self, pair: PosePair) -> tuple[tuple[Triplet, Fraction], ...]:
        """Every triplet that a kept pair can yield, with its exact probability."""
        found: list[tuple[Triplet, Fraction]] = []
        for view in self.mode.views:
            for text in self._texts(pair, view):
                for back in self._texts(pair, view.reversed) if self.cycle else (None,):
                    ways = len(self.mode.views) * len(self._texts(pair, view))
                    ways *= len(self._texts(pair, view.reversed)) if self.cycle else 1
                    found.append((_triplet(pair, view, text, reverse_text=back), Fraction(1, ways)))
        return tuple(found)

    def _draw(self, pair: PosePair, rng: random.Random) -> Triplet:
        view = rng.choice(self.mode.views)
        text = rng.choice(self._texts(pair, view))
        back = rng.choice(self._texts(pair, view.reversed)) if self.cycle else None
        return _triplet(pair, view, text, reverse_text=back)

    def _texts(self, pair: PosePair, view: View) -> Sequence[str]:
        return self.mode.drawn_texts(pair, view)


def _triplet(pair: PosePair, view: View, text: str, *, reverse_text: str | None) -> Triplet:
    reference, target = view.order(pair.reference.id, pair.target.id)
    return Triplet(reference, target, text, reverse_text, view=view, mirrored=view.mirrors)


def query_triplets(
    pairs: Iterable[PosePair], *, key: str = "sents", every_text: bool = False
) -> tuple[Triplet, ...]:
    """The test queries of a split: the first text of each pair, or (AIST) one query per text.

    Pairs without texts under ``key`` are left out; compare the lengths to report them.

    Args:
        pairs: of a split.
        key: whose texts are asked.
        every_text: one query per text; else the first text of each pair.
    """
    found = []
    for pair in pairs:
        texts = pair.texts.get(key, ())
        asked = texts if every_text else texts[:1]
        found += [_triplet(pair, View.FORWARD, text, reverse_text=None) for text in asked]
    return tuple(found)
