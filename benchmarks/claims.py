# ruff: noqa: E501 (tables: one entry a line reads best)
"""Planted errors: how many wrong texts the claims give away, and how many right ones they accuse.

Texts of the held-out phrasing banks are written about pairs of the demo's val and test splits,
once as they are and once with one kind of error planted:

- ``sides``: left and right exchanged in the whole text;
- ``direction``: one change told the other way round;
- ``part``: one change told of another part, where nothing of the kind happens;
- ``invented``: a change added that does not happen.

An error counts only where the planted words are false by the measures, as a motion and as a state
("the knee is bent" stays true while a bent knee straightens a little), and where the words are
really there. Detected means: at least one claim contradicted, or ``sides_swapped``. Run ``python benchmarks/claims.py`` from the repository;
``--human CAPTIONS`` reads the captions that ``tests/data/claims_human*.txt`` name against their hand labels.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.body.change import Bodies  # noqa: E402
from autocompose.body.paircodes import COLUMN, measure_poses, transition_codes  # noqa: E402
from autocompose.data.dataset import open_dataset  # noqa: E402
from autocompose.language.reader.claims import Claim, Outcome  # noqa: E402
from autocompose.language.writer.banks import PhrasingBank, bank  # noqa: E402
from autocompose.language.writer.realise import write_phrasings  # noqa: E402
from autocompose.language.writer.select import Fact, Facts, read_facts  # noqa: E402
from autocompose.postures.postures import POSTURES  # noqa: E402
from autocompose.schema import PosePair  # noqa: E402
from autocompose.verify.judge import PairJudge, read_claims  # noqa: E402

KINDS = ("none", "sides", "direction", "part", "invented")
HELD_OUT = (PhrasingBank.VAL, PhrasingBank.NEW_FORMS, PhrasingBank.NEW_WORDS)
LABELS = REPOSITORY / "tests" / "data" / "claims_human.txt"
NEW_LABELS = REPOSITORY / "tests" / "data" / "claims_human_new.txt"
OTHER = {"left": "right", "right": "left"}

# (kind, move) -> the measure that a fact is about and the sign of its change; {s} is the side.
ABOUT = {
    ("elbow", "bend"): ("{s}_elbow", 1), ("elbow", "straighten"): ("{s}_elbow", -1),
    ("knee", "bend"): ("{s}_knee", 1), ("knee", "straighten"): ("{s}_knee", -1),
    ("hand", "up"): ("{s}_hand_up", 1), ("hand", "down"): ("{s}_hand_up", -1),
    ("hand", "front"): ("{s}_hand_front", 1), ("hand", "back"): ("{s}_hand_front", -1),
    ("thigh", "up"): ("{s}_knee_up", 1), ("thigh", "down"): ("{s}_knee_up", -1),
    ("foot", "up"): ("{s}_foot_up", 1), ("foot", "down"): ("{s}_foot_up", -1),
    ("foot", "front"): ("{s}_foot_front", 1), ("foot", "back"): ("{s}_foot_front", -1),
    ("foot", "out"): ("{s}_foot_out", 1), ("foot", "in"): ("{s}_foot_out", -1),
    ("head", "up"): ("head_up", 1), ("head", "down"): ("head_up", -1),
    ("head_turn", "left"): ("head_left", 1), ("head_turn", "right"): ("head_left", -1),
    ("tilt", "left"): ("lean_left", 1), ("tilt", "right"): ("lean_left", -1),
    ("twist", "left"): ("twist_left", 1), ("twist", "right"): ("twist_left", -1),
    ("lean", "front"): ("lean_front", 1), ("lean", "back"): ("lean_front", -1),
    ("body", "sink"): ("pelvis_height", -1), ("body", "rise"): ("pelvis_height", 1),
    ("feet", "apart"): ("feet_apart", 1), ("feet", "together"): ("feet_apart", -1),
}  # fmt: skip
_OPPOSITE = {
    move: next(m for (k, m), (n, s) in ABOUT.items() if n == name and s == -sign)
    for move, (name, sign) in ABOUT.items()
}
_INVENTED = [key for key in ABOUT if key[0] != "hand" and key != ("body", "rise")]
_RESULTS = {"elbow": ("half",), "knee": ("half",)}
_BENDS = ("straight", "slight", "half", "right", "sharp", "folded")
_LEVELS = ("low", "hip", "waist", "chest", "shoulder", "head", "over")
_STILL = 0.15  # multiples of a plain change under which nothing of the kind happens


@dataclass(frozen=True)
class Case:
    """One text about one pair, and what is wrong with it."""

    kind: str
    text: str


@dataclass
class Scene:
    """Everything known of one pair."""

    judge: PairJudge
    facts: Facts
    amount: dict[str, float]
    before: dict[str, float]
    after: dict[str, float]
    state: dict[str, int]


def scenes(pairs: list[PosePair]) -> Iterator[Scene]:
    """Codes, facts and measures of pairs with joints."""
    sides = ("reference", "target")
    joints = [np.array([getattr(p, s).joints for p in pairs], dtype=np.float64) for s in sides]
    floors = [np.array([getattr(p, s).floor_y for p in pairs], dtype=np.float64) for s in sides]
    codes = transition_codes(*map(Bodies, joints, floors))
    values = [measure_poses(j, floor=f) for j, f in zip(joints, floors, strict=True)]
    for i, facts in enumerate(read_facts(codes)):
        row = {name: (column, i) for name, column in COLUMN.items()}
        yield Scene(
            PairJudge.of_images(pairs[i].reference, pairs[i].target),
            facts,
            {n: float(codes.amount[k, c]) for n, (c, k) in row.items()},
            {n: float(values[0][k, c]) for n, (c, k) in row.items()},
            {n: float(values[1][k, c]) for n, (c, k) in row.items()},
            {n: int(codes.target[k, c]) for n, (c, k) in row.items()},
        )


def plant(scene: Scene, name: PhrasingBank, rng: random.Random) -> Iterator[Case]:
    """The scene's own text, and every kind of error that can be planted in it."""
    facts = scene.facts.merged
    if not facts:
        return
    for text in write_phrasings(scene.facts, name, rng, n=1):
        yield Case("none", text)
    wrong = [f for f in facts if _false_on_the_other_side(f, scene)]
    if wrong:
        order = [wrong[0], *(f for f in facts if f is not wrong[0])]
        turned = Facts(tuple(_exchanged(f) for f in order), ())
        for text in write_phrasings(turned, name, rng, n=1):
            yield Case("sides", text)
    turnable = [f for f in facts if _can_turn_back(f, scene)]
    if turnable:
        fact = rng.choice(turnable[:4])
        back = replace(fact, move=_OPPOSITE[fact.kind, fact.move], also="")
        yield from _written("direction", back, fact, [f for f in facts if f is not fact], name, rng)
    extra = _something_else(scene, rng)
    if extra is None:
        return
    yield from _written("invented", extra, None, list(facts), name, rng)
    sided = [f for f in facts if f.side]
    if sided:
        gone = rng.choice(sided[:3])
        rest = [f for f in facts if f is not gone]
        yield from _written("part", extra, None, rest, name, rng)


def _can_turn_back(fact: Fact, scene: Scene) -> bool:
    """Whether the opposite of a fact is false as a state, too."""
    opposite = _OPPOSITE.get((fact.kind, fact.move))
    if opposite is None or not _tells_motion(fact):
        return False
    if fact.kind == "head" and (abs(scene.amount["lean_front"]) >= 0.5 or scene.state["posture"]):
        return False  # up along a trunk that lies or bows may be down for the eye
    sides = ("left", "right") if fact.side == "both" else (fact.side,)
    return not any(ends_so(fact.kind, opposite, side, scene) for side in sides)


def ends_so(kind: str, move: str, side: str, scene: Scene) -> bool:
    """Whether the target is as a move would leave it, told as a state."""
    if kind not in ("elbow", "knee", "thigh", "foot"):
        return False
    name = ABOUT[kind, move][0].format(s=side)
    return _holds(kind, move, scene.after[name], scene.after.get(f"{side}_foot_up", 0.0))


def _tells_motion(fact: Fact) -> bool:
    return fact.kind != "hand" or (fact.result[:1] == ("at",) and fact.move in ("up", "down"))


def _exchanged(fact: Fact) -> Fact:
    move = fact.move
    if fact.kind in ("tilt", "twist", "head_turn", "head_tilt", "turn", "body"):
        move = re.sub("left|right", lambda m: OTHER[m.group()], move)
    return replace(fact, side=OTHER.get(fact.side, fact.side), move=move)


def _false_on_the_other_side(fact: Fact, scene: Scene) -> bool:
    """Whether neither the motion nor the end state holds on the other side."""
    about = ABOUT.get((fact.kind, fact.move))
    if about is None or fact.side not in OTHER:
        return False
    side = OTHER[fact.side]
    if about[1] * scene.amount[about[0].format(s=side)] >= _STILL:
        return False
    if fact.kind in ("elbow", "knee"):
        return abs(_BENDS.index(fact.result[0]) - scene.state[f"{side}_{fact.kind}"]) >= 2
    if fact.kind == "hand":
        if not _tells_motion(fact):
            return False
        return abs(_LEVELS.index(fact.result[1]) - scene.state[f"{side}_hand_up"]) >= 2
    if ends_so(fact.kind, fact.move, side, scene):
        return False
    if fact.kind == "foot" and fact.move in ("front", "back", "in", "out"):
        # Seen from the other foot, moving one foot forward is moving the other one back.
        return abs(scene.amount["stride" if fact.move in ("front", "back") else "feet_apart"]) < 0.5
    return True


def _something_else(scene: Scene, rng: random.Random) -> Fact | None:
    """A change that does not happen, of a part that does not end that way either."""
    choices = [
        Fact(kind, move, side, 2, _RESULTS.get(kind, ()), 9.0)
        for kind, move in _INVENTED
        for side in (("left", "right") if "{s}" in ABOUT[kind, move][0] else ("",))
        if quiet(kind, move, side, scene)
    ]
    return rng.choice(choices) if choices else None


def quiet(kind: str, move: str, side: str, scene: Scene) -> bool:
    """Whether nothing like a move happens, and the target is not so already."""
    name = ABOUT[kind, move][0].format(s=side)
    if abs(scene.amount[name]) >= _STILL:
        return False
    also = {
        "head_turn": ("twist_left",), "foot": ("stride", "feet_apart", f"{side}_knee_up", f"{side}_knee"),
        "thigh": (f"{side}_foot_up", f"{side}_knee"), "lean": ("pelvis_height",), "head": ("lean_front",),
        "body": ("lean_front",), "feet": ("stride",),
    }.get(kind, ())  # fmt: skip
    if any(abs(scene.amount[other]) >= 2 * _STILL for other in also):
        return False
    return not _holds(kind, move, scene.after[name], scene.after.get(f"{side}_foot_up", 0.0))


def _holds(kind: str, move: str, value: float, foot: float) -> bool:
    """Whether the target is so already."""
    if kind in ("elbow", "knee"):
        return value > 12 if move == "bend" else value < 66
    if kind in ("thigh", "foot") and move in ("up", "down"):
        return foot > 0.03 if move == "up" else foot < 0.25
    low, high = {
        "foot": (-0.03, 0.03), "head": (-2, 2), "lean": (-4, 4), "body": (0.97, 0.97), "feet": (0.14, 0.4),
    }.get(kind, (-4.0, 4.0))  # fmt: skip
    grows = ABOUT[kind, move][1] > 0
    if kind == "foot" and move in ("in", "out"):
        low, high = 0.1, 0.25
    return value > low if grows else value < high


def _written(
    kind: str, planted: Fact, instead: Fact | None, rest: list[Fact], name: PhrasingBank, rng: random.Random
) -> Iterator[Case]:  # fmt: skip
    """The planted clause beside clauses about the other facts, if its words are really there."""
    needed = _words(planted, name) - (_words(instead, name) if instead else set())
    for _ in range(12):
        clause = _one(planted, name, rng)
        if needed & set(re.findall("[a-z]+", clause.lower())):
            others = write_phrasings(Facts(tuple(rest[:4]), ()), name, rng, n=1) if rest else []
            before, after = clause.rstrip("."), (others[0].rstrip(".") if others else "")
            forms = (f"{before}. {after}.", f"{after}, {before}.", f"{after} and {before}.")
            yield Case(kind, rng.choice(forms) if others else f"{before}.")
            return


def _one(fact: Fact, name: PhrasingBank, rng: random.Random) -> str:
    texts = write_phrasings(Facts((fact,), ()), name, rng, n=1)
    return texts[0] if texts else ""


def _words(fact: Fact, name: PhrasingBank) -> set[str]:
    """The words that tell this motion in a bank: verbs, or the particles that give them a way."""
    found: set[str] = set()
    tables = (bank(name).actions, bank(name).intransitive, bank(name).person)
    for verb in (v for table in tables for v in table.get((fact.kind, fact.move), ())):
        if verb.place:
            continue  # "put it at hip height" tells no way
        if verb.particle:
            found |= set(verb.particle.split())
        else:
            found |= {verb.base, verb.third, verb.gerund, verb.participle}
    return found - {"to", "the", "bent", "straight", "of"}


@dataclass
class Tally:
    """Texts and detections of one bank."""

    texts: Counter[str]
    detected: Counter[str]
    claims: Counter[Outcome]
    seconds: float = 0.0


def study(pairs: list[PosePair], name: PhrasingBank, *, seed: int = 0, show: int = 0) -> Tally:
    """Plant errors in texts of one bank and count what is found."""
    rng = random.Random(seed)
    tally = Tally(Counter(), Counter(), Counter())
    shown: Counter[str] = Counter()
    for scene in scenes(pairs):
        for case in plant(scene, name, rng):
            started = time.process_time()
            report = scene.judge.check(case.text)
            tally.seconds += time.process_time() - started
            found = report.sides_swapped or report.count(Outcome.CONTRADICTED) > 0
            tally.texts[case.kind] += 1
            tally.detected[case.kind] += found
            if case.kind == "none":
                tally.claims.update(c.outcome for c in report.claims)
            if found == (case.kind == "none") and shown[case.kind] < show:
                shown[case.kind] += 1
                sys.stdout.write(f"\n{case.kind}: {case.text}\n")
                for c in report.claims:
                    line = f"  {c.outcome.value} {c.claim.label}: {c.claim.change} ({c.evidence})"
                    sys.stdout.write(line + "\n")
    return tally


_LEADERS = ("lean", "turn", "upright", "center", "up", "down")


def comparable(named: str) -> str:
    """A claim in the form in which readings are compared: the trunk has many names."""
    part, _, change = named.partition(": ")
    if part in ("body", "torso", "both shoulder") and change.split()[0] in _LEADERS:
        part = "trunk"
    if change == "apart" and ("arm" in part or "hand" in part):
        change = "out"
    return f"{part}: {change.replace('behind back', 'behind')}"


def name_claim(claim: Claim) -> str:
    """``left arm: up``, as in the files of hand labels."""
    return f"{claim.side} {claim.part}: {claim.change}".strip()


def human_labels(labels: Path, captions: Path) -> list[tuple[str, set[str]]]:
    """Hand-labelled captions: the text and its claims."""
    texts = {row["id"]: row["sents"] for row in json.loads(captions.read_text(encoding="utf-8"))}
    rows = []
    for line in labels.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            place, _, claims = line.partition("|")
            pair, _, number = place.partition("#")
            found = {comparable(c.strip()) for c in claims.split(";") if c.strip()}
            rows.append((texts[pair.strip()][int(number)], found))
    return rows


def read_rates(rows: list[tuple[str, set[str]]]) -> tuple[float, float]:
    """Precision and recall of the claims read, in percent; ``unclear`` claims nothing.

    Postures and acts are not labelled and not counted.
    """
    hit = wrong = missed = 0
    for text, gold in rows:
        told = [c for c in read_claims(text) if c.change.is_read]
        read = {comparable(name_claim(c)) for c in told if c.change.way not in POSTURES}
        hit += len(read & gold)
        wrong += len(read - gold)
        missed += len(gold - read)
    return 100 * hit / max(hit + wrong, 1), 100 * hit / max(hit + missed, 1)


def main() -> None:
    """Print the tables of docs/geometry.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--dataset", type=Path, default=REPOSITORY / "annotations" / "demo")
    parser.add_argument("--pairs", type=int, default=500, help="of val and test together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="misses of each kind to print")
    parser.add_argument("--human", type=Path, help="the captions that claims_human*.txt name")
    options = parser.parse_args()
    write = sys.stdout.write
    if options.human:
        rows = human_labels(LABELS, options.human)
        new = human_labels(NEW_LABELS, options.human)
        parts = (
            ("first half", rows[:75]), ("second half", rows[75:]), ("all 150", rows),
            ("first 40 new", new[:40]), ("second 40 new", new[40:]),
        )  # fmt: skip
        for title, some in parts:
            precision, recall = read_rates(some)
            labels = sum(len(claims) for _, claims in some)
            write(f"| {title} | {len(some)} | {labels} | {precision:.1f} | {recall:.1f} |\n")
        return
    dataset = open_dataset(options.dataset)
    pairs = [p for split in ("val", "test") for p in dataset.pairs(split)][: options.pairs]
    write("| bank | " + " | ".join(KINDS) + " | claims supported | ms per text |\n")
    for name in HELD_OUT:
        tally = study(pairs, name, seed=options.seed, show=options.show)
        rates = [
            f"{100 * tally.detected[k] / max(tally.texts[k], 1):.1f} % of {tally.texts[k]}"
            for k in KINDS
        ]
        supported = tally.claims[Outcome.SUPPORTED] / max(sum(tally.claims.values()), 1)
        each = 1000 * tally.seconds / max(sum(tally.texts.values()), 1)
        write(f"| {name.value} | {' | '.join(rates)} | {100 * supported:.1f} % | {each:.2f} |\n")


if __name__ == "__main__":
    main()
