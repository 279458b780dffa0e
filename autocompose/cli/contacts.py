"""``autocompose contacts``: a body turned until regions touch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autocompose.cli.annotate import find_address, find_price
from autocompose.cli.console import INCOMPLETE, counts_in_words, say, show, show_json
from autocompose.cli.contacts_options import (
    AnswerFileOption,
    AnswersOption,
    AnswerTimeOption,
    AnswerTokensOption,
    AskedModelOption,
    CallsOption,
    CostOption,
    EndpointOption,
    HeatOption,
    TextOption,
    TokenPriceOption,
    TouchOption,
    VoteOption,
)

if TYPE_CHECKING:
    from autocompose.describe.annotate.ray_workers import ModelAddress
    from autocompose.describe.mllm.prices import ModelPrice
    from autocompose.lab.contacts.contact_asking import ContactQuestion
    from autocompose.lab.contacts.contact_table import ContactTable
    from autocompose.lab.contacts.refined import FoundTouch, RefinedBody
    from autocompose.lab.contacts.touches import Touch
    from autocompose.schema import PoseImage


def contacts(
    pose: Annotated[
        str, typer.Argument(help="A pose: an image, joints.json:ID or pose.bvh[:FRAME].")
    ],
    text: TextOption = None,
    touch: TouchOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A joints.json to write the refined pose to.", show_default=False),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(help="A picture to draw it into, before and after.", show_default=False),
    ] = None,
    model: AskedModelOption = None,
    base_url: EndpointOption = None,
    samples: AnswersOption = 20,
    agree: VoteOption = 0.5,
    temperature: HeatOption = 0.7,
    max_tokens: AnswerTokensOption = 500,
    concurrency: CallsOption = 8,
    timeout: AnswerTimeOption = 120.0,
    price: TokenPriceOption = None,
    max_cost: CostOption = None,
    cache: AnswerFileOption = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Refine a pose by what touches: the body is turned, as little as can be, until it does.

    Sides that are not named are chosen for all touches together. A touch that stays open by more
    than 3 cm is refused, and the pose is fitted without it: exit code 3; when all are refused,
    nothing is written: exit code 1. With --model alone, parts that no touch is said of are kept
    apart.
    """
    from autocompose.data.body_source import image_at
    from autocompose.errors import TextError
    from autocompose.lab.contacts.contact_asking import ContactQuestion
    from autocompose.lab.contacts.touches import unique
    from autocompose.workspace import find_workspace

    wanted = said_touches(text, touch or ())
    if not wanted and text is None and model is None:
        raise TextError("nothing is said to touch; use --touch, --text or --model")
    if not wanted and model is None:
        raise TextError(
            "the text says of no two regions that they touch; name them with --touch, as in"
            ' --touch "left hand:right knee"'
        )
    start = image_at(pose, find_workspace().models, on_note=say)
    complete, table = not wanted, None
    if model is not None:
        address = find_address(base_url, timeout)
        question = ContactQuestion(
            model, samples, agree, temperature, max_tokens, concurrency, address.base_url, max_cost
        )
        table = told_by_model(start, question, address, price=find_price(model, price), cache=cache)
        wanted = unique([*wanted, *table.touches])
    found = refined_pose(start, wanted, complete=complete)
    tell_refused(found)
    if not found.met:
        raise TextError(f"{nothing_met(found)}; nothing is written")
    write_refined(start, found, out=out, png=png)
    if json_:
        show_json(document(found, table))
    else:
        for one in found.met:
            show(f"met: {one.touch}, {_cm(one.before)} -> {_cm(one.after)}")
        if not found.plausible:
            show("nobody could stand like that: parts run into each other, or the body would fall")
    if found.refused:
        raise typer.Exit(INCOMPLETE)


def said_touches(text: str | None, named: Sequence[str]) -> tuple[Touch, ...]:
    """The touches that are named, then those of the text; says what is no region."""
    from autocompose.lab.contacts.touch_words import touches_in
    from autocompose.lab.contacts.touches import Touch, unique
    from autocompose.lab.wishes.edited import checked_wish

    found = [Touch.parse(words) for words in named]
    if text is not None:
        checked_wish(text)
        said = touches_in(text)
        for place in said.not_used:
            say(f"not used: {place} is no region of a body")
        found += said.touches
    return unique(found)


def told_by_model(
    start: PoseImage,
    question: ContactQuestion,
    address: ModelAddress,
    *,
    price: ModelPrice | None,
    cache: Path | None,
) -> ContactTable:
    """What a model says of a picture, or of the drawn body where there is none; and tell it."""
    import numpy as np

    from autocompose.body.skeleton import canonical
    from autocompose.cli.annotate import check_key
    from autocompose.data.archive import IMAGE_SUFFIXES
    from autocompose.describe.mllm.answer_store import ResponseCache
    from autocompose.describe.mllm.montage import jpeg, one_picture
    from autocompose.lab.contacts.contact_asking import asked_contacts
    from autocompose.lab.wishes.drawing import drawn_bodies

    check_key(address)
    places = (start.path, start.path.parent / "images" / start.path.name)
    shown = [p for p in places if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    if shown:
        picture = one_picture(shown[0])
    else:
        say("there is no picture of this pose; the model is shown a drawing of it")
        body = canonical(np.asarray(start.joints, dtype=np.float64))
        picture = jpeg(drawn_bodies([body], [""]))
    with closing(ResponseCache(cache)) as answers:
        table = asked_contacts(
            picture,
            question,
            address.connect(say),
            subject=start.id,
            cache=answers,
            price=price,
        )
    for vote in table.votes:
        kept = "" if vote.kept else ", too few"
        say(f"{vote.touch}: {vote.count} of {table.answers} answers{kept}")
    if table.left_out:
        say(f"not in the list of regions: {counts_in_words(table.left_out)}")
    if table.broken:
        say(f"answers that cannot be read: {counts_in_words(table.broken)}")
    return table


def refined_pose(
    start: PoseImage, touches: tuple[Touch, ...], *, complete: bool = False
) -> RefinedBody:
    """The pose of an image with its touches met, held to the pixels of its joints where known."""
    import numpy as np

    from autocompose.lab.contacts.picture_view import BodyView
    from autocompose.lab.contacts.refined import AskedBody, refined_body

    joints = np.asarray(start.joints, dtype=np.float64)
    view = None
    if start.pixels is not None:
        view = BodyView.of(joints, np.asarray(start.pixels, dtype=np.float64))
    return refined_body(AskedBody(joints, touches, view, complete))


def nothing_met(found: RefinedBody) -> str:
    """Why a body stays as it is."""
    if not found.refused:
        return "too few of the answers agree on a touch"
    return f"no touch can be met within 3 cm ({'; '.join(map(open_by, found.refused))})"


def tell_refused(found: RefinedBody) -> None:
    """One line on stderr for each touch that is refused."""
    for one in found.refused:
        say(f"refused: {open_by(one)} apart")


def open_by(one: FoundTouch) -> str:
    """A touch that is not met, and how near it came."""
    return f"{one.touch} stays {_cm(one.after)}"


def write_refined(
    start: PoseImage, found: RefinedBody, *, out: Path | None, png: Path | None
) -> None:
    """Write a refined pose as joints and as a picture, where asked."""
    import io
    from dataclasses import replace

    from autocompose.body.skeleton import canonical
    from autocompose.data.archive import IMAGE_SUFFIXES
    from autocompose.data.files import write_whole
    from autocompose.data.joints_file import write_joints
    from autocompose.lab.wishes.drawing import drawn_bodies
    from autocompose.schema import JointsOrigin

    if out is not None:
        joints: Any = tuple(tuple(float(v) for v in point) for point in found.joints)
        name = start.id if Path(start.id).suffix.lower() in IMAGE_SUFFIXES else "pose.png"
        image = replace(start, id=name, joints=joints, joints_origin=JointsOrigin.ESTIMATED)
        write_joints(out, [image], image_size=None)
        say(f"wrote {out}")
    if png is not None:
        import numpy as np

        before = canonical(np.asarray(start.joints, dtype=np.float64))
        stream = io.BytesIO()
        drawn_bodies([before, canonical(found.joints)], ["before", "after"]).save(stream, "PNG")
        write_whole(png, stream.getvalue())
        say(f"wrote {png}")


def document(found: RefinedBody, table: ContactTable | None) -> dict[str, Any]:
    """The JSON document of a refined pose, and the votes of a model that was asked."""

    def row(one: FoundTouch) -> dict[str, Any]:
        return {
            "touch": str(one.touch),
            "regions": [list(pair) for pair in one.pairs],
            "before_m": round(one.before, 4),
            "after_m": round(one.after, 4),
        }

    return {
        "joints": [[round(float(v), 4) for v in point] for point in found.joints],
        "met": [row(one) for one in found.met],
        "refused": [row(one) for one in found.refused],
        "plausible": found.plausible,
        "votes": None if table is None else _votes(table),
    }


def _votes(table: ContactTable) -> dict[str, Any]:
    return {
        "answers": table.answers,
        "touches": [
            {"touch": str(vote.touch), "count": vote.count, "kept": vote.kept}
            for vote in table.votes
        ],
        "left_out": dict(table.left_out),
        "broken": dict(table.broken),
        "poses": dict(table.poses),
    }


def _cm(metres: float) -> str:
    return f"{100 * max(metres, 0.0):.1f} cm"
