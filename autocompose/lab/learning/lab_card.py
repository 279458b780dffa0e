"""The card of a pose language model."""

from __future__ import annotations

from collections.abc import Sequence

from autocompose.lab.lm.lab_files import PoseLab


def lab_card(lab: PoseLab, pools: Sequence[str]) -> str:
    """Markdown: what the model is, how it was made, what it is not for.

    Args:
        lab: the trained model.
        pools: names of the pools that its poses came from beside the dataset.
    """
    settings, about = lab.model.config, lab.about
    numbers = sum(p.numel() for p in lab.model.parameters()) / 1e6
    more = f", and from {', '.join(pools)}" if pools else ""
    tower = about.get("started_from")
    start = (
        f"It started from the text tower of checkpoint {str(tower)[:12]} and reads pictures "
        "through the picture tower of that checkpoint, which stays as it is."
        if tower
        else "It started from random numbers and reads no pictures."
    )
    earlier = about.get("went_on_from")
    if earlier:
        start = f"It continued from model {str(earlier)[:12]} of the same form"
        seen = f" and reads pictures through the picture tower of checkpoint {str(tower)[:12]}"
        start += f"{seen if tower else ''}. What follows is of the continuation alone."
    wishes = about.get("wishes")
    typed = f",\n  also as people type ({wishes} wishes)" if wishes else ""
    spent = about.get("seconds") or {}
    times = ", ".join(f"{name} {value:.0f} s" for name, value in spent.items())
    return f"""# pose-lm-mini

One transformer over words and poses: it changes a pose by a text, makes a pose from a text, and
puts a pose, or the change between two, into words.

* Size: {settings.layers} layers of width {settings.width}, {numbers:.1f} million weights that
  learn, beside a table of {len(lab.pieces)} word pieces; it writes {lab.pieces.written} of them.
* Poses: 22 joints. A pose is {5 * lab.codes.levels} codes, {lab.codes.levels} for each of five
  limbs, out of {lab.codes.size} each.
* Learnt from: {about.get("poses")} poses of the training split of {about.get("dataset")}{more},
  their mirror twins, and bodies made by exchanging their limbs; {about.get("texts")} texts, most
  of them written by rules from the joints, others by language models{typed}.
* {start}
* Time: {times or "not noted"}.

Texts are the rules' own language: words that they do not use are understood less well. The answer
to a text is an estimate: the spread of each bone says how far it may be off. Nothing here was
learnt from people who move; it is no measure of health or ability.
"""
