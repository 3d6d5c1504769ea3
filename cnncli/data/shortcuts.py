"""What gives the classes away without a look at the pictures: formats, sizes and the like.

A network that learns such a thing has good figures, and knows nothing of what is in the pictures
(R. Geirhos et al., "Shortcut Learning in Deep Neural Networks", arXiv 2004.07780).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# At most one in so many may be otherwise: of the images that have the values, of the class, and
# of all other images.
OTHERWISE = 20
FEWEST_IMAGES = 4  # of a class: of fewer, chance makes many alike
SHARED_BY = 2  # images: a size that one image has tells nothing
NAMED = 3  # values, and classes


@dataclass(frozen=True)
class Shortcut:
    """Classes that a property of their files tells, each with its values, the usual ones first."""

    values: Mapping[str, Sequence[str]]
    all_classes: bool

    def __str__(self) -> str:
        names = list(self.values)
        told = ", ".join(f"{_either(self.values[name])}: {name}" for name in names[:NAMED])
        more = ", ..." if len(names) > NAMED else ""
        if self.all_classes:
            whom = "the classes apart"
        else:
            noun = "class" if len(names) == 1 else "classes"
            whom = f"the {noun} {', '.join(names[:NAMED])}{more} from the others"
        return f"tells {whom} ({told}{more})"


def find(labels: Sequence[str], values: Sequence[str]) -> Shortcut | None:
    """Return which classes the value of each image tells; None where it tells none.

    What speaks for a class are the values that most of their images have from it.
    """
    of_class, of_value = Counter(labels), Counter(values)
    speaking: dict[str, list[str]] = {}
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for (value, label), count in Counter(zip(values, labels, strict=True)).most_common():
        if of_value[value] >= SHARED_BY and 2 * count > of_value[value]:
            speaking.setdefault(label, []).append(value)
            right[label] += count
            said[label] += of_value[value]
    told = {
        label: speaking[label]
        for label in sorted(speaking)
        if of_class[label] >= FEWEST_IMAGES
        and _sure(right[label], said[label], of_class[label], len(labels))
    }
    return Shortcut(told, len(told) == len(of_class)) if told else None


def _sure(right: int, said: int, of_class: int, images: int) -> bool:
    others = images - of_class
    mistaken, missed = said - right, of_class - right
    # Of the others: where nearly all are of one class, what is common to all would tell it.
    return others > 0 and all(
        OTHERWISE * wrong <= of
        for wrong, of in ((mistaken, said), (missed, of_class), (mistaken, others))
    )


def _either(values: Sequence[str]) -> str:
    more = len(values) - NAMED
    return " or ".join([*values[:NAMED], *([f"{more:,} more"] if more > 0 else [])])
