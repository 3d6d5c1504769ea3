"""What is asked of every run before its figures are believed: rules, their bounds, their words.

A rule returns what is to be said, or None where there is nothing to hold against the run. The
bounds are conventions and no laws of nature; docs/report.md says where each comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from cnncli.data import grouping
from cnncli.data.index import Item
from cnncli.metrics import figures
from cnncli.reporting import strata
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Material
from cnncli.reporting.words import ends, interval, listed, percent
from cnncli.training import overlap
from cnncli.words import counted

WIDEST = 0.2  # of an interval of accuracy that still says something
FEWEST_OF_CLASS = 20  # test images of a class; of fewer, one image is more than 5 % of its recall
IMBALANCE = 3.0  # training images of the largest class, for one of the smallest
OVERCONFIDENT = 0.1  # mean probability of the predicted classes above the share that is right
UNREADABLE = 0.01  # share of the images found
# Training accuracy above that of the test part.
GAP = 0.15
LOOKS = 1
TOLD = 3  # different answers of folds


@dataclass(frozen=True)
class Rule:
    """A question, and what counts as an answer that is worth a word."""

    name: str
    bound: str
    tone: Literal["caution", "doubt"]
    ask: Callable[[Subject], str | None]


@dataclass(frozen=True)
class Answer:
    """A rule as it was applied; `text` is None where there is nothing to say."""

    rule: Rule
    text: str | None


def answers(of: Subject) -> list[Answer]:
    """Apply every rule; doubts stand before cautions."""
    return [Answer(rule, rule.ask(of)) for rule in RULES]


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


def _no_test(of: Subject) -> str | None:
    if of.part == "test":
        return None
    if of.part is None:
        return "There is neither a test part nor a validation part: nothing was measured."
    return (
        "There is no test part. The figures are of the validation part, which chose the epoch that "
        "is kept: they flatter."
    )


def _no_better(of: Subject) -> str | None:
    found, made = ends(of.figures, "accuracy"), of.tested
    if found is None or made is None:
        return None
    largest, count = Counter(made.labels.tolist()).most_common(1)[0]
    share = count / len(made.labels)
    if found[0] > share:
        return None
    return (
        f"It is not shown to be better than always answering {of.classes[largest]}, which is right "
        f"for {percent(share)}: that lies within or above the interval of the accuracy "
        f"({interval(of.figures, 'accuracy')})."
    )


def _one_answer(of: Subject) -> str | None:
    only = figures.one_answer(dict(of.figures), of.classes) if of.tested is not None else None
    return None if only is None else f"Every test image was taken for {only}."


@of_each
def _leaks(of: Material) -> str | None:
    """Ask whether test images, or others of their groups, were trained on."""
    seen = Counter(overlap.seen(overlap.known(of.run, None), of.of_part("test")))
    said = []
    for kind, what in {
        "picture": "the same picture as a training image",
        "near": "almost the same picture as a training image",
        "group": "of a group (patient, plant, day) with training images",
    }.items():
        if number := seen[kind]:  # type: ignore[index]
            are = "is" if number == 1 else "are"
            said.append(f"{counted(number, 'test image')} {are} {what}")
    return f"{listed(said)}: the figures flatter." if said else None


@of_each
def _groups(of: Material) -> str | None:
    """Ask whether file names suggest groups that the split did not keep together."""
    if of.grouped:
        return None
    pattern = grouping.suggest([Item(row.file, row.label, row.file) for row in of.split])
    if pattern is None:
        return None
    return (
        f"File names suggest that several images belong to one patient, plant or day ({pattern}), "
        "and the parts were made without regard to that: where such a group stands on both sides, "
        "the figures flatter."
    )


@of_each
def _begun_from(of: Material) -> str | None:
    source = of.record["init"]
    if source is None:
        return None
    return (
        f"Training began with the weights of {source}: whether they came from images of this test "
        "part is not known here."
    )


@of_each
def _looks(of: Material) -> str | None:
    looks = of.metrics.get("test_looks", 0)
    if looks <= LOOKS:
        return None
    return (
        f"The test part was looked at {looks:,} times. Where a choice was made by what was seen, "
        "the figures flatter: fresh images would settle it."
    )


def _few(of: Subject) -> str | None:
    return figures.too_small(dict(of.figures)) if of.tested is not None else None


def _wide(of: Subject) -> str | None:
    found = ends(of.figures, "accuracy")
    if found is None or found[1] - found[0] <= WIDEST:
        return None
    return (
        f"The interval of the accuracy is {100 * (found[1] - found[0]):.0f} points wide "
        f"({interval(of.figures, 'accuracy')})."
    )


def _few_of_class(of: Subject) -> str | None:
    made = of.tested
    if made is None:
        return None
    count = Counter(made.labels.tolist())
    few = [
        f"{name} ({count[place]:,})"
        for place, name in enumerate(of.classes)
        if count[place] < FEWEST_OF_CLASS
    ]
    if not few:
        return None
    return f"Few test images are of {listed(few)}: what is said of such a class rests on them."


@of_each
def _curves(of: Material) -> str | None:
    said = of.metrics.get("curves")
    if said is None or said["kind"] == "level":
        return None
    return f"The curves of training: {said['text']}."


@of_each
def _gap(of: Material) -> str | None:
    kept, test = of.metrics.get("kept", {}).get("accuracy"), of.figures.get("accuracy")
    if kept is None or test is None or kept - test <= GAP:
        return None
    return (
        f"It was right for {percent(kept)} of the training images and for {percent(test)} here: it "
        "knows its training images rather than their classes, to a part."
    )


@of_each
def _imbalance(of: Material) -> str | None:
    counts = Counter(row.label for row in of.of_part("train"))
    if len(counts) < 2:
        return None
    (most, many), (least, few) = counts.most_common()[0], counts.most_common()[-1]
    if many < IMBALANCE * few:
        return None
    weighted = of.spec.training.class_weight is not None
    return (
        f"{many:,} training images are of {most} and {few:,} of {least}"
        f"{'' if weighted else ', all of the same weight'}: the accuracy says little of the "
        "smaller classes; the balanced accuracy and the figures of each class do."
    )


def _confidence(of: Subject) -> str | None:
    made = of.tested
    if made is None or not len(made.labels):
        return None
    mean = float(made.chances.max(axis=1).mean())
    right = float((made.labels == made.chances.argmax(axis=1)).mean())
    if mean - right <= OVERCONFIDENT:
        return None
    return (
        f"It is surer than it should be: {percent(mean)} in the mean, while {percent(right)} of "
        "its likeliest classes are right."
    )


@of_each
def _left_out(of: Material) -> str | None:
    unreadable = len(of.record["data"].get("unreadable", ()))
    found = unreadable + len(of.split)
    if unreadable <= UNREADABLE * found:
        return None
    return f"{unreadable:,} of {counted(found, 'image')} could not be read and were left out."


def _without_images(of: Subject) -> str | None:
    said = figures.missing(dict(of.figures)) if of.tested is not None else None
    return None if said is None else f"{said[0].upper()}{said[1:]}."


RULES: Sequence[Rule] = (
    Rule("A test part", "images that no choice rested on", "doubt", _no_test),
    Rule("Better than one answer", "the interval lies above it", "doubt", _no_better),
    Rule("Several answers", "not one class for all images", "doubt", _one_answer),
    Rule("Test images not trained on", "none, by content and group", "doubt", _leaks),
    Rule("Groups kept together", "where file names suggest groups", "doubt", _groups),
    Rule("Looks at the test part", f"{LOOKS}", "doubt", _looks),
    Rule("Weights to begin with", "drawn at random", "caution", _begun_from),
    Rule(
        "Test images",
        f"accuracy known within ±{figures.WIDE:g} (Wilson)",
        "caution",
        _few,
    ),
    Rule("Width of the interval", f"{100 * WIDEST:g} points", "caution", _wide),
    Rule("Test images of each class", f"{FEWEST_OF_CLASS} or more", "caution", _few_of_class),
    Rule("Classes in the test part", "all", "caution", _without_images),
    Rule("Strata alike", "differences that may be chance (p 0.05)", "caution", strata.doubtful),
    Rule("Curves", "level", "caution", _curves),
    Rule("Training above test accuracy", f"{100 * GAP:g} points", "caution", _gap),
    Rule("Balance of the classes", f"less than {IMBALANCE:g} to 1", "caution", _imbalance),
    Rule(
        "Probabilities above what is right",
        f"{100 * OVERCONFIDENT:g} points",
        "caution",
        _confidence,
    ),
    Rule("Images that can be read", f"{100 * (1 - UNREADABLE):g} %", "caution", _left_out),
)
