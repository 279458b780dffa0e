"""The texts of a caption file, held against the joints of their images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autocompose.data.captions.caption_files import DroppedText, read_texts_only
from autocompose.data.captions.caption_keys import PREFERRED_KEYS, preferred_key
from autocompose.data.captions.caption_records import CaptionRecord
from autocompose.data.joints_file import read_joints
from autocompose.errors import CaptionFileError
from autocompose.language.reader.claims import ClaimReport, Outcome
from autocompose.schema import Event, OnEvent, PoseImage, caption_view
from autocompose.verify.judge import PairJudge


@dataclass(frozen=True)
class CheckedText:
    """One text and what the bodies say of its claims.

    Args:
        index: of the text among those of its record and key.
    """

    reference: str
    target: str
    key: str
    index: int
    text: str
    report: ClaimReport


@dataclass(frozen=True)
class CaptionCheck:
    """What came of the texts under one key of a caption file.

    Args:
        joints: the file that the joints come from.
        texts: judged texts, in file order.
        missing: image without joints -> how many skipped pairs it is in.
        skipped: pairs that have texts and lack joints.
        dropped: values under the key that are no texts.
    """

    key: str
    joints: Path
    texts: tuple[CheckedText, ...]
    missing: Mapping[str, int]
    skipped: int
    dropped: tuple[DroppedText, ...] = ()

    @property
    def swapped(self) -> int:
        """Texts whose claims fit much better with left and right exchanged."""
        return sum(text.report.sides_swapped for text in self.texts)

    @property
    def claims(self) -> int:
        """Claims of all texts together."""
        return sum(len(text.report.claims) for text in self.texts)

    def count(self, outcome: Outcome) -> int:
        """Claims with this outcome."""
        return sum(text.report.count(outcome) for text in self.texts)


def check_captions(
    captions: Path,
    *,
    joints: Path | None = None,
    key: str | None = None,
    on_event: OnEvent | None = None,
) -> CaptionCheck:
    """Judge every claim of every text under one key.

    Args:
        captions: a caption file.
        joints: a ``joints.json``; None for the one of the dataset that the file lies in.
        key: whose texts; None for ``mllm``, else ``auto``, else ``sents``.
        on_event: called with progress.

    Raises:
        CaptionFileError: a file is missing or malformed, or has no texts under the key.
    """
    found = read_texts_only(captions)
    records = found.records
    chosen = _choose(records, key, captions)
    path = joints or captions.parent.parent / "joints.json"
    if not path.is_file():
        raise CaptionFileError(
            f"{path} does not exist; say where the joints are with --joints FILE"
        )
    known = read_joints(path, path.parent / "images")
    checked: list[CheckedText] = []
    missing: Counter[str] = Counter()
    skipped = 0
    for done, record in enumerate(records, start=1):
        texts = record.phrasings.get(chosen, ())
        lacking = _lacking(record, known) if texts else ()
        if lacking:
            skipped += 1
            missing.update(lacking)
        elif texts:
            checked.extend(_judged(record, chosen, texts, known))
        if on_event is not None:
            on_event(Event("verify", done, len(records)))
    dropped = tuple(value for value in found.dropped if value.key == chosen)
    return CaptionCheck(chosen, path, tuple(checked), dict(missing), skipped, dropped)


def _choose(records: Sequence[CaptionRecord], asked: str | None, path: Path) -> str:
    have = list(dict.fromkeys(t.key for record in records for t in record.texts if t.phrasings))
    if asked is not None and asked not in have:
        raise CaptionFileError(
            f'{path} has no texts under "{asked}"; its keys are: {", ".join(have) or "none"}'
        )
    if not have:
        raise CaptionFileError(f"{path} has no texts; each key must hold a list of texts")
    found = asked or preferred_key(have)
    if found is None:
        raise CaptionFileError(
            f"{path} has no texts under {', '.join(PREFERRED_KEYS)}; choose one with --key:"
            f" {', '.join(have)}"
        )
    return found


def _lacking(record: CaptionRecord, known: Mapping[str, PoseImage]) -> Collection[str]:
    """The images of a record without joints, each as often as the record names it."""
    names = (record.reference, record.target)
    return [name for name in names if name not in known or known[name].joints is None]


def _judged(
    record: CaptionRecord, key: str, texts: Sequence[str], known: Mapping[str, PoseImage]
) -> Iterator[CheckedText]:
    names = (record.reference, record.target)
    judge = PairJudge.of_images(known[names[0]], known[names[1]], view=caption_view(key))
    for index, text in enumerate(texts):
        yield CheckedText(*names, key, index, text, judge.check(text))
