"""describe/views: a text's flip is exact, its own inverse, and refused where it could be wrong."""

import pickle
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.body.skeleton import INDEX, JOINTS
from autocompose.describe.views import (
    compose_views,
    derive_mirror,
    mirror_image,
    mirror_texts,
    swap_pair,
    view_pair,
)
from autocompose.errors import AmbiguousSideError, TextError
from autocompose.language.sides.mirror import mirror_span, mirror_text
from autocompose.language.sides.side_reader import SideReading, read_sides
from autocompose.schema import (
    BodyPart,
    PartDescription,
    PoseImage,
    PosePair,
    Provenance,
    Source,
    TransitionDescription,
    View,
)
from tests.human_captions import human_sentences

FLIPS = [
    ("bend your left knee", "bend your right knee"),
    ("Left arm up, RIGHT arm down", "Right arm up, LEFT arm down"),
    ("the left-hand side", "the right-hand side"),
    ("Right-Handed grip, lefthand rail", "Left-Handed grip, righthand rail"),
    ("lean leftward, then leftwards", "lean rightward, then rightwards"),
    ("the leftmost chair, the left-most lamp", "the rightmost chair, the right-most lamp"),
    ("left_arm: raise it", "right_arm: raise it"),
    ("move your left/right hands", "move your right/left hands"),
    ("your leftleg", "your rightleg"),
    ("turn left.", "turn right."),
    ("turn your head slightly right and look up", "turn your head slightly left and look up"),
    ("turn right the torso", "turn left the torso"),
    ("look right just a little", "look left just a little"),
    ("to the right in front of your left leg", "to the left in front of your right leg"),
    ("turn to the right away from the desk", "turn to the left away from the desk"),
    ("put your left over your right", "put your right over your left"),
    ("look to he right", "look to he left"),
    ("a foot left of your chest", "a foot right of your chest"),
    ("keep the  right besides the arm", "keep the  left besides the arm"),
    ("swing from left to right", "swing from right to left"),
    ("bend your right knee to a right angle", "bend your left knee to a right angle"),
    ("your left is down", "your right is down"),
    ("rotate your left foot clockwise", "rotate your right foot counterclockwise"),
    ("turn counterclockwise", "turn clockwise"),
    ("Turn Counter-Clockwise", "Turn Clock-Wise"),
    ("turn anticlockwise", "turn clockways"),
    ("one foot clockwise, one anticlockwise", "one foot anticlockwise, one clockwise"),
]
KEPT = [
    "a right angle", "a right-angled bend", "right angles", "place it right behind you",
    "hold it right in front of your chest", "hands right above your head", "right now, stop",
    "do it right away", "All right, stand", "food left over", "the left-overs", "left alone",
    "nothing is left", "what is left", "an arm is left hanging", "stand upright", "a bright light",
    "stand up right and bow", "straighten until your back is more up right",
    "foot right next to it", "bend the knees", "an L-shape", "make an l shape",
    "you'll see", "", "12 %, (a) — b!",
]  # fmt: skip
REFUSED = [
    ("do it the right way", "right", "correct way"),
    ("get into the right position", "right", "correct position"),
    ("move it right", "right", "correct"),
    ("turn right behind the chair", "right", "direction"),
    ("turn right away from the window", "right", "exactly"),
    ("is that right?", "right", "correct"),
    ("lift right up", "right", "exactly"),
    ("the foot has left the floor", "left", "leave"),
    ("your foot left the floor", "left", "leave"),
    ("left your left foot up", "left", "leave"),
    ("move your right left out", "right", "another side"),
    ("the left way", "left", "the other side"),
    ("your rigth arm", "rigth", "misspelt"),
    ("raise your lift hand", "lift", "misspelt"),
    ("move our let arm to the left", "let", "misspelt"),
    ("turn it towards your ride side", "ride", "misspelt"),
    ("raise the R arm", "R", "side"),
    ("turn to starboard", "starboard", "ship"),
    ("point to 3 o'clock", "o'clock", "clock position"),
    ("point ➡ there", "➡", "words"),
    ("bend the lEft arm", "lEft", "capital"),
    ("turn counter  clockwise", "clockwise", "own word"),
    ("turn cOunterclockwise", "cOunterclockwise", "capital"),
    ("le\u00adft arm", None, "hidden"),
    ("अपना बायाँ हाथ", None, "script"),
]


@pytest.mark.parametrize(("text", "flipped"), FLIPS)
def test_sides_compounds_and_turns_are_exchanged_both_ways(text, flipped):
    assert mirror_text(text) == flipped
    assert mirror_text(flipped) == text


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_side_stays(text):
    assert mirror_text(text) == text


@pytest.mark.parametrize(("text", "word", "why"), REFUSED)
def test_an_unclear_word_is_refused_with_its_place_and_a_reason(text, word, why):
    with pytest.raises(AmbiguousSideError, match=why) as caught:
        mirror_text(text)
    start, end = caught.value.span
    assert text[start:end] == (word if word is not None else text)
    assert "\n" not in str(caught.value)


def test_the_refusal_is_a_text_error_and_survives_a_trip_between_processes():
    error: AmbiguousSideError = pickle.loads(pickle.dumps(AmbiguousSideError("unclear", (3, 7))))
    assert issubclass(AmbiguousSideError, TextError)
    assert (str(error), error.reason, error.span) == ("unclear", "unclear", (3, 7))


def test_the_place_is_that_of_the_original_when_only_the_flipped_text_is_unclear():
    text = "bend your right leg and lean in the left direction"
    with pytest.raises(AmbiguousSideError) as caught:
        mirror_text(text)
    start, end = caught.value.span
    assert text[start:end] == "left"
    assert str(caught.value).startswith('"left" (characters 36 to 40)')


VOCABULARY = [
    "left", "right", "Left", "RIGHT", "left-hand", "rightmost", "leftwards", "clockwise",
    "counterclockwise", "anticlockwise", "counter-clockwise", "clock-wise", "your", "the", "to",
    "towards", "turn", "bend", "arm", "knee", "angle", "behind", "in", "front", "of", "above",
    "now", "away", "way", "over", "alone", "is", "up", "and", ",", ".", ";", "upright", "one",
    "face", "side", "what", "nothing", "more", "slightly",
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(VOCABULARY), st.sampled_from([" ", "  ", "-", "/", ""]))))
@settings(max_examples=400, deadline=None)
def test_flipping_twice_gives_back_every_accepted_text(pieces):
    text = "".join(word + gap for word, gap in pieces)
    check_involution(text)


@given(st.sampled_from(FLIPS), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_random_casing_is_kept_or_refused(case, random):
    text = "".join(random.choice([c.lower(), c.upper()]) for c in case[0])
    check_involution(text)
    for cased in (str.lower, str.upper, str.title):
        check_involution(cased(case[0]))
    assert mirror_text(case[0].upper()) == case[1].upper()


@given(st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None)
def test_any_unicode_around_a_side_is_kept_or_the_text_is_refused(before, after):
    flipped = check_involution(f"{before} your left arm {after}")
    assert flipped is None or "your right arm" in flipped


def test_a_span_is_exchanged_alone():
    text = "Turn clockwise, the left arm up, the right leg bent to a right angle."
    for start, end, flipped in (
        (0, len(text), mirror_text(text)),
        (16, 31, text.replace("left arm", "right arm")),
        (5, 14, text.replace("clockwise", "counterclockwise")),
        (57, 62, text),  # of "a right angle": no side
        (3, 3, text),
    ):
        assert mirror_span(text, (start, end)) == flipped
    with pytest.raises(AmbiguousSideError, match=r'"left".*select the whole word') as refused:
        mirror_span(text, (0, 22))
    assert refused.value.span == (20, 24)
    # What is unclear elsewhere does not matter; in the span it does.
    unclear = "Go the right way. Raise the left arm."
    assert mirror_span(unclear, (18, 37)) == "Go the right way. Raise the right arm."
    with pytest.raises(AmbiguousSideError):
        mirror_span(unclear, (0, 17))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_exchanging_a_span_twice_gives_the_text_back_and_nothing_outside_changes(data):
    words = st.sampled_from(["the", "left", "right", "arm", "angle", "clockwise", "own", "behind,"])
    text = " ".join(data.draw(st.lists(words, min_size=1, max_size=12)))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    try:
        flipped = mirror_span(text, (start, end))
    except AmbiguousSideError:
        return
    shift = len(flipped) - len(text)
    assert (flipped[:start], flipped[end + shift :]) == (text[:start], text[end:])
    assert mirror_span(flipped, (start, end + shift)) == text


@settings(deadline=None)
@given(st.text(alphabet=string.ascii_letters + " .,-'", max_size=80))
def test_a_text_without_a_side_comes_back_unchanged(text):
    if not read_sides(text) and "clock" not in text.lower():
        assert mirror_text(text) == text


def check_involution(text: str) -> str | None:
    done = mirror_texts([text])
    if not done.texts:
        start, end = done.refusals[0].span
        assert 0 <= start < end <= len(text)
        return None
    assert mirror_text(done.texts[0]) == text
    return done.texts[0]


@pytest.mark.slow
def test_human_captions_come_back_and_few_are_refused():
    texts = [text for pair in human_sentences() for text in pair]
    assert len(texts) == 1686
    flipped = {text: check_involution(text) for text in texts}
    refused = [text for text, new in flipped.items() if new is None]
    # Measured 2026-11-21: docs/captions.md. More refusals, or none, mean that the rules changed.
    assert 0.01 < len(refused) / len(texts) < 0.05
    for text, new in flipped.items():
        if new is not None:
            kinds = [side.reading for side in read_sides(text)]
            assert (SideReading.SIDE in kinds or "clockwise" in text.lower()) == (new != text)


def test_a_refused_text_is_listed_and_the_others_are_flipped():
    done = mirror_texts(["raise the left arm", "the right way", "stand"])
    assert done.texts == ("raise the right arm", "stand")
    assert [(refusal.text, refusal.span) for refusal in done.refusals] == [
        ("the right way", (4, 9))
    ]


def example_image(name: str = "a.jpg") -> PoseImage:
    joints = tuple((0.1 * i, 0.2 * i, 0.3 * i) for i in range(len(JOINTS)))
    pixels = tuple((float(i), 2.0 * i) for i in range(len(JOINTS)))
    return PoseImage(name, Path(name), joints, pixels, floor_y=-0.9, heading=30.0)


def test_a_flipped_image_exchanges_the_subjects_sides_in_joints_and_pixels():
    image = example_image()
    flipped = mirror_image(image, width=256)
    assert flipped.joints is not None
    assert flipped.pixels is not None
    left, right = INDEX["left_hand"], INDEX["right_hand"]
    x, y, z = image.joints[right]  # pyright: ignore[reportOptionalSubscript]
    assert flipped.joints[left] == (-x, y, z)
    assert flipped.pixels[left] == (255 - image.pixels[right][0], image.pixels[right][1])  # pyright: ignore[reportOptionalSubscript]
    assert (flipped.floor_y, flipped.heading) == (image.floor_y, -30.0)
    assert mirror_image(flipped, width=256) == image
    assert mirror_image(image).pixels is None


@pytest.mark.parametrize("view", list(View))
def test_a_view_applied_twice_is_the_pair_again(view):
    pair = PosePair(
        example_image("a.jpg"),
        example_image("b.jpg"),
        "test",
        ("a.jpg", "b.jpg"),
        {"sents": ("x",)},
    )
    seen = view_pair(pair, view, widths=(256, 256))
    back = view_pair(seen, view, widths=(256, 256))
    assert (back.reference, back.target, back.image_set) == (
        pair.reference, pair.target, pair.image_set,
    )  # fmt: skip
    assert (seen.reference.id == "b.jpg") == view.swaps
    moved = not np.array_equal(np.array(seen.target.joints), np.array(pair.target.joints))
    assert moved == view.mirrors
    assert seen.texts == (pair.texts if view is View.FORWARD else {})


def test_a_swapped_pair_keeps_no_image_set_that_lacks_its_new_target():
    pair = PosePair(example_image("a.jpg"), example_image("b.jpg"), "test", ("b.jpg", "c.jpg"))
    assert swap_pair(pair).image_set == ()


@pytest.mark.parametrize("first", list(View))
@pytest.mark.parametrize("second", list(View))
def test_views_compose_like_their_swaps_and_mirrors(first, second):
    both = compose_views(first, second)
    assert both.swaps == (first.swaps != second.swaps)
    assert both.mirrors == (first.mirrors != second.mirrors)
    assert compose_views(both, second) is first


def test_a_derived_mirror_moves_parts_to_the_other_side_and_costs_nothing():
    was = TransitionDescription(
        "p", View.REVERSE, Source.MLLM,
        (PartDescription(BodyPart.LEFT_ARM, "Raise the left arm."),
         PartDescription(BodyPart.HEAD, "Do it the right way.")),
        ("Raise your left arm.", "Get it right."),
        Provenance("openai", "m", "v1", "sha", "raw", input_tokens=5, output_tokens=6, seconds=1.0),
    )  # fmt: skip
    derived = derive_mirror(was)
    now = derived.description
    assert now.view is View.MIRROR_REVERSE
    assert now.parts == (PartDescription(BodyPart.RIGHT_ARM, "Raise the right arm."),)
    assert now.phrasings == ("Raise your right arm.",)
    assert [refusal.text for refusal in derived.refusals] == [
        "Get it right.",
        "Do it the right way.",
    ]
    assert (now.provenance.input_tokens, now.provenance.prompt_version) == (0, "v1+mirror-2")
    assert now.provenance.raw_response == "raw"
    assert now.id != was.id


def test_a_description_whose_every_phrasing_is_refused_is_not_derived():
    was = TransitionDescription(
        "p", View.FORWARD, Source.MLLM, (), ("Get it right.",), Provenance("openai")
    )
    with pytest.raises(AmbiguousSideError, match="right"):
        derive_mirror(was)
