"""From what stands on the command line to an architecture: ARCH, -p, --set, --max-params."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.errors import CnncliError, UsageError

if TYPE_CHECKING:
    from cnncli.network.architecture import Architecture


def architecture(
    arch: str,
    param: Sequence[str] | None = None,
    set_: Sequence[str] | None = None,
    max_params: int | None = None,
) -> Architecture:
    """Return what ARCH, `-p NAME=VALUE` and `--set PATH=VALUE` describe; loads no TensorFlow.

    Raises UsageError or SpecError.
    """
    from cnncli.network.architecture import resolve
    from cnncli.network.parameters import DEFAULT_BOUND

    return resolve(
        arch,
        dict(assignment(text, "-p", "NAME=VALUE") for text in param or ()),
        [assignment(text, "--set", "PATH=VALUE") for text in set_ or ()],
        max_params=DEFAULT_BOUND if max_params is None else max_params,
    )


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
    """Return the names of the layers as the spec has them; None where no spec says them."""
    from cnncli.network import preprocessing
    from cnncli.network.architecture import resolve

    try:
        spec = (architecture or resolve(model)).spec
    except CnncliError:  # of a run only its model counts, which is asked next
        return None
    return preprocessing.layer_names(spec) if spec is not None else None
