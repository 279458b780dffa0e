# ruff: noqa: E501 (wishes: one a line reads best)
"""Everyday wishes: how many of the first five pictures do what was asked for.

    python benchmarks/everyday.py [--split test]

Each wish has a predicate on the true joints of a picture: the memberships of postures, or a
measure. A picture whose predicate is undecided counts as a miss. A wish is asked from eight references
that do not do it already; chance is the share of the gallery that does it. The first half of the
wishes may be used to choose something, the second half is for the report. The wishes and their
predicates were written by a language model; nobody checked them by eye.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from autocompose.body.change import Bodies, Body
from autocompose.body.measures import COLUMN
from autocompose.data.dataset import open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.gallery import embed_images
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.search import ComposedRetriever
from autocompose.schema import ComposedQuery
from autocompose.verify.measured_bodies import MeasuredBodies

ROOT = Path(__file__).parent.parent
REFERENCES, FIRST = 8, 5
LEAST = 5
"""Pictures that must do it, or five could not be found; rarer wishes are left out and named."""

Predicate = Callable[[MeasuredBodies], np.ndarray]


def holds(*names: str, side: str = "") -> Predicate:
    """All of some postures are held."""
    return lambda bodies: np.all([bodies.holds(name, side) >= 0.8 for name in names], axis=0)


def least(name: str, value: float) -> Predicate:
    """A measure has at least a value."""
    return lambda bodies: bodies.values[COLUMN[name]] >= value


def most(name: str, value: float) -> Predicate:
    """A measure has at most a value."""
    return lambda bodies: bodies.values[COLUMN[name]] <= value


def both(*predicates: Predicate) -> Predicate:
    """All of some predicates."""
    return lambda bodies: np.all([p(bodies) for p in predicates], axis=0)


WISHES: tuple[tuple[str, Predicate], ...] = (
    # The first half: to look at and to choose with.
    ("get down on your knees", holds("kneel")),
    ("lie flat on your back please", holds("lie on the back")),
    ("crawl like a baby", holds("crawl")),
    ("put your hands up, both of them over your head", holds("arms overhead")),
    ("hands on hips", holds("hands on the hips")),
    ("do a deep squat", holds("squat")),
    ("crouch down low", holds("crouch")),
    ("stretch your arms forward", holds("arms forward")),
    ("wave with your right hand", holds("wave", side="right")),
    ("kick sideways with the left foot", holds("kick to the side", side="left")),
    ("kick to the front with your right leg", holds("kick forward", side="right")),
    ("balance on your left leg", holds("stand on one leg", side="left")),
    ("take a big lunge forward", holds("lunge")),
    ("stand with your legs wide", holds("stand with feet apart")),
    ("just stand normally", holds("stand")),
    ("bend over forwards from the waist", holds("bend over")),
    ("both arms out sideways", holds("arms out to the sides")),
    ("left arm up high", holds("arm overhead", side="left")),
    ("point your left arm straight ahead", holds("arm forward", side="left")),
    ("put up your fists like a boxer", holds("guard")),
    ("throw a punch with the right", holds("punch", side="right")),
    ("lie down on your tummy", holds("lie on the front")),
    ("sit down", holds("sit")),
    ("go down on one knee", holds("kneel on one knee")),
    ("bend the left arm a lot", least("left_elbow", 80)),
    ("straight left arm", most("left_elbow", 20)),
    ("bend your right knee at least to a right angle", least("right_knee", 85)),
    ("straighten both legs", both(most("left_knee", 20), most("right_knee", 20))),
    ("lean over to your left", least("lean_left", 12)),
    ("twist your upper body to the right", most("twist_left", -15)),
    ("look to the left", least("head_left", 20)),
    ("fold both arms at the elbows", both(least("left_elbow", 70), least("right_elbow", 70))),
    # The second half: for the report.
    ("kneel on the floor, both knees down", holds("kneel on both knees")),
    ("on your back, knees bent and up", holds("lie with knees up")),
    ("be on all fours like a cat", holds("all fours")),
    ("hold your arms up in a V", holds("arms in a V")),
    ("lie down", holds("lie")),
    ("half squat, knees a bit bent", holds("half squat")),
    ("bow politely", holds("bow")),
    ("reach forward with the right arm", holds("arm forward", side="right")),
    ("wave hello with the left hand", holds("wave", side="left")),
    ("side kick, right leg", holds("kick to the side", side="right")),
    ("front kick with the left", holds("kick forward", side="left")),
    ("stand on your right foot only", holds("stand on one leg", side="right")),
    ("side lunge", holds("side lunge")),
    ("salute like a soldier", holds("salute")),
    ("step forward", holds("step forward")),
    ("hands behind your head", holds("hands behind the head")),
    ("make a T with your arms", holds("T-pose")),
    ("stick your right arm straight up", holds("arm overhead", side="right")),
    ("arms like a goalpost", holds("goalpost arms")),
    ("press your hands together in front of you", holds("hands together")),
    ("punch with your left fist", holds("punch", side="left")),
    ("cobra pose, chest lifted off the floor", holds("cobra")),
    ("sit back on your heels", holds("sit on the heels")),
    ("kneel with the right knee on the floor", holds("kneel on one knee", side="right")),
    ("bend the right elbow sharply", least("right_elbow", 80)),
    ("right arm completely straight", most("right_elbow", 20)),
    ("left knee bent to a right angle or more", least("left_knee", 85)),
    ("straight legs with the feet far apart", both(most("left_knee", 20), most("right_knee", 20), holds("stand with feet apart"))),
    ("lean to the right side", most("lean_left", -12)),
    ("turn your chest to the left", least("twist_left", 15)),
    ("turn your face to the right", most("head_left", -20)),
    ("straighten both arms", both(most("left_elbow", 20), most("right_elbow", 20))),
)  # fmt: skip
"""Left and right are the subject's."""


def precision(
    retriever: ComposedRetriever, text: str, does: np.ndarray, references: list[str]
) -> float:
    """Share of the first five that do it, over several references."""
    rows = {name: row for row, name in enumerate(retriever.gallery.image_ids)}
    shares = []
    for name in references:
        query = ComposedQuery(retriever.gallery.path(name), text)
        hits = retriever.retrieve(query, k=FIRST).hits
        shares.append(np.mean([does[rows[hit.image_id]] for hit in hits]))
    return float(np.mean(shares))


def main() -> None:
    """Print each wish, then the means of both halves, with the interval over wishes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="test")
    split = parser.parse_args().split
    images = open_dataset(ROOT / "annotations" / "demo").gallery(split)
    model = load_checkpoint(ROOT / "checkpoints" / "pose-mini")
    root = ROOT / "annotations" / "demo" / "images"
    gallery = embed_images(model, [image.path for image in images], root=root)
    gallery = replace(gallery, bodies=GalleryBodies.of(images))
    ways = {
        "learnt": ComposedRetriever(model, gallery, use_joints=False),
        "with joints": ComposedRetriever(model, gallery),
    }
    measured = MeasuredBodies.of(Bodies.stacked([Body.of_image(image) for image in images]))
    rng = np.random.default_rng(0)
    found: list[tuple[int, float, dict[str, float]]] = []
    for place, (text, predicate) in enumerate(WISHES):
        does = predicate(measured)
        if does.sum() < LEAST:
            print(f"left out, only {does.sum()} pictures do it: {text}")
            continue
        others = np.flatnonzero(~does)
        chosen = [images[row].id for row in rng.choice(others, REFERENCES, replace=False)]
        shares = {way: precision(one, text, does, chosen) for way, one in ways.items()}
        found.append((place, float(does.mean()), shares))
        shown = ", ".join(f"{way} {100 * share:.0f}" for way, share in shares.items())
        print(f"chance {100 * does.mean():3.0f}, {shown}: {text}")
    half = len(WISHES) // 2
    for name, part in (
        ("first half", [row for row in found if row[0] < half]),
        ("second half", [row for row in found if row[0] >= half]),
    ):
        print(f"{name}, {len(part)} wishes, chance {100 * np.mean([row[1] for row in part]):.0f}")
        for way in ways:
            shares = np.array([row[2][way] for row in part])
            draws = rng.choice(shares, (2000, len(shares))).mean(1)
            low, high = 100 * np.percentile(draws, [2.5, 97.5])
            print(f"  P@5 {way}: {100 * shares.mean():.1f} [{low:.1f}, {high:.1f}]")


if __name__ == "__main__":
    main()
