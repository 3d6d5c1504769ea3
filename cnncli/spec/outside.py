"""Networks from outside as one layer: `applications.NAME`, and `pretrained: {file: ...}`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cnncli.errors import CnncliError
from cnncli.spec import catalog, network_files
from cnncli.spec.application_families import FAMILIES, families, family_of
from cnncli.spec.bounds import FREE, bound
from cnncli.spec.catalog import ClassEntry
from cnncli.spec.graph import EMPTY, Graph, Node, Position
from cnncli.spec.model import LayerUse, Source
from cnncli.spec.network_files import Contents, Scaled
from cnncli.spec.problems import Problems, near
from cnncli.spec.scalars import is_number
from cnncli.spec.tree import shorten

APPLICATIONS = "applications."
PRETRAINED = "pretrained"
IMAGENET = "imagenet"
# What weights may be in a file; a run is a folder.
WEIGHTS = (".keras", ".weights.h5", ".h5")
_TYPES = {
    "alpha": "number",
    "depth_multiplier": "integer",
    "include_top": "bool",
    "minimalistic": "bool",
    "pooling": "avg|max",
    "weights": "text",
}
_BEHIND = "a Dense layer of your own behind it gives the classes"
# Keras's other arguments -> why a spec has no use for them.
_NOT_HERE = {
    "classes": _BEHIND,
    "classifier_activation": _BEHIND,
    "dropout": "a Dropout layer behind it does that",
    "dropout_rate": "a Dropout layer behind it does that",
    "include_preprocessing": "pixels of 0..255 go in, and what prepares them is always within",
    "input_shape": 'it follows what comes in; the file says that as "input:"',
    "input_tensor": "it takes what comes in; another layer by inputs:",
}
_OF_FILE = ClassEntry(
    PRETRAINED,
    {"file": "text", "until": "text", "trainable": "bool", "prepare": "any"},
    ("file",),
    bounds=dict.fromkeys(("file", "until", "trainable", "prepare"), FREE),
)
# The widths for which there are weights of ImageNet.
_ALPHAS: Mapping[str, tuple[float, ...]] = {
    "mobilenet": (0.25, 0.5, 0.75, 1.0),
    "mobilenet_v2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    "mobilenet_v3": (0.75, 1.0),
}
# What `prepare` may be besides a family of networks and a range of values.
STANDARDIZE, RESCALE = "standardize", "rescale"


def is_outside(word: str) -> bool:
    """Whether a word names a network from outside, or is written like one."""
    return word == PRETRAINED or word.startswith(APPLICATIONS)


def names() -> list[str]:
    """Return the words for networks from outside."""
    return [*alone(), PRETRAINED]


def alone() -> list[str]:
    """Return the words that need no argument."""
    return [APPLICATIONS + name for name in catalog.applications()]


@cache
def entry(word: str) -> ClassEntry | None:
    """Return the arguments of a network from outside; None for a word that names none."""
    if word == PRETRAINED:
        return _OF_FILE
    found = catalog.applications().get(word.removeprefix(APPLICATIONS))
    if found is None or not word.startswith(APPLICATIONS):
        return None
    codes = {name: _TYPES[name] for name in found["arguments"] if name in _TYPES}
    codes["trainable"] = "bool"
    return ClassEntry(
        word, codes, (), bounds={name: bound("application", name, EMPTY) for name in codes}
    )


def label(word: str) -> str:
    """Return what names of such a network begin with: mobilenetv2, pretrained."""
    return word.removeprefix(APPLICATIONS).lower()


def why_not(argument: str, word: str) -> str | None:
    """Say why a spec does not give an argument that Keras has; None for one that Keras has not."""
    has = catalog.applications().get(word.removeprefix(APPLICATIONS), EMPTY).get("arguments", ())
    return _NOT_HERE.get(argument) if argument in has else None


def prepares(node: Node | LayerUse) -> bool:
    """Whether a layer says itself how its pixels are prepared, so that 0..255 must go in."""
    word = node.class_name if isinstance(node, Node) else node.word
    return word.startswith(APPLICATIONS) or node.arguments.get("prepare") is not None


def contents_of(node: Node) -> Contents | None:
    """Return what the file of a network tells; None of another layer, and of a file that is none.

    What is wrong with the file is told where it is named.
    """
    file = file_of(node)
    if node.class_name != PRETRAINED or file is None:
        return None
    try:
        return network_files.contents(network_files.of_model(file))
    except CnncliError:
        return None


def scales_itself(node: Node) -> Scaled | None:
    """Return how a network of a file scales its pixels itself; None where it is not known to."""
    there = contents_of(node)
    return there.scaled if there is not None else None


def said_of_scaling(node: Node, scaled: Scaled) -> str:
    """Return the words for that."""
    return _said_of_scaling(network_files.of_model(Path(node.arguments["file"])), scaled)


def _said_of_scaling(path: Path, scaled: Scaled) -> str:
    by = f"by its layer {scaled.layer}" if scaled.layer is not None else "as cnncli trained it"
    return f"{path} scales its pixels itself ({by})"


def beside(source: Source, name: str) -> str:
    """Return the path of a file that a spec names: relative to where the spec stands."""
    try:
        file = Path(name).expanduser()
    except RuntimeError:  # nobody is called so: it is a name like others
        file = Path(name)
    return str(Path(source.name).parent / file)


def nodes(graph: Graph) -> Iterator[Node]:
    """Yield the networks from outside in a graph, those within nested models too."""
    for node in graph.nodes:
        if node.graph is not None:
            yield from nodes(node.graph)
        elif node.kind == "layer" and is_outside(node.class_name):
            yield node


def file_of(node: Node) -> Path | None:
    """Return the file that a network from outside is, or has its weights from."""
    name = node.arguments.get("file" if node.class_name == PRETRAINED else "weights")
    return Path(name) if isinstance(name, str) and name != IMAGENET else None


def is_fetched(node: Node) -> bool:
    """Whether a network from outside has the weights that Keras offers for it on the net."""
    said = node.arguments.get("weights", IMAGENET)
    return node.class_name != PRETRAINED and said == IMAGENET


class Checks:
    """Checks what the arguments of a network from outside say; faults go to `problems`."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def found(
        self, word: str, values: Mapping[str, Any], places: Mapping[str, Position]
    ) -> dict[str, Any]:
        """Return the arguments with paths as they are from here; what is wrong is reported."""
        found = dict(values)
        given = {name: places[name] for name, value in values.items() if name in places}
        if values.get("include_top"):
            self.problems.error(
                given["include_top"],
                f"the classes of ImageNet are not to be had: {word} ends with its features",
                f"leave include_top out; {_BEHIND}",
            )
        self._alpha(word, values, given)
        if values.get("weights", IMAGENET) is None and values.get("trainable") is False:
            self.problems.warn(
                given["weights"],
                f"the weights of {word} are random, and trainable: false keeps them so",
                "weights: imagenet or a file, unless --init or unfreeze mends it",
            )
        if "prepare" in given:
            self._preparation(values["prepare"], given["prepare"])
        key = "file" if word == PRETRAINED else "weights"
        if isinstance(values.get(key), str) and values[key] != IMAGENET:
            found[key] = self._file(word, values[key], given[key])
        if word == PRETRAINED and key in values and Path(found[key]).exists():
            self._contents(network_files.of_model(Path(found["file"])), values, given)
        return found

    def _contents(
        self, path: Path, values: Mapping[str, Any], given: Mapping[str, Position]
    ) -> None:
        """Report what does not fit the network in a file that is there."""
        if not path.name.endswith(".keras"):
            return
        try:
            there = network_files.contents(path)
        except CnncliError as error:
            self.problems.error(given["file"], error.message, error.hint)
            return
        until, prepare = values.get("until"), values.get("prepare")
        if isinstance(until, str) and there.layers and until not in there.layers:
            message = f'{path} has no layer "{shorten(until)}"'
            self.problems.error(
                given["until"], message, network_files.meant_layer(until, there.layers)
            )
        scaled = there.scaled
        if scaled is None or not scaled.from_pixels or prepare is None:
            return
        if _is_preparation(prepare) and not _leaves_pixels(prepare):
            self.problems.error(
                given["prepare"],
                f"{_said_of_scaling(path, scaled)}, and takes 0..255: prepare would do it twice",
                "leave prepare out",
            )

    def _alpha(self, word: str, values: Mapping[str, Any], given: Mapping[str, Position]) -> None:
        own = catalog.applications().get(word.removeprefix(APPLICATIONS), EMPTY)
        known = _ALPHAS.get(own.get("module", ""))
        if "alpha" not in given or known is None or values.get("weights", IMAGENET) != IMAGENET:
            return
        if is_number(values["alpha"]) and values["alpha"] not in known:
            self.problems.error(
                given["alpha"],
                f"there are weights of ImageNet for an alpha of {', '.join(map(str, known))} alone",
                "with weights: null any other will do",
            )

    def _preparation(self, said: Any, where: Position) -> None:
        if _is_preparation(said):
            return
        hint = near(said, [*families(), STANDARDIZE, RESCALE]) if isinstance(said, str) else None
        self.problems.error(
            where,
            '"prepare" is the family that the network is of (resnet, ...), standardize, rescale, '
            "or the range of its inputs, as [-1, 1]",
            hint or f"families: {', '.join(families())}",
        )

    def _file(self, word: str, name: str, where: Position) -> str:
        path = Path(beside(self.problems.source.of(where), name))
        endings = (".keras",) if word == PRETRAINED else WEIGHTS
        hint = None if name.endswith(endings) else near(name, [IMAGENET] * (word != PRETRAINED))
        if not path.exists():
            self.problems.error(where, f"{path}: no such file", hint or _near_file(path))
        elif not path.is_dir() and not name.endswith(endings):
            kinds = "a .keras file" if word == PRETRAINED else "a .keras or .weights.h5 file"
            self.problems.error(where, f"{path} is not {kinds}, and no run directory")
        return str(path)


def _is_preparation(said: Any) -> bool:
    if isinstance(said, tuple):
        return len(said) == 2 and all(is_number(each) for each in said) and said[0] < said[1]
    known = isinstance(said, str) and family_of(said) is not None
    return said in (None, STANDARDIZE, RESCALE) or known


def _leaves_pixels(said: Any) -> bool:
    """Whether a `prepare` is of a family that prepares pixels of 0..255 itself."""
    return isinstance(said, str) and FAMILIES.get(family_of(said) or "") == "none"


def _near_file(path: Path) -> str | None:
    try:
        known = [each.name for each in path.parent.iterdir()]
    except OSError:
        return None
    close = difflib.get_close_matches(path.name, known, n=1)
    return f'did you mean "{close[0]}"?' if close else None
