"""BLEU-4, ROUGE-L, METEOR and CIDEr from their libraries (extra ``metrics``), and distinct-n.

Each function takes texts and, for each, its references. Values are on the scales that papers use:
BLEU, ROUGE-L and METEOR in percent, CIDEr as its library gives it, distinct-n from 0 to 1.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autocompose.errors import MissingExtraError, TextError, one_line

Texts = Sequence[str]
References = Sequence[Sequence[str]]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_JAR_SECONDS = 600


def bleu_4(texts: Texts, references: References) -> float:
    """Corpus BLEU of 1- to 4-grams, lower case, sacrebleu's 13a words, percent.

    Raises:
        MissingExtraError: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise _missing("sacrebleu", "BLEU-4") from error
    most = max(len(own) for own in references)
    # sacrebleu wants the first references of all texts, then the second ones, and so on.
    columns: Any = [[own[k] if k < len(own) else None for own in references] for k in range(most)]
    return float(BLEU(lowercase=True).corpus_score(list(texts), columns).score)


def rouge_l(texts: Texts, references: References) -> float:
    """Mean ROUGE-L F1 against each text's best reference, percent.

    Raises:
        MissingExtraError: rouge-score is not installed.
    """
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise _missing("rouge-score", "ROUGE-L") from error
    scorer = RougeScorer(["rougeL"])
    pairs = zip(texts, references, strict=True)
    scores = [scorer.score_multi(list(own), text)["rougeL"].fmeasure for text, own in pairs]
    return 100.0 * sum(scores) / len(scores)


def cider(texts: Texts, references: References) -> float:
    """CIDEr of pycocoevalcap over plain lower-case words; its document counts are the references'.

    Raises:
        MissingExtraError: pycocoevalcap is not installed.
    """
    try:
        from pycocoevalcap.cider.cider import Cider
    except ImportError as error:
        raise _missing("pycocoevalcap", "CIDEr") from error
    known = {i: [_plain(reference) for reference in own] for i, own in enumerate(references)}
    given = {i: [_plain(text)] for i, text in enumerate(texts)}
    return float(Cider().compute_score(known, given)[0])


def meteor(texts: Texts, references: References) -> float:
    """METEOR 1.5 by its own Java program, which pycocoevalcap carries with its data, percent.

    Raises:
        MissingExtraError: pycocoevalcap or Java is not installed.
        TextError: the program fails.
    """
    found = importlib.util.find_spec("pycocoevalcap")
    if found is None or not found.submodule_search_locations:
        raise _missing("pycocoevalcap", "METEOR")
    java = shutil.which("java")
    if java is None:
        raise MissingExtraError("METEOR needs a Java runtime (java on the path); install one")
    folder = Path(next(iter(found.submodule_search_locations))) / "meteor"
    lines = [
        " ||| ".join(["SCORE", *map(_plain, own), _plain(text)])
        for text, own in zip(texts, references, strict=True)
    ]
    return 100.0 * float(_run_meteor(java, folder, lines))


def distinct(texts: Texts, n: int) -> float:
    """Different n-grams among all n-grams of all texts, 0 to 1; 0 where there is none."""
    grams: list[tuple[str, ...]] = []
    for text in texts:
        words = _plain(text).split()
        grams += zip(*(words[k:] for k in range(n)), strict=False)
    return len(set(grams)) / len(grams) if grams else 0.0


def _run_meteor(java: str, folder: Path, lines: Sequence[str]) -> str:
    """The score of the whole, from one start of the program: it reads its tables for seconds.

    It answers every line at once with its counts, and asked for all counts, with each line's score
    and then the whole's.
    """
    command = [java, "-Xmx2G", "-jar", str(folder / "meteor-1.5.jar")]
    command += ["-", "-", "-stdio", "-l", "en", "-norm"]
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile() as complaints:
        try:
            program = subprocess.Popen(
                command, cwd=folder, stdin=pipe, stdout=pipe, stderr=complaints, encoding="utf-8"
            )
        except OSError as error:
            raise TextError(f"METEOR did not run: {error}") from error
        limit = threading.Timer(_JAR_SECONDS, program.kill)
        limit.start()
        try:
            counts = [answer for line in lines for answer in _asked(program, line, 1)]
            scores = _asked(program, " ||| ".join(["EVAL", *counts]), len(lines) + 1)
        finally:
            with contextlib.suppress(OSError):  # what a program that ended did not read
                program.communicate()
            limit.cancel()
        if len(scores) <= len(lines):
            complaints.seek(0)
            detail = one_line(complaints.read().decode("utf-8", "replace"))[-160:]
            raise TextError(f"METEOR ended with code {program.returncode}: {detail}")
    return scores[-1]


def _asked(program: subprocess.Popen[str], line: str, answers: int) -> list[str]:
    """The lines that the program answers to one line; fewer where it has ended."""
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        program.stdin.write(line + "\n")
        program.stdin.flush()
    except OSError:  # it has ended
        return []
    return [said.rstrip("\n") for _ in range(answers) if (said := program.stdout.readline())]


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _missing(package: str, metric: str) -> MissingExtraError:
    return MissingExtraError(
        f"{metric} needs {package}; install it with: pip install 'autocompose[metrics]'"
    )
