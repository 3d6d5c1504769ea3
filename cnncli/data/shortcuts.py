"""What gives the classes away without a look at the pictures: formats, sizes and the like.

A network that learns such a thing has good figures, and knows nothing of what is in the pictures
(R. Geirhos et al., "Shortcut Learning in Deep Neural Networks", arXiv 2004.07780). For each class
the best single rule is looked for that tells it from the rest: which values of a property it has,
or on which side of a threshold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.metrics.intervals import exact_interval
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

# Balanced accuracy from which a rule is worth a look, and from which it spoils the figures.
LOOK, WRONG = 0.9, 0.97
# How likely the best of all rules may be as good by chance, in classes that no rule tells, and
# the fewest images of a class that a rule is believed of.
CHANCE = 0.01
FEWEST_IMAGES = 5
NAMED = 3  # values, and classes
_RARE = "one that no other image has"


@dataclass(frozen=True)
class Property:
    """Something that is known of each image: as texts, or as numbers (N)."""

    name: str
    values: Sequence[str] | np.ndarray


@dataclass(frozen=True)
class Rule:
    """A rule that takes images for those of a class, and how often it is right.

    `condition` says which, `otherwise` which others are left; `hits` of the `of_class` images of
    the class fulfil it, and `mistaken` of the `others`. It is the best of `tried` rules.
    """

    label: str
    condition: str
    otherwise: str
    hits: int
    of_class: int
    mistaken: int
    others: int
    tried: int = 1

    @property
    def balanced_accuracy(self) -> float:
        return (self.hits / self.of_class + 1 - self.mistaken / self.others) / 2

    def interval(self) -> tuple[float, float]:
        """Return 95 % of the balanced accuracy, by those of sensitivity and specificity.

        Each is Clopper and Pearson's; of their mean: R. Newcombe, Statistics in Medicine 17 (1998).
        """
        right = ((self.hits, self.of_class), (self.others - self.mistaken, self.others))
        low = high = 0.0
        for number, of in right:
            below, above = exact_interval(number, of)
            low, high = low + (number / of - below) ** 2, high + (above - number / of) ** 2
        middle = self.balanced_accuracy
        return middle - low**0.5 / 2, middle + high**0.5 / 2

    def chance(self) -> float:
        """Return how likely so many hits are if the rule knows nothing (R. Fisher's exact test)."""
        from scipy.stats import hypergeom

        chosen, images = self.hits + self.mistaken, self.of_class + self.others
        return float(hypergeom.sf(self.hits - 1, images, self.of_class, chosen)) * self.tried


@dataclass(frozen=True)
class Shortcut:
    """The rules of one property that tell classes apart, the best first."""

    name: str
    rules: Sequence[Rule]
    classes: int

    @property
    def wrong(self) -> bool:
        return self.rules[0].balanced_accuracy >= WRONG

    def __str__(self) -> str:
        first = self.rules[0]
        if self.classes == 2:
            return (
                f"{self.name} tells the classes apart: {first.condition} is {first.label}, "
                f"{first.otherwise} is not ({_accuracy(first)})"
            )
        told = [f"{rule.label} is {rule.condition} ({_accuracy(rule)})" for rule in self.rules]
        more = len(told) - NAMED
        return (
            f"{self.name} tells {counted(len(told), 'class')} from the others: "
            f"{'; '.join(told[:NAMED])}{f'; and {more:,} more' if more > 0 else ''}"
        )


def _accuracy(rule: Rule) -> str:
    low, high = rule.interval()
    return f"balanced accuracy {rule.balanced_accuracy:.2f}, {low:.2f}-{high:.2f}"


def find(labels: Sequence[str], families: Iterable[Sequence[Property]]) -> list[Shortcut]:
    """Return what tells classes from the others, of each family the best property.

    Properties of one family say much the same (the size of an image and its proportions): they
    would all be told for one cause.
    """
    classes = Counter(labels)
    if len(classes) < 2:
        return []
    rules = [
        [(each.name, list(_rules(labels, each))) for each in family if _varies(each)]
        for family in families
    ]
    properties = sum(map(len, rules))
    tried = properties * (len(classes) if len(classes) > 2 else 1)  # of two, one tells the other
    told = []
    for family in rules:
        found = [
            Shortcut(name, believed, len(classes))
            for name, made in family
            if (believed := _believed(made, tried))
        ]
        if found:
            told.append(max(found, key=lambda each: each.rules[0].balanced_accuracy))
    return told


def _believed(rules: Sequence[Rule], tried: int) -> list[Rule]:
    good = [
        rule
        for rule in rules
        if rule.balanced_accuracy >= LOOK
        and min(rule.of_class, rule.others) >= FEWEST_IMAGES
        and rule.chance() * tried <= CHANCE
    ]
    return sorted(good, key=lambda rule: -rule.balanced_accuracy)


def _varies(each: Property) -> bool:
    return len(set(each.values)) > 1


def _rules(labels: Sequence[str], each: Property) -> Iterator[Rule]:
    if isinstance(each.values, Sequence):
        return _of_values(labels, each.values)
    return _of_numbers(labels, each.values)


def _of_values(labels: Sequence[str], values: Sequence[str]) -> Iterator[Rule]:
    """Yield the rule of each class: the values that more of its images have than of the rest.

    Each image is judged by the others, as an image of its own value always speaks for itself.
    """
    whole = Counter(values)
    values = [value if whole[value] > 1 else _RARE for value in values]
    of_value, of_class = Counter(values), Counter(labels)
    of_pair: dict[str, dict[str, int]] = {}
    for (label, value), count in Counter(zip(labels, values, strict=True)).items():
        of_pair.setdefault(label, {})[value] = count
    for label in sorted(of_class):
        number, others = of_class[label], len(labels) - of_class[label]
        hits = mistaken = 0
        speaking = []
        for value, count in of_pair[label].items():
            elsewhere = of_value[value] - count
            hits += count * ((count - 1) * others > elsewhere * (number - 1))
            mistaken += elsewhere * (count * (others - 1) > (elsewhere - 1) * number)
            if count * others > elsewhere * number:
                speaking.append(value)
        speaking.sort(key=lambda value: (value == _RARE, -of_value[value], value))
        yield Rule(
            label, *_described(speaking, of_value), hits, number, mistaken, others
        )  # fmt: skip


def _described(speaking: Sequence[str], of_value: Counter[str]) -> tuple[str, str]:
    """Say which values speak for a class and which do not: the longer list by the shorter one."""
    if len(of_value) - len(speaking) > NAMED:
        return _either(speaking), "any other"
    silent = _either([value for value, _ in of_value.most_common() if value not in speaking])
    return (_either(speaking) if len(speaking) <= NAMED else "any other"), silent


def _either(values: Sequence[str]) -> str:
    more = len(values) - NAMED
    return " or ".join([*values[:NAMED], *([f"{more:,} more"] if more > 0 else [])])


def _of_numbers(labels: Sequence[str], values: np.ndarray) -> Iterator[Rule]:
    """Yield the best threshold for each class: where the two distributions differ most.

    That difference is the statistic of A. Kolmogorov and N. Smirnov; the balanced accuracy is
    half of it above one half.
    """
    import numpy as np

    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.searchsorted(ordered, ordered, "left")  # images below, and up to, each value
    last = np.searchsorted(ordered, ordered, "right")
    names, class_of = np.unique(np.asarray(labels)[order], return_inverse=True)
    by_class = np.split(np.argsort(class_of, kind="stable"), np.cumsum(np.bincount(class_of))[:-1])
    thresholds = len(np.unique(ordered)) - 1
    for label, places in zip(names.tolist(), by_class, strict=True):
        number, others = len(places), len(labels) - len(places)
        up_to = np.searchsorted(places, last[places])  # of the class, up to each of its values
        before = np.searchsorted(places, first[places])
        low = up_to / number - (last[places] - up_to) / others
        high = before / number - (first[places] - before) / others
        if low.max() >= -high.min():
            cut, hits = last[places][low.argmax()], up_to[low.argmax()]
            mistaken, sides = cut - hits, ("below", "above")
        else:
            cut, hits = first[places][high.argmin()], number - before[high.argmin()]
            mistaken, sides = len(labels) - cut - hits, ("above", "below")
        cut = min(max(int(cut), 1), len(labels) - 1)
        between = f"{_between(ordered[cut - 1], ordered[cut]):.4g}"
        yield Rule(
            label, f"{sides[0]} {between}", f"{sides[1]} it", int(hits), number, int(mistaken),
            others, tried=2 * thresholds,
        )  # fmt: skip


def _between(low: float, high: float) -> float:
    return float(low + high) / 2
