"""What a query may choose beside picture and text: the weight between them, and which pictures.

Nothing heavy is imported here, so that pages and commands read choices before a model is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from autocompose.errors import ConfigError

WORDS = 0.0
BOTH = 0.5
PICTURE = 1.0


@dataclass(frozen=True)
class PictureFilter:
    """Which pictures of a gallery are ranked; an empty field lets every picture through.

    Each field takes one value or several; a picture passes with any of them. It must pass every
    field.

    Args:
        person: names of persons, ``p3``.
        camera: names of cameras, ``left40``.
        clip: names of clips, ``dance_b``; a pose that was put together of two belongs to both.
        source: how the pose came to be: ``mocap``, ``authored``, ``recombined``, ``imported``.
    """

    person: str | tuple[str, ...] = ()
    camera: str | tuple[str, ...] = ()
    clip: str | tuple[str, ...] = ()
    source: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Keep every field as distinct values in their order; an empty one is none."""
        for one in fields(self):
            value = getattr(self, one.name)
            values = (value,) if isinstance(value, str) else value
            object.__setattr__(self, one.name, tuple(dict.fromkeys(filter(None, values))))

    @classmethod
    def of(cls, wanted: Mapping[str, Sequence[str]]) -> PictureFilter:
        """The filter that lets values through, by the name of their field.

        Raises:
            ConfigError: there is no such field.
        """
        known = [one.name for one in fields(cls)]
        for name in wanted:
            if name not in known:
                raise ConfigError(f'"{name[:40]}" is not noted; use one of {", ".join(known)}')
        return cls(**{name: tuple(values) for name, values in wanted.items()})

    @property
    def given(self) -> dict[str, tuple[str, ...]]:
        """The fields that are set, with their values."""
        return {
            one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name)
        }


@dataclass(frozen=True)
class SearchChoices:
    """How a query is asked.

    Args:
        balance: 0 is the words alone, as from a person who stands with hanging arms; 0.5 is both,
            the picture changed as the words say; 1 is likeness to the picture alone.
        only: which pictures are ranked.
        other_clip: leave out the pictures that share a clip with the reference.
        mirrored: start from the reference flipped left to right.
        skip: so many of the best hits are not listed, because they are known already.

    Raises:
        ConfigError: ``balance`` is not from 0 to 1, or ``skip`` is below 0.
    """

    balance: float = BOTH
    only: PictureFilter = field(default_factory=PictureFilter)
    other_clip: bool = False
    mirrored: bool = False
    skip: int = 0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not WORDS <= self.balance <= PICTURE:
            raise ConfigError(
                f"balance is {self.balance}; give 0 (words alone) to 1 (picture alone)"
            )
        if self.skip < 0:
            raise ConfigError(f"skip is {self.skip}; give 0 or more")

    @property
    def needs_picture(self) -> bool:
        """Whether a reference picture has a say."""
        return self.balance > WORDS

    @property
    def needs_words(self) -> bool:
        """Whether a text has a say."""
        return self.balance < PICTURE


AS_ASKED = SearchChoices()
"""Picture and words, over the whole gallery."""
