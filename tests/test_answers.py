"""describe/answers: what is accepted, what is sent back and why, and that nothing else gets out."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.describe.mllm.answers import (
    CUT_SHORT,
    EMPTY,
    INVALID_JSON,
    MENTIONS_PICTURE,
    NO_PROSE,
    OVERLONG,
    REFUSED,
    REPEATED,
    UNKNOWN_PART,
    VAGUE,
    WRONG_COUNT,
    WRONG_SIDE,
    clean_text,
    limb_of,
    moved_limbs,
    read_parts,
    read_phrasings,
)
from autocompose.errors import AnswerError
from autocompose.schema import BodyPart, PartDescription
from tests.annotation_fakes import TEXTS, answer, parts_text, texts_text

LEFT_ARM = PartDescription(BodyPart.LEFT_ARM, "Raise the left arm.")
RIGHT_KNEE = PartDescription(BodyPart.RIGHT_KNEE, "Bend the right knee.")


def reason_of(read, *args, **options) -> str:
    with pytest.raises(AnswerError) as caught:
        read(*args, **options)
    assert "\n" not in str(caught.value)
    assert caught.value.detail
    return caught.value.reason


def parts(rows) -> object:
    return answer({"parts": [{"part": part, "text": text} for part, text in rows]})


def test_a_good_answer_of_each_stage_is_read():
    found = read_parts(answer(parts_text()))
    assert [(row.part, row.text) for row in found] == [
        (BodyPart.LEFT_ARM, "Raise the left arm to the side."),
        (BodyPart.RIGHT_KNEE, "Bend the right knee."),
    ]
    assert read_phrasings(answer(texts_text()), n=3, parts=found) == TEXTS[:3]


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"parts": [{"part": "Left-Arm", "text": "Raise it."}]}\n```',
        'Here you are:\n{"parts": [{"part": "left_arm", "text": "Raise it."}]} Done.',
        '{"left arm": "Raise it."}',
        '{"parts": {"LEFT ARM": "Raise it."}}',
        '\ufeff{"parts": [{"part": "left arm", "text": "Raise\\n\\tit."}]}',
    ],
)
def test_the_same_answer_is_read_in_the_forms_that_models_use(text):
    assert read_parts(answer(text)) == (PartDescription(BodyPart.LEFT_ARM, "Raise it."),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I cannot see any pictures.", INVALID_JSON),
        ('{"parts": [', INVALID_JSON),
        ("[" * 100_000, INVALID_JSON),
        ('{"parts": "all"}', INVALID_JSON),
        ('{"parts": ["left arm"]}', INVALID_JSON),
        ('{"parts": [{"part": "left arm"}]}', INVALID_JSON),
        ('{"parts": [{"part": "left arm", "text": 5}]}', INVALID_JSON),
        ("", EMPTY),
        ('{"parts": []}', EMPTY),
        ('{"parts": [{"part": "left arm", "text": " \\u200b. "}]}', EMPTY),
        ('{"parts": [{"part": "left wing", "text": "Raise it."}]}', UNKNOWN_PART),
        ('{"parts": [{"part": null, "text": "Raise it."}]}', UNKNOWN_PART),
        ('{"parts": [{"part": "arms", "text": "Raise them."}]}', UNKNOWN_PART),
        ("x" * 200_000, OVERLONG),
    ],
)
def test_a_broken_answer_has_its_reason(text, reason):
    assert reason_of(read_parts, answer(text)) == reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("left arm", "Raise the left arm as the picture shows."), MENTIONS_PICTURE),
        (("left arm", "Raise the green arm."), MENTIONS_PICTURE),
        (("head", "Turn the head to the camera."), MENTIONS_PICTURE),
        (("torso", "Lean forward so that the shirt hangs."), MENTIONS_PICTURE),
        (("left arm", "Raise " + "very " * 40 + "high."), OVERLONG),
        (("left arm", "R" + "a" * 2000), OVERLONG),
    ],
)
def test_a_sentence_that_breaks_a_rule_has_its_reason(row, reason):
    assert reason_of(read_parts, parts([row])) == reason


def test_a_part_twice_and_more_parts_than_there_are_are_sent_back():
    twice = [("left arm", "Raise it."), ("Left_Arm", "Bend it.")]
    assert reason_of(read_parts, parts(twice)) == REPEATED
    assert reason_of(read_parts, parts([("head", "Nod.")] * 23)) == WRONG_COUNT


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_sentence_that_moves_the_other_side_contradicts_its_part(side):
    other = {"left": "right", "right": "left"}[side]
    for text in (f"Raise the {other} arm.", f"Bend your {other} elbow and lift it."):
        assert reason_of(read_parts, parts([(f"{side} arm", text)])) == WRONG_SIDE
    assert reason_of(read_parts, parts([(f"{side} knee", f"Bend the {other} knee.")])) == WRONG_SIDE


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_place_on_the_other_side_is_no_contradiction(side):
    other = {"left": "right", "right": "left"}[side]
    fine = [
        (f"{side} hand", f"Place the {side} hand on the {other} knee."),
        (f"{side} arm", f"Cross it in front, over the {other} shoulder."),
        (f"{side} foot", f"Step towards your {other} foot."),
        (f"{side} leg", f"Swing it to the {other}."),
        ("head", f"Turn the head to the {other}."),
    ]
    assert len(read_parts(parts(fine))) == len(fine)


@pytest.mark.parametrize(
    ("texts", "options", "reason"),
    [
        (["Bend the right knee."], {}, WRONG_COUNT),
        (["Bend.", "Bend.", "Bend.", "Bend."], {}, WRONG_COUNT),
        (["Bend.", "", "Bend."], {}, EMPTY),
        (["Bend.", None, "Bend."], {}, INVALID_JSON),
        (["Bend.", "- raise the left arm\n- bend the knee", "Bend."], {}, NO_PROSE),
        (["Bend.", "1. raise the left arm", "Bend."], {}, NO_PROSE),
        (["Bend.", "word " * 61, "Bend."], {}, OVERLONG),
        (["Bend.", "As in the second photo.", "Bend."], {}, MENTIONS_PICTURE),
        (["Bend.", "Keep your Balance.", "Bend."], {"banned": ("balance",)}, VAGUE),
        (["Bend.", "Raise the right arm.", "Bend."], {}, WRONG_SIDE),
        (["Bend.", "Then bend your left knee.", "Bend."], {}, WRONG_SIDE),
    ],
)
def test_a_description_that_breaks_a_rule_has_its_reason(texts, options, reason):
    given_answer = answer({"phrasings": texts})
    notes = (LEFT_ARM, RIGHT_KNEE)
    assert reason_of(read_phrasings, given_answer, n=3, parts=notes, **options) == reason


def test_a_description_may_speak_of_places_on_the_other_side_and_of_what_stays():
    texts = [
        "Raise the left arm over the right shoulder and bend the right knee.",
        "Bend the right knee towards the left foot, keeping the left leg straight.",
    ]
    read = read_phrasings(answer({"phrasings": texts}), n=2, parts=(LEFT_ARM, RIGHT_KNEE))
    assert read == tuple(texts)


NOTE = '{"parts": [{"part": "left arm", "text": "Raise the left arm."}]}'
THREE = '{"phrasings": ["Raise one arm.", "Lift it.", "Bring it up."]}'


@pytest.mark.parametrize("whole", [NOTE, THREE], ids=["parts", "phrasings"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: f'<think>The form is {{"parts": [...]}}, so {{it}}.</think>{text}',
        lambda text: f"<think>So: {text}</think>",
        lambda text: f"I fill {{this}}.</think>{text}",
        lambda text: f"Here you go {{ok}}: {text} Note: {{done}}",
        lambda text: f"Sure!\n```json\n{text}\n```\nHope this {{helps}}!",
        lambda text: f"```json\n{text}",
        lambda text: f"{text}\n{text}",
        lambda text: json.dumps(text),
        lambda text: json.dumps(next(iter(json.loads(text).values()))),
        lambda text: text.replace("]", ",]"),
        lambda text: text.replace('"', "'"),
    ],
)
def test_an_answer_is_found_wherever_it_is_and_repaired_where_it_is_whole(whole, wrap):
    if whole is NOTE:
        (row,) = read_parts(answer(wrap(whole)))
        assert (row.part.label, row.text) == ("left arm", "Raise the left arm.")
    else:
        assert list(read_phrasings(answer(wrap(whole)), n=3)) == json.loads(THREE)["phrasings"]


@pytest.mark.parametrize(
    "text",
    [
        '{"parts": [{"part": "left arm", "text": "Raise the left" }',
        '{"parts": [{"part": "left arm", "text": "Raise it."}, {"part": "right arm", "te',
        "{'parts': [{'part': 'left arm', 'text': 'It's up.'}]}",
    ],
)
def test_an_answer_that_was_cut_off_or_is_ambiguous_is_never_completed(text):
    assert reason_of(read_parts, answer(text)) == "invalid JSON"
    assert reason_of(read_parts, answer(text, finish_reason="length")) == "cut short"


@given(st.integers(0, len(THREE) - 1), st.sampled_from(['"', "'"]))
def test_no_beginning_of_an_answer_is_an_answer(cut, quote):
    with pytest.raises(AnswerError):
        read_phrasings(answer(THREE.replace('"', quote)[:cut]), n=3)


def test_deep_nonsense_is_refused_without_being_repaired(monkeypatch):
    monkeypatch.setattr("json_repair.loads", lambda *args, **options: pytest.fail("repaired"))
    for text in ("{'" * 9999 + "}", "[" * 100_000, "{" + "a" * 9000 + "}"):
        assert reason_of(read_parts, answer(text)) == "invalid JSON"


def test_the_same_description_twice_is_not_two():
    same = {"phrasings": ["Raise the left arm.", "Lift it.", "raise the  left arm!"]}
    assert reason_of(read_phrasings, answer(same), n=3) == "repeated"


def test_what_was_escaped_twice_is_read_once():
    texts = {
        "phrasings": ["Raise it to the should\\u0065r.", "A caf\\u00e9 greeting.", "Up \\ud83d!"]
    }
    assert read_phrasings(answer(texts), n=3) == (
        "Raise it to the shoulder.", "A café greeting.", "Up !",
    )  # fmt: skip


def test_a_limit_used_up_before_the_answer_is_cut_short_and_not_empty():
    assert reason_of(read_parts, answer("", finish_reason="length")) == "cut short"
    assert reason_of(read_parts, answer("")) == "empty"


def test_a_model_that_refused_or_ran_into_the_limit_is_told_apart():
    assert reason_of(read_parts, answer("I can't.", finish_reason="refusal")) == REFUSED
    assert reason_of(read_parts, answer("", finish_reason="content_filter")) == REFUSED
    assert reason_of(read_parts, answer('{"parts": [{"pa', finish_reason="length")) == CUT_SHORT


def test_with_several_samples_nothing_is_an_answer():
    assert read_parts(answer({"parts": []}), may_be_empty=True) == ()


def test_moved_limbs_by_hand():
    text = "Bring the left hand to your right knee, lift the right heel, hold the left wrist."
    assert moved_limbs(text) == (("left", "arm"), ("right", "leg"))


@pytest.mark.parametrize("part", list(BodyPart))
def test_every_part_has_a_limb_and_its_mirror_the_same(part):
    assert limb_of(part) == limb_of(part.mirrored)
    assert (limb_of(part) in ("arm", "leg")) == (part.side is not None)


_WORDS = st.sampled_from(
    ["left arm", "right knee", "head", "left", "right", "image", "Raise the left arm.", "", " ",
     "{", "}", "```", "\x00", "\x1b[2J", "\u202e", "\ud800", "\u2028", "𝓁", "null", "1e999", "-",
     "balance"]
)  # fmt: skip
_TEXT = st.one_of(
    _WORDS,
    st.text(st.characters(codec=None), max_size=40),
    st.lists(_WORDS, max_size=8).map(" ".join),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXT, inner, max_size=4)),
    max_leaves=8,
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {"part": st.one_of(_TEXT, st.sampled_from([p.label for p in BodyPart])), "text": _TEXT}
    ),
    max_size=4,
)
_ANSWERS = st.one_of(
    _TEXT,
    _VALUES.map(json.dumps),
    _ROWS.map(lambda rows: json.dumps({"parts": rows})),
    st.lists(_TEXT, min_size=1, max_size=3).map(lambda texts: json.dumps({"phrasings": texts})),
    st.tuples(_TEXT, _ROWS.map(lambda r: json.dumps({"parts": r})), _TEXT).map("".join),
    _ROWS.flatmap(
        lambda rows: st.integers(0, 60).map(lambda cut: json.dumps({"parts": rows})[:cut])
    ),
)


def is_plain(text: str) -> bool:
    return text == " ".join(text.split()) and not any(
        unicodedata.category(letter)[0] == "C" for letter in text
    )


def outcome(read):
    """The words of our own error, or what was read; any other error fails the test."""
    try:
        return "", read()
    except AnswerError as error:
        return str(error), None


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(_ANSWERS, st.sampled_from(["stop", "length", "content_filter", "\x00"]), st.booleans())
def test_whatever_the_model_writes_only_checked_parts_or_our_own_error_come_out(
    text, finish, empty
):
    problem, rows = outcome(
        lambda: read_parts(answer(text, finish_reason=finish), may_be_empty=empty)
    )
    assert is_plain(problem)
    if rows is None:
        return
    assert rows or empty
    assert len({row.part for row in rows}) == len(rows)
    for row in rows:
        assert isinstance(row.part, BodyPart)
        assert row.text
        assert is_plain(row.text)
        assert len(row.text.split()) <= 30


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(_ANSWERS, st.integers(1, 3))
def test_whatever_the_model_writes_only_n_plain_texts_or_our_own_error_come_out(text, n):
    problem, texts = outcome(
        lambda: read_phrasings(answer(text), n=n, parts=(LEFT_ARM,), banned=("balance",))
    )
    assert is_plain(problem)
    if texts is None:
        return
    assert len(texts) == n
    for value in texts:
        assert value
        assert is_plain(value)
        assert len(value.split()) <= 60
        assert "balance" not in value.lower()
        assert ("right", "arm") not in moved_limbs(value)


@given(st.text(st.characters(codec=None), max_size=200))
def test_cleaning_is_idempotent_and_leaves_nothing_unprintable(text):
    cleaned = clean_text(text)
    assert is_plain(cleaned)
    assert clean_text(cleaned) == cleaned
    cleaned.encode()
