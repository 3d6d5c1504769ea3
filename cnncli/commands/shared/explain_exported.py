"""What `cnncli explain` can do with a file that another program runs, and why not the rest."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli import console
from cnncli.commands.shared.explain_checks import Asked
from cnncli.errors import UsageError
from cnncli.network.runtimes import is_exported
from cnncli.registry import METHODS, Explainer

_ABLE = [entry.name for entry in METHODS if entry.by_answers]
_INSTEAD = "Name the run, or its .keras file."


def usable(
    model: str, methods: Sequence[Explainer], layers: Sequence[str] | None, *, asked: bool
) -> Sequence[Explainer]:
    """Return the methods that are `asked` for; of the usual ones, those that MODEL has.

    Raises UsageError for what looks inside an `.onnx` or `.tflite` file.
    """
    if not is_exported(model):
        return methods
    if layers:
        raise UsageError(f"--layer: the layers of {model} cannot be looked at", hint=_INSTEAD)
    inside = [each.name for each in methods if not each.by_answers]
    if inside and asked:
        raise UsageError(
            f"--method {inside[0]} looks inside the network, and the program that runs {model} "
            "gives its answers alone",
            hint=f"{' and '.join(_ABLE)} work on such a file. For the others: name the run, or its "
            ".keras file.",
        )
    if inside:
        console.note(
            f"Of {model} only the answers are to be had: explained without {' and '.join(inside)}."
        )
    return [each for each in methods if each.by_answers]


def refuse(model: str, asked: Asked) -> None:
    """Raise UsageError for a check that an `.onnx` or `.tflite` file cannot go through."""
    if asked.sanity and is_exported(model):
        raise UsageError(
            f"--sanity draws the weights of a network anew, and those of {model} stay as they are",
            hint=_INSTEAD,
        )
