"""language/words: one vocabulary, whose forms are those that reader and writer always had."""

import json
from pathlib import Path

import pytest

from autocompose.language import words
from autocompose.language.reader.lexicon import VERBS, inflections
from autocompose.language.writer.banks import PhrasingBank, bank
from autocompose.schema import BodyPart
from autocompose.verify import pair_bodies

# The tables of reader and writer as they were before they became one.
OLD = json.loads((Path(__file__).parent / "data" / "verb_forms.json").read_text(encoding="utf-8"))
IMPOSSIBLE = {"leave": {"left-verb"}, "lie": {"liing"}, "spin": {"spinned"}}


def test_the_frozen_table_holds_every_verb_in_use():
    reader = {verb.strip() for verbs in VERBS.values() for verb in verbs.split(",")}
    tables = [
        table
        for name in PhrasingBank
        for table in (bank(name).actions, bank(name).intransitive, bank(name).person)
    ]
    writer = {verb.base for table in tables for verbs in table.values() for verb in verbs}
    assert (set(OLD["reader"]) >= reader, set(OLD["writer"]) >= writer) == (True, True)


@pytest.mark.parametrize("verb", sorted(OLD["reader"]))
def test_the_reader_knows_the_forms_that_it_always_knew(verb):
    old = {w: f for w, f in OLD["reader"][verb].items() if w not in IMPOSSIBLE.get(verb, ())}
    assert inflections(verb) == old


@pytest.mark.parametrize("verb", sorted(OLD["writer"]))
def test_the_writer_writes_the_forms_that_it_always_wrote(verb):
    forms = [words.third_person(verb), words.gerund(verb), words.participle(verb)]
    assert forms == OLD["writer"][verb]


def test_every_part_of_the_closed_list_has_one_region_and_one_name_in_claims():
    for part in BodyPart:
        kind = words.kind_of(part)
        assert sum(kind in kinds for kinds in words.REGIONS.values()) == 1
        assert kind in words.REGIONS[words.region_of(kind)]
        named = words.PARTS[words.part_of(kind)]
        assert (named.paired, words.NOUNS[kind].kind) == (part.side is not None, kind)


def test_every_kind_is_one_of_the_closed_list_and_its_sides_follow_from_it():
    kinds = {words.kind_of(part) for part in BodyPart}
    sided = {words.kind_of(part) for part in BodyPart if part.side}
    assert {noun.kind for noun in words.NOUNS.values() if noun.kind} == kinds
    unlike = {p.name for p in words.PARTS.values() if p.kind and p.paired != (p.kind in sided)}
    assert unlike == {"hip"}  # one of the two hips is said, but the list knows the hips only


def test_no_noun_names_two_parts_and_only_noted_kinds_differ_from_their_part():
    listed = [word for part in words.PARTS.values() for word in (*part.one, *part.many)]
    assert len(listed) == len(set(listed)) == len(words.NOUNS)
    assert words.UPPER_LIMB | words.LOWER_LIMB <= words.PAIRED
    assert {words.region_of(words.PARTS[p].kind) for p in words.UPPER_LIMB} == {"arm"}
    assert {words.region_of(words.PARTS[p].kind) for p in words.LOWER_LIMB} == {"leg"}


def test_the_plural_of_a_noun_is_a_noun_of_the_same_part():
    paired = [n for n in words.NOUNS.values() if n.paired and not n.plural and " " not in n.word]
    known = [n for n in paired if words.plural_of(n.word) in words.NOUNS]
    assert {"foot", "calf", "wrist", "toe"} <= {n.word for n in known}
    for noun in known:
        many = words.NOUNS[words.plural_of(noun.word)]
        # "the hips" are the pelvis to the reader; every other plural is of the same part.
        same = (many.part, many.plural) == ("hips" if noun.word == "hip" else noun.part, True)
        assert same, noun.word
        assert words.plural_of(many.word) == many.word


def test_the_judge_has_a_joint_for_every_paired_part():
    # The tagger calls the lower leg a shin, which the closed vocabulary has as a place only.
    assert set(pair_bodies._JOINT_OF_PART) == words.PAIRED | {"shin"}


@pytest.mark.parametrize("side", words.SIDES)
def test_the_other_side_is_an_involution(side):
    assert words.other_side(side) != side
    assert words.other_side(words.other_side(side)) == side
    assert words.other_side("both") == ""
