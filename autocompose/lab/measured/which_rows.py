"""Rows of "which of these people": with true joints, and from pictures of several people."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.body.sources.crowd import FindsPeople, people_across
from autocompose.body.standing_body import standing_body
from autocompose.data.dataset import PoseDataset
from autocompose.data.estimated_joints import with_estimate
from autocompose.describe.geometric import PhrasingBank, sample_phrasings
from autocompose.errors import DatasetError, EstimationError, TextError
from autocompose.lab.measured.group_picture import GroupPicture, group_picture
from autocompose.lab.measured.lab_numbers import LabRow, aligned_distance, interval
from autocompose.lab.measured.short_texts import HELD, drawn_phrase, framed, shortened
from autocompose.lab.people.which_person import WhichPerson
from autocompose.postures.postures import DENIED, posture_scores
from autocompose.postures.postures import HELD as HOLDS
from autocompose.schema import Event, OnEvent, PoseImage

Floats = NDArray[np.float64]
Asks = Callable[[Sequence[PoseImage], str], WhichPerson]

WORDS = 29
"""Words of a text at most."""
MOST = 4
"""People of a picture at most; the fewest are two."""
KINDS = {
    "rules": "texts by rules, cut to fewer than 30 words",
    "posture": "short texts that name a posture",
    "key pose": "short texts that name the drawn pose",
}


@dataclass(frozen=True)
class WhichQuery:
    """One text about one of several people.

    Args:
        kind: of `KINDS`.
        people: left to right.
        meant: row of the one that the text is about.
        text: under 30 words.
        stranger: somebody else in place of the one who is meant, who does not do what the text
            says; with them there is nobody to find.
    """

    kind: str
    people: tuple[PoseImage, ...]
    meant: int
    text: str
    stranger: PoseImage

    @property
    def without(self) -> tuple[PoseImage, ...]:
        """The people with the stranger."""
        return (*self.people[: self.meant], self.stranger, *self.people[self.meant + 1 :])


def which_queries(
    dataset: PoseDataset, split: str, *, count: int, seed: int = 0
) -> list[WhichQuery]:
    """Groups of two to four bodies of a split, each with a text of every kind that it allows.

    A text by rules tells the meant body from standing; what it says may be true of others, too. A
    named posture is held by the one who is meant and denied of all others, by the same measures
    that judge. The name of a key pose comes from who drew it; the others are of other key poses.

    Args:
        dataset: with joints.
        split: whose bodies.
        count: of groups.
        seed: of the draw.

    Raises:
        DatasetError: the split has fewer than six bodies with joints.
    """
    images = [image for image in dataset.gallery(split) if image.joints is not None]
    if len(images) < MOST + 2:
        raise DatasetError(f"{split} has {len(images)} bodies with joints; {MOST + 2} are needed")
    bodies = Bodies.stacked([Body.of_image(image) for image in images])
    scores = posture_scores(bodies.joints, bodies.floors, names=HELD)
    rng = random.Random(f"which/{seed}")
    named = [row for row, image in enumerate(images) if drawn_phrase(image.info.clip)]
    queries: list[WhichQuery] = []
    for number in range(count):
        pool = named if named and number % 2 == 0 else range(len(images))
        meant = rng.choice(pool)
        clips = {_kin(images[meant])}
        rows: list[int] = []
        for row in rng.sample(range(len(images)), len(images)):
            if _kin(images[row]) not in clips and len(rows) < 2 + number % (MOST - 1):
                rows.append(row)
                clips.add(_kin(images[row]))
        if len(rows) < 2:
            continue  # all the rest are of one clip
        *others, spare = rows
        place = rng.randrange(len(others) + 1)
        group = [*others[:place], meant, *others[place:]]
        people = tuple(images[row] for row in group)
        for kind, text in _texts(
            images[meant], bodies, scores, meant=meant, others=rows, split=split, number=number
        ):
            queries.append(WhichQuery(kind, people, place, text, images[spare]))
    return queries


def _kin(image: PoseImage) -> str:
    """What pictures of one pose have in common: their key pose or clip."""
    return (image.info.clip or image.id).split("-v")[0].split("-0")[0]


def _texts(
    image: PoseImage,
    bodies: Bodies,
    scores: dict[str, Floats],
    *,
    meant: int,
    others: Sequence[int],
    split: str,
    number: int,
) -> list[tuple[str, str]]:
    """A text of each kind about one body, where there is one."""
    joints, _ = standing_body()
    bank = PhrasingBank.NEW_FORMS if split == "test" else PhrasingBank.VAL
    (written,) = sample_phrasings(joints[None], bodies.joints[[meant]], bank=bank, seed=number, n=4)
    found = [("rules", shortened(written, WORDS))]
    held = [
        name
        for name, values in scores.items()
        if name in HELD and values[meant] >= HOLDS and (values[list(others)] <= DENIED).all()
    ]
    if held:
        name = held[number % len(held)]
        phrases = HELD[name]
        found.append(("posture", framed(phrases[number % len(phrases)], number)))
    phrase = drawn_phrase(image.info.clip)
    if phrase:
        found.append(("key pose", framed(phrase, number)))
    return [(kind, text) for kind, text in found if text]


def true_rows(queries: Sequence[WhichQuery], asks: Asks) -> list[LabRow]:
    """Which person, with the joints of the dataset.

    Args:
        queries: see `which_queries`.
        asks: `which_person` with its models.
    """
    return [
        _row(
            "true joints",
            kind,
            [_told(q, q.people, q.without, asks=asks, meant=q.meant) for q in own],
        )
        for kind, own in _by_kind(queries)
    ]


def _by_kind(queries: Sequence[WhichQuery]) -> list[tuple[str, list[WhichQuery]]]:
    kinds = [(kind, [query for query in queries if query.kind == kind]) for kind in KINDS]
    return [(kind, own) for kind, own in kinds if own]


@dataclass(frozen=True)
class Told:
    """How one query went.

    Args:
        right: the meant one was named.
        refused: nobody was named though the meant one was there.
        alone: nobody was named where the meant one was not there.
        people: how many there were to choose from.
        off: distance of the chosen one's joints from those of the one who was meant, millimetres.
    """

    right: bool
    refused: bool
    alone: bool
    people: int
    off: float = float("nan")


def _told(
    query: WhichQuery,
    people: Sequence[PoseImage],
    without: Sequence[PoseImage],
    *,
    asks: Asks,
    meant: int | None,
) -> Told:
    try:
        found = asks(people, query.text).chosen if people else None
        alone = asks(without, query.text).chosen is None if without else True
    except TextError:  # nothing read in the text: it names nobody either way
        found, alone = None, True
    right = found is not None and meant is not None and found == meant + 1
    off = float("nan")
    if found is not None:
        true = np.array([query.people[query.meant].joints], dtype=np.float64)
        chosen = np.array([people[found - 1].joints], dtype=np.float64)
        off = 1000 * float(aligned_distance(chosen, true)[0])
    return Told(right, found is None, alone, len(query.people), off)


def _row(where: str, kind: str, told: Sequence[Told]) -> LabRow:
    chance = 100 * float(np.mean([1 / one.people for one in told]))
    return LabRow(
        f"which of 2 to {MOST} people, {where}",
        KINDS[kind],
        len(told),
        {
            "right %": interval(100.0 * np.array([one.right for one in told])),
            "nobody, wrongly %": interval(100.0 * np.array([one.refused for one in told])),
            "nobody, rightly %": interval(100.0 * np.array([one.alone for one in told])),
            "PA mm to the meant": interval(np.array([one.off for one in told])),
        },
        f"{KINDS[kind]}: chance {chance:.0f} %; nobody is named rightly where the one who is meant"
        " is not there",
    )


@dataclass(frozen=True, eq=False)
class SeenGroup:
    """The people found in one composed picture.

    Args:
        people: left to right, with estimated joints.
        rows: for each, whose panel they are found in; None for nobody's.
    """

    people: tuple[PoseImage, ...]
    rows: tuple[int | None, ...]


def seen_group(finder: FindsPeople, people: Sequence[PoseImage], *, seed: int) -> SeenGroup:
    """Put people into one picture and find them there.

    Args:
        finder: of people in pictures.
        people: with files, left to right.
        seed: of sizes and gaps.
    """
    group: GroupPicture = group_picture(people, seed=seed)
    try:
        found = people_across(finder, group.image)
    except EstimationError:
        return SeenGroup((), ())
    bare = PoseImage("group", people[0].path)
    images = tuple(
        replace(with_estimate(bare, one), id=f"person {i + 1}") for i, one in enumerate(found)
    )
    return SeenGroup(images, tuple(group.panel_of(one.pixels[:, 0].mean()) for one in found))


def seen_groups(
    finder: FindsPeople, queries: Sequence[WhichQuery], *, on_event: OnEvent | None = None
) -> dict[tuple[str, ...], SeenGroup]:
    """The people found in the pictures of some queries.

    Args:
        finder: of people in pictures.
        queries: groups that occur more than once are looked at once.
        on_event: called with progress.
    """
    groups = {_key(query.people): query.people for query in queries}
    found = {}
    for done, (key, people) in enumerate(groups.items(), start=1):
        found[key] = seen_group(finder, people, seed=done)
        if on_event is not None:
            on_event(Event("finding people", done, len(groups)))
    return found


def picture_rows(
    queries: Sequence[WhichQuery], seen: dict[tuple[str, ...], SeenGroup], asks: Asks
) -> list[LabRow]:
    """Which person, from composed pictures; somebody who is not found is missed.

    Nobody is to be found where the one who is meant is taken out of what was found.

    Args:
        queries: see `which_queries`.
        seen: see `seen_groups`.
        asks: `which_person` with its models.
    """
    rows = []
    for kind, own in _by_kind(queries):
        told = []
        for query in own:
            group = seen[_key(query.people)]
            rest = tuple(
                image
                for image, row in zip(group.people, group.rows, strict=True)
                if row != query.meant
            )
            meant = group.rows.index(query.meant) if query.meant in group.rows else None
            told.append(_told(query, group.people, rest, asks=asks, meant=meant))
        row = _row("composed pictures", kind, told)
        there = [100.0 * (q.meant in seen[_key(q.people)].rows) for q in own]
        values = {**row.values, "meant one found %": interval(np.array(there))}
        rows.append(replace(row, values=values))
    return rows


def _key(people: Sequence[PoseImage]) -> tuple[str, ...]:
    return tuple(image.id for image in people)
