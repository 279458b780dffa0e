# ruff: noqa: E501 (tables: one entry a line reads best)
"""Planted errors in texts that a multimodal model wrote: how many of them the claims give away.

The texts are ``mllm`` and ``reverse`` of the demo's training split, uncorrected. Each is taken as it
is, and once with one error of each kind that it allows:

- ``sides``: left and right exchanged in the whole text, where the sides differ by the joints;
- ``direction``: one sentence on a limb told the other way round ("raise the left arm" -> "lower");
- ``part``: one such sentence told of the other limb ("left elbow" -> "left knee");
- ``invented``: a sentence added on a limb that does not move.

An error counts only where the joints say that the right words were true, and that the wrong ones are
false as a motion and as a state, by the rules of `benchmarks.claims`. Found means that more
claims are contradicted than in the text as it was, or that ``sides_swapped`` is new. Flagged means at
least one contradicted claim in the text as it was; the model errs itself, so that this is an upper
bound of the false alarms. Run ``python benchmarks/claims_planted_model.py``; ``--out FILE`` writes the
set as JSON lines.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.body.skeleton import mean_joint_distance, mirror  # noqa: E402
from autocompose.data.dataset import open_dataset  # noqa: E402
from autocompose.describe.views import mirror_texts, swap_pair  # noqa: E402
from autocompose.language.reader.claims import Outcome  # noqa: E402
from autocompose.schema import PosePair  # noqa: E402
from autocompose.verify.judge import PairJudge  # noqa: E402
from benchmarks.claims import ABOUT, Scene, _false_on_the_other_side, ends_so, quiet, scenes  # noqa: E402

KINDS = ("none", "sides", "direction", "part", "invented")
CLEARLY, CLEAR_SIDES = 2, "clear sides"
"""Sides differ clearly where so many changes of a pair are false on the other side."""
STILL = 0.15
"""Up to so many plain changes nothing of the kind happens."""
MOVES = 0.5
"""A change is there from so many plain changes on."""
UNLIKE = 0.15
"""Metres by which a change and its mirror image differ, in the mean of the joints, where sides count."""

_OPPOSITE = {
    "raise": "lower",
    "lift": "lower",
    "lower": "raise",
    "bend": "straighten",
    "straighten": "bend",
}
_LIMBS = {"elbow": "knee", "knee": "elbow", "arm": "leg", "leg": "arm"}
_TOLD = re.compile(
    rf"\b(?P<verb>{'|'.join(_OPPOSITE)}) (?:the|your) (?P<side>left|right) (?P<limb>{'|'.join(_LIMBS)})\b",
    re.IGNORECASE,
)
_MOVE = {
    **{(verb, limb): (limb, verb) for verb in ("bend", "straighten") for limb in ("elbow", "knee")},
    **{(verb, limb): (kind, "down" if verb == "lower" else "up")
       for verb in ("raise", "lift", "lower") for limb, kind in (("arm", "hand"), ("leg", "foot"))},
}  # fmt: skip
"""Verb and limb -> kind and move, as `benchmarks.claims.ABOUT` has them."""


@dataclass(frozen=True)
class PlantedText:
    """One text of a model with at most one planted error.

    Args:
        view: forward, or reverse where target and reference are exchanged.
        original: the text as the model wrote it.
        was: the words that were replaced, and
        now: the words that stand there; empty for whole texts.
        one_sided: changes of the pair that are false on the other side, as `benchmarks.claims` has it.
    """

    kind: str
    reference: str
    target: str
    view: str
    original: str
    text: str
    was: str = ""
    now: str = ""
    one_sided: int = 0


def planted_texts(pairs: Sequence[PosePair], *, seed: int = 0) -> Iterator[PlantedText]:
    """Every text of a model about the pairs, and one of each kind of error that it allows."""
    rng = random.Random(seed)
    views = [(pair, "forward", "mllm", pair.texts) for pair in pairs]
    views += [(swap_pair(pair), "reverse", "reverse", pair.texts) for pair in pairs]
    views = [view for view in views if view[3].get(view[2])]
    for (pair, view, key, texts), scene in zip(views, scenes([v[0] for v in views]), strict=True):
        for original in texts[key]:
            names = pair.reference.id, pair.target.id
            sided = sum(_false_on_the_other_side(fact, scene) for fact in scene.facts.merged)
            plain = PlantedText("none", *names, view, original, original, one_sided=sided)
            yield plain
            for kind, text, was, now in _errors(original, pair, scene, rng):
                yield replace(plain, kind=kind, text=text, was=was, now=now)


def _errors(
    text: str, pair: PosePair, scene: Scene, rng: random.Random
) -> Iterator[tuple[str, str, str, str]]:
    """Kind, text, and the words before and after, for each kind that the text allows."""
    change = np.array(pair.target.joints) - np.array(pair.reference.joints)
    flipped = mirror_texts([text]).texts
    if flipped and flipped[0] != text and mean_joint_distance(change, mirror(change)) >= UNLIKE:
        yield "sides", flipped[0], "", ""
    told = [match for match in _TOLD.finditer(text) if _can_turn(match, scene)]
    if told:
        match = rng.choice(told)
        verb = _OPPOSITE[match["verb"].lower()]
        verb = verb.capitalize() if match["verb"][0].isupper() else verb
        now = verb + match.group()[len(match["verb"]) :]
        yield "direction", _replaced(text, match, now), match.group(), now
    # The words that go need not be true; those that come must be false.
    movable = [match for match in _TOLD.finditer(text) if _can_move(match, scene)]
    if movable:
        match = rng.choice(movable)
        now = match.group()[: -len(match["limb"])] + _LIMBS[match["limb"].lower()]
        yield "part", _replaced(text, match, now), match.group(), now
    invented = [
        f"{verb.capitalize()} the {side} {limb}."
        for (verb, limb), (kind, move) in _MOVE.items()
        for side in ("left", "right")
        if kind != "hand"
        and f"{side} {limb}" not in text.lower()
        and quiet(kind, move, side, scene)
    ]
    if invented:
        now = rng.choice(invented)
        yield "invented", f"{text} {now}", "", now


def _replaced(text: str, match: re.Match[str], now: str) -> str:
    return text[: match.start()] + now + text[match.end() :]


def _can_turn(match: re.Match[str], scene: Scene) -> bool:
    """Whether the words are true by the joints, and their opposite no state that holds."""
    verb, side, limb = (match[name].lower() for name in ("verb", "side", "limb"))
    if (verb, limb) not in _MOVE:
        return False
    name, sign = ABOUT[_MOVE[verb, limb]]
    kind, back = _MOVE[_OPPOSITE[verb], limb]
    return sign * scene.amount[name.format(s=side)] >= MOVES and not ends_so(
        kind, back, side, scene
    )


def _can_move(match: re.Match[str], scene: Scene) -> bool:
    """Whether the other limb of the side neither does what the words say nor is so already."""
    told = _MOVE.get((match["verb"].lower(), _LIMBS[match["limb"].lower()]))
    if told is None:
        return False
    kind, move = told
    side = match["side"].lower()
    name, sign = ABOUT[kind, move]
    amount = sign * scene.amount[name.format(s=side)]
    if kind == "hand":  # of which no state is told: it must clearly go the other way
        return amount <= -MOVES
    return amount < STILL and not ends_so(kind, move, side, scene)


def found_rates(
    texts: Sequence[PlantedText], pairs: Sequence[PosePair]
) -> dict[str, tuple[int, int]]:
    """Kind -> texts found (for ``none``: flagged), and texts."""
    by_names = {(p.reference.id, p.target.id): p for p in pairs}
    by_names |= {(p.target.id, p.reference.id): swap_pair(p) for p in pairs}
    found: Counter[str] = Counter()
    count: Counter[str] = Counter()
    before = (0, False)
    for row in texts:
        pair = by_names[row.reference, row.target]
        report = PairJudge.of_images(pair.reference, pair.target).check(row.text)
        now = (report.count(Outcome.CONTRADICTED), report.sides_swapped)
        if row.kind == "none":
            before = now
            found["none"] += now[0] > 0
        else:
            found[row.kind] += now[0] > before[0] or (now[1] and not before[1])
        count[row.kind] += 1
        if row.kind == "sides" and row.one_sided >= CLEARLY:
            count[CLEAR_SIDES] += 1
            found[CLEAR_SIDES] += now[0] > before[0] or (now[1] and not before[1])
    return {kind: (found[kind], count[kind]) for kind in (*KINDS, CLEAR_SIDES)}


def main() -> None:
    """Print the table, or write the set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--dataset", type=Path, default=REPOSITORY / "annotations" / "demo")
    parser.add_argument("--half", type=int, choices=(0, 1), help="one half of the pairs, at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON lines to write the set to")
    options = parser.parse_args()
    pairs = [p for p in open_dataset(options.dataset).pairs("train") if p.texts.get("mllm")]
    if options.half is not None:
        random.Random(15).shuffle(pairs)
        middle = len(pairs) // 2
        pairs = pairs[middle:] if options.half else pairs[:middle]
    texts = list(planted_texts(pairs, seed=options.seed))
    if options.out:
        options.out.write_text(
            "".join(json.dumps(asdict(t)) + "\n" for t in texts), encoding="utf-8"
        )
    for kind, (found, count) in found_rates(texts, pairs).items():
        label = "flagged" if kind == "none" else "found"
        sys.stdout.write(
            f"{kind:10} {count:5} texts, {label} {100 * found / max(count, 1):.1f} %\n"
        )


if __name__ == "__main__":
    main()
