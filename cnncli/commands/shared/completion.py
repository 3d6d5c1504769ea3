"""What the shell offers for each argument and option: names, and files of the right kind.

All of it is known without NumPy and TensorFlow: it must be there as soon as Tab is pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnncli.completion import CompletionItem, files
from cnncli.errors import CnncliError
from cnncli.registry import EXPORTERS, METHODS

AUGMENTATION = ("Random", "AugMix", "AutoContrast", "CutMix", "MixUp")

APPLICATIONS = "applications:"
SPEC_FILES = (".yaml", ".yml", ".keras")
MODEL_FILES = (".keras", ".onnx", ".tflite")
ANY: Sequence[str] | None = None
FOLDERS: Sequence[str] = ("/",)  # no file ends so

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """Names for an argument, and the endings of files that it takes as well (none: no files).

    `listed` tells that several stand in one word, with commas between them.
    """

    names: Callable[[Given], Iterable[str]] = lambda given: ()
    files: Sequence[str] | None = ()
    listed: bool = False

    def items(self, given: Given, incomplete: str) -> list[CompletionItem]:
        """Return what begins with `incomplete`; nothing where the command line is wrong."""
        before, comma, begun = incomplete.rpartition(",") if self.listed else ("", "", incomplete)
        names: list[str] = []
        with suppress(CnncliError, OSError):
            names = _folded([name for name in self.names(given) if name.startswith(begun)], begun)
        items = [CompletionItem(f"{before}{comma}{name}") for name in names]
        found = files(incomplete, self.files) if self.files is None or self.files else []
        return items + [item for item in found if item.value.rstrip("/") not in names]


def _folded(names: Sequence[str], begun: str) -> list[str]:
    """Return `applications:` for all names that begin so, until that much has been typed.

    So it is with `efficientnet@`, too, for its presets.
    """
    return list(dict.fromkeys(_fold(name, begun) for name in names))


def _fold(name: str, begun: str) -> str:
    from cnncli.spec import presets

    head = APPLICATIONS if name.startswith(APPLICATIONS) else ""
    if name in presets.sizes():
        head = name[: name.index("@") + 1]
    return head if head and not begun.startswith(head) else name


def attach(command: Any) -> None:
    """Let the parameters of a command offer what the table below says."""
    for parameter in command.params:
        offer = OFFERS.get(f"{command.name} {parameter.name}") or OFFERS.get(parameter.name)
        if offer is not None:
            parameter._custom_shell_complete = _asked(offer)


def _asked(offer: Offer) -> Callable[[Any, Any, str], list[CompletionItem]]:
    return lambda context, parameter, incomplete: offer.items(context.params, incomplete)


def _architectures(given: Given) -> list[str]:
    from cnncli.spec import presets, shipped

    return [*shipped.names(), *presets.sizes(), *_applications(given), *_runs(given)]


def _applications(given: Given) -> list[str]:
    from cnncli.spec import catalog

    return [f"{APPLICATIONS}{name}" for name in catalog.applications()]


def _runs(given: Given) -> list[str]:
    from cnncli.runs.directory import RUNS, is_run

    found = [path for folder in (Path(), RUNS) if folder.is_dir() for path in folder.iterdir()]
    return sorted(str(path) for path in found if is_run(path))


def _images(given: Given) -> list[str]:
    from cnncli.images.samples import FILES

    return [*(f"sample:{name}" for name in FILES), *(f"{name}/" for name in _sample_sets(given))]


def _sample_sets(given: Given) -> list[str]:
    from cnncli.images.sample_sets import SETS

    return [each.source for each in SETS.values()]


def _kernels(given: Given) -> list[str]:
    from cnncli.images.kernels import KERNELS

    return list(KERNELS)


def _activations(given: Given) -> list[str]:
    from cnncli.spec import catalog

    return catalog.activations()


def _caches(given: Given) -> list[str]:
    from cnncli.cache import CACHES

    return [each.name for each in CACHES]


def _columns(given: Given) -> list[str]:
    from cnncli.render.terminal.summary import KINDS

    return list(KINDS)


def _run_columns(given: Given) -> list[str]:
    from dataclasses import fields

    from cnncli.runs.listing import RunFacts

    return [field.name for field in fields(RunFacts)]


def _metrics(given: Given) -> list[str]:
    """Return the columns of the histories of the runs that the line names."""
    from cnncli.runs import histories, listing
    from cnncli.runs.record import PLACES

    runs = histories.find([Path(place) for place in given.get("places") or ()])
    rows = [row for run in runs for row in listing.read_history(run)[:1]]
    return list(dict.fromkeys(name for row in rows for name in row if name not in PLACES))


def _formats(given: Given) -> list[str]:
    """Return the formats of `export` that work here, on the network that the line names."""
    from cnncli.evaluation.subject import has_weights

    trained = has_weights(given.get("arch") or "lesson")
    return [exporter.name for exporter in EXPORTERS if exporter.works(trained=trained)]


def _classes(family: str) -> Callable[[Given], list[str]]:
    def names(given: Given) -> list[str]:
        from cnncli.spec import catalog

        own = [name for name in catalog.names(family) if not catalog.refusal(family, name)]
        return [*own, *catalog.identifiers(family)]

    return names


def _reference(given: Given) -> list[str]:
    from cnncli.spec import reference

    return reference.names()


def _kinds(given: Given) -> list[str]:
    from cnncli.spec import reference

    return list(reference.KINDS)


def _augmentation(given: Given) -> list[str]:
    return [name for name in _classes("layer")(given) if name.startswith(AUGMENTATION)]


def _spec(given: Given) -> Any:
    """Return the spec that the rest of the line names; None where nothing can be said of it."""
    from cnncli.network.architecture import resolve

    arch = given.get("arch") or given.get("model") or "lesson"
    first = arch if isinstance(arch, str) else arch[0]
    return resolve(first).spec if first != "-" else None


def _params(given: Given) -> list[str]:
    spec = _spec(given)
    if spec is None:
        return []
    return [*(f"{name}=" for name in spec.params), *(["preset="] if spec.presets else [])]


def _layers(given: Given) -> list[str]:
    from cnncli.network.preprocessing import layer_names

    spec = _spec(given)
    return layer_names(spec) if spec is not None else []


def _trained_classes(given: Given) -> list[str]:
    from cnncli.runs import model_file, trained_file

    meaning = trained_file.read_meaning(model_file.find(given["model"])[0])
    return list(meaning.classes) if meaning is not None else []


ARCH = Offer(_architectures, SPEC_FILES)
IMAGE = Offer(_images, ANY)
DATA = Offer(_sample_sets, FOLDERS)
RUN = Offer(_runs, FOLDERS)
KERNEL = Offer(_kernels, ANY)
ACTIVATION = Offer(_activations)

# A parameter by its name, or by its command and name where another command means another thing.
OFFERS: Mapping[str, Offer] = {
    "arch": ARCH,
    "from_": ARCH,
    "features model": ARCH,
    "filters model": ARCH,
    "explain method": Offer(lambda given: [method.name for method in METHODS]),
    "explain layer": Offer(lambda given: ["all", *_layers(given)]),
    "class_": Offer(_trained_classes),
    "model": Offer(_runs, (".keras",)),
    "predict model": Offer(_runs, MODEL_FILES),
    "evaluate model": Offer(_runs, MODEL_FILES),
    "bench models": Offer(_architectures, (*SPEC_FILES, *MODEL_FILES)),
    "import reference": Offer(_applications, (".keras", ".py")),
    "export format_": Offer(_formats),
    "param": Offer(_params),
    "layer": Offer(_layers),
    "freeze": Offer(_layers),
    "image": IMAGE,
    "images": IMAGE,
    "source": IMAGE,
    "predict images": Offer(lambda given: [*_images(given), *_sample_sets(given)], ANY),
    "explain images": Offer(lambda given: [*_images(given), *_sample_sets(given)], ANY),
    "data": DATA,
    "data_moved": DATA,
    "samples name": Offer(lambda given: ["blobs"]),
    "samples out": Offer(files=FOLDERS),
    "kernels": KERNEL,
    "kernels names": KERNEL,
    "activation": ACTIVATION,
    "activations names": ACTIVATION,
    "cache names": Offer(_caches),
    "layers names": Offer(_reference),
    "layers kind": Offer(_kinds),
    "columns": Offer(_columns, listed=True),
    "optimizer": Offer(_classes("optimizer")),
    "loss": Offer(_classes("loss")),
    "augment": Offer(_augmentation),
    "class_weight": Offer(lambda given: ["balanced"]),
    "keep": Offer(lambda given: ["val_loss", "val_accuracy", "last"]),
    "places": RUN,
    "resume": RUN,
    "split_from": Offer(_runs, (".csv",)),
    "init": Offer(_runs, (".keras", ".weights.h5")),
    "metric": Offer(_metrics),
    "sort": Offer(_run_columns),
}
