"""Which texts a run draws from, noted beside its progress: a resumed run mixes no others in.

``OUT/progress/texts.json`` has a short hash per pair; it tells that texts changed (captions edited,
other texts accepted in review) and how many pairs, not what they were.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from autocompose.data.files import write_whole
from autocompose.data.triplets import TripletSampler
from autocompose.errors import ConfigError, TrainingError, one_line
from autocompose.schema import content_id


@dataclass(frozen=True)
class DrawnTexts:
    """The texts of a run's pairs, in order.

    Args:
        pairs: per pair, a hash of its pictures and one of its texts.
        texts: how many there are in all.
    """

    pairs: tuple[tuple[str, str], ...]
    texts: int

    @classmethod
    def of(cls, sampler: TripletSampler) -> DrawnTexts:
        """What a sampler may draw."""
        rows = []
        texts = 0
        for pair in sampler.kept:
            drawn = [list(sampler.mode.drawn_texts(pair, view)) for view in sampler.mode.views]
            texts += sum(map(len, drawn))
            pictures = content_id(pair.reference.id, pair.target.id)
            rows.append((pictures, content_id(json.dumps(drawn))))
        return cls(tuple(rows), texts)

    def difference(self, earlier: DrawnTexts) -> str:
        """What changed since, in words; empty where nothing did.

        >>> then = DrawnTexts((("a", "1"), ("b", "2")), 2)
        >>> DrawnTexts((("a", "3"), ("c", "4")), 3).difference(then)
        '1 pair has other texts, 1 is new, 1 is gone; 2 texts then, 3 now'
        """
        if self == earlier:
            return ""
        before, now = _by_pictures(earlier), _by_pictures(self)
        other = new = gone = 0
        for pictures in before.keys() | now.keys():
            came = sum((now[pictures] - before[pictures]).values())
            went = sum((before[pictures] - now[pictures]).values())
            other += min(came, went)
            new += max(0, came - went)
            gone += max(0, went - came)
        counts = f"{earlier.texts} texts then, {self.texts} now"
        if not (other or new or gone):
            return f"the same texts in another order; {counts}"
        pairs = "pair has" if other == 1 else "pairs have"
        are = [
            f"{n} {'is' if n == 1 else 'are'} {what}" for n, what in ((new, "new"), (gone, "gone"))
        ]
        return f"{other} {pairs} other texts, {', '.join(are)}; {counts}"

    def keep(self, folder: Path, *, write: bool = True) -> bool:
        """Note the texts in a run's progress folder, or compare them with those noted there.

        Args:
            folder: ``OUT/progress``.
            write: False only compares; one of several processes writes.

        Returns:
            Whether the folder had none yet.

        Raises:
            ConfigError: the run began with other texts; nothing was written.
            TrainingError: the note cannot be read or written.
        """
        path = folder / "texts.json"
        if path.exists():
            changed = self.difference(_read(path))
            if changed:
                raise ConfigError(
                    f"the training texts changed since the run in {folder} began: {changed};"
                    " train without --resume, into another folder to keep this run, or give back"
                    " the texts it began with"
                )
            return False
        if not write:
            return True
        content = {"texts": self.texts, "pairs": [" ".join(row) for row in self.pairs]}
        try:
            write_whole(path, json.dumps(content, indent=0) + "\n")
        except OSError as error:
            raise TrainingError(
                f"{path} cannot be written ({error.strerror}); nothing was trained yet; free space"
            ) from error
        return True


def _by_pictures(drawn: DrawnTexts) -> defaultdict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pictures, texts in drawn.pairs:
        found[pictures][texts] += 1
    return found


def _read(path: Path) -> DrawnTexts:
    try:
        content = json.loads(path.read_text())
        rows = tuple((a, b) for a, b in (row.split(" ") for row in content["pairs"]))
        return DrawnTexts(rows, int(content["texts"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = one_line(error, 160)
        raise TrainingError(f"{path} cannot be read ({reason}); train without --resume") from error
