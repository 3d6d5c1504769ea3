"""The first section: how good it is, what that is worth, and what it is for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cnncli.reporting import rules
from cnncli.reporting.asking import Answer
from cnncli.reporting.folds import FoldsMaterial, Subject
from cnncli.reporting.parts import Grid, Part, Section, Text
from cnncli.reporting.spread import lines
from cnncli.reporting.words import decimal, ends, interval, listed, percent, with_interval
from cnncli.words import counted

_BEGINS = re.compile(r"(#+|[-*]) +")  # a heading, or an item of a list
NOT_STATED = (
    "Not stated. What this network is for, for whom, and what it must not be used for is for a "
    "person to say: write it into about.md in the folder of the run, and make the report again."
)


RANKS = (
    "A doubt says that the figures may not mean what they seem to, so that no claim can rest on "
    "them until it is settled; a caution weighs less: it says how far the figures carry."
)


def section(of: Subject) -> Section:
    """Return the verdict: a sentence on the figures, then what is to be held against them."""
    found = rules.answers(of)
    said = [answer for answer in found if answer.text is not None]
    parts: list[Part] = [Text(claim(of, said)), *(Text(text) for text in headline(of))]
    if isinstance(of, FoldsMaterial):
        parts += [Text(f"{line[0].upper()}{line[1:]}.") for line in lines(of.spread, of.figures)]
    parts += [Text(RANKS)] * bool(said)
    parts += [Text(answer.text or "", answer.rule.tone) for answer in said]
    if not said:
        parts.append(Text("None of the rules below has anything to say against it.", "good"))
    parts.append(
        Grid(
            f"What was asked of {'these folds' if isinstance(of, FoldsMaterial) else 'this run'}",
            ("Question", "Bound", "Answer"),
            [(each.rule.name, each.rule.bound, each.text or "ok") for each in found],
            folded=True,
        )
    )
    return Section("verdict", "Verdict", parts)


def claim(of: Subject, said: Sequence[Answer]) -> str:
    """Return whether a claim can rest on the figures, in one sentence or two."""
    if not of.figures.get("images"):
        return "Nothing can be said of it: there were no images to measure it on."
    if doubts := [each.rule.short for each in said if each.rule.tone == "doubt"]:
        return f"No claim of use can rest on this: {listed(doubts, len(doubts))}."
    found = ends(of.figures, "accuracy")
    share = percent(of.figures["accuracy"]) if found is None else interval(of.figures, "accuracy")
    heeded = ", as far as the cautions below let it" if said else ""
    return (
        f"What can be said{heeded}: of images like those of the test part it tells {share} right"
        f"{' (95 % interval)' * (found is not None)}. Whether that is enough for a use is for a "
        "person to say."
    )


def headline(of: Subject) -> list[str]:
    """Return what was reached, in sentences that stand by themselves."""
    if not of.figures:
        return ["Nothing was measured: the run had no images but those that it was trained on."]
    images = of.figures.get("images")
    said = [
        f"On {tested(of)} {_subject(of)} right for {with_interval(of.figures, 'accuracy')}"
        f"{_auc(of)}."
        if images
        else "There were no images to measure it on."
    ]
    if (usual := always(of)) is not None:
        said.append(f"Always answering {usual[0]} would be right for {percent(usual[1])}.")
    positive = of.positive
    rates = of.figures.get("classes", {}).get(positive, {})
    if positive is not None and rates:
        other = next(name for name in of.classes if name != positive)
        said.append(
            f"It found {_counts(of, positive)} of {positive}: a sensitivity of "
            f"{with_interval(rates, 'sensitivity')}. It called {_counts(of, other)} of {other} by "
            f"that name: a specificity of {with_interval(rates, 'specificity')}. An image counts "
            f"as {positive} where its probability of {positive} is above {of.threshold_said}."
        )
    return said


def _counts(of: Subject, name: str) -> str:
    """Return how many images of a class were told: "18 of 22 images"."""
    place = of.classes.index(name)
    row = of.figures["confusion"][place]
    return f"{row[place]:,} of {counted(sum(row), 'image')}"


def _subject(of: Subject) -> str:
    if isinstance(of, FoldsMaterial):
        return f"the networks of {len(of.folds):,} folds, each on its own, were"
    return "the network was"


def always(of: Subject) -> tuple[str, float] | None:
    """Return the most frequent class of what was measured on, and its share."""
    if of.predicted is None or not len(of.predicted.labels):
        return None
    (place, count), *_ = Counter(of.predicted.labels.tolist()).most_common(1)
    return of.classes[place], count / len(of.predicted.labels)


def tested(of: Subject) -> str:
    """Return how many images were measured on: "45 test images of 32 groups"."""
    part = "test image" if of.part == "test" else "validation image"
    images = counted(of.figures.get("images", 0), part)
    groups = of.figures.get("groups")
    if not of.grouped or not groups:
        return images
    return f"{images} of {counted(groups, 'group')} (patients, plants or days)"


def _auc(of: Subject) -> str:
    value = of.figures.get("auc")
    found = ends(of.figures, "auc")
    if value is None or found is None:
        return ""
    return f"; AUC {decimal(value)} ({found[0]:.3f} to {found[1]:.3f})"


def intended_use(of: Subject) -> Section:
    """Return what a person wrote of its use, paragraph by paragraph; or that nobody did."""
    if of.about is None:
        return Section("use", "Intended use", [Text(NOT_STATED, "missing")])
    return Section("use", "Intended use", [Text(each) for each in paragraphs(of.about)])


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, and the items of its lists, each in one line and plain."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        words = line.strip()
        if not words or _BEGINS.match(words):
            found.append([])
        found[-1].append(_BEGINS.sub("", words))
    return [said for each in found if (said := " ".join(filter(None, each)))]
