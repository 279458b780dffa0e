"""describe/prompts: what is asked, whose left and right, and in what form the answer comes."""

import dataclasses

import pytest

from autocompose.config import AnnotateConfig
from autocompose.describe.mllm.chat import Feedback
from autocompose.describe.mllm.prompts import (
    parts_request,
    parts_schema,
    phrasings_request,
    phrasings_schema,
)
from autocompose.schema import BodyPart, PartDescription

CONFIG = AnnotateConfig("m")
NOTES = (
    PartDescription(BodyPart.LEFT_ARM, "Raise the left arm."),
    PartDescription(BodyPart.RIGHT_KNEE, "Bend the right knee."),
)


def question(**options) -> str:
    return parts_request((b"jpeg",), CONFIG, **{"drawn": False, **options}).user


def task(**settings) -> str:
    return phrasings_request(NOTES, dataclasses.replace(CONFIG, **settings)).user


def test_the_colours_are_explained_if_and_only_if_a_skeleton_is_drawn():
    drawn, plain = question(drawn=True), question(drawn=False)
    assert "green lines and the letter L mark the person's left" in drawn
    assert "red lines and the letter R mark the person's right" in drawn
    assert "Never mention lines, letters or their colours" in drawn
    assert "green" not in plain
    assert "lines" not in plain


def test_left_and_right_are_the_persons_in_both_stages():
    assert "Left and right always belong to the person" in question()
    assert "the person's own sides" in task()


def test_stage_one_lists_every_body_part_and_nothing_else():
    asked = question()
    listed = asked.split("Use only these parts: ")[1].split(".")[0].split(", ")
    assert listed == [part.label for part in BodyPart]


def test_the_montage_or_the_two_pictures_are_named_in_order():
    assert "on the left, under START" in question()
    two = parts_request((b"a", b"b"), CONFIG, drawn=False).user
    assert "the first the pose to begin with, the second the pose to end with" in two
    assert "START" not in two


def test_the_form_is_in_the_prompt_too_for_servers_without_schemas():
    assert '{"parts": [{"part": ' in question()
    assert task(n=2).endswith(
        "Notes:\n- left arm: Raise the left arm.\n- right knee: Bend the right knee."
    )
    assert '{"phrasings": ["...", "..."]}' in task(n=2)


def test_stage_two_sends_no_picture_and_asks_for_n_descriptions_with_an_analogy():
    request = phrasings_request(NOTES, dataclasses.replace(CONFIG, n=5))
    assert request.images == ()
    assert "Write 5 different descriptions" in request.user
    assert "at most 60 words" in request.user
    assert '"as if ..."' in request.user


def test_the_reasoning_style_asks_for_one_indirect_text_of_under_30_words():
    asked = task(style="reasoning", n=3)
    assert "one description of at most 29 words" in asked
    assert '{"phrasings": ["..."]}' in asked
    request = phrasings_request(NOTES, dataclasses.replace(CONFIG, style="reasoning"))
    assert request.schema == phrasings_schema(1)


def test_the_banned_words_are_those_of_the_config():
    assert "Do not use these words: stretch, pose." in task(banned=("stretch", "pose"))
    assert "Do not use" not in task(banned=())


def test_only_with_several_samples_may_nothing_be_an_answer():
    several = dataclasses.replace(CONFIG, samples=5)
    assert '{"parts": []} is a good answer' in parts_request((b"",), several, drawn=False).user
    assert "is a good answer" not in question()
    assert parts_schema(may_be_empty=True).schema["properties"]["parts"]["minItems"] == 0
    assert parts_schema(may_be_empty=False).schema["properties"]["parts"]["minItems"] == 1


@pytest.mark.parametrize("schema", [parts_schema(may_be_empty=False), phrasings_schema(3)])
def test_schemas_are_strict_and_every_list_and_string_is_bounded(schema):
    def check(node):
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
            for child in node["properties"].values():
                check(child)
        elif node["type"] == "array":
            assert node["minItems"] <= node["maxItems"] <= len(BodyPart)
            check(node["items"])
        else:
            assert "enum" in node or node["maxLength"] <= 600

    check(schema.schema)


def test_the_schema_of_stage_one_is_the_closed_list_of_parts():
    rows = parts_schema(may_be_empty=False).schema["properties"]["parts"]["items"]
    assert rows["properties"]["part"]["enum"] == [part.label for part in BodyPart]


def test_equal_requests_have_equal_keys_and_every_field_changes_the_key():
    request = parts_request((b"jpeg",), CONFIG, drawn=False, subject="p/forward")
    assert request.key() == dataclasses.replace(request).key()
    changed = {
        "stage": "phrasings", "model": "other", "system": "x", "user": "x", "images": (b"other",),
        "schema": None, "temperature": 0.1, "max_tokens": 7, "sample": 1, "subject": "p/mirror",
        "feedback": (Feedback("a", "b"),), "endpoint": "http://here/v1",
    }  # fmt: skip
    assert set(changed) == {field.name for field in dataclasses.fields(request)}
    keys = {dataclasses.replace(request, **{name: value}).key() for name, value in changed.items()}
    assert len(keys | {request.key()}) == len(changed) + 1
