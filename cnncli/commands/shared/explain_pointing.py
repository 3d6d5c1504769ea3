"""What `cnncli explain --truth` says: how often each method points at the known cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.commands.shared.explain_outputs import Collecting, Explained
from cnncli.explain.pointing import TOLERANCE, Score, mean, score, seen
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.data.known_causes import Causes
    from cnncli.images.blobs import Box
    from cnncli.images.resize import Resize

Way = tuple[str, str | None]  # a method, and the layer whose maps it takes


def pointing(truth: str | None, *, as_json: bool) -> Callable[[Resize], list[Pointing]]:
    """Read the table that --truth names, if any; return what makes its output for a network."""
    from cnncli.data.known_causes import causes

    if truth is None:
        return lambda resize: []
    known = causes(truth)
    return lambda resize: [Pointing(known, resize, as_json=as_json)]


class Pointing(Collecting):
    """Scores the maps of images with a known cause, and says at the end how each method did.

    A map counts if it is of the image's own class, where that is known: the cause speaks for it.
    """

    def __init__(self, causes: Causes, resize: Resize, *, as_json: bool) -> None:
        super().__init__()
        self._causes, self._resize, self._as_json = causes, resize, as_json
        self._scores: dict[Way, list[Score]] = {}
        self._missed: dict[Way, list[str]] = {}
        self._without = self._others = 0

    def take(self, each: Explained) -> None:
        pixels = each.explanation.pixels
        if pixels is None:
            return
        box = self._box(each, (pixels.shape[0], pixels.shape[1]))
        if box is None:
            self._without += 1
            return
        for one in each.explanation.maps:
            if each.truth not in (None, one.target):
                self._others += 1
                continue
            found = score(one.method, one.values, (pixels.shape[0], pixels.shape[1]), box)
            if found is None:
                continue
            way = one.method, one.layer
            self._scores.setdefault(way, []).append(found)
            if not found.points:
                self._missed.setdefault(way, []).append(each.explanation.prediction.file)

    def _box(self, each: Explained, size: tuple[int, int]) -> Box | None:
        """Return where the cause lies in the image as the network sees it."""
        from cnncli.images.reader import read

        found = self._causes.of(each.source) if each.source is not None else None
        if found is None or each.source is None:
            return None
        height, width = read(each.source).pixels.shape[:2]
        return seen(found, (height, width), size, self._resize)

    def _finish(self) -> None:
        if self._without:
            console.note(
                f"{self._causes.name} knows no cause in {counted(self._without, 'image')}: "
                "not counted."
            )
        if self._others:
            console.note(
                f"{counted(self._others, 'map')} of a class that is not the image's own: not "
                "counted. --class NAME asks for one class in all of them."
            )
        if not self._scores:
            console.warn(f"no map of an image in {self._causes.name}: nothing to score")
        if self._as_json:
            from cnncli.json_text import dumps

            console.result(dumps({"truth": list(self._documents())}))
        elif self._scores:
            self._show()

    def _documents(self) -> Iterator[dict[str, Any]]:
        for way, scores in self._scores.items():
            found = mean(scores)
            yield {
                "method": way[0],
                "layer": way[1],
                "images": found.images,
                "pointing": found.pointing,
                "energy": found.energy,
                "area": found.area,
                "lift": found.lift,
                "missed": self._missed.get(way, []),
            }

    def _show(self) -> None:
        from cnncli.render.terminal.table import Column, Table, show

        headers = ("images", "pointing", "energy", "area", "lift")
        columns = [Column("method"), Column("layer", priority=1)]
        columns += [Column(header, align="right") for header in headers]
        rows = []
        for (method, layer), scores in self._scores.items():
            found = mean(scores)
            figures = (f"{found.pointing:.2f}", f"{found.energy:.3f}", f"{found.area:.3f}")
            lift = f"{found.lift:.1f}"
            rows.append((method, layer or "", f"{found.images:,}", *figures, lift))
        show(Table(columns=columns, rows=rows))
        console.note(
            "pointing: the share of images in which the peak lies on the cause, "
            f"{TOLERANCE} pixels away at most; energy: the share of the map on the cause; "
            "area: its share of the image; lift: energy by area."
        )
