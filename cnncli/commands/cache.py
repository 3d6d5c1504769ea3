"""`cnncli cache`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cnncli import console
from cnncli.cache import CACHES, Cache
from cnncli.commands.shared.applies import NotWith
from cnncli.commands.shared.options import JsonOption
from cnncli.errors import DataError, UsageError


def cache(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="summaries; images, decoded for training; weights of pretrained networks.",
        ),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove what is kept.")] = False,
    json: Annotated[JsonOption, NotWith("clear")] = False,
) -> None:
    """Show what is kept in your cache directory between calls, and clear it.

    Nothing in it is ever lost: whatever is missing is made again, and weights are fetched again
    when a network needs them. Without NAME, all kinds.

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
    from cnncli.render.terminal.cache import table
    from cnncli.render.terminal.table import show

    if json:
        console.json_result([_describe(store) for store in chosen])
    else:
        show(table([_describe(store) for store in chosen]))


def _chosen(names: list[str] | None) -> list[Cache]:
    known = {store.name: store for store in CACHES}
    for name in names or ():
        if name not in known:
            raise UsageError(f'nothing is kept as "{name}"', hint=f"There are {', '.join(known)}.")
    return [known[name] for name in names or known]


def _describe(store: Cache) -> dict[str, Any]:
    sizes = [size for _, size in store.entries()]
    return {
        "name": store.name,
        "help": store.help,
        "entries": len(sizes),
        "bytes": sum(sizes),
        "limit_bytes": store.limit_bytes,
        "folder": str(store.folder),
    }


def _clear(chosen: list[Cache]) -> None:
    from cnncli.render.terminal.units import size

    for store in chosen:
        count, freed = store.clear()
        console.result(f"{store.name}: {count:,} removed, {size(freed)}")
    left = [store.folder for store in chosen if any(store.files())]
    if left:
        raise DataError(f"{left[0]} could not be cleared: permission denied")
