"""Names that are loaded on use: `--help` lists them without importing what they stand for."""

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
    """

    endings: tuple[str, ...] = ()
    text: bool = False

    def load_text(self) -> Any:
        """Import the module and return the function that gives the text."""
        return self._load("text")

    def load_trained(self) -> Any:
        """Import the module and return the function that writes a trained network."""
        return self._load("export_trained")


@dataclass(frozen=True)
class Explainer(Entry):
    """A method that explains a decision; its object is an `explain.method.Method`.

    `by_layer` tells that its map is made of the maps of a layer, and not of the image.
    """

    by_layer: bool = False


EXPORTERS: tuple[Exporter, ...] = (
    Exporter(
        "python",
        "cnncli.exporters.python:export",
        "Keras code",
        takes="architecture",
        endings=(".py",),
        text=True,
    ),
    Exporter(
        "keras",
        "cnncli.exporters.keras_model:export",
        "a model with its weights",
        endings=(".keras",),
    ),
)

METHODS: tuple[Explainer, ...] = tuple(
    Explainer(name, f"cnncli.explain.{name.replace('-', '_')}:maps", help, by_layer=by_layer)
    for name, by_layer, help in (
        ("grad-cam", True, "Maps of a layer, weighted by the mean of their gradients."),
        ("grad-cam-plus-plus", True, "As grad-cam, with more weight where a map counts."),
        ("hires-cam", True, "Maps of a layer times their gradients, place by place."),
        ("score-cam", True, "Maps of a layer, weighted by what is seen through each."),
        ("occlusion", False, "How far the score falls when a part is covered."),
        ("rise", False, "How the probability depends on what random masks show."),
        ("gradient", False, "How the score changes with each pixel."),
        ("gradient-x-input", False, "The gradient times the pixel."),
        ("smoothgrad", False, "The mean size of the gradient over noisy copies."),
        ("integrated-gradients", False, "What each pixel adds to the score, from a baseline on."),
    )
)
# What must fail every check of an explanation; not for users to choose.
CONTROL = Explainer("edges", "cnncli.explain.edges:maps", "An edge detector.")

COMMANDS: tuple[Entry, ...] = (
    Entry(
        "list",
        "cnncli.commands.list_:list_",
        "List the architectures that come with cnncli.",
        "Architectures",
    ),
    Entry(
        "show",
        "cnncli.commands.show:show",
        "Print the YAML of an architecture.",
        "Architectures",
    ),
    Entry(
        "new",
        "cnncli.commands.new:new",
        "Write a commented spec to start from.",
        "Architectures",
    ),
    Entry(
        "validate",
        "cnncli.commands.validate:validate",
        "Check spec files: every problem, with line and column.",
        "Architectures",
    ),
    Entry(
        "import",
        "cnncli.commands.import_:import_",
        "Write a Keras model as a spec.",
        "Architectures",
    ),
    Entry(
        "schema",
        "cnncli.commands.schema:schema",
        "Print the JSON Schema of specs, for editors.",
        "Architectures",
    ),
    Entry(
        "layers",
        "cnncli.commands.layers:layers",
        "List what a spec may say: layers, optimizers, ..., and their arguments.",
        "Architectures",
    ),
    Entry(
        "summary",
        "cnncli.commands.summary:summary",
        "Show the layers of a network, with what each costs.",
        "Inspect",
    ),
    Entry(
        "compare",
        "cnncli.commands.compare:compare",
        "Show networks side by side, and what differs.",
        "Inspect",
    ),
    Entry(
        "diagram",
        "cnncli.commands.diagram:diagram",
        "Draw a network.",
        "Inspect",
    ),
    Entry(
        "neuron",
        "cnncli.commands.neuron:neuron",
        "Compute one neuron step by step, and draw it.",
        "Learn",
    ),
    Entry(
        "activations",
        "cnncli.commands.activations:activations",
        "Draw activation functions and where they saturate.",
        "Learn",
    ),
    Entry(
        "convolve",
        "cnncli.commands.convolve:convolve",
        "Apply kernels to an image, as a Conv2D does.",
        "Learn",
    ),
    Entry(
        "kernels",
        "cnncli.commands.kernels:kernels",
        "List the kernels by name, with their matrices.",
        "Learn",
    ),
    Entry(
        "pool",
        "cnncli.commands.pool:pool",
        "Pool an image or a matrix, window by window.",
        "Learn",
    ),
    Entry(
        "samples",
        "cnncli.commands.samples:samples",
        "List the samples, or write images whose causes are known.",
        "Learn",
    ),
    Entry(
        "data",
        "cnncli.commands.data:data",
        "Check a folder of images before training on it.",
        "Train",
    ),
    Entry(
        "train",
        "cnncli.commands.train:train",
        "Train a network on a folder of images, or go on with a run.",
        "Train",
    ),
    Entry(
        "evaluate",
        "cnncli.commands.evaluate:evaluate",
        "Measure a trained network on images.",
        "Train",
    ),
    Entry(
        "predict",
        "cnncli.commands.predict:predict",
        "Predict the class of images.",
        "Train",
    ),
    Entry(
        "cache",
        "cnncli.commands.cache:cache",
        "Show and clear what is kept between calls.",
        "Train",
    ),
    Entry(
        "runs",
        "cnncli.commands.runs:runs",
        "Show training runs side by side, or what differs between two.",
        "Train",
    ),
    Entry(
        "features",
        "cnncli.commands.features:features",
        "Show what each layer makes of an image.",
        "Look inside",
    ),
    Entry(
        "explain",
        "cnncli.commands.explain:explain",
        "Show what in an image speaks for its class.",
        "Look inside",
    ),
    Entry(
        "export",
        "cnncli.commands.export:export",
        "Write an architecture as Python code or as a Keras model.",
        "Share",
    ),
)
