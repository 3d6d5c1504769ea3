"""How a rule of a report is asked of a run, or of each fold of a cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Material
from cnncli.reporting.words import listed
from cnncli.words import counted

TOLD = 3  # different answers of folds


@dataclass(frozen=True)
class Rule:
    """A question, and what counts as an answer that is worth a word.

    `short` is a doubt in a few words, to stand in "No claim can rest on this: ...".
    """

    name: str
    bound: str
    tone: Literal["caution", "doubt"]
    ask: Callable[[Subject], str | None]
    short: str = ""


@dataclass(frozen=True)
class Answer:
    """A rule as it was applied; `text` is None where there is nothing to say."""

    rule: Rule
    text: str | None


def of_each(ask: Callable[[Material], str | None]) -> Callable[[Subject], str | None]:
    """Let a question be asked of each fold of a cross-validation, and its answers be one."""

    def asked(of: Subject) -> str | None:
        if isinstance(of, Material):
            return ask(of)
        return _together([ask(fold) for fold in of.folds])

    return asked


def _together(said: Sequence[str | None]) -> str | None:
    by_text: dict[str, list[str]] = {}
    for fold, text in enumerate(said, start=1):
        if text is not None:
            by_text.setdefault(text, []).append(str(fold))
    if list(map(len, by_text.values())) == [len(said)]:
        return next(iter(by_text))
    told = [
        f"Fold{'s' * (len(folds) > 1)} {listed(folds, 10)}: {text}"
        for text, folds in list(by_text.items())[:TOLD]
    ]
    left = len(said) - said.count(None) - sum(len(each) for each in list(by_text.values())[:TOLD])
    return " ".join([*told, *([f"And so on of {counted(left, 'fold')}."] if left else [])]) or None
