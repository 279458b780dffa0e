"""The card of a synthesized dataset: how it was made, licences, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.describe.geometric import PROMPT_VERSION
from autocompose.schema import PoseImage
from autocompose.synthesis.clearing import Cleared
from autocompose.synthesis.everyday import WANTED, posture_counts

_TEXT = """# Demo dataset: rendered people in real poses

Made by `autocompose synthesize --seed {seed}`. **Every picture is a rendering, and every text listed below was written by rules
from the joints** (source `auto`, describer `{version}`, bank by bank below). None of them was written by a person or by a
multimodal model; the test queries stand under `sents` because that is where the official evaluation reads them.

{table}

## What is in it
- `images/`: {count} JPEG pictures, {size} x {size}, one clothed body on a lit floor.
- `captions/{{train,val,test}}.json`, `image_splits/{{train,val,test}}.json`: the official AutoComPose layout.
  Train and val: `auto`, `auto-reverse`, `auto-mirror`, `auto-mirror-reverse`. Test: `sents` (sentence forms that
  training never sees), `auto` (training's forms), `new-words` (unseen forms and unseen verbs and nouns).
- `joints.json`: per picture 22 joints in metres (pelvis at the origin, +x to the subject's left, +y up, +z forward,
  yaw of the hip line removed), their pixels, the height of the floor, person, camera, clip.

## Poses
- *mocap*: frames of the humanoid3d motion-capture clips that DeepMimic published and pybullet ships, mapped onto
  the body. Wrists and fingers are not captured: the hand follows the forearm.
- *authored*: key poses written by hand for this project, and variants of them with every angle moved a little.
- *recombined*: the upper body of one pose on the legs of another, kept when no limb runs through another and
  the body stands over what carries it. Real halves, not a real whole.
- Each pose may appear as its mirror twin. The heading is removed and the lowest point put on the floor, so jumps
  stand on the floor.

## Splits
Clips and key poses are split apart, with their mirror twins, and recombined within a split only. Within a pair person
and camera are the same. In val and test three person-camera combinations share the gallery, so that who is shown, and
from where, finds nothing. Pairs are similar but not equal: mean joint distance 0.10 to 0.30 m, mean cosine of bone
directions 0.55 to 0.97 and among the 100 most similar, at least 15 codes of change (10 within 0.5 s of one clip). A
pose is target of three pairs at most and reference of three; see `autocompose/body/mining.py`.

## Licences
Body: Anny (code Apache-2.0, mesh CC0). Motion clips: pybullet, zlib licence; poses from them are changed (mapped,
mirrored, recombined). Pictures, key poses and texts: MIT, as this project.
"""


@dataclass
class CardNotes:
    """What happened to pictures while they were made, for the card.

    Args:
        gone: name of a picture that left the dataset -> why.
        moved: name -> how far a joint moved at most when a limb was turned out of the body, metres.
        seats: name -> what the person sits on.
        depths: split -> deepest part in another of every pose before anything was turned, metres.
        dropped: split -> poses that could not be cleared.
    """

    gone: dict[str, str] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)
    seats: dict[str, str] = field(default_factory=dict)
    depths: dict[str, list[float]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    turned: Counter[str] = field(default_factory=Counter)

    def measured(self, split: str, name: str, cleared: Cleared | None) -> None:
        """Note how one pose was cleared.

        Args:
            split: of the picture.
            name: of the picture.
            cleared: the pose; None when it could not be cleared.
        """
        if cleared is None:
            self.dropped[split] += 1
            self.gone[name] = "one part lies in another"
            return
        self.depths.setdefault(split, []).append(cleared.depth)
        self.turned[split] += bool(cleared.degrees)

    def lines(self) -> list[str]:
        """Their section of the card."""
        lines = [
            "## Limbs in the body",
            "| split | clear | turned out | left out | deepest before, cm |",
            "|---|---|---|---|---|",
        ]
        for split, depths in self.depths.items():
            clear = len(depths) - self.turned[split]
            deepest = 100 * max(depths)
            lines.append(
                f"| {split} | {clear} | {self.turned[split]} | {self.dropped[split]} | {deepest:.1f} |"
            )
        seats = Counter(self.seats.values())
        sits = ", ".join(f"{n} on a {kind}" for kind, n in sorted(seats.items())) or "nobody"
        lines += ["", f"Sitting on something: {sits}.", ""]
        listed = {
            "Turned out of the body; the farthest joint moved, cm": {
                name: f"{100 * far:.0f}" for name, far in self.moved.items()
            },
            "Left the dataset": self.gone,
            "Seats": self.seats,
        }
        for title, names in listed.items():
            if names:
                lines += [f"{title}:", ""]
                lines += [f"- {name}: {what}" for name, what in sorted(names.items())]
                lines.append("")
        return lines


def posture_table(splits: Mapping[str, Sequence[PoseImage]]) -> list[str]:
    """Rows of Markdown: each posture and how many pictures of each split hold it.

    Args:
        splits: split -> its images, with joints.
    """
    counts = {
        split: posture_counts([i.joints for i in images], [i.floor_y for i in images])
        for split, images in splits.items()
    }
    names = [
        name for name in next(iter(counts.values()), {}) if not name.startswith(("left ", "right "))
    ]
    lines = [f"| posture | {' | '.join(counts)} |", "|---" * (len(counts) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(str(found.get(name, 0)) for found in counts.values())} |"
        for name in names
    ]
    return lines


def model_texts(root: Path) -> list[str]:
    """The section about texts that language models wrote, counted in the caption files.

    Empty for a dataset without any.

    Args:
        root: the dataset.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for captions in sorted((root / "captions").glob("*.json")):
        for record in read_caption_file(captions):
            keys = {key for key, texts in record.phrasings.items() if texts}
            pairs.update((captions.stem, key) for key in keys)
            pairs[captions.stem, "search from parts"] += {"mllm", "search"} <= keys

    def counted(key: str) -> str:
        shown = {split: pairs[split, key] for split in ("train", "val", "test")}
        return " and ".join(f"{n:,} pairs of {split}" for split, n in shown.items() if n)

    def total(key: str) -> int:
        return sum(n for (_, found), n in pairs.items() if found == key)

    lines = [
        "## Texts by language models",
        "Under keys of their own; nobody corrected them (see `annotations/README.md`).",
    ]
    if total("mllm"):
        lines.append(
            f"- `mllm`, `reverse` ({counted('mllm')}): a multimodal model saw the pictures as they were drawn at the time, in the"
            " same poses,\n  and wrote parts and phrasings through this project's prompts (`mllm-1`, with the skeleton overlay)."
            "\n  `mirror`, `mirror-reverse`: derived from them by exact exchange of left and right."
        )
    if total("search"):
        parts = total("search from parts")
        lines.append(
            f"- `search`, `search-reverse` ({counted('search')}): a short text, a sentence and a fuller text as people type them, by"
            "\n  a language model that saw no picture: from measured facts of both bodies"
            f" ({total('search') - parts:,} pairs), or from the parts that\n  the multimodal model had written"
            f" ({parts:,} pairs). `search-mirror`, `search-mirror-reverse`: derived."
        )
    return [*lines, ""] if len(lines) > 2 else []


def write_card(
    path: Path,
    images: Sequence[PoseImage],
    splits: Mapping[str, Sequence[str]],
    *,
    notes: CardNotes,
    seed: int,
    size: int,
) -> None:
    """Write ``card.md``.

    Args:
        path: of the card, in the folder of the dataset; its captions are written before it.
        images: of the whole dataset.
        splits: split -> names of its images.
        notes: what happened to pictures on the way.
        seed: that the dataset was made with.
        size: of the pictures, pixels.
    """
    by_id = {image.id: image for image in images}
    lines = [
        "| split | pictures | mocap | authored | recombined | person / camera |",
        "|---|---|---|---|---|---|",
    ]
    for split, names in splits.items():
        kinds = Counter(by_id[name].info.pose for name in names)
        looks = Counter((by_id[name].info.person, by_id[name].info.camera) for name in names)
        shown = ", ".join(f"{p} {c} {n}" for (p, c), n in sorted(looks.items()))
        if len(looks) > 6:
            shown = (
                f"{len(looks)} combinations, {min(looks.values())} to {max(looks.values())} each"
            )
        lines.append(
            f"| {split} | {len(names)} | {kinds['mocap']} | {kinds['authored']} | {kinds['recombined']} | {shown} |"
        )
    shown_in = {split: [by_id[name] for name in names] for split, names in splits.items() if names}
    wanted = ", ".join(f"{split} {number}" for split, number in WANTED.items())
    more = [
        f"## Postures\nPoses were added until each had, of those that have a base: {wanted}.",
        "",
    ]
    more += [*posture_table(shown_in), "", *model_texts(path.parent), *notes.lines()]
    path.write_text(
        _TEXT.format(
            seed=seed, table="\n".join(lines), count=len(images), size=size, version=PROMPT_VERSION
        )
        + "\n"
        + "\n".join(more).rstrip()
        + "\n"
    )
