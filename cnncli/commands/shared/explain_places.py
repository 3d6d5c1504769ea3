"""Where the results of `cnncli explain` go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.commands.shared import outputs, pictures
from cnncli.commands.shared.explain_outputs import JsonLines, Notes, Output, RawMaps
from cnncli.commands.shared.explain_pages import Sheets
from cnncli.commands.shared.explain_pages import pages as pages_for
from cnncli.commands.shared.explain_verdicts import Verdicts
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Source


@dataclass(frozen=True)
class Places:
    """Where the results go: a file of all maps, pages, lines of JSON, whichever are asked for."""

    raw: outputs.Destination | None
    pages: Sequence[outputs.Destination]
    as_json: bool

    def open(self, title: str, *, several: bool) -> Iterator[Output]:
        """Yield what takes the explanations; `several` as in `explaining.key_of`."""
        yield Notes(failures=not self.as_json)
        yield Verdicts()
        if self.as_json:
            yield JsonLines(several=several)
        if self.raw is not None:
            yield RawMaps(self.raw, several=several)
        if self.pages:
            yield Sheets(self.pages, f"Why {title} decides so")


def places(
    images: Sequence[Source],
    raw: Path | None,
    output: Path | None,
    *,
    force: bool,
    as_json: bool,
    scored: bool,
) -> Places:
    """Return where the results for images go; raises UsageError where two want standard output.

    With JSON, a file of all maps or scores, pages are drawn only where `output` names them.
    """
    pictures.alone(output, json=as_json, raw=raw == outputs.STDOUT, truth=scored)
    if raw == outputs.STDOUT and (as_json or scored):
        other = "--json" if as_json else "--truth"
        raise UsageError(f"--raw - and {other} both want standard output")
    stored = None
    if raw is not None:
        stored = pictures.destination(raw, force, "maps.npz", (".npz",))
    pages: list[outputs.Destination] = []
    if output is not None or not (as_json or raw or scored):
        pages = pages_for(output, images, force=force)
    return Places(stored, pages, as_json)
