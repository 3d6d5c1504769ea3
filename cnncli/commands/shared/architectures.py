"""From what stands on the command line to an architecture: ARCH, -p, --set, --max-params."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.errors import CnncliError, UsageError

if TYPE_CHECKING:
    from cnncli.network.architecture import Architecture
    from cnncli.spec.model import Change, Spec


def architecture(
    arch: str,
    param: Sequence[str] | None = None,
    set_: Sequence[str] | None = None,
    max_params: int | None = None,
    *,
    options: Sequence[str] = (),
) -> Architecture:
    """Return what ARCH, `-p NAME=VALUE` and `--set PATH=VALUE` describe; loads no TensorFlow.

    What `--set` changes is told on stderr. `options` are further PATH=VALUE, which options of
    their own stand for. Raises UsageError or SpecError.
    """
    from cnncli.network.architecture import resolve
    from cnncli.network.parameters import DEFAULT_BOUND

    params, overrides = _changes(param, [*(set_ or ()), *options])
    bound = DEFAULT_BOUND if max_params is None else max_params
    found = resolve(arch, params, overrides, max_params=bound)
    _tell(found.spec, len(set_ or ()))
    return found


def with_head(
    arch: str,
    param: Sequence[str] | None = None,
    set_: Sequence[str] | None = None,
    *,
    options: Sequence[str] = (),
) -> Spec:
    """Return the spec of `applications:NAME` with its weights and a new head; say what that is."""
    from cnncli.network import architecture

    found = architecture.with_head(arch, *_changes(param, [*(set_ or ()), *options]))
    _tell(found, len(set_ or ()))
    shape = " x ".join(str(size) for size in found.body.input[0].arguments.get("shape", ()))
    console.note(
        f"A spec was made: {arch.partition(':')[2]} without its top, frozen, and a new head, for "
        f"images of {shape}. spec.yaml in the run has it."
    )
    return found


def _changes(
    param: Sequence[str] | None, overrides: Sequence[str]
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Return the values of parameters and of paths that stand on the command line."""
    return (
        dict(assignment(text, "-p", "NAME=VALUE") for text in param or ()),
        [assignment(text, "--set", "PATH=VALUE") for text in overrides],
    )


def _tell(spec: Spec | None, number: int) -> None:
    """Say what --set has changed: the first changes of a spec."""
    for change in spec.changes[:number] if spec is not None else ():
        console.note(_told(change))


def run_or_architecture(
    model: str, param: Sequence[str] | None = None, set_: Sequence[str] | None = None
) -> Architecture | None:
    """Return what ARCH|MODEL describes; None for a run, of which only its model counts."""
    from cnncli.evaluation.subject import names_a_run

    if not names_a_run(model):
        return architecture(model, param, set_)
    if param or set_:
        raise UsageError(f"{model} was trained as it is: -p and --set change an architecture")
    return None


def _told(change: Change) -> str:
    """Say what was changed: `layers[0].filters: 8 -> 16`."""
    from cnncli.spec.tree import shorten
    from cnncli.spec.yaml_text import flow

    before = "(not given)" if change.before is None else shorten(flow(change.before))
    return f"{change.path}: {before} -> {shorten(flow(change.after))}"


def assignment(text: str, option: str, form: str) -> tuple[str, Any]:
    """Split `NAME=VALUE` and read the value as YAML, as a spec would.

    Raises UsageError where there is no `=` or no name.
    """
    from cnncli.spec import parse_value

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f'{option} takes {form}, not "{text}"')
    return name.strip(), parse_value(value)


def layer_names(model: str, architecture: Architecture | None = None) -> Sequence[str] | None:
    """Return the names of the layers as a spec or a `.keras` file has them; None where none does.

    Loads no TensorFlow. Keras alone knows those of `applications:NAME`: they are returned where a
    summary of it is kept.
    """
    from cnncli import keras_archive
    from cnncli.facts.summarize import kept
    from cnncli.network import preprocessing
    from cnncli.network.architecture import APPLICATION_PREFIX, resolve
    from cnncli.runs import model_file
    from cnncli.spec import network_files

    try:
        found = architecture or resolve(model)
        if found.spec is not None:
            return preprocessing.layer_names(found.spec)
        if model.startswith(APPLICATION_PREFIX):
            summary = kept(found)
            return [layer.name for layer in summary.layers] if summary is not None else None
        return network_files.layer_names(keras_archive.read_config(model_file.find(model)[0]))
    except CnncliError:  # of a run only its model counts, which is asked next
        return None
