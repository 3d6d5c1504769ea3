"""`cnncli cache`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cnncli import console
from cnncli.commands.options import JsonOption
from cnncli.errors import DataError, UsageError


@dataclass(frozen=True)
class Store:
    """One kind of thing that is kept between calls."""

    folder: Callable[[], Path]
    limit: Callable[[], int]
    sizes: Callable[[], list[int]]
    clear: Callable[[], int]

    def describe(self, name: str) -> dict[str, Any]:
        """Return what `cnncli cache --json` says of it."""
        sizes = self.sizes()
        return {
            "name": name,
            "entries": len(sizes),
            "bytes": sum(sizes),
            "limit_bytes": self.limit(),
            "folder": str(self.folder()),
        }


def stores() -> dict[str, Store]:
    """Return what there is, by the name that --clear takes: one entry for each kind."""
    from cnncli.cache import SUMMARIES
    from cnncli.data import cache as images

    return {
        "summaries": Store(
            lambda: SUMMARIES.folder,
            lambda: SUMMARIES.limit_bytes,
            SUMMARIES.sizes,
            SUMMARIES.clear,
        ),
        "images": Store(
            images.folder,
            images.limit,
            lambda: [entry.size for entry in images.entries()],
            images.clear,
        ),
    }


def cache(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="summaries: finished ones of architectures; images: decoded ones for training.",
        ),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove what is kept.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what is kept in your cache directory between calls, and clear it.

    Nothing in it is ever lost: whatever is missing is made again. Without NAME all of it is meant.

    \b
    Examples:
      cnncli cache
      cnncli cache --clear
      cnncli cache summaries --clear
      cnncli cache --json
    """
    chosen = _chosen(names)
    if clear:
        _clear(chosen)
        return
    facts = [store.describe(name) for name, store in chosen.items()]
    if json:
        console.json_result(facts)
        return
    from cnncli.render.cache import table
    from cnncli.render.table import show

    show(table(facts))


def _chosen(names: list[str] | None) -> dict[str, Store]:
    known = stores()
    for name in names or ():
        if name not in known:
            raise UsageError(f'nothing is kept as "{name}"', hint=f"There are {', '.join(known)}.")
    return {name: known[name] for name in names or known}


def _clear(chosen: dict[str, Store]) -> None:
    from cnncli.render.units import size

    for name, store in chosen.items():
        console.result(f"{name}: {size(store.clear())} removed")
    left = [store.folder() for store in chosen.values() if store.sizes()]
    if left:
        raise DataError(f"{left[0]} could not be cleared: permission denied")
