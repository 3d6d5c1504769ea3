"""What `cnncli explain` makes of explanations as they come: notes, lines, a file of all maps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self
from zipfile import ZipFile

from cnncli import console
from cnncli.commands.shared import outputs
from cnncli.commands.shared.trained import Doubts
from cnncli.explain.explaining import Explanation, Map, key_of
from cnncli.json_text import dumps
from cnncli.words import counted

if TYPE_CHECKING:
    pass

NAMED = 3  # images that a note names


@dataclass(frozen=True)
class Explained:
    """An explanation, the true class where it is known, what the image is called by scripts, and
    where it is read from."""

    explanation: Explanation
    truth: str | None
    key: str
    source: str | None

    @property
    def is_done(self) -> bool:
        """Whether the image could be read."""
        return self.explanation.prediction.error is None


class Output(Protocol):
    """Takes explanations one after the other, within a `with`."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def take(self, each: Explained) -> None:
        """Make use of one."""


class Collecting:
    """What they have in common: files that are closed at the end, removed after a failure."""

    def __init__(self) -> None:
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        if raised[0] is None:
            self._finish()
        self._files.__exit__(*raised)

    def _finish(self) -> None:
        """Write what is left."""


class JsonLines(Collecting):
    """A line of JSON for each image, as soon as it is known."""

    def __init__(self, *, several: bool) -> None:
        super().__init__()
        self._several = several

    def take(self, each: Explained) -> None:
        prediction = each.explanation.prediction
        said: dict[str, Any] = {"image": prediction.file}
        if each.is_done:
            said |= {
                "predicted": prediction.predicted,
                "probability": prediction.probability,
                "label": each.truth,
                "maps": [self._map(each.key, one) for one in each.explanation.maps],
            }
        else:
            said["error"] = prediction.error
        console.result(dumps(said))
        sys.stdout.flush()

    def _map(self, image: str, each: Map) -> dict[str, Any]:
        return {
            "method": each.method,
            "layer": each.layer,
            "class": each.target,
            "empty": each.is_empty,
            "key": key_of(image, each, several=self._several),
            "shape": list(each.values.shape),
            "min": float(each.values.min()),
            "max": float(each.values.max()),
            "figures": dict(each.figures),
            "verdicts": {name: said.document for name, said in each.verdicts.items()},
        }


class RawMaps(Collecting):
    """One .npz file with all maps; each is written when it comes, so that memory does not grow."""

    def __init__(self, place: outputs.Destination, *, several: bool) -> None:
        super().__init__()
        self._several = several
        self._archive = ZipFile(self._files.enter_context(outputs.writing(place)), "w")
        self._files.enter_context(self._archive)

    def take(self, each: Explained) -> None:
        import numpy as np

        for one in each.explanation.maps:
            name = key_of(each.key, one, several=self._several)
            with self._archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, one.values, allow_pickle=False)


class Notes(Collecting):
    """Says which images failed, and at the end which maps are empty or incomplete."""

    def __init__(self, *, failures: bool) -> None:
        super().__init__()
        self._failures = failures
        self._doubts = Doubts()
        self._empty: dict[str, list[str]] = {}
        self._figures: list[Mapping[str, Any]] = []

    def take(self, each: Explained) -> None:
        prediction = each.explanation.prediction
        self._doubts.take(prediction)
        if self._failures and not each.is_done:
            console.fail(f"{prediction.file}: {prediction.error}")
        for one in each.explanation.maps:
            if one.is_empty:
                what = f"{one.method}{f' at {one.layer}' if one.layer else ''} for {one.target}"
                self._empty.setdefault(what, []).append(prediction.file)
            if "missed" in one.figures:
                self._figures.append(one.figures)

    def _finish(self) -> None:
        self._doubts.finish()
        for what, files in self._empty.items():
            listed = ", ".join(files[:NAMED]) + (", ..." if len(files) > NAMED else "")
            console.note(
                f"Empty, as nothing there speaks for the class: {what}, "
                f"{counted(len(files), 'image')} ({listed})."
            )
        if self._figures:
            steps = max(each["steps"] for each in self._figures)
            missed = max(each["missed"] for each in self._figures)
            console.note(
                f"Integrated gradients: baseline {self._figures[0]['baseline']}, up to {steps:,} "
                f"steps; what is missing of a difference of scores: at most {100 * missed:.2f} %."
            )
