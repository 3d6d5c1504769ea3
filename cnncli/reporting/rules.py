"""What is asked of every run before its figures are believed: rules, their bounds, their words.

A rule returns what is to be said, or None where there is nothing to hold against the run. The
bounds are conventions and no laws of nature; docs/report.md says where each comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnncli.data import grouping
from cnncli.data.index import Item
from cnncli.metrics import deciding, figures
from cnncli.reporting import ancestry, looks, strata
from cnncli.reporting.asking import Answer, Rule, of_each
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Material
from cnncli.reporting.words import ends, interval, listed, percent, width
from cnncli.training import overlap
from cnncli.words import counted

CHANCE_AUC = 0.5  # of a ranking that knows nothing
FEWEST_OF_CLASS = 20  # test images of a class; of fewer, one image is more than 5 % of its recall
IMBALANCE = 3.0  # training images of the largest class, for one of the smallest
OVERCONFIDENT = 0.1  # mean probability of the predicted classes above the share that is right
UNREADABLE = 0.01  # share of the images found
# Training accuracy above that of the test part.
GAP = 0.15


def answers(of: Subject) -> list[Answer]:
    """Apply every rule; doubts stand before cautions."""
    return [Answer(rule, rule.ask(of)) for rule in RULES]


def _no_test(of: Subject) -> str | None:
    if of.part == "test":
        return None
    if of.part is None:
        return "There is neither a test part nor a validation part: nothing was measured."
    held_back = isinstance(of, Material) and of.record.get("test_held_back")
    why = "The test part was not looked at yet" if held_back else "There is no test part"
    return (
        f"{why}. The figures are of the validation part, which chose the epoch that is kept: they "
        "flatter."
    )


def _no_better(of: Subject) -> str | None:
    found, made = ends(of.figures, "accuracy"), of.tested
    if found is None or made is None:
        return None
    largest, count = Counter(made.labels.tolist()).most_common(1)[0]
    share = count / len(made.labels)
    if found[0] > share:
        return None
    where = "within" if share <= found[1] else "above"
    return (
        f"It is not shown to be better than always answering {of.classes[largest]}, which is right "
        f"for {percent(share)}: that lies {where} the interval of the accuracy "
        f"({interval(of.figures, 'accuracy')}).{_ranking(of)}"
    )


def _ranking(of: Subject) -> str:
    """Return what the AUC shows beside that: how images are ranked, and not what is answered."""
    found = ends(of.figures, "auc")
    if found is None or found[1] < CHANCE_AUC:
        return ""
    if found[0] > CHANCE_AUC:
        return (
            " That the interval of the AUC lies above 0.5 shows something else: it ranks images by "
            "their class better than chance, which makes no answer right by itself."
        )
    return (
        " Nor is it shown to rank images by their class better than chance: 0.5 lies within the "
        f"interval of the AUC ({found[0]:.3f} to {found[1]:.3f})."
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


def _few(of: Subject) -> str | None:
    if of.tested is None:
        return None
    half = figures.half_width(of.figures)
    if half <= figures.WIDE:
        return None
    found = ends(of.figures, "accuracy")
    wide = (
        ""
        if found is None
        else (f"; its interval, {interval(of.figures, 'accuracy')}, is {width(*found)} wide")
    )
    return (
        f"{figures.few_images(of.figures)}: the accuracy is known within ±{width(0, half)} "
        f"(Wilson){wide}. Two networks that differ by less may be equally good."
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
    at_half = "" if of.positive is None else f" (the one above {deciding.HALF:g})"
    right = float((made.labels == made.chances.argmax(axis=1)).mean())
    if mean - right <= OVERCONFIDENT:
        return None
    return (
        f"It is surer than it should be: {percent(mean)} in the mean, while its likeliest class"
        f"{at_half} is right for {percent(right)}."
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
    Rule(
        "A test part",
        "images that no choice rested on",
        "doubt",
        _no_test,
        "no images were kept that no choice rested on",
    ),
    Rule(
        "Better than one answer",
        "the interval lies above it",
        "doubt",
        _no_better,
        "it is not shown to be better than one answer for all images",
    ),
    Rule(
        "Several answers",
        "not one class for all images",
        "doubt",
        _one_answer,
        "it gives one answer for all images",
    ),
    Rule(
        "Test images not trained on",
        "none, by content and group",
        "doubt",
        _leaks,
        "test images, or images that belong with them, were trained on",
    ),
    Rule(
        "Groups kept together",
        "where file names suggest groups",
        "doubt",
        _groups,
        "images of one group may stand on both sides",
    ),
    Rule(
        "Looks at the test part",
        f"{looks.ENOUGH}: by train, and one more",
        "doubt",
        looks.ask,
        f"the test part was looked at more than {counted(looks.ENOUGH, 'time')}",
    ),
    Rule(
        "Weights to begin with",
        "drawn at random, or from images that are not tested on",
        "caution",
        of_each(ancestry.ask),
    ),
    Rule(
        "Test images",
        f"accuracy known within ±{100 * figures.WIDE:g} points (Wilson)",
        "caution",
        _few,
    ),
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
