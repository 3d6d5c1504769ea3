"""What a folder of images holds and what is wrong with it, before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cnncli.data import copies, findings
from cnncli.data.facts import Looks
from cnncli.data.finding import Finding
from cnncli.data.index import Index, Item, Unreadable
from cnncli.data.scan import Progress, scan
from cnncli.data.split import Split, TooFewError, check, split
from cnncli.data.split_options import Options
from cnncli.data.store import collect
from cnncli.errors import DataError
from cnncli.images.prepare import Colour, Range

if TYPE_CHECKING:
    import numpy as np

DIGIT = 32  # pixels: the side of a handwritten digit


@dataclass(frozen=True)
class Report:
    """The images that can be read (`facts[i]` is of `items[i]`), and what was found.

    `split` is None where the images cannot be split, for the reason that a finding tells.
    """

    index: Index
    items: tuple[Item, ...]
    facts: np.ndarray
    unreadable: tuple[Unreadable, ...]
    split: Split | None
    value_range: Range | None = None
    background: Colour | None = None
    findings: tuple[Finding, ...] = field(default=())

    @property
    def wrong(self) -> bool:
        """Whether something was found that spoils training or its figures."""
        return any(finding.wrong for finding in self.findings)

    @property
    def parts(self) -> Sequence[str]:
        return self.split.parts if self.split else [""] * len(self.items)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({item.label for item in self.items}))

    def counts(self) -> dict[str, Counter[str]]:
        """Return class -> part -> number of images."""
        table: dict[str, Counter[str]] = {label: Counter() for label in self.classes}
        for item, part in zip(self.items, self.parts, strict=True):
            table[item.label][part] += 1
        return table

    def values(self, name: str) -> list[str]:
        """Return the format, mode, depth, orientation or size of each image as text."""
        if name == "size":
            sizes = zip(self.facts["height"].tolist(), self.facts["width"].tolist(), strict=True)
            return [f"{height} x {width}" for height, width in sizes]
        values = self.facts[name].tolist()
        return [v.decode() if isinstance(v, bytes) else str(v) for v in values]

    def kinds(self, name: str) -> Counter[str]:
        """Return how many images there are of each of `values`."""
        return Counter(self.values(name))

    @property
    def usual_size(self) -> str:
        return self.kinds("size").most_common(1)[0][0]

    @property
    def tiny(self) -> bool:
        """Whether most images are grey and no larger than those of handwritten digits."""
        import numpy as np

        sides = np.maximum(self.facts["height"], self.facts["width"])
        return bool(np.median(sides) <= DIGIT and self.facts["grey"].mean() > 0.5)

    def levels(self, label: str | None = None) -> tuple[float, float]:
        """Return mean and standard deviation of the pixel values 0..255 of a class, or of all.

        Each image counts alike, whatever its size.
        """
        import numpy as np

        chosen = [label is None or item.label == label for item in self.items]
        means = self.facts["mean"][np.array(chosen)].astype(float)
        spreads = self.facts["spread"][np.array(chosen)].astype(float)
        mean = means.mean()
        return float(mean), float(np.sqrt((spreads**2 + means**2).mean() - mean**2))


def examine(
    index: Index,
    options: Options,
    *,
    value_range: Range | None = None,
    background: Colour | None = None,
    near: bool = False,
    progress: Callable[[str], AbstractContextManager[Progress]],
) -> Report:
    """Read every image of `index` once and say what is in it.

    With `near`, almost equal pictures are looked for as well. `progress` makes of a word for the
    work a function that gets (done, all). Raises DataError when no image can
    be read, and what `split.check` raises.
    """
    check(index.items, options)
    with progress("Reading images") as show:
        looks = Looks(spread=True, grey=True, near=near)
        seen = scan(
            index.items,
            None,
            show,
            value_range=value_range,
            background=background,
            looks=looks,
        )
        table, unread = collect(index.items, seen)
    ok = table["ok"]
    items = tuple(item for item, good in zip(index.items, ok.tolist(), strict=True) if good)
    facts = table[ok]
    unreadable = tuple(sorted((*index.unreadable, *unread), key=lambda one: one.file))
    if not items:
        first = unreadable[0]
        raise DataError(
            f"{index.name} holds no image that can be read",
            hint=f"The first: {first.file}: {first.reason}",
        )
    divided, refused = None, ""
    try:
        divided = split(items, options, facts["digest"])
    except TooFewError as error:
        refused = error.message
    report = Report(index, items, facts, unreadable, divided, value_range, background)
    sets: list[list[int]] = []
    if near:
        with progress("Comparing images") as show:
            sets = copies.near(facts, show)
    found = findings.of(report, refused=refused, near=sets)
    return replace(report, findings=tuple(found))
