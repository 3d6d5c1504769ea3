"""A name that is loaded on use: what it is, what it needs, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from cnncli.errors import UsageError
from cnncli.extras import Extra

Takes = Literal["architecture", "weights", "either"]

_TAKES: Mapping[Takes, str] = {
    "architecture": "without trained weights",
    "weights": "of a trained network only",
}


@dataclass(frozen=True)
class Entry:
    """A name, the help line that lists it, and where its object stands (``module:attribute``).

    `requires` is the extra without which it does not work. `takes` tells what of a network it
    works on: the architecture alone (trained weights are left out), trained weights (without
    them it is refused), or whichever of the two there is.
    """

    name: str
    target: str
    help: str
    group: str = ""
    requires: Extra | None = None
    takes: Takes = "either"

    @property
    def about(self) -> str:
        """The name with what it is and needs, as a help text lists it among others."""
        needs = f"needs cnncli[{self.requires.name}]" if self.requires else None
        said = filter(None, (self.help, _TAKES.get(self.takes), needs))
        return f"{self.name} ({', '.join(said)})"

    def works(self, *, trained: bool) -> bool:
        """Whether `check` lets it through."""
        has_all = self.requires is None or not self.requires.missing()
        return has_all and (trained or self.takes != "weights")

    def check(self, option: str, network: str, *, trained: bool) -> None:
        """Raise the error that says why this cannot work on `network`, before it is loaded.

        NotInstalledError where a package is missing, UsageError where there are no weights.
        """
        what = f"{option} {self.name}"
        if self.requires is not None:
            self.requires.check(what)
        if self.takes == "weights" and not trained:
            raise UsageError(
                f"{what} needs trained weights, and {network} has none",
                hint=f"Train it first: cnncli train DATA --arch {network}",
            )

    def load(self) -> Any:
        """Import the module and return the object."""
        return self._load(self.target.partition(":")[2])

    def _load(self, attribute: str) -> Any:
        return getattr(import_module(self.target.partition(":")[0]), attribute)


@dataclass(frozen=True)
class Exporter(Entry):
    """A format that a network is written in, and the endings of its files.

    Its object is `export(architecture, path)`. Beside it in the module stand `text(architecture)`
    where the format is text, and, unless it takes the architecture alone,
    `export_trained(file, path)` for the `.keras` file of a run.

    Where another program runs the network its object is an `exporters.format.Format`. `folder`
    tells that it is a folder, and which file is in each of that kind, `quantize` with which
    fewer bits it can be written.
    """

    endings: tuple[str, ...] = ("",)
    text: bool = False
    folder: str | None = None
    quantize: tuple[str, ...] = ()

    @property
    def checked(self) -> bool:
        """Whether its object is a Format: another program runs what is written."""
        return self.target.endswith(":FORMAT")

    def load_text(self) -> Any:
        """Import the module and return the function that gives the text."""
        return self._load("text")

    def load_trained(self) -> Any:
        """Import the module and return the function that writes a trained network."""
        return self._load("export_trained")


@dataclass(frozen=True)
class Explainer(Entry):
    """A method that explains a decision; its object is an `explain.method.Method`.

    `by_layer` tells that its map is made of the maps of a layer, and not of the image; `by_size`
    that the sizes of its values count: their signs, if it has any, are not for or against a class;
    `by_answers` that it needs a network's answers alone, and looks at nothing inside.
    """

    by_layer: bool = False
    by_size: bool = False
    by_answers: bool = False
