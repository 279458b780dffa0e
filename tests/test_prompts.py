"""describe/prompts: what is asked, whose left and right, and in what form the answer comes."""

import dataclasses
import hashlib

import pytest

from autocompose.config import AnnotateConfig
from autocompose.describe.mllm.chat import Feedback
from autocompose.describe.mllm.prompts import (
    parts_request,
    parts_schema,
    phrasings_request,
    phrasings_schema,
)
from autocompose.errors import ConfigError
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


@pytest.mark.parametrize(
    ("settings", "digest"),
    [
        ({}, "d00979c3200cd621f776f63713283b738503026e1dfb35fd6402a3737b115d19"),
        ({"n": 5}, "b65f816ec90beae068225bf8867fcad5c0c76080845397b8f7721a7dae876618"),
        (
            {"style": "reasoning"},
            "d52358b3a0d9e9a6cb47eb92500d64de838a8cd14c99d848604faa4d813031a0",
        ),
        ({"banned": ()}, "1a20f9672d00c362ad056544d10534ded5e608a71863f08bf51b4728ca4bef0b"),
    ],
)
def test_the_prompts_mllm_1_stay_to_the_letter_as_stored_answers_are_found_by_them(
    settings, digest
):
    assert dataclasses.replace(CONFIG, **settings).prompt_version == "mllm-1"
    assert hashlib.sha256(task(**settings).encode()).hexdigest() == digest


def test_search_asks_for_three_lengths_that_name_what_matters_most():
    settings = dataclasses.replace(CONFIG, style="search")
    assert (settings.prompt_version, settings.texts) == ("mllm-2", 3)
    assert settings.max_words == (8, 25, 45)
    asked = task(style="search")
    assert "types into a search box" in asked
    assert "only what matters most" in asked
    assert asked.index("a few words") < asked.index("one sentence") < asked.index("a fuller text")
    assert "the person's own sides" in asked
    with pytest.raises(ConfigError, match="no style search; use mllm-2"):
        dataclasses.replace(CONFIG, style="search", prompts="mllm-1")


def test_mllm_2_asks_for_shorter_texts_and_differs_in_stage_two_only():
    second = dataclasses.replace(CONFIG, prompts="mllm-2")
    assert second.max_words == (45, 45, 45)
    assert "at most 45 words" in task(prompts="mllm-2")
    assert "every left and right together with its part" in task(prompts="mllm-2")
    assert "every left and right together with its part" not in task()
    pictures = (b"jpeg",)
    first = parts_request(pictures, CONFIG, drawn=True)
    assert parts_request(pictures, second, drawn=True).key() == first.key()
    with pytest.raises(ConfigError, match="use one of mllm-1, mllm-2"):
        dataclasses.replace(CONFIG, prompts="mllm-3")


def test_the_old_name_of_the_full_style_still_means_it():
    assert AnnotateConfig(model="m", style="plain") == AnnotateConfig(model="m", style="full")
