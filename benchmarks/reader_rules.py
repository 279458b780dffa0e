"""How often each declared rule of the reader is used in labelled texts, and how often it is right.

The rules are those of the tokenizer (``WORD_RULES``, ``PHRASE_RULES``), the acts of verbs, and the
wordings of descriptions. A claim counts for a rule where its words overlap what the rule read. It
is right where the labels have its side, limb and class of change. What a rule only skips or doubts
has no claims of its own. Rules of the tokenizer and acts count in texts that rules read, wordings
in those that the tagger reads. No held-out text is among them.

Run ``python benchmarks/reader_rules.py``.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from autocompose.language.reader import acts, read, tokens  # noqa: E402
from autocompose.language.reader.claims import Claim  # noqa: E402
from autocompose.language.reader.items import Spot  # noqa: E402
from autocompose.language.reader.read import read_text  # noqa: E402
from benchmarks.claims import LABELS, NEW_LABELS, human_labels  # noqa: E402
from benchmarks.reader import CAPTIONS, DATA, LabelledText, key_of, labellable, load  # noqa: E402

SETS = ("dev", "dev_parts", "dev_search", "dev_human", "train_human")
NEW_TUNED = 40
"""Of the new captions, those that may be tuned on; the others are held out."""
Span = tuple[int, int]


@dataclass
class Fired:
    """Where the rules read something in one text: (kind, name) -> spans."""

    spans: dict[tuple[str, str], list[Span]] = field(default_factory=lambda: defaultdict(list))


@contextmanager
def watching(fired: Fired) -> Iterator[None]:
    """Note what every rule reads."""

    def word_rule(row: tokens.WordRule) -> tokens.WordRule:
        def told(at: Spot) -> tokens.Found | None:
            found = row.read(at)
            if found is not None:
                _note(fired, ("word", row.name), at, found)
            return found

        return replace(row, read=told)

    def phrase_rule(row: tokens.PhraseRule) -> tokens.PhraseRule:
        def told(at: Spot, entry: tokens.Entry) -> tokens.Found | None:
            found = row.read(at, entry)
            if found is not None:
                _note(fired, ("phrase", row.name), at, found)
            return found

        return replace(row, read=told)

    def act(name, says):
        def told(of):
            fired.spans["act", name].append((of.theme.start, of.end))
            return says(of)

        return told

    wording_of = read.wording_of

    def wording(tag, text, *, start, clause):
        row = wording_of(tag, text, start=start, clause=clause)
        if row is not None:
            fired.spans["wording", row.name].append(clause)
        return row

    with ExitStack() as stack:
        rows = tuple(map(word_rule, tokens.WORD_RULES))
        stack.enter_context(mock.patch.object(tokens, "WORD_RULES", rows))
        phrases = tuple(map(phrase_rule, tokens.PHRASE_RULES))
        stack.enter_context(mock.patch.object(tokens, "PHRASE_RULES", phrases))
        watched = {name: act(name, says) for name, says in acts._CHANGES.items()}
        stack.enter_context(mock.patch.dict(acts._CHANGES, watched))
        stack.enter_context(mock.patch.object(read, "wording_of", wording))
        yield


def _note(fired: Fired, key: tuple[str, str], at: Spot, found: tokens.Found) -> None:
    fired.spans[key].append((at.start, max(at.end, at.words[found[1] - 1][2])))


@dataclass
class Use:
    """Texts in which a rule read something, and the claims that came of it."""

    texts: int = 0
    claims: int = 0
    right: int = 0


def uses(rows: Sequence[LabelledText]) -> dict[tuple[str, str], Use]:
    """Count each rule over labelled texts."""
    counted: dict[tuple[str, str], Use] = defaultdict(Use)
    for row in rows:
        fired = Fired()
        with watching(fired):
            claims = labellable(read_text(row.text, row.about))
        labels = {key_of(claim, "class") for claim, _ in row.claims}
        described = any(claim.described for claim in claims)
        for key, spans in fired.spans.items():
            if (key[0] == "wording") != described:
                continue
            use = counted[key]
            use.texts += 1
            for claim in claims:
                if any(a < claim.span[1] and claim.span[0] < b for a, b in spans):
                    use.claims += 1
                    use.right += _named(claim) in labels
    return counted


def _named(claim: Claim) -> tuple[str, ...]:
    return key_of(f"{claim.side} {claim.part}: {claim.change}".strip(), "class")


def labelled() -> list[LabelledText]:
    """Every labelled text that may be tuned on."""
    captions = human_labels(LABELS, CAPTIONS) + human_labels(NEW_LABELS, CAPTIONS)[:NEW_TUNED]
    found = [
        LabelledText(text, tuple((claim.replace("trunk:", "torso:"), "m") for claim in claims))
        for text, claims in captions
    ]
    return found + [row for name in SETS for row in load(DATA / f"{name}.jsonl")]


def main() -> None:
    """Print the table."""
    rows = labelled()
    sys.stdout.write(
        f"{len(rows)} texts\n| kind | rule | texts | claims | right |\n|---|---|---|---|---|\n"
    )
    for (kind, name), use in sorted(uses(rows).items(), key=lambda row: (row[0][0], -row[1].texts)):
        share = f"{100 * use.right / use.claims:.0f} %" if use.claims else ""
        sys.stdout.write(f"| {kind} | {name} | {use.texts} | {use.claims} | {share} |\n")


if __name__ == "__main__":
    main()
