"""From folders (or a table) to classes: folders below each other joined, classes merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnncli.data import index, labels
from cnncli.data.index import Index
from cnncli.data.labels import Labels
from cnncli.errors import UsageError
from cnncli.images.samples import is_sample


@dataclass(frozen=True)
class Classing:
    """How the classes come about.

    `depth` folders below DATA name a class ("a/b" of 2); `merged` maps a class to the one that
    takes its place.
    """

    depth: int = 1
    merged: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the same for JSON."""
        return {"depth": self.depth, "merge": dict(self.merged)}


PLAIN = Classing()


def recorded(said: Mapping[str, Any]) -> Classing:
    """Return what `Classing.record` wrote."""
    return Classing(int(said.get("depth", 1)), dict(said.get("merge", {})))


def parse_merge(texts: Sequence[str]) -> dict[str, str]:
    """Read `NEW=CLASS,CLASS`, any number of times; UsageError for what cannot be meant."""
    merged: dict[str, str] = {}
    for text in texts:
        new, _, rest = (part.strip() for part in text.partition("="))
        old = [name.strip() for name in rest.split(",") if name.strip()]
        if not new or not old:
            raise UsageError(
                f"--merge {text}: not NEW=CLASS,CLASS",
                hint="For example: --merge 'ill=pneumonia,effusion'",
            )
        for name in old:
            if merged.get(name, new) != new:
                raise UsageError(f"--merge: {name} cannot become both {merged[name]} and {new}")
            merged[name] = new
    return merged


def find(
    data: str | Path, table: Labels | None, classing: Classing = PLAIN, *, strict: bool = True
) -> Index:
    """List the images of `data`, their classes by its folders or by a table.

    Raises DataError when there is none; with `strict`, UsageError for a class to merge that there
    is not, and for a depth where no folders say the classes.
    """
    depth = classing.depth if table is None and not is_sample(str(data)) else 1
    if strict and depth < classing.depth:
        raise UsageError(
            f"--depth {classing.depth} is for folders of classes",
            hint="Here the classes come from "
            + ("the table of --labels." if table is not None else "the sample."),
        )
    if table is not None:
        found = labels.find(data, table, classing.merged)
    else:
        found = _relabelled(index.find(data, depth), classing.merged)
    if strict and found.unmerged:
        raise UsageError(
            f"--merge: {found.name} has no class {', '.join(found.unmerged)}",
            hint=f"Its classes: {', '.join(found.classes)}",
        )
    return found


def _relabelled(found: Index, merged: Mapping[str, str]) -> Index:
    if not merged:
        return found
    return replace(
        found,
        items=tuple(
            item._replace(label=merged.get(item.label, item.label)) for item in found.items
        ),
        empty_classes=tuple(name for name in found.empty_classes if name not in merged),
        unmerged=tuple(sorted(set(merged) - set(found.classes) - set(found.empty_classes))),
    )
