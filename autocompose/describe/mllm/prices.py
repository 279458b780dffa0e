"""What calls cost: a dated table of list prices, and estimates of tokens before a call is made.

A model that is not in the table has no price here: its cost is unknown, never 0.
"""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from PIL import Image

from autocompose.describe.mllm.chat import ModelRequest, estimate_tokens
from autocompose.errors import ConfigError

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MESSAGE_TOKENS = 4
_SAFETY = 1.25
"""An upper estimate of text tokens; English seldom has fewer than 3.2 characters per token."""


@dataclass(frozen=True)
class ImageTokens:
    """How a vendor counts the tokens of an image.

    ``base + tile`` per 512-pixel tile of the image fitted into 2048 x 2048 and then to a shorter
    side of 768, or ``patch`` tokens per 32-pixel patch, at most 1536 patches.
    """

    base: float = 85
    tile: float = 170
    patch: float = 0

    def count(self, width: int, height: int) -> int:
        """Tokens of one image of this many pixels."""
        if self.patch:
            patches = math.ceil(width / 32) * math.ceil(height / 32)
            return math.ceil(self.patch * min(1536, patches))
        fit = min(1.0, 2048 / max(width, height))
        shorter = fit * min(width, height)
        fit *= min(1.0, 768 / shorter)
        # Rounded first: 512.0000000001 pixels are one tile.
        tiles = math.prod(max(1, math.ceil(round(n * fit) / 512)) for n in (width, height))
        return math.ceil(self.base + self.tile * tiles)


@dataclass(frozen=True)
class ModelPrice:
    """US dollars per million tokens.

    Args:
        source: the table's date, or ``given`` on the command line.
    """

    input: float
    output: float
    image: ImageTokens = ImageTokens()
    source: str = "given"

    def cost(self, input_tokens: float, output_tokens: float) -> float:
        """US dollars."""
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


@dataclass(frozen=True)
class PriceTable:
    """List prices of one day."""

    date: str
    models: dict[str, ModelPrice]

    def find(self, model: str) -> ModelPrice | None:
        """The price of a model or of a dated snapshot of it; None when it is not in the table.

        A provider's prefix (``openai/gpt-4o``) is left out.
        """
        name = model.rsplit("/", 1)[-1]
        return self.models.get(name) or self.models.get(_SNAPSHOT.sub("", name))


@cache
def price_table() -> PriceTable:
    """The table that comes with this package."""
    document = json.loads(
        files("autocompose.describe.mllm").joinpath("prices.json").read_text("utf-8")
    )
    models = {
        name: ModelPrice(
            row["input"],
            row["output"],
            ImageTokens(**row["image"]) if "image" in row else ImageTokens(),
            source=document["date"],
        )
        for name, row in document["models"].items()
    }
    return PriceTable(document["date"], models)


def read_price(text: str) -> ModelPrice:
    """A price given as ``IN,OUT``, US dollars per million tokens.

    Raises:
        ConfigError: not two amounts.

    >>> read_price("0.15,0.6").output
    0.6
    """
    try:
        amounts = [float(value) for value in text.split(",")]
    except ValueError:
        amounts = []
    if len(amounts) != 2 or not all(0 <= amount < math.inf for amount in amounts):
        raise ConfigError(
            f'price "{text}" is not IN,OUT in dollars per million tokens, such as 0.15,0.60'
        )
    return ModelPrice(amounts[0], amounts[1])


def request_tokens(request: ModelRequest, image: ImageTokens = ImageTokens()) -> int:
    """Input tokens of a request: text by its length, images by the vendor's rule. An estimate."""
    texts = [request.system, request.user]
    for turn in request.feedback:
        texts += [turn.answer, turn.problem]
    tokens = sum(estimate_tokens(text) + _MESSAGE_TOKENS for text in texts)
    if request.schema is not None:
        tokens += estimate_tokens(json.dumps(request.schema.schema))
    return tokens + sum(image.count(*_size(picture)) for picture in request.images)


def worst_cost(request: ModelRequest, price: ModelPrice) -> float:
    """What a call could cost at most: its estimated input with a margin, its whole output limit."""
    return price.cost(_SAFETY * request_tokens(request, price.image), request.max_tokens)


def _size(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
        return image.size
